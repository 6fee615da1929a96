//! What is searched: flag values that stand for many, as Guild AI 0.9.0 reads them.

use guild_flags::value::{self, Function};
use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, Flags};
use guild_plugin_api::search::{Dimension, DimensionKind};
use indexmap::IndexMap;

use crate::error::{Error, Result};

type FlagValues = IndexMap<String, Value>;

/// What is searched, and what is not.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// The flags that are searched, by name.
    pub dimensions: IndexMap<String, Dimension>,
    /// What the first trial has, where the range says it: `[0:1:0.5]`.
    pub initial: FlagValues,
    /// The other flags.
    pub fixed: FlagValues,
}

impl Space {
    /// The space that `flags` span: lists and ranges.
    ///
    /// # Errors
    /// When there is none, or a range is wrong.
    pub fn of(flags: &FlagValues) -> Result<Space> {
        let mut space = Space::default();
        let mut sorted: Vec<_> = flags.iter().collect();
        sorted.sort_by_key(|(name, _)| *name);
        for (name, flag) in sorted {
            let dimension = match flag {
                Value::List(values) => choice(name, values)?,
                Value::Str(text) => match value::parse_function(text) {
                    Some(function) => {
                        let (dimension, initial) = range(name, &function)?;
                        if let Some(initial) = initial {
                            space.initial.insert(name.clone(), initial);
                        }
                        dimension
                    }
                    None => {
                        space.fixed.insert(name.clone(), flag.clone());
                        continue;
                    }
                },
                _ => {
                    space.fixed.insert(name.clone(), flag.clone());
                    continue;
                }
            };
            space.dimensions.insert(name.clone(), dimension);
        }
        if space.dimensions.is_empty() {
            let flags = value::assigns(flags, false, false).join(", ");
            return Err(Error::new(format!(
                "flags for batch ({flags}) do not contain any search dimensions"
            ))
            .hint("Try specifying a range for one or more flags as NAME=[MIN:MAX].")
            .logged());
        }
        Ok(space)
    }
}

/// The values of `flags` that the user did not give, as ranges or lists where the definition has
/// bounds or choices: `min`, `max`, `distribution`, `choices`.
pub fn from_definitions(flags: &mut FlagValues, given: &FlagValues, defs: &Flags) {
    for (name, flag) in flags {
        let Some(def) = defs.get(name).filter(|_| !given.contains_key(name)) else { continue };
        if let Some(searched) = defined(flag, def) {
            *flag = searched;
        }
    }
}

fn defined(default: &Value, def: &FlagDef) -> Option<Value> {
    if !def.choices.is_empty() {
        return Some(Value::List(def.choices.iter().map(|c| c.value.clone()).collect()));
    }
    if def.min.is_null() || def.max.is_null() {
        return None;
    }
    let distribution = def.distribution.as_deref().unwrap_or("uniform");
    let bounds = [&def.min, &def.max].into_iter().chain(Some(default).filter(|v| !v.is_null()));
    let args: Vec<String> = bounds.map(value::encode).collect();
    Some(format!("{distribution}[{}]", args.join(":")).into())
}

fn choice(name: &str, values: &[Value]) -> Result<Dimension> {
    if values.is_empty() {
        return Err(Error::new("there are no trials to run")
            .hint(format!("The list of values for '{name}' is empty.")));
    }
    if let Some(range) = values.iter().find(|v| value::is_function(v)) {
        let range = value::text(range);
        return Err(Error::new(format!("cannot search {name}={range}: it is a range in a list"))
            .hint(format!("Give one range, or a list of values: {name}={range}.")));
    }
    Ok(Dimension { choices: values.to_vec(), ..Dimension::default() })
}

/// What a range is, and what the first trial has, where the range says it.
///
/// # Errors
/// When it makes no sense.
pub fn range(flag: &str, function: &Function) -> Result<(Dimension, Option<Value>)> {
    let name = function.name.as_deref().unwrap_or("uniform");
    let log = match name {
        "uniform" => false,
        "loguniform" | "log-uniform" => true,
        _ => {
            return Err(Error::new(format!("unknown function '{name}' used for flag {flag}"))
                .hint("The ones for a search are uniform[MIN:MAX] and loguniform[MIN:MAX].")
                .logged());
        }
    };
    let (low, high, initial) = match function.args.as_slice() {
        [low, high] => (low, high, None),
        [low, high, initial] => (low, high, Some(initial.clone())),
        args => {
            let shown: Vec<_> = args.iter().map(value::repr_value).collect();
            let comma = if args.len() == 1 { "," } else { "" };
            let shown = shown.join(", ");
            return Err(Error::new(format!(
                "{name} requires 2 or 3 args, got ({shown}{comma}) for flag {flag}"
            ))
            .logged());
        }
    };
    let invalid = |why: String| {
        let args: Vec<_> = function.args.iter().map(value::text).collect();
        let args = args.join(":");
        Error::new(format!("invalid function args in '{flag}={name}[{args}]': {why}"))
    };
    let text = |v: &Value| matches!(v, Value::Str(_) | Value::Bool(_));
    if !log && (text(low) || text(high)) {
        let choices = vec![low.clone(), high.clone()];
        return Ok((Dimension { choices, ..Dimension::default() }, initial));
    }
    let (Some(from), Some(to)) = (number(low), number(high)) else {
        return Err(invalid("the bounds have to be numbers".into()));
    };
    if from >= to {
        return Err(invalid(format!(
            "the lower bound {} has to be less than the upper bound {}",
            value::text(low),
            value::text(high)
        )));
    }
    if log && from <= 0.0 {
        let low = value::text(low);
        return Err(invalid(format!("the lower bound {low} has to be more than 0")));
    }
    let ints = !log && matches!((low, high), (Value::Int(_), Value::Int(_)));
    let kind = if ints { DimensionKind::Int } else { DimensionKind::Float };
    let (low, high) = (low.clone(), high.clone());
    Ok((Dimension { kind, low, high, log, ..Dimension::default() }, initial))
}

