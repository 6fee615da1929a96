//! A run from its empty folder to its exit status.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{OpRequest, RunChanges, RunEvent, SourceRule};
use guild_plugin_api::{Map, Value};
use guild_runner::{OutputFiles, Spec};
use guild_scalars::OutputScalars;
use guild_sourcecode::{Dest, Rule, Select, vcs};
use guild_store::{Run, Store, clock};
use indexmap::IndexMap;

use super::attributes::attributes;
use crate::error::{Error, Result};
use crate::op::{Operation, flag_map};
use crate::plugins::Call;
use crate::session::Session;
use crate::terminal;

/// How an operation is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A folder of the user's own instead of one among the runs.
    pub run_dir: Option<PathBuf>,
    /// An id of the user's own.
    pub run_id: Option<String>,
    /// A comment on the run.
    pub comment: Option<String>,
    /// The seed to keep with the run; a random one when absent.
    pub random_seed: Option<i64>,
    /// When to stop the process.
    pub stop_after: Option<Duration>,
    /// Whether the output is recorded without being shown.
    pub quiet: bool,
    /// What the command line said: entries of the `run_params` attribute.
    pub params: IndexMap<String, Value>,
}

/// Runs an operation to its end and gives what guild exits with.
///
/// Whatever fails before the process starts leaves no run behind, except for a program that cannot
/// be started: that run is kept and reads `error`, as in Guild AI 0.9.0.
pub fn execute(session: &Session, operation: &Operation, options: &Options) -> Result<u8> {
    let store = session.store_for_writing()?;
    let (run, ours) = new_run(&store, options)?;
    match prepare(session, operation, options, &run) {
        Ok(event) => start(session, operation, options, &run, event),
        Err(e) => {
            if ours {
                // Nothing of worth is in it, and it must not look like a run that failed.
                let _ = fs::remove_dir_all(run.dir());
            }
            Err(e)
        }
    }
}

/// The run's folder, and whether it was made for this run.
fn new_run(store: &Store, options: &Options) -> Result<(Run, bool)> {
    let run = match (&options.run_id, &options.run_dir) {
        (Some(id), _) => store.run(id),
        (None, Some(dir)) => Run::at(dir),
        (None, None) => return Ok((store.new_run().map_err(failed)?, true)),
    };
    let ours = !run.dir().exists();
    run.init().map_err(failed)?;
    Ok((run, ours))
}

/// Fills the run's folder: attributes, source code, manifest.
fn prepare(
    session: &Session,
    operation: &Operation,
    options: &Options,
    run: &Run,
) -> Result<RunEvent> {
    run.set_pending().map_err(failed)?;
    run.write_opref(&operation.resolved.opref).map_err(failed)?;
    for (name, value) in attributes(operation, options) {
        run.set_attr(&name, &value).map_err(failed)?;
    }
    copy_sourcecode(session, operation, run)?;
    run.set_attr("deps", &Value::Map(Map::new())).map_err(failed)?;
    run.clear_pending().map_err(failed)?;
    let event = RunEvent {
        run_id: run.id().into(),
        run_dir: run.dir().into(),
        name: operation.resolved.name.clone(),
        project_dir: operation.resolved.project_dir.clone(),
        op: operation.resolved.op.clone(),
        cmd: operation.args.clone(),
        flags: flag_map(&operation.flags),
        exit_status: None,
    };
    tell_plugins(session, operation, hooks::RUN_STARTING, &event, run)?;
    run.set_started().map_err(failed)?;
    Ok(event)
}

/// Copies the source code and writes down what it was: manifest, digest and commit.
fn copy_sourcecode(session: &Session, operation: &Operation, run: &Run) -> Result<()> {
    let set = |name: &str| env::var_os(name).is_some_and(|v| v == "1");
    let project = &operation.resolved.project_dir;
    let commit = (!set("NO_VCS_COMMIT")).then(|| vcs::begin(project));
    let mut manifest = String::new();
    let mut digest = None;
    let rules = &operation.resolved.sourcecode;
    if !set("NO_SOURCECODE") && !rules.disabled {
        let root = project.join(rules.root.as_deref().unwrap_or_default());
        let base = guild_sourcecode::default_rules(&root, &plugin_rules(session, operation)?)
            .map_err(|e| Error::new(e.to_string()))?;
        let configured = rules.rules.iter().map(|rule| Rule::configured(&root, rule.clone()));
        let configured = configured
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|e| Error::new(e.to_string()))?;
        let select = Select { root, rules: [base.rules, configured].concat() };
        let dest = Dest { run_dir: run.dir(), subdir: &operation.sourcecode_dest };
        let report = guild_sourcecode::copy(project, dest, &select, &[])
            .map_err(|e| Error::new(format!("cannot copy source code: {e}")))?;
        base.warnings.iter().chain(&report.warnings).for_each(|w| terminal::warning(w));
        manifest = guild_sourcecode::manifest_lines(&report);
        digest = report.digest;
    }
    let path = run.guild_path("manifest");
    fs::write(&path, manifest)
        .map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))?;
    run.set_attr("sourcecode_digest", &digest.into()).map_err(failed)?;
    if let Some(commit) = commit {
        match commit.finish() {
            Ok(Some(commit)) => {
                run.set_attr("vcs_commit", &commit.to_string().into()).map_err(failed)?;
            }
            Ok(None) => {}
            Err(e) => terminal::warning(&format!("error reading VCS commit: {e}")),
        }
    }
    Ok(())
}

