//! [`Error`]: what went wrong, for the user. Rendered in one place, [`Error::render`].

use std::ffi::OsStr;
use std::fmt;

/// Guild AI 0.9.0's exit code for its own errors.
pub const EXIT_ERROR: u8 = 1;
/// Guild AI 0.9.0's exit code for a command line that it does not understand.
pub const EXIT_USAGE: u8 = 2;

/// Something that ends a command.
#[derive(Clone, Debug)]
pub struct Error {
    /// What happened, to which thing: one line, no full stop. Empty for a failure that the user has
    /// seen already, such as that of the operation itself.
    pub message: String,
    /// What the user can do, a line each.
    pub hints: Vec<String>,
    /// More than a user wants to read, for `--debug`.
    pub detail: Option<String>,
    /// What guild exits with.
    pub exit_code: u8,
    /// Whether it reads as in a log, because it is a batch's process that says so in Guild AI 0.9.0:
    /// `ERROR: [guild] MESSAGE`.
    pub logged: bool,
    /// Whether nothing else is wrong than that there is no operation of the name that was given.
    pub no_operation: bool,
}

/// What a command gives.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of the command's doing.
    pub fn new(message: impl Into<String>) -> Error {
        Error {
            message: message.into(),
            hints: Vec::new(),
            detail: None,
            exit_code: EXIT_ERROR,
            logged: false,
            no_operation: false,
        }
    }

    /// A command line that cannot be understood.
    pub fn usage(message: impl Into<String>, command: &str) -> Error {
        Error {
            exit_code: EXIT_USAGE,
            ..Error::new(message).hint(format!("Try '{command} --help' for more information."))
        }
    }

    /// An exit without a message: what there is to say has been said.
    pub fn silent(exit_code: u8) -> Error {
        Error { exit_code, ..Error::new("") }
    }

    /// Adds a line about what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hints.push(hint.into());
        self
    }

    /// Adds a line that asks for what may have been meant, where there is something.
    #[must_use]
    pub fn did_you_mean(self, near: Option<impl AsRef<OsStr>>) -> Error {
        match guild_flags::did_you_mean(near).trim_start() {
            "" => self,
            line => self.hint(line),
        }
    }

    /// Has it read as in a batch's log.
    #[must_use]
    pub fn logged(mut self) -> Error {
        self.logged = true;
        self
    }

    /// Adds what `--debug` shows.
    #[must_use]
    pub fn detail(mut self, detail: Option<String>) -> Error {
        self.detail = detail;
        self
    }

    /// The text for the user, as Guild AI 0.9.0 has it: `guild: MESSAGE` (see [`Error::logged`]), then the
    /// hints.
    pub fn render(&self, debug: bool) -> Option<String> {
        if self.message.is_empty() {
            return None;
        }
        let start = if self.logged { "ERROR: [guild]" } else { "guild:" };
        let mut text = format!("{start} {}", self.message);
        for hint in &self.hints {
            text.push('\n');
            text.push_str(hint);
        }
        if let (true, Some(detail)) = (debug, &self.detail) {
            text.push('\n');
            text.push_str(detail.trim_end());
        }
        Some(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<crate::plugins::CallError> for Error {
    fn from(e: crate::plugins::CallError) -> Error {
        use crate::plugins::CallError;
        let message = e.to_string();
        match e {
            CallError::Load(e) => Error::new(message).hint(e.hint).detail(e.detail),
            CallError::Failed(e) => match e.hint {
                Some(hint) => Error::new(message).hint(hint),
                None => Error::new(message),
            },
            CallError::Stuck { .. } => Error::new(message).hint(
                "If it only needs more time, set GUILD_PLUGIN_TIMEOUT to the seconds that it may \
                 take.",
            ),
            CallError::Broken { plugin, .. } => Error::new(message).hint(format!(
                "This is a fault of the plugin: try 'guild plugins list' to see where '{plugin}' \
                 comes from."
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_its_message_then_its_hints() {
        let e = Error::new("cannot find it").hint("Look elsewhere.").detail(Some("x\n".into()));
        assert_eq!(e.render(false).unwrap(), "guild: cannot find it\nLook elsewhere.");
        assert_eq!(e.render(true).unwrap(), "guild: cannot find it\nLook elsewhere.\nx");
        assert_eq!(Error::silent(3).render(true), None);
        let e = Error::usage("unrecognized option '-z'", "guild run");
        assert_eq!(e.exit_code, 2);
        assert!(e.render(false).unwrap().ends_with("Try 'guild run --help' for more information."));
    }
}
