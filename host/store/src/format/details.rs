//! [`Details`]: the strings that Guild shows about a run.

use std::fmt::Display;

use guild_flags::value;
use guild_plugin_api::Value;

use super::Context;
use crate::clock;
use crate::opref::OpRef;
use crate::run::Run;
use crate::status::Status;

/// The details of `guild runs --verbose`, and the first lines of `guild runs info`, in order.
pub const SHOWN: [&str; 14] = [
    "id",
    "operation",
    "from",
    "status",
    "started",
    "stopped",
    "marked",
    "label",
    "sourcecode_digest",
    "vcs_commit",
    "run_dir",
    "command",
    "exit_status",
    "pid",
];

/// A run in strings. What is missing is empty.
///
/// [`Details::get`] has them by the names that `guild select --attr` takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    entries: Vec<(&'static str, Value)>,
    /// What could not be read, one text each; its strings are empty.
    pub problems: Vec<String>,
}

impl Details {
    /// Reads `run`. `index` is its place in the list, from 1.
    pub fn of(run: &Run, index: Option<usize>, ctx: &Context) -> Details {
        let mut reader = Reader { run, problems: Vec::new() };
        let opref = reader.opref();
        let started = reader.time("started");
        let stopped = reader.time("stopped");
        let time =
            |t: Option<i64>| t.map_or_else(String::new, |t| clock::format_time(t, &ctx.zone));
        let duration = started.map(|started| clock::format_duration(started, stopped));
        let status = run.status();
        let marked = reader.attr("marked").is_some_and(|v| value::is_true(&v));
        let texts = [
            ("id", run.id().to_string()),
            ("short_id", run.short_id().to_string()),
            ("index", index_text(run, index)),
            ("short_index", index_text(run, None)),
            ("num_index", index.map_or_else(|| "[?]".into(), |i| format!("[{i}]"))),
            ("operation", super::operation(run)),
            ("op_name", opref.op_name.clone()),
            ("model", opref.model_name.clone()),
            ("pkg_name", opref.pkg_name.clone()),
            ("from", package(&opref, ctx)),
            ("status", status.to_string()),
            ("status_with_remote", status_text(run, status)),
            ("started", time(started)),
            ("stopped", time(stopped)),
            ("marked", if marked { "yes" } else { "no" }.to_string()),
            ("label", reader.text("label")),
            ("sourcecode_digest", reader.text("sourcecode_digest")),
            ("vcs_commit", reader.text("vcs_commit")),
            ("run_dir", ctx.show_path(run.dir())),
            ("command", command(reader.attr("cmd").as_ref())),
        ];
        let mut entries: Vec<_> = texts.map(|(name, text)| (name, Value::Str(text))).into();
        entries.push(("duration", duration.into()));
        let or_empty = |v: Option<Value>| v.unwrap_or_else(|| Value::str(""));
        entries.push(("exit_status", or_empty(reader.attr("exit_status"))));
        entries.push(("pid", or_empty(run.pid().filter(|p| *p != 0).map(Value::from))));
        Details { entries, problems: reader.problems }
    }

    /// The text called `name`, as it is printed; none when there is no such text. `duration` is
    /// `None` for a run that was not started.
    pub fn get(&self, name: &str) -> Option<String> {
        self.value(name).map(value::text)
    }

    /// As [`Details::get`], with numbers as numbers, as they are in JSON.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The names of all texts.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.entries.iter().map(|(name, _)| *name)
    }
}

/// `[1:05bebab9]`, or `[05bebab9]` without an index.
pub(super) fn index_text(run: &Run, index: Option<usize>) -> String {
    match index {
        Some(index) => format!("[{index}:{}]", run.short_id()),
        None => format!("[{}]", run.short_id()),
    }
}

/// The status, and the remote that the run is on.
pub(super) fn status_text(run: &Run, status: Status) -> String {
    // A run on a remote reads as running.
    let remote = if status == Status::Running { run.remote() } else { None };
    match remote.filter(|remote| !remote.is_empty()) {
        Some(remote) => format!("{status} ({remote})"),
        None => status.to_string(),
    }
}

/// Reads attributes, and keeps what is wrong with them.
pub(super) struct Reader<'a> {
    pub run: &'a Run,
    pub problems: Vec<String>,
}

impl Reader<'_> {
    pub fn attr(&mut self, name: &str) -> Option<Value> {
        let read = self.run.listed_attr(name);
        self.noting(read)
    }

    /// An attribute's text; empty when it is missing.
    pub fn text(&mut self, name: &str) -> String {
        self.attr(name).map_or_else(String::new, |v| value::text(&v))
    }

    pub fn time(&mut self, name: &str) -> Option<i64> {
        let read = self.run.int_attr(name);
        self.noting(read)
    }

    /// The time by which the run is listed.
    pub fn started(&mut self) -> Option<i64> {
        let read = self.run.listed_started();
        self.noting(read)
    }

    pub fn opref(&mut self) -> OpRef {
        let read = self.run.listed_opref();
        self.noting(read).unwrap_or_default()
    }

    fn noting<T, E: Display>(&mut self, read: Result<Option<T>, E>) -> Option<T> {
        read.unwrap_or_else(|e| {
            self.problems.push(e.to_string());
            None
        })
    }
}

