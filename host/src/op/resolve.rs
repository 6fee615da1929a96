//! From a spec (`train`, `train.py`, `model:train`) to an operation.

use std::path::{Path, PathBuf};

use guild_guildfile::{Guildfile, LookupError};
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{OpDef, ResolveOp, ResolvedOp};
use guild_store::OpRef;

use super::project;
use super::requires::Requires;
use crate::error::{Error, Result};
use crate::plugins::CallError;
use crate::session::Session;
use crate::terminal;

/// An operation that can be run.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The operation's name.
    pub name: String,
    /// The name by which users know it: `model:train`, `train.py`.
    pub full_name: String,
    /// How runs refer to it.
    pub opref: OpRef,
    /// The project: where its source code is, absolute.
    pub project_dir: PathBuf,
    /// What it is.
    pub op: OpDef,
    /// The plugin that knows how it is run: it works for the operation whatever that names.
    pub plugin: Option<String>,
    /// Whether another attribute than `exec` is how its definition says what is run.
    pub shows_attribute: bool,
    /// What is copied of the source code.
    pub sourcecode: guild_guildfile::SourceRules,
    /// What it requires.
    pub requires: Requires,
}

/// Finds the operation that `spec` stands for; none stands for the project's default operation.
///
/// The project's Guild file has the first word, then the plugins that handle such a file. A Guild
/// file with an error in it hides no script, as in Guild AI 0.9.0.
pub fn resolve(session: &Session, spec: Option<&str>) -> Result<Resolved> {
    let guildfile = project::read(session);
    let not_in_project = match &guildfile {
        Ok(Some(file)) => match file.lookup(spec.unwrap_or_default()) {
            Ok((model, name, op)) => return project::operation(session, file, model, name, op),
            Err(e) => lookup_error(&e, near(session, Some(file), spec)),
        },
        Ok(None) => lookup_error(&no_file(spec), near(session, None, spec)),
        Err(e) => project::file_error(session, e),
    };
    let Some(spec) = spec else { return Err(not_in_project) };
    let mut broken = None;
    for plugin in session.plugins.for_file(Path::new(spec)) {
        session.say_debug(|| format!("asking plugin '{plugin}' about '{spec}'"));
        let request = ResolveOp { spec: spec.into() };
        let answer: Option<Option<ResolvedOp>> =
            match session.call(plugin, hooks::RESOLVE_OP, &request) {
                Ok(answer) => answer,
                // It may not have been its file at all: the next is asked.
                Err(CallError::Load(e)) => {
                    broken.get_or_insert(Error::from(CallError::Load(e)));
                    continue;
                }
                Err(e) => return Err(broken.unwrap_or_else(|| cannot_run(spec, e))),
            };
        if let Some(found) = answer.flatten() {
            session.say_debug(|| format!("plugin '{plugin}' knows '{spec}'"));
            if let Some(e) = broken {
                terminal::warning(&e.message);
            }
            return resolved(found, plugin);
        }
    }
    Err(broken.unwrap_or(not_in_project))
}

/// What runs of an operation of a plugin's own are called after in `opref`.
const DEFAULT_KIND: &str = "script";

fn resolved(mut found: ResolvedOp, plugin: &str) -> Result<Resolved> {
    let base_dir = found.base_dir.display().to_string();
    let kind = found.kind.unwrap_or_else(|| DEFAULT_KIND.into());
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if kind.is_empty() || !kind.chars().all(valid) {
        return Err(Error::from(CallError::Broken {
            plugin: plugin.into(),
            hook: hooks::RESOLVE_OP.into(),
            reason: format!("'{kind}' is no kind of operation"),
        }));
    }
    found.op.flags.sort_unstable_keys();
    let sourcecode = guild_guildfile::SourceRules::read(&found.op.sourcecode)
        .map_err(|e| Error::new(format!("invalid definition for '{}': {e}", found.name)))?;
    Ok(Resolved {
        opref: OpRef::new(kind, base_dir, "", "", found.name.as_str()),
        full_name: found.name.clone(),
        name: found.name,
        project_dir: found.project_dir,
        op: found.op,
        plugin: Some(plugin.into()),
        shows_attribute: false,
        sourcecode,
        requires: Requires::default(),
    })
}

fn cannot_run(spec: &str, e: CallError) -> Error {
    match e {
        CallError::Failed(e) => {
            let error = Error::new(format!("cannot run '{spec}': {}", e.message));
            e.hint.into_iter().fold(error, Error::hint)
        }
        e => Error::from(e),
    }
}

/// What a project without a Guild file says to a spec: it has no model.
fn no_file(spec: Option<&str>) -> LookupError {
    LookupError::NoModel(spec.map(Into::into))
}

/// The operation, or the file beside the one that is named, that the user may have meant.
fn near(session: &Session, file: Option<&Guildfile>, spec: Option<&str>) -> Option<String> {
    let spec = spec?;
    file.and_then(|file| file.near(spec)).or_else(|| {
        let near = guild_flags::nearest_path(&session.cwd, Path::new(spec))?;
        near.into_os_string().into_string().ok()
    })
}

fn lookup_error(e: &LookupError, near: Option<String>) -> Error {
    let error = e.hint().lines().fold(Error::new(e.to_string()), Error::hint).did_you_mean(near);
    let no_operation = matches!(e, LookupError::NoModel(_) | LookupError::NoOperation { .. });
    Error { no_operation, ..error }
}
