//! What a key does.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::state::{State, View};

/// What the screen cannot do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It is done.
    Nothing,
    /// To read the runs again.
    Refresh,
    /// To open the selected run.
    Details,
    /// To stop until the shell goes on with it.
    Suspend,
    /// To end.
    Leave,
}

/// The keys and what they do, for the help.
pub const HELP: [(&str, &str); 15] = [
    ("arrows, h j k l", "move"),
    ("PgUp PgDn, Home End", "move by a page, to the first and last run"),
    ("0 $", "first and last column"),
    ("s", "sort by the column, least first; again: as it was"),
    ("S", "sort by the column, greatest first; again: as it was"),
    ("/", "show the runs that contain a text; Ctrl-U: none; Esc: all"),
    ("Enter", "details of the run"),
    ("m", "mark the run"),
    ("M", "mark the column"),
    ("f", "show only what is marked"),
    ("r, Ctrl-L", "read the runs again (every few seconds anyhow) and draw anew"),
    ("Esc", "back; in the table: show all runs"),
    ("?", "this help"),
    ("Ctrl-Z", "back to the shell; there, fg goes on"),
    ("q, Ctrl-C", "quit"),
];

/// Does what a key says.
pub fn press(state: &mut State, key: KeyEvent) -> Wish {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        match key.code {
            KeyCode::Char('c' | 'd') => return Wish::Leave,
            KeyCode::Char('l') => return Wish::Refresh,
            KeyCode::Char('z') => return Wish::Suspend,
            KeyCode::Char('u') if state.view == View::Filter => state.set_filter(String::new()),
            KeyCode::Char('w') if state.view == View::Filter => {
                let filter = state.filter.trim_end();
                let end = filter.rfind(' ').map_or(0, |blank| blank + 1);
                state.set_filter(filter[..end].to_string());
            }
            _ => {}
        }
        return Wish::Nothing;
    }
    let page = isize::try_from(state.page.max(1)).unwrap_or(1);
    match &mut state.view {
        View::Table => in_table(state, key.code, page),
        View::Filter => in_filter(state, key.code),
        View::Text { first, .. } => {
            let by = match key.code {
                KeyCode::Down | KeyCode::Char('j') => 1,
                KeyCode::Up | KeyCode::Char('k') => -1,
                KeyCode::PageDown | KeyCode::Char(' ') => page,
                KeyCode::PageUp => -page,
                KeyCode::Home => isize::MIN,
                KeyCode::End => isize::MAX,
                _ => {
                    state.view = View::Table;
                    return Wish::Nothing;
                }
            };
            *first = first.saturating_add_signed(by);
            Wish::Nothing
        }
    }
}

fn in_table(state: &mut State, key: KeyCode, page: isize) -> Wish {
    match key {
        KeyCode::Down | KeyCode::Char('j') => state.move_rows(1),
        KeyCode::Up | KeyCode::Char('k') => state.move_rows(-1),
        KeyCode::PageDown | KeyCode::Char(' ') => state.move_rows(page),
        KeyCode::PageUp => state.move_rows(-page),
        KeyCode::Home | KeyCode::Char('g') => state.move_rows(isize::MIN),
        KeyCode::End | KeyCode::Char('G') => state.move_rows(isize::MAX),
        KeyCode::Right | KeyCode::Char('l') => state.move_columns(1),
        KeyCode::Left | KeyCode::Char('h') => state.move_columns(-1),
        KeyCode::Char('0') => state.move_columns(isize::MIN),
        KeyCode::Char('$') => state.move_columns(isize::MAX),
        KeyCode::Char('s') => state.sort_by_column(false),
        KeyCode::Char('S') => state.sort_by_column(true),
        KeyCode::Char('m') => state.mark_row(),
        KeyCode::Char('M') => state.mark_column(),
        KeyCode::Char('f') => state.toggle_only_marked(),
        KeyCode::Char('/') => state.view = View::Filter,
        KeyCode::Char('?') | KeyCode::F(1) => state.open_help(),
        KeyCode::Esc => state.set_filter(String::new()),
        KeyCode::Enter => return Wish::Details,
        KeyCode::Char('r') => return Wish::Refresh,
        KeyCode::Char('q') => return Wish::Leave,
        _ => {}
    }
    Wish::Nothing
}

fn in_filter(state: &mut State, key: KeyCode) -> Wish {
    let mut filter = state.filter.clone();
    match key {
        KeyCode::Enter => state.view = View::Table,
        KeyCode::Esc => {
            state.view = View::Table;
            filter.clear();
        }
        KeyCode::Backspace => drop(filter.pop()),
        KeyCode::Char(c) => filter.push(c),
        _ => {}
    }
    if filter != state.filter {
        state.set_filter(filter);
    }
    Wish::Nothing
}
