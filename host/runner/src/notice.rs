//! What the user is to be told while a process runs.

use std::fmt;
use std::time::Duration;

/// How much a [`Notice`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Worth a line on standard error.
    Info,
    /// Something went wrong.
    Warning,
}

/// Something that the user is to be told while a process runs. Its text gives the
/// words, which are those of Guild AI 0.9.0 where it has any.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Guild was interrupted and the process has not ended yet.
    Waiting,
    /// Guild was interrupted and now kills the process.
    Killing,
    /// The time of the process is up.
    Stopping {
        /// The process.
        pid: u32,
        /// How long it ran.
        elapsed: Duration,
    },
    /// The process did not end although its time was up, and is killed.
    NotStopping {
        /// The process.
        pid: u32,
    },
    /// The output cannot be recorded any further. It is copied to the terminal nevertheless and
    /// the process goes on.
    NotRecorded {
        /// The file and why.
        reason: String,
    },
}

impl Notice {
    /// How much it matters.
    pub fn level(&self) -> Level {
        match self {
            Notice::Waiting | Notice::Stopping { .. } => Level::Info,
            Notice::Killing | Notice::NotStopping { .. } | Notice::NotRecorded { .. } => {
                Level::Warning
            }
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Waiting => f.write_str("Operation interrupted - waiting for process to exit"),
            Notice::Killing => f.write_str("Operation process did not exit - stopping forcefully"),
            Notice::Stopping { pid, elapsed } => {
                let minutes = elapsed.as_secs_f64() / 60.0;
                write!(f, "Stopping process early (pid {pid}) - {minutes:.1} minute(s) elapsed")
            }
            Notice::NotStopping { pid } => {
                write!(f, "Process did not terminate (pid {pid}), killing")
            }
            Notice::NotRecorded { reason } => {
                write!(f, "the output is not recorded any further: {reason}")
            }
        }
    }
}
