//! `guild runs`: show and manage runs.

mod delete;
pub(super) mod diff;
pub(super) mod export;
pub(super) mod import;
mod info;
mod list;
mod transfer;

use clap::Subcommand;
use guild_store::{Run, select};

use super::filters::FilterArgs;
use crate::error::{Error, Result};
use crate::session::Session;

/// Show or manage runs.
///
/// Without a command, runs are listed.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    list: list::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Info(info::Args),
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
    Diff(diff::Args),
    Export(export::Args),
    Import(import::Args),
}

/// Runs the command.
pub fn main(session: &Session, args: Args) -> Result<()> {
    match args.command {
        None => list::main(session, &args.list),
        Some(Command::List(args)) => list::main(session, &args),
        Some(Command::Info(args)) => info::main(session, &args),
        Some(Command::Delete(args)) => delete::main(session, &args),
        Some(Command::Diff(args)) => diff::main(session, &args),
        Some(Command::Export(args)) => export::main(session, &args),
        Some(Command::Import(args)) => import::main(session, &args),
    }
}

/// The runs that pass the filters, newest first; deleted ones on request.
fn filtered(session: &Session, filters: &FilterArgs, deleted: bool) -> Result<Vec<Run>> {
    let filters = filters.filters()?;
    let store = session.store();
    let runs = if deleted { store.deleted_runs() } else { store.runs() };
    Ok(filters.apply(runs.map_err(|e| Error::new(e.to_string()))?))
}

/// The run that `spec` means, or the latest, of those that pass the filters. `command` is named
/// where there is none.
pub(super) fn one_run(
    session: &Session,
    filters: &FilterArgs,
    spec: Option<&str>,
    command: &str,
) -> Result<Run> {
    let runs = filtered(session, filters, false)?;
    select::select_one(&runs, spec).map_err(|e| not_selected(&e, command))
}

/// An error about a run that was asked for, with where to look.
fn not_selected(e: &guild_store::select::SelectError, command: &str) -> Error {
    let text = e.message(Some(command));
    let mut lines = text.lines();
    let first = Error::new(lines.next().unwrap_or_default());
    lines.fold(first, Error::hint)
}
