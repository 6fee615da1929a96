//! Python scripts as operations: the user's own specification, transcript by transcript, and what a
//! script may expect of its process.

use std::fs;

use crate::harness::{Project, assert_like};

#[test]
fn a_script_runs_as_an_operation() {
    let project = Project::sample("python-script");
    project.guild("run simple.py -y").succeeds();
    let info = project.guild("runs info").succeeds().stdout;
    // The sample is in no repository here, so there is no commit.
    assert_like(
        &info,
        "id: ...
operation: simple.py
from: ...project
status: completed
started: ...
stopped: ...
marked: no
label: layers=32 name=foo noise=3 skip_connections=yes
sourcecode_digest: ...
vcs_commit:...
run_dir: ...
command: ... -um guild.op_main simple --layers 32 --name foo --noise 3 --skip_connections true
exit_status: 0
pid:
tags:
flags:
  layers: 32
  name: foo
  noise: 3
  skip_connections: yes
scalars:",
    );
}

#[test]
fn a_run_keeps_guild_ais_command_and_its_process_starts_quicker() {
    let script = "import sys\nprint('imported:', 'runpy' in sys.modules)\nx = 1\n";
    let project = Project::with(&[("s.py", script)]);
    let command = "-um guild.op_main s --x 2\n";
    let printed = project.guild("run s.py x=2 --print-cmd").succeeds().stdout;
    assert!(printed.ends_with(command), "{printed}");
    assert_eq!(project.guild("run s.py x=2 -y").succeeds().stdout, "imported: False\n");
    assert!(project.guild("runs info").succeeds().stdout.contains(command));
    let id = project.run().file_name().unwrap().to_string_lossy().into_owned();
    let again = project.guild(&format!("run --restart {id} -y")).succeeds();
    assert_eq!(again.stdout, "imported: False\n");
}

#[test]
fn flags_reach_the_script() {
    let script = "
layers = 32
name = other = 'foo'
rate = 0.1
sizes = [1, 2]
flag = False
nothing = None
print(repr((layers, name, other, rate, sizes, flag, nothing)))
layers = 99
print(layers)
";
    let project = Project::with(&[("s.py", script)]);
    let out = project.guild("run s.py -y").succeeds();
    assert_eq!(out.stdout, "(32, 'foo', 'foo', 0.1, [1, 2], False, None)\n99\n");
    let line =
        ["run", "s.py", "-y", "layers=4", "name=a b", "rate=1e-3", "sizes=3 4 5", "flag=yes"];
    let out = project.guild_args(&line).succeeds();
    assert_eq!(out.stdout, "(4, 'a b', 'foo', 0.001, [3, 4, 5], True, None)\n99\n");
}

#[test]
fn a_script_in_a_folder() {
    let project = Project::with(&[("sub/train.py", "x = 1\nprint(__file__, __name__, x)\n")]);
    let out = project.guild("run sub/train.py x=2 -y").succeeds();
    assert!(out.stdout.ends_with("sub/train.py __main__ 2\n"), "{}", out.stdout);
    assert!(project.info("command").contains("-um guild.op_main sub/train --x 2"));
    assert_eq!(project.info("operation"), "train.py");
    assert!(project.guild("runs").succeeds().stdout.contains("train.py (sub)"));
}

#[test]
fn the_script_is_a_real_main() {
    let script = r#"
import multiprocessing, pickle, sys, __main__
workers = 2

class Thing:
    def __init__(self, n):
        self.n = n

def work(n):
    return Thing(n * workers)

if __name__ == "__main__":
    assert __main__.Thing is Thing
    assert pickle.loads(pickle.dumps(Thing(3))).n == 3
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print([t.n for t in pool.map(work, [1, 2])])
    print(sys.argv[1:])
"#;
    let project = Project::with(&[("main.py", script)]);
    let out = project.guild("run main.py workers=5 -y").succeeds();
    assert_eq!(out.stdout, "[5, 10]\n[]\n", "{}", out.stderr);
}

