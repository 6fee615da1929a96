//! `--needed`: whether a run would repeat one that is there.

use guild_store::format::{self, list};
use guild_store::{Run, Status};

use crate::error::{Error, Result};
use crate::op::Operation;
use crate::run::{self, Batch};
use crate::session::Session;
use crate::terminal;

/// Whether there is a run of the same operation with the same flags that has not failed; then says
/// so. `origin` is the run that is to be started again or that is the prototype.
pub fn is_done(session: &Session, operation: &Operation, origin: Option<&Run>) -> Result<bool> {
    let of_operation = |run: &Run| {
        run.opref().ok().flatten().as_ref() == Some(&operation.resolved.opref)
            && run::has_flags(run, &operation.flags)
    };
    is_there(session, of_operation, origin)
}

/// As [`is_done`], for a batch: whether there is one of the same operation with the same flags.
pub fn is_batch_done(session: &Session, batch: &Batch, origin: Option<&Run>) -> Result<bool> {
    is_there(session, |run| super::batch::is_like(run, batch), origin)
}

fn is_there(
    session: &Session,
    matches: impl Fn(&Run) -> bool,
    origin: Option<&Run>,
) -> Result<bool> {
    let runs = session.index().runs().map_err(|e| Error::new(e.to_string()))?;
    let matching: Vec<Run> = runs
        .into_iter()
        .filter(|run| matches(run) && !matches!(run.status(), Status::Pending | Status::Error))
        .collect();
    if matching.is_empty() {
        return Ok(false);
    }
    say_skipped(session, &matching, origin);
    Ok(true)
}

/// Says why nothing is run.
fn say_skipped(session: &Session, matching: &[Run], origin: Option<&Run>) {
    if origin.is_some_and(|run| matching.iter().any(|m| m.id() == run.id())) {
        terminal::out("Skipping run because flags have not changed (--needed specified)");
        return;
    }
    terminal::out("Skipping because the following runs match this operation (--needed specified):");
    let context = format::Context::of_process(&session.cwd);
    terminal::print(&list::text(
        matching,
        list::Columns::Preview,
        false,
        terminal::screen(),
        &context,
    ));
}
