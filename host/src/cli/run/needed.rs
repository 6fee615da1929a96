//! `--needed`: whether a run would repeat one that is there.

use guild_flags::value;
use guild_plugin_api::{Map, Value};
use guild_store::format::{self, list};
use guild_store::{OpRef, Run, Status};
use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::op::Operation;
use crate::session::Session;
use crate::terminal;

/// Whether there is a run of the same operation with the same flags that has not failed; then says
/// so. `origin` is the run that is to be started again or that is the prototype.
pub fn is_done(session: &Session, operation: &Operation, origin: Option<&Run>) -> Result<bool> {
    let runs = session.store().runs().map_err(|e| Error::new(e.to_string()))?;
    let matching: Vec<Run> = runs
        .into_iter()
        .filter(|run| {
            is_of(run, &operation.resolved.opref, &operation.flags)
                && !matches!(run.status(), Status::Pending | Status::Error)
        })
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

/// Whether `run` is of the operation `opref` and has these flags.
fn is_of(run: &Run, opref: &OpRef, flags: &IndexMap<String, Value>) -> bool {
    if run.opref().ok().flatten().as_ref() != Some(opref) {
        return false;
    }
    let own = match run.attr("flags") {
        Ok(Some(Value::Map(own))) => own,
        _ => Map::new(),
    };
    own.iter().count() == flags.len()
        && flags.iter().all(|(name, v)| own.get(name).is_some_and(|own| value::same(own, v)))
}
