//! guild killed (SIGKILL) at random moments while it runs, deletes, restores, labels and imports runs
//! and writes its index: no run is lost, none is there twice, and none reads completed that did not
//! complete.
//!
//! `GUILD_KILLS` asks for more than the usual number of kills, `GUILD_KILLS_SEED` for other moments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::Duration;

use guild_plugin_api::Value;
use guild_store::{Run, Status, Store};

use crate::generate;
use crate::harness::Project;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// What a run must keep: how it ended and which labels it may have.
type Kept = BTreeMap<String, (Option<Value>, BTreeSet<String>)>;

#[test]
fn no_run_is_lost_or_doubled_or_wrongly_completed() {
    let project = Project::with(&[
        // What was done to its end says so.
        ("good.sh", "#!/bin/sh\nsleep 0.01\necho ok\ntouch done\n"),
        ("bad.sh", "#!/bin/sh\necho no\nexit 3\n"),
    ]);
    for name in ["good.sh", "bad.sh"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(project.path(name), mode).unwrap();
        (0..3).for_each(|_| drop(project.guild(&format!("run {name} -y")).outcome()));
    }
    let store = Store::new(project.home());
    let mut kept = Kept::new();
    note_new(&store, &mut kept);
    assert_eq!(kept.len(), 6);
    let mut random = fastrand::Rng::with_seed(number("GUILD_KILLS_SEED", 7));
    let (mut killed, mut ended) = (0, 0);
    for i in 0..number("GUILD_KILLS", 200) {
        let ids: Vec<String> = kept.keys().cloned().collect();
        let id = random.choice(&ids).unwrap().clone();
        let label = format!("label-{i}-{}", "x".repeat(random.usize(0..50)));
        let (line, longest) = match random.u8(0..8) {
            0 => ("run good.sh -y".to_string(), 120),
            1 => ("run bad.sh -y".to_string(), 120),
            2 | 3 => (format!("runs rm {id} -y"), 30),
            4 | 5 => (format!("runs restore {id} -y"), 30),
            _ => (format!("label --set {label} {id} -y"), 30),
        };
        if line.starts_with("label") {
            kept.get_mut(&id).unwrap().1.insert(label);
        }
        let mut child: Child = project.guild(&line).start();
        thread::sleep(Duration::from_micros(random.u64(0..longest * 1000)));
        match child.try_wait().unwrap() {
            Some(_) => ended += 1,
            None => killed += 1,
        }
        let _ = child.kill();
        child.wait().unwrap();
        check(&store, &kept, &line);
        note_new(&store, &mut kept);
    }
    eprintln!("{killed} killed, {ended} ended before, {} runs, none lost", kept.len());
}

/// All runs, deleted ones too.
fn all(store: &Store) -> Vec<Run> {
    [store.runs().unwrap(), store.deleted_runs().unwrap()].concat()
}

/// Runs that are over from now on must stay as they are.
fn note_new(store: &Store, kept: &mut Kept) {
    for run in all(store) {
        let over = matches!(run.status(), Status::Completed | Status::Error | Status::Terminated);
        if over && run.has_attr("exit_status") && !kept.contains_key(run.id()) {
            let labels = BTreeSet::from([label(&run)]);
            kept.insert(run.id().into(), (run.attr("exit_status").unwrap(), labels));
        }
    }
}

fn label(run: &Run) -> String {
    let label = run.attr("label").unwrap().unwrap_or_default();
    label.as_str().unwrap_or_default().to_string()
}

fn check(store: &Store, kept: &Kept, line: &str) {
    let mut seen = BTreeSet::new();
    for run in all(store) {
        assert!(seen.insert(run.id().to_string()), "{} is there twice after {line}", run.id());
        assert!(run.opref().unwrap().is_some(), "{} lost its operation after {line}", run.id());
        if run.status() == Status::Completed {
            assert!(run.dir().join("done").exists(), "{} did not complete: {line}", run.id());
        }
        if let Some((exit, labels)) = kept.get(run.id()) {
            assert_eq!(run.attr("exit_status").unwrap(), *exit, "{} after {line}", run.id());
            assert!(labels.contains(&label(&run)), "{} after {line}", label(&run));
        }
    }
    let lost: Vec<_> = kept.keys().filter(|id| !seen.contains(*id)).collect();
    assert!(lost.is_empty(), "lost after {line}: {lost:?}");
}

