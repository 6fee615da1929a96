//! `guild mark`: marks runs, which are then preferred where an operation needs one.

use super::choose::{ChosenRuns, Question, change, failed};
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// Mark a run.
///
/// Where an operation needs a run of another, a marked run is used rather than the latest. Use
/// --clear to take marks away.
///
/// Without RUN, the latest unmarked run is marked, and all marked runs are cleared.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// Clear the run's selected designation.
    #[arg(short, long)]
    clear: bool,

    /// Do not prompt before modifying runs.
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command.
pub fn main(session: &Session, mut args: Args) -> Result<()> {
    if args.chosen.runs.is_empty() {
        if args.clear {
            args.chosen.filters.only_marked();
        } else if !args.chosen.filters.wants_marked() {
            args.chosen.filters.only_unmarked();
        }
    }
    let (verb, done) = if args.clear { ("unmark", "Unmarked") } else { ("mark", "Marked") };
    let runs = args.chosen.get(session, if args.clear { ":" } else { "1" })?;
    if runs.is_empty() {
        terminal::err(&format!("No runs to {verb}."));
        return Ok(());
    }
    if !args.yes {
        let preview = [(format!("You are about to {verb} the following runs:"), false)];
        Question { preview: &preview, question: "Continue?", default: true }.ask(session, &runs)?;
    }
    let count = change(&runs, |run| {
        match args.clear {
            true => run.del_attr("marked"),
            false => run.set_attr("marked", &true.into()),
        }
        .map_err(failed)
    })?;
    terminal::err(&format!("{done} {count} run(s)"));
    Ok(())
}