/// Where the operation is from.
fn package(opref: &OpRef, ctx: &Context) -> String {
    match opref.pkg_type.as_str() {
        "guildfile" | "script" => ctx.show_path(&opref.pkg_name),
        "package" => format!("{}=={}", opref.pkg_name, opref.pkg_version),
        _ => opref.pkg_name.clone(),
    }
}

/// The command line. Arguments with blanks are in double quotes, whatever else they hold: this is
/// for reading.
fn command(cmd: Option<&Value>) -> String {
    let quoted = |arg: &Value| {
        let arg = value::text(arg);
        if arg.is_empty() || arg.contains(' ') { format!("\"{arg}\"") } else { arg }
    };
    match cmd {
        None => String::new(),
        Some(Value::List(args)) => args.iter().map(quoted).collect::<Vec<_>>().join(" "),
        Some(other) => value::text(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::Zone;

    fn ctx() -> Context {
        Context { cwd: "/p".into(), user_home: "/home/ann".into(), zone: Zone::utc() }
    }

    fn run() -> (tempfile::TempDir, Run) {
        let dir = tempfile::tempdir().unwrap();
        let run = crate::run::new_run(dir.path()).unwrap();
        run.write_opref(&OpRef::new("script", "/home/ann/x", "", "", "a.py")).unwrap();
        (dir, run)
    }

    #[test]
    fn a_finished_run() {
        let (_dir, run) = run();
        for (name, text) in [
            ("started", "1795374673572214"),
            ("stopped", "1795374738572213"),
            ("label", "x=1"),
            ("marked", "true"),
            ("exit_status", "-15"),
            ("cmd", "[python, -um, 'a b', '', 1]"),
            ("vcs_commit", "git:abc*"),
        ] {
            run.set_attr_text(name, text).unwrap();
        }
        let details = Details::of(&run, Some(3), &ctx());
        assert_eq!(details.problems, Vec::<String>::new());
        for (name, want) in [
            ("index", format!("[3:{}]", run.short_id()).as_str()),
            ("num_index", "[3]"),
            ("operation", "a.py"),
            ("op_name", "a.py"),
            ("from", "~/x"),
            ("status", "terminated"),
            ("started", "2026-11-22 19:11:13"),
            ("duration", "0:01:04"),
            ("marked", "yes"),
            ("label", "x=1"),
            ("command", "python -um \"a b\" \"\" 1"),
            ("exit_status", "-15"),
            ("pid", ""),
            ("vcs_commit", "git:abc*"),
        ] {
            assert_eq!(details.get(name).as_deref(), Some(want), "{name}");
        }
        assert_eq!(details.value("exit_status"), Some(&Value::Int(-15)));
        assert_eq!(details.get("nothing"), None);
        assert!(SHOWN.iter().all(|name| details.names().any(|n| n == *name)));
    }

    #[test]
    fn a_run_on_a_remote() {
        let (_dir, run) = run();
        std::fs::write(run.guild_path("LOCK.remote"), "box\n").unwrap();
        run.lock(12).unwrap();
        let details = Details::of(&run, None, &ctx());
        assert_eq!(details.get("status_with_remote").unwrap(), "running (box)");
        assert_eq!(details.get("pid").unwrap(), "12");
        assert_eq!(details.get("num_index").unwrap(), "[?]");
        assert_eq!(details.get("duration").unwrap(), "None");
    }

    #[test]
    fn a_damaged_run_is_shown_with_its_problems() {
        let (_dir, run) = run();
        std::fs::write(run.guild_path("opref"), "what").unwrap();
        for name in ["started", "label", "cmd", "exit_status"] {
            std::fs::write(run.guild_path("attrs").join(name), "[1").unwrap();
        }
        let details = Details::of(&run, None, &ctx());
        assert_eq!(details.problems.len(), 5);
        assert_eq!(details.get("operation").unwrap(), "?");
        assert_eq!(details.get("status").unwrap(), "error");
        assert_eq!(details.get("label").unwrap(), "");
    }

    #[test]
    fn packages() {
        let from = |text: &str| package(&text.parse().unwrap(), &ctx());
        assert_eq!(from("package:gpkg.x 1.2 m a"), "gpkg.x==1.2");
        assert_eq!(from("guildfile:/home/ann/p/guild.yml '' '' a"), "~/p/guild.yml");
        assert_eq!(from("guildfile:guild.yml '' '' a"), "/p/guild.yml");
        assert_eq!(from("builtin:guildai 0.9.0 '' +"), "guildai");
    }
}
