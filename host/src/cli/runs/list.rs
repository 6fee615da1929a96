//! `guild runs list`: the runs, newest first.

use std::path::{Path, PathBuf};

use guild_store::archive::Archive;
use guild_store::format::Context;
use guild_store::format::list::{self, Columns};

use super::filtered;
use crate::cli::filters::FilterArgs;
use crate::error::{Error, Result};
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

    /// Show archived runs in PATH.
    #[arg(short = 'A', long, value_name = "PATH")]
    archive: Option<PathBuf>,

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
    // A zip file's runs can be read as long as this lives.
    let archive = args.archive.as_ref().map(|path| open_archive(session, path)).transpose()?;
    let runs = match &archive {
        Some(_) if args.deleted => {
            return Err(Error::new("--archive and --deleted cannot both be specified")
                .hint("Try 'guild runs list --help' for more information."));
        }
        Some(archive) => {
            let runs = archive.runs().map_err(|e| Error::new(e.to_string()))?;
            args.filters.filters()?.apply(runs)
        }
        None => filtered(session, &args.filters, args.deleted)?,
    };
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

fn open_archive(session: &Session, path: &Path) -> Result<Archive> {
    let full = session.cwd.join(path);
    if !full.exists() {
        return Err(Error::new(format!("{} does not exist", path.display())));
    }
    Archive::open(&full).map_err(|e| Error::new(e.to_string()))
}
