//! How the screen looks.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Paragraph, Row, Table, TableState};
use unicode_width::UnicodeWidthChar;

use super::state::{State, View};
use crate::terminal;

/// The blanks between two columns.
const SPACING: u16 = 2;
/// The widest that a column is, unless there is room for it.
const WIDEST: u16 = 40;
/// The most lines that a message takes.
const MESSAGE: usize = 3;

/// Draws all of it: a table or text, and below it what the user should know and a line about it.
pub fn draw(frame: &mut Frame, state: &mut State) {
    let width = frame.area().width;
    let mut message = match state.view {
        View::Table | View::Filter if !state.message.is_empty() => wrapped(&state.message, width),
        _ => Vec::new(),
    };
    message.truncate(MESSAGE);
    let needed = Constraint::Length(message.len() as u16);
    let [body, notes, footer] =
        Layout::vertical([Constraint::Min(0), needed, Constraint::Length(1)]).areas(frame.area());
    state.page = usize::from(body.height.saturating_sub(1));
    let below = match &mut state.view {
        View::Text { lines, first, .. } => text(frame, body, lines, first),
        View::Table => {
            table(frame, body, state);
            below(state)
        }
        View::Filter => {
            table(frame, body, state);
            // The end, where the user types.
            let room = usize::from(width.saturating_sub(2));
            let cut = state.filter.chars().count().saturating_sub(room);
            let filter: String = state.filter.chars().skip(cut).collect();
            vec![Span::raw(format!("/{filter}")), Span::raw("█").dim()]
        }
    };
    let message: Vec<Line> = message.into_iter().map(Line::from).collect();
    frame.render_widget(Paragraph::new(message).yellow(), notes);
    frame.render_widget(Line::from(below), footer);
}

/// A text from its line `first` on, which is moved to where the text fills the screen. Gives the line
/// about it.
fn text(frame: &mut Frame, area: Rect, lines: &[String], first: &mut usize) -> Vec<Span<'static>> {
    let all: Vec<String> = lines.iter().flat_map(|line| wrapped(line, area.width)).collect();
    let page = usize::from(area.height);
    *first = (*first).min(all.len().saturating_sub(page));
    let end = (*first + page).min(all.len());
    let shown: Vec<Line> = all[*first..end].iter().map(|line| Line::from(line.as_str())).collect();
    frame.render_widget(Paragraph::new(shown), area);
    let place = match all.len() > page {
        true => format!("{}-{end} of {}  arrows: move  ", *first + 1, all.len()),
        false => String::new(),
    };
    vec![Span::raw(place), Span::raw("any other key: back").dim()]
}

/// A line in as many as it takes.
fn wrapped(line: &str, width: u16) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for c in line.chars() {
        let needed = c.width().unwrap_or(0);
        if used + needed > usize::from(width) && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        used += needed;
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
    }
    lines
}

fn table(frame: &mut Frame, area: Rect, state: &mut State) {
    if state.header.is_empty() {
        frame.render_widget(Line::from("no runs").dim(), area);
        return;
    }
    let last = state.row;
    let page = state.page.max(1);
    let first = state.first_row.clamp((last + 1).saturating_sub(page), last);
    state.first_row = first.min(state.visible.len().saturating_sub(page));
    let end = (state.first_row + state.page).min(state.visible.len());
    let shown = &state.visible[state.first_row..end];
    let all: Vec<usize> = state.columns();
    let width = |column: usize| whole_width(state, shown, column).min(WIDEST);
    let columns = in_view(&all, state, area.width, &width);
    let mut widths: Vec<u16> = columns.iter().map(|(_, width)| *width).collect();
    let used = widths.iter().fold(0, |used: u16, width| used.saturating_add(*width + SPACING));
    let mut left = (area.width + SPACING).saturating_sub(used);
    for ((column, _), width) in columns.iter().zip(&mut widths) {
        let more = whole_width(state, shown, *column).saturating_sub(*width).min(left);
        *width += more;
        left -= more;
    }
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
    // On a screen that was made wider there may be room for those before.
    while start > 0 {
        let more = from(start - 1);
        let is_whole = more.iter().all(|(i, given)| *given == width(*i));
        if !is_whole || more.len() < others.len() - start + 2 {
            break;
        }
        start -= 1;
        columns = more;
    }
    columns
}

/// As wide as the widest cell.
fn whole_width(state: &State, rows: &[usize], column: usize) -> u16 {
    let heading = heading_text(state, column);
    let cells = rows.iter().map(|row| Span::raw(state.cells[*row][column].as_str()).width());
    let widest = cells.chain([Span::raw(heading).width()]).max().unwrap_or(0);
    u16::try_from(widest).unwrap_or(u16::MAX)
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
    let heading = terminal::visible(name);
    let mark = if state.is_column_marked(column) { "*" } else { "" };
    match &state.sort {
        Some((sorted, true)) if sorted == name => format!("{mark}{heading} ▼"),
        Some((sorted, false)) if sorted == name => format!("{mark}{heading} ▲"),
        _ => format!("{mark}{heading}"),
    }
}

/// The line at the bottom.
fn below(state: &State) -> Vec<Span<'static>> {
    let at = if state.visible.is_empty() { 0 } else { state.row + 1 };
    let mut text = format!("{at} of {}", state.visible.len());
    if state.visible.len() < state.count() {
        text += &format!(" ({} in all)", state.count());
    }
    if !state.filter.is_empty() {
        text += &format!("  filter: {}", state.filter);
    }
    let columns = state.columns();
    if let Some(at) = columns.iter().position(|column| *column == state.column) {
        text += &format!("  col {}/{}", at + 1, columns.len());
    }
    if state.only_marked {
        text += if state.is_any_marked() { "  only marked" } else { "  nothing is marked" };
    }
    let keys = if state.is_reading { "  reading the runs" } else { "  ? help  q quit" };
    vec![Span::raw(text), Span::raw(keys).dim()]
}
