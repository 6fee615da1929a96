//! [`Context`]: what every hook is told, and what it has to say beside its answer.

use std::cell::RefCell;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where and for whom a hook is called.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Context {
    /// The folder that the user works in (`-C`), absolute. Not always the process's own.
    pub cwd: PathBuf,
    /// Guild's home, absolute. It may not exist yet.
    pub home: PathBuf,
    /// Where the plugin may keep what it can make again, absolute. It may not exist yet.
    pub cache_dir: PathBuf,
    /// Whether the user wants details (`--debug`).
    pub debug: bool,
    /// The version of guild.
    pub guild_version: String,
    /// Guild's program where it was installed, absolute. A guild that does not say has an empty
    /// path here.
    pub program: PathBuf,
    #[serde(skip)]
    log: RefCell<Vec<LogRecord>>,
}

/// Something that a hook has to say beside its answer. The host shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LogRecord {
    /// How much it matters.
    pub level: Level,
    /// The text, in the user's words, without the plugin's name.
    pub message: String,
}

/// How much a [`LogRecord`] matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Level {
    /// Shown as it is.
    Info,
    /// Shown as a warning.
    Warning,
    /// Shown under `--debug` only.
    #[default]
    #[serde(other)]
    Debug,
}

impl Context {
    /// A context for the folder `cwd` and the given home; the cache is below the home.
    pub fn new(cwd: impl Into<PathBuf>, home: impl Into<PathBuf>) -> Context {
        let home = home.into();
        let cache_dir = home.join("cache");
        Context { cwd: cwd.into(), home, cache_dir, ..Context::default() }
    }

    /// Warns the user. A plugin never prints by itself: its standard output is not the host's.
    pub fn warn(&self, message: impl Into<String>) {
        self.push(Level::Warning, message.into());
    }

    /// Tells the user.
    pub fn inform(&self, message: impl Into<String>) {
        self.push(Level::Info, message.into());
    }

    /// Tells whoever runs with `--debug`.
    pub fn debug(&self, message: impl Into<String>) {
        self.push(Level::Debug, message.into());
    }

    /// What was said so far, oldest first; forgets it.
    pub fn take_log(&self) -> Vec<LogRecord> {
        self.log.take()
    }

    fn push(&self, level: Level, message: String) {
        self.log.borrow_mut().push(LogRecord { level, message });
    }
}
