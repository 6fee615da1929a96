//! `guild compare`: runs beside one another.

use std::fs;
use std::path::{Path, PathBuf};

use guild_store::format::Context;
use guild_store::format::table::{self, Cell, Screen};
use guild_store::{Run, batch};

use super::filters::FilterArgs;
use super::refused;
use super::runs::choose::check_incompatible;
use super::runs::{info, selected};
use crate::compare::{self, Options, Sort, Table, screen, text};
use crate::error::{Error, Result};
use crate::progress::{self, Activity};
use crate::session::Session;
use crate::terminal;

/// Compare run results.
///
/// On a terminal, the table fills the screen and follows the runs: ? shows the keys. Otherwise, or
/// with --table, it is printed.
///
/// RUN is a run ID, the start of one, a one-based index into the list of runs, or a range of such
/// indexes as in 1:5. Without RUN arguments, all runs that match the filters are compared.
///
/// Columns are those of every run, then those of the operation: what `compare` says in the Guild
/// file, or all flags and scalars. COLUMNS is a list of further ones, separated by commas: a
/// scalar, which may follow min, max, first, last, avg, total or count and be followed by step;
/// =FLAG; or .ATTRIBUTE. Each may be named: 'min loss as best, min loss step as when, =lr'.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runs to compare.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    /// Show the lowest values for COLUMN first.
    #[arg(long, value_name = "COLUMN")]
    min: Option<String>,

    /// Show the highest values for COLUMN first.
    #[arg(long, value_name = "COLUMN")]
    max: Option<String>,

    /// Only show the top N runs.
    #[arg(short = 'n', long, visible_alias = "top", value_name = "N")]
    limit: Option<std::num::NonZeroUsize>,

    /// Show extra columns such as source code hash.
    #[arg(short, long)]
    extra_cols: bool,

    /// Include all scalars. By default system scalars are omitted.
    #[arg(short = 's', long)]
    all_scalars: bool,

    /// Comma delimited list of additional columns to compare. Cannot be used with --strict-cols.
    #[arg(short, long, value_name = "COLUMNS")]
    cols: Option<String>,

    /// Comma delimited list of the columns to compare (-cc). Cannot be used with --cols.
    #[arg(long, value_name = "COLUMNS")]
    strict_cols: Option<String>,

    /// Don't show columns specified by the 'compare' operation attribute in the Guild file.
    #[arg(short = 'p', long)]
    skip_op_cols: bool,

    /// Don't show core columns.
    #[arg(short = 'r', long)]
    skip_core: bool,

    /// Don't show columns with values that do not change.
    #[arg(short = 'u', long)]
    skip_unchanged: bool,

    /// Show comparison data as a table.
    #[arg(short, long)]
    table: bool,

    /// Save comparison data to a CSV file. Use '-' for PATH to print to standard output.
    #[arg(long, value_name = "PATH")]
    csv: Option<PathBuf>,

    /// Include batch runs.
    #[arg(long)]
    include_batch: bool,

    /// Show available scalars and exit.
    #[arg(long)]
    print_scalars: bool,

    #[command(flatten)]
    filters: FilterArgs,

    #[command(flatten)]
    _tool: refused::Tool,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    check_incompatible(session, &[(("--table", args.table), ("--csv", args.csv.is_some()))])?;
    if said(&args.cols).is_some() && said(&args.strict_cols).is_some() {
        return Err(Error::new("--cols cannot be used with --strict-cols"));
    }
    let context = Context::of_process(&session.cwd);
    if args.print_scalars {
        let runs = selected(session, &args.filters, &args.runs, false)?;
        terminal::print(&compare::scalars(&runs, &context, session.index()));
        return Ok(());
    }
    let table = load(session, args, &context)?;
    if !args.table && args.csv.is_none() && terminal::is_interactive() {
        return on_screen(session, args, &context, table);
    }
    table.warnings.iter().for_each(|w| terminal::warning(w));
    match &args.csv {
        Some(path) => write_csv(session, table, args.skip_unchanged, path),
        None => {
            show(table, args.skip_unchanged);
            Ok(())
        }
    }
}

fn load(session: &Session, args: &Args, context: &Context) -> Result<Table> {
    let mut runs: Vec<Run> = selected(session, &args.filters, &args.runs, false)?;
    runs.retain(|run| args.include_batch || !batch::is_batch(run));
    let _activity = Activity::start("Reading runs");
    Ok(compare::table(runs, &options(args), context, session))
}

/// Shows the table, which is made anew every few seconds, until the user leaves.
fn on_screen(session: &Session, args: &Args, context: &Context, table: Table) -> Result<()> {
    let mut made = Some(table);
    let next = || {
        let table = made.take().map_or_else(|| load(session, args, context), Ok);
        let note = session.save_index();
        let mut table = table.map_err(|e| e.message)?;
        table.warnings.extend(note);
        if args.skip_unchanged {
            table.drop_unchanged();
        }
        Ok(table)
    };
    let details = |run: &Run| match run.dir().exists() {
        true => info::describe(run, context),
        false => format!("Run {} is not there any more.", run.id()),
    };
    progress::off();
    screen::show(next, details)
        .map_err(|e| Error::new(format!("cannot use the terminal: {e}")).hint("Try --table."))
}

/// An option's value; as in Guild AI 0.9.0, an empty one counts as none.
fn said(option: &Option<String>) -> Option<String> {
    option.clone().filter(|text| !text.is_empty())
}

fn options(args: &Args) -> Options {
    let strict = said(&args.strict_cols).is_some();
    let least = said(&args.min).map(Sort::Min);
    let greatest = said(&args.max).map(Sort::Max);
    Options {
        columns: said(&args.strict_cols).or_else(|| said(&args.cols)),
        skip_core: args.skip_core || strict,
        extra_columns: args.extra_cols,
        skip_operation: args.skip_op_cols || strict,
        all_scalars: args.all_scalars,
        sort: least.or(greatest),
        limit: args.limit.map(Into::into),
    }
}

/// Shows a table as wide as it is.
fn show(mut table: Table, skip_unchanged: bool) {
    for row in &mut table.rows {
        row.cells = text::for_people(&table.header, row);
    }
    if skip_unchanged {
        table.drop_unchanged();
    }
    if table.header.is_empty() {
        return;
    }
    let mut rows = vec![table.header.iter().map(Cell::from).collect::<Vec<Cell>>()];
    for row in &table.rows {
        rows.push(row.cells.iter().map(|cell| guild_flags::value::text(cell).into()).collect());
    }
    for line in table::lines(&rows, 0, Screen::default()) {
        terminal::out(line.trim_end());
    }
}

fn write_csv(session: &Session, mut table: Table, skip_unchanged: bool, path: &Path) -> Result<()> {
    if skip_unchanged {
        table.drop_unchanged();
    }
    let shown = path.display();
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        text::csv(&table, &mut bytes)
            .map_err(|e| Error::new(format!("cannot write the comparison: {e}")))?;
        terminal::print(&String::from_utf8_lossy(&bytes));
        return Ok(());
    }
    let path = session.cwd.join(path);
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let file = folder
        .and_then(|()| fs::File::create(&path))
        .map_err(|e| Error::new(format!("error opening {shown}: {e}")))?;
    text::csv(&table, file).map_err(|e| Error::new(format!("error writing {shown}: {e}")))?;
    terminal::err(&format!("Wrote {} row(s) to {shown}", table.rows.len()));
    Ok(())
}
