//! Why a process could not be started.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use guild_flags::value::repr;

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
                let blamed = repr(&blamed.to_string_lossy());
                format!("[Errno {n}] {}: {blamed}", strerror.unwrap_or(&message))
            }
            None if error.kind() == io::ErrorKind::InvalidInput => "embedded null byte".into(),
            None => message,
        };
        Error::Start { kind, errno, text }
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
