//! Runs beside one another: a table of typed cells, as `guild compare` shows and saves it.

mod choose;
mod order;
pub mod screen;
pub mod text;

use guild_index::Index;
use guild_plugin_api::Value;
use guild_query::columns::{Column, Source};
use guild_store::Run;
use guild_store::format::Context;
use indexmap::IndexSet;

use crate::run::RunFacts;
use crate::session::Session;

/// Which columns and rows a table has.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Columns that the user adds, as a column spec.
    pub columns: Option<String>,
    /// Of the columns that every run has, only the run's short id.
    pub skip_core: bool,
    /// Also the source code's digest.
    pub extra_columns: bool,
    /// No columns by operation.
    pub skip_operation: bool,
    /// Also the system's scalars (`sys/…`).
    pub all_scalars: bool,
    /// The column by which rows are sorted, as it is headed.
    pub sort: Option<Sort>,
    /// The number of rows to keep.
    pub limit: Option<usize>,
}

/// By which column rows are sorted, and what comes first. Rows without a value come last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The least first.
    Min(String),
    /// The greatest first.
    Max(String),
}

/// A table. Without a column there are no rows.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What is above each column; no two are the same.
    pub header: Vec<String>,
    /// A row for each run.
    pub rows: Vec<Row>,
    /// What the user should know, a line each: column specs that cannot be read.
    pub warnings: Vec<String>,
}

/// A run's row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The run.
    pub run: Run,
    /// A value for each column, null where there is none.
    pub cells: Vec<Value>,
}

/// Headings (by their place among all headings) and values, in three groups: of every run, of the
/// operation, of the user.
type Sections = [Vec<(usize, Value)>; 3];

/// Puts the runs beside one another (Guild AI 0.9.0's `get_compare_data`).
///
/// Columns of the same heading become one: of a group the first value counts, and a later group
/// before an earlier one.
pub fn table(runs: Vec<Run>, options: &Options, context: &Context, session: &Session) -> Table {
    let index = session.index();
    let _held = index.hold();
    let mut specs = choose::Specs::new(session);
    let core = choose::core(options);
    let mut headings = Headings::default();
    let mut rows: Vec<(Run, Sections)> = Vec::with_capacity(runs.len());
    for mut run in runs {
        index.note(&mut run);
        let facts = RunFacts::new(&run, context, index);
        let mut cells = |section, columns: &[Column]| {
            let cell = |(i, column)| (headings.place(section, i, column), value(&facts, column));
            columns.iter().enumerate().map(cell).collect()
        };
        let sections = [
            cells(0, &core),
            cells(1, &choose::of_operation(&run, &facts, options, &mut specs)),
            cells(2, &options.columns.as_deref().map_or_else(Vec::new, |spec| specs.read(spec))),
        ];
        run.keep(None);
        rows.push((run, sections));
    }
    let names = headings.names;
    // The headings that the table has, and for each of all headings where it is among them.
    let mut header = Vec::new();
    let mut columns = vec![None; names.len()];
    for section in 0..3 {
        for (heading, _) in rows.iter().flat_map(|(_, sections)| &sections[section]) {
            if columns[*heading].is_none() {
                columns[*heading] = Some(header.len());
                header.push(*heading);
            }
        }
    }
    if let Some(sort) = &options.sort {
        order::sort(&mut rows, &names, sort);
    }
    rows.truncate(options.limit.unwrap_or(usize::MAX));
    let row = |(run, sections)| Row { run, cells: merged(sections, &columns, header.len()) };
    let rows = rows.into_iter().map(row).collect();
    let header = header.into_iter().map(|heading| names[heading].clone()).collect();
    Table { header, rows, warnings: specs.warnings }
}

/// The headings of all columns.
#[derive(Default)]
struct Headings {
    names: IndexSet<String>,
    /// The columns that were last in each place of each section, with where their headings are
    /// among the names: runs mostly have the columns of the run before.
    last: [Vec<(Column, usize)>; 3],
}

impl Headings {
    /// Where the heading of a section's `i`th column is among the names, to which it is added.
    fn place(&mut self, section: usize, i: usize, column: &Column) -> usize {
        let last = &mut self.last[section];
        if let Some((same, heading)) = last.get(i)
            && same == column
        {
            return *heading;
        }
        let (heading, _) = self.names.insert_full(column.header());
        let placed = (column.clone(), heading);
        match last.get_mut(i) {
            Some(last) => *last = placed,
            None => last.push(placed),
        }
        heading
    }
}

impl Table {
    /// Leaves out the columns in which all rows are the same, if there is more than one row.
    pub fn drop_unchanged(&mut self) {
        if self.rows.len() < 2 {
            return;
        }
        for i in (0..self.header.len()).rev() {
            let first = &self.rows[0].cells[i];
            if self.rows.iter().all(|row| guild_flags::value::same(&row.cells[i], first)) {
                self.header.remove(i);
                self.rows.iter_mut().for_each(|row| drop(row.cells.remove(i)));
            }
        }
    }
}

/// What a column shows; null for nothing, which a scalar's NaN is too.
fn value(facts: &RunFacts, column: &Column) -> Value {
    match (facts.column(&column.source), &column.source) {
        (Some(Value::Float(value)), Source::Scalar { .. }) if value.is_nan() => Value::Null,
        (value, _) => value.unwrap_or_default(),
    }
}

/// A row's cells, by where `columns` says that each heading is.
fn merged(sections: Sections, columns: &[Option<usize>], count: usize) -> Vec<Value> {
    let mut cells = vec![Value::Null; count];
    for (heading, value) in sections.into_iter().rev().flatten() {
        if let Some(cell) = columns[heading].map(|column| &mut cells[column])
            && cell.is_null()
        {
            *cell = value;
        }
    }
    cells
}

/// The scalars of the runs, one line each below a line for the run (`--print-scalars`).
pub fn scalars(runs: &[Run], context: &Context, index: &Index) -> String {
    let mut out = String::new();
    for run in runs {
        let operation = guild_store::format::operation(run);
        out += &format!("[{}] {operation}\n", run.short_id());
        for scalar in RunFacts::new(run, context, index).scalars() {
            let (key, value, step) = (scalar.key(), scalar.last.value, scalar.last.step);
            let value = if value.is_nan() { "nan".into() } else { format!("{value:.6}") };
            out += &format!("  {key}: {value} (step {step})\n");
        }
    }
    out
}
