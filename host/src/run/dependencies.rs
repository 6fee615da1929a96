//! What the operation requires, put into its run.

use std::io;
use std::path::{Path, PathBuf};

use guild_deps::{Context, Dependency, Found, Source, Surroundings};
use guild_plugin_api::Value;
use guild_store::{Run, paths};
use indexmap::IndexMap;

use super::interrupts::Interrupts;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// What is to be resolved, and how.
pub struct Wanted<'a> {
    /// The dependencies.
    pub dependencies: &'a [Dependency],
    /// The values of the run's flags.
    pub flags: &'a IndexMap<String, Value>,
    /// Whether the run is only staged.
    pub stage: bool,
    /// `--force-deps`: whether to go on without what cannot be resolved.
    pub force: bool,
}

/// Resolves dependencies into a run, adds to its manifest and sets its `deps` attribute.
///
/// What the attribute holds already is left as it is: a run that is started again has it.
pub fn resolve_dependencies(
    session: &Session,
    wanted: &Wanted,
    run: &Run,
    interrupts: &Interrupts,
) -> Result<()> {
    let around = Around { session, interrupts };
    let context = Context {
        run,
        store: &session.store(),
        cwd: &session.cwd,
        flags: wanted.flags,
        stage: wanted.stage,
        force: wanted.force,
        around: &around,
    };
    guild_deps::resolve(wanted.dependencies, &context).map_err(|e| {
        if let Err(interrupted) = interrupts.check() {
            return interrupted;
        }
        let text = format!("run failed because a dependency was not met: {}", e.message);
        e.help.into_iter().fold(Error::new(text), Error::hint)
    })
}

/// Files of the project that are dependencies, relative to it: they are no source code.
pub fn project_files(dependencies: &[Dependency]) -> Vec<PathBuf> {
    let sources = dependencies.iter().flat_map(|dep| &dep.resource.sources);
    let local = sources.filter(|s| matches!(s.scheme(), "file" | "config"));
    local.map(|s| paths::absolute(Path::new(s.path()), Path::new(""))).collect()
}

struct Around<'a> {
    session: &'a Session,
    interrupts: &'a Interrupts,
}

impl Surroundings for Around<'_> {
    fn note(&self, message: &str) {
        terminal::note(message);
    }

    fn info(&self, message: &str) {
        terminal::err(message);
    }

    fn warn(&self, message: &str) {
        terminal::warning(message);
    }

    fn error(&self, message: &str) {
        terminal::error(message);
    }

    fn debug(&self, message: &str) {
        self.session.say_debug(|| message.to_string());
    }

    fn interrupted(&self) -> io::Result<()> {
        self.interrupts.check().map_err(|_| io::ErrorKind::Interrupted.into())
    }

    fn resolve(
        &self,
        _: &Source,
        _: &Dependency,
        _: &Path,
    ) -> Option<std::result::Result<Found, String>> {
        None
    }
}
