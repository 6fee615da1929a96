//! [`Error`]: why a text is no YAML that Guild reads.

/// Why a text could not be read, and where.
///
/// The wording follows PyYAML where it has one for the case. `Display` is one line:
/// `mapping values are not allowed here (line 1, column 5)`.
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

impl Error {
    pub(crate) fn at(line: usize, column: usize, message: impl Into<String>) -> Error {
        Error { line, column, message: message.into() }
    }
}
