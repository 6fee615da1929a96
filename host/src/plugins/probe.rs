//! Loads a plugin in a process of its own and tells how it fared.
//!
//! A library's constructors run when it is opened. They may end the process in ways that cannot be
//! caught, or never return. The child says each stage before it begins, so that its parent knows
//! where it ended.

use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::discover::{Entry, Origin};
use super::load::load_watched;
use super::subject::manifest_path;
use crate::program;

/// What the child's lines start with: the library may print lines of its own.
const MARK: &str = "guild-probe: ";

/// How long a plugin may take to load before it is taken to be stuck.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How a plugin fared: what to say about it.
pub type Verdict = Result<String, String>;

/// How a plugin fared in a process of its own. Displays as what to say about it, without the
/// library.
#[derive(Debug, thiserror::Error)]
pub enum Outcome {
    /// It works.
    #[error("ok: built with plugin api {version}")]
    Loaded {
        /// The api version that it was built with.
        version: String,
    },
    /// It could not be loaded.
    #[error("failed at stage '{stage}': {reason}")]
    Failed {
        /// How far it came.
        stage: String,
        /// Why it came no further.
        reason: String,
    },
    /// It ended the process.
    #[error("crashed at stage '{stage}': {how}")]
    Crashed {
        /// How far it came.
        stage: String,
        /// What ended the process.
        how: String,
    },
    /// It was not done in time.
    #[error("stuck at stage '{stage}': not done after {} seconds", .limit.as_secs_f64())]
    Stuck {
        /// How far it came.
        stage: String,
        /// The time that it had.
        limit: Duration,
    },
}

/// What the child is told to load.
enum Subject {
    /// A built-in plugin, which may have no manifest file.
    Named(String),
    /// The plugin of a manifest file.
    Manifest(PathBuf),
}

/// Loads a plugin in a child process: what to tell about it, and whether it works.
///
/// # Errors
/// When no child can be started.
pub fn check(entry: &Entry, limit: Duration) -> io::Result<Verdict> {
    let file = entry.library.display();
    Ok(match outcome(entry, limit)? {
        ok @ Outcome::Loaded { .. } => Ok(ok.to_string()),
        other => Err(format!("{other} ({file})")),
    })
}

/// Loads a plugin in a child process.
///
/// # Errors
/// When no child can be started.
pub fn outcome(entry: &Entry, limit: Duration) -> io::Result<Outcome> {
    let subject = match entry.origin {
        Origin::Installed => Subject::Manifest(manifest_path(entry)),
        Origin::BuiltIn => Subject::Named(entry.manifest.name.clone()),
    };
    let Watched { stage, end } = watch(start(&subject)?, limit)?;
    Ok(match end {
        End::Said(said) => match said.split_once(' ') {
            Some(("ok", version)) => Outcome::Loaded { version: version.into() },
            Some((_, reason)) => Outcome::Failed { stage, reason: reason.into() },
            None => Outcome::Failed { stage, reason: "it does not say why".into() },
        },
        End::Died(status) => Outcome::Crashed { stage, how: death(status) },
        End::Stuck => Outcome::Stuck { stage, limit },
    })
}

/// The child's part: loads the plugin here and says with `say` how it goes.
pub fn load_telling(entry: &Entry, mut say: impl FnMut(&str)) {
    let loaded = load_watched(entry, |stage| say(&format!("{MARK}stage {stage}")));
    match loaded {
        Ok(loaded) => say(&format!("{MARK}ok {}", loaded.api_version)),
        Err(e) => say(&format!("{MARK}failed {}", e.reason)),
    }
}

fn start(subject: &Subject) -> io::Result<Child> {
    let mut command = Command::new(program::path());
    command.args(["plugins", "probe"]);
    match subject {
        Subject::Named(name) => command.arg(name),
        Subject::Manifest(path) => command.arg("--manifest").arg(path),
    };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// How far a child came and how it ended.
struct Watched {
    stage: String,
    end: End,
}

enum End {
    /// With its last word: `ok VERSION` or `failed REASON`.
    Said(String),
    /// Without one.
    Died(ExitStatus),
    /// Not at all: it was killed.
    Stuck,
}

fn watch(mut child: Child, limit: Duration) -> io::Result<Watched> {
    let deadline = Instant::now() + limit;
    let lines = lines(child.stdout.take());
    let mut stage = "start".to_string();
    let mut last = None;
    let left = || deadline.saturating_duration_since(Instant::now());
    while let Ok(line) = lines.recv_timeout(left()) {
        match line.strip_prefix("stage ") {
            Some(begun) => stage = begun.to_string(),
            None => last = Some(line),
        }
    }
    // The end of the output is not the end of the process, nor the other way round: a library may
    // close the one, or leave a process behind that keeps it open.
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(Watched { stage, end: End::Stuck });
        }
        thread::sleep(Duration::from_millis(5));
    };
    let end = match last {
        // It may yet crash after its last word, in a destructor.
        Some(said) if status.success() => End::Said(said),
        _ => End::Died(status),
    };
    Ok(Watched { stage, end })
}

/// The child's own lines as they come, without their mark.
fn lines(from: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let Some(from) = from else { return };
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            if let Some((_, said)) = line.split_once(MARK)
                && send.send(said.to_string()).is_err()
            {
                return;
            }
        }
    });
    receive
}

/// How a process ended that should not have.
fn death(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => "SIGILL",
            6 => "SIGABRT",
            7 => "SIGBUS",
            8 => "SIGFPE",
            9 => "SIGKILL",
            11 => "SIGSEGV",
            15 => "SIGTERM",
            _ => return format!("killed by signal {signal}"),
        };
        return format!("killed by {name}");
    }
    format!("it ended the process ({status})")
}
