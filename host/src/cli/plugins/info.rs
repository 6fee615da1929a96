//! `guild plugins info`: what a plugin's manifest says.

use super::list::{row, status};
use super::named;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// Show what is known about a plugin.
///
/// The plugin is not loaded for this. Use 'guild plugins check' to see whether it can be.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin's name.
    #[arg(value_name = "NAME")]
    name: String,

    /// Format it as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let entry = named(session, &args.name)?;
    let manifest = &entry.manifest;
    if args.json {
        terminal::out(&serde_json::to_string(&row(entry)).unwrap_or_default());
        return Ok(());
    }
    let (status, reason) = status(entry);
    let shown = [
        ("name", manifest.name.clone()),
        ("version", manifest.version.clone()),
        ("description", manifest.description.clone()),
        ("status", status.to_string()),
        ("reason", reason.unwrap_or_default()),
        ("api", manifest.api.clone()),
        ("provides", manifest.provides.join(", ")),
        ("files", manifest.handles.files.join(" ")),
        ("commands", manifest.handles.commands.join(" ")),
        ("attributes", manifest.handles.attributes.join(" ")),
        ("priority", manifest.priority.to_string()),
        ("library", entry.library.display().to_string()),
    ];
    for (name, value) in shown.iter().filter(|(_, value)| !value.is_empty()) {
        terminal::out(&format!("{name}: {value}"));
    }
    Ok(())
}
