//! Staged runs, and which of them are a queue's to start.

use guild_plugin_api::Value;
use guild_store::{PathError, Run, Status, Store};

/// The runs that are staged, in the order of their staging.
pub fn staged(store: &Store) -> Result<Vec<Run>, PathError> {
    let mut runs = store.runs()?;
    runs.retain(|run| run.status() == Status::Staged);
    runs.sort_by_key(Run::timestamp);
    Ok(runs)
}

/// The devices that a staged run asks for.
pub fn gpus(run: &Run) -> Option<String> {
    let params = run.attr("run_params").ok().flatten()?;
    match params.get("gpus")? {
        Value::Null => None,
        gpus => Some(guild_flags::value::text(gpus)).filter(|gpus| !gpus.is_empty()),
    }
}

/// The runs that are running, without queues.
pub fn running(store: &Store, but: &str) -> Result<Vec<Run>, PathError> {
    let is_queue = |run: &Run| {
        let opref = run.opref().ok().flatten().unwrap_or_default();
        opref.pkg_type == "builtin" && opref.op_name == crate::QUEUE
    };
    let mut runs = store.runs()?;
    runs.retain(|run| run.id() != but && run.status() == Status::Running && !is_queue(run));
    Ok(runs)
}
