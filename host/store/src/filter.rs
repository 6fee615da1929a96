//! [`Filters`]: which runs a command is about, by what they are.

use guild_flags::value;
use guild_plugin_api::Value;
use jiff::civil::DateTime;

use crate::clock;
use crate::format;
use crate::opspec::OpMatcher;
use crate::run::Run;
use crate::status::Status;
use crate::zone::Zone;

/// The simple filter options of Guild's run commands. A run must pass all that are given; for an
/// option with several values, one of them.
///
/// An attribute that cannot be read counts as missing.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// `-Fo, --operation`: see [`OpMatcher`].
    pub operations: Vec<String>,
    /// `-Fl, --label`: the label contains it; `-`: there is no label.
    pub labels: Vec<String>,
    /// `-Fu, --unlabeled`: there is no label.
    pub unlabeled: bool,
    /// `-Ft, --tag`: has this tag.
    pub tags: Vec<String>,
    /// `-Fc, --comment`: a comment's text, user or host contains it, in any case; `-`: there is no
    /// comment.
    pub comments: Vec<String>,
    /// `-Fm, --marked`.
    pub marked: bool,
    /// `-Fn, --unmarked`.
    pub unmarked: bool,
    /// `-Fs, --started`: was started, or else initialized, in this time.
    pub started: Option<Started>,
    /// `-Fd, --digest`: the source code digest starts with it.
    pub digest: Option<String>,
    /// `-Sr, --running` and so on: has one of these.
    pub statuses: Vec<Status>,
    /// `--not-running` and so on: has none of these.
    pub not_statuses: Vec<Status>,
}

/// A time that a run may have been started in: `start <= time < end`, open where it is none, as a
/// clock in `zone` showed it.
#[derive(Clone, Debug)]
pub struct Started {
    /// The first moment.
    pub start: Option<DateTime>,
    /// The first moment after it.
    pub end: Option<DateTime>,
    /// Whose clock.
    pub zone: Zone,
}

impl Started {
    fn passes(&self, run: &Run) -> bool {
        let started = run.listed().and_then(|listed| listed.started);
        let time = started.or_else(|| run.timestamp()).filter(|t| *t != 0);
        time.and_then(|time| clock::civil(time, &self.zone)).is_some_and(|time| {
            self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time < end)
        })
    }
}

/// Two options exclude each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} and {1} cannot both be used")]
pub struct FilterConflict(pub &'static str, pub &'static str);

impl Filters {
    /// Whether the options go together.
    pub fn check(&self) -> Result<(), FilterConflict> {
        if !self.labels.is_empty() && self.unlabeled {
            return Err(FilterConflict("--label", "--unlabeled"));
        }
        if self.marked && self.unmarked {
            return Err(FilterConflict("--marked", "--unmarked"));
        }
        Ok(())
    }

    /// Those of `runs` that pass, in their order.
    pub fn apply(&self, mut runs: Vec<Run>) -> Vec<Run> {
        let passes = self.test();
        runs.retain(passes);
        runs
    }

    /// Says whether a run passes.
    pub fn test(&self) -> impl Fn(&Run) -> bool {
        let operations: Vec<OpMatcher> =
            self.operations.iter().map(|reference| OpMatcher::new(reference)).collect();
        move |run| self.passes(run, &operations)
    }

    /// Whether it asks a run for something that [`crate::Noted`] has.
    pub fn asks_what_is_noted(&self) -> bool {
        let statuses = !(self.statuses.is_empty() && self.not_statuses.is_empty());
        let texts = !(self.operations.is_empty() && self.labels.is_empty());
        statuses || texts || self.unlabeled || self.marked || self.unmarked
    }

    fn passes(&self, run: &Run, operations: &[OpMatcher]) -> bool {
        self.status_passes(run)
            && any_of(operations, || format::operation(run), |op, wanted| wanted.matches(op))
            && any_of(&self.labels, || label(run), |label, wanted| contains(label, wanted))
            && (!self.unlabeled || label(run).is_empty())
            && any_of(&self.tags, || attr(run, "tags"), |tags, wanted| has_tag(tags, wanted))
            && any_of(
                &self.comments,
                || comments(run),
                |text, wanted| contains(text, &wanted.to_lowercase()),
            )
            && (!self.marked || is_marked(run))
            && (!self.unmarked || !is_marked(run))
            && self.started.as_ref().is_none_or(|started| started.passes(run))
            && any_of(self.digest.as_slice(), || digest(run), |d, wanted| d.starts_with(wanted))
    }

    fn status_passes(&self, run: &Run) -> bool {
        if self.statuses.is_empty() && self.not_statuses.is_empty() {
            return true;
        }
        let status = run.listed_status();
        (self.statuses.is_empty() || self.statuses.contains(&status))
            && !self.not_statuses.contains(&status)
    }
}

