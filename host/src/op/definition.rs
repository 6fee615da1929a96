//! An operation's definition as data: what `guild ops show` prints.

use guild_plugin_api::{Map, Value};

use super::resolve::Resolved;

/// What is shown even when it says nothing, in Guild AI 0.9.0's names.
const ALWAYS: [&str; 7] =
    ["exec", "flags", "flags-dest", "objective", "output-scalars", "plugins", "sourcecode"];

/// The definition under the operation's name, as a Guild file would have it.
pub fn definition_data(resolved: &Resolved) -> Value {
    let all: Map = serde_json::to_string(&resolved.op)
        .and_then(|text| serde_json::from_str(&text))
        .expect("an op definition is JSON, and any JSON object is a map");
    let all = all.into_iter().map(|(name, value)| match value {
        Value::Map(flags) if name.as_str() == Some("flags") => (name, without_origins(flags)),
        value => (name, value),
    });
    let shown: Map = all.filter(|(name, value)| says_something(name, value)).collect();
    [(resolved.name.as_str(), Value::Map(shown))].into_iter().collect::<Map>().into()
}

/// Where a flag was found is no part of its definition.
fn without_origins(flags: Map) -> Value {
    let bare = flags.into_iter().map(|(name, mut flag)| {
        if let Value::Map(flag) = &mut flag {
            flag.remove("origin");
        }
        (name, flag)
    });
    Value::Map(bare.collect())
}

fn says_something(name: &Value, value: &Value) -> bool {
    let empty = match value {
        Value::Null | Value::Bool(false) => true,
        Value::List(l) => l.is_empty(),
        Value::Map(m) => m.is_empty(),
        _ => false,
    };
    !empty || name.as_str().is_some_and(|n| ALWAYS.contains(&n))
}

#[cfg(test)]
mod tests {
    use guild_plugin_api::model::{FlagDef, OpDef};

    use super::*;

    #[test]
    fn a_script_without_flags_has_the_seven_keys() {
        let op = OpDef { exec: Some("run it".into()), ..OpDef::default() };
        let resolved = Resolved { name: "it".into(), op, ..Resolved::default() };
        let Value::Map(op) = definition_data(&resolved).get("it").unwrap().clone() else {
            panic!("no map");
        };
        let mut keys: Vec<_> = op.iter().map(|(k, _)| k.as_str().unwrap().to_string()).collect();
        keys.sort();
        assert_eq!(keys, ALWAYS);
    }

    #[test]
    fn a_flag_shows_what_it_has() {
        let flag =
            FlagDef { default: Value::Int(3), kind: Some("number".into()), ..FlagDef::default() };
        let op =
            OpDef { flags: [("n".to_string(), flag)].into_iter().collect(), ..OpDef::default() };
        let resolved = Resolved { name: "it".into(), op, ..Resolved::default() };
        let data = serde_json::to_value(definition_data(&resolved)).unwrap();
        let expected = serde_json::json!({"arg-split": null, "default": 3, "type": "number"});
        assert_eq!(data["it"]["flags"]["n"], expected);
    }
}
