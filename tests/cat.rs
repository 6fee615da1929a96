//! `guild cat`.

use std::fs;

use crate::harness::{Project, oracle};

#[test]
fn files_are_shown_as_they_are() {
    let project = Project::with(&[("a.py", "print('hello')\n")]);
    project.guild("run a.py -y").succeeds();
    fs::create_dir(project.run().join("sub")).unwrap();
    fs::write(project.run().join("sub/f"), "no line end").unwrap();
    let shown = |line: &str| project.guild(line).succeeds().stdout;
    assert_eq!(shown("cat -p a.py"), "print('hello')\n");
    assert_eq!(shown("cat -sp a.py"), "print('hello')\n");
    assert_eq!(shown("cat --output"), "hello\n");
    assert_eq!(shown("cat -p sub/f 1"), "no line end");
    assert_eq!(shown("cat -O -pa"), "hello\n");
    let out = project.guild("cat -O -p a.py").succeeds();
    assert_eq!(out.stdout, "hello\n");
    assert!(out.stderr.starts_with("--output cannot be used with other options"), "{out:?}");
}

#[test]
fn mistakes_are_explained() {
    let project = Project::with(&[("a.py", "")]);
    assert_eq!(project.guild("cat").fails(1).stderr, "guild: no matching runs\n");
    project.guild("run a.py -y").succeeds();
    let error = |line: &str| project.guild(line).fails(1).stderr;
    assert_eq!(error("cat"), "guild: -p / --path is required unless --output is specified\n");
    assert!(error("cat -p /x").starts_with("guild: PATH must be relative\n"));
    assert!(error("cat -p x").ends_with("/x does not exist\n"));
    assert!(error("cat -p .guild").contains("is a directory\nTry 'guild ls'"));
    let Some(oracle) = oracle() else { return };
    for line in ["cat", "cat -p /x", "cat -p x", "cat -p a.py seven"] {
        let theirs = project.guild(line).program(&oracle).fails(1).stderr;
        assert_eq!(error(line), theirs, "{line}");
    }
}