/// A finite number.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) => Some(*x).filter(|x| x.is_finite()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(flags: &[(&str, &str)]) -> Result<Space> {
        let decoded = flags.iter().map(|(n, text)| ((*n).into(), value::decode(text, None)));
        Space::of(&decoded.collect())
    }

    fn shape(text: &str) -> String {
        let space = of(&[("x", text)]).unwrap();
        let initial = space.initial.get("x").map(value::text).unwrap_or_default();
        let x = &space.dimensions["x"];
        let bounds = [&x.low, &x.high].map(value::text).join("..");
        let log = if x.log { " log" } else { "" };
        let kind = format!("{:?}", x.kind).to_lowercase();
        if x.kind == DimensionKind::Choice {
            return format!("{kind} {} {initial}", value::repr_value(&x.choices.clone().into()));
        }
        format!("{kind} {bounds}{log} {initial}")
    }

    #[test]
    fn ranges_and_lists() {
        assert_eq!(shape("[1:5]"), "int 1..5 ");
        assert_eq!(shape("[1.0:5]"), "float 1.0..5 ");
        // A number to the base of 60, as in 0.9.0.
        assert_eq!(shape("[1:5.0]"), "choice [65.0] ");
        assert_eq!(shape("uniform[-1e3:0:7]"), "float -1000.0..0 7");
        assert_eq!(shape("loguniform[1:100]"), "float 1..100 log ");
        assert_eq!(shape("uniform[a:2]"), "choice ['a', 2] ");
        assert_eq!(shape("[a,b]"), "choice ['a', 'b'] ");
    }

    #[test]
    fn what_is_no_range() {
        for (text, message) in [
            ("[1:1]", "uniform[1:1]': the lower bound 1 has to be less than the upper bound 1"),
            (
                "[2.5:1]",
                "uniform[2.5:1]': the lower bound 2.5 has to be less than the upper bound 1",
            ),
            ("loguniform[0:1]", "loguniform[0:1]': the lower bound 0 has to be more than 0"),
            ("uniform[0:.inf]", "uniform[0:inf]': the bounds have to be numbers"),
            ("uniform[.nan:1]", "uniform[nan:1]': the bounds have to be numbers"),
            ("loguniform[a:b]", "loguniform[a:b]': the bounds have to be numbers"),
            ("uniform[null:1]", "uniform[None:1]': the bounds have to be numbers"),
        ] {
            let error = of(&[("x", text)]).unwrap_err().message;
            assert_eq!(error, format!("invalid function args in 'x={message}"));
        }
        for (text, message) in [
            ("uniform[1]", "uniform requires 2 or 3 args, got (1,) for flag x"),
            ("uniform[]", "uniform requires 2 or 3 args, got () for flag x"),
            ("[1:2:3:a]", "uniform requires 2 or 3 args, got (1, 2, 3, 'a') for flag x"),
            ("foo[1:2]", "unknown function 'foo' used for flag x"),
            ("[]", "there are no trials to run"),
            ("['[1:2]', 3]", "cannot search x=[1:2]: it is a range in a list"),
            ("3", "flags for batch (x=3) do not contain any search dimensions"),
        ] {
            assert_eq!(of(&[("x", text)]).unwrap_err().message, message, "{text}");
        }
    }

    #[test]
    fn definitions_span_a_space_where_the_user_says_nothing() {
        let bounds =
            |min: i32, max: i32| FlagDef { min: min.into(), max: max.into(), ..FlagDef::default() };
        let choices = [1, 2]
            .map(|n| guild_plugin_api::model::Choice { value: n.into(), ..Default::default() });
        let log = FlagDef { distribution: Some("log-uniform".into()), ..bounds(1, 9) };
        let listed = FlagDef { choices: choices.to_vec(), ..bounds(0, 1) };
        let defs: Flags = [
            ("a".to_string(), bounds(0, 1)),
            ("b".to_string(), log),
            ("c".to_string(), listed),
            ("d".to_string(), FlagDef { max: Value::Null, ..bounds(0, 1) }),
            ("e".to_string(), bounds(0, 1)),
        ]
        .into();
        let names = ["a", "b", "c", "d", "e"];
        let mut flags: FlagValues = names.map(|n| (n.to_string(), Value::Float(0.5))).into();
        flags["b"] = Value::Null;
        from_definitions(&mut flags, &[("e".to_string(), 1.into())].into(), &defs);
        let shown: Vec<_> = flags.values().map(value::encode).collect();
        assert_eq!(shown, ["uniform[0:1:0.5]", "log-uniform[1:9]", "[1, 2]", "0.5", "0.5"]);
        let space = Space::of(&flags).unwrap();
        assert_eq!((space.dimensions.len(), space.fixed.len()), (3, 2));
    }
}
