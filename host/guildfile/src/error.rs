//! [`Error`]: why a Guild file cannot be used.

use std::path::{Path, PathBuf};

/// What kind of trouble a Guild file is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file cannot be read.
    Read,
    /// A file is no YAML.
    Syntax,
    /// An attribute holds what it must not.
    Invalid,
    /// A name that `extends` or `$include` gives stands for nothing.
    Reference,
    /// A file that `include` names is not there.
    Include,
    /// `extends` or `include` leads back to where it started.
    Cycle,
    /// What is asked for would exhaust memory or time.
    Limit,
}

/// Why a Guild file cannot be used, and which one.
///
/// `Display` is what Guild AI 0.9.0 logs: `error in /p/guild.yml: duplicate model 'm'`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error in {}: {message}", .path.display())]
#[non_exhaustive]
pub struct Error {
    /// The kind of trouble.
    pub kind: ErrorKind,
    /// The file; with `include` and packages not always the one that was asked for.
    pub path: PathBuf,
    /// What is wrong.
    pub message: String,
    /// Line and column, from 1, where they are known: for [`ErrorKind::Syntax`].
    pub position: Option<(usize, usize)>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: &Path, message: impl Into<String>) -> Error {
        Error { kind, path: path.to_owned(), message: message.into(), position: None }
    }

    pub(crate) fn syntax(path: &Path, fault: &guild_yaml::Error) -> Error {
        let message = format!(
            "{}\n  in \"{}\", line {}, column {}",
            fault.message,
            path.display(),
            fault.line,
            fault.column
        );
        let position = Some((fault.line, fault.column));
        Error { position, ..Error::new(ErrorKind::Syntax, path, message) }
    }
}
