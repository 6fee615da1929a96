//! Flags of an operation.
//!
//! Source: `FlagDef` and `FlagChoice` in `guildfile.py` of 0.9.0.

use std::collections::BTreeMap;

use guild_flags::value::{is_true, repr_value, text};
use guild_plugin_api::model::{Choice, FlagDef};
use guild_plugin_api::{Map, Value};

use crate::error::{Error, Warning};
use crate::operation::Builder;
use crate::origin;
use crate::place::Step;

/// The flag `name` as `data` has it. What cannot be kept as what it must be is left out with a
/// warning.
///
/// # Errors
///
/// `data` is no mapping; `choices` are no list; a choice has no value.
pub(crate) fn build(at: &Builder, name: &str, data: Value) -> Result<FlagDef, Error> {
    let Value::Map(mut rest) = data else {
        let data = repr_value(&data);
        return Err(at.invalid(format!("invalid flag data {data}: expected a mapping")));
    };
    let origin = origin::take(&mut rest, at.dir(), at.path());
    let mut take = |attr: &str| rest.remove(attr).unwrap_or_default();
    let map = |attr: &str, value: Value| match value {
        Value::Map(map) => map,
        other => {
            if is_true(&other) {
                let other = repr_value(&other);
                let message =
                    format!("invalid {attr} of flag '{name}' {other}: expected a mapping");
                at.context.warn(Warning::new(message).at(Step::key(attr)));
            }
            Map::new()
        }
    };
    let flag = FlagDef {
        default: take("default"),
        description: true_text(take("description")),
        kind: true_text(take("type")),
        required: is_true(&take("required")),
        alias: true_text(take("alias")),
        arg_name: true_text(take("arg-name")),
        arg_encoding: map("arg-encoding", take("arg-encoding")),
        arg_skip: Some(take("arg-skip")).filter(|v| !v.is_null()).map(|v| is_true(&v)),
        arg_switch: take("arg-switch"),
        arg_split: take("arg-split"),
        choices: at.attribute("choices", || choices(at, take("choices")))?,
        allow_other: is_true(&take("allow-other")),
        env_name: true_text(take("env-name")),
        env_encoding: map("env-encoding", take("env-encoding")),
        null_label: take("null-label"),
        min: take("min"),
        max: take("max"),
        distribution: true_text(take("distribution")),
        origin: Some(origin),
        other: BTreeMap::new(),
    };
    Ok(FlagDef { other: others(rest), ..flag })
}

fn choices(at: &Builder, data: Value) -> Result<Vec<Choice>, Error> {
    match data {
        Value::List(items) => {
            let one = |(i, item)| at.context.within(|| Step::Index(i), || choice(at, item));
            items.into_iter().enumerate().map(one).collect()
        }
        other if !is_true(&other) => Ok(Vec::new()),
        other => Err(at.invalid(format!(
            "invalid flag choice data {}: expected a list of values or mappings",
            repr_value(&other)
        ))),
    }
}

fn choice(at: &Builder, data: Value) -> Result<Choice, Error> {
    let Value::Map(mut data) = data else {
        return Ok(Choice { value: data, ..Choice::default() });
    };
    if data.get("value").is_none() {
        let data = repr_value(&Value::Map(data));
        return Err(at.invalid(format!("missing required 'value' attribute in {data}")));
    }
    let mut take = |attr: &str| data.remove(attr).unwrap_or_default();
    Ok(Choice {
        value: take("value"),
        alias: take("alias"),
        description: true_text(take("description")),
        flags: match take("flags") {
            Value::Map(flags) => flags,
            other => {
                if is_true(&other) {
                    let other = repr_value(&other);
                    at.warn(format!("invalid flags of a choice {other}: expected a mapping"));
                }
                Map::new()
            }
        },
    })
}

/// The text of a value that says something.
pub(crate) fn true_text(value: Value) -> Option<String> {
    match value {
        Value::Str(s) if s.is_empty() => None,
        Value::Str(s) => Some(s),
        other => is_true(&other).then(|| text(&other)),
    }
}

/// What is left of a mapping, less what says nothing.
pub(crate) fn others(rest: Map) -> BTreeMap<String, Value> {
    let said = rest.into_iter().filter(|(_, value)| !value.is_null());
    said.map(|(name, value)| (text(&name), value)).collect()
}
