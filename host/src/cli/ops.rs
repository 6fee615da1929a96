//! `guild operations`, `guild ops`: what Guild makes of a script or an operation.

use clap::Subcommand;
use guild_store::format::json;

use crate::error::Result;
use crate::op;
use crate::session::Session;
use crate::terminal;

/// Show operations.
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
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
    let Command::Show(show) = args.command;
    let resolved = op::resolve(session, Some(&show.spec))?;
    let data = op::definition_data(&resolved);
    terminal::out(&if show.json { json::encode(&data) } else { guild_yaml::encode(&data) });
    Ok(())
}
