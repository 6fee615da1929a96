//! What the operation requires, put into its run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use guild_deps::{Context, Dependency, Found, Progress, Source, Surroundings};
use guild_plugin_api::Value;
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{OpDef, ResolveResource, ResolvedResource};
use guild_store::{Run, paths};
use indexmap::IndexMap;

use super::interrupts::Interrupts;
use crate::error::{Error, Result};
use crate::op::flag_map;
use crate::plugins::CallError;
use crate::progress::OfResources;
use crate::session::Session;
use crate::terminal;

/// What is to be resolved, and how.
pub struct Wanted<'a> {
    /// The dependencies.
    pub dependencies: &'a [Dependency],
    /// The operation.
    pub op: &'a OpDef,
    /// The values of the run's flags.
    pub flags: &'a IndexMap<String, Value>,
    /// Whether the run is only staged.
    pub stage: bool,
    /// `--force-deps`: whether to go on without what cannot be resolved.
    pub force: bool,
    /// Whether the run is a trial of a batch: what is said of it is a line of the batch's log.
    pub trial: bool,
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
    let around = Around { wanted, run, session, interrupts, progress: OfResources::default() };
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

/// Whether what is done is told: at the levels of Python's logging, as Guild AI 0.9.0 has it.
fn wants_infos() -> bool {
    let level = std::env::var("LOG_LEVEL").ok().and_then(|level| level.parse::<i32>().ok());
    level.is_none_or(|level| level <= 20)
}

struct Around<'a> {
    wanted: &'a Wanted<'a>,
    run: &'a Run,
    session: &'a Session,
    interrupts: &'a Interrupts,
    progress: OfResources,
}

impl Surroundings for Around<'_> {
    fn note(&self, message: &str) {
        if !wants_infos() {
            return;
        }
        match self.wanted.trial {
            true => terminal::err(&format!("INFO: [guild] {message}")),
            false => terminal::note(message),
        }
    }

    fn info(&self, message: &str) {
        if !wants_infos() {
            return;
        }
        match self.wanted.trial {
            true => terminal::err(&format!("INFO: [guild] {message}")),
            false => terminal::err(message),
        }
    }

    fn warn(&self, message: &str) {
        match self.wanted.trial {
            true => terminal::warning(&format!("[guild] {message}")),
            false => terminal::warning(message),
        }
    }

    fn error(&self, message: &str) {
        match self.wanted.trial {
            true => terminal::error(&format!("[guild] {message}")),
            false => terminal::error(message),
        }
    }

    fn debug(&self, message: &str) {
        self.session.say_debug(|| message.to_string());
    }

    fn progress(&self, progress: Option<Progress>) {
        self.progress.show(progress);
    }

    fn interrupted(&self) -> io::Result<()> {
        self.interrupts.check().map_err(|_| io::ErrorKind::Interrupted.into())
    }

    fn resolve(
        &self,
        source: &Source,
        value: &str,
        given: &Value,
        folder: &Path,
    ) -> Option<std::result::Result<Found, String>> {
        let kind = source.kind.as_str();
        let plugins = self.session.plugins.for_resource(kind);
        if plugins.is_empty() {
            return None;
        }
        let made = self.run.guild_path("generated");
        let staging_dir = match staging_dir(&made) {
            Ok(dir) => dir,
            Err(e) => return Some(Err(format!("cannot write in {}: {e}", made.display()))),
        };
        let request = ResolveResource {
            kind: kind.into(),
            value: value.into(),
            name: source.resolving_name().into(),
            source: source.data.clone(),
            project_dir: paths::absolute(folder, &self.session.cwd),
            run_dir: self.run.dir().into(),
            staging_dir: staging_dir.clone(),
            op: self.wanted.op.clone(),
            flags: flag_map(self.wanted.flags),
            given: given.clone(),
        };
        for plugin in plugins {
            let answer: std::result::Result<Option<Option<ResolvedResource>>, _> =
                self.session.call(plugin, hooks::RESOLVE_RESOURCE, &request);
            let found = match answer {
                Ok(found) => found.flatten(),
                Err(CallError::Failed(e)) => {
                    let hint = e.hint.map(|hint| format!("\n{hint}")).unwrap_or_default();
                    return Some(Err(e.message + &hint));
                }
                Err(e) => return Some(Err(e.to_string())),
            };
            let Some(found) = found else { continue };
            // Gone if nothing was made in it.
            let _ = fs::remove_dir(&staging_dir);
            return Some(match found.paths.iter().find(|path| !path.is_absolute()) {
                None => Ok(Found { paths: found.paths }),
                Some(path) => Err(format!(
                    "plugin '{plugin}' gave '{}', which is no absolute path",
                    path.display()
                )),
            });
        }
        let _ = fs::remove_dir(&staging_dir);
        None
    }
}

/// A new folder with a name of its own.
fn staging_dir(above: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(above)?;
    loop {
        let name: String = std::iter::repeat_with(fastrand::alphanumeric).take(8).collect();
        let dir = above.join(name.to_lowercase());
        match fs::create_dir(&dir) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| dir),
        }
    }
}
