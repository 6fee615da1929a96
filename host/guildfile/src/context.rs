//! What all rooms share while a Guild file is loaded: where things come from, what there is to
//! tell, and how much may be done.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use guild_plugin_api::{Map, Value};

use crate::error::{Error, ErrorKind, Warning};
use crate::place::{Step, Texts};

/// How many values may be copied by `extends` and `params` in one load. Guild files that refer to
/// each other in cunning ways would otherwise grow without end.
const MAX_VALUES: u64 = 10_000_000;

/// How many files may be read in one load.
const MAX_FILES: u64 = 1000;

/// How many files may include or extend each other in a row.
const MAX_FILE_DEPTH: u64 = 50;

/// How deep `extends` and `$include` may be nested.
pub(crate) const MAX_DEPTH: usize = 100;

/// Where Guild files of packages are looked for, and what plugins add to the format.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Folders that packages are installed in: `include: a.b` and `extends: a.b/model` read
    /// `a/b/guild.yml` below the first of them that has it.
    pub package_path: Vec<PathBuf>,
    /// Attributes beside `config`, `file`, `module`, `url` and `operation` that say what a source
    /// of a resource is: those that plugins resolve.
    pub source_types: Vec<String>,
    /// Leaves unsaid on which line each flag is defined: of their origins, files only are said.
    pub no_lines: bool,
}

impl Options {
    /// No packages, no plugins.
    pub fn new() -> Options {
        Options::default()
    }

    /// Sets the folders that packages are installed in.
    pub fn package_path(mut self, folders: impl IntoIterator<Item = PathBuf>) -> Options {
        self.package_path = folders.into_iter().collect();
        self
    }

    /// Has nothing said of the lines in which flags are defined, for who does not ask for it.
    pub fn no_lines(mut self) -> Options {
        self.no_lines = true;
        self
    }

    /// Sets the attributes of sources that plugins resolve.
    pub fn source_types<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Options {
        self.source_types = names.into_iter().map(Into::into).collect();
        self
    }
}

/// One Guild file's text, coerced, with the files that it includes.
#[derive(Debug)]
pub(crate) struct Source {
    pub path: PathBuf,
    pub dir: PathBuf,
    pub items: Vec<Map>,
}

/// The files in which `$include` looks: the model's own, then those of packages it extends.
pub(crate) type SearchPath = Vec<Rc<Source>>;

/// One load.
pub(crate) struct Context<'a> {
    pub options: &'a Options,
    pub texts: RefCell<Texts>,
    warnings: RefCell<Vec<Warning>>,
    values: Cell<u64>,
    files: Cell<u64>,
    file_depth: Cell<u64>,
}

impl<'a> Context<'a> {
    pub fn new(options: &'a Options) -> Context<'a> {
        Context {
            options,
            texts: RefCell::default(),
            warnings: RefCell::default(),
            values: Cell::new(0),
            files: Cell::new(0),
            file_depth: Cell::new(0),
        }
    }

    pub fn warn(&self, warning: Warning) {
        self.warnings.borrow_mut().push(warning);
    }

    pub fn into_parts(self) -> (Vec<Warning>, Texts) {
        (self.warnings.into_inner(), self.texts.into_inner())
    }

    /// Does what is `step` into the file: errors and warnings that it ends in know so.
    pub fn within<T>(
        &self,
        step: impl FnOnce() -> Step,
        act: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let told = self.warnings.borrow().len();
        let result = act();
        let mut warnings = self.warnings.borrow_mut();
        if result.is_ok() && warnings.len() == told {
            return result;
        }
        let step = step();
        for warning in warnings[told..].iter_mut().filter(|w| w.place.is_none()) {
            warning.trail.push(step.clone());
        }
        result.map_err(|e| if e.place.is_none() { e.at(step) } else { e })
    }

    /// Does what concerns the file at `path`, and looks up where errors and warnings are.
    pub fn locating<T>(
        &self,
        path: &Path,
        act: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let told = self.warnings.borrow().len();
        let result = act();
        let texts = self.texts.borrow();
        for warning in &mut self.warnings.borrow_mut()[told..] {
            let trail = std::mem::take(&mut warning.trail);
            warning.place = warning.place.take().or_else(|| texts.locate(path, &trail));
        }
        result.map_err(|mut e| {
            let trail = std::mem::take(&mut e.trail);
            e.place = e.place.take().or_else(|| texts.locate(path, &trail));
            e
        })
    }

    /// Accounts for copying `data`.
    pub fn spend(&self, path: &Path, data: &Map) -> Result<(), Error> {
        self.spend_values(path, map_size(data))
    }

    /// Accounts for `count` values, or for a text of so many characters.
    pub fn spend_values(&self, path: &Path, count: u64) -> Result<(), Error> {
        self.values.set(self.values.get().saturating_add(count));
        if self.values.get() > MAX_VALUES {
            return Err(limit(path, "'extends' and 'params' stand for too much data"));
        }
        Ok(())
    }

    /// Reads a file by `read`, and accounts for it.
    pub fn in_file<T>(
        &self,
        path: &Path,
        read: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.files.set(self.files.get() + 1);
        if self.files.get() > MAX_FILES {
            return Err(limit(path, "too many Guild files are included"));
        }
        if self.file_depth.get() >= MAX_FILE_DEPTH {
            return Err(limit(path, "Guild files are nested too deep"));
        }
        self.file_depth.set(self.file_depth.get() + 1);
        let result = read();
        self.file_depth.set(self.file_depth.get() - 1);
        result
    }
}

pub(crate) fn limit(path: &Path, message: &str) -> Error {
    Error::new(ErrorKind::Limit, path, message)
}

pub(crate) fn invalid(path: &Path, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, path, message)
}

fn map_size(map: &Map) -> u64 {
    map.iter().map(|(k, v)| size(k) + size(v)).sum()
}

/// How much `value` is: one for each value in it, and more for long texts.
pub(crate) fn size(value: &Value) -> u64 {
    match value {
        Value::List(l) => 1 + l.iter().map(size).sum::<u64>(),
        Value::Map(m) => 1 + map_size(m),
        Value::Str(s) => 1 + (s.len() / 64) as u64,
        _ => 1,
    }
}
