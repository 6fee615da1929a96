//! `guild runs info`: everything about one run.
//!
//! [`collect`] gathers names and values in the order in which they are shown, [`text`] and
//! [`to_json`] write them.

use std::cmp::Ordering;

use guild_flags::value;
use guild_plugin_api::{Map, Value};

use super::details::{self, Details, Reader};
use super::table::visible;
use super::{Context, attribute, json};
use crate::clock;
use crate::manifest;
use crate::run::Run;

/// What to show beyond the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-c, --comments`
    pub comments: bool,
    /// `-e, --env`
    pub env: bool,
    /// `-m, --manifest`
    pub manifest: bool,
    /// `-d, --deps`
    pub deps: bool,
    /// `-p, --plugins`
    pub plugins: bool,
    /// `--private-attrs`: also attributes whose name starts with `_`, the operation reference and
    /// the operation's definition; in JSON a batch's prototype, too.
    pub private_attrs: bool,
    /// Values for JSON instead of text: numbers as numbers, scalars as `[value, step]`.
    pub json: bool,
}

/// One scalar of the run: what to show under `scalars`.
///
/// Guild shows those whose tag does not start with `sys/` ([`is_default_scalar`]) with their last
/// value, and with `--all-scalars` all of them with all values.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The tag, after `PREFIX#` where the events are in a sub-folder.
    pub key: String,
    /// The values.
    pub values: ScalarValues,
}

/// The values of a scalar. Each is a number and what stands beside it: a step, or a count.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalarValues {
    /// The last value and its step.
    Last(f64, i64),
    /// Values by name: `first`, `last`, `min`, `max` (and a step), `avg`, `total` (and a count).
    All(Vec<(&'static str, f64, i64)>),
}

impl From<&(String, f64, i64)> for Scalar {
    fn from((key, last, step): &(String, f64, i64)) -> Scalar {
        Scalar { key: key.clone(), values: ScalarValues::Last(*last, *step) }
    }
}

/// Whether a scalar is shown without `--all-scalars`.
pub fn is_default_scalar(key: &str) -> bool {
    !split_key(key).1.starts_with("sys/")
}

/// Prefix and tag.
fn split_key(key: &str) -> (&str, &str) {
    key.split_once('#').unwrap_or(("", key))
}

/// Attributes that are shown elsewhere, or not at all.
const CORE: [&str; 30] = [
    "cmd",
    "comments",
    "compare",
    "deps",
    "env",
    "exit_status",
    "flags",
    "host",
    "id",
    "initialized",
    "label",
    "marked",
    "objective",
    "op",
    "opdef",
    "pip_freeze",
    "platform",
    "plugins",
    "r_packages_loaded",
    "r_sys_info",
    "random_seed",
    "resolved_deps",
    "run_params",
    "sourcecode_digest",
    "started",
    "stopped",
    "tags",
    "user",
    "user_flags",
    "vcs_commit",
];

/// Whether an attribute is one of a plugin or of the user's own: shown under its name.
pub fn is_other_attr(name: &str) -> bool {
    !name.starts_with('_') && !CORE.contains(&name)
}

/// Names and values of all that is shown of one run, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// Names and values. A text value is shown as it is.
    pub entries: Vec<(String, Value)>,
    /// What could not be read, one text each; it is shown as if it were missing.
    pub problems: Vec<String>,
}

/// The text of `guild runs info`, line ends included.
pub fn text(run: &Run, scalars: &[Scalar], options: Options, ctx: &Context) -> String {
    let info = collect(run, scalars, Options { json: false, ..options }, ctx);
    visible(&info_lines(&info).concat(), &['\n', '\t']).into_owned()
}

/// The line of `guild runs info --json`, without a line end.
pub fn to_json(run: &Run, scalars: &[Scalar], options: Options, ctx: &Context) -> String {
    let info = collect(run, scalars, Options { json: true, ..options }, ctx);
    json::encode(&Value::Map(info.entries.into_iter().collect()))
}

