//! Runs, and what is known of them, as candidates.

use guild_flags::value::text;
use guild_plugin_api::Value;
use guild_store::format::operation;
use guild_store::{Run, Status, select};

use super::{Candidate, files};
use crate::session::Session;

/// Nobody reads more: the newest are meant.
const MOST: usize = 100;

/// Which runs a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that are there.
    There,
    /// Those that are still running.
    Running,
    /// Those that were deleted.
    Deleted,
}

impl Which {
    /// For the command of these names.
    pub fn of(path: &[&str]) -> Which {
        match path {
            [.., "restore" | "purge"] => Which::Deleted,
            [.., "stop" | "watch"] => Which::Running,
            _ => Which::There,
        }
    }
}

/// Short ids that begin like `word`, in no order, unless there are too many.
pub fn ids(session: &Session, which: Which, word: &str) -> Vec<Candidate> {
    let found = match which == Which::There && !word.is_empty() {
        true => session.store().named_like(word).unwrap_or_default(),
        false => Vec::new(),
    };
    let found = match found.len() {
        1..=MOST => found,
        _ => latest(session, which, word),
    };
    found.iter().map(|run| Candidate::new(run.short_id(), "")).collect()
}

/// Short ids that begin like `word`, the newest first, each with what is shown of the run in lists.
pub fn described(session: &Session, which: Which, word: &str) -> Vec<Candidate> {
    let about = |run: &Run| {
        let label = run.attr("label").ok().flatten().map(|label| text(&label));
        let status = run.status().to_string();
        let parts = [operation(run), status, label.unwrap_or_default()];
        let parts = parts.iter().filter(|part| !part.is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join("  ")
    };
    let found = latest(session, which, word);
    found.iter().map(|run| Candidate::new(run.short_id(), about(run))).collect()
}

/// The newest runs whose ids begin like `word`.
fn latest(session: &Session, which: Which, word: &str) -> Vec<Run> {
    let store = session.store();
    // The others need not be looked at.
    let mut found = match which == Which::Deleted || word.is_empty() || store.is_within_parent() {
        true => known(session, which == Which::Deleted),
        false => store.find(&[word]).unwrap_or_default(),
    };
    found.retain(|run| run.id().starts_with(word));
    let is_meant = |run: &Run| which != Which::Running || run.status() == Status::Running;
    found.into_iter().filter(is_meant).take(MOST).collect()
}

/// The tags of the runs.
pub fn tags(session: &Session) -> Vec<Candidate> {
    distinct(session, |run| match run.attr("tags").ok().flatten() {
        Some(Value::List(tags)) => tags.iter().map(text).collect(),
        _ => Vec::new(),
    })
}

/// The labels of the runs.
pub fn labels(session: &Session) -> Vec<Candidate> {
    distinct(session, |run| run.attr("label").ok().flatten().iter().map(text).collect())
}

/// The operations of the runs.
pub fn operations(session: &Session) -> Vec<Candidate> {
    distinct(session, |run| vec![operation(run)])
}

fn distinct(session: &Session, of: impl Fn(&Run) -> Vec<String>) -> Vec<Candidate> {
    let mut all: Vec<String> = known(session, false).iter().take(MOST).flat_map(of).collect();
    all.sort();
    all.dedup();
    all.into_iter().filter(|v| !v.is_empty()).map(|value| Candidate::new(value, "")).collect()
}

/// The files of the run that `spec` means, or of the latest.
pub fn files(session: &Session, spec: Option<&String>, word: &str) -> Vec<Candidate> {
    let runs = known(session, false);
    let run = select::select_one(&runs, spec.map(String::as_str));
    run.map_or_else(|_| Vec::new(), |run| files::all(run.dir(), word))
}

fn known(session: &Session, deleted: bool) -> Vec<Run> {
    let store = session.store();
    let runs = if deleted { store.deleted_runs() } else { session.index().runs() };
    runs.unwrap_or_default()
}
