//! Batches whose operation is a program that makes the trials itself: any operation may be used as an
//! optimizer, as in Guild AI 0.9.0. It finds the prototype in its run's folder.

use guild_plugin_api::Value;
use guild_store::Run;

use super::super::execute::{self, Options};
use super::super::failed;
use super::super::interrupts::Interrupts;
use super::super::place::Place;
use super::super::sourcecode::Source;
use super::Batch;
use crate::error::Result;
use crate::session::Session;

/// Runs the program to its end and gives what guild exits with.
pub fn run(batch: &Batch, session: &Session, options: &Options) -> Result<u8> {
    let run = stage(batch, session, options)?;
    let own = Options { place: Place::Again(run), source: Source::Kept, ..own(batch, options) };
    execute::execute(session, &batch.operation, &own)
}

/// Prepares the program's run for a later start, with the prototype in it.
pub fn stage(batch: &Batch, session: &Session, options: &Options) -> Result<Run> {
    let run = execute::stage(session, &batch.operation, &own(batch, options))?;
    if let Some(max) = batch.max_trials {
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        run.set_attr("max_trials", &Value::Int(max)).map_err(failed)?;
    }
    run.set_attr("objective", &batch.objective.as_str().into()).map_err(failed)?;
    let interrupts = Interrupts::watch();
    batch.fill_proto(session, options, &Run::at(run.guild_path("proto")), &interrupts)?;
    Ok(run)
}

fn own(batch: &Batch, options: &Options) -> Options {
    Options { comment: batch.comment.clone(), ..options.clone() }
}
