//! `guild runs restore`: brings deleted runs back.

use guild_store::format::confirm::Action;

use super::choose::{ChosenRuns, Question, change, failed};
use crate::cli::refused;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// Restore one or more deleted runs.
///
/// Use guild runs list --deleted for a list of runs that can be restored. Without RUN, all deleted
/// runs that match the filters are restored.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// Do not prompt before restoring.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let store = session.store();
    in_trash(session, &args.chosen, args.yes, Action::Restore, |run| {
        if let Some(displaced) = store.restore(run).map_err(failed)? {
            terminal::warning(&displaced.to_string());
        }
        Ok(())
    })
}

/// Does something to deleted runs.
pub(super) fn in_trash(
    session: &Session,
    chosen: &ChosenRuns,
    yes: bool,
    action: Action,
    apply: impl Fn(&guild_store::Run) -> Result<()>,
) -> Result<()> {
    let runs = chosen.get_deleted(session, ":")?;
    if runs.is_empty() {
        terminal::err(action.nothing());
        return Ok(());
    }
    if !yes {
        let question = action.question(runs.len());
        let preview = [(action.preview().to_string(), action.is_warning())];
        let default = action.default_answer();
        Question { preview: &preview, question: &question, default }.ask(session, &runs)?;
    }
    let count = change(&runs, apply)?;
    terminal::err(&action.done(count));
    Ok(())
}
