//! The text of attributes that Guild itself does not know, in `guild runs info`.

use guild_flags::value;
use guild_plugin_api::Value;

use super::info::sorted_entries;

/// An attribute's text, to stand after `name: `. Lists and maps begin on the next line, indented
/// by two; what is within them is not indented further.
pub(super) fn text(v: Option<&Value>) -> String {
    match v {
        None | Some(Value::Null) => String::new(),
        Some(Value::Str(s)) => s.clone(),
        Some(Value::List(items)) => {
            let lines: Vec<String> =
                items.iter().map(|item| format!("  {}", text(Some(item)))).collect();
            format!("\n{}", lines.join("\n"))
        }
        Some(Value::Map(map)) => {
            let line =
                |(key, v): &(Value, Value)| format!("  {}: {}", value::text(key), text(Some(v)));
            let lines: Vec<String> = sorted_entries(map).iter().map(line).collect();
            format!("\n{}", lines.join("\n"))
        }
        // A document of its own, as PyYAML ends it.
        Some(Value::Time(t)) => format!("\n  {t}"),
        Some(set @ Value::Set(_)) => {
            let lines: Vec<String> =
                guild_yaml::encode(set).lines().map(|line| format!("  {line}")).collect();
            format!("\n{}", lines.join("\n"))
        }
        Some(scalar) => value::encode(scalar),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (yaml, want) in [
            ("null", ""),
            ("a b", "a b"),
            ("!!set {1, 2}", "\n  !!set\n  1: null\n  2: null"),
            ("'1'", "1"),
            ("1", "1"),
            ("1.5", "1.5"),
            ("true", "yes"),
            ("[1, a, null]", "\n  1\n  a\n  "),
            ("{b: 1, a: x}", "\n  a: x\n  b: 1"),
            ("{a: [1, 2]}", "\n  a: \n  1\n  2"),
            ("[]", "\n"),
        ] {
            assert_eq!(text(Some(&guild_yaml::decode(yaml).unwrap())), want, "{yaml}");
        }
        assert_eq!(text(None), "");
    }
}
