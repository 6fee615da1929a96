//! An operation's definition as data: what `guild ops show` prints.

use std::collections::HashMap;

use guild_plugin_api::{Map, Value};

use super::resolve::Resolved;
use crate::terminal;

/// What is shown even when it says nothing, in Guild AI 0.9.0's names.
const ALWAYS: [&str; 7] =
    ["exec", "flags", "flags-dest", "objective", "output-scalars", "plugins", "sourcecode"];

/// The definition under the operation's name, as a Guild file would have it; where each flag was
/// found is its `origin`.
///
/// `is_source` says which attributes say how the operation is run, as `exec` does: a Guild file has
/// one of them only, and here it is `exec`.
pub fn definition_data(resolved: &Resolved, is_source: impl Fn(&str) -> bool) -> Value {
    let all: Map = serde_json::to_string(&resolved.op)
        .and_then(|text| serde_json::from_str(&text))
        .expect("an op definition is JSON, and any JSON object is a map");
    let has_exec = resolved.op.exec.is_some() && !resolved.shows_attribute;
    let shown = |name: &Value, value: &Value| {
        let is_source = has_exec && name.as_str().is_some_and(&is_source);
        let instead = resolved.shows_attribute && name.as_str() == Some("exec");
        says_something(name, value) && !is_source && !instead
    };
    let shown: Map = all.into_iter().filter(|(name, value)| shown(name, value)).collect();
    [(resolved.name.as_str(), Value::Map(shown))].into_iter().collect::<Map>().into()
}

/// The definition as text for a Guild file. Where flags were found is said in comments.
pub fn definition_text(resolved: &Resolved, is_source: impl Fn(&str) -> bool) -> String {
    let mut bare = resolved.clone();
    bare.op.flags.values_mut().for_each(|flag| flag.origin = None);
    let data = definition_data(&bare, is_source);
    let mut origins: HashMap<String, &str> = HashMap::new();
    for (name, flag) in &resolved.op.flags {
        // A name as it is written in YAML, which may need quotes. One that is too long for its line
        // has no comment.
        let entry: Map = [(name.as_str(), Value::Map(Map::new()))].into_iter().collect();
        let line = guild_yaml::encode(&Value::Map(entry));
        if let (Some(line), Some(origin)) = (line.strip_suffix(" {}"), &flag.origin) {
            origins.insert(format!("    {line}"), origin);
        }
    }
    let mut out = Vec::new();
    let mut in_flags = false;
    for line in guild_yaml::encode(&data).lines() {
        if line.starts_with("  ") && !line[2..].starts_with(' ') {
            in_flags = line == "  flags:";
        }
        match origins.get(line).filter(|_| in_flags) {
            Some(origin) => out.push(format!("{line}  # {}", terminal::visible(origin))),
            None => out.push(line.to_string()),
        }
    }
    out.join("\n")
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
        let Value::Map(op) = definition_data(&resolved, |_| false).get("it").unwrap().clone()
        else {
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
        let data = serde_json::to_value(definition_data(&resolved, |_| false)).unwrap();
        let expected = serde_json::json!({"arg-split": null, "default": 3, "type": "number"});
        assert_eq!(data["it"]["flags"]["n"], expected);
    }

    #[test]
    fn origins_are_comments_and_exec_stands_alone() {
        let flag = |origin: &str| FlagDef { origin: Some(origin.into()), ..FlagDef::default() };
        let flags = [("yes", "a.txt:1"), ("b: c", "x\n\u{1b}"), ("plain", "a.txt:2, parser")];
        let flags = flags.map(|(name, origin)| (name.to_string(), flag(origin)));
        let other = [("main".to_string(), Value::from("a"))].into();
        let op = OpDef {
            exec: Some("run".into()),
            flags: flags.into_iter().collect(),
            other,
            ..OpDef::default()
        };
        let resolved = Resolved { name: "it".into(), op, ..Resolved::default() };
        let text = definition_text(&resolved, |name| name == "main");
        for line in
            ["    'b: c':  # x\\x0a\\x1b", "    plain:  # a.txt:2, parser", "    'yes':  # a.txt:1"]
        {
            assert!(text.lines().any(|l| l == line), "no {line:?} in {text}");
        }
        assert!(!text.contains("main") && !text.contains("origin"), "{text}");
        let data = serde_json::to_value(definition_data(&resolved, |_| false)).unwrap();
        assert_eq!(data["it"]["flags"]["plain"]["origin"], "a.txt:2, parser");
        assert_eq!(data["it"]["main"], "a");
    }
}
