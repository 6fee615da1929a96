//! What befalls batches: guild is killed, trials fork or fill the disk, batches are started again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Project, eventually};

/// Each start leaves a line when it begins and when it ends, under a lock: `begin X PID`.
const SCRIPT: &str = "\
import fcntl, os, time
x = 1
log = os.path.join(os.environ['PROJECT_LOG'], 'log')
lock = open(os.path.join(os.environ['PROJECT_LOG'], 'lock-%s' % x), 'w')
fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
with open(log, 'a') as f:
    f.write('begin %s\\n' % x)
time.sleep(0.05)
print('x is %s' % x, flush=True)
with open(log, 'a') as f:
    f.write('end %s\\n' % x)
";

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

fn is_batch(run: &Path) -> bool {
    run.join(".guild/proto").exists()
}

fn trials(project: &Project) -> Vec<PathBuf> {
    let mut runs = project.runs();
    // What was killed before it was linked is no run.
    runs.retain(|run| !is_batch(run) && run.join(".guild/opref").exists());
    runs
}

fn batch(project: &Project) -> Option<PathBuf> {
    let opref = |run: &PathBuf| run.join(".guild/opref").exists();
    project.runs().into_iter().filter(opref).find(|run| is_batch(run))
}

fn name(run: &Path) -> String {
    run.file_name().unwrap().to_str().unwrap().to_string()
}

fn completed(run: &Path) -> bool {
    fs::read_to_string(run.join(".guild/attrs/exit_status")).is_ok_and(|status| status == "0\n")
}

fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How often each trial has begun.
fn begun(project: &Project) -> BTreeMap<String, usize> {
    let text = fs::read_to_string(project.path("log")).unwrap_or_default();
    let mut begun = BTreeMap::new();
    for line in text.lines() {
        if let Some(x) = line.strip_prefix("begin ") {
            *begun.entry(format!("x={x}")).or_default() += 1;
        }
    }
    begun
}

/// A batch of 24 trials, 8 at a time, is killed again and again, at any moment, and goes on each time:
/// `GUILD_KILL_ROUNDS` batches, `GUILD_KILL_SEED`.
#[test]
fn a_batch_that_is_killed_runs_what_is_missing_and_nothing_twice() {
    let mut random = fastrand::Rng::with_seed(number("GUILD_KILL_SEED", 1));
    for round in 0..number("GUILD_KILL_ROUNDS", 2) {
        let project = Project::with(&[("s.py", SCRIPT)]);
        let log = project.dir();
        let mut line = "run s.py x=range[1:24] --jobs 8 --keep-batch -y".to_string();
        let mut done: BTreeMap<PathBuf, usize> = BTreeMap::new();
        for _ in 0..3 {
            let mut child = project.guild(&line).env("PROJECT_LOG", &log).start();
            thread::sleep(Duration::from_millis(random.u64(50..1500)));
            kill(&mut child);
            // What ran is not ended by that: it is when the batch goes on.
            if let Some(batch) = batch(&project)
                && batch.join(".guild/attrs/started").exists()
                && batch.join(".guild/proto/.guild/manifest").exists()
            {
                line = format!("run --restart {} --keep-batch -y", name(&batch));
            } else {
                let _ = fs::remove_dir_all(project.home().join("runs"));
            }
            let begun = begun(&project);
            for run in trials(&project).into_iter().filter(|run| completed(run)) {
                let label = project.attr(&run, "label").trim().to_string();
                done.entry(run).or_insert(begun[&label]);
            }
            // It was too quick for us; started once more it would run all trials anew.
            if batch(&project).is_some_and(|batch| completed(&batch)) {
                break;
            }
        }
        if let Some(batch) = batch(&project).filter(|batch| completed(batch)) {
            fs::write(batch.join(".guild/attrs/exit_status"), "1\n").unwrap();
        }
        let out = project.guild(&line).env("PROJECT_LOG", &log).outcome();
        assert_eq!(out.code, Some(0), "round {round}: {}", out.stderr);
        let runs = trials(&project);
        let mut labels: Vec<_> = runs.iter().map(|run| project.attr(run, "label")).collect();
        labels.sort();
        labels.dedup();
        assert_eq!((runs.len(), labels.len()), (24, 24), "round {round}: {}", out.stderr);
        assert!(runs.iter().all(|run| completed(run)), "round {round}: {}", out.stderr);
        // What was completed when guild was killed has not begun again.
        let begun = begun(&project);
        for (run, times) in &done {
            let label = project.attr(run, "label").trim().to_string();
            assert_eq!(begun[&label], *times, "round {round}: {label}");
        }
    }
}

