//! `guild import`: runs from a folder or a zip file.

use std::path::PathBuf;

use guild_flags::nearest_path;
use guild_store::archive::{self, Archive, Links, folder};
use guild_store::{Run, select};

use super::transfer::Telling;
use super::{not_selected, transfer};
use crate::cli::filters::FilterArgs;
use crate::error::{Error, Result};
use crate::progress::Activity;
use crate::session::Session;
use crate::terminal;

/// Import one or more runs from ARCHIVE.
///
/// ARCHIVE is a directory or a zip file that runs were exported to. Runs that are there already are
/// left alone. Without RUN arguments, all runs of the archive that match the filters are imported.
/// You may use 'guild runs list --archive ARCHIVE' to view them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to import from.
    #[arg(value_name = "ARCHIVE")]
    archive: PathBuf,

    /// The runs to import.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    /// Move imported runs rather than copy.
    #[arg(short, long)]
    r#move: bool,

    /// Copy resources for each imported run.
    #[arg(long)]
    copy_resources: bool,

    /// Do not prompt before importing.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let shown = args.archive.display();
    let path = session.cwd.join(&args.archive);
    if !path.exists() {
        return Err(Error::new(format!("archive '{shown}' does not exist"))
            .did_you_mean(nearest_path(&session.cwd, &args.archive)));
    }
    if archive::is_zip(&path) && args.r#move {
        return Err(Error::new("'--move' cannot be used with zip archives"));
    }
    if path.is_file() && !archive::is_zip(&path) {
        return Err(Error::new(format!(
            "invalid archive {shown} - expected a directory or a zip file"
        )));
    }
    let reading = Activity::start("Reading archive");
    let archive = Archive::open(&path).map_err(|e| Error::new(e.to_string()))?;
    let runs = archive.runs().map_err(|e| Error::new(e.to_string()))?;
    let runs = args.filters.apply(session, runs)?;
    let selected = select::select_once(&runs, &args.runs, ":")
        .map_err(|e| not_selected(&e, "guild import"))?;
    drop(reading);
    if selected.is_empty() {
        terminal::err("No runs to import.");
        return Ok(());
    }
    let links = if args.copy_resources { Links::Follow } else { Links::Keep };
    if !args.yes {
        let verb = if args.r#move { "move" } else { "copy" };
        let preview =
            format!("You are about to import ({verb}) the following runs from '{shown}':");
        transfer::confirm(session, &preview, &selected, links)?;
    }
    let imported = import(session, args, &archive, &selected, links)?;
    terminal::err(&format!("Imported {imported} run(s) from {shown}"));
    Ok(())
}

fn import(
    session: &Session,
    args: &Args,
    archive: &Archive,
    selected: &[Run],
    links: Links,
) -> Result<usize> {
    let store = session.store_for_writing()?;
    let target = store.runs_dir();
    let failed = |e: String| Error::new(e).hint("Runs imported before it are complete.");
    std::fs::create_dir_all(&target)
        .map_err(|e| Error::new(format!("cannot create {}: {e}", target.display())))?;
    let mut imported = 0;
    let mut telling = Telling::new(args.r#move, selected.len());
    for run in selected {
        let exists = || terminal::warning(&format!("{} exists, skipping", run.id()));
        let is_there = target.join(run.id()).symlink_metadata().is_ok();
        telling.next(run, is_there);
        if is_there {
            exists();
            continue;
        }
        let done = match archive {
            Archive::Zip(zip) => {
                zip.copy_run(run.id(), &target).map_err(|e| failed(e.to_string()))?
            }
            Archive::Folder(_) => {
                let transfer = if args.r#move { folder::move_run } else { folder::copy_run };
                transfer(run, &target, links).map_err(|e| failed(e.to_string()))?
            }
        };
        if done {
            imported += 1;
        } else {
            exists();
        }
    }
    Ok(imported)
}
