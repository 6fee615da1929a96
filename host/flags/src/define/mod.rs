//! Which values a run gets, once an operation's flag definitions and the user's values meet.

mod check;
mod coerce;
mod error;

use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, Flags};
use indexmap::IndexMap;

pub use coerce::coerce;
pub use error::{FlagError, FlagErrorKind, MissingFlag};

use crate::Warnings;
use crate::value::{is_true, same};

/// The value of every flag of a run.
///
/// 1. A user's value under a flag's alias goes under its name.
/// 2. A flag without a user's value gets its default.
/// 3. Values are brought to the type of their flag ([`coerce`]).
/// 4. Unless `force` is set, values are checked: no value for an unknown flag, none but the
///    choices, none out of range, paths that exist, and one for each required flag.
/// 5. A choice is replaced by its value when the flag's value is its alias, and sets other flags
///    that the user has not set.
///
/// Definitions are gone through in the order of their names, whatever order `defs` has; the
/// outcome has the user's values first. With `force`, a value that cannot be brought to its type
/// is kept as it is.
///
/// The behaviour is `guild.op_util.flag_vals_for_opdef`'s, but for what is wrong: there the first
/// problem is all that is told, here all of them are.
///
/// # Errors
/// What is wrong; [`FlagError::Errors`] when it is more than one thing, the one that Guild AI tells
/// first.
///
/// ```
/// use guild_flags::define::flag_vals;
/// use guild_plugin_api::Value;
/// use guild_plugin_api::model::{FlagDef, Flags};
/// let lr = FlagDef { default: Value::Float(0.1), kind: Some("float".into()), ..FlagDef::default() };
/// let flags: Flags = [("lr".to_string(), lr)].into();
/// let user = [("lr".to_string(), Value::Int(1))].into();
/// assert_eq!(flag_vals(&flags, &user, false).map(|v| v["lr"].clone()), Ok(Value::Float(1.0)));
/// let user = [("lrr".to_string(), Value::Int(1))].into();
/// assert!(flag_vals(&flags, &user, false).is_err());
/// ```
pub fn flag_vals(
    defs: &Flags,
    user: &IndexMap<String, Value>,
    force: bool,
) -> Result<IndexMap<String, Value>, FlagError> {
    flag_vals_noting(defs, user, force, &mut Warnings::new())
}

/// As [`flag_vals`]; also says which definitions have a type that is unknown.
///
/// # Errors
/// As [`flag_vals`].
pub fn flag_vals_noting(
    defs: &Flags,
    user: &IndexMap<String, Value>,
    force: bool,
    warnings: &mut Warnings,
) -> Result<IndexMap<String, Value>, FlagError> {
    let mut by_name: Vec<_> = defs.iter().map(|(name, def)| (name.as_str(), def)).collect();
    by_name.sort_by_key(|(name, _)| *name);

    let mut values = user.clone();
    let mut errors = move_aliases(&by_name, &mut values, force);
    for (name, def) in &by_name {
        if !values.contains_key(*name) {
            values.insert((*name).to_string(), def.default.clone());
        }
    }
    // Flags whose value is known to be wrong need no second complaint.
    let mut wrong: Vec<String> = Vec::new();
    for (name, value) in &mut values {
        let Some(def) = defs.get(name) else { continue };
        match coerce(name, value, def, warnings) {
            Ok(coerced) => *value = coerced,
            Err(_) if force => {}
            Err(reason) => {
                let value = value.clone();
                errors.push(FlagError::InvalidValue { flag: name.clone(), value, reason });
                wrong.push(name.clone());
            }
        }
    }
    if !force {
        check::unknown_flags(&values, defs, &mut errors);
        check::values(&values, &by_name, &wrong, &mut errors);
        check::required_flags(&values, &by_name, &mut errors);
    }
    if let Some(error) = FlagError::of(errors) {
        return Err(error);
    }
    apply_choices(&by_name, user, &mut values);
    Ok(values)
}

/// Puts values given under a flag's alias under its name. Where both are given, both stay, and it
/// is an error unless `force` is set.
///
/// A flag whose alias is its name has none.
pub fn normalize_aliases(defs: &Flags, values: &mut IndexMap<String, Value>) {
    let mut by_name: Vec<_> = defs.iter().map(|(name, def)| (name.as_str(), def)).collect();
    by_name.sort_by_key(|(name, _)| *name);
    move_aliases(&by_name, values, true);
}

fn move_aliases(
    defs: &[(&str, &FlagDef)],
    values: &mut IndexMap<String, Value>,
    force: bool,
) -> Vec<FlagError> {
    let mut errors = Vec::new();
    for (name, def) in defs {
        let Some(alias) = def.alias.as_deref().filter(|a| !a.is_empty() && a != name) else {
            continue;
        };
        if values.contains_key(alias) && values.contains_key(*name) {
            if !force {
                errors.push(FlagError::AliasAndName { flag: (*name).into(), alias: alias.into() });
            }
        } else if let Some(value) = values.shift_remove(alias) {
            values.insert((*name).to_string(), value);
        }
    }
    errors
}

fn apply_choices(
    defs: &[(&str, &FlagDef)],
    user: &IndexMap<String, Value>,
    values: &mut IndexMap<String, Value>,
) {
    for (name, def) in defs {
        let Some(chosen) = values.get(*name).filter(|v| !v.is_null()).cloned() else { continue };
        for choice in &def.choices {
            let has_alias = is_true(&choice.alias);
            if !same(if has_alias { &choice.alias } else { &choice.value }, &chosen) {
                continue;
            }
            if has_alias {
                values.insert((*name).to_string(), choice.value.clone());
            }
            for (other, value) in &choice.flags {
                let Some(other) = other.as_str() else { continue };
                if user.get(other).is_none_or(Value::is_null) {
                    values.insert(other.to_string(), value.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
