//! Resources of a model and what an operation requires: checked here, kept as they are.
//!
//! Source: `OpDependencyDef` and `ResourceDef` in `guildfile.py`, and `resourcedef.py`, of 0.9.0.

use guild_flags::shell;
use guild_flags::value::{is_true, pformat, repr, repr_value, text};
use guild_plugin_api::{Map, Value};

use crate::error::{Error, Warning};
use crate::operation::Builder;
use crate::place::Step;

/// The attributes that say what a source is, in the order in which they are looked for. Those that
/// plugins know come after.
pub const SOURCE_TYPES: [&str; 5] = ["config", "file", "module", "url", "operation"];

/// What else may be said of a source, with `-` where `_` is as good.
pub const SOURCE_ATTRS: [&str; 21] = [
    "name",
    "sha256",
    "unpack",
    "type",
    "select",
    "select-min",
    "select-max",
    "warn-if-empty",
    "optional",
    "fail-if-empty",
    "rename",
    "help",
    "post-process",
    "target-path",
    "target-type",
    "replace-existing",
    "always-resolve",
    "path",
    "preserve-path",
    "params",
    "flag-name",
];

/// Checks an operation's `requires`.
///
/// # Errors
///
/// A dependency is neither a text nor a mapping; a resource in it cannot be used.
pub(crate) fn check_requires(at: &Builder, requires: &Value) -> Result<(), Error> {
    if !is_true(requires) {
        return Ok(());
    }
    let one = std::slice::from_ref(requires);
    let items = requires.as_list().unwrap_or(one).iter().enumerate();
    for (i, item) in items {
        at.context.within(|| Step::Index(i), || dependency(at, item))?;
    }
    Ok(())
}

fn dependency(at: &Builder, data: &Value) -> Result<(), Error> {
    let invalid = || {
        let data = repr_value(data);
        at.invalid(format!("invalid dependency value {data}: expected a string or mapping"))
    };
    match data {
        Value::Str(spec) if !spec.is_empty() => Ok(()),
        Value::Map(map) => match map.get("resource") {
            Some(spec) if is_true(spec) => Ok(()),
            Some(_) => Err(invalid()),
            None if map.get("sources").is_some() => {
                check_resource(at, map.get("name").unwrap_or(&Value::Null), data)
            }
            None => {
                let full_name = format!("{}:<inline>", at.model);
                Resource { at, full_name }.source(data).map(drop)
            }
        },
        _ => Err(invalid()),
    }
}

/// Checks the resource `name`, which is null for one within `requires`.
///
/// # Errors
///
/// It is neither a mapping nor a list; a source cannot be used.
pub(crate) fn check_resource(at: &Builder, name: &Value, data: &Value) -> Result<(), Error> {
    let nothing = Value::List(Vec::new());
    let (sources, map) = match data {
        Value::Map(map) => (map.get("sources").unwrap_or(&nothing), Some(map)),
        Value::List(_) => (data, None),
        other => {
            return Err(at.invalid(format!(
                "invalid resource value {}: expected a mapping or a list",
                repr_value(other)
            )));
        }
    };
    let name = if is_true(name) { text(name) } else { String::new() };
    let shown = if name.is_empty() { "<inline>" } else { &name };
    let resource = Resource { at, full_name: format!("{}:{shown}", at.model) };
    let Value::List(sources) = sources else {
        let (name, sources) = (&resource.full_name, repr_value(sources));
        return Err(at.invalid(format!("invalid sources value for resource '{name}': {sources}")));
    };
    let mut names = Vec::new();
    let mut each = || {
        for (i, source) in sources.iter().enumerate() {
            let name = at.context.within(|| Step::Index(i), || resource.source(source))?;
            names.push(name);
        }
        Ok(())
    };
    match map.is_some_and(|map| map.get("sources").is_some()) {
        true => at.attribute("sources", each)?,
        false => each()?,
    }
    if let Some(map) = map {
        let known_as = match names.join(",") {
            _ if !name.is_empty() => name,
            joined if joined.is_empty() => "resource".into(),
            joined => joined,
        };
        warn_of_two_paths(at, map, &format!("resource {known_as}"));
    }
    Ok(())
}

fn warn_of_two_paths(at: &Builder, map: &Map, what: &str) {
    let given = |name: &str| get(map, name).is_some_and(is_true);
    if given("target-path") && given("path") {
        at.warn(format!("target-path and path both specified for {what} - using target-path"));
    }
}

