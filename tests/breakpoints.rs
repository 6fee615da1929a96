//! `guild run --break`, `--break-on-error` and `--debug-sourcecode`: the user looks into a run.

use crate::harness::{Project, oracle};

const SCRIPT: &str = "\
# a comment
lr = 0.1
def half(x):
    y = x / 2
    return y
print('half', half(lr))
";

#[test]
fn a_run_stops_at_breakpoints() {
    let project = Project::with(&[("train.py", SCRIPT)]);
    let line = "run train.py lr=8 -y --break 4 --break train.half";
    let out = project.guild(line).input("p x * 100\nc\nc\n").succeeds();
    assert!(out.stdout.contains("train.py(4)half()"), "{}", out.stdout);
    assert!(out.stdout.contains("800") && out.stdout.contains("half 4.0"), "{}", out.stdout);
    // The first line is a comment, the next is where it stops.
    let out = project.guild("run train.py -y --break 1").input("p 6 * 7\nc\n").succeeds();
    assert!(out.stdout.contains("train.py(2)") && out.stdout.contains("42"), "{}", out.stdout);
    // The next start of the run does not stop.
    let id = project.runs().len();
    assert_eq!(id, 2);
    let out = project.guild("run --restart 1 -y").succeeds();
    assert_eq!(out.stdout, "half 0.05\n");
    let out = project.guild("run --restart 1 -y --break 6").input("c\n").succeeds();
    assert!(out.stdout.contains("train.py(6)"), "{}", out.stdout);
}

#[test]
fn a_run_that_fails_is_looked_into_where_it_does() {
    let project = Project::with(&[("fails.py", "x = 3\ndef f(a):\n    a / 0\nf(x + 4)\n")]);
    let out = project.guild("run fails.py -y --break-on-error").input("p a * 11\nq\n").fails(1);
    assert!(out.stderr.contains("ZeroDivisionError"), "{}", out.stderr);
    assert!(out.stdout.contains("77"), "{}", out.stdout);
    assert_eq!(project.info("status"), "error");
}

#[test]
fn modules_may_come_from_the_project() {
    let project = Project::with(&[
        ("train.py", "import part\nprint(part.__file__)\n"),
        ("part.py", ""),
        ("other/part.py", ""),
    ]);
    let dir = project.dir().canonicalize().unwrap();
    let out = project.guild("run train.py -y").succeeds();
    assert!(out.stdout.contains("/runs/"), "{}", out.stdout);
    let out = project.guild("run train.py -y --debug-sourcecode .").succeeds();
    assert_eq!(out.stdout, format!("{}/part.py\n", dir.display()));
    let out = project.guild("run train.py -y --debug-sourcecode other:.").succeeds();
    assert_eq!(out.stdout, format!("{}/other/part.py\n", dir.display()));
    // The next start of the run has its own again.
    let out = project.guild("run --restart 1 -y").succeeds();
    assert!(out.stdout.contains("/runs/"), "{}", out.stdout);
}

#[test]
fn nobody_waits_where_nobody_is() {
    let project = Project::with(&[("train.py", SCRIPT)]);
    for (options, both) in [
        ("--break 1 --stage", "--break and --stage"),
        ("--break 1 -b", "--break and --background"),
        ("--break-on-error --pidfile x", "--break-on-error and --background"),
        ("--debug-sourcecode . --stage", "--debug-sourcecode and --stage"),
    ] {
        let out = project.guild(&format!("run train.py -y {options}")).fails(1);
        let message = format!("guild: {both} cannot both be used\n");
        assert!(out.stderr.starts_with(&message), "{}", out.stderr);
    }
    assert!(project.runs().is_empty());
}

#[test]
fn as_guild_ai_stops() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("train.py", SCRIPT)]);
    let line = "run train.py -y --break 5 --break train.py:6";
    let stops = |out: &str| -> Vec<String> {
        let at = out.lines().filter_map(|line| Some(line.split_once("train.py(")?.1.to_string()));
        at.collect()
    };
    let ours = project.guild(line).input("c\nc\n").succeeds();
    let theirs = project.guild(line).program(&oracle).input("c\nc\n").succeeds();
    assert_eq!(stops(&ours.stdout), stops(&theirs.stdout));
    assert_eq!(stops(&ours.stdout).len(), 2, "{}", ours.stdout);
}
