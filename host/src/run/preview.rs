//! What the user is asked before a run.

use std::path::Path;

use guild_flags::value;
use guild_plugin_api::Value;
use guild_plugin_api::model::Flags;
use guild_store::Run;
use indexmap::IndexMap;

use super::batch::Batch;
use crate::op::Operation;

/// What is about to happen.
#[derive(Clone, Copy, Debug)]
pub enum Action<'a> {
    /// A new run.
    Run,
    /// A run that is there already starts.
    Start(&'a Run),
}

/// The question, in Guild AI 0.9.0's words: the operation, then each flag on a line.
pub fn preview(operation: &Operation, action: Action, stage: bool, cwd: &Path) -> String {
    let subject = operation.resolved.opref.to_opspec(Some(cwd));
    let verb = match action {
        _ if stage => "stage",
        Action::Run => "run",
        Action::Start(_) => "start",
    };
    let subject = match action {
        Action::Start(run) => format!("{} ({subject})", run.id()),
        _ => subject,
    };
    let flags = flag_lines(&operation.flags, &operation.resolved.op.flags);
    format!("You are about to {verb} {subject}\n{flags}Continue?")
}

/// The question before a batch: how many trials there will be, then the flags.
pub fn preview_batch(batch: &Batch, action: Action, stage: bool, cwd: &Path) -> String {
    let proto = &batch.proto;
    let op = proto.resolved.opref.to_opspec(Some(cwd));
    let verb = match action {
        _ if stage => "stage",
        _ if batch.stage_trials => "stage trials for",
        Action::Run => "run",
        Action::Start(_) => "start",
    };
    let subject = match action {
        Action::Start(run) => format!("{} ({op})", run.id()),
        Action::Run => op,
    };
    let trials = match batch.count() {
        1 if batch.optimizer.is_none() => "1 trial".to_string(),
        n => format!("{n} trials"),
    };
    let how = match &batch.optimizer {
        None if batch.program => {
            let name = batch.operation.resolved.opref.to_opspec(Some(cwd));
            let trials = batch.max_trials.map(|max| format!(" ({max} trials)")).unwrap_or_default();
            format!("with {name} optimizer{trials}")
        }
        None => format!("as a batch ({trials})"),
        Some(optimizer) => {
            let name = optimizer.full_name();
            let title = optimizer.def.title.clone().unwrap_or_else(|| format!("{name} optimizer"));
            let objective = match batch.objective.strip_prefix('-') {
                _ if !optimizer.def.sequential => String::new(),
                Some(column) => format!(", maximize {column}"),
                None => format!(", minimize {}", batch.objective),
            };
            format!("with {title} ({trials}{objective})")
        }
    };
    let note = match &proto.trials {
        Some(_) if !proto.flags.is_empty() => " (flags below used unless specified in batch trial)",
        _ => "",
    };
    let flags = flag_lines(&proto.flags, &proto.resolved.op.flags);
    let own = match &batch.operation {
        own if own.flags.is_empty() => String::new(),
        own => {
            let lines = flag_lines(&own.flags, &own.resolved.op.flags);
            format!("Optimizer flags:\n{lines}")
        }
    };
    format!("You are about to {verb} {subject} {how}{note}\n{flags}{own}Continue?")
}

/// Each flag on a line.
fn flag_lines(flags: &IndexMap<String, Value>, defs: &Flags) -> String {
    let mut text = String::new();
    for (name, flag) in flags {
        let label = defs.get(name).map(|def| &def.null_label);
        let shown = match (flag, label) {
            (Value::Null, Some(label)) if !label.is_null() => value::encode(label),
            (Value::Null, _) => "default".into(),
            (Value::Str(function), _) if value::is_function(flag) => function.clone(),
            _ => value::encode(flag),
        };
        text.push_str(&format!("  {name}: {shown}\n"));
    }
    text
}
