//! A run from its empty folder to its exit status.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{RunChanges, RunEvent};
use guild_plugin_api::{Map, Value};
use guild_runner::{OutputFiles, Spec};
use guild_scalars::OutputScalars;
use guild_store::{Run, Store, clock};
use indexmap::IndexMap;

use super::attributes::attributes;
use super::dependencies::{Wanted, resolve_dependencies};
use super::failed;
use super::interrupts::Interrupts;
use super::sourcecode::copy_sourcecode;
use crate::error::{Error, Result};
use crate::op::{Operation, flag_map};
use crate::session::Session;
use crate::terminal;

/// Variables of a process.
type Environment = IndexMap<OsString, OsString>;

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
    /// Whether to go on without dependencies that cannot be resolved.
    pub force_deps: bool,
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
    // Until the process is there, an interrupt takes the half-made run away.
    let interrupts = Interrupts::watch();
    let run = new_run(&store, options)?;
    match prepare(session, operation, options, &run, &interrupts) {
        Ok((event, environment)) => {
            drop(interrupts);
            start(session, operation, options, &run, event, environment)
        }
        Err(e) => {
            // Nothing of worth is in it, and it must not look like a run that failed.
            let _ = fs::remove_dir_all(run.dir());
            Err(e)
        }
    }
}

/// The run's folder, which is always a new one: a run that is there already is somebody's work.
fn new_run(store: &Store, options: &Options) -> Result<Run> {
    let run = match (&options.run_id, &options.run_dir) {
        (None, None) => return store.new_run().map_err(failed),
        (Some(id), _) => {
            let mut parts = Path::new(id).components();
            let plain = matches!((parts.next(), parts.next()), (Some(Component::Normal(p)), None)
                if p == id.as_str());
            if !plain {
                return Err(Error::new(format!("invalid run ID '{id}'"))
                    .hint("A run ID is the name of a folder."));
            }
            store.run(id)
        }
        (None, Some(dir)) => Run::at(dir),
    };
    let dir = run.dir();
    let taken = |what: &str| {
        Err(Error::new(format!("cannot run in {}: {what}", dir.display()))
            .hint("Name another folder, or delete this one if nothing in it is needed."))
    };
    if let Some(above) = dir.parent() {
        fs::create_dir_all(above).map_err(|e| cannot_create(dir, &e))?;
    }
    match fs::create_dir(dir) {
        Ok(()) => {}
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(cannot_create(dir, &e)),
        Err(_) if options.run_id.is_some() => return taken("there is a run of that ID"),
        Err(_) => match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
            Ok(true) => {}
            Ok(false) => return taken("the folder is not empty"),
            Err(e) => return taken(&e.to_string()),
        },
    }
    run.init().map_err(failed)?;
    Ok(run)
}

fn cannot_create(dir: &Path, e: &io::Error) -> Error {
    Error::new(format!("cannot create {}: {e}", dir.display()))
}

/// Fills the run's folder: attributes, source code, manifest. It stays `PENDING`.
fn prepare(
    session: &Session,
    operation: &Operation,
    options: &Options,
    run: &Run,
    interrupts: &Interrupts,
) -> Result<(RunEvent, Environment)> {
    run.set_pending().map_err(failed)?;
    run.write_opref(&operation.resolved.opref).map_err(failed)?;
    for (name, value) in attributes(operation, options) {
        run.set_attr(&name, &value).map_err(failed)?;
    }
    interrupts.check()?;
    copy_sourcecode(session, operation, run)?;
    interrupts.check()?;
    let wanted = Wanted {
        dependencies: &operation.dependencies,
        flags: &operation.flags,
        stage: false,
        force: options.force_deps,
    };
    resolve_dependencies(session, &wanted, run, interrupts)?;
    let event = RunEvent {
        run_id: run.id().into(),
        run_dir: run.dir().into(),
        name: operation.resolved.name.clone(),
        project_dir: operation.resolved.project_dir.clone(),
        op: operation.resolved.op.clone(),
        cmd: operation.args.clone(),
        flags: flag_map(&operation.flags),
        label: operation.label.clone(),
        tags: operation.tags.clone(),
        exit_status: None,
    };
    tell_plugins(session, operation, hooks::RUN_STARTING, &event, run)?;
    let environment = environment(session, operation, run);
    run.set_attr("env", &kept_environment(&environment).into()).map_err(failed)?;
    interrupts.check()?;
    Ok((event, environment))
}

/// Starts the process and stays with it to its end.
fn start(
    session: &Session,
    operation: &Operation,
    options: &Options,
    run: &Run,
    event: RunEvent,
    environment: Environment,
) -> Result<u8> {
    run.set_started().map_err(failed)?;
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
    // Between the two marks a run would look as if it had failed, so the lock comes first.
    spec.on_started = Some(Box::new(|pid| {
        if let Err(e) = run.lock(pid).and_then(|()| run.clear_pending()) {
            terminal::error(&format!("{e}: stopping the run, which nobody could see"));
            guild_runner::terminate(pid.cast_signed());
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
    // What says that the run is over comes last: before it, a reader sees a process that is gone.
    // Each is tried even where another fails: on a full disk one of them may still fit.
    let written = [
        run.set_attr("stopped", &clock::now().into()).map_err(failed),
        run.set_attr("exit_status", &i64::from(exit_status).into()).map_err(failed),
        run.unlock().map_err(failed),
    ];
    event.exit_status = Some(exit_status);
    // The run is over and kept: a plugin that fails now changes nothing about how it ended.
    if let Err(e) = tell_plugins(session, operation, hooks::RUN_STOPPED, &event, run) {
        terminal::warning(&e.message);
    }
    written.into_iter().collect()
}

/// Attributes that are the host's to write.
const OWN: [&str; 9] =
    ["id", "initialized", "started", "stopped", "exit_status", "cmd", "deps", "env", "flags"];

/// The attribute with what is needed to make the command again: plugins may add to it.
const OP: &str = "op";

/// Tells the operation's plugins about the run and writes what they want written.
fn tell_plugins(
    session: &Session,
    operation: &Operation,
    hook: &str,
    event: &RunEvent,
    run: &Run,
) -> Result<()> {
    for plugin in &operation.plugins {
        let changes: Option<RunChanges> = session.call(plugin, hook, event)?;
        for (name, value) in changes.unwrap_or_default().attrs {
            let Some(name) = name.as_str() else { continue };
            if OWN.contains(&name) {
                terminal::warning(&format!("plugin '{plugin}' may not set attribute '{name}'"));
                continue;
            }
            let held = run.attr(name).ok().flatten();
            let value = match (name, held) {
                (OP, Some(held @ Value::Map(_))) if value.as_map().is_some() => {
                    merged(Some(value), held)
                }
                (OP, _) => {
                    terminal::warning(&format!(
                        "plugin '{plugin}' may only add to attribute '{OP}'"
                    ));
                    continue;
                }
                (_, held) => merged(held, value),
            };
            run.set_attr(name, &value).map_err(failed)?;
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
fn environment(session: &Session, operation: &Operation, run: &Run) -> Environment {
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

/// The `env` attribute: all but what looks like a secret.
fn kept_environment(environment: &Environment) -> Map {
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
