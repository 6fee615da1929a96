//! `guild operations`, `guild ops`: what Guild makes of a script or an operation.

use clap::Subcommand;
use guild_store::format::json;
use guild_store::format::table::{self, Cell};

use crate::error::Result;
use crate::op;
use crate::session::Session;
use crate::terminal;

/// Show operations.
///
/// Without a command, the operations of the project's Guild file are listed. FILTERs limit the list
/// to operations whose name or description contains them all.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    /// Text that an operation's name or description contains.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// Show all operations including those designated as private.
    #[arg(short, long)]
    all: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
}

/// Show what Guild makes of a script or an operation.
///
/// The output could be pasted into a Guild file. What Guild has to say about the operation beside
/// its definition goes to standard error.
#[derive(Debug, clap::Args)]
struct Show {
    /// A script or an operation.
    #[arg(value_name = "OPERATION")]
    spec: String,

    /// Format the definition as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn main(session: &Session, args: Args) -> Result<()> {
    match args.command {
        Some(Command::Show(show)) => show_definition(session, &show),
        None => list(session, &args.filters, args.all),
    }
}

fn show_definition(session: &Session, show: &Show) -> Result<()> {
    let resolved = op::resolve(session, Some(&show.spec))?;
    let data = op::definition_data(&resolved);
    terminal::out(&if show.json { json::encode(&data) } else { guild_yaml::encode(&data) });
    Ok(())
}

/// Names and first lines of descriptions, in two columns.
fn list(session: &Session, filters: &[String], all: bool) -> Result<()> {
    let Some(file) = op::guildfile(session)? else { return Ok(()) };
    let mut rows: Vec<(String, &str)> = Vec::new();
    for model in &file.models {
        for (name, op) in &model.operations {
            let private = name.starts_with('_') || model.name.starts_with('_');
            let description = op.description.as_deref().and_then(|d| d.lines().next());
            let row = (model.full_name(name), description.unwrap_or_default());
            let text = [row.0.to_lowercase(), row.1.to_lowercase()];
            let contains = |f: &String| text.iter().any(|t| t.contains(&f.to_lowercase()));
            if (all || !private) && filters.iter().all(contains) {
                rows.push(row);
            }
        }
    }
    rows.sort();
    let rows: Vec<_> = rows.into_iter().map(|(n, d)| vec![Cell::from(n), Cell::from(d)]).collect();
    for line in table::lines(&rows, 0, terminal::screen()) {
        terminal::out(&line);
    }
    Ok(())
}
