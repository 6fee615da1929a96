//! Which commit a project is at.
//!
//! Source: `guild/vcs_util.py` of 0.9.0. As there, the commit is the last one that touched the
//! project's folder, which need not be the one checked out, while any change anywhere in the
//! work tree, a new file included, makes it modified.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Error;
pub use crate::git::Git;
use crate::git::{Failure, Output, Running, in_repository, nul_separated};

/// A commit, and whether the work tree differs from what is checked out.
///
/// Displayed like the attribute `vcs_commit` of a run: `git:3f9c…`, with a `*` when modified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The commit's hash in full, hexadecimal.
    pub id: String,
    /// Whether anything is changed, added, deleted or untracked.
    pub modified: bool,
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git:{}{}", self.id, if self.modified { "*" } else { "" })
    }
}

/// The commit of the project in `project_dir`; none without a repository, a commit or git.
///
/// Costs two git processes at once, and none outside of repositories.
///
/// # Errors
///
/// [`Error::Commit`] when git is there but fails or takes too long. 0.9.0 then warns
/// `error reading VCS commit: …`, and the run goes on without the attribute.
pub fn commit(project_dir: &Path) -> Result<Option<Commit>, Error> {
    begin(project_dir).finish()
}

/// Like [`commit`], but returns while git works. Call [`Pending::finish`] for the answer.
pub fn begin(project_dir: &Path) -> Pending {
    begin_with(&Git::default(), project_dir)
}

/// Like [`begin`], for a certain git.
pub fn begin_with(git: &Git, project_dir: &Path) -> Pending {
    if !in_repository(project_dir) {
        return Pending { processes: None };
    }
    // In formats that do not depend on the user's configuration of colors and layouts.
    let log = ["log", "-1", "--no-show-signature", "--format=%H", "."];
    let status = ["-c", "status.renames=false", "status", "--porcelain"];
    Pending { processes: Some((git.start(project_dir, log), git.start(project_dir, status))) }
}

/// Git at work on a commit. Dropping it ends git.
#[derive(Debug)]
pub struct Pending {
    processes: Option<(Result<Running, Failure>, Result<Running, Failure>)>,
}

impl Pending {
    /// Waits for git's answer.
    ///
    /// # Errors
    ///
    /// As [`commit`].
    pub fn finish(self) -> Result<Option<Commit>, Error> {
        let Some((log, status)) = self.processes else { return Ok(None) };
        let log = match log.and_then(Running::finish) {
            Err(Failure::NotInstalled) => return Ok(None),
            Err(failure) => return Err(Error::Commit(failure.to_string())),
            // No repository after all, or none that git may use, or nothing committed yet.
            Ok(Output { status: 128, .. }) => return Ok(None),
            Ok(output) => succeeded("log", output)?,
        };
        let id: String = log.chars().take_while(|c| matches!(c, '0'..='9' | 'a'..='f')).collect();
        if id.is_empty() {
            return Ok(None);
        }
        match status.and_then(Running::finish) {
            Err(failure) => Err(Error::Commit(failure.to_string())),
            Ok(output) => {
                let modified = !succeeded("status", output)?.is_empty();
                Ok(Some(Commit { id, modified }))
            }
        }
    }
}

/// What git knows of a folder.
#[derive(Clone, Debug, Default)]
pub struct WorkTree {
    /// The files that git keeps, and new ones that it would: ignored ones are not among them. As
    /// paths below the folder.
    pub files: HashSet<PathBuf>,
    /// Those among them whose content git does not have: changed since they were staged, or new.
    pub unstaged: HashSet<PathBuf>,
}

/// What git knows of `dir`; none without a repository or git, or where git fails.
pub fn work_tree(git: &Git, dir: &Path) -> Option<WorkTree> {
    if !in_repository(dir) {
        return None;
    }
    let list = |kind: &str| {
        let args = ["ls-files", "-z", kind, "--others", "--exclude-standard"];
        let output = git.run(dir, args).ok().filter(|output| output.status == 0)?;
        Some(nul_separated(&output.out).collect())
    };
    Some(WorkTree { files: list("--cached")?, unstaged: list("--modified")? })
}

/// What the command printed, unless it failed.
fn succeeded(command: &str, output: Output) -> Result<String, Error> {
    if output.status != 0 {
        let (status, text) = (output.status, output.text());
        return Err(Error::Commit(format!("git {command} ended with {status}: {text}")));
    }
    Ok(String::from_utf8_lossy(&output.out).into_owned())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::git::stand_in::stand_in;
    use std::fs;

    #[test]
    fn shown_like_the_attribute() {
        let mut commit = Commit { id: "3f9c".into(), modified: false };
        assert_eq!(commit.to_string(), "git:3f9c");
        commit.modified = true;
        assert_eq!(commit.to_string(), "git:3f9c*");
    }

    #[test]
    fn what_git_answers_decides() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        let answer = |log: &str, status: &str| {
            let script = format!("case \"$*\" in *log*) {log} ;; *status*) {status} ;; esac");
            begin_with(&stand_in(dir.path(), &script), dir.path()).finish()
        };
        let commit = |modified| Some(Commit { id: "12ab".into(), modified });
        assert_eq!(answer("echo 12ab", "true").unwrap(), commit(false));
        assert_eq!(answer("echo 12ab", "echo '?? x'").unwrap(), commit(true));
        assert_eq!(answer("exit 128", "exit 128").unwrap(), None);
        assert_eq!(answer("true", "true").unwrap(), None);
        assert_eq!(
            answer("echo bad >&2; exit 1", "true").unwrap_err().to_string(),
            "git log ended with 1: bad"
        );
        assert_eq!(
            answer("echo 12ab", "exit 128").unwrap_err().to_string(),
            "git status ended with 128: "
        );
    }

    #[test]
    fn no_git_is_no_commit() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        let git = Git::new(dir.path().join("none"));
        assert_eq!(begin_with(&git, dir.path()).finish().unwrap(), None);
    }

    #[test]
    fn nothing_is_run_outside_of_repositories() {
        let dir = tempfile::tempdir().unwrap();
        assert!(begin_with(&Git::default(), dir.path()).processes.is_none());
    }
}
