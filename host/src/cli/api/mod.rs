//! `guild api`: data about runs and operations as JSON, for programs.

mod compare;
mod merge;
mod ops;
mod runs;

use clap::Subcommand;
use guild_plugin_api::Value;
use guild_store::OpRef;
use guild_store::format::json;

use super::deferred::Deferred;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// CLI based API calls.
///
/// These commands are experimental and subject to change without notice.
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show comparison data as JSON.
    Compare(Deferred<compare::Args>),
    /// Show help info for an operation as JSON.
    HelpOp(Deferred<ops::HelpArgs>),
    /// Merge without a question, and say as JSON what was done.
    Merge(Deferred<Box<merge::Args>>),
    /// Show operations as JSON.
    Ops(Deferred<ops::Args>),
    /// Show runs as JSON.
    Runs(Deferred<runs::Args>),
}

/// How JSON is written.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
struct OutputArgs {
    /// Format the JSON output.
    #[arg(short, long)]
    format: bool,
}

impl OutputArgs {
    fn show(&self, data: &Value) {
        terminal::out(&if self.format { json::encode_pretty(data) } else { json::encode(data) });
    }
}

/// Runs the command.
pub fn main(session: &Session, args: Args) -> Result<()> {
    match args.command {
        Command::Compare(args) => compare::main(session, &args),
        Command::HelpOp(args) => ops::help(session, &args),
        Command::Merge(args) => merge::main(session, &args),
        Command::Ops(args) => ops::main(session, &args),
        Command::Runs(args) => runs::main(session, &args),
    }
}

/// A map of these entries, in their order.
fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().collect())
}

fn opref_data(opref: &OpRef) -> Value {
    map([
        ("pkgType", opref.pkg_type.as_str().into()),
        ("pkgName", opref.pkg_name.as_str().into()),
        ("pkgVersion", opref.pkg_version.as_str().into()),
        ("modelName", opref.model_name.as_str().into()),
        ("opName", opref.op_name.as_str().into()),
    ])
}
