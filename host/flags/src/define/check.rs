//! What a value must be like beside its type.

use std::cmp::Ordering;
use std::path::Path;

use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, Flags};
use indexmap::IndexMap;

use super::coerce::encoded;
use super::error::{FlagError, MissingFlag};
use crate::nearest;
use crate::value::{compare, decode, is_function, is_number, is_true, same, split_encoded, text};

/// Finds values of flags that are not defined.
pub(super) fn unknown_flags(
    values: &IndexMap<String, Value>,
    defs: &Flags,
    errors: &mut Vec<FlagError>,
) {
    // An alias that is given beside its name is told already.
    let told = |name: &str, errors: &[FlagError]| {
        errors.iter().any(|e| matches!(e, FlagError::AliasAndName { alias, .. } if alias == name))
    };
    for name in values.keys().filter(|name| !defs.contains_key(*name)) {
        if !told(name, errors) {
            let aliases = defs.values().filter_map(|def| def.alias.as_deref());
            let near = nearest(name, defs.keys().map(String::as_str).chain(aliases));
            errors.push(FlagError::NoSuchFlag { flag: name.clone(), near: near.map(Into::into) });
        }
    }
}

/// Finds values that are no choice, out of range, or name what does not exist.
pub(super) fn values(
    values: &IndexMap<String, Value>,
    defs: &[(&str, &FlagDef)],
    wrong: &[String],
    errors: &mut Vec<FlagError>,
) {
    for (name, def) in defs {
        if wrong.iter().any(|wrong| wrong == name) {
            continue;
        }
        let value = values.get(*name).unwrap_or(&Value::Null);
        errors.extend(value_or_items(name, value, def).err());
    }
}

fn value_or_items(name: &str, value: &Value, def: &FlagDef) -> Result<(), FlagError> {
    match value {
        Value::List(items) => items.iter().try_for_each(|item| value_or_items(name, item, def)),
        Value::Null => check(name, value, def),
        value if is_true(&def.arg_split) => {
            let parts = split_encoded(&encoded(value), &def.arg_split)
                .map_err(|e| invalid(name, value, e.to_string()))?;
            parts.iter().try_for_each(|part| check(name, &decode(part, None), def))
        }
        value => check(name, value, def),
    }
}

fn check(name: &str, value: &Value, def: &FlagDef) -> Result<(), FlagError> {
    if is_function(value) {
        return Ok(());
    }
    check_choice(name, value, def)?;
    if def.kind.as_deref() == Some("existing-path") && is_true(value) && !exists(value) {
        return Err(invalid(name, value, format!("{} does not exist", text(value))));
    }
    check_range(name, value, def)
}

fn check_choice(name: &str, value: &Value, def: &FlagDef) -> Result<(), FlagError> {
    // A flag that can only be on: 0.9.0 takes any value that is false, and then does as if it was
    // on or never given.
    let only_on = def.choices.iter().all(|choice| choice.value == Value::Bool(true));
    let refused = only_on && *value == Value::Bool(false);
    if !is_true(value) && !refused || def.allow_other || def.choices.is_empty() {
        return Ok(());
    }
    let is_choice = def.choices.iter().any(|choice| {
        is_true(&choice.alias) && same(&choice.alias, value) || same(&choice.value, value)
    });
    if is_choice {
        return Ok(());
    }
    Err(FlagError::InvalidChoice {
        flag: name.into(),
        value: value.clone(),
        choices: def.choices.clone(),
    })
}

fn check_range(name: &str, value: &Value, def: &FlagDef) -> Result<(), FlagError> {
    if value.is_null() {
        return Ok(());
    }
    if beyond(name, value, &def.min, Ordering::Less)? {
        let reason = format!("out of range (less than min {})", text(&def.min));
        return Err(invalid(name, value, reason));
    }
    if beyond(name, value, &def.max, Ordering::Greater)? {
        let reason = format!("out of range (greater than max {})", text(&def.max));
        return Err(invalid(name, value, reason));
    }
    Ok(())
}

/// Whether `value` is on the wrong side of `limit`. NaN is on neither side; over other values that
/// have no order with the limit, a string and a number, Guild AI breaks down.
fn beyond(name: &str, value: &Value, limit: &Value, wrong: Ordering) -> Result<bool, FlagError> {
    match compare(value, limit) {
        _ if limit.is_null() => Ok(false),
        Some(order) => Ok(order == wrong),
        None if is_number(value) && is_number(limit) => Ok(false),
        None => Err(invalid(name, value, "expected a number".into())),
    }
}

/// Finds required flags that have no value.
pub(super) fn required_flags(
    values: &IndexMap<String, Value>,
    defs: &[(&str, &FlagDef)],
    errors: &mut Vec<FlagError>,
) {
    let missing = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(value) => value.as_str() == Some(""),
    };
    let flags: Vec<_> = defs
        .iter()
        .filter(|(name, def)| def.required && missing(values.get(*name)))
        .map(|(name, def)| MissingFlag {
            name: (*name).to_string(),
            description: def.description.clone().unwrap_or_default(),
        })
        .collect();
    // Who mistypes a name has as a rule mistyped the missing one.
    let mistyped = errors.iter().any(|e| matches!(e, FlagError::NoSuchFlag { .. }));
    if !flags.is_empty() && !mistyped {
        errors.push(FlagError::MissingRequired(flags));
    }
}

fn invalid(name: &str, value: &Value, reason: String) -> FlagError {
    FlagError::InvalidValue { flag: name.into(), value: value.clone(), reason }
}

fn exists(path: &Value) -> bool {
    path.as_str().is_some_and(|path| Path::new(path).exists())
}
