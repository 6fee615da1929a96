//! `$include` in flags, operations and resources: what a config, a model or an operation says is
//! taken over.
//!
//! Source: the include support of `guildfile.py` of 0.9.0.

use std::cmp::Ordering;
use std::collections::HashSet;

use guild_flags::value::{compare, is_true, repr_value, text};
use guild_plugin_api::{Map, Value};

use crate::coerce::str_to_list;
use crate::context::{MAX_DEPTH, SearchPath, Source, invalid, limit};
use crate::error::{Error, ErrorKind};
use crate::place::Step;

/// What `value`, which is under `name`, says, includes resolved.
pub(crate) fn section(value: Option<Value>, name: &str, search: &SearchPath) -> Result<Map, Error> {
    let mut resolve = Resolve { section: name, search, seen: HashSet::new(), out: Map::new() };
    match value.filter(is_true) {
        None => Ok(resolve.out),
        // Files can be large, so what includes nothing is not copied.
        Some(Value::Map(map)) if map.get("$include").is_none() => Ok(map),
        Some(value) => {
            resolve.apply(&value, None, 0)?;
            Ok(resolve.out)
        }
    }
}

struct Resolve<'a> {
    section: &'a str,
    search: &'a SearchPath,
    seen: HashSet<String>,
    out: Map,
}

/// `CONFIG[#ATTRS]` or `MODEL:OPERATION[#ATTRS]`.
struct Reference<'a> {
    model: &'a str,
    operation: Option<&'a str>,
    attrs: Option<&'a str>,
}

impl Resolve<'_> {
    fn file(&self) -> &Source {
        // A search path starts with the model's own file.
        &self.search[0]
    }

    /// Applies `data`, or of it only what has a name that is part of `attrs`.
    fn apply(&mut self, data: &Value, attrs: Option<&str>, depth: usize) -> Result<(), Error> {
        let path = &self.file().path;
        if depth > MAX_DEPTH {
            return Err(limit(path, "'$include' is nested too deep"));
        }
        let Value::Map(data) = data else {
            let (name, data) = (self.section, repr_value(data));
            return Err(invalid(path, format!("invalid {name} value {data}: expected a mapping")));
        };
        // A plain substring: that is how attributes have always been picked.
        let picked = |name: &Value| attrs.is_none_or(|attrs| attrs.contains(&text(name)));
        let mut entries: Vec<_> = data.iter().filter(|(name, _)| picked(name)).collect();
        entries.sort_by(|(a, _), (b, _)| includes_first(a, b));
        for (name, value) in entries {
            if name.as_str() == Some("$include") {
                self.include(value, depth).map_err(|e| e.at(Step::key("$include")))?;
            } else {
                self.merge(name, value)?;
            }
        }
        Ok(())
    }

    fn merge(&mut self, name: &Value, value: &Value) -> Result<(), Error> {
        let Value::Map(new) = value else {
            self.out.insert(name.clone(), value.clone());
            return Ok(());
        };
        let merged = match name.as_str().and_then(|name| self.out.get(name)) {
            None => new.clone(),
            Some(Value::Map(old)) => {
                let mut merged = old.clone();
                for (key, value) in new {
                    merged.insert(key.clone(), value.clone());
                }
                merged
            }
            Some(other) => {
                let (section, other) = (self.section, repr_value(other));
                return Err(invalid(
                    &self.file().path,
                    format!("invalid {section} value {other}: expected a mapping"),
                ));
            }
        };
        self.out.insert(name.clone(), merged);
        Ok(())
    }

    fn include(&mut self, references: &Value, depth: usize) -> Result<(), Error> {
        let path = self.file().path.clone();
        let references = str_to_list(references.clone(), "$include")
            .map_err(|message| invalid(&path, message))?;
        for (index, reference) in references.iter().enumerate() {
            let reference = text(reference);
            if !self.seen.insert(reference.clone()) {
                // What follows is left out too, as 0.9.0 does.
                break;
            }
            let parts = split(&reference).ok_or_else(|| {
                Error::new(
                    ErrorKind::Reference,
                    &path,
                    format!(
                        "invalid include reference '{reference}': operation references must be \
                         specified as CONFIG[#ATTRS] or MODEL:OPERATION[#ATTRS]"
                    ),
                )
                .at(Step::Index(index))
            })?;
            let search = self.search;
            let data = search.iter().find_map(|file| find(file, &parts, self.section));
            match data {
                Some(Value::Null) => {}
                Some(data) => self.apply(data, parts.attrs, depth + 1)?,
                None => {
                    let message =
                        format!("invalid include reference '{reference}': cannot find target");
                    let known = targets(search);
                    let target = reference.split('#').next().unwrap_or_default();
                    return Err(Error::new(ErrorKind::Reference, &path, message)
                        .near(target, known.iter().map(String::as_str))
                        .at(Step::Index(index)));
                }
            }
        }
        Ok(())
    }
}

