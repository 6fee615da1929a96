//! `guild select`, `label`, `tag`, `mark`, `comment`, `runs restore`, `runs purge`.

use std::path::PathBuf;

use crate::harness::{Outcome, Project, oracle};

const FILES: &[(&str, &str)] =
    &[("t.py", "x = 1\nprint('loss: %s' % (x / 2))\n"), ("e.py", "import sys\nsys.exit(3)\n")];

/// Three runs, the latest first: `t.py` with x=4, `e.py`, `t.py` with x=2.
fn project() -> Project {
    let project = Project::with(FILES);
    project.guild("run t.py -y x=2 --tag red").succeeds();
    project.guild("run e.py -y").fails(3);
    project.guild("run t.py -y x=4").succeeds();
    project
}

fn out(project: &Project, line: &str) -> String {
    project.guild(line).succeeds().stdout.trim_end().to_string()
}

#[test]
fn select_prints_ids_and_more() {
    let project = project();
    let ids: Vec<String> = out(&project, "select --all").lines().map(String::from).collect();
    assert_eq!(ids.len(), 3);
    for (line, want) in [
        ("select", &ids[0]),
        ("select 2", &ids[1]),
        ("select -min loss", &ids[2]),
        ("select --max loss", &ids[0]),
        ("select --max =x 2 3", &ids[2]),
        ("select --min nothing", &ids[0]),
        ("select -Fo e.py", &ids[1]),
        ("select -Se", &ids[1]),
    ] {
        assert_eq!(&out(&project, line), want, "{line}");
    }
    assert_eq!(out(&project, "select 3 1"), format!("{}\n{}", ids[2], ids[0]));
    assert_eq!(out(&project, "select -s 2"), ids[1][..8]);
    assert_eq!(out(&project, "select --path"), project.runs()[2].display().to_string());
    assert_eq!(out(&project, "select --attr label 3"), "red x=2");
    assert_eq!(out(&project, "select --attr flags"), "x: 4");
}

#[test]
fn runs_without_the_value_are_no_minimum() {
    let project = project();
    // The latest run of all has no loss, and would be the least in Guild AI 0.9.0.
    project.guild("run e.py -y").fails(3);
    assert_eq!(out(&project, "select --min loss --attr label"), "red x=2");
}

#[test]
fn labels_are_set_and_changed() {
    let project = project();
    let label = |line: &str| {
        project.guild(&format!("label {line} -y")).succeeds();
        out(&project, "select --attr label")
    };
    assert_eq!(label("--set x-${x}"), "x-4");
    assert_eq!(label("--append ${label}-b"), "x-4 x-4-b");
    assert_eq!(label("-p first"), "first x-4 x-4-b");
    assert_eq!(label("-rm x-4 --remove nothing"), "first x-4-b");
    assert_eq!(label("--clear"), "");
    assert!(!project.runs()[2].join(".guild/attrs/label").exists());
    let said = project.guild("label -s all : -y").succeeds().stderr;
    assert_eq!(said, "Labeled 3 run(s)\n");
}

#[test]
fn tags_and_the_label_that_shows_them() {
    let project = project();
    project.guild("tag -a green -a blue 3 -y").succeeds();
    assert_eq!(out(&project, "select --attr tags 3"), "- blue\n- green\n- red");
    assert_eq!(out(&project, "select --attr label 3"), "red x=2");
    project.guild("tag --delete red --add best --sync-labels 3 -y").succeeds();
    assert_eq!(out(&project, "select --attr label 3"), "best x=2");
    assert_eq!(out(&project, "tag --list-all"), "best\nblue\ngreen");
    project.guild("runs tag --clear -s 3 -y").succeeds();
    assert_eq!(out(&project, "select --attr label 3"), "x=2");
    assert_eq!(out(&project, "tag --list-all"), "");
}

#[test]
fn marks_come_and_go() {
    let project = project();
    project.guild("mark 3 -y").succeeds();
    assert_eq!(out(&project, "select -Fm --attr label"), "red x=2");
    project.guild("mark -y").succeeds();
    assert_eq!(out(&project, "select -Fm --all").lines().count(), 2);
    let said = project.guild("mark -Fm -y").succeeds().stderr;
    assert_eq!(said, "Marked 1 run(s)\n", "the latest of those that are");
    let said = project.guild("mark --clear -y").succeeds().stderr;
    assert_eq!(said, "Unmarked 2 run(s)\n");
    assert_eq!(project.guild("mark --clear -y").succeeds().stderr, "No runs to unmark.\n");
}

