//! `guild runs delete`, `guild runs rm`.

use guild_store::format::confirm::{self, Action};
use guild_store::{Run, Status};

use super::choose::{ChosenRuns, Question, agreed, change, failed};
use super::stop;
use crate::cli::refused;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// Delete one or more runs.
///
/// Without RUN, all runs that match the filters are deleted.
///
/// A run that is still running is stopped first. Deleted runs are kept in the trash unless
/// --permanent is used: guild runs restore brings them back.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// Permanently delete runs so they cannot be recovered.
    #[arg(short, long)]
    permanent: bool,

    /// Do not prompt before deleting.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let action = if args.permanent { Action::DeletePermanently } else { Action::Delete };
    let runs = args.chosen.get(session, ":")?;
    if runs.is_empty() {
        terminal::err(action.nothing());
        return Ok(());
    }
    if !args.yes {
        ask(session, action, &runs)?;
    }
    let store = session.store();
    let count = change(&runs, |run| {
        // It is not deleted when it does not stop.
        stop::stop_patiently(run)?;
        if args.permanent {
            return store.delete_permanently(run).map_err(failed);
        }
        if let Some(displaced) = store.delete(run).map_err(failed)? {
            terminal::warning(&displaced.to_string());
        }
        Ok(())
    })?;
    terminal::err(&action.done(count));
    Ok(())
}

fn ask(session: &Session, action: Action, runs: &[Run]) -> Result<()> {
    let preview = [(action.preview().to_string(), action.is_warning())];
    let question = action.question(runs.len());
    let default = action.default_answer();
    Question { preview: &preview, question: &question, default }.ask(session, runs)?;
    if runs.iter().any(|r| r.status() == Status::Running && r.remote().is_none()) {
        terminal::caution(confirm::STILL_RUNNING);
        agreed(confirm::REALLY_DELETE, false)?;
    }
    Ok(())
}
