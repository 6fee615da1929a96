//! The environment of a run's process, and what is kept of it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use guild_flags::{shell, value};
use guild_plugin_api::model::OpDef;
use guild_plugin_api::{Map, Value};
use guild_store::Run;
use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::op::Operation;
use crate::session::Session;

/// Variables of a process.
pub type Environment = IndexMap<OsString, OsString>;

/// The environment of the process: ours, then the command's, then the run's.
pub fn environment(session: &Session, operation: &Operation, run: &Run) -> Environment {
    let unset = |name: &OsString| operation.unset.iter().any(|u| name == u.as_str());
    let mut all: Environment =
        env::vars_os().filter(|(name, _)| name != "_" && !unset(name)).collect();
    let mut set = |name: &str, value: &Path| all.insert(name.into(), value.into());
    for (name, value) in &operation.env {
        set(name, Path::new(value));
    }
    let log_level = env::var("LOG_LEVEL").unwrap_or_else(|_| log_level(session).into());
    set("GUILD_OP", Path::new(&operation.resolved.opref.to_opspec(None)));
    set("GUILD_HOME", session.home());
    set("GUILD_SOURCECODE", Path::new(&operation.sourcecode_dest));
    set("LOG_LEVEL", Path::new(&log_level));
    set("CMD_DIR", &session.cwd);
    set("RUN_DIR", run.dir());
    set("RUN_ID", Path::new(run.id()));
    all
}

/// The numbers of Python's log levels, which Guild AI 0.9.0 puts there.
fn log_level(session: &Session) -> &'static str {
    if session.debug { "10" } else { "20" }
}

/// The `env` attribute: all but what looks like a secret, or is one of `op`.
pub fn kept_environment(environment: &Environment, op: &OpDef) -> Map {
    let named = env_secrets(op);
    let secret = |name: &str| {
        let lower = name.to_lowercase();
        ["password", "token", "secret"].iter().any(|part| lower.contains(part))
            || named.iter().any(|secret| secret == name)
    };
    environment
        .iter()
        .map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy()))
        .filter(|(name, _)| !secret(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The variables that the operation says are secrets (`env-secrets`): a list, or one name.
pub fn env_secrets(op: &OpDef) -> Vec<String> {
    match op.other.get("env-secrets") {
        None | Some(Value::Null | Value::Bool(_)) => Vec::new(),
        Some(Value::List(names)) => names.iter().map(value::text).collect(),
        Some(Value::Map(names)) => names.iter().map(|(name, _)| value::text(name)).collect(),
        Some(name) => vec![value::text(name)],
    }
}

/// Writes `.guild/ENV` for a staged run: what a shell reads before it starts the run's command.
pub fn write_env_file(environment: &Environment, run: &Run) -> Result<()> {
    let mut names: Vec<_> = environment.iter().collect();
    names.sort();
    let mut text = String::new();
    for (name, value) in names {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        if name == "PWD" || name == "_" {
            continue;
        }
        let value = if value.is_empty() { value } else { shell::quote_short(&value) };
        text.push_str(&format!("export {name}={value}\n"));
    }
    let path = run.guild_path("ENV");
    fs::write(&path, text).map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))
}