/// Gathers what is shown of `run`.
pub fn collect(run: &Run, scalars: &[Scalar], options: Options, ctx: &Context) -> Info {
    let mut info = Info { entries: Vec::new(), problems: Vec::new() };
    info.push_attributes(run, options.private_attrs, ctx);
    let mut reader = Reader { run, problems: Vec::new() };
    let mut truthy =
        |name: &str, default: Value| reader.attr(name).filter(value::is_true).unwrap_or(default);
    let (list, map) = (|| Value::List(Vec::new()), || Value::Map(Map::new()));
    info.push("tags", truthy("tags", list()));
    info.push("flags", truthy("flags", map()));
    let proto = run.proto();
    if let Some(proto) = &proto {
        let flags = proto.attr("flags").ok().flatten().filter(value::is_true);
        info.push("proto-flags", flags.unwrap_or_else(map));
    }
    info.push("scalars", scalar_map(scalars, options.json));
    if options.comments {
        info.push("comments", comments(&truthy("comments", list()), ctx));
    }
    if options.env {
        info.push("environment", truthy("env", map()));
    }
    if options.manifest {
        let manifest = info.manifest(run);
        info.push("manifest", manifest);
    }
    if options.deps {
        info.push("dependencies", truthy("deps", map()));
    }
    if options.plugins {
        info.push("plugins", truthy("plugins", list()));
    }
    if let Some(proto) = proto.filter(|_| options.private_attrs && options.json) {
        let mut own = Info { entries: Vec::new(), problems: Vec::new() };
        own.push_attributes(&proto, true, ctx);
        info.push("proto-run", Value::Map(own.entries.into_iter().collect()));
    }
    info.problems.append(&mut reader.problems);
    info
}

impl Info {
    fn push(&mut self, name: &str, value: Value) {
        self.entries.push((name.to_string(), value));
    }

    fn push_attributes(&mut self, run: &Run, private: bool, ctx: &Context) {
        let details = Details::of(run, None, ctx);
        for name in details::SHOWN {
            self.push(name, details.value(name).cloned().unwrap_or_default());
        }
        let mut reader = Reader { run, problems: details.problems };
        for name in run.attr_names() {
            if !CORE.contains(&name.as_str()) && (private || !name.starts_with('_')) {
                let text = attribute::text(reader.attr(&name).as_ref());
                self.push(&name, text.into());
            }
        }
        if private {
            let opref = run.opref().ok().flatten();
            self.push("opref", opref.map_or_else(String::new, |opref| opref.to_string()).into());
            self.push("op", reader.attr("op").unwrap_or_default());
        }
        self.problems.append(&mut reader.problems);
    }

    /// The files of the manifest by what they are.
    fn manifest(&mut self, run: &Run) -> Value {
        let manifest = match manifest::read(run) {
            Ok(manifest) => manifest.unwrap_or_default(),
            Err(e) => {
                self.problems.push(format!("cannot read run manifest: {e}"));
                return Value::Map(Map::new());
            }
        };
        for line in &manifest.unreadable {
            let path = manifest::path(run);
            self.problems.push(format!("cannot read line {line} of {}", path.display()));
        }
        let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
        for entry in &manifest.entries {
            let section = match entry.kind() {
                "s" => "sourcecode",
                "d" => "dependencies",
                _ => continue,
            };
            let dest = entry.dest().unwrap_or_default();
            match sections.iter_mut().find(|(name, _)| *name == section) {
                Some((_, files)) => files.push(dest),
                None => sections.push((section, vec![dest])),
            }
        }
        let sorted = sections.into_iter().map(|(name, mut files)| {
            files.sort_unstable();
            (name, Value::from(files))
        });
        Value::Map(sorted.collect())
    }
}

fn scalar_map(scalars: &[Scalar], as_json: bool) -> Value {
    let one = |value: f64, step: i64| match as_json {
        true => Value::List(vec![value.into(), step.into()]),
        false => Value::Str(format!("{} (step {step})", fixed(value))),
    };
    let values = |scalar: &Scalar| match &scalar.values {
        ScalarValues::Last(value, step) => one(*value, *step),
        ScalarValues::All(all) => {
            Value::Map(all.iter().map(|(name, value, step)| (*name, one(*value, *step))).collect())
        }
    };
    Value::Map(scalars.iter().map(|scalar| (scalar.key.as_str(), values(scalar))).collect())
}

