//! `guild models`: the models of a project.

use guild_flags::value::repr_value;
use guild_plugin_api::Value;
use guild_store::format::table::{self, Cell};

use super::ops::{description_and_details, matches};
use crate::error::Result;
use crate::op;
use crate::session::Session;
use crate::terminal;

/// Show available models.
///
/// The models that the project's Guild file defines are listed. FILTERs limit the list to models
/// whose name or description contains them all.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Text that a model's name or description contains.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// Show all models including those designated as private.
    #[arg(short, long)]
    all: bool,

    /// Include models installed from packages when running command from a project directory.
    #[arg(short, long)]
    installed: bool,

    /// Show model details.
    #[arg(short, long)]
    verbose: bool,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let Some(file) = op::guildfile(session)? else { return Ok(()) };
    let mut models: Vec<_> = file
        .models
        .iter()
        .filter(|model| !model.name.is_empty() && (args.all || !model.name.starts_with('_')))
        .map(|model| (model, description_and_details(model.description.as_deref())))
        .filter(|(model, (description, _))| matches(&args.filters, &[&model.name, description]))
        .collect();
    models.sort_by_key(|(model, _)| &model.name);
    let rows: Vec<_> = models
        .iter()
        .map(|(model, (description, _))| {
            vec![Cell::from(model.name.as_str()), Cell::from(*description)]
        })
        .collect();
    for (line, (model, (_, details))) in
        table::lines(&rows, 0, terminal::screen()).iter().zip(&models)
    {
        terminal::out(line);
        if args.verbose {
            let names: Vec<_> = model.operations.keys().map(String::as_str).collect();
            terminal::out(&format!("  source: {}", file.path.display()));
            terminal::out(&format!("  operations: {}", names.join(", ")));
            let details = details.iter().map(|d| Value::from(*d)).collect();
            terminal::out(&format!("  details: {}", repr_value(&Value::List(details))));
        }
    }
    Ok(())
}
