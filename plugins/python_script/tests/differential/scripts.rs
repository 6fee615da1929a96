//! What scripts say about themselves.

use std::path::{Path, PathBuf};

use guild_plugin_api::Value;
use guild_python_script::ask::{Asker, TIME_LIMIT};
use guild_python_script::op::{self, Location};
use guild_python_script::reading;
use guild_python_script::script::{self, Analysis};
use guild_python_script::{flag_data, source};
use serde_json::{Value as Json, json};

use crate::generate::{self, Random};
use crate::guild_folder;
use crate::oracle::Oracle;

/// How the reading of a number of scripts went.
#[derive(Debug, Default)]
struct Tally {
    read: usize,
    /// The parser refused what Python reads.
    only_python: Vec<PathBuf>,
    /// Python refused what the parser reads.
    only_parser: Vec<PathBuf>,
    /// Both refused.
    neither: usize,
    /// 0.9.0 fails where ours does not: other encodings, byte order marks.
    failed: usize,
    differences: Vec<String>,
}

impl Tally {
    fn compare(&mut self, oracle: &mut Oracle, path: &Path) {
        let theirs = oracle.ask("script", json!(path));
        let text = match source::read(path, "x.py") {
            Ok(text) => text,
            Err(_) if theirs.get("imports").is_none() => return self.neither += 1,
            // 0.9.0 does not look at the encoding that a script declares.
            Err(e) if e.python_may_know() => return self.neither += 1,
            Err(e) => return self.differences.push(format!("{}: {e}", path.display())),
        };
        match (script::analyse(&text), theirs.get("imports")) {
            (Ok(_), None) if theirs.get("failed").is_some() || text_has_mark(path) => {
                self.failed += 1
            }
            (Ok(_), None) => self.only_parser.push(path.to_owned()),
            (Err(_), None) => self.neither += 1,
            (Err(_), Some(_)) => {
                self.only_python.push(path.to_owned());
                let asker = Asker {
                    python: oracle.python.clone(),
                    script_info: concat!(
                        env!("CARGO_MANIFEST_DIR"),
                        "/python/guild/script_info.py"
                    )
                    .into(),
                    limit: TIME_LIMIT,
                };
                let ours = asker.ask(path).unwrap().unwrap();
                self.same(path, &ours, &theirs, true);
            }
            (Ok(ours), Some(_)) => {
                self.read += 1;
                self.same(path, &ours, &theirs, false);
            }
        }
    }

    fn same(&mut self, path: &Path, ours: &Analysis, theirs: &Json, asked: bool) {
        let mut differ = |what: &str, ours: Json, theirs: Json| {
            if ours != theirs {
                let text = std::fs::read_to_string(path).unwrap_or_default();
                let start: String = text.chars().take(300).collect();
                self.differences.push(format!(
                    "{}: {what}: {ours} instead of {theirs}\n{start}",
                    path.display()
                ));
            }
        };
        differ("imports", json!(ours.imports), theirs["imports"].clone());
        differ("destination", json!(op::flags_dest(ours)), theirs["dest"].clone());
        let params: Vec<_> = ours.params.iter().map(|(k, v)| json!([k, spelled(v)])).collect();
        let wanted = theirs["params"].as_array().unwrap().iter().filter(|p| is_value(&p[1]));
        // The interpreter's answer has flags only, no dicts.
        if !asked {
            differ("params", json!(params), wanted.cloned().collect());
        }
        let flags = flag_data::for_globals(&ours.params);
        let flags: Vec<_> = flags.iter().map(|(k, f)| json!([k, f])).collect();
        let wanted = theirs["flags"].as_object().unwrap().iter();
        // Nor has it lists of dicts, and 0.9.0 fails on what is no value.
        let odd = theirs["params"].as_array().unwrap().iter().filter(|p| {
            let map_inside = p[1].to_string().contains(r#"{"$map":"#);
            !is_value(&p[1]) || asked && map_inside
        });
        let odd: Vec<_> = odd.map(|p| p[0].as_str().unwrap()).collect();
        let wanted = wanted.filter(|(k, f)| !f.is_null() && !odd.contains(&k.as_str()));
        let wanted: Vec<_> = wanted.map(|(k, f)| json!([k, f])).collect();
        differ("flags", json!(sorted(flags)), json!(sorted(wanted)));
    }

    fn check(&self, what: &str) {
        eprintln!(
            "{what}: {} the same, {} by Python only, {} by the parser only, {} by neither, 0.9.0 fails on {}",
            self.read,
            self.only_python.len(),
            self.only_parser.len(),
            self.neither,
            self.failed
        );
        for path in &self.only_python {
            eprintln!("  by Python only: {}", path.display());
        }
        for path in &self.only_parser {
            eprintln!("  by the parser only: {}", path.display());
        }
        assert!(self.differences.is_empty(), "{}", self.differences.join("\n\n"));
    }
}

fn text_has_mark(path: &Path) -> bool {
    std::fs::read(path).unwrap_or_default().starts_with(b"\xef\xbb\xbf")
}

/// The JSON objects of the oracle have no order.
fn sorted(mut flags: Vec<Json>) -> Vec<Json> {
    flags.sort_by_key(|f| f[0].as_str().unwrap_or_default().to_owned());
    flags
}

/// Maps with all keys in pairs, as the oracle writes them.
fn spelled(value: &Value) -> Json {
    match value {
        Value::List(items) => items.iter().map(spelled).collect(),
        Value::Map(map) => {
            let pairs: Vec<_> = map.iter().map(|(k, v)| json!([spelled(k), spelled(v)])).collect();
            json!({ "$map": pairs })
        }
        other => serde_json::to_value(other).unwrap(),
    }
}

/// Whether the oracle's form holds nothing that ours cannot say: complex numbers, halves of
/// surrogate pairs, `SimpleNamespace`s in lists. 0.9.0 fails on most of them itself.
fn is_value(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().all(is_value),
        Json::Object(map) => !map.contains_key("$other") && map.values().all(is_value),
        _ => true,
    }
}

