//! Which resources an operation requires.
//!
//! Source: the first half of `op_dep.py` of 0.9.0, and `op_deps_as_data` in `op_util.py`.

use std::path::{Path, PathBuf};

use guild_flags::command::{CommandError, resolve_references};
use guild_flags::value::{is_true, repr, text};
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use crate::resource::Resource;

/// A resource that an operation requires.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dependency {
    /// The resource.
    pub resource: Resource,
    /// The folder that its files are looked for in: the project's. Relative to where guild runs
    /// for a file that the user named.
    pub location: PathBuf,
    /// Further folders to look in: those of packages that the model inherits from.
    pub parents: Vec<PathBuf>,
    /// Values that flags have for its sources, by the names of [`crate::Source::flag_candidates`].
    pub config: Map,
}

/// An operation that requires something, and where its resources are looked up.
pub struct Requirer<'a> {
    /// The operation's name, with its model's.
    pub full_name: &'a str,
    /// The project's folder.
    pub dir: &'a Path,
    /// Folders of the packages that the operation's model inherits from.
    pub parents: &'a [PathBuf],
    /// Finds a resource: in a model of a name, or in the operation's own.
    pub find: &'a dyn Fn(Option<&str>, &str) -> Lookup<'a>,
}

/// What is known about a resource of a name.
pub enum Lookup<'a> {
    /// The resource as the file has it.
    Found(&'a Value),
    /// The model has no such resource.
    NoResource,
    /// There is no such model.
    NoModel,
}

/// The dependencies that `requires` of an operation stands for, for the given flags.
///
/// # Errors
/// In 0.9.0's words: a resource that is not defined, a name that is none.
pub fn dependencies(
    requires: &Value,
    requirer: &Requirer,
    flags: &IndexMap<String, Value>,
) -> Result<Vec<Dependency>, String> {
    let one = std::slice::from_ref(requires);
    let items = if is_true(requires) { requires.as_list().unwrap_or(one) } else { &[] };
    let mut found = Vec::new();
    for item in items {
        let resource = match item {
            Value::Map(map) if map.get("resource").is_none() => inline(item, map)?,
            Value::Map(map) => named(&text(map.get("resource").unwrap_or(item)), requirer, flags)?,
            other => named(&text(other), requirer, flags)?,
        };
        found.push(Dependency {
            config: config(&resource, flags),
            resource,
            location: requirer.dir.to_path_buf(),
            parents: requirer.parents.to_vec(),
        });
    }
    Ok(found)
}

/// A file that the user names on the command line (`--dep`).
pub fn for_path(path: &str) -> Dependency {
    let source = Value::from(Map::from_iter([("file", path)]));
    let data = Value::from(Map::from_iter([
        ("sources", Value::List(vec![source])),
        ("target-type", "link".into()),
    ]));
    Dependency {
        resource: Resource::read(Some(path), &data).unwrap_or_default(),
        location: ".".into(),
        ..Dependency::default()
    }
}

fn inline(item: &Value, map: &Map) -> Result<Resource, String> {
    if map.get("sources").is_some() {
        let name = map.get("name").filter(|n| is_true(n)).map(text);
        return Resource::read(name.as_deref(), item);
    }
    Resource::read(None, &Value::List(vec![item.clone()]))
}

fn named(
    spec: &str,
    requirer: &Requirer,
    flags: &IndexMap<String, Value>,
) -> Result<Resource, String> {
    let resolved = resolve_references(spec, &|name| flags.get(name))
        .map_err(|e| format!("cannot resolve {}: {}", repr(spec), reference_error(&e)))?;
    let (spec, op) = (text(&resolved), requirer.full_name);
    let term = |t: &str| {
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        !t.is_empty() && t.chars().all(valid)
    };
    let (model, name) = match spec.split_once(':') {
        Some((model, name)) if term(model) && term(name) => (Some(model), name),
        None if term(&spec) => (None, spec.as_str()),
        _ => {
            let package = spec.split_once('/').is_some_and(|(p, name)| term(p) && term(name));
            return Err(match package {
                true => format!("resource '{spec}' required by operation '{op}' is not installed"),
                false => format!("invalid dependency '{spec}' in operation '{op}'"),
            });
        }
    };
    match (requirer.find)(model, name) {
        Lookup::Found(value) => Resource::read(Some(name), value),
        Lookup::NoResource => {
            Err(format!("resource '{name}' required by operation '{op}' is not defined"))
        }
        Lookup::NoModel => Err(format!(
            "model '{}' in resource '{spec}' required by operation '{op}' is not defined",
            model.unwrap_or_default()
        )),
    }
}

