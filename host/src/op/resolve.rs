//! From a spec (`train`, `train.py`, `sub/tool`) to an operation.

use std::path::{Path, PathBuf};

use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{OpDef, ResolveOp, ResolvedOp};
use guild_store::OpRef;

use crate::error::{Error, Result};
use crate::plugins::{Call, CallError};
use crate::session::Session;

/// An operation that can be run.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// The operation's name.
    pub name: String,
    /// How runs refer to it.
    pub opref: OpRef,
    /// The project: where its source code is, absolute.
    pub project_dir: PathBuf,
    /// What it is.
    pub op: OpDef,
}

/// Finds the operation that `spec` stands for; none stands for the project's default operation.
pub fn resolve(session: &Session, spec: Option<&str>) -> Result<Resolved> {
    let Some(spec) = spec else {
        return Err(Error::new("cannot find a default operation")
            .hint("Try 'guild operations' for a list."));
    };
    for plugin in session.plugins.for_file(Path::new(spec)) {
        session.say_debug(|| format!("asking plugin '{plugin}' about '{spec}'"));
        let request = ResolveOp { spec: spec.into() };
        let call: Call<Option<ResolvedOp>> = session
            .plugins
            .call(plugin, hooks::RESOLVE_OP, session.context(), &request)
            .map_err(|e| cannot_run(spec, e))?;
        session.show(&call.log);
        if let Some(found) = call.result.flatten() {
            session.say_debug(|| format!("plugin '{plugin}' knows '{spec}'"));
            return Ok(script(found));
        }
    }
    Err(not_found(spec))
}

fn script(found: ResolvedOp) -> Resolved {
    let base_dir = found.base_dir.display().to_string();
    let opref = OpRef::new("script", base_dir, "", "", found.name.as_str());
    Resolved { name: found.name, opref, project_dir: found.project_dir, op: found.op }
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

fn not_found(spec: &str) -> Error {
    let error = Error::new(format!("cannot find operation {spec}"));
    if spec.contains(':') {
        error.hint("Try 'guild operations' for a list of available operations.")
    } else {
        error.hint(
            "You may need to include a model in the form MODEL:OPERATION. \
             Try 'guild operations' for a list of available operations.",
        )
    }
}