/// All `.py` files below a folder, sorted.
fn below(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            below(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

#[test]
fn scripts_of_guild_ai() {
    let Some(mut oracle) = Oracle::start() else { return };
    let mut files = Vec::new();
    below(&guild_folder(&oracle.python), &mut files);
    let mut tally = Tally::default();
    files.iter().for_each(|path| tally.compare(&mut oracle, path));
    tally.check("scripts of guild");
}

#[test]
fn scripts_of_the_standard_library() {
    let Some(mut oracle) = Oracle::start() else { return };
    let all = std::env::var_os("GUILD_DIFFERENTIAL_ALL").is_some();
    let library = oracle.ask("library", json!(null));
    let mut files = Vec::new();
    below(Path::new(library.as_str().unwrap()), &mut files);
    let step = if all { 1 } else { files.len().div_ceil(300) };
    let mut tally = Tally::default();
    files.iter().step_by(step).for_each(|path| tally.compare(&mut oracle, path));
    tally.check("scripts of the standard library");
}

#[test]
fn generated_scripts() {
    let Some(mut oracle) = Oracle::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.py");
    let mut random = Random::new(11);
    let mut tally = Tally::default();
    let count = if std::env::var_os("GUILD_DIFFERENTIAL_ALL").is_some() { 50_000 } else { 1000 };
    for _ in 0..count {
        std::fs::write(&path, generate::script(&mut random)).unwrap();
        let seen = (tally.only_parser.len(), tally.only_python.len());
        tally.compare(&mut oracle, &path);
        // The file is another one in a moment.
        let text = PathBuf::from(format!("{:?}", std::fs::read_to_string(&path).unwrap()));
        let news = tally.only_parser.iter_mut().skip(seen.0);
        news.chain(tally.only_python.iter_mut().skip(seen.1)).for_each(|p| *p = text.clone());
    }
    tally.check("generated scripts");
}

#[test]
fn warnings_about_syntax() {
    let Some(mut oracle) = Oracle::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.py");
    for text in [
        "x = 1\nif True\n    y = 2\n",
        "x = (\n",
        "x = 1\n  y = 2\n",
        "def f():\nx = 1",
        "x = 'abc\n",
        "x = '''abc\n",
        "print 'hello'\n",
        "x = 1 +\n",
        "x = é €\n",
        "x = 0777\n",
        "for x in y:\n\ta = 1\n        b = 2\n",
        "\tx = (1 2)\n",
        "x = \\ 1\n",
    ] {
        std::fs::write(&path, text).unwrap();
        let theirs = oracle.ask("script", json!(path));
        let [line, text, blanks] = theirs["refused"].as_array().unwrap().as_slice() else {
            panic!("{theirs}");
        };
        let at = Location::of("x.py", dir.path(), dir.path()).unwrap();
        let asker = Asker {
            python: oracle.python.clone(),
            script_info: concat!(env!("CARGO_MANIFEST_DIR"), "/python/guild/script_info.py").into(),
            limit: TIME_LIMIT,
        };
        let reading = reading::read(&at, || Some(asker)).unwrap();
        assert_eq!(
            reading.warning.unwrap(),
            format!(
                "cannot import flags from ./x.py: invalid syntax on line {line}\n  {}\n  {}^",
                text.as_str().unwrap(),
                blanks.as_str().unwrap()
            )
        );
    }
    // What 0.9.0 does not read but Python does.
    for text in [
        &b"\xef\xbb\xbfx = 1\n"[..],
        b"# coding: latin-1\nx = '\xe9'\n",
        b"# coding: cp437\nx = 1\n",
    ] {
        std::fs::write(&path, text).unwrap();
        let at = Location::of("x.py", dir.path(), dir.path()).unwrap();
        let asker = Asker {
            python: oracle.python.clone(),
            script_info: concat!(env!("CARGO_MANIFEST_DIR"), "/python/guild/script_info.py").into(),
            limit: TIME_LIMIT,
        };
        let reading = reading::read(&at, || Some(asker)).unwrap();
        assert!(reading.analysis.is_some_and(|a| a.params.contains_key("x")));
    }
}
