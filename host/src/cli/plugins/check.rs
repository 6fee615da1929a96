//! `guild plugins check`: loads plugins, each in a process of its own.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{EXIT_ERROR, Error, Result};
use crate::plugins::{Entry, State, probe, subject};
use crate::session::Session;
use crate::terminal;

/// Load plugins and say whether they work.
///
/// Each is loaded in a process of its own, so that one that crashes harms nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin to check: its name, or the path of its manifest, its library or a folder with
    /// plugins. All plugins when absent.
    #[arg(value_name = "NAME|PATH")]
    plugin: Option<String>,

    /// How long a plugin may take to load.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
}

/// Load one plugin.
#[derive(Debug, clap::Args)]
pub struct Probe {
    #[arg(required_unless_present = "manifest")]
    name: Option<String>,
    #[arg(long)]
    manifest: Option<PathBuf>,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let entries = match &args.plugin {
        Some(plugin) => wanted(session, plugin)?,
        None => session.plugins.entries().filter(|e| e.state != State::Shadowed).cloned().collect(),
    };
    let limit = args.timeout.unwrap_or(probe::TIME_LIMIT);
    let width = entries.iter().map(|e| e.manifest.name.len()).max().unwrap_or_default();
    let mut failed = false;
    for entry in &entries {
        let verdict = probe::check(entry, limit).map_err(cannot_check)?;
        failed |= verdict.is_err();
        let (Ok(text) | Err(text)) = verdict;
        terminal::out(&format!("{:width$}  {text}", entry.manifest.name));
    }
    if failed { Err(Error::silent(EXIT_ERROR)) } else { Ok(()) }
}

/// The child's part of a check: loads one plugin here and tells each stage.
pub fn probe(session: &Session, args: &Probe) -> Result<()> {
    let entries = match (&args.manifest, &args.name) {
        (Some(manifest), _) => subject::at_path(manifest)?,
        (None, name) => vec![super::named(session, name.as_deref().unwrap_or_default())?.clone()],
    };
    for entry in &entries {
        probe::load_telling(entry, terminal::out);
    }
    Ok(())
}

/// Says that no process could be started for a check.
pub fn cannot_check(e: std::io::Error) -> Error {
    Error::new(format!("cannot start a process to check with: {e}"))
}

/// A plugin by its name, or those of a path. A name comes first: a path can always be told from it
/// by a `./`.
fn wanted(session: &Session, plugin: &str) -> Result<Vec<Entry>> {
    let by_name = super::named(session, plugin);
    let path = session.cwd.join(plugin);
    match by_name {
        Ok(entry) => Ok(vec![entry.clone()]),
        Err(_) if plugin.contains(std::path::is_separator) || path.exists() => {
            subject::at_path(&path)
        }
        Err(e) => Err(e),
    }
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let seconds = text.parse().map_err(|_| "not a number".to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|e| e.to_string())
}