/// Six decimals; `nan`, `inf`.
fn fixed(value: f64) -> String {
    if value.is_finite() { format!("{value:.6}") } else { value::python_float_repr(value) }
}

fn comments(comments: &Value, ctx: &Context) -> Value {
    let one = |comment: &Value| {
        let Value::Map(comment) = comment else { return Value::Str(value::repr_value(comment)) };
        let part = |key| match comment.get(key) {
            Some(v) if value::is_true(v) => value::text(v),
            _ => String::new(),
        };
        let time = match comment.get("time") {
            Some(Value::Int(time)) => clock::format_time(*time, &ctx.zone),
            _ => part("time"),
        };
        let body = part("body").trim().to_string();
        let parts =
            [("user", part("user")), ("host", part("host")), ("time", time), ("body", body)];
        Value::Map(parts.into_iter().collect())
    };
    Value::List(comments.as_list().unwrap_or_default().iter().map(one).collect())
}

/// The lines, each with its line end; a value of several lines is one item.
pub fn info_lines(info: &Info) -> Vec<String> {
    let mut lines = Lines(Vec::new());
    for (name, value) in &info.entries {
        match value {
            Value::List(items) => lines.list(name, items),
            Value::Map(map) => lines.map(name, map),
            other => lines.push(0, &format!("{name}: {}", value::text(other))),
        }
    }
    lines.0
}

struct Lines(Vec<String>);

impl Lines {
    /// Adds `text`, each of whose lines is indented.
    fn push(&mut self, indent: usize, text: &str) {
        let pad = " ".repeat(indent);
        self.0.push(text.split('\n').map(|line| format!("{pad}{line}\n")).collect());
    }

    fn list(&mut self, name: &str, items: &[Value]) {
        self.0.push(format!("{name}:\n"));
        for item in items {
            match item {
                Value::Map(map) => self.list_item(map),
                item => self.0.push(format!("  - {}\n", value::encode(item))),
            }
        }
    }

    /// A comment: strings without quotes, those of several lines as a block.
    fn list_item(&mut self, map: &Map) {
        self.0.push("  -\n".into());
        for (key, v) in sorted_entries(map) {
            let key = value::text(&key);
            let encoded = value::encode(&v);
            let unquoted = encoded.strip_prefix('\'').and_then(|s| s.strip_suffix('\''));
            let shown = unquoted.unwrap_or(&encoded);
            if shown.contains('\n') {
                self.push(4, &format!("{key}: |"));
                let stripped: Vec<&str> = shown.split('\n').map(str::trim).collect();
                self.push(6, &stripped.join("\n"));
            } else {
                self.push(4, &format!("{key}: {shown}"));
            }
        }
    }

    fn map(&mut self, name: &str, map: &Map) {
        self.0.push(format!("{name}:\n"));
        let mut entries = sorted_entries(map);
        if name == "scalars" {
            entries.sort_by(|(a, _), (b, _)| {
                split_key(a.as_str().unwrap_or_default())
                    .cmp(&split_key(b.as_str().unwrap_or_default()))
            });
        }
        for (key, v) in &entries {
            let key = value::text(key);
            match v {
                Value::List(items) => {
                    self.0.push(format!("  {key}:\n"));
                    for item in items {
                        self.0.push(format!("    - {}\n", value::encode(item)));
                    }
                }
                Value::Map(_) => {
                    self.0.push(format!("  {key}:\n"));
                    self.push(4, &guild_yaml::encode(v));
                }
                v => self.0.push(format!("  {key}: {}\n", value::encode(v))),
            }
        }
    }
}

