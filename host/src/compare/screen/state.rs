//! What the screen shows.

use std::collections::HashSet;

use guild_flags::value;
use guild_plugin_api::Value;
use guild_store::Run;

use super::keys::HELP;
use crate::compare::{Row, Table, order, text};
use crate::terminal;

/// What the screen shows.
#[derive(Debug, Default)]
pub struct State {
    /// The headings of all columns.
    pub header: Vec<String>,
    /// What is shown of each row of the table, in the table's order.
    pub cells: Vec<Vec<String>>,
    /// The rows that are shown, in their order, as places in `cells`.
    pub visible: Vec<usize>,
    /// The selected row, as a place in `visible`.
    pub row: usize,
    /// The selected column, as a place in `header`.
    pub column: usize,
    /// The first column that is shown beside the first one, which always is.
    pub first_column: usize,
    /// The first row that is shown, as a place in `visible`.
    pub first_row: usize,
    /// How many rows there is room for, as of the last time it was drawn.
    pub page: usize,
    /// The heading by which rows are sorted, and whether the greatest is first.
    pub sort: Option<(String, bool)>,
    /// What the rows that are shown contain, whatever the case of letters. Empty for all rows.
    pub filter: String,
    /// Whether only marked rows and columns are shown, of those where any is.
    pub only_marked: bool,
    /// What is in front of the table.
    pub view: View,
    /// What the user should know.
    pub message: String,
    /// Whether runs are being read, which takes long.
    pub is_reading: bool,
    rows: Vec<Row>,
    marked_runs: HashSet<String>,
    marked_columns: HashSet<String>,
}

/// What the user is at.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The table.
    #[default]
    Table,
    /// Typing a filter.
    Filter,
    /// Reading about a run, or about the keys.
    Text {
        /// The run.
        about: Option<Run>,
        /// What there is to read.
        lines: Vec<String>,
        /// The first line that is shown, of those that it takes on the screen.
        first: usize,
    },
}

impl State {
    /// Shows another table. What was selected, sorted, filtered and marked stays so.
    pub fn set_table(&mut self, table: Table) {
        let run = self.selected().map(|row| row.run.id().to_string());
        let column = self.header.get(self.column).cloned();
        self.message = table.warnings.join("; ");
        self.cells = table
            .rows
            .iter()
            .map(|row| {
                let cells = text::for_people(&table.header, row);
                let shown = |cell: &Value| terminal::visible(&value::text(cell)).replace('\t', " ");
                cells.iter().map(shown).collect()
            })
            .collect();
        self.header = table.header;
        self.rows = table.rows;
        let place = |name| self.header.iter().position(|other| *other == name);
        self.column = column.and_then(place).unwrap_or(0);
        self.arrange();
        self.select_run(run.as_deref());
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&Row> {
        self.visible.get(self.row).and_then(|i| self.rows.get(*i))
    }

    /// How many rows there are, shown or not.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Moves the selection; it stops at the ends.
    pub fn move_rows(&mut self, by: isize) {
        self.row = moved(self.row, by, self.visible.len());
    }

    /// Moves to another column that is shown; it stops at the ends.
    pub fn move_columns(&mut self, by: isize) {
        let shown = self.columns();
        let at = shown.iter().position(|i| *i == self.column).unwrap_or(0);
        self.column = shown.get(moved(at, by, shown.len())).copied().unwrap_or(0);
    }

    /// The columns that are shown, if there is room for them.
    pub fn columns(&self) -> Vec<usize> {
        let only_marked = self.only_marked && self.is_any_column_marked();
        let shown = |i: &usize| !only_marked || *i == 0 || self.is_column_marked(*i);
        (0..self.header.len()).filter(shown).collect()
    }

    /// Sorts by the selected column, or no more if it is sorted so already, and goes to the first.
    pub fn sort_by_column(&mut self, descending: bool) {
        let Some(name) = self.header.get(self.column).cloned() else { return };
        let sort = Some((name, descending));
        self.sort = if self.sort == sort { None } else { sort };
        self.arrange();
        self.row = 0;
    }

    /// Shows the rows that contain `filter`.
    pub fn set_filter(&mut self, filter: String) {
        self.filter = filter;
        self.rearrange();
    }

    /// Marks the selected row, or no more.
    pub fn mark_row(&mut self) {
        let Some(id) = self.selected().map(|row| row.run.id().to_string()) else { return };
        toggle(&mut self.marked_runs, id);
        self.rearrange();
    }

    /// Marks the selected column, or no more.
    pub fn mark_column(&mut self) {
        let Some(name) = self.header.get(self.column).cloned() else { return };
        toggle(&mut self.marked_columns, name);
        self.move_columns(0);
    }

    /// Shows only what is marked, or everything again.
    pub fn toggle_only_marked(&mut self) {
        self.only_marked = !self.only_marked;
        self.rearrange();
        self.move_columns(0);
    }

    /// Whether the row at a place in `cells` is marked.
    pub fn is_row_marked(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| self.marked_runs.contains(row.run.id()))
    }

