//! What users get wrong, and what goes wrong around them: a clear line or two, nothing lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use crate::harness::{Outcome, Project, python};

/// One or two lines that start with guild's name.
#[track_caller]
fn told(out: &Outcome, text: &str) {
    assert!(out.stderr.contains(text), "{}", out.stderr);
    let lines: Vec<_> = out.stderr.lines().collect();
    assert!(lines.len() <= 2 && lines[0].starts_with("guild: "), "{}", out.stderr);
}

fn root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

#[test]
fn things_that_are_not_there() {
    let project = Project::new();
    let out = project.guild("run nope.py -y").fails(1);
    assert_eq!(
        out.stderr,
        "guild: cannot find operation nope.py\nYou may need to include a model in the form \
         MODEL:OPERATION. Try 'guild operations' for a list of available operations.\n"
    );
    let out = project.guild("run -y").fails(1);
    assert_eq!(
        out.stderr,
        "guild: cannot find a default operation\nTry 'guild operations' for a list.\n"
    );
    let out = project.guild("-C /no/such/folder runs").fails(1);
    assert_eq!(out.stderr, "guild: directory '/no/such/folder' does not exist\n");
    fs::create_dir(project.path("folder")).unwrap();
    let out = project.guild("run folder -y").fails(1);
    assert_eq!(out.stderr, "guild: cannot run 'folder': must be an executable file\n");
    fs::create_dir(project.path("folder.py")).unwrap();
    told(&project.guild("run folder.py -y").fails(1), "cannot run 'folder.py'");
    assert!(project.runs().is_empty());
}

#[test]
fn command_lines_that_nobody_understands() {
    let project = Project::sample("python-script");
    for (line, expected) in [
        (
            "run simple.py --nope",
            "guild: unrecognized option '--nope'\nTry 'guild run --help' for more information.\n\
             Flags of an operation are set without dashes: nope=VALUE\n",
        ),
        (
            "nope",
            "guild: No such command 'nope'.\nTry 'guild --help' for more information.\n\
             To run an operation or a script, use 'guild run nope'.\n",
        ),
        (
            "runs nope",
            "guild: No such command 'nope'.\nTry 'guild runs --help' for more information.\n\
             To show a run, use 'guild runs info nope'.\n",
        ),
    ] {
        assert_eq!(project.guild(line).fails(2).stderr, expected);
    }
}

#[test]
fn flags_that_are_wrong() {
    let project = Project::sample("python-script");
    let out = project.guild("run simple.py foo -y").fails(1);
    assert_eq!(out.stderr, "guild: invalid argument(s):\nfoo\nexpected NAME=VAL\n");
    let out = project.guild("run simple.py x=1 -y").fails(1);
    told(&out, "guild: unsupported flag 'x'\nTry 'guild run simple.py --help-op'");
    let out = project.guild("run simple.py layer=1 -y").fails(1);
    assert!(out.stderr.contains("layers"), "{}", out.stderr);
    let out = project.guild("run simple.py layers=abc -y").fails(1);
    assert_eq!(
        out.stderr,
        "guild: invalid value abc for layers: invalid value for type 'number'\n"
    );
    assert!(project.runs().is_empty());
    project.guild("run simple.py x=1 -y --force-flags").succeeds();
}

#[test]
fn scripts_that_are_no_scripts() {
    let project = Project::new();
    let mut binary = b"\x7fELF\x02\x01\x01\x00\xff\xfe\x00".to_vec();
    binary.extend((0..=255u8).cycle().take(5000));
    project.write("binary.py", &binary);
    let out = project.guild("run binary.py -y").fails(1);
    assert!(out.stderr.contains("binary.py"), "{}", out.stderr);
    assert!(!out.stderr.contains("panicked"));

    project.write("large.py", "x = 1\n".repeat(9_000_000));
    let out = project.guild("run large.py -y").fails(1);
    told(&out, "large.py");

    let nested = format!("x = {}1{}\n", "(".repeat(10_000), ")".repeat(10_000));
    project.write("nested.py", nested);
    let out = project.guild("run nested.py -y").fails(1);
    assert!(out.stderr.contains("too many nested parentheses"), "{}", out.stderr);
}

