//! `guild plugins check`: loads plugins, each in a process of its own.
//!
//! A library's constructors run when it is opened, and may end the process in ways that cannot be
//! caught. The child says each stage before it begins, so that its parent knows where it ended.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{EXIT_ERROR, Error, Result};
use crate::plugins::{Entry, State, load_watched};
use crate::session::Session;
use crate::terminal;

/// Load plugins and say whether they work.
///
/// Each is loaded in a process of its own, so that one that crashes harms nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin to check: all when absent.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Load one plugin.
#[derive(Debug, clap::Args)]
pub struct Probe {
    name: String,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let entries: Vec<&Entry> = match &args.name {
        Some(name) => vec![super::named(session, name)?],
        None => session.plugins.entries().filter(|e| e.state != State::Shadowed).collect(),
    };
    let width = entries.iter().map(|e| e.manifest.name.len()).max().unwrap_or_default();
    let mut failed = false;
    for entry in entries {
        let verdict = check(session, entry)?;
        failed |= verdict.is_err();
        let (Ok(text) | Err(text)) = verdict;
        terminal::out(&format!("{:width$}  {text}", entry.manifest.name));
    }
    if failed { Err(Error::silent(EXIT_ERROR)) } else { Ok(()) }
}

/// Loads the plugin here, saying each stage as a line `stage NAME` and the end as `ok` or
/// `failed REASON`.
pub fn probe(session: &Session, args: &Probe) -> Result<()> {
    let entry = super::named(session, &args.name)?;
    let loaded = load_watched(entry, |stage| terminal::out(&format!("stage {stage}")));
    match loaded {
        Ok(loaded) => terminal::out(&format!("ok built with plugin api {}", loaded.api_version)),
        Err(e) => terminal::out(&format!("failed {}", e.reason)),
    }
    Ok(())
}

/// What to tell of a plugin: how it fared in a child process.
fn check(session: &Session, entry: &Entry) -> Result<std::result::Result<String, String>> {
    let cannot =
        |e: std::io::Error| Error::new(format!("cannot start a process to check with: {e}"));
    let out = Command::new(env::current_exe().map_err(cannot)?)
        .arg("-C")
        .arg(&session.cwd)
        .args(["plugins", "probe", &entry.manifest.name])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(cannot)?;
    let text = String::from_utf8_lossy(&out.stdout);
    let stage = text.lines().filter_map(|l| l.strip_prefix("stage ")).next_back().unwrap_or("start");
    let end = text.lines().last().unwrap_or_default();
    let file = Path::new(&entry.library).display();
    Ok(if let Some(how) = end.strip_prefix("ok ") {
        Ok(format!("ok: {how}"))
    } else if let Some(reason) = end.strip_prefix("failed ") {
        Err(format!("failed at stage '{stage}': {reason} ({file})"))
    } else {
        Err(format!("crashed at stage '{stage}': {} ({file})", death(out.status)))
    })
}

/// How a process ended that should not have.
fn death(status: std::process::ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        let name = match signal {
            4 => "SIGILL",
            6 => "SIGABRT",
            7 => "SIGBUS",
            8 => "SIGFPE",
            9 => "SIGKILL",
            11 => "SIGSEGV",
            _ => return format!("killed by signal {signal}"),
        };
        return format!("killed by {name}");
    }
    format!("the process ended with {status}")
}
