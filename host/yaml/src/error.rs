//! [`Error`]: why a text is no YAML that Guild reads.

/// Why a text could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
#[non_exhaustive]
pub struct Error {
    /// The line where the problem was found, from 1.
    pub line: usize,
    /// The column where the problem was found, in characters from 1.
    pub column: usize,
    /// What is wrong, in one line.
    pub message: String,
}
