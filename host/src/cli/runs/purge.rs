//! `guild runs purge`: deletes for good what is in the trash.

use guild_store::format::confirm::Action;

use super::choose::{ChosenRuns, failed};
use super::restore::in_trash;
use crate::cli::refused;
use crate::error::Result;
use crate::session::Session;

/// Permanently delete one or more deleted runs.
///
/// Purged runs cannot be restored. Use guild runs list --deleted for a list of runs that can be
/// purged. Without RUN, all deleted runs that match the filters are purged.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// Do not prompt before purging.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let store = session.store();
    let purge = |run: &guild_store::Run| store.purge(run).map_err(failed);
    in_trash(session, &args.chosen, args.yes, Action::Purge, purge)
}
