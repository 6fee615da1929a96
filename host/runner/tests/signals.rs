//! What signals to guild lead to. Each test starts this test binary again as a stand-in for guild
//! (`stand_in`), in a process group of its own, and signals it or the group.

#![allow(clippy::unwrap_used, reason = "a test's preparations may fail loudly")]

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use guild_runner::{OutputFiles, Spec, run};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

/// Runs `script` in `DIR` like guild would, with an optional time to kill, and leaves the facts in
/// files there. A second script may follow.
#[test]
#[allow(clippy::exit, reason = "its exit code is guild's, not the test harness's")]
fn stand_in() {
    // Started by the harness itself, and not by another test, there is nothing to stand in for.
    let Some(dir) = std::env::var_os("STAND_IN_DIR").map(PathBuf::from) else { return };
    let millis = |name| std::env::var(name).ok().map(|v| Duration::from_millis(v.parse().unwrap()));
    let mut notices = String::new();
    let mut spec = Spec::new("/bin/sh", &dir);
    spec.args = vec!["-c".into(), std::env::var_os("SCRIPT").unwrap()];
    spec.env = vec![("PATH".into(), std::env::var_os("PATH").unwrap())];
    spec.output = Some(OutputFiles::in_dir(&dir));
    spec.timing.announce = millis("ANNOUNCE").unwrap_or(spec.timing.announce);
    spec.timing.kill = millis("KILL").unwrap_or(spec.timing.kill);
    spec.timing.linger = Duration::from_millis(200);
    spec.on_started = Some(Box::new(|pid| fs::write(dir.join("pid"), pid.to_string()).unwrap()));
    spec.on_notice = Some(Box::new(|notice| notices.push_str(&format!("{notice}\n"))));
    let exit = run(spec).unwrap();
    fs::write(dir.join("notices"), notices).unwrap();
    fs::write(dir.join("status"), exit.exit_status().to_string()).unwrap();
    if std::env::var_os("IDLE").is_some() {
        std::thread::sleep(Duration::from_secs(20));
    }
    std::process::exit(exit.process_exit_code().into());
}

struct Guild {
    dir: tempfile::TempDir,
    child: Child,
    since: Instant,
}

/// How the stand-in ended, and what it left.
#[derive(Debug, PartialEq)]
struct Left {
    code: Option<i32>,
    signal: Option<i32>,
    status: String,
    output: String,
    notices: String,
}

impl Guild {
    fn start(script: &str, vars: &[(&str, &str)], ignored: &str, stdout: Stdio) -> Guild {
        let dir = tempfile::tempdir().unwrap();
        // Tests may themselves run with signals ignored, which children inherit.
        let mut command = Command::new("env");
        let default: Vec<_> =
            ["INT", "TERM", "HUP"].into_iter().filter(|s| *s != ignored).collect();
        command.arg(format!("--default-signal={}", default.join(",")));
        if !ignored.is_empty() {
            command.arg(format!("--ignore-signal={ignored}"));
        }
        command.arg(std::env::current_exe().unwrap());
        command.args(["stand_in", "--exact", "--nocapture", "--test-threads=1"]);
        command.env("STAND_IN_DIR", dir.path()).env("SCRIPT", script).envs(vars.iter().copied());
        command.stdout(stdout).stderr(Stdio::null()).process_group(0);
        let guild = Guild { dir, child: command.spawn().unwrap(), since: Instant::now() };
        guild.await_output("ready\n");
        // A shell can lose a signal between its `echo` and the start of what comes next.
        std::thread::sleep(Duration::from_millis(150));
        guild
    }

    fn new(script: &str, vars: &[(&str, &str)]) -> Guild {
        Guild::start(script, vars, "", Stdio::null())
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()
    }

    fn await_output(&self, text: &str) {
        self.until(|| self.file("output").contains(text));
    }

    fn until(&self, done: impl Fn() -> bool) {
        let since = Instant::now();
        while !done() {
            assert!(since.elapsed() < Duration::from_secs(10), "nothing: {}", self.file("output"));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The process that the stand-in runs.
    fn run_pid(&self) -> Pid {
        Pid::from_raw(self.file("pid").parse().unwrap()).unwrap()
    }

    fn signal(&self, signal: Signal) -> &Guild {
        kill_process(self.pid(), signal).unwrap();
        self
    }

    fn signal_all(&self, signal: Signal) -> &Guild {
        kill_process_group(self.pid(), signal).unwrap();
        self
    }

    fn left(mut self) -> Left {
        let status = self.child.wait().unwrap();
        assert!(self.since.elapsed() < Duration::from_secs(10), "it waited for nothing");
        Left {
            code: status.code(),
            signal: status.signal(),
            status: self.file("status"),
            output: self.file("output"),
            notices: self.file("notices"),
        }
    }
}

fn left(code: i32, status: &str, output: &str) -> Left {
    let (status, output) = (status.into(), output.into());
    Left { code: Some(code), signal: None, status, output, notices: String::new() }
}

fn gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    test_kill_process(pid).is_err() || stat.is_ok_and(|stat| stat.contains(") Z "))
}

const WAITING: &str = "Operation interrupted - waiting for process to exit\n";
const KILLING: &str = "Operation process did not exit - stopping forcefully\n";

#[test]
fn ctrl_c_ends_the_process() {
    let guild = Guild::new("echo ready; sleep 20", &[]);
    guild.signal_all(Signal::INT);
    assert_eq!(guild.left(), left(240, "-16", "ready\n"));
}

#[test]
fn a_process_that_ends_well_after_ctrl_c_is_terminated_all_the_same() {
    let script = "trap 'sleep .3; echo saved; exit 0' INT; echo ready; sleep 20";
    let guild = Guild::new(script, &[]);
    guild.signal_all(Signal::INT);
    assert_eq!(guild.left(), left(240, "-16", "ready\nsaved\n"));
}

#[test]
fn sigint_to_guild_alone_is_not_passed_on() {
    let script = "trap 'echo twice' INT; echo ready; read line < go; echo done";
    let guild = Guild::new(&format!("mkfifo go; {script}"), &[]);
    guild.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(200));
    fs::write(guild.dir.path().join("go"), "\n").unwrap();
    assert_eq!(guild.left(), left(240, "-16", "ready\ndone\n"));
}

