//! JSON as Python's `json.dumps` writes it: on one line, a blank after `,` and `:`, nothing but
//! ASCII, `NaN` and `Infinity` for numbers that JSON has not.

use guild_flags::value;
use guild_plugin_api::Value;

/// Writes `v`. Dates and sets, which make 0.9.0 fail, are strings and lists.
///
/// ```
/// use guild_plugin_api::Value;
/// use guild_store::format::json::encode;
/// let v = Value::List(vec![Value::from(1.0), Value::str("é\n"), Value::Null]);
/// assert_eq!(encode(&v), r#"[1.0, "\u00e9\n", null]"#);
/// ```
pub fn encode(v: &Value) -> String {
    let mut out = String::new();
    push(&mut out, v);
    out
}

/// Writes `v` over several lines, keys in order (`json.dumps(v, indent=2, sort_keys=True)`).
///
/// ```
/// use guild_plugin_api::{Map, Value};
/// use guild_store::format::json::encode_pretty;
/// let list = Value::List(vec![Value::Int(1), Value::List(vec![])]);
/// let map: Map = [("b", list), ("a", Value::Null)].into_iter().collect();
/// let lines = ["{", "  \"a\": null,", "  \"b\": [", "    1,", "    []", "  ]", "}"];
/// assert_eq!(encode_pretty(&Value::Map(map)), lines.join("\n"));
/// ```
pub fn encode_pretty(v: &Value) -> String {
    let mut out = String::new();
    push_pretty(&mut out, v, 0);
    out
}

fn push_pretty(out: &mut String, v: &Value, depth: usize) {
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    match v {
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, depth + 1);
                push_pretty(out, item, depth + 1);
            }
            line(out, depth);
            out.push(']');
        }
        Value::Map(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().map(|(key, v)| (key_text(key), v)).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                line(out, depth + 1);
                push_string(out, &key);
                out.push_str(": ");
                push_pretty(out, item, depth + 1);
            }
            line(out, depth);
            out.push('}');
        }
        other => push(out, other),
    }
}

fn push(out: &mut String, v: &Value) {
    match v {
        Value::Str(s) | Value::Time(s) => push_string(out, s),
        Value::List(items) | Value::Set(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                push(out, item);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (i, (key, item)) in map.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                push_string(out, &key_text(key));
                out.push_str(": ");
                push(out, item);
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar_text(scalar)),
    }
}

/// A key that is no string, as a string.
fn key_text(key: &Value) -> String {
    match key {
        Value::Str(s) => s.clone(),
        Value::List(_) | Value::Map(_) | Value::Set(_) => value::text(key),
        other => scalar_text(other),
    }
}

fn scalar_text(v: &Value) -> String {
    match v {
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Float(f) if f.is_nan() => "NaN".into(),
        Value::Float(f) if f.is_infinite() => {
            if *f > 0.0 { "Infinity" } else { "-Infinity" }.into()
        }
        Value::Null => "null".into(),
        other => value::text(other),
    }
}

fn push_string(out: &mut String, s: &str) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::Map;

    #[test]
    fn values() {
        for (v, want) in [
            (Value::Null, "null"),
            (Value::from(true), "true"),
            (Value::Int(-3), "-3"),
            (Value::BigInt("123456789012345678901".into()), "123456789012345678901"),
            (Value::Float(1e-5), "1e-05"),
            (Value::Float(1e16), "1e+16"),
            (Value::Float(f64::NAN), "NaN"),
            (Value::Float(f64::NEG_INFINITY), "-Infinity"),
            (Value::str("a\"\\/\u{1}\u{7f}😀"), r#""a\"\\/\u0001\u007f\ud83d\ude00""#),
            (Value::Time("2020-01-02".into()), "\"2020-01-02\""),
            (Value::List(vec![]), "[]"),
            (Value::Map(Map::new()), "{}"),
        ] {
            assert_eq!(encode(&v), want);
        }
    }

    #[test]
    fn keys_are_strings() {
        let map: Map = [
            (Value::Int(1), Value::Int(2)),
            (Value::Null, Value::Int(3)),
            (Value::from(true), Value::Int(4)),
            (Value::str("a"), Value::from(vec![1])),
        ]
        .into_iter()
        .collect();
        assert_eq!(encode(&Value::Map(map)), r#"{"1": 2, "null": 3, "true": 4, "a": [1]}"#);
    }
}
