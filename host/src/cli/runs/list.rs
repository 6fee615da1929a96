//! `guild runs list`: the runs, newest first.

use guild_store::format::Context;
use guild_store::format::list::{self, Columns};

use super::filtered;
use crate::cli::filters::FilterArgs;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// List runs.
///
/// By default, the last 20 runs are shown. Use -a, --all to show all runs, or -m to show 20 more
/// runs. You may use -m multiple times.
#[derive(Debug, Default, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Show all runs (by default only the last 20 runs are shown).
    #[arg(short, long)]
    all: bool,

    /// Show 20 more runs. Maybe used multiple times.
    #[arg(short, long, action = clap::ArgAction::Count)]
    more: u8,

    /// Limit number of runs shown.
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,

    /// Show deleted runs.
    #[arg(short, long)]
    deleted: bool,

    /// Format runs as JSON.
    #[arg(long)]
    json: bool,

    /// Show run details.
    #[arg(short, long)]
    verbose: bool,

    /// Show a simplified list.
    #[arg(short, long)]
    simplified: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let runs = filtered(session, &args.filters, args.deleted)?;
    let limit = list::Limit { all: args.all, limit: args.limit, more: args.more.into() };
    let (shown, note) = limit.apply(&runs);
    if args.json {
        terminal::out(&list::to_json(shown));
        return Ok(());
    }
    if let Some(note) = note {
        terminal::note(&note);
    }
    let context = Context::of_process(&session.cwd);
    let columns = if args.simplified { Columns::Simplified } else { Columns::Full };
    terminal::print(&list::text(shown, columns, args.verbose, terminal::screen(), &context));
    Ok(())
}