#[test]
fn sigterm_and_sighup_to_guild_alone_end_the_process() {
    for (signal, code, status) in [(Signal::TERM, 241, "-15"), (Signal::HUP, 255, "-1")] {
        let guild = Guild::new("trap 'echo term; exit 7' TERM; echo ready; sleep 20 & wait", &[]);
        guild.signal(signal);
        assert_eq!(guild.left(), left(code, status, "ready\nterm\n"));
    }
}

#[test]
fn what_does_not_end_is_killed_with_its_children() {
    let vars = [("ANNOUNCE", "200"), ("KILL", "600")];
    let guild = Guild::new("trap '' TERM INT; (sleep 21; echo no) & echo ready; wait", &vars);
    guild.signal_all(Signal::INT);
    let ended = guild.left();
    assert_eq!(ended.notices, [WAITING, KILLING].concat());
    assert_eq!((ended.code, &*ended.status, &*ended.output), (Some(240), "-16", "ready\n"));
}

#[test]
fn a_second_interrupt_kills_once_the_user_was_told_what_guild_waits_for() {
    let guild = Guild::new("trap '' TERM INT; echo ready; sleep 20; wait", &[("ANNOUNCE", "400")]);
    guild.signal_all(Signal::INT);
    std::thread::sleep(Duration::from_millis(100));
    guild.signal_all(Signal::INT);
    std::thread::sleep(Duration::from_millis(200));
    assert!(!gone(guild.run_pid()), "pressed twice in a row by accident");
    std::thread::sleep(Duration::from_millis(300));
    guild.signal_all(Signal::INT);
    let ended = guild.left();
    assert_eq!(ended.notices, [WAITING, KILLING].concat());
    assert_eq!((ended.code, &*ended.status), (Some(240), "-16"));
}

#[test]
fn output_that_is_held_open_does_not_hold_guild_after_ctrl_c() {
    // The process ends by itself; what it leaves behind ignores signals.
    let guild = Guild::new("(trap '' INT TERM; sleep 3) & sleep .1; echo ready", &[]);
    std::thread::sleep(Duration::from_millis(300));
    guild.signal_all(Signal::INT);
    let since = Instant::now();
    assert_eq!(guild.left(), left(240, "-16", "ready\n"));
    assert!(since.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_stuck_reader_does_not_make_guild_deaf() {
    // Nobody reads the stand-in's output, so that it blocks in the middle of a write.
    let (reader, writer) = std::io::pipe().unwrap();
    let guild = Guild::start("echo ready; seq 1 1000000; sleep 20", &[], "", writer.into());
    std::thread::sleep(Duration::from_millis(300));
    guild.signal(Signal::TERM);
    let ended = guild.left();
    assert_eq!((ended.code, &*ended.status), (Some(241), "-15"));
    drop(reader);
}

#[test]
fn signals_that_are_ignored_stay_ignored() {
    for (name, signal) in [("HUP", Signal::HUP), ("INT", Signal::INT)] {
        let script = "mkfifo go; echo ready; read line < go; echo done";
        let guild = Guild::start(script, &[], name, Stdio::null());
        guild.signal_all(signal);
        std::thread::sleep(Duration::from_millis(100));
        fs::write(guild.dir.path().join("go"), "\n").unwrap();
        assert_eq!(guild.left(), left(0, "0", "ready\ndone\n"));
    }
}

#[test]
fn signals_end_guild_when_nothing_runs() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let guild = Guild::new("echo ready", &[("IDLE", "1")]);
        guild.until(|| guild.file("status") == "0");
        std::thread::sleep(Duration::from_millis(50));
        guild.signal(signal);
        let ended = guild.left();
        assert_eq!((ended.code, ended.signal), (None, Some(signal.as_raw())));
    }
}

#[test]
fn after_kill_9_of_guild_the_process_goes_on_until_it_writes() {
    let guild = Guild::new("mkfifo go; echo ready; read line < go; echo more; echo even more", &[]);
    let run_pid = guild.run_pid();
    let dir = guild.dir.path().to_owned();
    guild.signal(Signal::KILL);
    std::thread::sleep(Duration::from_millis(100));
    assert!(!gone(run_pid));
    fs::write(dir.join("go"), "\n").unwrap();
    guild.until(|| gone(run_pid));
    assert_eq!(guild.left().status, "", "no exit status, and so not completed");
}

#[test]
fn output_to_head() {
    let dir = tempfile::tempdir().unwrap();
    let mut guild = Command::new(std::env::current_exe().unwrap())
        .args(["stand_in", "--exact", "--nocapture", "--test-threads=1"])
        .env("STAND_IN_DIR", dir.path())
        .env("SCRIPT", "seq 1 300000; exit 3")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    guild.stdout.take().unwrap().read_exact(&mut [0; 100]).unwrap();
    assert_eq!(guild.wait().unwrap().code(), Some(3));
    assert_eq!(lines(&dir.path().join("output")), 300_000);
}

fn lines(path: &Path) -> usize {
    let mut text = String::new();
    File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text.lines().count()
}
