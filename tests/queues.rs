//! Queues: the operation `queue`, and what is staged for it.

use std::fs;
use std::path::PathBuf;

use crate::harness::{Project, assert_like, eventually, oracle};

const SCRIPT: &str = "\
import os, word
x = 1
print('%s %s on %s' % (word.text, x, os.getenv('CUDA_VISIBLE_DEVICES')))
";

fn project() -> Project {
    Project::with(&[("s.py", SCRIPT), ("word.py", "text = 'first'\n")])
}

fn queues(project: &Project) -> Vec<PathBuf> {
    let mut runs = project.runs();
    runs.retain(|run| {
        fs::read_to_string(run.join(".guild/opref")).is_ok_and(|opref| opref.ends_with(" queue"))
    });
    runs
}

fn statuses(project: &Project) -> Vec<String> {
    let text = project.guild("runs -s").succeeds().stdout;
    text.lines()
        .map(|l| l.split_whitespace().skip(1).take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn staged_runs_are_started_in_their_order_with_the_source_code_that_they_were_staged_with() {
    let project = project();
    for x in 1..=3 {
        project.guild(&format!("run s.py x={x} --stage -y")).succeeds();
    }
    project.write("word.py", "text = 'second'\n");
    project.write("s.py", "print('edited')\n");
    let out = project.guild("run queue run-once=yes gpus=1 -y").succeeds();
    assert_eq!(out.stdout, "first 1 on 1\nfirst 2 on 1\nfirst 3 on 1\n");
    assert_like(
        &out.stderr,
        "INFO: [guild] ... Starting queue\nINFO: [guild] ... Processing staged runs\n\
         INFO: [guild] ... Starting staged run ...\nINFO: [guild] ... Starting staged run ...\n\
         INFO: [guild] ... Starting staged run ...\n\
         INFO: [guild] ... queue processed 3 run(s) in ... seconds\nINFO: [guild] ... Stopping queue",
    );
    assert_eq!(
        statuses(&project),
        ["s.py completed", "s.py completed", "s.py completed", "queue completed"]
    );
    let queue = &queues(&project)[0];
    assert!(project.attr(queue, "op").contains("guild.plugins.queue_main"));
    assert!(!queue.join(".guild/sourcecode").exists() && !queue.join("s.py").exists());
    let opref = fs::read_to_string(queue.join(".guild/opref")).unwrap();
    assert_eq!(opref.trim(), "builtin:guildai '' '' queue");
}

#[test]
fn a_staged_run_that_lacks_what_it_requires_is_an_error_and_the_next_is_started() {
    let guildfile = "made:\n  exec: 'true'\nuser:\n  exec: 'true'\n  requires: {operation: made}\n\
                     last:\n  exec: 'true'\n";
    let project = Project::with(&[("guild.yml", guildfile)]);
    project.guild("run user --stage -y").succeeds();
    project.guild("run last --stage -y").succeeds();
    let out = project.guild("run queue run-once=yes -y").succeeds();
    let why = "guild: run failed because a dependency was not met: could not resolve 'operation:made' \
               in operation:made resource: no suitable run for made\n";
    assert!(out.stderr.contains(why), "{}", out.stderr);
    assert!(out.stderr.contains(" failed with exit code 1\n"), "{}", out.stderr);
    assert!(out.stderr.contains("queue processed 1 run(s)"), "{}", out.stderr);
    assert_eq!(statuses(&project), ["last completed", "queue completed", "user error"]);
    // It is not taken again.
    let again = project.guild("run queue run-once=yes -y").succeeds();
    assert!(again.stderr.contains("queue processed 0 run(s)"), "{}", again.stderr);
}

/// `GUILD_QUEUE_ROUNDS` times over, queues and somebody at a prompt are after the same runs.
#[test]
fn queues_never_take_the_same_run() {
    let rounds = std::env::var("GUILD_QUEUE_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let script = "x = 1\nwith open('times', 'a') as f:\n    f.write('run\\n')\n";
    for round in 0..rounds {
        let project = Project::with(&[("s.py", script)]);
        project.guild("run s.py x=range[1:10] --stage-trials -y").succeeds();
        let staged = project.runs();
        let queues: Vec<_> =
            (0..4).map(|_| project.guild("run queue run-once=yes -y").start()).collect();
        let id = staged[9].file_name().unwrap().to_str().unwrap().to_string();
        let by_hand = project.guild(&format!("run --start {id} -y")).start();
        let mut started = 0;
        for child in queues {
            let out = child.wait_with_output().unwrap();
            let stderr = String::from_utf8_lossy(&out.stderr);
            // Who starts a run by hand may come between a queue that has taken it and its process.
            let late = stderr.matches("somebody else has started it").count();
            let failed = stderr.matches("ERROR").count();
            assert!(out.status.success() && failed == late, "round {round}: {stderr}");
            started += stderr.matches("Starting staged run").count() - late;
        }
        let by_hand = by_hand.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&by_hand.stderr);
        assert!(by_hand.status.success() || told.contains("cannot start run"), "{round}: {told}");
        let times = |run: &PathBuf| fs::read_to_string(run.join("times")).ok();
        let times: Vec<_> = project.runs().iter().filter_map(times).collect();
        // Who comes to it at the prompt when it has ended starts it once more.
        let all = times.concat().matches("run").count();
        assert_eq!(times.len(), 10, "round {round}");
        assert_eq!(all, started + usize::from(by_hand.status.success()), "round {round}: {told}");
        assert!(all <= 11, "round {round}: {times:?}");
    }
}

#[test]
fn a_run_for_other_devices_is_left_and_so_is_one_that_has_to_wait() {
    let project = project();
    project.guild("run s.py x=1 --gpus 2 --stage -y").succeeds();
    let out = project.guild("run queue run-once=yes gpus=1 -y").succeeds();
    assert!(out.stderr.contains("(GPU spec mismatch: run is 2, queue is 1)"), "{}", out.stderr);
    assert!(statuses(&project).contains(&"s.py staged".to_string()));
    project
        .write("w.py", "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\n");
    let child = project.guild("run w.py -y").start();
    let running =
        eventually(|| project.runs().into_iter().find(|run| run.join(".guild/LOCK").exists()));
    let out = project.guild("run queue run-once=yes wait-for-running=yes -y").succeeds();
    assert!(out.stderr.contains("(waiting for runs to finish: "), "{}", out.stderr);
    fs::write(running.join("go"), "").unwrap();
    child.wait_with_output().unwrap();
    project.guild("run queue run-once=yes gpus=2 wait-for-running=yes -y").succeeds();
    assert!(statuses(&project).contains(&"s.py completed".to_string()));
}

/// A queue that waits, and a run of its that runs until the file `go` is there.
fn queue_at_work() -> (Project, std::process::Child, PathBuf) {
    let script = "import os, time\nx = 1\nprint('here', flush=True)\n\
                  while not os.path.exists('go'):\n    time.sleep(0.02)\n";
    let project = Project::with(&[("w.py", script)]);
    project.guild("run w.py x=[1,2] --stage-trials -y").succeeds();
    let child = project.guild("run queue poll-interval=1 -y").start();
    let run = eventually(|| {
        let running = |run: &PathBuf| {
            run.join(".guild/LOCK").exists()
                && fs::read_to_string(run.join(".guild/output")).is_ok_and(|o| o == "here\n")
        };
        project.runs().into_iter().find(running)
    });
    (project, child, run)
}

#[test]
fn a_queue_is_stopped_at_once_with_its_run() {
    let (project, child, run) = queue_at_work();
    let id = queues(&project)[0].file_name().unwrap().to_str().unwrap().to_string();
    project.guild(&format!("stop {id} -y")).succeeds();
    let out = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&out.stderr).contains("Stopping queue"));
    assert_eq!(project.attr(&run, "exit_status"), "-15\n");
    let left = statuses(&project);
    assert!(
        left.contains(&"w.py staged".into()) && left.contains(&"queue terminated".into()),
        "{left:?}"
    );
}

