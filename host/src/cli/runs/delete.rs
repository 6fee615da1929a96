//! `guild runs delete`, `guild runs rm`.

use std::thread;
use std::time::{Duration, Instant};

use guild_store::format::Context;
use guild_store::format::confirm::{self, Action};
use guild_store::format::list::{self, Columns};
use guild_store::{Run, Status, Store, select};

use super::{filtered, not_selected};
use crate::cli::filters::FilterArgs;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// What a refused question exits with, as in Guild AI 0.9.0.
const EXIT_ABORTED: u8 = 4;
/// How long a process has to end when its run is deleted.
const PATIENCE: Duration = Duration::from_secs(30);

/// Delete one or more runs.
///
/// RUN is a run ID, the start of one, a one-based index into the list of runs, or a range of such
/// indexes as in 1:5. Without RUN arguments, all runs that match the filters are deleted.
///
/// A run that is still running is stopped first. Deleted runs are kept in the trash unless
/// --permanent is used.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runs to delete.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    /// Permanentaly delete runs so they cannot be restored.
    #[arg(short, long)]
    permanent: bool,

    /// Do not prompt before deleting.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let action = if args.permanent { Action::DeletePermanently } else { Action::Delete };
    let runs = filtered(session, &args.filters, false)?;
    let selected = select::select_once(&runs, &args.runs, ":")
        .map_err(|e| not_selected(&e, "guild runs rm"))?;
    if selected.is_empty() {
        terminal::err(action.nothing());
        return Ok(());
    }
    if !args.yes {
        ask(session, action, &selected)?;
    }
    let running = |r: &&Run| r.status() == Status::Running && r.remote().is_none();
    for run in selected.iter().filter(running) {
        stop(run)?;
    }
    delete(&session.store(), &selected, args.permanent)?;
    terminal::err(&action.done(selected.len()));
    Ok(())
}

fn ask(session: &Session, action: Action, selected: &[Run]) -> Result<()> {
    terminal::err(action.preview());
    let context = Context::of_process(&session.cwd);
    let table = list::text(selected, Columns::Preview, false, terminal::screen(), &context);
    terminal::err(table.trim_end_matches('\n'));
    let sure = |question: &str, default| match terminal::confirm(question, default)? {
        true => Ok(()),
        false => Err(Error::silent(EXIT_ABORTED)),
    };
    sure(&action.question(selected.len()), action.default_answer())?;
    if selected.iter().any(|r| r.status() == Status::Running) {
        terminal::err(confirm::STILL_RUNNING);
        sure(confirm::REALLY_DELETE, false)?;
    }
    Ok(())
}

fn delete(store: &Store, selected: &[Run], permanent: bool) -> Result<()> {
    for run in selected {
        let failed = |e: guild_store::PathError| Error::new(e.to_string());
        if permanent {
            store.delete_permanently(run).map_err(failed)?;
        } else if let Some(displaced) = store.delete(run).map_err(failed)? {
            terminal::warning(&displaced.to_string());
        }
    }
    Ok(())
}

/// Asks the run's process to end and waits until its guild has written down how it did.
fn stop(run: &Run) -> Result<()> {
    let Some(pid) = run.pid() else { return Ok(()) };
    terminal::err(&format!("Stopping {} (pid {pid})", run.id()));
    let end = Instant::now() + PATIENCE;
    guild_runner::terminate(pid);
    while run.status() == Status::Running {
        if Instant::now() > end {
            return Err(Error::new(format!("run {} does not stop (pid {pid})", run.id()))
                .hint("It was not deleted. End its process and try again."));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
