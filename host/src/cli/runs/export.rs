//! `guild export`: runs into a folder or a zip file.

use std::path::{Path, PathBuf};

use guild_store::archive::{self, Links, folder};
use guild_store::{Run, Status, select};

use super::transfer::Telling;
use super::{filtered, not_selected, transfer};
use crate::cli::filters::FilterArgs;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// Export one or more runs.
///
/// LOCATION is a directory, or a zip file when its name ends in .zip. Runs that are there already
/// are left alone. Without RUN arguments, all runs that match the filters are exported.
///
/// By default, links to resources are kept; a zip file holds the files that links lead to, but not
/// the directories.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to export to.
    #[arg(value_name = "LOCATION")]
    location: PathBuf,

    /// The runs to export.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    /// Move exported runs rather than copy.
    #[arg(short, long)]
    r#move: bool,

    /// Copy resources for each exported run.
    #[arg(short = 'r', long)]
    copy_resources: bool,

    /// Do not prompt before exporting.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let runs = filtered(session, &args.filters, false)?;
    let selected = select::select_once(&runs, &args.runs, ":")
        .map_err(|e| not_selected(&e, "guild export"))?;
    if selected.is_empty() {
        terminal::err("No runs to export.");
        return Ok(());
    }
    let links = if args.copy_resources { Links::Follow } else { Links::Keep };
    if !args.yes {
        let verb = if args.r#move { "move" } else { "copy" };
        let location = args.location.display();
        let preview = format!("You are about to {verb} the following runs to '{location}':");
        transfer::confirm(session, &preview, &selected, links)?;
    }
    let selected: Vec<Run> = selected.into_iter().filter(|run| may_leave(run, args)).collect();
    let target = session.cwd.join(&args.location);
    let exported = match archive::is_zip(&target) && !target.is_dir() {
        true => to_zip(&selected, &target, links, args)?,
        false => to_folder(&selected, &target, links, args)?,
    };
    terminal::err(&format!("Exported {exported} run(s) to {}", args.location.display()));
    Ok(())
}

/// A run whose process writes to it cannot be taken away from it.
fn may_leave(run: &Run, args: &Args) -> bool {
    let stays = args.r#move && run.status() == Status::Running;
    if stays {
        terminal::warning(&format!("{} is still running, skipping", run.id()));
    }
    !stays
}

fn to_folder(runs: &[Run], target: &Path, links: Links, args: &Args) -> Result<usize> {
    let failed = |e: guild_store::PathError| Error::new(e.to_string());
    if target.exists() && !target.is_dir() {
        let location = args.location.display();
        return Err(Error::new(format!("'{location}' is not a directory"))
            .hint("Name a directory, or a file whose name ends in .zip."));
    }
    folder::prepare(target).map_err(failed)?;
    let mut exported = 0;
    let mut telling = Telling::new(args.r#move, runs.len());
    for run in runs {
        let dest = args.location.join(run.id());
        let exists = target.join(run.id()).symlink_metadata().is_ok();
        telling.next(run, exists);
        if exists {
            terminal::warning(&format!("{} exists, skipping", dest.display()));
            continue;
        }
        let transfer = if args.r#move { folder::move_run } else { folder::copy_run };
        match transfer(run, target, links).map_err(failed)? {
            true => exported += 1,
            false => terminal::warning(&format!("{} exists, skipping", dest.display())),
        }
    }
    Ok(exported)
}

fn to_zip(runs: &[Run], target: &Path, links: Links, args: &Args) -> Result<usize> {
    let mut telling = Telling::new(args.r#move, runs.len());
    let told = |run: &Run, exists| {
        telling.next(run, exists);
        if exists {
            terminal::warning(&format!("{} exists, skipping", run.id()));
        }
    };
    let export = archive::export_to_zip(runs, target, links, told).map_err(|e| {
        Error::new(format!("cannot write to {}: {e}", args.location.display()))
            .hint("Nothing was exported, and the file is as it was.")
    })?;
    for link in &export.left_out {
        terminal::warning(&format!("the link {} is not exported", link.display()));
    }
    if args.r#move {
        for run in &export.written {
            std::fs::remove_dir_all(run.dir()).map_err(|e| {
                Error::new(format!("cannot delete {}: {e}", run.dir().display()))
                    .hint("All runs were exported; delete this one with 'guild runs rm'.")
            })?;
        }
    }
    Ok(export.written.len())
}
