//! Looking at an operation without running it, and flags in an editor: `guild run --test-flags`,
//! `--test-output-scalars`, `--test-sourcecode`, `--edit-flags`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::harness::{Project, oracle, python};

const GUILDFILE: &str = "
train:
  exec: echo ${flag_args}
  output-scalars:
    - 'loss is (\\value)'
    - best: '(x)(y)?z'
  flags:
    rate: {default: 0.1, description: How fast, type: float, max: 1}
    name: {default: a b, choices: [a b, c, {value: d, alias: dee}], required: yes}
    deep: {arg-switch: yes, arg-encoding: {true: 'on', false: 'off'}, env-name: DEEP}
    path: {type: path, null-label: here, arg-skip: yes, min: 1, distribution: uniform}
quiet:
  exec: echo
  output-scalars: no
  sourcecode: no
";

fn project() -> Project {
    let project = Project::with(&[
        ("guild.yml", GUILDFILE),
        ("out.txt", "loss is 1.5\n\nxz xyz\nloss is 1e-3 loss is 2"),
        ("sub/x.py", ""),
        ("data.bin", "\0\0"),
    ]);
    fs::create_dir(project.home()).unwrap();
    project
}

#[test]
fn what_is_shown_is_what_the_oracle_shows() {
    let Some(oracle) = oracle() else { return };
    let project = project();
    for line in [
        "run train --test-flags",
        "run quiet --test-flags",
        "run train --test-output-scalars out.txt",
        "run train --test-output-scalars nothing.txt",
        "run train --test-output-scalars -",
        "run quiet --test-output-scalars out.txt",
        "run train --test-sourcecode",
        "run quiet --test-sourcecode",
    ] {
        let input = "xyz\nloss is 3\n";
        let theirs = project.guild(line).program(&oracle).input(input).outcome();
        let ours = project.guild(line).input(input).outcome();
        assert_eq!(ours.stdout, theirs.stdout, "{line}");
        assert_eq!(ours.stderr, theirs.stderr, "{line}");
        assert_eq!(ours.code, theirs.code, "{line}");
    }
}

#[test]
fn control_characters_of_an_output_do_not_reach_the_terminal() {
    let project = project();
    let line = "run quiet --test-output-scalars -";
    assert_eq!(project.guild(line).input("\x1b[2J").succeeds().stdout, "");
    let out = project.guild("run train --test-output-scalars -").input("\x1b[2J\n").succeeds();
    assert!(out.stdout.starts_with("\\x1b[2J\n"), "{}", out.stdout);
}

