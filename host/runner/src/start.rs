//! Finding the program and starting it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::io::Errno;

use crate::error::{Error, StartErrorKind};
use crate::spec::{Spec, Streams};

/// Where `exec` looks when the environment has no `PATH`: Python's `os.defpath`.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// A process with the ends of its pipes that guild reads.
pub(crate) struct Started {
    pub(crate) child: Child,
    pub(crate) stdout: Option<File>,
    pub(crate) stderr: Option<File>,
}

/// Starts the process as `subprocess.Popen` does on Python 3.11.
///
/// The directory comes first: a relative program, and relative entries of `PATH`, are looked up
/// in it. A name without a slash is tried in each directory of the `PATH` *of the process*; of the
/// errors that this gives the first counts that says something else than that the file is missing.
pub(crate) fn start(spec: &Spec) -> Result<Started, Error> {
    if !spec.cwd.is_dir() {
        let error = match spec.cwd.metadata() {
            Ok(_) => Errno::NOTDIR.into(),
            Err(error) => error,
        };
        return Err(Error::start(StartErrorKind::NoDirectory, &error, spec.cwd.as_os_str()));
    }
    let mut reason = None;
    for path in candidates(spec) {
        match spawn(spec, &path) {
            Ok(started) => return Ok(started),
            Err(error) if reason.as_ref().is_none_or(is_missing) => reason = Some(error),
            Err(_) => {}
        }
    }
    let reason = reason.unwrap_or_else(|| Errno::NOENT.into());
    Err(Error::start(kind(&reason), &reason, &spec.program))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn kind(error: &io::Error) -> StartErrorKind {
    if error.kind() == ErrorKind::InvalidInput && error.raw_os_error().is_none() {
        return StartErrorKind::InvalidArgument;
    }
    match Errno::from_io_error(error) {
        Some(Errno::NOENT | Errno::NOTDIR) => StartErrorKind::NotFound,
        Some(Errno::ACCESS | Errno::NOEXEC | Errno::PERM | Errno::ISDIR) => {
            StartErrorKind::NotExecutable
        }
        _ => StartErrorKind::Other,
    }
}

/// The files that the program may be: what has a slash is one, of others those in `PATH` that
/// exist, which spares a failed start for each directory that does not have it.
fn candidates(spec: &Spec) -> Vec<PathBuf> {
    if spec.program.as_bytes().contains(&b'/') {
        return vec![PathBuf::from(&spec.program)];
    }
    let path = spec.env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, v)| v.as_os_str());
    path.unwrap_or(OsStr::new(DEFAULT_PATH))
        .as_bytes()
        .split(|b| *b == b':')
        .map(|dir| {
            // An empty entry is the directory to run in; without the dot `Command` would search.
            let dir = OsStr::from_bytes(if dir.is_empty() { b"." } else { dir });
            let mut path = OsString::from(dir);
            path.push("/");
            path.push(&spec.program);
            PathBuf::from(path)
        })
        .filter(|path| spec.cwd.join(path).symlink_metadata().is_ok())
        .collect()
}

fn spawn(spec: &Spec, path: &PathBuf) -> io::Result<Started> {
    let mut command = Command::new(path);
    command.arg0(&spec.program).args(&spec.args).current_dir(&spec.cwd);
    command.env_clear().envs(spec.env.iter().map(|(name, value)| (name, value)));
    let mut joined = None;
    match spec.streams {
        Streams::Split => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        Streams::Joined => {
            let (reader, writer) = io::pipe()?;
            command.stdout(writer.try_clone()?).stderr(writer);
            joined = Some(File::from(OwnedFd::from(reader)));
        }
        Streams::Inherited if spec.quiet => {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
        Streams::Inherited => {}
    }
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().map(|pipe| File::from(OwnedFd::from(pipe)));
    let stderr = child.stderr.take().map(|pipe| File::from(OwnedFd::from(pipe)));
    Ok(Started { child, stdout: joined.or(stdout), stderr })
}
