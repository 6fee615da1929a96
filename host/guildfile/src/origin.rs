//! Where in a Guild file each flag is defined.
//!
//! Flags come to an operation by many ways: from a config, a parent, an include, a package, the
//! defaults of a model. So each takes its place along, as one more attribute under a name that no
//! one writes, until [`take`] makes an origin of it.

use std::collections::HashMap;
use std::path::Path;

use guild_flags::value::text;
use guild_plugin_api::{Map, Value};
use guild_yaml::{Place, Places};

/// The attribute. Nothing but an escape could write it.
const PLACE: &str = "\0place";

/// Notes in the coerced `items` of the file at `path` where their flags are.
pub(crate) fn note(items: &mut [Map], places: &Places, path: &Path) {
    let Some(root) = places.root() else { return };
    let file = path.display().to_string();
    let listed = root.items();
    if listed.is_empty() {
        // A mapping of operations: one item.
        return items.iter_mut().for_each(|item| each(item, "operations", root, &file));
    }
    for (item, place) in items.iter_mut().zip(listed) {
        section(item, place, &file);
        let within = by_key(place);
        if let Some(place) = within.get("operations") {
            each(item, "operations", *place, &file);
        }
        if let (Some(Value::Map(defaults)), Some(place)) =
            (item.get_mut("operation-defaults"), within.get("operation-defaults"))
        {
            section(defaults, *place, &file);
        }
    }
}

/// Notes the flags of each operation in a section of `item`.
fn each(item: &mut Map, name: &str, place: Place<'_>, file: &str) {
    let Some(Value::Map(operations)) = item.get_mut(name) else { return };
    let places = by_key(place);
    for (name, operation) in operations.iter_mut() {
        if let (Value::Map(operation), Some(place)) = (operation, places.get(&*text(name))) {
            section(operation, *place, file);
        }
    }
}

/// Notes the `flags` of what is at `place`.
fn section(owner: &mut Map, place: Place<'_>, file: &str) {
    let Some(Value::Map(flags)) = owner.get_mut("flags") else { return };
    let Some(place) = place.get("flags") else { return };
    let lines: HashMap<_, _> =
        place.entries().into_iter().map(|entry| (entry.key, entry.at.position().0)).collect();
    let mut later = Map::new();
    for (name, flag) in flags.iter_mut().filter(|(name, _)| name.as_str() != Some("$include")) {
        let Some(line) = lines.get(&*text(name)) else { continue };
        let place = format!("{file}:{line}");
        match flag {
            Value::Map(flag) => drop(flag.insert(PLACE, place)),
            _ => later.push(name.clone(), place.into()),
        }
    }
    if !later.is_empty() {
        owner.insert(PLACE, later);
    }
}

/// Brings places that were noted for a model's defaults, whose flags were mere values then, to
/// these.
pub(crate) fn settle(defaults: &mut Map) {
    let Some(Value::Map(places)) = defaults.remove(PLACE) else { return };
    let Some(Value::Map(flags)) = defaults.get_mut("flags") else { return };
    for (name, flag) in flags.iter_mut() {
        let place = places.iter().find(|(noted, _)| noted == name);
        if let (Value::Map(flag), Some((_, place))) = (flag, place)
            && flag.get(PLACE).is_none()
        {
            flag.insert(PLACE, place.clone());
        }
    }
}

fn by_key(place: Place<'_>) -> HashMap<&str, Place<'_>> {
    place.entries().into_iter().map(|entry| (entry.key, entry.value)).collect()
}

/// Takes the place out of a flag's attributes: file and line, the file as seen from the folder
/// `dir`, or the file at `path` where no place was noted.
pub(crate) fn take(flag: &mut Map, dir: &Path, path: &Path) -> String {
    let place = flag.remove(PLACE);
    let below =
        |place: &str| Some(place.strip_prefix(dir.to_str()?)?.strip_prefix('/')?.to_owned());
    if let Some(place) = place.as_ref().and_then(Value::as_str).and_then(below) {
        return place;
    }
    let place = place.as_ref().and_then(Value::as_str).map_or(path, Path::new);
    place.strip_prefix(dir).unwrap_or(place).display().to_string()
}

/// Takes the places out of everything in `value`.
pub(crate) fn forget(value: &mut Value) {
    match value {
        Value::Map(map) => {
            map.remove(PLACE);
            map.iter_mut().for_each(|(_, value)| forget(value));
        }
        Value::List(items) => items.iter_mut().for_each(forget),
        _ => {}
    }
}
