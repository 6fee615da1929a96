//! What is shown and asked before runs are deleted or restored, and said afterwards.
//!
//! Guild prints all of it to standard error: [`Action::preview`], the runs
//! ([`super::list::Columns::Preview`]), [`Action::question`] with ` (Y/n) ` or ` (y/N) `, and at
//! the end [`Action::done`].

/// A command that removes runs or brings them back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `guild runs delete`
    Delete,
    /// `guild runs delete --permanent`
    DeletePermanently,
    /// `guild runs purge`
    Purge,
    /// `guild runs restore`
    Restore,
}

/// Said after the question of [`Action::Delete`] when one of the runs is running, in yellow.
pub const STILL_RUNNING: &str =
    "WARNING: One or more runs are still running and will be stopped before being deleted.";

/// Asked after [`STILL_RUNNING`]; the default is no.
pub const REALLY_DELETE: &str = "Really delete these runs?";

impl Action {
    /// The line above the runs.
    pub fn preview(self) -> &'static str {
        match self {
            Action::Delete => "You are about to delete the following runs:",
            Action::DeletePermanently | Action::Purge => {
                "WARNING: You are about to permanently delete the following runs:"
            }
            Action::Restore => "You are about to restore the following runs:",
        }
    }

    /// Whether the line above the runs is a warning, which Guild shows in yellow.
    pub fn is_warning(self) -> bool {
        matches!(self, Action::DeletePermanently | Action::Purge)
    }

    /// The question for `count` runs.
    pub fn question(self, count: usize) -> String {
        let verb = match self {
            Action::Delete => "Delete",
            Action::DeletePermanently | Action::Purge => "Permanently delete",
            Action::Restore => "Restore",
        };
        format!("{verb} {count} run(s)?")
    }

    /// Whether an empty answer is a yes.
    pub fn default_answer(self) -> bool {
        matches!(self, Action::Delete | Action::Restore)
    }

    /// What is said when it is done.
    pub fn done(self, count: usize) -> String {
        let verb = match self {
            Action::Delete => "Deleted",
            Action::DeletePermanently | Action::Purge => "Permanently deleted",
            Action::Restore => "Restored",
        };
        format!("{verb} {count} run(s)")
    }

    /// What is said when no run is meant; Guild then ends with exit code 0.
    pub fn nothing(self) -> &'static str {
        match self {
            Action::Delete | Action::DeletePermanently => "Nothing to delete.",
            Action::Purge => "Nothing to purge.",
            Action::Restore => "Nothing to restore.",
        }
    }
}