#[test]
fn a_package_runs_with_its_relative_imports() {
    let project = Project::with(&[
        ("pkg/__init__.py", ""),
        ("pkg/other.py", "value = 7\n"),
        ("pkg/main.py", "from .other import value\nprint(value, __package__)\n"),
    ]);
    // A module of a package is named in an exec template; a script by its path is no package.
    let out = project.guild("run pkg/main.py -y").fails(1);
    assert!(out.stderr.contains("ImportError"), "{}", out.stderr);
}

#[test]
fn a_traceback_shows_the_users_frames_only() {
    let project = Project::with(&[("fails.py", "def f():\n    return 1 / 0\n\nf()\n")]);
    let out = project.guild("run fails.py -y").fails(1);
    assert!(out.stderr.contains("ZeroDivisionError"), "{}", out.stderr);
    assert!(!out.stderr.contains("op_main"), "{}", out.stderr);
    assert!(!out.stderr.contains("runpy"), "{}", out.stderr);
    assert_eq!(out.stderr.matches("  File ").count(), 2, "{}", out.stderr);
    assert_eq!(project.info("status"), "error");
    assert_eq!(project.info("exit_status"), "1");
}

#[test]
fn exit_codes_pass_through() {
    let project = Project::with(&[("e.py", "import sys\ncode = 3\nsys.exit(code)\n")]);
    project.guild("run e.py -y").fails(3);
    assert_eq!(project.info("exit_status"), "3");
    project.guild("run e.py code=0 -y").succeeds();
    assert_eq!(project.info("status"), "completed");
}

#[test]
fn syntax_newer_than_the_parser_is_read_by_the_interpreter() {
    // Tabs after spaces: the interpreter accepts them, the parser does not.
    let script = "x = 5\nif x:\n        y = 1\n\tz = 2\nprint(x)\n";
    let project = Project::with(&[("tabs.py", script)]);
    let check = std::process::Command::new(crate::harness::python())
        .args(["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())"])
        .arg(project.path("tabs.py"))
        .output()
        .unwrap();
    let out = project.guild("run tabs.py x=6 -y").outcome();
    if check.status.success() {
        assert_eq!((out.code, out.stdout.as_str()), (Some(0), "6\n"), "{}", out.stderr);
    } else {
        assert_eq!(out.code, Some(1), "{}", out.stderr);
    }
}

#[test]
fn what_nobody_can_read_runs_into_its_own_error() {
    let project = Project::with(&[("bad.py", "x = (1,\nprint x\n")]);
    let out = project.guild("run bad.py -y").fails(1);
    assert!(out.stderr.contains("WARNING: cannot import flags from ./bad.py: "), "{}", out.stderr);
    assert!(out.stderr.contains("\n  x = (1,\n"), "{}", out.stderr);
    assert!(out.stderr.contains("SyntaxError"), "{}", out.stderr);
    assert_eq!(project.info("status"), "error");
}

#[test]
fn pip_freeze_lists_what_is_installed() {
    let project = Project::with(&[("s.py", "")]);
    project.guild("run s.py -y").succeeds();
    let freeze = project.attr(&project.run(), "pip_freeze");
    assert!(freeze.starts_with("- ") || freeze == "[]\n", "{freeze}");
}

#[test]
fn python_is_found_as_people_expect() {
    let project = Project::with(&[("s.py", "import sys\nprint(sys.prefix)\n")]);
    let venv = project.path(".venv");
    let made = std::process::Command::new(crate::harness::python())
        .args(["-m", "venv", "--without-pip"])
        .arg(&venv)
        .status()
        .unwrap();
    assert!(made.success());
    // The project's own environment, without being told.
    let out = project.guild("run s.py -y").without_env("GUILD_PYTHON").succeeds();
    assert_eq!(out.stdout.trim(), venv.to_str().unwrap());
    assert!(project.info("command").starts_with(venv.to_str().unwrap()));
    // An active environment comes before it.
    let other = project.path("other-env");
    fs::rename(&venv, &other).unwrap();
    let out = project
        .guild("run s.py -y")
        .without_env("GUILD_PYTHON")
        .env("VIRTUAL_ENV", &other)
        .succeeds();
    assert_eq!(out.stdout.trim(), other.to_str().unwrap());
    // Neither copies of an environment are source code.
    assert!(!project.runs()[1].join("other-env").exists());
}