/// `$include` before all, then by name.
fn includes_first(a: &Value, b: &Value) -> Ordering {
    fn key(name: &Value) -> Value {
        if name.as_str() == Some("$include") { Value::str("\0") } else { name.clone() }
    }
    let (a, b) = (key(a), key(b));
    compare(&a, &b).unwrap_or_else(|| text(&a).cmp(&text(&b)))
}

fn split(reference: &str) -> Option<Reference<'_>> {
    let (target, rest) = match reference.find('#') {
        Some(at) => (&reference[..at], Some(&reference[at + 1..])),
        None => (reference, None),
    };
    // Attributes end with the line; none at all mean everything.
    let attrs = rest.and_then(|rest| rest.split('\n').next()).filter(|attrs| !attrs.is_empty());
    match target.split_once(':') {
        Some((model, operation)) if !operation.is_empty() => {
            Some(Reference { model, operation: Some(operation), attrs })
        }
        Some(("", _)) => None,
        // A colon at the end ends the name, and what follows it does not count.
        Some((model, _)) => Some(Reference { model, operation: None, attrs: None }),
        None if target.is_empty() => None,
        None => Some(Reference { model: target, operation: None, attrs }),
    }
}

/// The model or config, and the operation, that a reference names.
pub(crate) fn target(reference: &str) -> Option<(&str, Option<&str>)> {
    split(reference).map(|r| (r.model, r.operation))
}

/// What the target of a reference says in a section; null where it says nothing, none where there
/// is no such target.
fn find<'a>(file: &'a Source, reference: &Reference, section: &str) -> Option<&'a Value> {
    const NOTHING: &Value = &Value::Null;
    let said = |data: &'a Map| data.get(section).filter(|v| is_true(v)).unwrap_or(NOTHING);
    let mut named =
        file.items.iter().filter(|item| item_name(item).is_some_and(|n| n == reference.model));
    match reference.operation {
        None => named.next().map(said),
        Some(operation) => named.find_map(|item| {
            let operation = item.get("operations")?.get(operation)?;
            operation.as_map().map(said)
        }),
    }
}

/// All that a reference may name.
fn targets(search: &SearchPath) -> Vec<String> {
    let mut out = Vec::new();
    for item in search.iter().flat_map(|file| &file.items) {
        let Some(name) = item_name(item) else { continue };
        let operations = item.get("operations").and_then(Value::as_map);
        for (operation, _) in operations.into_iter().flatten() {
            out.extend(operation.as_str().map(|op| format!("{name}:{op}")));
        }
        out.push(name.to_owned());
    }
    out
}

/// The name of a model or config.
pub(crate) fn item_name(item: &Map) -> Option<&str> {
    item.get("model").or_else(|| item.get("config"))?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        let parts = |text| split(text).map(|r| (r.model, r.operation, r.attrs));
        assert_eq!(parts("c"), Some(("c", None, None)));
        assert_eq!(parts("c#a,b"), Some(("c", None, Some("a,b"))));
        assert_eq!(parts("m:op"), Some(("m", Some("op"), None)));
        assert_eq!(parts(":op#a"), Some(("", Some("op"), Some("a"))));
        assert_eq!(parts("c#x:y"), Some(("c", None, Some("x:y"))));
        assert_eq!(parts("m:"), Some(("m", None, None)));
        assert_eq!(parts("m:#a"), Some(("m", None, None)));
        assert_eq!(parts(":"), None);
        assert_eq!(parts("#a"), None);
        assert_eq!(parts(""), None);
    }
}