#[test]
fn encodings() {
    let project = Project::new();
    project
        .write("cookie.py", b"# -*- coding: latin-1 -*-\nname = '\xe9t\xe9'\nprint(ascii(name))\n");
    let out = project.guild("run cookie.py -y").succeeds();
    assert_eq!(out.stdout, "'\\xe9t\\xe9'\n");
    // Labels are ASCII, as Guild AI 0.9.0 writes them; the value itself is whole.
    assert_eq!(project.info("label"), r#"name="\xE9t\xE9""#);

    project.write("none.py", b"name = '\xe9t\xe9'\n");
    let out = project.guild("run none.py -y").fails(1);
    assert!(out.stderr.contains("none.py"), "{}", out.stderr);
    assert!(out.stderr.contains("SyntaxError"), "{}", out.stderr);
}

#[test]
fn an_interpreter_that_is_not_there() {
    let project = Project::sample("python-script");
    let out = project.guild("run simple.py -y").env("GUILD_PYTHON", "/no/python").fails(1);
    told(&out, "/no/python");
    assert!(project.runs().is_empty());
    let out = project
        .guild("run simple.py -y")
        .without_env("GUILD_PYTHON")
        .env("PATH", "/nonexistent")
        .fails(1);
    told(&out, "Python");
}

#[test]
fn homes_that_cannot_be_used() {
    let project = Project::sample("python-script");
    fs::write(project.home(), "I am a file").unwrap();
    told(&project.guild("run simple.py -y").fails(1), "home");
    fs::remove_file(project.home()).unwrap();
    fs::create_dir(project.home()).unwrap();
    let home = project.home().to_str().unwrap().to_string();
    // Root may write to any folder, but not to what is mounted for reading only.
    if root() {
        if !mount(&["-t", "tmpfs", "-o", "ro", "tmpfs", &home]) {
            return;
        }
    } else {
        fs::set_permissions(&home, fs::Permissions::from_mode(0o555)).unwrap();
    }
    let out = project.guild("run simple.py -y").outcome();
    let list = project.guild("runs").outcome();
    if root() {
        unmount(&home);
    } else {
        fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(out.code, Some(1));
    told(&out, "home");
    assert_eq!(list.code, Some(0));
}

fn mount(args: &[&str]) -> bool {
    let mut mount = std::process::Command::new("mount");
    let mounted =
        mount.args(args).stderr(std::process::Stdio::null()).status().is_ok_and(|s| s.success());
    if !mounted {
        eprintln!("skipped: nothing can be mounted here");
    }
    mounted
}

fn unmount(folder: &str) {
    assert!(std::process::Command::new("umount").arg(folder).status().unwrap().success());
}

#[test]
fn a_full_disk_leaves_no_half_run() {
    let project = Project::sample("python-script");
    fs::create_dir_all(project.home()).unwrap();
    let small = project.home().to_str().unwrap().to_string();
    if !root() || !mount(&["-t", "tmpfs", "-o", "size=256k", "tmpfs", &small]) {
        return;
    }
    project.write("data.txt", "x".repeat(400_000));
    let out = project.guild("run simple.py -y").outcome();
    let runs = project.guild("runs").outcome();
    unmount(&small);
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("No space left on device"), "{}", out.stderr);
    assert!(!runs.stdout.contains("completed"), "{}", runs.stdout);
}

#[test]
fn projects_with_odd_files() {
    let project = Project::sample("python-script");
    let sqlite: Vec<u8> =
        b"SQLite format 3\0".iter().copied().chain((0..=255).cycle().take(8000)).collect();
    project.write("data.db", sqlite);
    std::os::unix::fs::symlink("/no/such/target", project.path("broken")).unwrap();
    std::os::unix::fs::symlink(".", project.path("loop")).unwrap();
    let _socket = UnixListener::bind(project.path("socket")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(project.path("pipe")).status().unwrap();
    assert!(fifo.success());
    let out = project.guild("run simple.py -y").succeeds();
    assert!(out.stdout.contains("Building foo"), "{out:?}");
    let run = project.run();
    assert!(run.join("simple.py").exists());
    for odd in ["data.db", "broken", "socket", "pipe"] {
        assert!(!run.join(odd).exists(), "{odd}");
    }
}

#[test]
fn output_is_kept_when_the_reader_goes_away() {
    let script = "import sys\nfor i in range(20000):\n    print('line', i)\n";
    let project = Project::with(&[("s.py", script)]);
    let mut child = project.guild("run s.py -y").start();
    drop(child.stdout.take());
    let _ = child.wait().unwrap();
    let output = fs::read_to_string(project.run().join(".guild/output")).unwrap();
    assert!(output.ends_with("line 19999\n"));
    assert_eq!(project.info("status"), "completed");
}

#[test]
fn the_interpreter_of_the_tests_is_there() {
    assert!(python().is_file());
}

#[test]
fn streams_that_cannot_be_written() {
    let project = Project::sample("python-script");
    let sh = |line: &str| {
        let line = line.replace("guild", env!("CARGO_BIN_EXE_guild"));
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &line]).current_dir(project.dir()).env("GUILD_HOME", project.home());
        command.stdin(std::process::Stdio::null()).output().unwrap().status.code()
    };
    assert_eq!(sh("guild run simple.py 2>/dev/full"), Some(1));
    assert_eq!(sh("guild nope 2>/dev/full"), Some(2));
    assert_eq!(sh("guild --help | true"), Some(0));
}

#[test]
fn folders_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new();
    let dir = project.dir().join(std::ffi::OsStr::from_bytes(b"n\xff"));
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("s.py"), "").unwrap();
    let out = project.guild("run s.py -y").current_dir(&dir).fails(1);
    told(&out, "is not valid UTF-8");
}
