//! Trials that are ended because they are behind the others: `--stop-early`.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::harness::{Project, assert_like, oracle};

/// The loss is `x` at each step. What is above 1 comes to its first step after 0.5 has, makes no other,
/// and waits to be ended.
const SCRIPT: &str = "\
import glob, time
x = 0.5
while x > 1 and not any('loss: 0.5' in open(f).read() for f in glob.glob('../*/.guild/output')):
    time.sleep(0.1)
for step in range(1, 17):
    print('step: %s' % step)
    print('loss: %s' % x, flush=True)
    if x > 1:
        time.sleep(60)
open('done', 'w').close()
";

fn trial(project: &Project, label: &str) -> PathBuf {
    let runs = project.runs();
    let named = |run: &PathBuf| {
        fs::read_to_string(run.join(".guild/attrs/label")).is_ok_and(|l| l.trim() == label)
    };
    runs.into_iter().find(named).unwrap()
}

fn statuses(project: &Project) -> Vec<String> {
    let text = project.guild("runs -s").succeeds().stdout;
    let word = |line: &str| line.split_whitespace().nth(2).unwrap().to_string();
    text.lines().rev().filter(|line| !line.contains("s.py+")).map(word).collect()
}

#[test]
fn a_trial_that_is_behind_is_ended_and_says_why() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    for jobs in [1, 2] {
        let line =
            format!("run s.py x=[0.5,3,0.25] --stop-early asha --jobs {jobs} --keep-batch -y");
        let out = project.guild(&line).succeeds();
        assert!(
            out.stderr.contains("early: loss=3 at step 1: not among the best 1 of "),
            "{out:?}"
        );
        assert_eq!(statuses(&project), ["completed", "terminated", "completed"]);
        let run = trial(&project, "x=3");
        assert_eq!(project.attr(&run, "exit_status"), "-15\n");
        assert!(!run.join("done").exists());
        let id = run.file_name().unwrap().to_str().unwrap();
        let info = project.guild(&format!("runs info {id}")).succeeds().stdout;
        assert!(info.contains("status: terminated") && info.contains("stopped_early:"), "{info}");
        assert_like(
            &project.attr(&run, "stopped_early"),
            "objective: loss\nreason: 'loss=3 at step 1: not among the best 1 of ... that came there (asha)'\nstep: 1\nvalue: 3.0",
        );
        // What was ended early is done: a batch that goes on does not run it again.
        let batch = project.runs().into_iter().find(|r| r.join(".guild/proto").exists()).unwrap();
        fs::write(batch.join(".guild/attrs/exit_status"), "1\n").unwrap();
        let batch = batch.file_name().unwrap().to_str().unwrap();
        let out = project.guild(&format!("run --restart {batch} -y")).succeeds();
        assert_eq!(out.stderr.matches("Running trial").count(), 0, "{}", out.stderr);
        if let Some(oracle) = oracle() {
            let theirs = project.guild(&format!("runs info {id}")).program(&oracle).succeeds();
            assert!(theirs.stdout.contains("status: terminated"), "{}", theirs.stdout);
            assert!(theirs.stdout.contains("stopped_early:"), "{}", theirs.stdout);
        }
        project.guild("runs rm -p -y").succeeds();
    }
}

#[test]
fn a_trial_that_does_not_want_to_end_is_killed() {
    let script = "\
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
x = 0.5
import time
print('loss: %s' % x, flush=True)
print('loss: %s' % x, flush=True)
if x > 1:
    time.sleep(60)
";
    let project = Project::with(&[("s.py", script)]);
    let started = Instant::now();
    let out = project
        .guild("run s.py x=[0.5,3,0.75] -y --stop-early asha -N loss")
        .env("STOP_AFTER_KILL_DELAY", "0.3")
        .succeeds();
    assert!(started.elapsed() < Duration::from_secs(40), "it was waited for");
    assert!(out.stderr.contains("killing"), "{}", out.stderr);
    assert_eq!(statuses(&project)[1], "terminated");
}

#[test]
fn a_run_that_is_started_again_is_not_stopped_early_any_more() {
    let script = "import os, time\nx = 0.5\nprint('loss: %s' % x)\nprint('loss: %s' % x, flush=True)\n\
                  if x > 1 and not os.getenv('FREE'):\n    time.sleep(60)\n";
    let project = Project::with(&[("s.py", script)]);
    project.guild("run s.py x=[0.5,3] -y --stop-early asha").succeeds();
    let run = trial(&project, "x=3");
    assert!(run.join(".guild/attrs/stopped_early").exists());
    let id = run.file_name().unwrap().to_str().unwrap();
    project.guild(&format!("run --restart {id} -y")).env("FREE", "1").succeeds();
    assert!(!run.join(".guild/attrs/stopped_early").exists());
}

#[test]
fn a_search_goes_on_with_what_was_stopped() {
    // The better ones come first, for whoever comes first to a step goes on.
    let script = "import time\nx = 0.5\ntime.sleep(2 * x)\nfor step in range(1, 9):\n    \
                  print('loss: %s' % x, flush=True)\n    time.sleep(0.2)\n";
    let project = Project::with(&[("s.py", script)]);
    let line = "run s.py x=[0.5:2.0] -o random -m 6 --random-seed 3 --stop-early asha --jobs 3 -y";
    let out = project.guild(line).succeeds();
    assert!(
        out.stderr.contains("stopped early") && out.stderr.contains(" early: loss="),
        "{out:?}"
    );
    let statuses = statuses(&project);
    assert!(
        statuses.iter().any(|s| s == "completed") && statuses.iter().any(|s| s == "terminated")
    );
}

#[test]
fn what_makes_no_sense_is_said_before_there_is_a_run() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let fails = |options: &str, code: i32, told: &str| {
        let out = project.guild(&format!("run s.py x=[0.5,0.6] {options} -y")).fails(code);
        assert!(out.stderr.contains(told), "{options}: {}", out.stderr);
    };
    fails("--stop-early best", 2, "'asha' or 'median'");
    fails("--stop-early asha --grace-period 0", 2, "0 is not in the range x>=1.\n");
    fails("--stop-early asha --reduction-factor 1", 2, "1 is not in the range x>=2.\n");
    fails("--grace-period 3", 1, "--grace-period needs --stop-early");
    fails("--stop-early asha -N =x", 1, "cannot stop trials early by '=x'");
    fails("--stop-early asha -N .started", 1, "cannot stop trials early by '.started'");
    assert!(project.runs().is_empty());
    let out = project.guild("run s.py x=[0.5,0.6] -y --stop-early median -X acc").succeeds();
    let told = "WARNING: [guild] cannot find objective 'acc' in any trial: none was stopped early";
    assert!(out.stderr.contains(told), "{}", out.stderr);
    let out = project.guild("run s.py --stop-early asha -y").succeeds();
    assert_eq!(out.stderr, "WARNING: not a batch run - ignoring --stop-early\n");
}
