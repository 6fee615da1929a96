//! `guild plugins list`: which plugins there are.

use serde::Serialize;

use crate::error::Result;
use crate::plugins::{Entry, Origin, State};
use crate::session::Session;
use crate::terminal;

/// List plugins.
///
/// No plugin is loaded for this: the list is made from manifests.
///
/// STATUS is one of:
///
///   built-in      part of this guild
///   installed     found on the plugin path, in the user's plugin folder or beside guild
///   shadowed      another plugin of the same name that can be used comes before it
///   broken        its manifest cannot be read, its library is missing, or
///                 other users can write to what would be loaded
///   incompatible  built for another version of the plugin api
#[derive(Debug, Default, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Format the list as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let rows: Vec<Row> = session.plugins.entries().map(row).collect();
    if args.json {
        terminal::out(&serde_json::to_string(&rows).unwrap_or_default());
    } else {
        show(&rows);
    }
    Ok(())
}

/// What is told about a plugin.
#[derive(Debug, Serialize)]
pub struct Row {
    name: String,
    version: String,
    description: String,
    api: String,
    provides: Vec<String>,
    handles: Vec<String>,
    commands: Vec<String>,
    attributes: Vec<String>,
    priority: i32,
    status: &'static str,
    from: String,
    library: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What is told about a plugin, as data.
pub fn row(entry: &Entry) -> Row {
    let (status, reason) = status(entry);
    let manifest = &entry.manifest;
    Row {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        description: manifest.description.clone(),
        api: manifest.api.clone(),
        provides: manifest.provides.clone(),
        handles: manifest.handles.files.clone(),
        commands: manifest.handles.commands.clone(),
        attributes: manifest.handles.attributes.clone(),
        priority: manifest.priority,
        status,
        from: entry.folder.as_ref().map(|f| f.display().to_string()).unwrap_or_default(),
        library: entry.library.display().to_string(),
        reason,
    }
}

/// The word for a plugin's state, and what is wrong with it.
pub fn status(entry: &Entry) -> (&'static str, Option<String>) {
    match (&entry.state, entry.origin) {
        (State::Ready, Origin::BuiltIn) => ("built-in", None),
        (State::Ready, Origin::Installed) => ("installed", None),
        (State::Shadowed, _) => ("shadowed", None),
        (State::Broken(reason) | State::Untrusted(reason), _) => ("broken", Some(reason.clone())),
        (State::Incompatible(reason), _) => ("incompatible", Some(reason.clone())),
    }
}

fn show(rows: &[Row]) {
    let cells = |r: &Row| [r.name.clone(), r.version.clone(), r.handles.join(" "), r.status.into()];
    let mut widths = [0; 4];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(cells(row)) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(cells(row)) {
            line.push_str(&format!("{cell:width$}  "));
        }
        line.push_str(&row.from);
        terminal::out(line.trim_end());
        if let Some(reason) = &row.reason {
            terminal::out(&format!("  {reason}"));
        }
    }
}
