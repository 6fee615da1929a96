//! `guild stop`: ends the processes of runs.

use std::thread;
use std::time::{Duration, Instant};

use guild_store::{Run, Status, select};

use super::choose::{Question, change};
use super::not_selected;
use crate::cli::filters::CommonFilterArgs;
use crate::cli::refused;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// How long a process has to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Stop one or more runs.
///
/// A run's process is asked to end, and those that it started. Only runs that are running are
/// stopped. Without RUN, all running runs that match the filters are stopped.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Runs: an ID, the start of one, a one-based index into the list of runs, or a range of such
    /// indexes as in 1:5.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    #[command(flatten)]
    filters: CommonFilterArgs,

    /// Do not prompt before stopping.
    #[arg(short, long)]
    yes: bool,

    /// Do not wait until the runs have stopped.
    #[arg(short, long)]
    no_wait: bool,

    /// Let batches and queues end what they run now, and start nothing more. Is not waited for.
    #[arg(long)]
    after_trial: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let all = session.index().runs().map_err(|e| Error::new(e.to_string()))?;
    let statuses: &[Status] = if args.runs.is_empty() { &[Status::Running] } else { &[] };
    let runs = args.filters.apply(session, all, statuses)?;
    let mut runs = select::select_once(&runs, &args.runs, ":")
        .map_err(|e| not_selected(&e, &session.command))?;
    runs.retain(|run| run.remote().is_none());
    if runs.is_empty() {
        terminal::err("Nothing to stop.");
        return Ok(());
    }
    if !args.yes {
        let preview = [("You are about to stop the following runs:".to_string(), true)];
        let question = format!("Stop {} run(s)?", runs.len());
        Question { preview: &preview, question: &question, default: false }.ask(session, &runs)?;
    }
    if args.after_trial {
        return change(&runs, stop_after_trial).map(|_| ());
    }
    let patience = if args.no_wait { Duration::ZERO } else { PATIENCE };
    change(&runs, |run| stop(run, patience)).map(|_| ())
}

/// Asks a batch, or a run that is like one, to start nothing more.
fn stop_after_trial(run: &Run) -> Result<()> {
    if run.status() != Status::Running {
        return Ok(());
    }
    let id = run.id();
    if !guild_store::batch::is_batch(run) {
        return Err(Error::new(format!("run {id} does not run others: it cannot end after one"))
            .hint("Leave --after-trial out to end it now."));
    }
    terminal::err(&format!("Stopping {id} once what it runs now has ended"));
    run.ask_stop().map_err(|e| Error::new(e.to_string()))
}

/// Asks the run's process to end and waits so long until its guild has written down how it did.
pub(super) fn stop(run: &Run, patience: Duration) -> Result<()> {
    if run.status() != Status::Running || run.remote().is_some() {
        return Ok(());
    }
    let Some(pid) = run.pid() else { return Ok(()) };
    terminal::err(&format!("Stopping {} (pid {pid})", run.id()));
    let end = Instant::now() + patience;
    guild_runner::terminate(pid);
    while !patience.is_zero() && run.status() == Status::Running {
        if Instant::now() > end {
            return Err(Error::new(format!("run {} does not stop (pid {pid})", run.id()))
                .hint("End its process and try again."));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// As [`stop`], with the time that a process has to end.
pub(super) fn stop_patiently(run: &Run) -> Result<()> {
    stop(run, PATIENCE)
}
