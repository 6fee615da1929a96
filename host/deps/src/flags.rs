//! The flags by which a user names another file or run for a source.
//!
//! Source: `plugins/resource_flags.py` and `_apply_default_dep_runs` in `commands/run_impl.py` of
//! 0.9.0.

use guild_flags::value::{is_true, text};
use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, Flags};
use guild_store::{Status, Store};
use indexmap::IndexMap;

use crate::dependency::Dependency;
use crate::operation::find_run;
use crate::resource::Source;

/// What kinds of values a flag may have that names a file.
const FILE_TYPES: [&str; 3] = ["string", "path", "existing-path"];

/// Adds to an operation's flags those of its dependencies. Returns what the user should be told.
pub fn add_flags(flags: &mut Flags, dependencies: &[Dependency], operation: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    for source in dependencies.iter().flat_map(|dep| &dep.resource.sources) {
        let Some((name, new, types)) = flag(source) else { continue };
        let Some(held) = flags.get_mut(&name) else {
            flags.insert(name, new);
            continue;
        };
        held.arg_skip = held.arg_skip.or(new.arg_skip);
        if held.default.is_null() {
            held.default = new.default;
        }
        match &held.kind {
            Some(kind) if !types.contains(&kind.as_str()) => {
                warnings.push(format!(
                    "flag '{name}' for operation {operation} is configured with type '{kind}' - \
                     this value cannot be used because it conflicts with the dependency '{}' - \
                     ignoring configured value",
                    source.resolving_name()
                ));
                held.kind = new.kind;
            }
            _ => {}
        }
    }
    warnings
}

/// The flag of a source: its name, what it is, and which types a user may give it.
fn flag(source: &Source) -> Option<(String, FlagDef, &'static [&'static str])> {
    let def = FlagDef { arg_skip: Some(true), kind: Some("string".into()), ..FlagDef::default() };
    if source.is_operation() {
        if source.no_flag {
            return None;
        }
        let name = source.resolving_name_of_flag();
        let alias = (name == source.uri).then(|| source.value.clone());
        return Some((name, FlagDef { alias, ..def }, &["string"]));
    }
    let name = source.flag_name.clone().filter(|_| source.scheme() == "file")?;
    Some((name, FlagDef { default: source.path().into(), ..def }, &FILE_TYPES))
}

impl Source {
    /// What the flag of a required run is called.
    fn resolving_name_of_flag(&self) -> String {
        self.flag_name.as_ref().or(self.name.as_ref()).unwrap_or(&self.uri).clone()
    }
}

/// Puts the ids of the runs that an operation requires into its flags' values, so that the user
/// sees which they are and the run keeps them: a missing value becomes the default run's id, the
/// start of an id the whole. Returns what the user should be told.
pub fn fill_in_runs(
    store: &Store,
    defs: &Flags,
    dependencies: &[Dependency],
    values: &mut IndexMap<String, Value>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    let statuses = [Status::Completed, Status::Running, Status::Terminated, Status::Staged];
    for dep in dependencies {
        let names = dep.resource.sources.iter().flat_map(Source::flag_candidates);
        let mut given: Vec<Value> = Vec::new();
        for value in names.filter_map(|name| values.get(name)).filter(|v| is_true(v)) {
            match value {
                Value::List(values) => given.extend(values.iter().cloned()),
                value => given.push(value.clone()),
            }
        }
        for source in dep.resource.sources.iter().filter(|s| s.is_operation()) {
            let specs: Vec<Option<String>> = match given.as_slice() {
                [] => vec![None],
                given => given.iter().map(|v| Some(text(v))).collect(),
            };
            let find =
                |spec: &Option<String>| find_run(store, source, spec.as_deref(), &statuses).ok();
            let runs: Vec<_> = specs.iter().filter_map(find).collect();
            if runs.is_empty() && !source.optional && !is_folder(&specs) {
                warnings.push(format!(
                    "cannot find a suitable run for required resource '{}'",
                    source.resolving_name()
                ));
            }
            let declared =
                source.flag_candidates().into_iter().find(|name| defs.contains_key(*name));
            let name =
                declared.map(String::from).unwrap_or_else(|| source.resolving_name_of_flag());
            for run in runs {
                put_run(values, &name, run.id());
            }
        }
    }
    values.sort_keys();
    warnings
}

/// Whether a run's folder is named instead of a run.
fn is_folder(specs: &[Option<String>]) -> bool {
    specs.iter().flatten().any(|spec| std::path::Path::new(spec).is_dir())
}

fn put_run(values: &mut IndexMap<String, Value>, name: &str, id: &str) {
    match values.get_mut(name) {
        None | Some(Value::Null) => {
            values.insert(name.into(), id.into());
        }
        Some(Value::List(items)) => {
            if let Some(item) = items.iter_mut().find(|item| id.starts_with(&text(item))) {
                *item = id.into();
            }
        }
        Some(value) => {
            if id.starts_with(&text(value)) {
                *value = id.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Resource;

    fn dependency(json: &str) -> Dependency {
        let resource = Resource::read(None, &serde_json::from_str(json).unwrap()).unwrap();
        Dependency { resource, ..Dependency::default() }
    }

    #[test]
    fn flags_of_sources() {
        let dep = dependency(
            r#"["plain", {"file": "d.txt", "flag-name": "data"}, {"operation": "prep"},
            {"operation": "a", "name": "b"}, {"operation": "c", "flag-name": false},
            {"url": "http://x", "flag-name": "u"}, {"file": "e", "flag-name": "own"}]"#,
        );
        let mut flags = Flags::new();
        let own =
            FlagDef { kind: Some("int".into()), default: "mine".into(), ..FlagDef::default() };
        flags.insert("own".into(), own);
        let warnings = add_flags(&mut flags, &[dep], "op");
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].starts_with("flag 'own' for operation op is configured with type 'int'")
        );
        let shown: Vec<_> = flags
            .iter()
            .map(|(name, f)| format!("{name} {} {:?}", text(&f.default), f.alias.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                "own mine None",
                "data d.txt None",
                "operation:prep None Some(\"prep\")",
                "b None None"
            ]
        );
        assert!(flags.values().all(|f| f.arg_skip == Some(true)));
        assert_eq!(flags["own"].kind.as_deref(), Some("string"));
    }

    #[test]
    fn ids_take_the_place_of_what_they_start_with() {
        let mut values: IndexMap<String, Value> = IndexMap::new();
        let id = "12ab";
        values.insert("a".into(), Value::Null);
        values.insert("b".into(), Value::Int(12));
        values.insert("c".into(), "x".into());
        values.insert("d".into(), Value::List(vec!["x".into(), Value::Int(12)]));
        for name in ["a", "b", "c", "d", "e"] {
            put_run(&mut values, name, id);
        }
        let shown: Vec<_> = values.values().map(text).collect();
        assert_eq!(shown, ["12ab", "12ab", "x", "['x', '12ab']", "12ab"]);
    }
}
