//! `guild diff` and `guild open`: other programs for the files of runs.

use std::fs;
use std::path::Path;

use crate::harness::{Outcome, Project, oracle};

fn two_runs() -> Project {
    let project = Project::with(&[("a.py", "x = 1\nprint(x)\n")]);
    project.guild("run a.py -y").succeeds();
    project.guild("run a.py -y x=2").succeeds();
    project
}

/// Names the runs' folders by their age.
fn tidy(project: &Project, out: &Outcome) -> String {
    let mut text = out.stdout.clone();
    for (i, run) in project.runs().iter().enumerate() {
        text = text.replace(run.to_str().unwrap(), &format!("RUN{}", i + 1));
    }
    text.replace(project.dir().to_str().unwrap(), "PROJECT")
}

#[test]
fn what_is_diffed() {
    let project = two_runs();
    let diffed = |line: &str| {
        let out = project.guild(&format!("diff {line} --cmd echo")).succeeds();
        tidy(&project, &out)
    };
    assert_eq!(diffed(""), "RUN1 RUN2\n");
    assert_eq!(diffed("1 2"), "RUN2 RUN1\n");
    assert_eq!(diffed("-O"), "RUN1/.guild/output RUN2/.guild/output\n");
    assert_eq!(diffed("--flags"), "RUN1/.guild/attrs/flags RUN2/.guild/attrs/flags\n");
    assert_eq!(diffed("-a -e"), "RUN1/.guild/attrs RUN2/.guild/attrs\n");
    assert_eq!(diffed("-p a.py -p b"), "RUN1/a.py RUN2/a.py\nRUN1/b RUN2/b\n");
    assert_eq!(diffed("-s -p a.py"), "RUN1/a.py RUN2/a.py\n");
    assert_eq!(diffed("-w -p a.py"), "RUN2/a.py PROJECT/a.py\n");
    assert_eq!(diffed("2 --dir ."), "RUN1 .\n");
    let Some(oracle) = oracle() else { return };
    for line in ["", "-O", "-D -e -f", "-a -O -s", "-s -p a.py -p b", "-w 2", "-p a.py"] {
        let theirs = project.guild(&format!("diff {line} --cmd echo")).program(&oracle).succeeds();
        assert_eq!(diffed(line), tidy(&project, &theirs), "{line}");
    }
}

#[test]
fn without_a_program_the_differences_are_shown_all_the_same() {
    let project = two_runs();
    let out = project.guild("diff -f").env("PATH", "/nowhere").succeeds();
    let want =
        "--- RUN1/.guild/attrs/flags\n+++ RUN2/.guild/attrs/flags\n@@ -1 +1 @@\n-x: 1\n+x: 2\n";
    assert_eq!(tidy(&project, &out), want);
    let unnamed = project.guild_args(&["diff", "-f", "--cmd", ""]).env("PATH", "/nowhere");
    assert_eq!(tidy(&project, &unnamed.succeeds()), want);
}

#[test]
fn the_program_may_be_configured() {
    let project = two_runs();
    project.write(
        "guild-config.yml",
        "diff:\n  command:\n    default: echo other\n    .py: echo script\n",
    );
    let diffed = |line: &str| tidy(&project, &project.guild(line).succeeds());
    assert_eq!(diffed("diff"), "other RUN1 RUN2\n");
    assert_eq!(diffed("diff -p a.py"), "script RUN1/a.py RUN2/a.py\n");
    let error = project.guild("diff -c no-such-program").fails(1).stderr;
    assert!(error.starts_with("guild: error running 'no-such-program "), "{error}");
}

#[test]
fn what_cannot_be_diffed_is_explained() {
    let project = two_runs();
    let error = |line: &str| project.guild(line).fails(1).stderr;
    assert!(error("diff 1").starts_with("guild: diff requires two runs\nTry specifying a second"));
    assert!(error("diff 1 2 -w").starts_with("guild: cannot specify second RUN and --working"));
    assert!(error("diff 1 2 -d .").starts_with("guild: cannot specify second RUN and --dir"));
    assert!(error("diff -w -s").contains("--working and --sourcecode cannot both be specified"));
    // No ID begins with it: they are hexadecimal.
    assert!(error("diff 1 x").contains("could not find a run matching 'x'"));
}

#[test]
fn runs_are_opened() {
    let project = two_runs();
    let opened = |line: &str| tidy(&project, &project.guild(line).succeeds());
    assert_eq!(opened("open --cmd echo"), "RUN2\n");
    assert_eq!(opened("open 2 -p a.py -c echo"), "RUN1/a.py\n");
    assert_eq!(opened("open -O -c echo"), "RUN2/.guild/output\n");
    assert_eq!(opened("open --shell-cmd pwd"), "RUN2\n");
    project.write("shell", "#!/bin/sh\nls a.py\n");
    let shell = project.path("shell");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&shell, mode).unwrap();
    let out = project.guild("open --shell -p a.py").env("SHELL", Path::new(&shell)).succeeds();
    assert_eq!(out.stdout, "a.py\n");
    let error = |line: &str| project.guild(line).fails(1).stderr;
    assert!(error("open -p x").ends_with("/x does not exist\n"));
    assert!(error("open -p /x").starts_with("guild: PATH must be relative\n"));
    assert!(error("open --shell -c x").contains("--shell and --cmd cannot both be specified"));
    let unnamed = project.guild_args(&["open", "-c", ""]).env("PATH", "/nowhere").fails(1).stderr;
    assert!(unnamed.contains("open "), "{unnamed}");
    assert!(error("open -c no-such-program").contains("Name another program with --cmd."));
}
