//! From a text on the command line, or a cell of a batch file, to a value.

use guild_plugin_api::Value;

use super::function;
use super::number::{is_space, parse_float, parse_int, strip};
use super::sequence::MAX_ITEMS;
use super::text::repr;
use crate::Warnings;

/// How deep functions may stand in the arguments of functions before they are taken as text.
const MAX_DEPTH: usize = 32;

/// The value that `text` stands for, given the type that the flag's definition states.
///
/// The type comes first: `int`, `float`, `number` and `boolean` read their own kind, `string`,
/// `path` and `existing-path` take the text as it is unless it starts with `[`, `{`, `'` or `"`.
/// What the type cannot read, and any text without a type or with `auto`, is tried as
///
/// 1. an integer, 2. a floating point number,
/// 3. a function: `[1:10]` stays a text for a search to read, `range[1:3]`, `linspace[..]` and
///    `logspace[..]` become the list of their values,
/// 4. a repeated list, `[1,2]*3`,
/// 5. YAML 1.1;
///
/// and is a string when it is none of these. A number that was read from a text with `_` or `:`
/// in it would surprise (`1_2`, `1:30`), so there the text stays a string.
///
/// The behaviour is `guild.flag_util.decode_flag_val`'s.
///
/// ```
/// use guild_flags::value::decode;
/// use guild_plugin_api::Value;
/// assert_eq!(decode("017", None), Value::Int(17));
/// assert_eq!(decode("017", Some("string")), Value::str("017"));
/// assert_eq!(decode("range[1:3]", None), Value::from(vec![1, 2, 3]));
/// assert_eq!(decode("[1:3]", None), Value::str("[1:3]"));
/// assert_eq!(decode("1_000", None), Value::str("1_000"));
/// ```
pub fn decode(text: &str, kind: Option<&str>) -> Value {
    decode_noting(text, kind, &mut Warnings::new())
}

/// As [`decode`]; also says which functions were called wrongly, and when the type is unknown.
pub fn decode_noting(text: &str, kind: Option<&str>, warnings: &mut Warnings) -> Value {
    Decoder { warnings, depth: 0 }.decode(text, kind)
}

pub(super) struct Decoder<'a> {
    pub(super) warnings: &'a mut Warnings,
    pub(super) depth: usize,
}

impl Decoder<'_> {
    pub(super) fn decode(&mut self, text: &str, kind: Option<&str>) -> Value {
        let value = self.decode_as_is(text, kind);
        let number =
            matches!(value, Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_));
        // `!!int 1_000` says what it wants.
        if number && text.contains(['_', ':']) && !text.contains("!!") {
            return Value::str(text);
        }
        value
    }

    fn decode_as_is(&mut self, text: &str, kind: Option<&str>) -> Value {
        if text.is_empty() {
            return Value::str("");
        }
        let by_type = match kind.unwrap_or("auto") {
            // Numbers need no reading of their own: they are what is tried first for any text.
            "auto" | "int" | "number" => None,
            "float" => parse_float(text).map(Value::Float),
            "string" | "path" | "existing-path" => {
                (!text.starts_with(['[', '\'', '"', '{'])).then(|| Value::str(text))
            }
            "boolean" => boolean(text),
            other => {
                self.warnings.push(format!("unknown flag type {other}, assuming 'auto'"));
                None
            }
        };
        by_type
            .or_else(|| parse_int(text))
            .or_else(|| parse_float(text).map(Value::Float))
            .or_else(|| self.function(text))
            .or_else(|| self.repeated_list(text))
            .or_else(|| guild_yaml::decode(text).ok())
            .unwrap_or_else(|| Value::str(text))
    }

    fn function(&mut self, text: &str) -> Option<Value> {
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = function::value_of(text, self);
        self.depth -= 1;
        value.unwrap_or_else(|problem| {
            self.cannot_decode(text, &problem);
            None
        })
    }

    /// `[1,2]*3`; the text itself when what stands before the `*` is no list after all.
    fn repeated_list(&mut self, text: &str) -> Option<Value> {
        let (list, times) = split_repeated_list(strip(text))?;
        // A count of more digits than an integer may have makes this no repeated list.
        let times = parse_int(times)?;
        let Value::List(items) = self.decode_as_is(list, None) else {
            return Some(Value::str(text));
        };
        let times = times.as_int().and_then(|n| usize::try_from(n).ok());
        match times.and_then(|n| n.checked_mul(items.len()).map(|total| (n, total))) {
            Some((n, total)) if total <= MAX_ITEMS => {
                Some(Value::List(items.iter().cycle().take(items.len() * n).cloned().collect()))
            }
            _ => {
                self.cannot_decode(text, "too many items");
                None
            }
        }
    }

    fn cannot_decode(&mut self, text: &str, problem: &str) {
        self.warnings.push(format!("error decoding {}: {problem}", repr(text)));
    }
}