/// The entries by key. Keys of different kinds, which 0.9.0 cannot sort, go by their text.
pub(super) fn sorted_entries(map: &Map) -> Vec<(Value, Value)> {
    let comparable = map.iter().all(|(key, _)| match map.iter().next() {
        Some((first, _)) => value::compare(first, key).is_some(),
        None => true,
    });
    let order = |a: &Value, b: &Value| match comparable {
        true => value::compare(a, b).unwrap_or(Ordering::Equal),
        false => value::text(a).cmp(&value::text(b)),
    };
    let mut entries: Vec<_> = map.iter().cloned().collect();
    entries.sort_by(|(a, _), (b, _)| order(a, b));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opref::OpRef;
    use crate::zone::Zone;
    use proptest::prelude::*;
    use std::fs;

    fn ctx() -> Context {
        Context { cwd: "/p".into(), user_home: "/home/ann".into(), zone: Zone::utc() }
    }

    fn run() -> (tempfile::TempDir, Run) {
        let dir = tempfile::tempdir().unwrap();
        let run = crate::run::new_run(dir.path()).unwrap();
        run.write_opref(&OpRef::new("script", "/p", "", "", "a.py")).unwrap();
        (dir, run)
    }

    const EVERYTHING: Options = Options {
        comments: true,
        env: true,
        manifest: true,
        deps: true,
        plugins: true,
        private_attrs: true,
        json: false,
    };

    #[test]
    fn scalars_go_by_prefix_and_tag() {
        let (_dir, run) = run();
        let scalars: Vec<Scalar> = [
            ("b#a", 1.5, 3),
            ("z", f64::NAN, 0),
            ("a#z", f64::INFINITY, 1),
            ("loss", 0.125_000_55, 10),
        ]
        .map(|(key, value, step)| Scalar::from(&(key.to_string(), value, step)))
        .to_vec();
        let text = text(&run, &scalars, Options::default(), &ctx());
        let end = "scalars:\n  loss: 0.125001 (step 10)\n  z: nan (step 0)\n  \
                   a#z: inf (step 1)\n  b#a: 1.500000 (step 3)\n";
        assert!(text.ends_with(end), "{text}");
        let json = to_json(&run, &scalars[1..2], Options::default(), &ctx());
        assert!(json.ends_with(r#""scalars": {"z": [NaN, 0]}}"#), "{json}");
    }

    #[test]
    fn default_scalars() {
        for (key, want) in
            [("loss", true), ("sys/cpu", false), ("a#sys/x", false), ("a/sys/", true)]
        {
            assert_eq!(is_default_scalar(key), want, "{key}");
        }
    }

    #[test]
    fn damage_is_noted() {
        let (_dir, run) = run();
        for name in ["flags", "own", "label"] {
            fs::write(run.guild_path("attrs").join(name), "[").unwrap();
        }
        fs::write(run.guild_path("manifest"), "s 'a").unwrap();
        let info = collect(&run, &[], EVERYTHING, &ctx());
        assert_eq!(info.problems.len(), 4, "{:?}", info.problems);
        assert!(info_lines(&info).contains(&"own: \n".to_string()));
    }

    #[test]
    fn keys_of_different_kinds_are_sorted_by_their_text() {
        let (_dir, run) = run();
        run.set_attr_text("flags", "{b: 1, 2: x, true: y}").unwrap();
        let text = text(&run, &[], Options::default(), &ctx());
        assert!(text.contains("flags:\n  2: x\n  True: y\n  b: 1\n"), "{text}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn no_content_of_a_run_makes_showing_it_panic(
            contents in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..20),
                    "[\\[\\]{}:,'\"a1.~!&* \n-]{0,16}".prop_map(String::into_bytes),
                    "[0-9]{1,20}".prop_map(String::into_bytes),
                ],
                24
            )
        ) {
            let (_dir, run) = run();
            let names = CORE.iter().copied().chain(["own", "_own"]).step_by(2);
            for (name, content) in names.zip(&contents) {
                fs::write(run.guild_path("attrs").join(name), content).unwrap();
            }
            for (name, content) in ["opref", "LOCK", "LOCK.remote", "manifest"].iter().zip(&contents[20..]) {
                fs::write(run.guild_path(name), content).unwrap();
            }
            text(&run, &[], EVERYTHING, &ctx());
            to_json(&run, &[], EVERYTHING, &ctx());
            let list = super::super::list::text(
                std::slice::from_ref(&run), Default::default(), true, Default::default(), &ctx()
            );
            prop_assert!(list.starts_with("[1:"));
            super::super::list::to_json(&[run]);
        }
    }
}
