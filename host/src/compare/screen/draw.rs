//! How the screen looks.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Paragraph, Row, Table, TableState};

use super::keys::HELP;
use super::state::{State, View};

/// The blanks between two columns.
const SPACING: u16 = 2;
/// The widest that a column is, unless there is room for it.
const WIDEST: u16 = 40;

/// Draws all of it: a table or text, and a line about it below.
pub fn draw(frame: &mut Frame, state: &mut State) {
    let [body, footer] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
    state.page = usize::from(body.height.saturating_sub(1));
    let text = match &state.view {
        View::Details { lines, first } => lines.iter().skip(*first).cloned().collect(),
        View::Help => HELP.map(|(keys, what)| format!("{keys:<20}  {what}")).to_vec(),
        View::Table | View::Filter => {
            table(frame, body, state);
            Vec::new()
        }
    };
    if !text.is_empty() {
        frame.render_widget(
            Paragraph::new(text.into_iter().map(Line::from).collect::<Vec<_>>()),
            body,
        );
    }
    frame.render_widget(Line::from(below(state)), footer);
}

fn table(frame: &mut Frame, area: Rect, state: &mut State) {
    if state.header.is_empty() {
        frame.render_widget(Line::from("no runs").dim(), area);
        return;
    }
    let last = state.row;
    state.first_row = state.first_row.clamp((last + 1).saturating_sub(state.page.max(1)), last);
    let end = (state.first_row + state.page).min(state.visible.len());
    let shown = &state.visible[state.first_row.min(end)..end];
    let all: Vec<usize> = state.columns();
    let width = |column: usize| width(state, shown, column);
    let columns = in_view(&all, state, area.width, &width);
    let widths: Vec<u16> = columns.iter().map(|(_, width)| *width).collect();
    let columns: Vec<usize> = columns.into_iter().map(|(i, _)| i).collect();
    let first_column = columns.get(1).copied().unwrap_or(0);
    let header = Row::new(columns.iter().map(|i| heading(state, *i)));
    let rows = shown.iter().map(|row| {
        let style = match state.is_row_marked(*row) {
            true => Style::new().add_modifier(Modifier::BOLD).yellow(),
            false => Style::new(),
        };
        Row::new(columns.iter().map(|i| Cell::from(state.cells[*row][*i].as_str()))).style(style)
    });
    let table = Table::new(rows, widths)
        .header(header)
        .column_spacing(SPACING)
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    let mut place = TableState::new().with_selected(state.row - state.first_row);
    frame.render_stateful_widget(table, area, &mut place);
    state.first_column = first_column;
}

/// The first column, and as many others as there is room for, the selected one among them; each
/// with its width. The last may be cut, which says that there is more.
fn in_view(
    all: &[usize],
    state: &State,
    room: u16,
    width: &dyn Fn(usize) -> u16,
) -> Vec<(usize, u16)> {
    let Some((first, others)) = all.split_first() else { return Vec::new() };
    let selected = others.iter().position(|i| *i == state.column).unwrap_or(0);
    let before = others.iter().position(|i| *i >= state.first_column).unwrap_or(0);
    let from = |start: usize| {
        let mut left = room.saturating_sub(width(*first));
        let mut columns = vec![(*first, width(*first).min(room))];
        for column in &others[start..] {
            let needed = width(*column);
            left = left.saturating_sub(SPACING);
            if left == 0 {
                break;
            }
            columns.push((*column, needed.min(left)));
            left = left.saturating_sub(needed);
        }
        columns
    };
    let whole = |columns: &[(usize, u16)]| {
        columns.iter().any(|(i, given)| *i == state.column && *given == width(*i))
    };
    let mut start = before.min(selected);
    let mut columns = from(start);
    while start < selected && !whole(&columns) {
        start += 1;
        columns = from(start);
    }
    columns
}

fn width(state: &State, rows: &[usize], column: usize) -> u16 {
    let heading = heading_text(state, column);
    let cells = rows.iter().map(|row| Span::raw(state.cells[*row][column].as_str()).width());
    let widest = cells.chain([Span::raw(heading).width()]).max().unwrap_or(0);
    u16::try_from(widest).unwrap_or(u16::MAX).min(WIDEST)
}

fn heading(state: &State, column: usize) -> Cell<'static> {
    let mut style = Style::new().add_modifier(Modifier::BOLD);
    if column == state.column {
        style = style.add_modifier(Modifier::REVERSED);
    }
    Cell::from(heading_text(state, column)).style(style)
}

fn heading_text(state: &State, column: usize) -> String {
    let name = &state.header[column];
    let mark = if state.is_column_marked(column) { "*" } else { "" };
    match &state.sort {
        Some((sorted, true)) if sorted == name => format!("{mark}{name} ▼"),
        Some((sorted, false)) if sorted == name => format!("{mark}{name} ▲"),
        _ => format!("{mark}{name}"),
    }
}

/// The line at the bottom.
fn below(state: &State) -> Vec<Span<'static>> {
    if state.view == View::Filter {
        return vec![Span::raw(format!("/{}", state.filter)), Span::raw("█").dim()];
    }
    if state.view != View::Table {
        return vec![Span::raw("any other key: back").dim()];
    }
    let at = if state.visible.is_empty() { 0 } else { state.row + 1 };
    let mut text = format!("{at} of {}", state.visible.len());
    if state.visible.len() < state.count() {
        text += &format!(" ({} in all)", state.count());
    }
    if !state.filter.is_empty() {
        text += &format!("  filter: {}", state.filter);
    }
    if state.only_marked {
        text += "  only marked";
    }
    vec![
        Span::raw(text),
        Span::raw("  ? help  q quit").dim(),
        Span::raw(if state.message.is_empty() {
            String::new()
        } else {
            format!("  {}", state.message)
        })
        .yellow(),
    ]
}
