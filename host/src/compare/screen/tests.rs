//! The screen without a terminal: keys in, text out.

use guild_plugin_api::Value;
use guild_store::Run;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::draw::draw;
use super::keys::{Wish, press};
use super::state::{State, View};
use crate::compare::{Row, Table};

/// Rows of ids, learning rates and losses; a null is a run that has none yet.
fn table(rows: &[(&str, f64, Option<f64>)]) -> Table {
    let row = |(id, lr, loss): &(&str, f64, Option<f64>)| Row {
        run: Run::new(format!("{id}{}", "0".repeat(24)), format!("/nowhere/{id}")),
        cells: vec![(*id).into(), "train".into(), (*lr).into(), Value::from(*loss)],
    };
    Table {
        header: ["run", "operation", "lr", "loss"].map(String::from).to_vec(),
        rows: rows.iter().map(row).collect(),
        warnings: Vec::new(),
    }
}

fn three_runs() -> State {
    let mut state = State::default();
    let rows =
        [("aaaaaaa1", 0.1, Some(10.0)), ("bbbbbbb2", 0.2, None), ("ccccccc3", 0.3, Some(9.5))];
    state.set_table(table(&rows));
    state
}

/// What the screen shows, without the blanks at the ends of lines.
fn shown(state: &mut State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y| {
        let cells = (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        cells.trim_end().to_string()
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

fn press_all(state: &mut State, keys: &str) {
    for key in keys.chars() {
        let code = match key {
            '\n' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            '\x08' => KeyCode::Backspace,
            key => KeyCode::Char(key),
        };
        assert_eq!(press(state, KeyEvent::new(code, KeyModifiers::NONE)), Wish::Nothing);
    }
}

fn ids(state: &State) -> String {
    let id = |row: &usize| state.cells[*row][0][..1].to_string();
    state.visible.iter().map(id).collect::<Vec<_>>().concat()
}

#[test]
fn a_table_and_a_line_about_it() {
    let mut state = three_runs();
    assert_eq!(
        shown(&mut state, 50, 6),
        "\
run       operation  lr   loss
aaaaaaa1  train      0.1  10.0
bbbbbbb2  train      0.2
ccccccc3  train      0.3  9.5

1 of 3  col 1/4  ? help  q quit"
    );
}

#[test]
fn sorted_by_numbers_with_missing_ones_last() {
    let mut state = three_runs();
    press_all(&mut state, "$s");
    assert_eq!(ids(&state), "cab");
    assert_eq!(state.selected().unwrap().cells[0], Value::str("ccccccc3"), "the first");
    assert!(shown(&mut state, 50, 5).starts_with("run       operation  lr   loss ▲\nccccccc3"));
    press_all(&mut state, "S");
    assert_eq!(ids(&state), "acb");
    press_all(&mut state, "S");
    assert_eq!(ids(&state), "abc", "as it was");
}

#[test]
fn a_filter_is_applied_while_it_is_typed() {
    let mut state = three_runs();
    press_all(&mut state, "/BBx");
    assert_eq!(ids(&state), "");
    assert!(shown(&mut state, 40, 4).ends_with("\n/BBx█"));
    press_all(&mut state, "\x08\n");
    assert_eq!(ids(&state), "b");
    assert!(
        shown(&mut state, 50, 4).ends_with("\n1 of 1 (3 in all)  filter: BB  col 1/4  ? help  q")
    );
    press_all(&mut state, "\x1b");
    assert_eq!(ids(&state), "abc");
}

#[test]
fn a_small_screen_scrolls_both_ways() {
    let mut state = three_runs();
    press_all(&mut state, "jj");
    let cut = "run       operation  l\nccccccc3  train      0\n3 of 3  col 1/4  ? hel";
    assert_eq!(shown(&mut state, 22, 3), cut);
    press_all(&mut state, "$");
    let text = shown(&mut state, 21, 3);
    assert!(text.starts_with("run       lr   loss\n"), "{text}");
    let text = shown(&mut state, 40, 3);
    assert!(text.starts_with("run       operation  lr   loss\n"), "{text}");
    shown(&mut state, 21, 3);
    press_all(&mut state, "0G");
    press_all(&mut state, "g");
    assert!(shown(&mut state, 21, 3).contains("aaaaaaa1  train"));
    for (width, height) in [(1, 1), (3, 2), (9, 1), (200, 2)] {
        shown(&mut state, width, height);
    }
}

#[test]
fn only_what_is_marked() {
    let mut state = three_runs();
    press_all(&mut state, "jm$Mf");
    assert_eq!(
        shown(&mut state, 40, 3),
        "run       *loss\nbbbbbbb2\n1 of 1 (3 in all)  col 2/2  only marked"
    );
    press_all(&mut state, "mM");
    assert!(shown(&mut state, 60, 3).contains("nothing is marked"));
    press_all(&mut state, "f");
    assert_eq!((ids(&state).as_str(), state.columns().len()), ("abc", 4));
}

#[test]
fn another_table_keeps_what_the_user_chose() {
    let mut state = three_runs();
    press_all(&mut state, "jjm$s/a\n");
    let rows = [
        ("ddddddd4", 0.4, Some(1.0)),
        ("aaaaaaa1", 0.1, Some(10.0)),
        ("bbbbbbb2", 0.2, Some(20.0)),
        ("ccccccc3", 0.3, Some(30.0)),
    ];
    state.set_table(table(&rows));
    assert_eq!(ids(&state), "dabc");
    assert_eq!(state.selected().unwrap().cells[0], Value::str("ccccccc3"));
    assert!(state.is_row_marked(3));
    state.set_table(Table::default());
    assert!(state.selected().is_none());
    assert!(shown(&mut state, 20, 3).starts_with("no runs\n"));
    press_all(&mut state, "jhlsSmMf/x\n?q");
}

#[test]
fn details_help_and_the_end() {
    let mut state = three_runs();
    let key = |code| KeyEvent::new(code, KeyModifiers::NONE);
    assert_eq!(press(&mut state, key(KeyCode::Enter)), Wish::Details);
    state.open_details(|run| format!("id: {}\nstatus: completed\n", run.short_id()));
    assert_eq!(shown(&mut state, 30, 4), "id: aaaaaaa1\nstatus: completed\n\nany other key: back");
    press_all(&mut state, "jjj");
    assert_eq!(
        shown(&mut state, 60, 2),
        "status: completed\n2-2 of 2  arrows: move  any other key: back"
    );
    state.renew_details(|run| format!("id: {}\nstatus: error\n", run.short_id()));
    assert!(shown(&mut state, 9, 4).starts_with("aa1\nstatus: e\nrror\n2-4 of"));
    press_all(&mut state, "\x1b?");
    assert!(shown(&mut state, 60, 16).contains("sort by the column, least first"));
    press_all(&mut state, "j");
    assert!(shown(&mut state, 40, 6).contains("2-6 of "));
    press_all(&mut state, "x");
    assert_eq!(state.view, View::Table);
    assert_eq!(press(&mut state, key(KeyCode::Char('r'))), Wish::Refresh);
    assert_eq!(press(&mut state, key(KeyCode::Char('q'))), Wish::Leave);
    let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    state.view = View::Filter;
    assert_eq!(press(&mut state, interrupt), Wish::Leave);
}

#[test]
fn what_is_left_fills_the_screen() {
    let mut state = State::default();
    let names: Vec<String> = (0..30).map(|i| format!("{}{i:07}", ['a', 'b'][i % 2])).collect();
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), 0.1, None)).collect();
    state.set_table(table(&rows));
    shown(&mut state, 60, 12);
    press_all(&mut state, "G");
    shown(&mut state, 60, 12);
    press_all(&mut state, "/a00\n");
    assert_eq!(shown(&mut state, 60, 24).matches("\na00").count(), 15);
    press_all(&mut state, "\x1b");
    let larger = shown(&mut state, 60, 32);
    assert!(larger.contains("a0000000") && larger.contains("b0000029"), "{larger}");
}