    /// Whether a column is marked.
    pub fn is_column_marked(&self, column: usize) -> bool {
        self.header.get(column).is_some_and(|name| self.marked_columns.contains(name))
    }

    /// Shows what `details` says about the selected run.
    pub fn open_details(&mut self, details: impl Fn(&Run) -> String) {
        let Some(row) = self.selected() else { return };
        let about = row.run.clone();
        self.view = View::Text { lines: lines_of(&details(&about)), about: Some(about), first: 0 };
    }

    /// Shows what `details` says now about the run that the user reads about, if it is one.
    pub fn renew_details(&mut self, details: impl Fn(&Run) -> String) {
        if let View::Text { about: Some(run), lines, .. } = &mut self.view {
            *lines = lines_of(&details(run));
        }
    }

    /// Shows what keys do.
    pub fn open_help(&mut self) {
        let lines = HELP.map(|(keys, what)| format!("{keys:<20}  {what}")).to_vec();
        self.view = View::Text { about: None, lines, first: 0 };
    }

    /// Whether some row or column is marked.
    pub fn is_any_marked(&self) -> bool {
        self.is_any_row_marked() || self.is_any_column_marked()
    }

    fn is_any_row_marked(&self) -> bool {
        (0..self.rows.len()).any(|i| self.is_row_marked(i))
    }

    fn is_any_column_marked(&self) -> bool {
        (0..self.header.len()).any(|i| self.is_column_marked(i))
    }

    fn rearrange(&mut self) {
        let run = self.selected().map(|row| row.run.id().to_string());
        self.arrange();
        self.select_run(run.as_deref());
    }

    fn select_run(&mut self, id: Option<&str>) {
        let is_it = |i: &usize| id.is_some_and(|id| self.rows[*i].run.id() == id);
        let last = self.visible.len().saturating_sub(1);
        self.row = self.visible.iter().position(is_it).unwrap_or(self.row.min(last));
    }

    fn arrange(&mut self) {
        let filter = self.filter.to_lowercase();
        let only_marked = self.only_marked && self.is_any_row_marked();
        let shown = |i: &usize| {
            (!only_marked || self.is_row_marked(*i))
                && self.cells[*i].iter().any(|cell| cell.to_lowercase().contains(&filter))
        };
        self.visible = (0..self.rows.len()).filter(shown).collect();
        let Some((name, descending)) = &self.sort else { return };
        let Some(column) = self.header.iter().position(|other| other == name) else { return };
        let rows = &self.rows;
        let cell = |i: usize| &rows[i].cells[column];
        self.visible.sort_by(|a, b| order::missing_last(cell(*a), cell(*b), *descending));
    }
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(|line| line.replace('\t', "  ")).collect()
}

/// A place among `count`, moved.
fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

fn toggle(set: &mut HashSet<String>, name: String) {
    if !set.remove(&name) {
        set.insert(name);
    }
}