/// Files below a folder.
fn files(dir: &Path) -> usize {
    let entries = fs::read_dir(dir).unwrap().map(|e| e.unwrap());
    entries.map(|e| if e.file_type().unwrap().is_dir() { files(&e.path()) } else { 1 }).sum()
}

/// guild killed while it writes down what it knows of many runs, and while it imports: what is
/// listed is what is there, and what is imported is whole or not there.
#[test]
fn what_is_known_of_runs_and_what_is_imported_survive_kills() {
    let project = Project::new();
    let store = Store::new(project.home());
    let ids = generate::runs(&project.home(), 116).unwrap();
    let (imported, kept) = ids.split_at(6);
    for id in imported {
        fs::create_dir_all(project.path("archive")).unwrap();
        fs::rename(store.run(id).dir(), project.path("archive").join(id)).unwrap();
    }
    let mut random = fastrand::Rng::with_seed(number("GUILD_KILLS_SEED", 7));
    let (mut killed, mut ended) = (0, 0);
    for _ in 0..number("GUILD_KILLS", 200) / 5 {
        let id = random.choice(imported).unwrap();
        let line = match random.u8(0..3) {
            0 => "runs".to_string(),
            1 => "compare --csv -".to_string(),
            _ => format!("import archive {id} -y"),
        };
        if random.u8(0..3) == 0 {
            let _ = fs::remove_dir_all(store.cache_dir("index"));
        }
        let mut child: Child = project.guild(&line).start();
        thread::sleep(Duration::from_micros(random.u64(0..80_000)));
        match child.try_wait().unwrap() {
            Some(_) => ended += 1,
            None => killed += 1,
        }
        let _ = child.kill();
        child.wait().unwrap();
        let out = project.guild("runs list --json").succeeds();
        assert_eq!(out.stderr, "", "after {line}");
        let listed: serde_json::Value = serde_json::from_str(&out.stdout).unwrap();
        let listed: Vec<&str> =
            listed.as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()).collect();
        let there = store.runs().unwrap();
        assert_eq!(listed, there.iter().map(Run::id).collect::<Vec<_>>(), "after {line}");
        assert!(kept.iter().all(|id| listed.contains(&id.as_str())), "lost after {line}");
        for run in there.iter().filter(|run| imported.contains(&run.id().to_string())) {
            let whole = files(&project.path("archive").join(run.id()));
            assert_eq!(files(run.dir()), whole, "half of {} after {line}", run.id());
            fs::remove_dir_all(run.dir()).unwrap();
        }
    }
    eprintln!("{killed} killed, {ended} ended before, {} runs, none lost", kept.len());
}

/// Several guilds delete, restore and label the same runs at once.
#[test]
fn guilds_that_change_the_same_runs_lose_none() {
    let project = Project::with(&[("a.py", "")]);
    project.guild("run a.py -y").succeeds();
    let model = project.run();
    let store = Store::new(project.home());
    for i in 0..5 {
        let run = Run::at(store.runs_dir().join(format!("{i:032}")));
        std::fs::create_dir_all(run.guild_path("attrs")).unwrap();
        std::fs::copy(model.join(".guild/opref"), run.guild_path("opref")).unwrap();
        std::fs::write(run.guild_path("attrs/started"), format!("{}\n", 1_000_000 + i)).unwrap();
    }
    for _ in 0..10 {
        let lines =
            ["runs rm -y", "label --set x : -y", "runs restore -y", "runs rm 1:3 -y", "runs"];
        let guilds: Vec<Child> = lines.iter().map(|line| project.guild(line).start()).collect();
        for guild in guilds {
            let out = guild.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(!said.contains("panicked") && out.status.code().is_some(), "{said}");
        }
        let ids: Vec<String> = all(&store).iter().map(|run| run.id().to_string()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 6, "{ids:?}");
        assert_eq!(ids.len(), 6, "{ids:?}");
    }
}