/// Numbers count as true unless they are zero; what YAML reads as something else stays that.
fn boolean(text: &str) -> Option<Value> {
    Some(match guild_yaml::decode(text).ok()? {
        Value::Int(i) => Value::Bool(i != 0),
        Value::BigInt(_) => Value::Bool(true),
        Value::Float(f) => Value::Bool(f != 0.0),
        other => other,
    })
}

/// The list and the count of `[..] * 3`.
fn split_repeated_list(text: &str) -> Option<(&str, &str)> {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let times = text.get(before.len()..).filter(|digits| !digits.is_empty())?;
    let list = before.trim_end_matches(is_space).strip_suffix('*')?.trim_end_matches(is_space);
    let inside = list.strip_prefix('[')?.strip_suffix(']')?;
    (!inside.contains('\n')).then_some((list, times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn values_as_the_oracle_reads_them() {
        for (text, expected) in [
            ("1e3", "1000.0"),
            ("0x10", "16"),
            ("0o17", r#""0o17""#),
            ("1:30", r#""1:30""#),
            ("yes", "true"),
            ("y", r#""y""#),
            ("None", r#""None""#),
            ("null", "null"),
            ("#x", "null"),
            ("[1, a]", r#"[1, "a"]"#),
            ("[1,2]*2", "[1, 2, 1, 2]"),
            (" [1] * 02 ", "[1, 1]"),
            ("[1]*0", "[]"),
            ("[1:2]*2", r#""[1:2]*2""#),
            ("[1:2.5]", "[62.5]"),
            ("loguniform[1e-4:1]", r#""loguniform[1e-4:1]""#),
            ("a: b", r#"{"a": "b"}"#),
            ("{", r#""{""#),
            ("", r#""""#),
            ("!!int 1_000", "1000"),
            ("!!set {2, 1}", r#"{"$set": [2, 1]}"#),
        ] {
            assert_eq!(decode(text, None), json(expected), "{text}");
        }
    }

    #[test]
    fn the_type_comes_first() {
        assert_eq!(decode("1", Some("float")), Value::Float(1.0));
        assert_eq!(decode("1", Some("boolean")), Value::Bool(true));
        assert_eq!(decode("maybe", Some("boolean")), Value::str("maybe"));
        assert_eq!(decode("[1]", Some("string")), json("[1]"));
        assert_eq!(decode("1e2", Some("int")), Value::Float(100.0));
        let mut warnings = Warnings::new();
        assert_eq!(decode_noting("1", Some("odd"), &mut warnings), Value::Int(1));
        assert_eq!(warnings, ["unknown flag type odd, assuming 'auto'"]);
    }

    #[test]
    fn what_would_fill_the_memory_stays_text() {
        let mut warnings = Warnings::new();
        for text in ["[1]*99999999999999999999", "[1,2]*999999999999", "[1]*9999999"] {
            assert_eq!(decode_noting(text, None, &mut warnings), Value::str(text));
        }
        assert_eq!(warnings.len(), 3);
        let nested = format!("{}1{}", "range[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(decode(&nested, None), Value::str(&nested));
        for nested in
            ["[".repeat(100_000), format!("{}:{}", "[".repeat(50_000), "]".repeat(50_000))]
        {
            let _ = decode(&nested, None);
        }
    }

    fn kinds() -> impl Strategy<Value = Option<&'static str>> {
        prop::option::of(prop::sample::select(vec![
            "string", "int", "float", "number", "boolean", "path", "auto",
        ]))
    }

    proptest! {
        #[test]
        fn any_text_is_some_value(text in any::<String>(), kind in kinds()) {
            let _ = decode(&text, kind);
        }

        #[test]
        fn texts_of_telling_characters_are_some_value(
            text in r#"(range|linspace|logspace|a)?[\[\]{}:,0-9eE.+\-_*'"a-c \n#&!]{0,24}"#,
            kind in kinds(),
        ) {
            let _ = decode(&text, kind);
        }
    }
}
