//! What a resource and its sources say, once the Guild file was read and checked.
//!
//! Source: `resourcedef.py` of 0.9.0.

use guild_flags::shell;
use guild_flags::value::{is_true, text};
use guild_guildfile::{SOURCE_ATTRS, SOURCE_TYPES};
use guild_plugin_api::{Map, Value};

/// Files that an operation needs, under a name.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Resource {
    /// The name; none for one that is written within `requires`.
    pub name: Option<String>,
    /// `link` or `copy`, or what else the file says.
    pub target_type: Option<String>,
    /// The folder below the run's where its files go.
    pub target_path: Option<String>,
    /// The sources, in order.
    pub sources: Vec<Source>,
    /// The resource as it is written, under `sources` where it is only a list or a single source.
    pub data: Map,
}

/// Where files come from.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Source {
    /// `file`, `url`, `operation`, …: the attribute that says where.
    pub kind: String,
    /// What that attribute says.
    pub value: String,
    /// The source's address: `file:data.txt`, `https://…`.
    pub uri: String,
    /// The name.
    pub name: Option<String>,
    /// The name of the flag that replaces what the source says.
    pub flag_name: Option<String>,
    /// Whether there must be no such flag.
    pub no_flag: bool,
    /// What the content must be.
    pub sha256: Option<String>,
    /// Whether an archive is unpacked.
    pub unpack: bool,
    /// The kind of archive, where the file's name does not tell.
    pub archive: Option<String>,
    /// Which files are meant; all of them without.
    pub select: Vec<Select>,
    /// Whether the operation can do without.
    pub optional: bool,
    /// Whether to warn when there are no files.
    pub warn_if_empty: bool,
    /// Whether it is an error when there are no files.
    pub fail_if_empty: bool,
    /// New names: the first that changes a file's name counts.
    pub rename: Vec<Rename>,
    /// A command for the shell, run once where the files are.
    pub post_process: Option<String>,
    /// The folder below the run's where the files go.
    pub target_path: Option<String>,
    /// `link` or `copy`, or what else the file says.
    pub target_type: Option<String>,
    /// Whether what is in the run already gives way.
    pub replace_existing: bool,
    /// Whether it is resolved again when the run is started again.
    pub always_resolve: bool,
    /// Whether files keep their folders.
    pub preserve_path: bool,
    /// What to tell the user when it cannot be resolved.
    pub help: Option<String>,
    /// The source as it is written.
    pub data: Map,
}

/// A pattern for files, and which of those that match are meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// A regular expression of Python's for the whole path.
    pub pattern: String,
    /// Which of them, by the number in the pattern's first group.
    pub take: Take,
}

/// Which of the matching files are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// All of them.
    All,
    /// The one with the least number.
    Least,
    /// The one with the greatest number.
    Greatest,
}

/// A new name for files.
#[derive(Clone, Debug, PartialEq)]
pub struct Rename {
    /// A regular expression of Python's, with references to flags.
    pub pattern: String,
    /// What to put for what it finds.
    pub replacement: String,
}

impl Resource {
    /// Reads a resource as a Guild file or a run's `op` attribute has it: a mapping with `sources`,
    /// or a list of them.
    ///
    /// # Errors
    /// What is wrong with it, in a line. Nothing of what the reader of Guild files lets through.
    pub fn read(name: Option<&str>, value: &Value) -> Result<Resource, String> {
        let data = match value {
            Value::Map(map) => map.clone(),
            Value::List(_) => Map::from_iter([("sources", value.clone())]),
            other => return Err(format!("invalid resource value {}", text(other))),
        };
        let empty = Value::List(Vec::new());
        let Value::List(sources) = data.get("sources").unwrap_or(&empty) else {
            return Err("invalid sources value".into());
        };
        let unpack = data.get("default-unpack").is_none_or(is_true);
        let sources: Result<Vec<Source>, String> =
            sources.iter().map(|source| Source::read(source, unpack)).collect();
        Ok(Resource {
            name: name.map(String::from).filter(|name| !name.is_empty()),
            target_type: word(&data, "target-type"),
            target_path: word(&data, "target-path").or_else(|| word(&data, "path")),
            sources: sources?,
            data,
        })
    }

    /// What users know it as: its name, or those of its sources.
    pub fn resolving_name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let names: Vec<&str> = self.sources.iter().map(Source::resolving_name).collect();
        if names.is_empty() { "resource".into() } else { names.join(",") }
    }
}

impl Source {
    fn read(value: &Value, default_unpack: bool) -> Result<Source, String> {
        let data = match value {
            Value::Map(map) => map.clone(),
            Value::Str(path) => Map::from_iter([("file", path.as_str())]),
            other => return Err(format!("invalid source {}", text(other))),
        };
        let get = |name: &str| data.get(name).or_else(|| data.get(&name.replace('-', "_")));
        let truth = |name: &str, default: bool| get(name).map_or(default, is_true);
        let (kind, what) = kind(&data)?;
        let uri = if kind == "url" { what.clone() } else { format!("{kind}:{what}") };
        let flag = get("flag-name");
        let mut select = Vec::new();
        for (attr, take) in
            [("select", Take::All), ("select-min", Take::Least), ("select-max", Take::Greatest)]
        {
            let patterns = get(attr).cloned().unwrap_or_default();
            select.extend(list(patterns).iter().map(|p| Select { pattern: text(p), take }));
        }
        let rename = list(get("rename").cloned().unwrap_or_default());
        let word = |name: &str| get(name).filter(|v| is_true(v)).map(text);
        Ok(Source {
            uri,
            name: word("name"),
            flag_name: word("flag-name"),
            no_flag: flag == Some(&Value::Bool(false)),
            sha256: word("sha256"),
            unpack: get("unpack").filter(|v| !v.is_null()).map_or(default_unpack, is_true),
            archive: word("type"),
            select,
            optional: truth("optional", false),
            warn_if_empty: truth("warn-if-empty", true),
            fail_if_empty: truth("fail-if-empty", false),
            rename: rename.iter().map(renaming).collect::<Result<_, _>>()?,
            post_process: word("post-process"),
            target_path: word("target-path").or_else(|| word("path")),
            target_type: word("target-type"),
            replace_existing: truth("replace-existing", false),
            always_resolve: truth("always-resolve", false),
            preserve_path: truth("preserve-path", false),
            help: word("help"),
            kind,
            value: what,
            data,
        })
    }

