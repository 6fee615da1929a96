//! Settings within settings: `a.b` is `b` in `a`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use guild_flags::value::{repr, repr_value, text};
use guild_plugin_api::{Map, Value};
use guild_yaml::Place;

/// Puts values into a configuration, in order of their names.
///
/// # Errors
/// The configuration is no mapping; a name leads into something that is none.
pub(crate) fn apply(values: &Map, config: &mut Value) -> Result<(), String> {
    if config.is_null() {
        *config = Map::new().into();
    }
    let Value::Map(config) = config else {
        return Err(format!("cannot put flags into {}: expected a mapping", repr_value(config)));
    };
    let mut values: Vec<(String, &Value)> = values.iter().map(|(n, v)| (text(n), v)).collect();
    values.sort_by(|(a, _), (b, _)| a.cmp(b));
    values.into_iter().try_for_each(|(name, value)| put(&name, &name, value.clone(), config))
}

fn put(full: &str, name: &str, value: Value, config: &mut Map) -> Result<(), String> {
    let Some((first, rest)) = name.split_once('.') else {
        config.insert(name, value);
        return Ok(());
    };
    let mut within = match config.get(first) {
        None => Map::new(),
        Some(Value::Map(within)) => within.clone(),
        Some(other) => {
            let before = &full[..full.len() - rest.len() - 1];
            return Err(format!(
                "{} cannot be nested: conflicts with {{{}: {}}}",
                repr(full),
                repr(before),
                text(other)
            ));
        }
    };
    put(full, rest, value, &mut within)?;
    config.insert(first, within);
    Ok(())
}

/// The settings in a configuration by their full names, in its order.
pub(crate) fn flat(config: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    collect(config, "", &mut found);
    found
}

fn collect(config: &Value, prefix: &str, found: &mut Vec<(String, Value)>) {
    let Value::Map(map) = config else { return };
    for (name, value) in map {
        let name = format!("{prefix}{}", text(name));
        match value {
            Value::Map(_) => collect(value, &format!("{name}."), found),
            value => found.push((name, value.clone())),
        }
    }
}

/// The same with each name once: the last value counts, as in Python.
pub(crate) fn distinct(value: Value) -> Value {
    match value {
        Value::Map(map) => {
            let mut places: HashMap<String, usize> = HashMap::new();
            let mut entries: Vec<(Value, Value)> = Vec::with_capacity(map.len());
            for (name, value) in map {
                match places.entry(text(&name)) {
                    Entry::Occupied(place) => entries[*place.get()].1 = distinct(value),
                    Entry::Vacant(place) => {
                        place.insert(entries.len());
                        entries.push((name, distinct(value)));
                    }
                }
            }
            let mut map = Map::new();
            entries.into_iter().for_each(|(name, value)| map.push(name, value));
            map.into()
        }
        Value::List(items) => Value::List(items.into_iter().map(distinct).collect()),
        other => other,
    }
}

/// The lines of the settings at `place`, by their full names.
pub(crate) fn lines(place: Place<'_>, prefix: &str, found: &mut HashMap<String, usize>) {
    for entry in place.entries() {
        let name = format!("{prefix}{}", entry.key);
        lines(entry.value, &format!("{name}."), found);
        found.insert(name, entry.at.position().0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_where_their_names_say() {
        let mut config: Value = serde_json::from_str(r#"{"a": {"b": 1}, "c": 2}"#).unwrap();
        let values: Map = serde_json::from_str(r#"{"a.b": 3, "a.d.e": "x", "f": null}"#).unwrap();
        apply(&values, &mut config).unwrap();
        let names: Vec<_> =
            flat(&config).into_iter().map(|(n, v)| format!("{n}={}", text(&v))).collect();
        assert_eq!(names, ["a.b=3", "a.d.e=x", "c=2", "f=None"]);
        let bad: Map = serde_json::from_str(r#"{"a.b.x": 3}"#).unwrap();
        assert_eq!(
            apply(&bad, &mut config).unwrap_err(),
            "'a.b.x' cannot be nested: conflicts with {'a.b': 3}"
        );
        assert!(apply(&bad, &mut Value::Int(3)).is_err());
    }
}
