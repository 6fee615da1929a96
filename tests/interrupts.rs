//! Ctrl-C, signals and sudden deaths: no run is lost or looks as if it had completed.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::harness::{Outcome, Project, eventually};

const SLEEPER: &str = "import time\nprint('started')\ntime.sleep(60)\nprint('done')\n";

/// Starts a run and waits until its process has said something.
fn started(project: &Project, line: &str) -> (Child, PathBuf) {
    let child = project.guild(line).start();
    let run = eventually(|| {
        // The newest, which has a process; an earlier one has none any more.
        let run = project.runs().pop().filter(|run| run.join(".guild/LOCK").exists())?;
        let output = fs::read_to_string(run.join(".guild/output")).ok()?;
        output.contains("started").then_some(run)
    });
    (child, run)
}

fn kill(signal: &str, target: &str) {
    assert!(Command::new("kill").args([signal, "--", target]).status().unwrap().success());
}

fn lock(run: &std::path::Path) -> String {
    fs::read_to_string(run.join(".guild/LOCK")).unwrap().trim().to_string()
}

fn alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim().starts_with('Z'))
}

fn ended(child: Child) -> Outcome {
    child.wait_with_output().unwrap().into()
}

#[test]
fn ctrl_c_stops_the_child_and_the_run_reads_terminated() {
    let project = Project::with(&[("s.py", SLEEPER)]);
    let (child, run) = started(&project, "run s.py -y");
    let pid = lock(&run);
    // A terminal sends the signal to the whole group.
    kill("-INT", &format!("-{}", child.id()));
    let out = ended(child);
    assert_ne!(out.code, Some(0), "{out:?}");
    assert!(!alive(&pid));
    assert_eq!(project.info("status"), "terminated");
    assert!(!run.join(".guild/LOCK").exists());
}

#[test]
fn a_script_that_swallows_the_interrupt_does_not_read_completed() {
    let script = "import time\nprint('started')\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print('saved')\n";
    let project = Project::with(&[("s.py", script)]);
    let (child, run) = started(&project, "run s.py -y");
    kill("-INT", &format!("-{}", child.id()));
    ended(child);
    assert!(fs::read_to_string(run.join(".guild/output")).unwrap().contains("saved"));
    assert_eq!(project.info("status"), "terminated");
}

#[test]
fn a_signal_to_guild_alone_is_passed_on() {
    let project = Project::with(&[("s.py", SLEEPER)]);
    let (child, run) = started(&project, "run s.py -y");
    let pid = lock(&run);
    kill("-TERM", &child.id().to_string());
    ended(child);
    assert!(!alive(&pid));
    assert_eq!(project.info("status"), "terminated");
}

#[test]
fn a_child_killed_by_a_signal_reads_terminated() {
    let project = Project::with(&[("s.py", SLEEPER)]);
    let (child, run) = started(&project, "run s.py -y");
    kill("-TERM", &lock(&run));
    assert_eq!(ended(child).code, Some(241));
    assert_eq!(project.info("exit_status"), "-15");
    assert_eq!(project.info("status"), "terminated");
    let (child, run) = started(&project, "run s.py -y");
    kill("-KILL", &lock(&run));
    assert_eq!(ended(child).code, Some(247));
    assert_eq!(project.info("exit_status"), "-9");
}

#[test]
fn guild_killed_while_the_child_runs() {
    let project = Project::with(&[("s.py", SLEEPER)]);
    let (child, run) = started(&project, "run s.py -y");
    let pid = lock(&run);
    kill("-KILL", &child.id().to_string());
    ended(child);
    // The child goes on, and says so; when it has ended, nobody knows how.
    assert_eq!(project.info("status"), "running");
    assert_eq!(project.info("pid"), pid);
    kill("-KILL", &pid);
    eventually(|| (!alive(&pid)).then_some(()));
    assert_eq!(project.info("status"), "error");
    assert!(!run.join(".guild/attrs/exit_status").exists());
    assert_eq!(project.guild("runs").succeeds().stdout.lines().count(), 1);
}

#[test]
fn a_running_run_is_stopped_before_it_is_deleted() {
    let project = Project::with(&[("s.py", SLEEPER)]);
    let (child, run) = started(&project, "run s.py -y");
    let pid = lock(&run);
    assert_eq!(project.info("status"), "running");
    project.guild("runs rm 1 -y").succeeds();
    ended(child);
    assert!(!alive(&pid));
    assert!(project.runs().is_empty());
}

#[test]
fn an_interrupt_before_the_process_starts_leaves_no_run() {
    let project =
        Project::with(&[("s.py", SLEEPER), ("guild.yml", "s:\n  main: s\n  sourcecode: ['*']\n")]);
    // Enough to copy that the signal comes while it is copied.
    for i in 0..400 {
        project.write(&format!("data/{i}.txt"), "x".repeat(300_000));
    }
    let child = project.guild("run s -y").start();
    eventually(|| project.runs().pop().filter(|run| run.join("data").exists()));
    kill("-INT", &format!("-{}", child.id()));
    let out = ended(child);
    assert_eq!(out.code, Some(130), "{out:?}");
    assert!(project.runs().is_empty());
}

#[test]
fn a_run_is_never_seen_as_an_error_before_it_ends() {
    let project = Project::with(&[("s.py", SLEEPER)]);
    let child = project.guild("run s.py -y").start();
    let store = project.home().join("runs");
    eventually(|| {
        let run = fs::read_dir(&store).ok()?.next()?.ok()?.path();
        if !run.join(".guild/opref").exists() {
            return None;
        }
        // The lock is looked for last: it is there before the other mark goes.
        let pending = run.join(".guild/PENDING").exists();
        let locked = run.join(".guild/LOCK").exists();
        assert!(pending || locked || run.join(".guild/LOCK").exists());
        locked.then_some(())
    });
    kill("-KILL", &format!("-{}", child.id()));
    ended(child);
}