/// Whether one of `wanted`, if there are any, matches what `read` finds in the run.
fn any_of<W, T>(wanted: &[W], read: impl FnOnce() -> T, matches: impl Fn(&T, &W) -> bool) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let found = read();
    wanted.iter().any(|wanted| matches(&found, wanted))
}

fn attr(run: &Run, name: &str) -> Value {
    run.listed_attr(name).ok().flatten().unwrap_or_default()
}

/// The text of an attribute; empty when it is missing.
fn text_attr(run: &Run, name: &str) -> String {
    match attr(run, name) {
        Value::Null => String::new(),
        found => value::text(&found),
    }
}

fn label(run: &Run) -> String {
    text_attr(run, "label").trim().to_string()
}

fn digest(run: &Run) -> String {
    text_attr(run, "sourcecode_digest")
}

fn is_marked(run: &Run) -> bool {
    value::is_true(&attr(run, "marked"))
}

/// Whether `text` contains `wanted`; `-` asks for an empty text.
fn contains(text: &str, wanted: &str) -> bool {
    if wanted == "-" { text.is_empty() } else { text.contains(wanted) }
}

fn has_tag(tags: &Value, wanted: &str) -> bool {
    match tags {
        Value::List(tags) => tags.iter().any(|tag| tag.as_str() == Some(wanted)),
        Value::Str(tags) => tags.contains(wanted),
        _ => false,
    }
}

/// Users, hosts and texts of all comments, one a line, in lower case.
fn comments(run: &Run) -> String {
    let comments = attr(run, "comments");
    let lines = comments.as_list().unwrap_or_default().iter().map(|comment| {
        let part = |key| comment.get(key).filter(|v| value::is_true(v)).map(value::text);
        ["user", "host", "body"].map(|key| part(key).unwrap_or_default().to_lowercase()).join("\n")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opref::OpRef;
    use crate::store::Store;

    /// Three runs, the latest first: `c.py` with nothing, `b.py` marked and staged, `a.py` with a
    /// label, tags, a comment and a digest.
    fn sample() -> (tempfile::TempDir, Vec<Run>) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        for (op, attrs) in [
            (
                "a.py",
                &[
                    ("label", "first one"),
                    ("tags", "[red, green]"),
                    ("comments", "[{body: Too Slow, host: vm, user: ann}]"),
                    ("sourcecode_digest", "74098ed3"),
                    ("exit_status", "0"),
                ][..],
            ),
            ("b.py", &[("marked", "true"), ("label", "' '")]),
            ("c.py", &[("tags", "[red"), ("label", "[")]),
        ] {
            let run = store.new_run().unwrap();
            run.write_opref(&OpRef::new("script", "/p", "", "", op)).unwrap();
            for (name, text) in attrs {
                run.set_attr_text(name, text).unwrap();
            }
            if op == "b.py" {
                run.set_staged().unwrap();
            }
        }
        let runs = store.runs().unwrap();
        (dir, runs)
    }

    fn ops(runs: &[Run], filters: Filters) -> String {
        filters.check().unwrap();
        let passed = filters.apply(runs.to_vec());
        passed.iter().map(|r| format::operation(r)[..1].to_string()).collect()
    }

    #[test]
    fn each_filter() {
        let (_dir, runs) = sample();
        let one = |s: &str| vec![s.to_string()];
        let all = || Filters::default();
        for (filters, want) in [
            (all(), "cba"),
            (Filters { operations: one("a.py"), ..all() }, "a"),
            (Filters { operations: vec!["a.py".into(), "^c".into()], ..all() }, "ca"),
            (Filters { labels: one("one"), ..all() }, "a"),
            (Filters { labels: one("-"), ..all() }, "cb"),
            (Filters { unlabeled: true, ..all() }, "cb"),
            (Filters { tags: one("red"), ..all() }, "a"),
            (Filters { tags: one("re"), ..all() }, ""),
            (Filters { comments: one("SLOW"), ..all() }, "a"),
            (Filters { comments: one("ann"), ..all() }, "a"),
            (Filters { comments: one("-"), ..all() }, "cb"),
            (Filters { marked: true, ..all() }, "b"),
            (Filters { unmarked: true, ..all() }, "ca"),
            (Filters { digest: Some("7409".into()), ..all() }, "a"),
            (Filters { digest: Some("".into()), ..all() }, "cba"),
            (Filters { statuses: vec![Status::Staged, Status::Completed], ..all() }, "ba"),
            (Filters { not_statuses: vec![Status::Staged], ..all() }, "ca"),
            (Filters { marked: true, tags: one("red"), ..all() }, ""),
        ] {
            assert_eq!(ops(&runs, filters.clone()), want, "{filters:?}");
        }
    }

    #[test]
    fn conflicts() {
        let filters = Filters { marked: true, unmarked: true, ..Filters::default() };
        let e = filters.check().unwrap_err();
        assert_eq!(e.to_string(), "--marked and --unmarked cannot both be used");
        let filters = Filters { labels: vec!["a".into()], unlabeled: true, ..Filters::default() };
        assert!(filters.check().is_err());
    }
}
