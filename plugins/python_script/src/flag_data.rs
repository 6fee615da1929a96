//! From the constants of a script to flags.

use std::collections::HashMap;
use std::path::Path;

use guild_plugin_api::model::{FlagDef, Flags};
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use crate::shell::quote_item;
use crate::yaml_item;

/// The flags for a script's global constants, as Guild AI 0.9.0's `_global_assigns_flags_data`
/// gives them: no names that start with `_`, and no dicts, which can be a destination only.
pub fn for_globals(params: &IndexMap<String, Value>) -> Flags {
    params
        .iter()
        .filter(|(name, value)| !name.starts_with('_') && value.as_map().is_none())
        .map(|(name, value)| (name.clone(), for_value(value)))
        .collect()
}

/// The flags for the items of a dict or a `SimpleNamespace` that flags are put in, as Guild AI
/// 0.9.0's `_dict_param_flag_data` gives them: items of one in another have names with dots.
pub fn for_items(items: &Map) -> Flags {
    let mut flags = Flags::new();
    add_items(items, "", &mut flags);
    flags
}

fn add_items(items: &Map, prefix: &str, flags: &mut Flags) {
    for (name, value) in items.iter() {
        let name = match name {
            Value::Str(name) => format!("{prefix}{name}"),
            other => format!("{prefix}{}", yaml_item::encode(other)),
        };
        if name.starts_with('_') {
            continue;
        }
        match value {
            Value::Map(items) => add_items(items, &format!("{name}."), flags),
            value => drop(flags.insert(name, for_value(value))),
        }
    }
}

/// Says of each flag where it was found: in the script `shown`, at the line of its assignment.
pub fn apply_origins(flags: &mut Flags, lines: &HashMap<String, u32>, shown: &str) {
    for (name, flag) in flags {
        let line = lines.get(name).map(|line| format!(":{line}")).unwrap_or_default();
        flag.origin = Some(format!("{shown}{line}, global"));
    }
}

/// Says of each flag that it is an item of `name`, which the script `shown` assigns.
pub fn apply_items_origins(
    flags: &mut Flags,
    lines: &HashMap<String, u32>,
    shown: &str,
    name: &str,
) {
    let line = lines.get(name).map(|line| format!(":{line}")).unwrap_or_default();
    flags.values_mut().for_each(|flag| flag.origin = Some(format!("{shown}{line}, {name}")));
}

/// The flag for one constant: its default, its type, and for a list that it is split.
///
/// ```
/// use guild_plugin_api::Value;
/// use guild_python_script::flag_data::for_value;
/// let flag = for_value(&Value::from(vec![Value::Int(1), Value::str("a b")]));
/// assert_eq!(flag.default, Value::str("1 'a b'"));
/// assert_eq!(flag.arg_split, Value::Bool(true));
/// ```
pub fn for_value(value: &Value) -> FlagDef {
    let kind = match value {
        Value::Str(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => Some("number"),
        _ => None,
    };
    let (default, arg_split) = match value {
        Value::List(items) => (Value::Str(joined(items)), Value::Bool(true)),
        other => (other.clone(), Value::Null),
    };
    FlagDef { default, arg_split, kind: kind.map(str::to_owned), ..FlagDef::default() }
}

pub(crate) fn joined(items: &[Value]) -> String {
    let items: Vec<_> =
        items.iter().map(|item| quote_item(&yaml_item::encode(item)).into_owned()).collect();
    items.join(" ")
}

/// Replaces defaults that name an existing file or folder beside the script by a path that leads
/// there from the current folder, as 0.9.0's `_apply_abs_paths` does: only text with a `/`.
///
/// `dir` is the script's folder; `shown` is the same folder as the user typed it, and what the
/// new default starts with.
pub fn apply_paths(flags: &mut Flags, dir: &Path, shown: &str) {
    for flag in flags.values_mut() {
        let Some(default) = flag.default.as_str().filter(|d| d.contains('/')) else { continue };
        if default.contains('\0') || !dir.join(default).exists() {
            continue;
        }
        if !default.starts_with('/') && !shown.is_empty() {
            let slash = if shown.ends_with('/') { "" } else { "/" };
            flag.default = Value::Str(format!("{shown}{slash}{default}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_the_value() {
        let kind = |v: Value| for_value(&v).kind;
        assert_eq!(kind(Value::str("a")).as_deref(), Some("string"));
        assert_eq!(kind(Value::from(true)).as_deref(), Some("boolean"));
        assert_eq!(kind(Value::BigInt("9".repeat(30))).as_deref(), Some("number"));
        assert_eq!(kind(Value::Null), None);
        assert_eq!(kind(Value::from(vec![1])), None);
    }

    #[test]
    fn lists_are_quoted_twice() {
        let list = vec![Value::str("yes"), Value::str(""), Value::str("it's"), Value::Null];
        assert_eq!(joined(&list), r#""'yes'" "''" 'it'"'"'s' null"#);
        assert_eq!(joined(&[]), "");
    }

    #[test]
    fn hidden_names_and_dicts_are_no_flags() {
        let params: IndexMap<String, Value> = [
            ("_x".to_owned(), Value::Int(1)),
            ("d".to_owned(), Value::Map(guild_plugin_api::Map::new())),
            ("y".to_owned(), Value::Int(2)),
        ]
        .into_iter()
        .collect();
        assert_eq!(for_globals(&params).keys().collect::<Vec<_>>(), ["y"]);
    }

    #[test]
    fn existing_paths_are_led_to() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        std::fs::write(dir.path().join("data/x"), "").unwrap();
        let flag = |s: &str| (s.to_owned(), for_value(&Value::str(s)));
        let mut flags: Flags = ["data/x", "data/no", "data", "/"].map(flag).into_iter().collect();
        apply_paths(&mut flags, dir.path(), "./sub");
        let defaults: Vec<_> = flags.values().map(|f| f.default.as_str().unwrap()).collect();
        assert_eq!(defaults, ["./sub/data/x", "data/no", "data", "/"]);
    }
}
