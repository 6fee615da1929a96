//! `guild runs`, `runs info`, `runs rm`.

use std::fs;

use serde_json::Value;

use crate::harness::{Outcome, Project, assert_like};

fn three_runs() -> Project {
    let project = Project::with(&[
        ("a.py", "x = 1\n"),
        ("b.py", "import sys\nsys.exit(2)\n"),
        ("c.py", "print('loss: 0.5')\n"),
    ]);
    project.guild("run a.py -y --tag old").succeeds();
    project.guild("run b.py -y").fails(2);
    project.guild("run c.py -y --label third").succeeds();
    project
}

fn ids(out: &Outcome) -> Vec<&str> {
    out.stdout.lines().map(|l| &l[l.find(':').unwrap() + 1..l.find(']').unwrap()]).collect()
}

#[test]
fn runs_are_listed_newest_first() {
    let project = three_runs();
    let pattern = "[1:...]  c.py  ...  completed  third
[2:...]  b.py  ...  error
[3:...]  a.py  ...  completed  old x=1";
    assert_like(&project.guild("runs").succeeds().stdout, pattern);
    assert_like(&project.guild("runs list").succeeds().stdout, pattern);
    let empty = Project::new();
    let out = empty.guild("runs").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", ""));
}

#[test]
fn runs_of_another_folder_say_where_from() {
    let project = three_runs();
    let outside = project.dir().parent().unwrap().to_path_buf();
    let out = project.guild("runs").current_dir(outside).succeeds().stdout;
    assert!(out.contains("a.py (project)"), "{out}");
}

#[test]
fn runs_are_filtered() {
    let project = three_runs();
    let count = |line: &str| project.guild(line).succeeds().stdout.lines().count();
    assert_eq!(count("runs -Fo a.py"), 1);
    assert_eq!(count("runs --operation a.py --operation b.py"), 2);
    assert_eq!(count("runs -Ft old"), 1);
    assert_eq!(count("runs -Fl third"), 1);
    assert_eq!(count("runs -Se"), 1);
    assert_eq!(count("runs -Sce"), 3);
    assert_eq!(count("runs -Sc -Se"), 3);
    assert_eq!(count("runs -Sr -Se --not-error"), 0);
    assert_eq!(count("runs --not-error"), 2);
    assert_eq!(count("runs -Fl nothing"), 0);
    assert_eq!(count("runs list -Fo run"), 0);
}

#[test]
fn only_the_first_twenty_are_shown() {
    let project = Project::with(&[("a.py", "")]);
    project.guild("run a.py -y").succeeds();
    let model = project.run();
    for i in 0..24 {
        let run = project.home().join("runs").join(format!("{i:032}"));
        fs::create_dir_all(run.join(".guild/attrs")).unwrap();
        fs::copy(model.join(".guild/opref"), run.join(".guild/opref")).unwrap();
        fs::write(run.join(".guild/attrs/started"), format!("{}\n", 1_600_000_000_000_000u64 + i))
            .unwrap();
    }
    let out = project.guild("runs").succeeds();
    assert_eq!(out.stdout.lines().count() + out.stderr.lines().count(), 21);
    assert!(format!("{}{}", out.stdout, out.stderr).contains("(25 total)"), "{out:?}");
    assert_eq!(project.guild("runs --all").succeeds().stdout.lines().count(), 25);
    assert_eq!(project.guild("runs -m").succeeds().stdout.lines().count(), 25);
    assert_eq!(project.guild("runs -n 5").succeeds().stdout.lines().count(), 5);
}

#[test]
fn json_is_for_programs() {
    let project = three_runs();
    let list = project.guild("runs list --json").succeeds().stdout;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 3);
    let info = project.guild("runs info --json").succeeds().stdout;
    let info: Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["status"], "completed");
    assert_eq!(info["label"], "third");
}

#[test]
fn info_of_a_run_by_index_and_id() {
    let project = three_runs();
    let list = project.guild("runs").succeeds();
    let info = |run: &str| project.guild(&format!("runs info {run}")).succeeds().stdout;
    assert!(info("2").contains("operation: b.py\n"));
    assert_eq!(info(ids(&list)[2]), info("3"));
    assert_eq!(info(""), info("1"));
    let out = project.guild("runs info zzz").fails(1);
    assert_eq!(
        out.stderr,
        "guild: could not find a run matching 'zzz'\nTry 'guild runs list' for a list or \
         'guild runs info --help' for more information.\n"
    );
}

#[test]
fn info_shows_scalars_of_the_output() {
    let project = three_runs();
    let info = project.guild("runs info").succeeds().stdout;
    assert!(info.ends_with("scalars:\n  loss: 0.500000 (step 0)\n"), "{info}");
    let more = project.guild("runs info --env --deps --manifest --plugins").succeeds().stdout;
    for name in ["environment:", "dependencies:", "manifest:", "plugins:"] {
        assert!(more.lines().any(|l| l == name), "{more}");
    }
}

#[test]
fn runs_are_deleted_and_kept_in_the_trash() {
    let project = three_runs();
    let out = project.guild("runs rm 2").input("n\n").fails(4);
    assert_like(
        &out.stderr,
        "You are about to delete the following runs:
  [...]  b.py  ...  error
Delete 1 run(s)? (Y/n)",
    );
    assert_eq!(project.runs().len(), 3);
    let out = project.guild("runs rm 2 -y").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", "Deleted 1 run(s)\n"));
    assert_eq!(project.runs().len(), 2);
    let trash = project.home().join("trash/runs");
    assert_eq!(fs::read_dir(&trash).unwrap().count(), 1);
    project.guild("runs delete 1 -y --permanent").succeeds();
    assert_eq!(fs::read_dir(&trash).unwrap().count(), 1);
    assert_eq!(project.runs().len(), 1);
    project.guild("runs rm -y").succeeds();
    assert_eq!(project.runs().len(), 0);
    let out = project.guild("runs rm -y").succeeds();
    assert_eq!(out.stderr, "Nothing to delete.\n");
    assert_eq!(project.guild("runs --deleted").succeeds().stdout.lines().count(), 2);
}

#[test]
fn a_damaged_run_does_not_sink_the_list() {
    let project = three_runs();
    let attrs = project.runs()[0].join(".guild/attrs");
    fs::write(attrs.join("started"), "\u{0}\u{1}garbage").unwrap();
    fs::write(attrs.join("label"), "[never: closed").unwrap();
    fs::write(project.runs()[1].join(".guild/opref"), "nonsense").unwrap();
    fs::create_dir(project.home().join("runs/not-a-run")).unwrap();
    let out = project.guild("runs").succeeds();
    assert!(out.stdout.lines().count() >= 2, "{out:?}");
    assert!(!out.stderr.contains("panicked"));
}
