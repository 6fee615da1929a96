//! Formats of configuration files.

use std::collections::HashMap;
use std::path::Path;

use guild_flags::value::python_float_repr;
use guild_plugin_api::Value;

use crate::{ini, nested, toml};

/// How a file of settings is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Yaml,
    Json,
    Ini,
    Toml,
}

impl Format {
    /// The format of a file by its name, in which a last `.in` says that it is a template.
    pub(crate) fn of(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        match ending.as_str() {
            "in" => Format::of(&path.with_extension("")),
            "yml" | "yaml" => Some(Format::Yaml),
            "json" => Some(Format::Json),
            "cfg" | "ini" => Some(Format::Ini),
            "toml" => Some(Format::Toml),
            _ => None,
        }
    }

    /// What a text holds. Values of an INI file are texts.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn decode(self, text: &str) -> Result<Value, String> {
        match self {
            Format::Yaml => guild_yaml::decode(text).map_err(|e| e.to_string()),
            Format::Json => {
                let value = serde_json::from_str(text).map_err(|e| e.to_string())?;
                Ok(nested::distinct(value))
            }
            Format::Toml => toml::read(text),
            Format::Ini => {
                let mut config = Value::default();
                let settings = ini::read(text)?;
                let settings = settings.into_iter().map(|(n, v)| (n, Value::Str(v))).collect();
                nested::apply(&settings, &mut config)?;
                Ok(config)
            }
        }
    }

    /// The settings in a text by their full names. Values of an INI file have types.
    ///
    /// # Errors
    /// As [`Format::decode`].
    pub(crate) fn settings(self, text: &str) -> Result<Vec<(String, Value)>, String> {
        if self == Format::Ini {
            let settings = ini::read(text)?;
            return Ok(settings.into_iter().map(|(n, v)| (n, ini::typed(v))).collect());
        }
        Ok(nested::flat(&self.decode(text)?))
    }

    /// The lines, from 1, of a text's settings by their full names, as far as they are known: those
    /// of YAML, and of JSON, which is YAML but for odd cases.
    pub(crate) fn lines(self, text: &str) -> HashMap<String, usize> {
        let mut lines = HashMap::new();
        if let Format::Yaml | Format::Json = self
            && let Ok((_, places)) = guild_yaml::decode_with_places(text.as_bytes())
            && let Some(root) = places.root()
        {
            nested::lines(root, "", &mut lines);
        }
        lines
    }

    /// The text of a file, whose text was `before` with other settings.
    ///
    /// # Errors
    /// The format has no way to write it.
    pub(crate) fn encode(self, config: &Value, before: &str) -> Result<String, String> {
        match self {
            Format::Yaml => Ok(guild_yaml::encode(config)),
            Format::Json => {
                let mut out = String::new();
                json(config, &mut out);
                Ok(out)
            }
            Format::Ini => Ok(ini::write(config)),
            Format::Toml => toml::write(config, before),
        }
    }
}

/// Writes JSON as Python does: names sorted, a space after `,` and `:`, all but ASCII escaped.
fn json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(&b.to_string()),
        Value::Int(i) => out.push_str(&i.to_string()),
        Value::BigInt(digits) => out.push_str(digits),
        Value::Float(f) if f.is_nan() => out.push_str("NaN"),
        Value::Float(f) if f.is_infinite() => {
            out.push_str(if *f > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Value::Float(f) => out.push_str(&python_float_repr(*f)),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                json(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            let mut entries: Vec<_> =
                map.iter().map(|(n, v)| (guild_flags::value::text(n), v)).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            out.push('{');
            for (i, (name, value)) in entries.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                json_text(name, out);
                out.push_str(": ");
                json(value, out);
            }
            out.push('}');
        }
        other => json_text(&guild_flags::value::text(other), out),
    }
}

fn json_text(text: &str, out: &mut String) {
    out.push('"');
    for unit in text.encode_utf16() {
        match u8::try_from(unit).map(char::from) {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\r') => out.push_str("\\r"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\x08') => out.push_str("\\b"),
            Ok('\x0c') => out.push_str("\\f"),
            Ok(c) if (' '..='~').contains(&c) || c == '\x7f' => out.push(c),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_by_name() {
        let of = |name: &str| Format::of(Path::new(name));
        assert_eq!((of("a.yml"), of("a/b.YAML.in")), (Some(Format::Yaml), Some(Format::Yaml)));
        assert_eq!((of("a.toml"), of("a.toml.in")), (Some(Format::Toml), Some(Format::Toml)));
        assert_eq!((of("a.json"), of("a.cfg.in")), (Some(Format::Json), Some(Format::Ini)));
        assert_eq!((of("a.txt"), of("a"), of("a.in")), (None, None, None));
    }

    #[test]
    fn json_as_python_writes_it() {
        let text = r#"{"b": [1, 2.0, 1e-07, null], "a": {"ä\n\"": true}, "e": "😀"}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            Format::Json.encode(&value, text).unwrap(),
            r#"{"a": {"\u00e4\n\"": true}, "b": [1, 2.0, 1e-07, null], "e": "\ud83d\ude00"}"#
        );
        let twice = Format::Json.decode(r#"{"a": 1, "b": [{"c": 1, "c": 2}], "a": 3}"#).unwrap();
        let text = Format::Json.encode(&twice, "").unwrap();
        assert_eq!(text, r#"{"a": 3, "b": [{"c": 2}]}"#);
    }
}