/// An editor that keeps what it is shown in `shown`, and then runs a line of shell on `$1`.
fn editor(project: &Project, edit: &str) -> PathBuf {
    let path = project.path("editor.sh");
    let shown = project.path("shown");
    let text = format!("#!/bin/sh\ncat \"$1\" >> '{}'\n{edit}\n", shown.display());
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

const EDIT: &str = "run train --edit-flags --print-cmd";

#[test]
fn an_editor_is_shown_what_the_oracle_shows_it() {
    let Some(oracle) = oracle() else { return };
    let project = project();
    let editor = editor(&project, "sed -i s/0.1/0.5/ \"$1\"");
    let theirs = project.guild(EDIT).program(&oracle).env("EDITOR", &editor).succeeds();
    let shown = fs::read_to_string(project.path("shown")).unwrap();
    fs::remove_file(project.path("shown")).unwrap();
    let ours = project.guild(EDIT).env("EDITOR", &editor).succeeds();
    assert_eq!(fs::read_to_string(project.path("shown")).unwrap(), shown);
    assert_eq!(ours.stdout, theirs.stdout);
    assert!(ours.stdout.contains("--rate 0.5"), "{}", ours.stdout);
}

#[test]
fn visual_comes_before_editor() {
    let project = project();
    let editor = editor(&project, "sed -i s/0.1/0.5/ \"$1\"");
    let out = project.guild(EDIT).env("VISUAL", &editor).env("EDITOR", "false").succeeds();
    assert!(out.stdout.contains("--rate 0.5"), "{}", out.stdout);
    let out = project.guild(EDIT).env("EDITOR", "false").fails(1);
    assert!(out.stderr.starts_with("guild: false: Editing failed\n"), "{}", out.stderr);
}

#[test]
fn flags_that_are_wrong_can_be_edited_again() {
    let project = project();
    for (text, told) in [
        ("a: [1", "Error reading flags: "),
        ("no mapping", "Error reading flags: expected a line 'NAME: VALUE' for each flag"),
        ("rate: 3\\nname: c", "Error reading flags: invalid value 3.0 for rate: out of range"),
        ("name: z", "Error reading flags: Unsupported value for 'name'"),
        ("name: c\\nother: 1", "Error reading flags: unsupported flag 'other'"),
    ] {
        // The second time, the text is mended.
        let edit = format!(
            "if [ -e again ]; then echo 'name: dee' > \"$1\"; else touch again; printf '{text}' > \"$1\"; fi"
        );
        let editor = editor(&project, &edit);
        let out = project.guild(EDIT).env("EDITOR", &editor).input("y\n").succeeds();
        assert!(out.stderr.starts_with(told), "{}", out.stderr);
        assert_eq!(out.stdout, "echo --name d\n");
        fs::remove_file(project.path("again")).unwrap();
        let out = project.guild(EDIT).env("EDITOR", &editor).input("n\n").fails(1);
        assert!(out.stdout.is_empty());
        fs::remove_file(project.path("again")).unwrap();
    }
    let editor = editor(&project, "echo 'other: 1' > \"$1\"");
    let forced = format!("{EDIT} --force-flags");
    let out = project.guild(&forced).env("EDITOR", &editor).succeeds();
    assert_eq!(out.stdout, "echo --other 1\n");
}

#[test]
fn an_emptied_file_changes_nothing() {
    let project = project();
    let editor = editor(&project, ": > \"$1\"");
    let out = project.guild(EDIT).env("EDITOR", &editor).succeeds();
    assert_eq!(out.stdout, project.guild("run train --print-cmd").succeeds().stdout);
}

#[test]
fn flags_reach_dicts_and_namespaces_of_a_script() {
    let project = Project::with(&[
        (
            "guild.yml",
            "d: {main: d, flags-import: all, flags-dest: 'dict:params', flags: {i: 2}}\n\
             n: {main: n, flags-import: all, flags-dest: 'namespace:params'}\n",
        ),
        ("d.py", "params = {'i': 1, 'f': {'a': 0.5, '_b': 2}, '_c': 1, 'l': [1]}\nprint(params)\n"),
        (
            "n.py",
            "from types import SimpleNamespace\nparams = SimpleNamespace(b=False, s='x')\nprint(params)\n",
        ),
    ]);
    let out = project.guild_args(&["run", "d", "-y", "f.a=1e-3", "l=2 x"]).succeeds();
    assert_eq!(out.stdout, "{'f': {'_b': 2, 'a': 0.001}, 'i': 2, 'l': [2, 'x']}\n");
    let out = project.guild("run n -y b=yes").succeeds();
    assert_eq!(out.stdout, "namespace(b=True, s='x')\n");
    project.guild("run n -y c=1").fails(1);
}

#[test]
fn control_characters_of_a_label_do_not_reach_the_terminal() {
    let project = project();
    let args = ["run", "quiet", "-y", "--label", "a\u{1b}[2J\u{9b}1mb", "-q"];
    project.guild_args(&args).succeeds();
    for line in ["runs", "runs info"] {
        let shown = project.guild(line).succeeds().stdout;
        assert!(shown.contains("a\\x1b[2J\\x9b1mb"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{9b}']), "{shown}");
    }
}

#[test]
fn sets_reach_a_script_as_with_the_oracle() {
    let project = Project::with(&[
        ("g.py", "s = 1\nd = 2\nprint(s, d, type(s).__name__)\n"),
        ("guild.yml", "op: {exec: 'sh -c \"echo $FLAG_S; cat .guild/attrs/flags\"'}\n"),
    ]);
    fs::create_dir(project.home()).unwrap();
    let flags = ["s=!!set {2,1}", "d={a: !!set {x: null}, b: !!set {}}"];
    for op in ["g.py", "op"] {
        let args = [&["run", op, "-y", "--force-flags"], &flags[..]].concat();
        let ours = project.guild_args(&args).succeeds();
        assert!(ours.stdout.contains("{1, 2}"), "{}", ours.stdout);
        let info = project.guild("runs info").succeeds().stdout;
        assert!(info.contains("\n  s: !!set {1: null, 2: null}\n"), "{info}");
        let Some(oracle) = oracle() else { continue };
        let theirs = project.guild_args(&args).program(&oracle).succeeds();
        assert_eq!(ours.stdout, theirs.stdout);
        let flags_of = |info: &str| info[info.find("flags:").unwrap()..].to_string();
        let their_info = project.guild("runs info").program(&oracle).succeeds().stdout;
        assert_eq!(flags_of(&info), flags_of(&their_info));
    }
}

#[test]
fn a_command_is_printed_exactly_but_for_terminals() {
    let project = project();
    let args = ["run", "train", "--force-flags", "a=\u{1b}[2J", "--print-cmd"];
    let piped = project.guild_args(&args).succeeds().stdout;
    assert!(piped.contains("\u{1b}[2J"), "{piped}");
    let terminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    let through = [&["-c", terminal, env!("CARGO_BIN_EXE_guild")], &args[..]].concat();
    let shown = project.guild_args(&through).program(python()).succeeds().stdout;
    assert!(shown.contains("\\x1b[2J") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn a_value_that_no_process_takes_is_named() {
    let project = Project::with(&[("s.py", "n = 1\nx = ''\nprint(x)\n")]);
    project.write("b.json", format!("[{{\"x\": \"{}\"}}]", "a".repeat(1_000_000)));
    let out = project.guild("run s.py @b.json -y").outcome();
    let hint = "The longest value is that of flag 'x', 1000000 bytes: put it into a file and name \
                the file instead.";
    assert!(out.stderr.contains(hint), "{}", out.stderr);
}
