//! CPU time of processes, as the operating system accounts it.

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
