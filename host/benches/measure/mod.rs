//! CPU time and memory of processes, as the operating system accounts them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// User plus system time of a command that must succeed, and of all its children.
pub fn cpu(command: &mut Command) -> Duration {
    let before = children();
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the program is there");
    assert!(status.success(), "{command:?}: {status}");
    children() - before
}

/// CPU time of all finished children so far.
fn children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("it can be asked");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(micros.try_into().expect("time does not go back"))
}

/// CPU time of this process so far, without its children.
#[allow(dead_code, reason = "not every benchmark asks")]
pub fn own_cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("it can be asked");
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(micros.try_into().expect("time does not go back"))
}

/// What a command took.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "not every benchmark asks")]
pub struct Cost {
    /// User plus system time, with all children.
    pub cpu: Duration,
    /// The most memory that it, or one of its children, had at once, in KiB.
    pub peak: i64,
}

/// The argument with which a benchmark's program is started again by [`cost`].
const MEASURE: &str = "--measure";

/// What a command takes that must succeed. The memory is known only where a process has no other
/// children, so the benchmark's own program is started in between: its `main` begins with
/// [`measures`].
#[allow(dead_code, reason = "not every benchmark asks")]
pub fn cost(command: &Command) -> Cost {
    let mut between = Command::new(std::env::current_exe().expect("it runs"));
    between.arg(MEASURE).arg(command.get_program()).args(command.get_args());
    if let Some(dir) = command.get_current_dir() {
        between.current_dir(dir);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => between.env(name, value),
            None => between.env_remove(name),
        };
    }
    let out = between.stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("it runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let numbers: Vec<i64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [cpu, peak] = numbers[..] else { panic!("{command:?} failed: {text}") };
    Cost { cpu: Duration::from_micros(cpu.try_into().expect("time does not go back")), peak }
}

/// Whether this process is the one in between; then it has run the command and said what it took.
#[allow(dead_code, clippy::print_stdout, reason = "not every benchmark asks; its standard output")]
pub fn measures() -> bool {
    let mut args = std::env::args_os().skip(1);
    if args.next().as_deref() != Some(OsStr::new(MEASURE)) {
        return false;
    }
    let time = cpu(Command::new(args.next().expect("a program")).args(args));
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("it can be asked");
    println!("{} {}", time.as_micros(), usage.max_rss());
    true
}

/// Guild AI 0.9.0, where it is installed (`GUILD_ORACLE_BIN`, or the folder where the tests look for it).
#[allow(dead_code, reason = "not every benchmark asks")]
pub fn oracle() -> Option<PathBuf> {
    let named = std::env::var_os("GUILD_ORACLE_BIN").map(PathBuf::from);
    let usual = std::env::home_dir().map(|h| h.join(".cache/guild-oracle/bin/guild"));
    named.or(usual).filter(|p| p.is_file())
}

/// The interpreter that all three use: that of Guild AI where it is installed, else the one that
/// `python3` is, not a shim that looks for it.
#[allow(dead_code, reason = "not every benchmark asks")]
pub fn interpreter(oracle: Option<&Path>) -> PathBuf {
    if let Some(beside) = oracle.map(|o| o.with_file_name("python3")).filter(|p| p.is_file()) {
        return beside;
    }
    let out = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .expect("python3 is needed");
    String::from_utf8(out.stdout).unwrap().trim().into()
}
