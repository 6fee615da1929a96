//! `guild runs list`: the runs, newest first.

use std::path::{Path, PathBuf};

use guild_flags::nearest_path;
use guild_index::Latest;
use guild_store::Run;
use guild_store::archive::Archive;
use guild_store::format::Context;
use guild_store::format::list::{self, Columns};

use super::choose::check_incompatible;
use super::{comments, filtered, latest};
use crate::cli::filters::FilterArgs;
use crate::cli::refused;
use crate::error::{Error, Result};
use crate::progress::Activity;
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
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,

    /// Show deleted runs.
    #[arg(short, long)]
    deleted: bool,

    /// Show archived runs in PATH.
    #[arg(short = 'A', long, value_name = "PATH")]
    archive: Option<PathBuf>,
    /// Show run comments.
    #[arg(short, long)]
    comments: bool,

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

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let comments = ("--comments", args.comments);
    let json = ("--json", args.json);
    let verbose = ("--verbose", args.verbose);
    let limited = args.limit.is_some();
    let pairs = [
        (comments, verbose),
        (comments, json),
        (json, verbose),
        (("--archive", args.archive.is_some()), ("--deleted", args.deleted)),
        (("--all", args.all), ("--limit", limited)),
    ];
    check_incompatible(session, &pairs)?;
    let limit = args.limit.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let limit = list::Limit { all: args.all || args.json, limit, more: args.more.into() };
    // A zip file's runs can be read as long as this lives.
    let archive;
    let all = |runs: Vec<Run>| Latest { total: runs.len(), runs };
    let Latest { mut runs, total } = match &args.archive {
        Some(path) => {
            let _activity = Activity::start("Reading archive");
            archive = open_archive(session, path)?;
            let runs = archive.runs().map_err(|e| Error::new(e.to_string()))?;
            all(args.filters.apply(session, runs)?)
        }
        None if args.deleted => all(filtered(session, &args.filters, true)?),
        None => latest(session, &args.filters, limit.most())?,
    };
    if args.json {
        if limited || args.more > 0 || args.all {
            terminal::note("--json option always shows all runs");
        }
        terminal::out(&list::to_json(&runs));
        return Ok(());
    }
    let (count, note) = limit.apply(total);
    if let Some(note) = note {
        terminal::note(&note);
    }
    let shown = &mut runs[..count];
    session.index().note_all(shown);
    let shown = &*shown;
    let context = Context::of_process(&session.cwd);
    let columns = if args.simplified { Columns::Simplified } else { Columns::Full };
    let screen = terminal::screen();
    if args.comments {
        for (run, line) in shown.iter().zip(list::lines(shown, columns, screen, &context)) {
            terminal::print(&format!("{line}\n{}", comments::indented(run, &context)));
        }
        return Ok(());
    }
    terminal::print(&list::text(shown, columns, args.verbose, screen, &context));
    Ok(())
}

fn open_archive(session: &Session, path: &Path) -> Result<Archive> {
    let full = session.cwd.join(path);
    if !full.exists() {
        return Err(Error::new(format!("{} does not exist", path.display()))
            .did_you_mean(nearest_path(&session.cwd, path)));
    }
    Archive::open(&full).map_err(|e| Error::new(e.to_string()))
}