#[test]
fn comments_are_added_listed_and_deleted() {
    let project = project();
    project.guild_args(&["comment", "-a", "first one", "-y"]).succeeds();
    project.guild_args(&["comment", "-a", "second", "-u", "ann@box", "-y"]).succeeds();
    let list = out(&project, "comment --list");
    assert!(list.contains("\n  first one\n\n[2] ann@box "), "{list}");
    assert!(out(&project, "runs -c").contains("\n  ann@box "));
    assert_eq!(out(&project, "select -Fc SECOND --all").lines().count(), 1);
    project.guild("comment -d 1 -y").succeeds();
    assert!(!out(&project, "comment --list").contains("first"));
    let refused = project.guild("comment --clear").input("\n").fails(4);
    assert!(refused.stderr.ends_with("Continue? (y/N) "), "{refused:?}");
    project.guild("comment --clear -y").succeeds();
    assert!(out(&project, "comment -l").ends_with("<no comments>"));
}

#[test]
fn a_comment_is_written_in_the_editor() {
    let project = project();
    project.write("editor", "#!/bin/sh\ncat \"$2\" > seen\nprintf 'typed\\n' >> \"$2\"\n");
    let editor = format!("sh {} -x", project.path("editor").display());
    project.guild("comment").env("EDITOR", &editor).succeeds();
    let seen = std::fs::read_to_string(project.path("seen")).unwrap();
    assert!(seen.starts_with("\n# Type a comment"), "{seen}");
    let list = out(&project, "comment --list");
    assert!(list.ends_with("\n\n  typed"), "{list}");
    let empty = project.guild("comment").env("VISUAL", "true").fails(1);
    assert_eq!(empty.stderr, "Aborting due to an empty comment.\n");
    let broken = project.guild("comment").env("VISUAL", "false").fails(1);
    assert!(broken.stderr.starts_with("guild: false: Editing failed\n"), "{broken:?}");
}

#[test]
fn deleted_runs_come_back_or_are_purged() {
    let project = project();
    project.guild("runs rm -y").succeeds();
    let back = project.guild("runs restore -Fo e.py").input("y\n").succeeds();
    assert!(back.stderr.ends_with("Restore 1 run(s)? (Y/n) Restored 1 run(s)\n"), "{back:?}");
    assert_eq!(project.runs().len(), 1);
    project.guild("runs purge 1 -y").succeeds();
    assert_eq!(out(&project, "runs --deleted").lines().count(), 1);
    let kept = project.guild("runs purge").input("\n").fails(4);
    assert!(kept.stderr.ends_with("Permanently delete 1 run(s)? (y/N) "), "{kept:?}");
    project.guild("runs purge -y").succeeds();
    assert_eq!(project.guild("runs restore").succeeds().stderr, "Nothing to restore.\n");
    assert_eq!(project.guild("runs purge").succeeds().stderr, "Nothing to purge.\n");
}

#[test]
fn a_comment_that_cannot_be_read_is_not_written_over() {
    let project = project();
    let path = project.runs()[2].join(".guild/attrs/comments");
    std::fs::write(&path, "[{body: precious").unwrap();
    let refused = project.guild("comment -a x -y").fails(1);
    assert!(refused.stderr.contains("attrs/comments"), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "[{body: precious");
}

/// The same commands, one after the other, on the same runs by 0.9.0 and by us.
#[test]
fn as_in_guild_ai() {
    let Some(oracle) = oracle() else { return };
    let project = project();
    let copy = |from: &PathBuf, to: &PathBuf| {
        let args = [std::ffi::OsStr::new("-a"), from.as_os_str(), to.as_os_str()];
        assert!(std::process::Command::new("cp").args(args).status().unwrap().success());
    };
    let homes =
        [project.dir().parent().unwrap().join("a"), project.dir().parent().unwrap().join("b")];
    homes.iter().for_each(|home| copy(&project.home(), home));
    let mut differences = Vec::new();
    for line in [
        "select --min loss -Fo t.py",
        "select --min loss --max loss",
        "select --min 1 as",
        "label",
        "label --set a --append b",
        "label --set ${label}-${x} : -y",
        "label -a b 1 -y",
        "label -rm b 1 -y",
        "tag -a x -a y 1 3 -s -y",
        "tag --list-all",
        "mark 2 -y",
        "mark 1",
        "runs mark --clear -y",
        "comment --list",
        "comment -a hi",
        "runs -F x<3",
        "runs -F x<",
        "runs -Ssz",
        "runs list -Fs foo",
        "runs -Fs today -Fo t.py",
        "runs --comments --json",
        "runs list -Set",
        "runs rm 1 -y",
        "runs purge",
        "runs restore -y",
        "watch",
        "watch 1",
        "runs",
    ] {
        let said = |home: &PathBuf, program: Option<&PathBuf>| -> Outcome {
            let guild = project.guild(line).env("GUILD_HOME", home);
            let outcome = match program {
                Some(program) => guild.program(program).outcome(),
                None => guild.outcome(),
            };
            let plain = |text: String| text.replace(home.to_str().unwrap(), "HOME");
            Outcome { stdout: plain(outcome.stdout), stderr: plain(outcome.stderr), ..outcome }
        };
        let (theirs, ours) = (said(&homes[0], Some(&oracle)), said(&homes[1], None));
        if format!("{ours:?}") != format!("{theirs:?}") {
            differences.push(format!("{line}\n{ours:#?}\n{theirs:#?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
