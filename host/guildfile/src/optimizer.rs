//! Optimizers of an operation.
//!
//! Source: `OptimizerDef` and `_init_optimizers` in `guildfile.py` of 0.9.0.

use std::cmp::Ordering;

use guild_flags::value::{compare, is_true, repr_value, text};
use guild_plugin_api::model::OpDef;
use guild_plugin_api::{Map, Value};

/// How the trials of an operation may be searched.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Optimizer {
    /// The name that `--optimizer` takes.
    pub name: String,
    /// The operation that searches.
    pub algorithm: String,
    /// Whether it is the one to use when the user names none.
    pub default: bool,
    /// Values for the flags of that operation.
    pub flags: Map,
}

/// The optimizers that an operation's `optimizer` or `optimizers` defines, by name.
///
/// # Errors
///
/// Why they cannot be read, without the file. Operations of a loaded Guild file have none of these
/// errors.
pub fn optimizers(name: &str, op: &OpDef) -> Result<Vec<Optimizer>, String> {
    read(name, op.other.get("optimizer"), op.other.get("optimizers"))
}

/// The optimizer for trials of an operation: the only one, or the first that is the default.
pub fn default_optimizer(optimizers: &[Optimizer]) -> Option<&Optimizer> {
    match optimizers {
        [only] => Some(only),
        many => many.iter().find(|optimizer| optimizer.default),
    }
}

fn read(op: &str, one: Option<&Value>, many: Option<&Value>) -> Result<Vec<Optimizer>, String> {
    let mut found: Vec<(Value, Value)> = match (one, many) {
        (Some(_), Some(_)) => return Err(conflict(op)),
        (None, None) => return Ok(Vec::new()),
        (Some(one), None) => vec![single(one)?],
        (None, Some(Value::List(names))) => {
            let mut map = Map::new();
            for name in names {
                map.insert(name.clone(), Map::new());
            }
            map.into_iter().collect()
        }
        (None, Some(Value::Map(map))) => map.iter().cloned().collect(),
        (None, Some(other)) => return Err(invalid("optimizers", other)),
    };
    found.sort_by(|(a, _), (b, _)| compare(a, b).unwrap_or(Ordering::Equal));
    found.into_iter().map(|(name, data)| optimizer(&text(&name), data)).collect()
}

/// What to say of an operation that has both attributes, be they null.
pub(crate) fn conflict(op: &str) -> String {
    format!(
        "conflicting optimizer configuration in operation '{op}' - cannot define both 'optimizer' \
         and 'optimizers'"
    )
}

fn invalid(attr: &str, value: &Value) -> String {
    let data = Map::from_iter([(attr, value.clone())]);
    format!("invalid optimizer config {}: expected list or mapping", repr_value(&Value::Map(data)))
}

/// `optimizer`: the name of an algorithm, or a mapping that has it.
fn single(data: &Value) -> Result<(Value, Value), String> {
    match data {
        Value::Str(name) => Ok((data.clone(), algorithm(name))),
        Value::Map(map) => match map.get("algorithm") {
            Some(name) => Ok((name.clone(), data.clone())),
            None => Err(format!("missing required 'algorithm' attribute in {}", repr_value(data))),
        },
        other => Err(invalid("optimizer", other)),
    }
}

fn algorithm(name: &str) -> Value {
    Value::Map([("algorithm", name)].into_iter().collect())
}

fn optimizer(name: &str, data: Value) -> Result<Optimizer, String> {
    let mut flags = match data {
        Value::Map(map) => map,
        Value::Str(algorithm) => Map::from_iter([("algorithm", algorithm)]),
        Value::Null => Map::new(),
        other => return Err(invalid(name, &other)),
    };
    let algorithm = flags.remove("algorithm").filter(is_true);
    Ok(Optimizer {
        name: name.into(),
        algorithm: algorithm.map_or_else(|| name.into(), |a| text(&a)),
        default: flags.remove("default").is_some_and(|d| is_true(&d)),
        flags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(yaml: &str) -> Result<Vec<(String, String, bool)>, String> {
        let data = guild_yaml::decode(yaml).unwrap();
        let found = read("op", data.get("optimizer"), data.get("optimizers"))?;
        Ok(found.into_iter().map(|o| (o.name, o.algorithm, o.default)).collect())
    }

    #[test]
    fn all_forms() {
        let one = |n: &str, a: &str, d| (n.to_string(), a.to_string(), d);
        assert_eq!(of("{}"), Ok(vec![]));
        assert_eq!(of("optimizer: gp"), Ok(vec![one("gp", "gp", false)]));
        assert_eq!(of("optimizers: [z, a]"), Ok(vec![one("a", "a", false), one("z", "z", false)]));
        assert_eq!(
            of("optimizers: {x: {algorithm: gp, default: yes}, y: gp, w: {}}"),
            Ok(vec![one("w", "w", false), one("x", "gp", true), one("y", "gp", false)])
        );
        assert!(of("{optimizer: gp, optimizers: [gp]}").unwrap_err().contains("both"));
        assert!(of("optimizer: {x: 1}").unwrap_err().starts_with("missing required"));
    }
}
