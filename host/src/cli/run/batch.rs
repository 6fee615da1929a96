//! When a run is a batch, and what is shown of its trials.

use std::fs;
use std::path::Path;

use guild_flags::command::OpCmd;
use guild_flags::{label, value};
use guild_plugin_api::Value;
use guild_store::format::json;
use guild_store::format::table::{self, Cell};
use guild_store::{Run, batch as layout};
use indexmap::IndexMap;

use super::Args;
use super::needed;
use super::origin::Origin;
use crate::error::{Error, Result};
use crate::op::{Kept, Operation, Resolved, flag_map};
use crate::run::{self, Action, Batch, Options};
use crate::session::Session;
use crate::terminal;

/// The batch that is asked for, if it is one: by the flags' values, batch files, an optimizer, or
/// the batch that is started again.
pub fn of(args: &Args, origin: &Origin, proto: &Operation) -> Result<Option<Batch>> {
    let kept = origin.batch();
    let asked = args.optimizer.is_some() || kept.is_some();
    let several = |v: &Value| matches!(v, Value::List(_)) || value::is_function(v);
    if !asked && proto.trials.is_none() && !proto.flags.values().any(several) {
        return Ok(None);
    }
    check_optimizer(args)?;
    check_values(proto)?;
    let attr = |name: &str| kept.and_then(|kept| kept.run.attr(name).ok().flatten());
    let param = |name: &str| match attr("run_params") {
        Some(Value::Map(params)) => params.get(name).is_some_and(value::is_true),
        _ => false,
    };
    let max_trials = match attr("max_trials") {
        Some(Value::Int(max)) => u64::try_from(max).ok(),
        _ => None,
    };
    let objective = match (&args.minimize, &args.maximize) {
        (Some(column), _) => column.clone(),
        (None, Some(column)) => format!("-{column}"),
        (None, None) => match attr("objective") {
            Some(Value::Str(objective)) => objective,
            _ => objective(&proto.resolved.op.objective),
        },
    };
    let batch = Batch {
        operation: grid_operation(args, kept),
        proto: proto.clone(),
        max_trials: args.max_trials.or(max_trials),
        objective,
        stage_trials: args.stage_trials || attr("stage_trials").is_some_and(|v| value::is_true(&v)),
        fail_on_trial_error: args.fail_on_trial_error || param("fail_on_trial_error"),
        comment: args.batch_comment.clone(),
    };
    if batch.count() == 0 {
        let empty = proto.flags.iter().find(|(_, v)| v.as_list().is_some_and(<[_]>::is_empty));
        let error = Error::new("there are no trials to run");
        return Err(match empty {
            Some((name, _)) => error.hint(format!("The list of values for '{name}' is empty.")),
            None => error.hint("The batch file is empty."),
        });
    }
    Ok(Some(batch))
}

/// Says what is ignored because the run is no batch; fails where it cannot be.
pub fn check_no_batch(args: &Args) -> Result<()> {
    for (option, given) in [("print", args.print_trials), ("save", args.save_trials.is_some())] {
        if given {
            return Err(Error::new(format!("cannot {option} trials for a non-batch operation")));
        }
    }
    if let Some(flag) = args.opt_flags.first() {
        return Err(Error::new(format!("invalid optimizer flag {flag}: no optimizer specified")));
    }
    if args.max_trials.is_some() {
        terminal::warning("not a batch run - ignoring --max-trials");
    }
    if args.batch_comment.is_some() {
        terminal::warning("operation is not a batch - ignoring batch comment");
    }
    Ok(())
}

fn check_optimizer(args: &Args) -> Result<()> {
    match args.optimizer.as_deref() {
        None | Some(layout::GRID) => {}
        Some(name) => {
            return Err(Error::new(format!("cannot find optimizer '{name}'"))
                .hint(format!("The one that is known is '{}': all combinations.", layout::GRID)));
        }
    }
    match args.opt_flags.first() {
        Some(flag) => Err(Error::new(format!("invalid optimizer flag {flag}"))
            .hint(format!("Optimizer '{}' has no flags.", layout::GRID))),
        None => Ok(()),
    }
}

/// A range has no trials of its own, and must not reach a script as text.
fn check_values(proto: &Operation) -> Result<()> {
    let trials = proto.trials.iter().flatten().flat_map(IndexMap::iter);
    for (name, value) in proto.flags.iter().chain(trials) {
        let items = value.as_list().unwrap_or(std::slice::from_ref(value));
        if let Some(range) = items.iter().find(|v| value::is_function(v)) {
            let range = range.as_str().unwrap_or_default();
            return Err(Error::new(format!("cannot make trials of {name}={range}: it is a range"))
                .hint(
                    "Give the values as a list, as in [1,2,3], or by range[START:END:STEP], \
                     linspace[START:END:COUNT] or logspace[START:END:COUNT].",
                ));
        }
    }
    Ok(())
}

