//! The runs of a batch's trials.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use guild_flags::value;
use guild_plugin_api::{Map, Value};
use guild_store::{Run, Store};
use indexmap::IndexMap;

use super::super::failed;
use crate::error::{Error, Result};
use crate::op::{Operation, flag_map};

/// Attributes of a prototype that a trial has from somewhere else, and does not have.
const OWN: [&str; 7] = ["cmd", "flags", "id", "initialized", "label", "trials", "user_flags"];

/// Makes the run of a trial, a copy of the batch's prototype with other flags. It is `PENDING` and
/// linked to from the batch's folder before anything else is in it.
pub fn init(store: &Store, batch: &Run, operation: &Operation) -> Result<Run> {
    let run = store.new_run().map_err(failed)?;
    run.set_pending().map_err(failed)?;
    link(batch, &run).map_err(|e| Error::new(format!("cannot link trial {}: {e}", run.id())))?;
    let proto = batch.guild_path("proto");
    let cannot = |e: io::Error| Error::new(format!("cannot copy {}: {e}", proto.display()));
    copy(&proto, run.dir(), true).map_err(cannot)?;
    run.set_attr("cmd", &operation.args.clone().into()).map_err(failed)?;
    run.set_attr("flags", &flag_map(&operation.flags).into()).map_err(failed)?;
    run.set_attr("label", &operation.label.as_str().into()).map_err(failed)?;
    run.set_attr("user_flags", &Value::Map(Map::new())).map_err(failed)?;
    run.set_started().map_err(failed)?;
    // From here on it is listed.
    run.write_opref(&operation.resolved.opref).map_err(failed)?;
    Ok(run)
}

/// A link in the batch's folder, relative as in Guild AI 0.9.0, so that a home can be moved.
fn link(batch: &Run, trial: &Run) -> io::Result<()> {
    let beside = trial.dir().parent() == batch.dir().parent();
    let target = if beside { Path::new("..").join(trial.id()) } else { trial.dir().to_path_buf() };
    symlink(target, batch.dir().join(trial.id()))
}

fn copy(from: &Path, to: &Path, top: bool) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        let dest = to.join(&name);
        let kind = entry.file_type()?;
        let attrs = from.ends_with(".guild/attrs") && to.ends_with(".guild/attrs");
        if attrs && OWN.contains(&&*text) {
            continue;
        }
        if kind.is_dir() {
            if top && text == ".guild" {
                copy(&entry.path().join("attrs"), &dest.join("attrs"), false)?;
                fs::copy(entry.path().join("manifest"), dest.join("manifest"))?;
            } else {
                copy(&entry.path(), &dest, false)?;
            }
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, dest)?;
        } else {
            fs::copy(entry.path(), dest)?;
        }
    }
    Ok(())
}

/// The trials that a batch has already, the oldest first.
pub fn of_batch(batch: &Run) -> Vec<Run> {
    let links = fs::read_dir(batch.dir()).into_iter().flatten().flatten();
    let mut runs: Vec<Run> = links
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()))
        .filter_map(|entry| fs::canonicalize(entry.path()).ok())
        .map(Run::at)
        .filter(|run| run.guild_path("opref").exists())
        .collect();
    runs.sort_by_cached_key(|run| (run.timestamp(), run.id().to_string()));
    runs
}

/// Whether `run` has exactly these flags.
pub fn has_flags(run: &Run, flags: &IndexMap<String, Value>) -> bool {
    let own = match run.attr("flags") {
        Ok(Some(Value::Map(own))) => own,
        _ => Map::new(),
    };
    own.iter().count() == flags.len()
        && flags.iter().all(|(name, v)| own.get(name).is_some_and(|own| value::same(own, v)))
}
