//! What a program says while it runs, in the form and at the levels of Python's logging.

use std::env;
use std::io::{self, Write};

/// How much a line matters: Python's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug = 10,
    /// What is done.
    Info = 20,
    /// What is odd.
    Warning = 30,
    /// What has failed.
    Error = 40,
}

/// Writes a line to standard error, if it matters enough (`LOG_LEVEL`).
pub fn log(level: Level, message: &str) {
    let least = env::var("LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    if level as i32 >= least.unwrap_or(Level::Warning as i32) {
        let name = match level {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
        };
        line(&format!("{name}: [guild] {message}"));
    }
}

/// Writes a line to standard error.
pub fn line(text: &str) {
    // Nobody is there to be told when it is closed.
    let _ = writeln!(io::stderr(), "{text}");
}