/// What a search is to make small, from the operation's `objective`.
fn objective(defined: &Value) -> String {
    let column = |name: &str| defined.get(name).and_then(Value::as_str);
    match (defined, column("maximize"), column("minimize")) {
        (Value::Str(column), ..) => column.clone(),
        (_, Some(column), _) => format!("-{column}"),
        (_, None, Some(column)) => column.into(),
        _ => "loss".into(),
    }
}

/// The operation of a batch that runs all combinations, as Guild AI 0.9.0 has it.
fn grid_operation(args: &Args, kept: Option<&Kept>) -> Operation {
    let template = OpCmd {
        args: layout::GRID_COMMAND.map(Into::into).into(),
        env: [("NO_OP_INTERRUPTED_MSG".to_string(), Value::from("1"))].into(),
        flags_dest: "args".into(),
        ..OpCmd::default()
    };
    let given = label::label_template(args.batch_label.as_deref(), &args.batch_tags, None);
    let label_template = given.or_else(|| kept.and_then(Kept::label_template));
    let label = label::render_label(label_template.as_deref(), &IndexMap::new());
    let delete = kept.is_none_or(Kept::delete_on_success) && !args.keep_batch;
    Operation {
        resolved: Resolved {
            name: layout::GRID.into(),
            full_name: layout::GRID.into(),
            opref: layout::grid_opref(),
            ..Resolved::default()
        },
        template,
        label_template,
        label,
        tags: args.batch_tags.clone(),
        sourcecode_dest: ".".into(),
        delete_on_success: delete,
        kept: kept.cloned(),
        ..Operation::default()
    }
}

/// Does what is asked of a batch; gives what guild exits with.
pub fn main(
    session: &Session,
    args: &Args,
    origin: &Origin,
    batch: &Batch,
    options: &Options,
) -> Result<u8> {
    let seed = options
        .random_seed
        .or_else(|| kept_seed(origin))
        .unwrap_or_else(|| fastrand::i64(0..=1 << 32));
    let options = Options { random_seed: options.random_seed, ..options.clone() };
    if args.print_cmd {
        return print_commands(batch, seed).map(|()| 0);
    }
    if args.print_trials {
        print_trials(batch, seed);
        return Ok(0);
    }
    if let Some(path) = &args.save_trials {
        return save_trials(session, batch, path, seed).map(|()| 0);
    }
    let action = match origin {
        Origin::Restart(earlier) => Action::Start(earlier.run()),
        _ => Action::Run,
    };
    let question = || run::preview_batch(batch, action, args.stage, &session.cwd);
    if !args.yes && !terminal::confirm(&question(), true)? {
        return Ok(super::EXIT_REFUSED);
    }
    if args.needed && needed::is_batch_done(session, batch, origin.run())? {
        return Ok(0);
    }
    if args.stage || args.background || args.pidfile.is_some() {
        let run = batch.stage(session, &options)?;
        return super::staged(session, args, &batch.operation, &run);
    }
    batch.run(session, &options)
}

fn kept_seed(origin: &Origin) -> Option<i64> {
    origin.batch().and_then(|kept| kept.run.int_attr("random_seed").ok().flatten())
}

fn print_commands(batch: &Batch, seed: i64) -> Result<()> {
    for flags in batch.trials(seed) {
        let mut trial = batch.proto.clone();
        trial.set_flags(flags)?;
        super::print_cmd(&trial);
    }
    Ok(())
}

/// The names of all flags, sorted, and the trials.
fn trials(batch: &Batch, seed: i64) -> (Vec<String>, Vec<IndexMap<String, Value>>) {
    let trials: Vec<_> = batch.trials(seed).collect();
    let mut names: Vec<String> = trials.iter().flat_map(IndexMap::keys).cloned().collect();
    names.sort();
    names.dedup();
    (names, trials)
}

fn print_trials(batch: &Batch, seed: i64) {
    let (names, trials) = trials(batch, seed);
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
}

fn save_trials(session: &Session, batch: &Batch, path: &Path, seed: i64) -> Result<()> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let (names, trials) = trials(batch, seed);
    let text = match ending.as_deref() {
        Some("json") => {
            let sorted = |trial: &IndexMap<String, Value>| {
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
            let row = |trial: &IndexMap<String, Value>| {
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
    terminal::out(&format!("Saving trials to {}", path.display()));
    fs::write(&path, text).map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))
}

fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.into()
}

/// The run of a batch that `run` is, with the prototype's own reading.
pub fn is_like(run: &Run, batch: &Batch) -> bool {
    let Some(proto) = run.proto() else { return false };
    let same_op = |run: &Run, op: &Operation| {
        run.opref().ok().flatten().as_ref() == Some(&op.resolved.opref)
            && run::has_flags(run, &op.flags)
    };
    same_op(run, &batch.operation) && same_op(&proto, &batch.proto)
}
