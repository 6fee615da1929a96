//! `guild api compare`: what `guild compare` shows.

use guild_plugin_api::Value;
use guild_store::format::Context;
use guild_store::{Run, batch};

use super::OutputArgs;
use crate::cli::filters::FilterArgs;
use crate::cli::runs::selected;
use crate::compare::{self, Options};
use crate::error::Result;
use crate::session::Session;

/// Show comparison data as JSON.
///
/// A list of rows: the names of the columns, then the values of each run, which is named by its
/// whole ID.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runs to compare.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    #[command(flatten)]
    output: OutputArgs,

    /// Include batch runs.
    #[arg(long)]
    include_batch: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let mut runs: Vec<Run> = selected(session, &args.filters, &args.runs, false)?;
    runs.retain(|run| args.include_batch || !batch::is_batch(run));
    let context = Context::of_process(&session.cwd);
    let table = compare::table(runs, &Options::default(), &context, session);
    let mut rows = Vec::new();
    if !table.rows.is_empty() {
        let header = table.header.iter().skip(1).map(String::as_str);
        rows.push(Value::List(std::iter::once("id").chain(header).map(Value::from).collect()));
    }
    for row in &table.rows {
        let cells = row.cells.iter().skip(1).cloned();
        rows.push(Value::List(std::iter::once(row.run.id().into()).chain(cells).collect()));
    }
    args.output.show(&Value::List(rows));
    Ok(())
}