#[test]
fn messages_headings_and_cells_are_shown_whole() {
    let mut state = State::default();
    let mut it = table(&[("aaaaaaa1", 0.1, None)]);
    it.header[1] = "fl\x1b[2J".into();
    it.rows[0].cells[1] = Value::Str("long ".repeat(10));
    it.warnings = vec!["unexpected token 'foo' in the columns".into()];
    state.set_table(it);
    let text = shown(&mut state, 76, 6);
    assert!(text.starts_with("run       fl\\x1b[2J"), "{text}");
    assert!(text.contains(&"long ".repeat(10)), "{text}");
    assert!(text.contains("\nunexpected token 'foo' in the columns\n1 of 1"), "{text}");
    let narrow = shown(&mut state, 20, 6);
    assert!(narrow.contains("\nunexpected token 'fo\no' in the columns\n1 of 1"), "{narrow}");
}

#[test]
fn a_filter_is_changed_at_its_end() {
    let mut state = three_runs();
    let control = |key| KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL);
    press_all(&mut state, "/one two");
    assert!(shown(&mut state, 6, 3).ends_with("\n/ two█"));
    press(&mut state, control('w'));
    assert_eq!(state.filter, "one ");
    press(&mut state, control('u'));
    assert_eq!((state.filter.as_str(), ids(&state).as_str()), ("", "abc"));
    assert_eq!(press(&mut state, control('l')), Wish::Refresh);
    assert_eq!(press(&mut state, control('z')), Wish::Suspend);
}