/// An attribute of a source, in which `_` is as good as `-`.
fn get<'a>(map: &'a Map, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| map.get(&name.replace('-', "_")))
}

struct Resource<'a> {
    at: &'a Builder<'a>,
    full_name: String,
}

impl Resource<'_> {
    fn fail<T>(&self, message: String) -> Result<T, Error> {
        Err(self.at.invalid(message))
    }

    /// Checks a source and returns what it is called.
    fn source(&self, data: &Value) -> Result<String, Error> {
        match data {
            Value::Str(file) => Ok(format!("file:{file}")),
            Value::Map(map) => self.source_map(data, map),
            other => {
                let (name, other) = (&self.full_name, repr_value(other));
                self.fail(format!("invalid source for resource '{name}': {other}"))
            }
        }
    }

    fn source_map(&self, data: &Value, map: &Map) -> Result<String, Error> {
        let types: Vec<&str> =
            SOURCE_TYPES.into_iter().filter(|name| map.get(name).is_some_and(is_true)).collect();
        let plugins = &self.at.context.options.source_types;
        if types.len() != 1
            && let Some(name) = plugins.iter().find(|name| map.get(name).is_some())
        {
            // Its plugin knows the rest.
            return Ok(name.clone());
        }
        let uri = match types.as_slice() {
            [] => {
                return self.fail(format!(
                    "invalid source {} in resource '{}': missing required attribute (one of {})",
                    repr_value(data),
                    self.full_name,
                    SOURCE_TYPES.join(", ")
                ));
            }
            ["url"] => text(map.get("url").unwrap_or(&Value::Null)),
            [name] => format!("{name}:{}", text(map.get(name).unwrap_or(&Value::Null))),
            many => {
                return self.fail(format!(
                    "invalid source {} in resource '{}': conflicting attributes ({})",
                    pformat(data),
                    self.full_name,
                    many.join(", ")
                ));
            }
        };
        let named = ["name", "flag-name"].into_iter();
        let name = named.filter_map(|attr| get(map, attr)).find(|v| is_true(v)).map_or(uri, text);
        for attr in ["select", "select-min", "select-max"] {
            match get(map, attr) {
                None | Some(Value::Null | Value::Str(_) | Value::List(_)) => {}
                Some(other) => {
                    return self.fail(format!("invalid {attr} val: {}", text(other)));
                }
            }
        }
        self.rename(get(map, "rename").unwrap_or(&Value::Null))?;
        warn_of_two_paths(self.at, map, &format!("source {name}"));
        self.warn_of_unknown(map, &name);
        Ok(name)
    }

    fn rename(&self, data: &Value) -> Result<(), Error> {
        let one = std::slice::from_ref(data);
        let specs = if data.is_null() { &[] } else { data.as_list().unwrap_or(one) };
        for spec in specs {
            match spec {
                Value::Map(_) => {}
                Value::Str(s) => {
                    if !shell::split(s).is_ok_and(|words| matches!(words.len(), 1 | 2)) {
                        return self.fail(format!(
                            "invalid rename spec {}: expected 'PATTERN REPL' or 'NAME'",
                            repr(s)
                        ));
                    }
                }
                other => {
                    let other = repr_value(other);
                    return self
                        .fail(format!("invalid rename spec {other}: expected string or map"));
                }
            }
        }
        Ok(())
    }

    fn warn_of_unknown(&self, map: &Map, name: &str) {
        let attrs = map.iter().map(|(k, _)| text(k).replace('_', "-"));
        let known = |attr: &str| SOURCE_TYPES.contains(&attr) || SOURCE_ATTRS.contains(&attr);
        let mut unknown: Vec<String> = attrs.filter(|attr| !known(attr)).collect();
        unknown.sort();
        for attr in unknown {
            let message =
                format!("unexpected source attribute '{attr}' in resource {}", repr(name));
            let spelled = map.iter().map(|(k, _)| text(k)).find(|k| k.replace('_', "-") == attr);
            let step = Step::Name(spelled.unwrap_or_else(|| attr.clone()));
            let known = SOURCE_ATTRS.into_iter().chain(SOURCE_TYPES);
            self.at.context.warn(Warning::new(message).at(step).near(&attr, known));
        }
    }
}
