//! Running git.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long git may take, many times what it takes for a large repository on a slow disk.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The git to run.
#[derive(Clone, Debug)]
pub struct Git {
    program: OsString,
    timeout: Duration,
}

impl Default for Git {
    /// The `git` on the path.
    fn default() -> Self {
        Self::new("git")
    }
}

impl Git {
    /// The given program: the user config's `git: executable`.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self { program: program.into(), timeout: TIMEOUT }
    }

    /// Ends each git process after this time; two minutes unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Starts git in `dir` and returns while it works.
    pub(crate) fn start<S: AsRef<OsStr>>(
        &self,
        dir: &Path,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Running, Failure> {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(dir);
        // A run must not get in the way of the user's own git by locks, nor wait for a password.
        command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Failure::not_started)?;
        let out = read_aside(child.stdout.take());
        let err = read_aside(child.stderr.take());
        Ok(Running { child, out, err, until: Instant::now() + self.timeout })
    }

    /// Runs git in `dir`.
    pub(crate) fn run<S: AsRef<OsStr>>(
        &self,
        dir: &Path,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Output, Failure> {
        self.start(dir, args)?.finish()
    }
}

/// Whether git would find a repository for `dir`: at best it does, else surely not.
///
/// True for a `.git` in the folder or above, be it a folder or (in worktrees and submodules) a
/// file, and when `GIT_DIR` says where it is.
pub(crate) fn in_repository(dir: &Path) -> bool {
    in_repository_with(dir, env::var_os("GIT_DIR"))
}

fn in_repository_with(dir: &Path, git_dir: Option<OsString>) -> bool {
    if git_dir.is_some_and(|dir| !dir.is_empty()) {
        return dir.is_dir();
    }
    // Links resolved, since git goes up from the folder it really is in.
    let Ok(real) = dir.canonicalize() else { return false };
    real.is_dir() && real.ancestors().any(|dir| dir.join(".git").exists())
}

/// What git answered.
#[derive(Debug)]
pub(crate) struct Output {
    /// The exit status, negative for the signal that ended it.
    pub status: i32,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
}

impl Output {
    /// Both streams as text, for messages.
    pub(crate) fn text(&self) -> String {
        let text = [&self.err[..], &self.out[..]].concat();
        String::from_utf8_lossy(&text).trim().to_owned()
    }
}

/// Why git gave no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such program.
    NotInstalled,
    /// It took too long.
    Timeout,
    /// The system did not run it.
    Io(io::Error),
}

impl Failure {
    fn not_started(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Failure::NotInstalled,
            _ => Failure::Io(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotInstalled => f.write_str("git is not installed"),
            Failure::Timeout => f.write_str("git took too long"),
            Failure::Io(error) => write!(f, "cannot run git: {error}"),
        }
    }
}

/// A git process at work. Ended when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    out: Receiver<io::Result<Vec<u8>>>,
    err: Receiver<io::Result<Vec<u8>>>,
    until: Instant,
}

impl Running {
    /// Waits for the answer.
    pub(crate) fn finish(mut self) -> Result<Output, Failure> {
        let out = receive(&self.out, self.until)?;
        let err = receive(&self.err, self.until)?;
        let status = self.child.wait().map_err(Failure::Io)?;
        Ok(Output { status: status_number(status), out, err })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn status_number(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| -signal)).unwrap_or(-1)
}

#[cfg(not(unix))]
fn status_number(status: std::process::ExitStatus) -> i32 {
    status.code().unwrap_or(-1)
}

/// Reads a pipe on a thread of its own: a pipe cannot be read with a time limit, and two cannot
/// be read in turn without the danger that git waits for the other.
fn read_aside(pipe: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    let read = move || {
        let mut bytes = Vec::new();
        let result = match pipe {
            Some(mut pipe) => pipe.read_to_end(&mut bytes).map(|_| bytes),
            None => Ok(bytes),
        };
        // Nobody listens any more after a timeout.
        let _ = sender.send(result);
    };
    // Without threads there is no sender left and the answer is an error.
    let _ = thread::Builder::new().name("git-pipe".into()).spawn(read);
    receiver
}

fn receive(from: &Receiver<io::Result<Vec<u8>>>, until: Instant) -> Result<Vec<u8>, Failure> {
    match from.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(result) => result.map_err(Failure::Io),
        Err(RecvTimeoutError::Timeout) => Err(Failure::Timeout),
        Err(RecvTimeoutError::Disconnected) => {
            Err(Failure::Io(io::Error::other("cannot start a thread")))
        }
    }
}

/// Splits the output of a command with `-z` into paths.
pub(crate) fn nul_separated(out: &[u8]) -> impl Iterator<Item = PathBuf> + '_ {
    out.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(path_from_bytes)
}

#[cfg(unix)]
fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// A program that stands in for git in tests.
#[cfg(test)]
#[cfg(unix)]
pub(crate) mod stand_in {
    use super::{Command, Git, Path};

    /// Makes a git of a shell script.
    pub(crate) fn stand_in(dir: &Path, script: &str) -> Git {
        let path = dir.join("git");
        // Written by another process: were it open for writing here while another test starts
        // a process, it could not be run ("text file busy").
        let status = Command::new("sh")
            .args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"", "sh"])
            .args([path.as_os_str(), script.as_ref()])
            .status()
            .unwrap();
        assert!(status.success());
        Git::new(path)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::git::stand_in::stand_in;
    use std::fs;

    #[test]
    fn both_streams_and_the_status_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let git = stand_in(dir.path(), "head -c 300000 /dev/zero >&2; echo \"$1\"; exit 3");
        let output = git.run(dir.path(), ["a b"]).unwrap();
        assert_eq!((output.status, &output.out[..], output.err.len()), (3, &b"a b\n"[..], 300_000));
    }

    #[test]
    fn a_git_that_hangs_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let git = stand_in(dir.path(), "exec sleep 60").timeout(Duration::from_millis(50));
        let start = Instant::now();
        assert!(matches!(git.run(dir.path(), ["log"]), Err(Failure::Timeout)));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_missing_git_is_known_as_such() {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path().join("none"));
        assert!(matches!(git.run(dir.path(), ["log"]), Err(Failure::NotInstalled)));
    }

    #[test]
    fn a_repository_is_found_upwards() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        assert!(!in_repository_with(&deep, None));
        assert!(!in_repository_with(&dir.path().join("none"), None));
        assert!(in_repository_with(&deep, Some("x".into())));
        assert!(!in_repository_with(&deep, Some("".into())));
        fs::write(dir.path().join(".git"), "gitdir: elsewhere").unwrap();
        assert!(in_repository_with(&deep, None));
        let away = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(&deep, away.path().join("link")).unwrap();
        assert!(in_repository_with(&away.path().join("link"), None));
    }
}
