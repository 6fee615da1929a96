//! `guild operations`, `guild ops`: what Guild makes of a script or an operation.

use clap::Subcommand;
use guild_flags::value::{encode, repr_value, text};
use guild_guildfile::{Guildfile, Model};
use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, OpDef};
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

    /// Include operations installed from packages when running command from a project directory.
    #[arg(short, long)]
    installed: bool,

    /// Show operation details.
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
}

/// Show what Guild makes of a script or an operation.
///
/// The output could be pasted into a Guild file; comments say where each flag was found. What Guild has to say about the operation beside
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
        None => list(session, &args),
    }
}

fn show_definition(session: &Session, show: &Show) -> Result<()> {
    let resolved = op::resolve(session, Some(&show.spec))?;
    let is_source = |attribute: &str| !session.plugins.for_attribute(attribute).is_empty();
    terminal::out(&match show.json {
        true => json::encode(&op::definition_data(&resolved, is_source)),
        false => op::definition_text(&resolved, is_source),
    });
    Ok(())
}

/// Names and first lines of descriptions, in two columns, and more about each if asked for.
fn list(session: &Session, args: &Args) -> Result<()> {
    let Some(mut file) = op::guildfile(session)? else {
        if terminal::is_interactive() {
            let scripts = "A script is run by its name, as in 'guild run train.py'.";
            terminal::note(&format!("There is no Guild file (guild.yml) here. {scripts}"));
        }
        return Ok(());
    };
    if args.verbose {
        file = op::with_found_flags(session, file);
    }
    let mut found: Vec<(String, &str, Vec<&str>, &OpDef)> = Vec::new();
    for model in &file.models {
        for (name, op) in &model.operations {
            let private = name.starts_with('_') || model.name.starts_with('_');
            let (description, details) = description_and_details(op.description.as_deref());
            let full_name = model.full_name(name);
            if (args.all || !private) && matches(&args.filters, &[&full_name, description]) {
                found.push((full_name, description, details, op));
            }
        }
    }
    found.sort_by_cached_key(|(name, ..)| order(name));
    let rows: Vec<_> = found
        .iter()
        .map(|(name, description, ..)| vec![Cell::from(name.as_str()), Cell::from(*description)])
        .collect();
    let lines = table::lines(&rows, 0, terminal::screen());
    for (line, (_, _, details, op)) in lines.iter().zip(&found) {
        terminal::out(line);
        if args.verbose {
            let list = |items: Vec<Value>| repr_value(&Value::List(items));
            let main = op.other.get("main").map(text).unwrap_or_default();
            let details = details.iter().map(|d| Value::from(*d)).collect();
            let flags = op.flags.iter().map(|(name, flag)| flag_line(name, flag).into()).collect();
            terminal::out(&format!("  main: {main}"));
            terminal::out(&format!("  flags: {}", list(flags)));
            terminal::out(&format!("  details: {}", list(details)));
        }
    }
    // To free thousands of flags one by one takes time, and the command ends here.
    std::mem::forget(file);
    Ok(())
}

/// Those of the model without a name come first.
fn order(full_name: &str) -> (String, String) {
    let (model, op) = full_name.rsplit_once(':').unwrap_or(("", full_name));
    (model.to_string(), op.to_string())
}

/// The full names of all operations, in the order of the list.
pub fn full_names(file: &Guildfile) -> Vec<String> {
    let of_model = |model: &Model| {
        model.operations.keys().map(|name| model.full_name(name)).collect::<Vec<_>>()
    };
    let mut names: Vec<String> = file.models.iter().flat_map(of_model).collect();
    names.sort_by_cached_key(|name| order(name));
    names
}

fn flag_line(name: &str, flag: &FlagDef) -> String {
    let description = flag.description.as_deref().filter(|d| !d.is_empty());
    let description = description.map(|d| format!(" {d}")).unwrap_or_default();
    format!("{name}:{description} (default is {})", encode(&flag.default))
}

/// The first line of a description, and the others with an empty one between any two.
pub fn description_and_details(description: Option<&str>) -> (&str, Vec<&str>) {
    let mut lines = description.unwrap_or_default().split('\n');
    let first = lines.next().unwrap_or_default();
    let mut details = Vec::new();
    for (i, line) in lines.enumerate() {
        if i > 0 {
            details.push("");
        }
        details.push(line);
    }
    (first, details)
}

/// Whether each filter is in one of the texts, whatever the case of letters.
pub fn matches(filters: &[String], texts: &[&str]) -> bool {
    let texts: Vec<_> = texts.iter().map(|t| t.to_lowercase()).collect();
    filters.iter().map(|f| f.to_lowercase()).all(|f| texts.iter().any(|t| t.contains(&f)))
}