/// What the operation's plugins add to the default rules about source code.
fn plugin_rules(session: &Session, operation: &Operation) -> Result<Vec<SourceRule>> {
    let ask = OpRequest {
        name: operation.resolved.name.clone(),
        project_dir: operation.resolved.project_dir.clone(),
        op: operation.resolved.op.clone(),
        sourcecode_dest: operation.sourcecode_dest.clone(),
    };
    let mut rules = Vec::new();
    for plugin in &operation.plugins {
        let call: Call<Vec<SourceRule>> = session.plugins.call(
            plugin,
            hooks::DEFAULT_SOURCECODE_RULES,
            session.context(),
            &ask,
        )?;
        session.show(&call.log);
        rules.extend(call.result.unwrap_or_default());
    }
    Ok(rules)
}

/// Starts the process and stays with it to its end.
fn start(
    session: &Session,
    operation: &Operation,
    options: &Options,
    run: &Run,
    event: RunEvent,
) -> Result<u8> {
    let environment = environment(session, operation, run);
    run.set_attr("env", &kept_environment(&environment).into()).map_err(failed)?;
    let subject = operation.resolved.opref.to_opspec(Some(&session.cwd));
    let [program, args @ ..] = operation.args.as_slice() else {
        return Err(Error::new(format!("error running {subject}: the command is empty")));
    };
    let mut scalars = OutputScalars::for_run(
        &operation.resolved.op.output_scalars,
        operation.flags.keys(),
        &run.guild_path(""),
    );
    let mut spec = Spec::new(program, run.dir());
    spec.args = args.iter().map(OsString::from).collect();
    spec.env = environment.into_iter().collect();
    spec.quiet = options.quiet;
    spec.output = Some(OutputFiles::in_dir(run.guild_path("")));
    spec.stop_after = options.stop_after;
    // Who presses Ctrl-C may have hours of work saved now: only a further Ctrl-C kills.
    spec.timing.kill = Duration::MAX;
    spec.on_started = Some(Box::new(|pid| {
        if let Err(e) = run.lock(pid) {
            terminal::warning(&e.to_string());
        }
    }));
    spec.on_line = scalars.as_mut().map(|s| s as &mut dyn guild_runner::Lines);
    spec.on_notice = Some(Box::new(|notice| match notice.level() {
        guild_runner::Level::Info => terminal::err(&notice.to_string()),
        guild_runner::Level::Warning => terminal::warning(&notice.to_string()),
    }));
    for warning in spec.apply_env(|name| env::var(name).ok()) {
        terminal::warning(&warning);
    }
    let exit =
        guild_runner::run(spec).map_err(|e| Error::new(format!("error running {subject}: {e}")))?;
    if let Some(scalars) = scalars {
        scalars.finish().iter().for_each(|w| terminal::warning(w));
    }
    finish(session, operation, run, event, exit.exit_status())?;
    Ok(exit.process_exit_code())
}

/// Writes down how the run ended.
fn finish(
    session: &Session,
    operation: &Operation,
    run: &Run,
    mut event: RunEvent,
    exit_status: i32,
) -> Result<()> {
    if !run.guild_path("").is_dir() {
        terminal::warning("run directory has been deleted, unable to finalize");
        return Ok(());
    }
    let stopped = clock::now();
    // What says that the run is over comes last: before it, a reader sees a process that is gone.
    run.set_attr("stopped", &stopped.into()).map_err(failed)?;
    run.set_attr("exit_status", &i64::from(exit_status).into()).map_err(failed)?;
    run.unlock().map_err(failed)?;
    event.exit_status = Some(exit_status);
    // The run is over and kept: a plugin that fails now changes nothing about how it ended.
    if let Err(e) = tell_plugins(session, operation, hooks::RUN_STOPPED, &event, run) {
        terminal::warning(&e.message);
    }
    Ok(())
}

/// Tells the operation's plugins about the run and writes what they want written.
fn tell_plugins(
    session: &Session,
    operation: &Operation,
    hook: &str,
    event: &RunEvent,
    run: &Run,
) -> Result<()> {
    for plugin in &operation.plugins {
        let call: Call<RunChanges> =
            session.plugins.call(plugin, hook, session.context(), event)?;
        session.show(&call.log);
        for (name, value) in call.result.unwrap_or_default().attrs {
            let Some(name) = name.as_str() else { continue };
            let held = run.attr(name).ok().flatten();
            run.set_attr(name, &merged(held, value)).map_err(failed)?;
        }
    }
    Ok(())
}

/// A map goes into the map that is there; anything else replaces it.
fn merged(held: Option<Value>, value: Value) -> Value {
    match (held, value) {
        (Some(Value::Map(mut held)), Value::Map(more)) => {
            for (name, value) in more {
                held.insert(name, value);
            }
            Value::Map(held)
        }
        (_, value) => value,
    }
}

/// The environment of the process: ours, then the command's, then the run's.
fn environment(
    session: &Session,
    operation: &Operation,
    run: &Run,
) -> IndexMap<OsString, OsString> {
    let mut all: IndexMap<OsString, OsString> =
        env::vars_os().filter(|(name, _)| name != "_").collect();
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

/// The `env` attribute: all but what looks like a secret.
fn kept_environment(environment: &IndexMap<OsString, OsString>) -> Map {
    let secret = |name: &str| {
        let name = name.to_lowercase();
        ["password", "token", "secret"].iter().any(|part| name.contains(part))
    };
    environment
        .iter()
        .map(|(name, value)| (name.to_string_lossy(), value.to_string_lossy()))
        .filter(|(name, _)| !secret(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn failed(e: impl std::fmt::Display) -> Error {
    Error::new(e.to_string())
}
