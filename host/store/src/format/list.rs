//! The list of runs.

use std::collections::HashMap;
use std::path::PathBuf;

use guild_flags::value;
use guild_plugin_api::{Map, Value};

use super::details::{self, Details, Reader};
use super::operation::Described;
use super::table::{self, Cell, Screen};
use super::{Context, json};
use crate::clock;
use crate::paths;
use crate::run::Run;

/// By how many runs the list grows with each `-m`.
const GROUP: usize = 20;

/// How many runs are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// `-a, --all`: all of them.
    pub all: bool,
    /// `-n, --limit N`: so many.
    pub limit: Option<usize>,
    /// `-m, --more`: 20 more for each time it is given.
    pub more: usize,
}

impl Limit {
    /// How many runs are listed at most.
    pub fn most(&self) -> usize {
        let grown = self.more.saturating_add(1).saturating_mul(GROUP);
        if self.all { usize::MAX } else { self.limit.filter(|n| *n > 0).unwrap_or(grown) }
    }

    /// How many of `all` runs to list, and the note that says so when `-n` did not ask for fewer than
    /// all. Guild prints the note dimmed, to standard error, before the list.
    pub fn apply(&self, all: usize) -> (usize, Option<String>) {
        let count = self.most().min(all);
        if count == all || self.limit.is_some_and(|n| n > 0) {
            return (count, None);
        }
        let note = format!(
            "Showing the first {count} runs ({all} total) - use --all to show all or -m to show more"
        );
        (count, Some(note))
    }
}

/// Which columns a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Columns {
    /// `guild runs`: index and short id, operation, started, status, label.
    #[default]
    Full,
    /// `guild runs --simplified`: index, operation, status, label.
    Simplified,
    /// Before a confirmation: short id, operation, started, status, label, indented by two.
    Preview,
    /// `guild comment --list`: as [`Columns::Preview`], without brackets and indent.
    ShortId,
}

/// The text of a list of `runs`, one line each and a line end after each; `verbose` adds the lines
/// of [`details::SHOWN`] to each run.
///
/// A run whose attributes cannot be read is listed with what there is, and `?` for an operation
/// that cannot be; 0.9.0 leaves it out, or fails.
pub fn text(
    runs: &[Run],
    columns: Columns,
    verbose: bool,
    screen: Screen,
    ctx: &Context,
) -> String {
    let indent = if columns == Columns::Preview { 2 } else { 0 };
    let mut out = String::new();
    for (i, (run, line)) in runs.iter().zip(lines(runs, columns, screen, ctx)).enumerate() {
        out += &(line + "\n");
        if verbose {
            let details = Details::of(run, Some(i + 1), ctx);
            for name in details::SHOWN {
                let text = details.get(name).unwrap_or_default();
                out += &format!("{}  {name}: {text}\n", " ".repeat(indent));
            }
        }
    }
    out
}

/// The line of each of `runs`, without its end, for what stands below each.
pub fn lines(runs: &[Run], columns: Columns, screen: Screen, ctx: &Context) -> Vec<String> {
    let mut hints = Hints { ctx, known: HashMap::new() };
    let rows: Vec<Vec<Cell>> =
        runs.iter().enumerate().map(|(i, run)| row(run, i + 1, columns, &mut hints)).collect();
    table::lines(&rows, if columns == Columns::Preview { 2 } else { 0 }, screen)
}

/// Reads of a run only what its row shows.
fn row(run: &Run, index: usize, columns: Columns, hints: &mut Hints) -> Vec<Cell> {
    let mut reader = Reader { run, problems: Vec::new() };
    let index = match columns {
        Columns::Full => details::index_text(run, Some(index)),
        Columns::Simplified => format!("[{index}]"),
        Columns::Preview => details::index_text(run, None),
        Columns::ShortId => run.short_id().to_string(),
    };
    let mut row = vec![Cell::from(index), operation(&mut reader, hints)];
    if columns != Columns::Simplified {
        let started = reader.started();
        let text = started.map_or_else(String::new, |t| clock::format_time(t, &hints.ctx.zone));
        row.push(text.into());
    }
    row.push(details::status_text(run, run.listed_status()).into());
    row.push(reader.text("label").into());
    row
}

/// `train.py (../other) [marked]`.
fn operation(reader: &mut Reader, hints: &mut Hints) -> Cell {
    let described = Described::of(reader.run, 0);
    let mut cell = Cell::from(described.text);
    if let Some(hint) = described.dir.and_then(|dir| hints.of(dir)) {
        cell = cell.and_dim(&format!(" ({hint})"));
    }
    let marked = reader.attr("marked").is_some_and(|v| value::is_true(&v));
    if marked { cell.and(" [marked]") } else { cell }
}

/// Says where folders are. Most runs of a list are from the same few.
struct Hints<'a> {
    ctx: &'a Context,
    known: HashMap<PathBuf, Option<String>>,
}

impl Hints<'_> {
    /// Where `dir` is, unless it is the current directory.
    fn of(&mut self, dir: PathBuf) -> Option<String> {
        let Context { cwd, user_home, .. } = self.ctx;
        let answer = |dir: &PathBuf| {
            let expanded = paths::absolute(&paths::expand_user(dir, user_home), cwd);
            let here = paths::real(&expanded) == paths::real(cwd);
            (!here).then(|| paths::hint(dir, cwd, user_home))
        };
        self.known.entry(dir).or_insert_with_key(answer).clone()
    }
}

/// `guild runs --json`: one line, without a limit.
pub fn to_json(runs: &[Run]) -> String {
    json::encode(&Value::List(runs.iter().map(|run| Value::Map(json_entry(run, 0))).collect()))
}

