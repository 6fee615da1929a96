//! What people type who are new: what guild says to do next.

use crate::harness::Project;

const GUILD_FILE: &str = "\
train:
  main: train
  flags-import: all
prepare:
  exec: echo prepared
";

const SCRIPT: &str = "\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument('--learning-rate', type=float, default=0.1)
parser.add_argument('--epochs', type=int, default=1)
print('loss: %f' % parser.parse_args().learning_rate)
";

fn project() -> Project {
    Project::with(&[("guild.yml", GUILD_FILE), ("train.py", SCRIPT)])
}

#[track_caller]
fn said(project: &Project, line: &str, expected: &[&str]) {
    let out = project.guild(line).outcome();
    assert_ne!(out.code, Some(0), "{line}: {}", out.stdout);
    let lines: Vec<&str> = out.stderr.lines().collect();
    assert_eq!(lines, expected, "{line}");
}

#[test]
fn commands_are_nearly_there() {
    let project = project();
    let see = "Try 'guild --help' for more information.";
    let no = |name: &str| format!("guild: No such command '{name}'.");
    said(&project, "rnu train", &[&no("rnu"), see, "Did you mean 'run'?"]);
    said(&project, "comapre", &[&no("comapre"), see, "Did you mean 'compare'?"]);
    let run = "To run an operation or a script, use 'guild run train.py'.";
    said(&project, "train.py", &[&no("train.py"), see, run]);
    // Commands that others have.
    said(&project, "rm 1", &[&no("rm"), see, "Did you mean 'guild runs rm'?"]);
    said(&project, "restor 1", &[&no("restor"), see, "Did you mean 'guild runs restore'?"]);
    let see = "Try 'guild runs --help' for more information.";
    let none = "guild: invalid value 'x' for '--limit <N>': not a whole number";
    said(&project, "runs -n x", &[none, see]);
    said(&project, "runs compare", &[&no("compare"), see, "Did you mean 'guild compare'?"]);
    said(&project, "runs delte 1", &[&no("delte"), see, "Did you mean 'delete'?"]);
    said(&project, "runs 5", &[&no("5"), see, "To show a run, use 'guild runs info 5'."]);
    said(&project, "runs -s today", &["guild: unexpected extra argument 'today'", see]);
    said(
        &project,
        "help run",
        &[
            "guild: cannot find a package matching 'run'",
            "Name a project or its Guild file. For help on a command, use 'guild run --help'.",
        ],
    );
}

#[test]
fn operations_and_files_are_nearly_there() {
    let project = project();
    let see = "Try 'guild operations' for a list of available operations.";
    let no = |name: &str| format!("guild: operation '{name}' is not defined for this project");
    said(&project, "run trian -y", &[&no("trian"), see, "Did you mean 'train'?"]);
    said(&project, "run trian.py -y", &[&no("trian.py"), see, "Did you mean 'train.py'?"]);
    project.guild("run prepare -y").succeeds();
    let none = "guild: could not find a run matching 'zz'";
    let list = "Try 'guild runs list' for a list or 'guild runs info --help' for more information.";
    said(&project, "runs info zz", &[none, list]);
}

#[test]
fn where_there_is_no_guild_file_a_terminal_is_told_of_scripts() {
    let project = Project::new();
    let said = project.on_a_terminal("ops", &[("NO_COLOR", "1")]);
    let expected = "There is no Guild file (guild.yml) here. A script is run by its name, as in \
                    'guild run train.py'.";
    assert_eq!(said.replace("\r\n", "\n"), format!("{expected}\n"));
    let out = project.guild("ops").succeeds();
    assert_eq!(out.stdout + &out.stderr, "");
}

#[test]
fn files_are_nearly_there() {
    let requires = "[file: {0}, {file: data/train.csv, flag-name: data}]";
    let project = Project::with(&[
        ("work.py", "open('model.txt', 'w').write('m')\n"),
        ("data/train.csv", "x\n1\n"),
        (
            "guild.yml",
            &format!(
                "needs:\n  exec: 'true'\n  requires: {}\nset:\n  exec: 'true'\n  requires:\n    - \
                 config: data/trian.csv\ngiven:\n  exec: 'true'\n  requires: {}\ncall:\n  exec: \
                 ./wrok.py\n",
                requires.replace("{0}", "dta/trian.csv"),
                requires.replace("{0}", "data/train.csv")
            ),
        ),
    ]);
    project.guild("run work.py --run-id 0123abcd -y").succeeds();
    let csv = "Did you mean 'data/train.csv'?";
    let folder = "Did you mean 'data'?";
    let script = "Did you mean 'work.py'?";
    let model = "Did you mean 'model.txt'?";
    for (line, expected) in [
        ("cat -p modle.txt", model),
        ("ls -p modle.txt", model),
        ("open -p modle.txt", model),
        ("run wrok.py -y", script),
        ("run work.py @dat/trian.csv -y", csv),
        ("run work.py --test-output-scalars wrok.py", script),
        ("run needs -y", csv),
        ("run set -y", csv),
        ("run given data=data/trian.csv -y", csv),
        ("run call -y", "Did you mean './work.py'?"),
        ("help dta", folder),
        ("-C dta runs", folder),
        ("runs -A dta", folder),
        ("import -y dta", folder),
        ("plugins check tep", "Did you mean 'tpe'?"),
        ("plugins uninstall tep", "Did you mean 'tpe'?"),
        ("run work.py -o rndom -y", "Did you mean 'random'?"),
    ] {
        let out = project.guild(line).outcome();
        assert_eq!(out.stderr.lines().last(), Some(expected), "{line}: {}", out.stderr);
        assert_eq!(out.code == Some(0), line.starts_with("ls"), "{line}: {}", out.stderr);
    }
    // What is at neither place is the program's to tell.
    let out = project.guild("diff -p modle.txt 0123 0123 --cmd echo").succeeds();
    assert_eq!(out.stderr, format!("{model}\n"));
}

#[test]
fn flags_and_options_are_nearly_there() {
    let project = project();
    let op = "Try 'guild run train --help-op' for a list of flags or use --force-flags to skip this \
              check.";
    let flag = |name: &str| format!("guild: unsupported flag '{name}'");
    let name = "learning_rate";
    said(
        &project,
        "run train learning_rate=1 -y",
        &[&flag(name), op, "Did you mean 'learning-rate'?"],
    );
    let see = "Try 'guild run --help' for more information.";
    let dashes = |flag: &str| format!("Flags of an operation are set without dashes: {flag}=VALUE");
    let option = "guild: unrecognized option '--learning-rate'";
    said(&project, "run train --learning-rate 0.1", &[option, see, &dashes("learning-rate")]);
    let option = "guild: unrecognized option '--lr'";
    said(&project, "run train --lr=0.1", &[option, see, &dashes("lr")]);
    let option = "guild: unrecognized option '--lable' (did you mean --label?)";
    said(&project, "run train --lable x", &[option, see]);
    let see = "Try 'guild runs --help' for more information.";
    let option = "guild: unrecognized option '--labl' (did you mean --label?)";
    said(&project, "runs --labl x", &[option, see]);
}
