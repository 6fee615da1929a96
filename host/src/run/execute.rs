//! A run from its empty folder to its exit status.

use std::path::Path;
use std::time::Duration;

use guild_plugin_api::Value;
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::RunEvent;
use guild_store::Run;
use indexmap::IndexMap;

use super::attributes::{attributes, extra_attributes};
use super::dependencies::{Wanted, resolve_dependencies};
use super::environment::{environment, kept_environment, write_env_file};
use super::failed;
use super::interrupts::Interrupts;
use super::place::{Claim, Place};
use super::process::{self, Attendance, Launch, Prepared, tell_plugins};
use super::sourcecode::{Source, write_sourcecode};
use crate::error::Result;
use crate::op::{Operation, flag_map};
use crate::progress::Activity;
use crate::session::Session;
use crate::terminal;

/// How an operation is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where.
    pub place: Place,
    /// Where the run's source code comes from.
    pub source: Source,
    /// A comment on the run.
    pub comment: Option<String>,
    /// The seed to keep with the run; that of the run that it is made from, or a random one, when
    /// absent.
    pub random_seed: Option<i64>,
    /// When to stop the process.
    pub stop_after: Option<Duration>,
    /// Whether to go on without dependencies that cannot be resolved.
    pub force_deps: bool,
    /// Whether the output is recorded without being shown.
    pub quiet: bool,
    /// Whether it is a trial of a batch, whose log has what is said of it.
    pub trial: bool,
    /// What the command line said: entries of the `run_params` attribute.
    pub params: IndexMap<String, Value>,
}

/// Runs an operation to its end and gives what guild exits with.
///
/// Whatever fails before the process starts leaves no run behind, except for a program that cannot
/// be started: that run is kept and reads `error`, as in Guild AI 0.9.0.
pub fn execute(session: &Session, operation: &Operation, options: &Options) -> Result<u8> {
    let mut launch = ready(session, operation, options)?;
    let exit = launch.attend(Attendance::default())?;
    let run = launch.run().clone();
    launch.finish(session, operation, exit.exit_status())?;
    if exit.exit_status() == 0 && operation.delete_on_success {
        delete_interim(session, &run)?.iter().for_each(|text| terminal::err(text));
    }
    Ok(exit.process_exit_code())
}

/// Prepares a run up to the start of its process. [`Launch::attend`] and [`Launch::finish`] follow.
pub fn ready(session: &Session, operation: &Operation, options: &Options) -> Result<Launch> {
    let prepared = prepare(session, operation, options, false)?;
    process::launch(session, operation, options, prepared)
}

/// Prepares a run for a later start, by [`super::Place::Again`].
pub fn stage(session: &Session, operation: &Operation, options: &Options) -> Result<Run> {
    let prepared = prepare(session, operation, options, true)?;
    write_env_file(&prepared.environment, &prepared.run)?;
    prepared.run.set_staged().map_err(failed)?;
    Ok(prepared.run)
}

/// Moves a run that was a means to an end to the trash, unless it is in a folder of the user's own.
/// Gives a line about it.
pub fn delete_interim(session: &Session, run: &Run) -> Result<Option<String>> {
    let store = session.store();
    let real = |dir: &Path| dir.canonicalize().ok();
    if run.dir().parent().and_then(real) != real(&store.runs_dir()) {
        return Ok(None);
    }
    let text = format!(
        "Deleting interim run {} ('{}' is configured for deletion on success)",
        run.id(),
        guild_store::format::operation(run)
    );
    store.delete(&store.run(run.id())).map_err(failed)?;
    Ok(Some(text))
}

/// Makes a run's folder whole. It is `PENDING` afterwards.
fn prepare(
    session: &Session,
    operation: &Operation,
    options: &Options,
    stage: bool,
) -> Result<Prepared> {
    let store = session.store_for_writing()?;
    // Until the process is there, an interrupt takes the half-made run away.
    let interrupts = Interrupts::watch();
    let ready = options.place.prepare(&store)?;
    let filled = fill(session, operation, options, &ready.run, (stage, &interrupts));
    let filled = filled.inspect_err(|_| ready.give_up())?;
    Ok(Prepared { claim: ready.claim, ..filled })
}

/// Fills the run's folder: attributes, source code, manifest.
fn fill(
    session: &Session,
    operation: &Operation,
    options: &Options,
    run: &Run,
    (stage, interrupts): (bool, &Interrupts),
) -> Result<Prepared> {
    run.set_pending().map_err(failed)?;
    run.write_opref(&operation.resolved.opref).map_err(failed)?;
    for (name, value) in attributes(operation, options) {
        run.set_attr(&name, &value).map_err(failed)?;
    }
    let (extra, warnings) = extra_attributes(&operation.resolved.op);
    warnings.iter().for_each(|w| terminal::warning(w));
    for (name, value) in extra {
        run.set_attr(&name, &value).map_err(failed)?;
    }
    interrupts.check()?;
    let activity = Activity::start("Copying source code");
    write_sourcecode(session, operation, &options.source, run)?;
    drop(activity);
    interrupts.check()?;
    let wanted = Wanted {
        dependencies: &operation.dependencies,
        op: &operation.resolved.op,
        flags: &operation.flags,
        stage,
        force: options.force_deps,
        trial: options.trial,
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
    if !stage {
        let kept = kept_environment(&environment, &operation.resolved.op);
        run.set_attr("env", &kept.into()).map_err(failed)?;
    }
    interrupts.check()?;
    Ok(Prepared { run: run.clone(), event, environment, claim: Claim::default() })
}
