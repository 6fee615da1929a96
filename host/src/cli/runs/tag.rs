//! `guild tag`: adds and takes away the tags of runs.

use guild_flags::{shell, value};
use guild_plugin_api::Value;
use guild_store::{Run, label};

use super::choose::{ChosenRuns, Question, change, check_incompatible, check_required, failed};
use super::label::label_of;
use crate::cli::refused;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// Add or remove run tags.
///
/// Tags are what the filter --tag goes by. A label that was made with tags stays as it is; use
/// --sync-labels to change it, too.
///
/// Without RUN, the latest run is changed; with --list-all, all runs are looked at.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// Associate TAG with specified runs. May be used multiple times.
    #[arg(short, long, value_name = "TAG", allow_hyphen_values = true)]
    add: Vec<String>,

    /// Delete TAG from specified runs. May be used multiple times.
    #[arg(short, long, value_name = "TAG", allow_hyphen_values = true)]
    delete: Vec<String>,

    /// Clear all tags associated with specified runs.
    #[arg(short, long)]
    clear: bool,

    /// Update run label by adding and deleting corresponding tag parts.
    #[arg(short, long)]
    sync_labels: bool,

    /// List all tags used for the specified runs.
    #[arg(long)]
    list_all: bool,

    /// Do not prompt before modifying tags.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let add = ("--add", !args.add.is_empty());
    let delete = ("--delete", !args.delete.is_empty());
    let clear = ("--clear", args.clear);
    let list_all = ("--list-all", args.list_all);
    check_required(session, &[add, delete, clear, list_all])?;
    check_incompatible(session, &[(add, list_all), (delete, list_all), (clear, list_all)])?;
    if args.list_all {
        let mut tags: Vec<String> = args.chosen.get(session, ":")?.iter().flat_map(tags).collect();
        tags.sort_unstable();
        tags.dedup();
        tags.iter().for_each(|tag| terminal::out(tag));
        return Ok(());
    }
    let runs = args.chosen.get(session, "1")?;
    if runs.is_empty() {
        terminal::err("No runs to modify.");
        return Ok(());
    }
    if !args.yes {
        let labels = if args.sync_labels {
            "Labels are updated to reflect the latest tags."
        } else {
            "Labels are not updated - use --sync-labels to apply changes run labels."
        };
        let preview = [
            ("You are about to modify tags for the following runs:".into(), false),
            (labels.into(), true),
        ];
        Question { preview: &preview, question: "Continue?", default: true }.ask(session, &runs)?;
    }
    let count = change(&runs, |run| modify(run, args))?;
    terminal::err(&format!("Modified tags for {count} run(s)"));
    Ok(())
}

fn modify(run: &Run, args: &Args) -> Result<()> {
    let old = tags(run);
    let gone = if args.clear { &old } else { &args.delete };
    let kept = old.iter().filter(|tag| !gone.contains(tag));
    let mut new: Vec<String> = kept.chain(&args.add).cloned().collect();
    new.sort_unstable();
    new.dedup();
    run.set_attr("tags", &new.into()).map_err(failed)?;
    if args.sync_labels {
        let label = synced(&label_of(run), gone, &args.add);
        run.set_attr("label", &label.into()).map_err(failed)?;
    }
    Ok(())
}

/// The run's tags; none where they cannot be read.
fn tags(run: &Run) -> Vec<String> {
    match run.attr("tags") {
        Ok(Some(Value::List(tags))) => tags.iter().map(value::text).collect(),
        Ok(Some(Value::Str(tag))) => vec![tag],
        Ok(_) => Vec::new(),
        Err(e) => {
            terminal::warning(&format!("Error reading tags for run {}: {e}", run.id()));
            Vec::new()
        }
    }
}

/// The label without the tags that are gone and with those that are new, in front.
fn synced(old: &str, gone: &[String], added: &[String]) -> String {
    let parts =
        shell::split(old).unwrap_or_else(|_| old.split_whitespace().map(String::from).collect());
    let rest = gone.iter().fold(old.to_string(), |rest, tag| label::without(&rest, tag));
    let new = added.iter().filter(|tag| !parts.contains(tag)).cloned();
    let all: Vec<String> = new.chain((!rest.is_empty()).then_some(rest)).collect();
    all.join(" ")
}
