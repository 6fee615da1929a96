//! A process of the program, and the signals that come while it runs.

use std::fs;
use std::io;
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Runs processes, one after the other, and ends with them when a signal says so.
///
/// `SIGINT` comes from the terminal to the process as well; the others come to the program alone, and
/// the process gets `SIGTERM` for each.
pub struct Processes {
    signals: Signals,
    interrupted: Option<i32>,
}

impl Processes {
    /// Begins to take note of signals. What was ignored stays ignored.
    ///
    /// # Errors
    /// When the system refuses to tell of them.
    pub fn watch() -> io::Result<Processes> {
        let ignored = ignored();
        let stopping =
            [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|s| ignored >> (s - 1) & 1 == 0);
        let signals = Signals::new(stopping.chain([SIGCHLD]))?;
        Ok(Processes { signals, interrupted: None })
    }

    /// The signal to stop that has come, if one has.
    pub fn interrupted(&mut self) -> Option<i32> {
        let came = self.signals.pending().find(|signal| *signal != SIGCHLD);
        self.interrupted = self.interrupted.or(came);
        self.interrupted
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&mut self, command: &mut Command) -> io::Result<ExitStatus> {
        let mut child = command.spawn()?;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            for signal in self.signals.wait() {
                if signal == SIGCHLD {
                    continue;
                }
                self.interrupted.get_or_insert(signal);
                if signal != SIGINT {
                    terminate(&mut child);
                }
            }
        }
    }
}

fn terminate(child: &mut Child) {
    // Only of a child that has not been waited for is it known whose the number is.
    if let Ok(None) = child.try_wait() {
        let _ = kill_process(Pid::from_child(child), Signal::TERM);
    }
}

/// The signals that are ignored, a bit each. Linux tells; elsewhere none counts as ignored.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
