//! What is kept of runs below guild's home: it changes what commands cost, and nothing they say.

use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use guild_store::{Run, Store};

use crate::generate;
use crate::harness::{Project, oracle};

/// Lists and comparisons, before and after they were written down.
const LINES: [&str; 4] = ["runs list --all", "runs list --json", "select", "compare --csv -"];

fn answers(project: &Project) -> Vec<String> {
    LINES.map(|line| project.guild(line).succeeds().stdout).to_vec()
}

#[test]
fn answers_stay_the_same_and_follow_changes() {
    let project = Project::new();
    let ids = generate::runs(&project.home(), 130).unwrap();
    let store = Store::new(project.home());
    let first = answers(&project);
    // What has just changed is not written down.
    sleep(Duration::from_millis(3200));
    assert_eq!(answers(&project), first);
    let database = store.cache_dir("index").join("runs-5.db");
    assert!(database.exists());
    assert_eq!(answers(&project), first);

    // Damage is told once, and read past.
    fs::write(&database, "no database, but long enough to be taken for one ".repeat(100)).unwrap();
    let out = project.guild("runs list --all").succeeds();
    assert_eq!(out.stdout, first[0]);
    assert!(
        out.stderr.contains("the index of runs was damaged and is made anew"),
        "{}",
        out.stderr
    );
    assert_eq!(project.guild("runs list --all").succeeds().stderr, "");
    assert_eq!(answers(&project), first);

    // Somebody else changes runs: attributes in place, folders away and back.
    let run = |number: usize| store.run(&ids[number]);
    let label = |run: &Run, label: &str| {
        fs::write(run.guild_path("attrs/label"), format!("{label}\n")).unwrap();
    };
    label(&run(7), "by hand");
    fs::rename(run(8).dir(), project.path("away")).unwrap();
    let list = project.guild("runs list --all").succeeds().stdout;
    assert_eq!((list.lines().count(), list.matches("by hand").count()), (129, 1));
    let found = project.guild("runs -Fl by.hand -F x=7").succeeds().stdout;
    assert_eq!(found, "", "a label is no pattern");
    fs::rename(project.path("away"), run(8).dir()).unwrap();
    assert_eq!(project.guild("runs list --all").succeeds().stdout.lines().count(), 130);

    let Some(oracle) = oracle() else { return };
    let labelled = format!("label --set other {} -y", ids[9]);
    assert_eq!(project.guild(&labelled).by_oracle(&oracle).code, Some(0));
    let deleted = format!("runs rm {} -y", ids[10]);
    assert_eq!(project.guild(&deleted).by_oracle(&oracle).code, Some(0));
    for line in LINES {
        if line == "select" {
            continue;
        }
        let theirs = project.guild(line).by_oracle(&oracle);
        assert_eq!(project.guild(line).succeeds().stdout, theirs.stdout, "{line}");
    }
}

fn mount(args: &[&str]) -> bool {
    Command::new("mount").args(args).output().is_ok_and(|out| out.status.success())
}

#[test]
fn homes_that_cannot_be_written() {
    let project = Project::new();
    let home = project.home();
    fs::create_dir_all(&home).unwrap();
    let path = home.to_str().unwrap();
    if !mount(&["-t", "tmpfs", "-o", "size=24m,nr_inodes=40k", "tmpfs", path]) {
        eprintln!("skipped: file systems cannot be mounted here");
        return;
    }
    generate::runs(&home, 130).unwrap();
    let first = answers(&project);
    sleep(Duration::from_millis(3200));
    // A full disk.
    let filled = (0..).map(|i| fs::write(home.join(format!("fill{i}")), vec![0; 1 << 16]));
    assert!(filled.take(1000).any(|written| written.is_err()));
    let full: Vec<_> = LINES.map(|line| project.guild(line).outcome()).into();
    fs::read_dir(&home).unwrap().flatten().for_each(|entry| {
        if entry.file_name().to_string_lossy().starts_with("fill") {
            fs::remove_file(entry.path()).unwrap();
        }
    });
    // One that may only be read, first without an index and then with one.
    assert!(mount(&["-o", "remount,ro", path]));
    let without: Vec<_> = LINES.map(|line| project.guild(line).outcome()).into();
    assert!(mount(&["-o", "remount,rw", path]));
    drop(answers(&project));
    let is_there = home.join("cache/index/runs-5.db").exists();
    assert!(mount(&["-o", "remount,ro", path]));
    let with: Vec<_> = LINES.map(|line| project.guild(line).outcome()).into();
    assert!(Command::new("umount").arg(path).status().unwrap().success());
    assert!(is_there);
    for out in [full, without, with] {
        for (out, first) in out.iter().zip(&first) {
            assert_eq!((&out.stdout, out.stderr.as_str(), out.code), (first, "", Some(0)));
        }
    }
}
