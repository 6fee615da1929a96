//! What is shown of a batch's trials without running them.

use std::fs;
use std::path::Path;

use guild_flags::value;
use guild_plugin_api::Value;
use guild_store::format::json;
use guild_store::format::table::{self, Cell};
use guild_store::{home, paths};
use indexmap::IndexMap;

use super::Args;
use crate::error::{Error, Result};
use crate::op::flag_map;
use crate::run::Batch;
use crate::session::Session;
use crate::terminal;

type FlagValues = IndexMap<String, Value>;

/// Shows or saves the trials, or their commands, if that is asked; whether it is.
pub fn show(session: &Session, args: &Args, batch: &Batch, seed: i64) -> Result<bool> {
    let known = !batch.program && batch.optimizer.as_ref().is_none_or(|o| !o.def.sequential);
    let check = |what: &str| match known {
        true => Ok(()),
        false => Err(Error::new(format!("optimizer does not support {what}"))
            .hint("What it tries depends on the trials before.")),
    };
    if args.print_cmd {
        check("printing trials command")?;
        print_commands(session, batch, seed)?;
    } else if args.print_trials {
        check("printing trials")?;
        print_trials(session, batch, seed)?;
    } else if let Some(path) = &args.save_trials {
        check("saving trials")?;
        save_trials(session, batch, path, seed)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn print_commands(session: &Session, batch: &Batch, seed: i64) -> Result<()> {
    let mut trial = batch.trial();
    for flags in batch.trials(session, seed)? {
        trial.set_flags(flags?)?;
        super::print_cmd(&trial);
    }
    Ok(())
}

/// The names of all flags, sorted, and the trials.
fn trials(session: &Session, batch: &Batch, seed: i64) -> Result<(Vec<String>, Vec<FlagValues>)> {
    let trials = batch.trials(session, seed)?.collect::<Result<Vec<_>>>()?;
    let mut names: Vec<String> = trials.iter().flat_map(IndexMap::keys).cloned().collect();
    names.sort();
    names.dedup();
    Ok((names, trials))
}

fn print_trials(session: &Session, batch: &Batch, seed: i64) -> Result<()> {
    let (names, trials) = trials(session, batch, seed)?;
    let head = ["#".to_string()].into_iter().chain(names.iter().cloned());
    let mut rows: Vec<Vec<Cell>> = vec![head.map(Cell::from).collect()];
    for (i, flags) in trials.iter().enumerate() {
        let values = names.iter().map(|name| flags.get(name).map(value::encode));
        let number = [(i + 1).to_string()].into_iter();
        rows.push(number.chain(values.map(Option::unwrap_or_default)).map(Cell::from).collect());
    }
    for line in table::lines(&rows, 0, terminal::screen()) {
        terminal::out(line.trim_end());
    }
    Ok(())
}

fn save_trials(session: &Session, batch: &Batch, path: &Path, seed: i64) -> Result<()> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let (names, trials) = trials(session, batch, seed)?;
    let text = match ending.as_deref() {
        Some("json") => {
            let sorted = |trial: &FlagValues| {
                let mut trial = trial.clone();
                trial.sort_keys();
                Value::Map(flag_map(&trial))
            };
            json::encode(&Value::List(trials.iter().map(sorted).collect()))
        }
        None | Some("csv") => {
            let line = |cells: Vec<String>| {
                cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",") + "\n"
            };
            let row = |trial: &FlagValues| {
                names.iter().map(|n| trial.get(n).map(value::encode).unwrap_or_default()).collect()
            };
            line(names.clone()) + &trials.iter().map(|t| line(row(t))).collect::<String>()
        }
        Some(_) => {
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            return Err(Error::new(format!(
                "Unsupported extension '.{ending}' - use '.csv', '.json', or no extension"
            )));
        }
    };
    let path = session.cwd.join(guild_flags::path::expand_user(&path.display().to_string()));
    let shown = paths::with_tilde(&path, &home::user_home());
    terminal::out(&format!("Saving trials to {shown}"));
    fs::write(&path, text).map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))
}

fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.into()
}
