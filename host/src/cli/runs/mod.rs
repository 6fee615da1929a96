//! `guild runs`: show and manage runs.

pub(super) mod choose;
pub(super) mod comment;
mod comments;
mod delete;
pub(super) mod diff;
pub(super) mod export;
pub(super) mod import;
pub(super) mod info;
pub(super) mod label;
mod list;
pub(super) mod mark;
pub(super) mod merge;
mod purge;
mod restore;
pub(super) mod select;
pub(super) mod stop;
pub(super) mod tag;
mod transfer;

use clap::Subcommand;
use guild_index::Latest;
use guild_store::Run;
use guild_store::select as selection;

use super::deferred::Deferred;
use super::filters::FilterArgs;
use super::unsupported;
use crate::error::{Error, Result};
use crate::progress::Activity;
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
    /// List runs.
    List(Deferred<list::Args>),
    /// Show run information.
    Info(Deferred<info::Args>),
    /// Delete one or more runs.
    #[command(visible_alias = "rm")]
    Delete(Deferred<delete::Args>),
    /// Diff two runs.
    Diff(Deferred<diff::Args>),
    /// Export one or more runs.
    Export(Deferred<export::Args>),
    /// Import one or more runs from ARCHIVE.
    Import(Deferred<import::Args>),
    /// Copy run files to a project directory.
    Merge(Deferred<merge::Args>),
    /// Set run labels.
    Label(Deferred<label::Args>),
    /// Add or remove run tags.
    Tag(Deferred<tag::Args>),
    /// Mark a run.
    Mark(Deferred<mark::Args>),
    /// Add or remove run comments.
    Comment(Deferred<comment::Args>),
    /// Restore one or more deleted runs.
    Restore(Deferred<restore::Args>),
    /// Permanently delete one or more deleted runs.
    Purge(Deferred<purge::Args>),
    /// Stop one or more runs.
    Stop(Deferred<stop::Args>),
    #[command(flatten)]
    Unsupported(unsupported::OfRuns),
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
        Some(Command::Merge(args)) => merge::main(session, &args),
        Some(Command::Label(args)) => label::main(session, &args),
        Some(Command::Tag(args)) => tag::main(session, &args),
        Some(Command::Mark(args)) => mark::main(session, args.0),
        Some(Command::Comment(args)) => comment::main(session, &args),
        Some(Command::Restore(args)) => restore::main(session, &args),
        Some(Command::Purge(args)) => purge::main(session, &args),
        Some(Command::Unsupported(it)) => Err(it.error(&session.typed_command)),
        Some(Command::Stop(args)) => stop::main(session, &args),
    }
}

/// The runs that pass the filters, newest first; deleted ones on request.
pub(super) fn filtered(session: &Session, filters: &FilterArgs, deleted: bool) -> Result<Vec<Run>> {
    filtered_for(session, filters, &[] as &[&str], deleted)
}

/// As [`filtered`], for who selects what `specs` mean. Where all of them are ids, only runs with
/// such ids need be looked at; where they are indexes, there are as many as they ask for.
fn filtered_for<S: AsRef<str>>(
    session: &Session,
    filters: &FilterArgs,
    specs: &[S],
    deleted: bool,
) -> Result<Vec<Run>> {
    let _activity = Activity::start("Reading runs");
    let store = session.store();
    let only_ids = !specs.is_empty() && specs.iter().all(|spec| selection::is_id(spec.as_ref()));
    if only_ids && !deleted && !store.is_within_parent() {
        let found = filters.apply(session, store.find(specs).map_err(unreadable)?)?;
        // What is said of an id that no run has depends on whether there are others.
        if !found.is_empty() {
            return Ok(found);
        }
    }
    if deleted {
        return filters.apply(session, store.deleted_runs().map_err(unreadable)?);
    }
    let reach = selection::reach(specs).filter(|_| filters.are_none());
    // Whether there are runs at all is asked in any case.
    let latest = session.index().latest(reach.map_or(usize::MAX, |reach| reach.max(1)));
    filters.apply(session, latest.map_err(unreadable)?.runs)
}

/// The latest `count` of the runs that pass the filters, or more, and how many there are in all.
pub(super) fn latest(session: &Session, filters: &FilterArgs, count: usize) -> Result<Latest> {
    if filters.are_none() {
        let _activity = Activity::start("Reading runs");
        return session.index().latest(count).map_err(unreadable);
    }
    let runs = filtered(session, filters, false)?;
    Ok(Latest { total: runs.len(), runs })
}

fn unreadable(e: guild_store::PathError) -> Error {
    Error::new(e.to_string()).hint("'guild check' says what is wrong with guild's home.")
}

/// The runs that `specs` mean, or all, of those that pass the filters.
pub(super) fn selected(
    session: &Session,
    filters: &FilterArgs,
    specs: &[String],
    deleted: bool,
) -> Result<Vec<Run>> {
    let runs = filtered_for(session, filters, specs, deleted)?;
    if specs.is_empty() {
        return Ok(runs);
    }
    selection::select(&runs, specs).map_err(|e| not_selected(&e, &session.command))
}

/// The run that `spec` means, or the latest, of those that pass the filters. `command` is named
/// where there is none.
pub(super) fn one_run(
    session: &Session,
    filters: &FilterArgs,
    spec: Option<&str>,
    command: &str,
) -> Result<Run> {
    let runs = filtered_for(session, filters, &[spec.unwrap_or("1")], false)?;
    selection::select_one(&runs, spec).map_err(|e| not_selected(&e, command))
}

/// An error about a run that was asked for, with where to look.
pub(super) fn not_selected(e: &selection::SelectError, command: &str) -> Error {
    let text = e.message(Some(command));
    let mut lines = text.lines();
    let first = Error::new(lines.next().unwrap_or_default());
    lines.fold(first, Error::hint)
}