#[test]
fn a_queue_is_stopped_after_its_run() {
    let (project, child, run) = queue_at_work();
    let id = queues(&project)[0].file_name().unwrap().to_str().unwrap().to_string();
    let out = project.guild(&format!("stop {id} -y --after-trial")).succeeds();
    assert_eq!(out.stderr, format!("Stopping {id} once what it runs now has ended\n"));
    fs::write(run.join("go"), "").unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{out:?}");
    assert_eq!(project.attr(&run, "exit_status"), "0\n");
    let left = statuses(&project);
    assert!(
        left.contains(&"w.py staged".into()) && left.contains(&"queue completed".into()),
        "{left:?}"
    );
}

#[test]
fn a_batch_is_stopped_after_its_trials() {
    let script = "import os, time\nx = 1\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\n";
    let project = Project::with(&[("w.py", script)]);
    let child = project.guild("run w.py x=[1,2,3,4] --jobs 2 -y").start();
    let trials = eventually(|| {
        let mut runs = project.runs();
        runs.retain(|run| run.join(".guild/LOCK").exists() && !run.join(".guild/proto").exists());
        (runs.len() == 2).then_some(runs)
    });
    let batch = project.runs().into_iter().find(|r| r.join(".guild/proto").exists()).unwrap();
    let id = batch.file_name().unwrap().to_str().unwrap();
    let plain = trials[0].file_name().unwrap().to_str().unwrap();
    let out = project.guild(&format!("stop {plain} -y --after-trial")).fails(1);
    assert!(out.stderr.contains("does not run others"), "{}", out.stderr);
    project.guild(&format!("stop {id} -y --after-trial")).succeeds();
    trials.iter().for_each(|run| fs::write(run.join("go"), "").unwrap());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(241), "{out:?}");
    let count = |status: &str| statuses(&project).iter().filter(|s| s.ends_with(status)).count();
    assert_eq!((count("completed"), count("pending"), count("terminated")), (2, 2, 1));
    // A new start is a new start.
    let child = project.guild(&format!("run --restart {id} -y")).start();
    eventually(|| {
        for run in project.runs() {
            let _ = fs::write(run.join("go"), "");
        }
        (count("completed") == 4 && count("pending") == 0).then_some(())
    });
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn a_staged_run_is_started_once() {
    let script = "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.02)\n";
    let project = Project::with(&[("s.py", script)]);
    project.guild("run s.py --stage -y").succeeds();
    let id = project.run().file_name().unwrap().to_str().unwrap().to_string();
    let line = format!("run --start {id} -y");
    let mut children: Vec<_> = (0..4).map(|_| project.guild(&line).start()).collect();
    eventually(|| {
        let ended = children.iter_mut().filter_map(|child| child.try_wait().unwrap()).count();
        (ended == 3).then_some(())
    });
    fs::write(project.run().join("go"), "").unwrap();
    let outs: Vec<_> = children.into_iter().map(|c| c.wait_with_output().unwrap()).collect();
    assert_eq!(outs.iter().filter(|out| out.status.success()).count(), 1, "{outs:?}");
    assert_eq!(project.attr(&project.run(), "exit_status"), "0\n");
}

#[test]
fn either_program_starts_the_queue_of_the_other() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("s.py", "x = 1\nprint('x is %s' % x)\n")]);
    fs::create_dir(project.home()).unwrap();
    project.guild("run queue run-once=yes --stage -y").program(&oracle).succeeds();
    let id = project.run().file_name().unwrap().to_str().unwrap().to_string();
    project.guild("run s.py x=2 --stage -y").succeeds();
    let out = project.guild(&format!("run --start {id} -y")).succeeds();
    assert!(out.stdout.contains("x is 2"), "{out:?}");
    project.guild("run s.py x=3 --stage -y").succeeds();
    let out = project.guild(&format!("run --start {id} -y")).program(&oracle).succeeds();
    assert!(out.stdout.contains("x is 3"), "{out:?}");
}