/// What is wrong with a reference, in 0.9.0's words.
pub(crate) fn reference_error(e: &CommandError) -> String {
    match e {
        CommandError::UndefinedReference(name) => format!("undefined reference '{name}'"),
        CommandError::ReferenceCycle(names) => {
            let names = Value::List(names.iter().map(|n| n.as_str().into()).collect());
            format!("ReferenceCycleError({})", guild_flags::value::repr_value(&names))
        }
        other => other.to_string(),
    }
}

fn config(resource: &Resource, flags: &IndexMap<String, Value>) -> Map {
    let mut config = Map::new();
    for source in &resource.sources {
        for name in source.flag_candidates() {
            if let Some(value) = flags.get(name) {
                config.insert(name, value.clone());
            }
        }
    }
    config
}

impl Dependency {
    /// The dependency as a run's `op` attribute keeps it.
    pub fn to_value(&self) -> Value {
        let mut data = self.resource.data.clone();
        data.insert("name", self.resource.resolving_name());
        data.insert("location", self.location.display().to_string());
        if !self.config.is_empty() {
            data.insert("config", self.config.clone());
        }
        data.into()
    }

    /// Reads what [`Dependency::to_value`] or 0.9.0 wrote.
    ///
    /// # Errors
    /// It is no dependency.
    pub fn from_value(value: &Value) -> Result<Dependency, String> {
        let Value::Map(data) = value else {
            return Err(format!("invalid dependency {}", text(value)));
        };
        let mut data = data.clone();
        let config = match data.remove("config") {
            Some(Value::Map(config)) => config,
            _ => Map::new(),
        };
        let location = data.remove("location").map(|l| text(&l)).unwrap_or_else(|| ".".into());
        let name = data.get("name").map(text);
        Ok(Dependency {
            resource: Resource::read(name.as_deref(), &data.into())?,
            location: location.into(),
            parents: Vec::new(),
            config,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(requires: &str, flags: &str) -> Result<Vec<Dependency>, String> {
        let data = serde_json::from_str(r#"["a.txt"]"#).unwrap();
        let find = |model: Option<&str>, name: &str| match (model, name) {
            (None | Some("m"), "data") => Lookup::Found(&data),
            (None | Some("m"), _) => Lookup::NoResource,
            _ => Lookup::NoModel,
        };
        let requirer =
            Requirer { full_name: "m:op", dir: Path::new("/p"), parents: &[], find: &find };
        let (requires, flags) =
            (serde_json::from_str(requires).unwrap(), serde_json::from_str(flags).unwrap());
        dependencies(&requires, &requirer, &flags)
    }

    #[test]
    fn forms_of_requires() {
        for (requires, names) in [
            ("null", &[][..]),
            ("[]", &[]),
            (r#""data""#, &["data"]),
            (r#"["data", "m:data", "${which}"]"#, &["data", "data", "data"]),
            (r#"{"resource": "data"}"#, &["data"]),
            (r#"{"file": "x"}"#, &["file:x"]),
            (r#"{"file": "x", "name": "n"}"#, &["n"]),
            (r#"[{"name": "s", "sources": ["x", {"url": "http://y"}]}]"#, &["s"]),
        ] {
            let found = found(requires, r#"{"which": "data"}"#).unwrap();
            let got: Vec<_> = found.iter().map(|d| d.resource.resolving_name()).collect();
            assert_eq!(got, names, "{requires}");
        }
    }

    #[test]
    fn what_is_not_there() {
        for (requires, message) in [
            ("nope", "resource 'nope' required by operation 'm:op' is not defined"),
            (
                "x:data",
                "model 'x' in resource 'x:data' required by operation 'm:op' is not defined",
            ),
            ("p/data", "resource 'p/data' required by operation 'm:op' is not installed"),
            ("a b", "invalid dependency 'a b' in operation 'm:op'"),
            ("${x}", "cannot resolve '${x}': undefined reference 'x'"),
        ] {
            let requires = serde_json::to_string(requires).unwrap();
            assert_eq!(found(&requires, "{}").unwrap_err(), message);
        }
    }

    #[test]
    fn a_run_keeps_them() {
        let json = r#"[{"file": "x", "flag-name": "f"}, "data"]"#;
        let found = found(json, r#"{"f": "y", "g": 1}"#).unwrap();
        assert_eq!(found[0].config, Map::from_iter([("f", "y")]));
        for dep in found {
            let kept = Dependency::from_value(&dep.to_value()).unwrap();
            assert_eq!(kept.resource.resolving_name(), dep.resource.resolving_name());
            assert_eq!(kept.resource.sources, dep.resource.sources);
            assert_eq!((kept.config, kept.location), (dep.config, dep.location));
        }
        assert!(Dependency::from_value(&Value::Null).is_err());
        assert_eq!(for_path("d.txt").resource.target_type.as_deref(), Some("link"));
    }
}
