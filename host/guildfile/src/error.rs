//! [`Error`]: why a Guild file cannot be used, and [`Warning`]: what is odd about one.

use std::fmt;
use std::path::{Path, PathBuf};

use guild_flags::nearest;

use crate::place::{Place, Step, Texts, Trail};

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
    /// Where it is, if that can be told.
    pub place: Option<Place>,
    /// The valid name that the one given may be a slip for.
    pub near: Option<String>,
    /// The way to the place, until it is looked up.
    pub(crate) trail: Trail,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: &Path, message: impl Into<String>) -> Error {
        Error {
            kind,
            path: path.to_owned(),
            message: message.into(),
            place: None,
            near: None,
            trail: Trail::new(),
        }
    }

    pub(crate) fn syntax(path: &Path, fault: &guild_yaml::Error, texts: &Texts) -> Error {
        let (line, column) = (fault.line, fault.column);
        let shown = path.display();
        let message = format!("{}\n  in \"{shown}\", line {line}, column {column}", fault.message);
        let place = Some(texts.place(path, line, column));
        Error { place, ..Error::new(ErrorKind::Syntax, path, message) }
    }

    /// The error as one that is at `step` of where this one is.
    pub(crate) fn at(mut self, step: Step) -> Error {
        self.trail.push(step);
        self
    }

    /// Adds the name among `known` that `given` may be a slip for.
    pub(crate) fn near<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
        Error { near: nearest(given, known).map(Into::into), ..self }
    }

    /// What there is to tell beside the message: the line, with a caret below the column, where it
    /// is, and the name that may have been meant.
    pub fn details(&self) -> Vec<String> {
        // What is no YAML says where already.
        let at = self.place.iter().filter(|_| self.kind != ErrorKind::Syntax);
        let at = at.map(|place| format!("  at {place}"));
        let excerpt = self.place.iter().map(Place::excerpt);
        at.chain(excerpt)
            .chain(self.near.iter().map(|name| format!("Did you mean '{name}'?")))
            .collect()
    }
}

/// Something odd in a Guild file that keeps nobody from using it.
///
/// `Display` is Guild AI 0.9.0's line, with the place after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// What is odd, in one line.
    pub message: String,
    /// Where it is, if that can be told.
    pub place: Option<Place>,
    /// The valid name that the one given may be a slip for.
    pub near: Option<String>,
    pub(crate) trail: Trail,
}

impl Warning {
    pub(crate) fn new(message: impl Into<String>) -> Warning {
        Warning { message: message.into(), place: None, near: None, trail: Trail::new() }
    }

    /// As [`Error::at`].
    pub(crate) fn at(mut self, step: Step) -> Warning {
        self.trail.push(step);
        self
    }

    /// As [`Error::near`].
    pub(crate) fn near<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Warning {
        Warning { near: nearest(given, known).map(Into::into), ..self }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(place) = &self.place {
            let file = place.path.file_name().unwrap_or_default().to_string_lossy();
            write!(f, " ({file}:{}:{})", place.line, place.column)?;
        }
        self.near.iter().try_for_each(|name| write!(f, " - did you mean '{name}'?"))
    }
}