fn json_entry(run: &Run, depth: usize) -> Map {
    let mut reader = Reader { run, problems: Vec::new() };
    let mut map = Map::new();
    map.insert("id", run.id());
    map.insert("run_dir", run.dir().display().to_string());
    let opref = run.opref().ok().flatten();
    map.insert("opref", opref.map_or_else(String::new, |opref| opref.to_string()));
    for name in ["exit_status", "cmd", "comments", "marked", "label", "started"] {
        map.insert(name, reader.attr(name));
    }
    map.insert("status", run.status().as_str());
    for name in ["stopped", "tags"] {
        map.insert(name, reader.attr(name));
    }
    // Deeper than this there are only links that go round.
    let proto = Run::at(run.guild_path("proto"));
    if depth < 8 && proto.dir().exists() {
        map.insert("batch_proto", json_entry(&proto, depth + 1));
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opref::OpRef;
    use crate::store::Store;
    use crate::zone::Zone;

    fn sample() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("home"));
        for (i, (project, op, label)) in
            [("/p/a", "a.py", "'x=1'"), ("/p/b", "long-name.py", "''"), ("/p/a/c", "c.py", "5")]
                .into_iter()
                .enumerate()
        {
            let run = store.new_run().unwrap();
            run.write_opref(&OpRef::new("script", project, "", "", op)).unwrap();
            run.set_attr_text("label", label).unwrap();
            run.set_attr_text("started", &format!("{}", (i as i64 + 1) * 1_000_000_000)).unwrap();
            run.finish(i as i32).unwrap();
        }
        store.runs().unwrap()[0].set_attr("marked", &true.into()).unwrap();
        (dir, store)
    }

    fn ctx() -> Context {
        Context { cwd: "/p/a".into(), user_home: "/home/ann".into(), zone: Zone::utc() }
    }

    #[test]
    fn the_list() {
        let (_dir, store) = sample();
        let runs = store.runs().unwrap();
        let ids: Vec<&str> = runs.iter().map(Run::short_id).collect();
        let full = text(&runs, Columns::Full, false, Screen::default(), &ctx());
        assert_eq!(
            full,
            format!(
                "[1:{}]  c.py (c) [marked]    1970-01-01 00:50:00  error      5\n\
                 [2:{}]  long-name.py (../b)  1970-01-01 00:33:20  error      \n\
                 [3:{}]  a.py                 1970-01-01 00:16:40  completed  x=1\n",
                ids[0], ids[1], ids[2]
            )
        );
        let simplified = text(&runs[2..], Columns::Simplified, false, Screen::default(), &ctx());
        assert_eq!(simplified, "[1]  a.py  completed  x=1\n");
        let preview = text(&runs[2..], Columns::Preview, false, Screen::default(), &ctx());
        let want = format!("  [{}]  a.py  1970-01-01 00:16:40  completed  x=1\n", ids[2]);
        assert_eq!(preview, want);
        let verbose = text(&runs[2..], Columns::Full, true, Screen::default(), &ctx());
        assert_eq!(verbose.lines().count(), 15);
        assert!(verbose.contains("\n  exit_status: 0\n  pid: \n"), "{verbose}");
    }

    #[test]
    fn one_bad_run_does_not_sink_the_list() {
        let (_dir, store) = sample();
        let bad = &store.runs().unwrap()[1];
        for (name, content) in [("started", "[1"), ("label", "\0"), ("marked", "{")] {
            std::fs::write(bad.guild_path("attrs").join(name), content).unwrap();
        }
        std::fs::write(bad.guild_path("opref"), "").unwrap();
        bad.del_attr("initialized").unwrap();
        let runs = store.runs().unwrap();
        let list = text(&runs, Columns::Full, true, Screen::default(), &ctx());
        assert_eq!(list.lines().count(), 45);
        assert!(list.contains(&format!("[3:{}]  ?", bad.short_id())), "{list}");
        assert!(to_json(&runs).contains("\"opref\": \"\""));
    }

    #[test]
    fn limits() {
        let shown = |limit: Limit| {
            let (count, note) = limit.apply(50);
            (count, note.is_some())
        };
        assert_eq!(shown(Limit::default()), (20, true));
        assert_eq!(shown(Limit { more: 1, ..Limit::default() }), (40, true));
        assert_eq!(shown(Limit { more: 2, ..Limit::default() }), (50, false));
        assert_eq!(shown(Limit { all: true, ..Limit::default() }), (50, false));
        assert_eq!(shown(Limit { limit: Some(3), ..Limit::default() }), (3, false));
        assert_eq!(shown(Limit { limit: Some(99), ..Limit::default() }), (50, false));
        assert_eq!(
            Limit::default().apply(50).1.unwrap(),
            "Showing the first 20 runs (50 total) - use --all to show all or -m to show more"
        );
    }

    #[test]
    fn json_of_a_list() {
        let (_dir, store) = sample();
        let runs = store.runs().unwrap();
        let run = &runs[2];
        let stopped = run.int_attr("stopped").unwrap().unwrap();
        assert_eq!(
            to_json(&runs[2..]),
            format!(
                r#"[{{"id": "{}", "run_dir": "{}", "opref": "script:/p/a '' '' a.py", "exit_status": 0, "cmd": null, "comments": null, "marked": null, "label": "x=1", "started": 1000000000, "status": "completed", "stopped": {stopped}, "tags": null}}]"#,
                run.id(),
                run.dir().display()
            )
        );
    }
}
