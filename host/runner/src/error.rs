//! Why a process could not be started.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write};
use std::io;
use std::path::PathBuf;

/// Why a process could not be started or watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The process could not be started. The text is what Guild AI 0.9.0 puts after
    /// `error running OP: `, such as `[Errno 2] No such file or directory: 'x'`.
    #[error("{text}")]
    Start {
        /// What was wrong.
        kind: StartErrorKind,
        /// The number of the system's error.
        errno: Option<i32>,
        /// What to tell the user.
        text: String,
    },
    /// The files for the output could not be created. The process that was started has been
    /// killed.
    #[error("cannot record output in {path}: {source}", path = path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system refused something else that is needed to watch a process.
    #[error("cannot watch the process: {0}")]
    Watch(#[from] io::Error),
}

/// What was wrong with starting a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// There is no such program, or the interpreter that its first line names is missing.
    NotFound,
    /// The program is there but may not be executed, or is no program.
    NotExecutable,
    /// The directory to run in is not there.
    NoDirectory,
    /// An argument or a variable holds a null byte.
    InvalidArgument,
    /// Anything else, such as too many processes or too long arguments.
    Other,
}

impl Error {
    /// The error that Python's `subprocess` reports, for the file that it blames.
    pub(crate) fn start(kind: StartErrorKind, error: &io::Error, blamed: &OsStr) -> Error {
        let errno = error.raw_os_error();
        let message = error.to_string();
        let text = match errno {
            Some(n) => {
                let strerror = message.strip_suffix(&format!(" (os error {n})"));
                format!("[Errno {n}] {}: {}", strerror.unwrap_or(&message), Quoted(blamed))
            }
            None if error.kind() == io::ErrorKind::InvalidInput => "embedded null byte".into(),
            None => message,
        };
        Error::Start { kind, errno, text }
    }
}

/// A file name as Python's `repr` shows it.
struct Quoted<'a>(&'a OsStr);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: OsString = self.0.into();
        let text = text.to_string_lossy();
        let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
        f.write_char(quote)?;
        for c in text.chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c == quote => write!(f, "\\{c}")?,
                c if c.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char(quote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_pythons() {
        let text = |errno, blamed: &str| {
            let error = io::Error::from_raw_os_error(errno);
            Error::start(StartErrorKind::Other, &error, OsStr::new(blamed)).to_string()
        };
        assert_eq!(text(2, "x"), "[Errno 2] No such file or directory: 'x'");
        assert_eq!(text(13, "./it's"), "[Errno 13] Permission denied: \"./it's\"");
        assert_eq!(text(8, "a\\\n\u{1}'\""), r#"[Errno 8] Exec format error: 'a\\\n\x01\'"'"#);
    }
}
