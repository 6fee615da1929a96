//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why source code could not be selected, copied or fingerprinted.
///
/// A file that cannot be *read* is never an error, it is left out with a warning; see
/// [`Report`](crate::Report).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The copy could not be written: the disk is full, the run's folder is not writable, …
    #[error("cannot write source code to {}: {source}", path.display())]
    Write {
        /// The file or folder that was being written.
        path: PathBuf,
        /// What the system said. [`io::Error::kind`] tells a full disk from missing rights.
        source: io::Error,
    },
    /// A file that a digest or a manifest needs could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file that was being read.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A run's manifest has a line that is not one.
    #[error("invalid line {line} in {}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
    },
    /// A rule is of a type that there is not.
    #[error("invalid value for type '{0}': expected one of text, binary, dir")]
    RuleType(String),
    /// Git was there but did not say which commit the project is at.
    #[error("{0}")]
    Commit(String),
}

impl Error {
    /// The kind of the system's error beneath, where there is one.
    pub fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Error::Write { source, .. } | Error::Read { source, .. } => Some(source.kind()),
            Error::Manifest { .. } | Error::RuleType(_) | Error::Commit(_) => None,
        }
    }
}