#[test]
fn what_a_killed_batch_left_running_is_ended_and_run_again() {
    let script = "import os, time\nx = 1\nopen('pid-%s' % os.getpid(), 'w').close()\n\
                  while not os.path.exists(os.environ['GO']):\n    time.sleep(0.02)\n";
    let project = Project::with(&[("s.py", script)]);
    let go = project.path("go");
    let pids = || {
        let names = trials(&project).into_iter().flat_map(|run| fs::read_dir(run).unwrap());
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter_map(|name| name.strip_prefix("pid-").map(str::to_string)).collect::<Vec<_>>()
    };
    let mut child = project.guild("run s.py x=[1,2] --jobs 2 -y").env("GO", &go).start();
    let before = eventually(|| Some(pids()).filter(|pids| pids.len() == 2));
    kill(&mut child);
    let id = name(&batch(&project).unwrap());
    let mut child = project.guild(&format!("run --restart {id} -y")).env("GO", &go).start();
    eventually(|| Some(pids()).filter(|pids| pids.len() == 4));
    // Gone, or nothing but an entry that nobody has taken note of.
    let gone = |pid: &String| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_none_or(|(_, rest)| rest.starts_with(" Z"))
    };
    assert!(before.iter().all(gone), "two at a time");
    fs::write(&go, "").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(trials(&project).len() == 2 && trials(&project).iter().all(|run| completed(run)));
}

#[test]
fn what_guild_has_left_behind_for_a_moment_keeps_nobody_from_going_on() {
    let project = Project::with(&[("s.py", "x = 1\nraise SystemExit(x == 2)\n")]);
    project.guild("run s.py x=[1,2] -y --fail-on-trial-error").fails(1);
    let id = name(&batch(&project).unwrap());
    // As a process that was being started when guild was killed: it has what guild had open.
    let hold = "import fcntl, os, sys, time\nheld = os.open(sys.argv[1], os.O_RDONLY)\n\
                fcntl.flock(held, fcntl.LOCK_EX)\nopen(sys.argv[2], 'w').close()\n\
                time.sleep(float(sys.argv[3]))\n";
    for (seconds, code) in [("0.3", 0), ("60", 1)] {
        let held = project.path("held");
        let mut command = Command::new(crate::harness::python());
        command.args(["-c", hold]).arg(batch(&project).unwrap()).arg(&held).arg(seconds);
        let mut holder = command.spawn().unwrap();
        eventually(|| held.exists().then_some(()));
        let line = format!("run --restart {id} --keep-batch -y");
        let out = project.guild(&line).outcome();
        assert_eq!(out.code, Some(code), "{out:?}");
        assert_eq!(out.stderr.contains("somebody else has started it"), code == 1, "{out:?}");
        fs::remove_file(held).unwrap();
        kill(&mut holder);
    }
}

/// Somebody else starts a staged run, and it ends while this one waits for its turn.
#[test]
fn a_run_that_ended_meanwhile_is_not_started_once_more() {
    let project = Project::with(&[("s.py", "open('times', 'a').write('run\\n')\n")]);
    project.guild("run s.py --stage -y").succeeds();
    let run = project.runs().remove(0);
    let hold = "import fcntl, os, sys, time\nheld = os.open(sys.argv[1], os.O_RDONLY)\n\
                fcntl.flock(held, fcntl.LOCK_EX)\nopen(sys.argv[2], 'w').close()\n\
                while not os.path.exists(sys.argv[3]):\n    time.sleep(0.01)\n\
                attrs = sys.argv[1] + '/.guild/'\n\
                open(attrs + 'attrs/exit_status', 'w').write('0')\n\
                os.remove(attrs + 'STAGED')\n";
    let (held, go) = (project.path("held"), project.path("go"));
    let mut holder = Command::new(crate::harness::python());
    let mut holder = holder.args(["-c", hold]).arg(&run).args([&held, &go]).spawn().unwrap();
    eventually(|| held.exists().then_some(()));
    let second = project.guild(&format!("run --start {} -y", name(&run))).start();
    std::thread::sleep(std::time::Duration::from_millis(200));
    fs::write(&go, "").unwrap();
    assert!(holder.wait().unwrap().success());
    let out = second.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(told.contains("somebody else has started it"), "{told}");
    assert!(!run.join("times").exists() && !run.join(".guild/STAGED").exists());
}