    /// What users know it as.
    pub fn resolving_name(&self) -> &str {
        self.name.as_deref().or(self.flag_name.as_deref()).unwrap_or(&self.uri)
    }

    /// The scheme of its address: who resolves it.
    pub fn scheme(&self) -> &str {
        match self.kind.as_str() {
            "url" => self.uri.split_once(':').map_or("", |(scheme, _)| scheme),
            kind => kind,
        }
    }

    /// The path in its address.
    pub fn path(&self) -> &str {
        if self.kind != "url" {
            return &self.value;
        }
        let rest = self.uri.split_once(':').map_or("", |(_, rest)| rest);
        let path = match rest.strip_prefix("//") {
            Some(place) => place.find('/').map_or("", |at| &place[at..]),
            None => rest,
        };
        &path[..path.find(['?', '#']).unwrap_or(path.len())]
    }

    /// Names of flags that may replace what the source says, the first that counts first.
    pub fn flag_candidates(&self) -> Vec<&str> {
        match (&self.flag_name, &self.name) {
            (Some(name), _) | (None, Some(name)) => vec![name],
            (None, None) => vec![&self.uri, self.path()],
        }
    }

    /// Whether it is the results of another operation.
    pub fn is_operation(&self) -> bool {
        self.kind == "operation"
    }
}

/// The attribute that says what a source is, and what it says.
fn kind(data: &Map) -> Result<(String, String), String> {
    let given =
        SOURCE_TYPES.iter().find_map(|kind| Some((*kind, data.get(kind).filter(|v| is_true(v))?)));
    if let Some((kind, value)) = given {
        return Ok((kind.into(), text(value)));
    }
    // Of those that plugins add, the reader of Guild files lets through what a plugin resolves.
    let known = |name: &str| SOURCE_ATTRS.contains(&name.replace('_', "-").as_str());
    let other = data.iter().find(|(name, _)| name.as_str().is_some_and(|name| !known(name)));
    match other {
        Some((name, value)) => Ok((text(name), text(value))),
        None => Err(format!("a source must have one of {}", SOURCE_TYPES.join(", "))),
    }
}

fn word(data: &Map, name: &str) -> Option<String> {
    data.get(name).filter(|v| is_true(v)).map(text)
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::List(items) => items,
        one => vec![one],
    }
}

fn renaming(value: &Value) -> Result<Rename, String> {
    if let Value::Map(map) = value {
        let part = |name: &str| map.get(name).map(text).unwrap_or_default();
        return Ok(Rename { pattern: part("pattern"), replacement: part("repl") });
    }
    let words = shell::split(&text(value)).unwrap_or_default();
    match words.as_slice() {
        [pattern, replacement] => {
            Ok(Rename { pattern: pattern.clone(), replacement: replacement.clone() })
        }
        [name] => Ok(Rename { pattern: ".*".into(), replacement: name.clone() }),
        _ => Err(format!(
            "invalid rename spec {}: expected 'PATTERN REPL' or 'NAME'",
            guild_flags::value::repr_value(value)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Resource {
        Resource::read(None, &serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn sources_and_what_they_are_called() {
        let r = read(
            r#"{"path": "t", "sources": ["a b.txt", {"url": "http://h/x/y.zip?q=1", "name": "n"},
            {"operation": "prep", "flag-name": "run"}, {"moon": "full", "target_path": "p"}]}"#,
        );
        assert_eq!(r.resolving_name(), "file:a b.txt,n,run,moon:full");
        assert_eq!(r.target_path.as_deref(), Some("t"));
        let [file, url, op, moon] = r.sources.as_slice() else { panic!("{r:?}") };
        assert_eq!((file.scheme(), file.path(), file.unpack), ("file", "a b.txt", true));
        assert_eq!(file.flag_candidates(), ["file:a b.txt", "a b.txt"]);
        assert_eq!((url.scheme(), url.path(), url.kind.as_str()), ("http", "/x/y.zip", "url"));
        assert_eq!((op.flag_candidates(), op.is_operation()), (vec!["run"], true));
        assert_eq!((moon.kind.as_str(), moon.target_path.as_deref()), ("moon", Some("p")));
    }

    #[test]
    fn names_in_parts() {
        let r = read(
            r#"[{"file": "d", "rename": ["x", "a b", {"pattern": "p", "repl": "r"}],
            "select": "s", "select-max": ["m"], "unpack": false, "warn-if-empty": false}]"#,
        );
        let s = &r.sources[0];
        let names: Vec<_> = s.rename.iter().map(|r| [&r.pattern[..], &r.replacement]).collect();
        assert_eq!(names, [[".*", "x"], ["a", "b"], ["p", "r"]]);
        assert_eq!((s.select[0].take, s.select[1].take), (Take::All, Take::Greatest));
        assert!(!s.unpack && !s.warn_if_empty && !s.fail_if_empty);
        assert!(Resource::read(None, &Value::Int(3)).is_err());
        assert!(Source::read(&Value::Map(Map::new()), true).is_err());
    }
}
