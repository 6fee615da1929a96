//! `guild label`: sets and changes the labels of runs.

use guild_flags::label::render_label;
use guild_flags::value;
use guild_plugin_api::Value;
use guild_store::{Run, label};
use indexmap::IndexMap;

use super::choose::{ChosenRuns, Question, change, check_incompatible, check_required, failed};
use crate::cli::refused;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// Set run labels.
///
/// Use --set to replace the whole label, --append and --prepend to add to it, --remove to take a
/// part of it away and --clear to take all of it away. In what is set or added, ${NAME} is the value
/// of flag NAME and ${label} the label as it is.
///
/// Without RUN, the latest run is labeled.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// Set VAL as label.
    #[arg(short, long, value_name = "VAL", allow_hyphen_values = true)]
    set: Option<String>,

    /// Prepend VAL to existing label.
    #[arg(short, long, value_name = "VAL", allow_hyphen_values = true)]
    prepend: Option<String>,

    /// Append VAL to existing label.
    #[arg(short, long, value_name = "VAL", allow_hyphen_values = true)]
    append: Option<String>,

    /// Remove VAL from existing label. May be used multiple times (-rm).
    #[arg(long, value_name = "VAL", allow_hyphen_values = true)]
    remove: Vec<String>,

    /// Clear the entire run label.
    #[arg(short, long)]
    clear: bool,

    /// Do not prompt before modifying labels.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

enum Action<'a> {
    Set(&'a str),
    Prepend(&'a str),
    Append(&'a str),
    Remove(&'a [String]),
    Clear,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let action = action(session, args)?;
    let runs = args.chosen.get(session, "1")?;
    if runs.is_empty() {
        terminal::err("No runs to modify.");
        return Ok(());
    }
    if !args.yes {
        let preview = [(preview(&action), false)];
        Question { preview: &preview, question: "Continue?", default: true }.ask(session, &runs)?;
    }
    let count = change(&runs, |run| {
        match new_label(run, &action) {
            Some(label) => run.set_attr("label", &label.trim().into()),
            None => run.del_attr("label"),
        }
        .map_err(failed)
    })?;
    terminal::err(&match action {
        Action::Clear => format!("Cleared label for {count} run(s)"),
        _ => format!("Labeled {count} run(s)"),
    });
    Ok(())
}

fn action<'a>(session: &Session, args: &'a Args) -> Result<Action<'a>> {
    let text = |option: &'a Option<String>| option.as_deref().filter(|v| !v.is_empty());
    let set = ("--set", text(&args.set).is_some());
    let prepend = ("--prepend", text(&args.prepend).is_some());
    let append = ("--append", text(&args.append).is_some());
    let remove = ("--remove", !args.remove.is_empty());
    let clear = ("--clear", args.clear);
    check_required(session, &[set, append, prepend, remove, clear])?;
    let pairs = [
        (set, append),
        (set, prepend),
        (set, remove),
        (set, clear),
        (append, prepend),
        (append, clear),
        (append, remove),
        (prepend, clear),
        (prepend, remove),
    ];
    check_incompatible(session, &pairs)?;
    Ok(match (text(&args.set), text(&args.prepend), text(&args.append)) {
        (Some(label), _, _) => Action::Set(label),
        (_, Some(label), _) => Action::Prepend(label),
        (_, _, Some(label)) => Action::Append(label),
        _ if args.clear => Action::Clear,
        _ => Action::Remove(&args.remove),
    })
}

fn preview(action: &Action) -> String {
    let what = match action {
        Action::Set(label) => {
            return format!("You are about to label the following runs with '{label}':");
        }
        Action::Prepend(label) => format!("prepend '{label}' to"),
        Action::Append(label) => format!("append '{label}' to"),
        Action::Remove(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| format!("'{part}'")).collect();
            format!("remove {} from", parts.join(", "))
        }
        Action::Clear => "clear".into(),
    };
    format!("You are about to {what} the label of the following runs:")
}

/// The label that the run is to have; none when it is to have none.
fn new_label(run: &Run, action: &Action) -> Option<String> {
    let old = label_of(run);
    Some(match action {
        Action::Set(template) => rendered(template, run, &old),
        Action::Prepend(template) => format!("{} {old}", rendered(template, run, &old)),
        Action::Append(template) => format!("{old} {}", rendered(template, run, &old)),
        Action::Remove(parts) => parts.iter().fold(old, |rest, part| label::without(&rest, part)),
        Action::Clear => return None,
    })
}

/// The run's label; empty where there is none that can be read.
pub fn label_of(run: &Run) -> String {
    match run.attr("label") {
        Ok(Some(Value::Null) | None) | Err(_) => String::new(),
        Ok(Some(label)) => value::text(&label),
    }
}

fn rendered(template: &str, run: &Run, old: &str) -> String {
    let flags = run.attr("flags").ok().flatten().unwrap_or_default();
    let flags = flags.as_map().into_iter().flatten();
    let mut values: IndexMap<String, Value> =
        flags.map(|(name, value)| (value::text(name), value.clone())).collect();
    values.insert("label".into(), old.into());
    render_label(Some(template), &values).trim().to_string()
}