#[test]
fn a_batch_is_started_again_by_one_at_a_time() {
    let script = "import os, time\nx = 1\nopen('here', 'w').close()\n\
                  while not os.path.exists(os.environ['GO']):\n    time.sleep(0.02)\n";
    let project = Project::with(&[("s.py", script)]);
    let go = project.path("go");
    let mut child = project.guild("run s.py x=[1,2] --jobs 2 -y").env("GO", &go).start();
    eventually(|| {
        let here = trials(&project).iter().filter(|run| run.join("here").exists()).count();
        (here == 2).then_some(())
    });
    let id = name(&batch(&project).unwrap());
    let out = project.guild(&format!("run --restart {id} -y")).env("GO", &go).fails(1);
    assert!(out.stderr.contains("cannot start run"), "{}", out.stderr);
    fs::write(&go, "").unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_trial_that_forks_and_ignores_signals_does_not_keep_a_batch_from_ending() {
    let script = "\
import os, signal, time
x = 1
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    time.sleep(60)
open('here', 'w').close()
time.sleep(60)
";
    let project = Project::with(&[("s.py", script)]);
    let child = project.guild("run s.py x=[1,2,3] --jobs 2 -y").start();
    eventually(|| {
        let here = trials(&project).iter().filter(|run| run.join("here").exists()).count();
        (here == 2).then_some(())
    });
    // A second Ctrl-C kills what the first did not end.
    let started = Instant::now();
    let signal = || Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    signal();
    thread::sleep(Duration::from_millis(2500));
    signal();
    let out = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(out.status.code(), Some(241), "{out:?}");
    let statuses = project.guild("runs -s").succeeds().stdout;
    assert_eq!(statuses.matches(" terminated ").count(), 3, "{statuses}");
    assert_eq!(statuses.matches(" pending ").count(), 1, "{statuses}");
}

fn mount(args: &[&str]) -> bool {
    Command::new("mount").args(args).output().is_ok_and(|out| out.status.success())
}

#[test]
fn a_trial_that_fills_the_disk_fails_and_the_batch_can_go_on() {
    let script = "\
import os
x = 1
with open('big', 'wb') as f:
    for _ in range(200 if x == 2 and not os.getenv('LITTLE') else 1):
        f.write(b'x' * 100000)
";
    let project = Project::with(&[("s.py", script)]);
    fs::create_dir(project.home()).unwrap();
    let home = project.home().display().to_string();
    if !mount(&["-t", "tmpfs", "-o", "size=6m", "tmpfs", &home]) {
        return eprintln!("skipped: only root mounts a small disk");
    }
    let out = project.guild("run s.py x=[1,2,3] -y --jobs 1").outcome();
    let freed = trials(&project);
    freed.iter().for_each(|run| drop(fs::remove_file(run.join("big"))));
    let again = batch(&project).map(|run| {
        let line = format!("run --restart {} -y", name(&run));
        project.guild(&line).env("LITTLE", "1").outcome().stderr
    });
    let left = trials(&project).len();
    let done = trials(&project).iter().filter(|run| completed(run)).count();
    let gone = Command::new("umount").arg(&home).status().unwrap();
    assert!(gone.success());
    assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
    assert!(
        out.stderr.contains("No space left") || out.stderr.contains("exited with"),
        "{}",
        out.stderr
    );
    let told = again.unwrap();
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!((left, done), (3, 3), "{told}");
}

#[test]
fn of_a_million_trials_only_the_next_are_made() {
    let project = Project::with(&[("guild.yml", "op: {exec: 'echo ${x}', flags: {x: 0, y: 0}}\n")]);
    let mut rows = "x,y\n".to_string();
    (0..2_000).for_each(|i| rows += &format!("{i},1\n"));
    project.write("t.csv", rows);
    for values in ["x=range[1:1000] y=range[1:1000]", "@t.csv y=range[1:500]"] {
        let mut child = project.guild(&format!("run op {values} -y")).start();
        // A hundred are made before the first is run, which takes its time where much else is done.
        let end = Instant::now() + Duration::from_secs(60);
        while !trials(&project).iter().any(|run| completed(run)) {
            assert!(Instant::now() < end, "nothing is run");
            thread::sleep(Duration::from_millis(50));
        }
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
        let runs = project.guild("runs -s -a").succeeds().stdout;
        // A hundred ahead, the batch, and what has completed meanwhile.
        assert!(runs.matches(" pending ").count() <= 100, "{runs}");
        assert!(runs.contains("  op+  terminated  "), "{runs}");
        project.guild("runs rm -p -y").succeeds();
    }
}

#[test]
fn a_trial_that_deletes_its_run_is_no_harm_to_the_others() {
    let script = "import os, shutil\nx = 1\nif x == 2:\n    shutil.rmtree(os.environ['RUN_DIR'])\n";
    let project = Project::with(&[("s.py", script)]);
    for jobs in ["1", "3"] {
        let out = project.guild(&format!("run s.py x=[1,2,3] --jobs {jobs} -y")).succeeds();
        let told = "WARNING: run directory has been deleted, unable to finalize\n";
        assert_eq!(out.stderr.matches(told).count(), 1, "{}", out.stderr);
        assert_eq!(trials(&project).iter().filter(|run| completed(run)).count(), 2);
        project.guild("runs rm -p -y").succeeds();
    }
}
