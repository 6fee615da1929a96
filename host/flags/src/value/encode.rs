//! From a value to the text that a user would type for it.

use guild_plugin_api::Value;

use super::compare::{key_order, same};
use super::text::{repr, repr_value, text};
use crate::shell::{self, SplitError};

/// The text of a value in the form that `runs info`, previews and labels are made of: `yes`, `no`,
/// `null`, `[1, a]`, `{a: 1}`, and YAML for the rest, where a string is quoted that would read as
/// something else.
///
/// The behaviour is `guild.flag_util.encode_flag_val`'s. Maps come sorted by key.
///
/// ```
/// use guild_flags::value::encode;
/// use guild_plugin_api::Value;
/// assert_eq!(encode(&Value::Bool(true)), "yes");
/// assert_eq!(encode(&Value::from(vec!["a,b", "c"])), "['a,b', c]");
/// ```
pub fn encode(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Null => "null".into(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(encode_item).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|(a, _), (b, _)| key_order(a, b));
            let entry = |(k, v): &&(Value, Value)| format!("{}: {}", encode(k), encode(v));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => guild_yaml::encode_flow(other),
    }
}

/// A string with a comma would fall apart in a list.
fn encode_item(item: &Value) -> String {
    let encoded = encode(item);
    if item.as_str().is_some() && encoded.contains(',') { repr(&encoded) } else { encoded }
}

/// Splits an encoded value as `arg-split` says: `true` and `shlex` like a shell, anything else at
/// each occurrence of its text, where empty parts are left out.
///
/// # Errors
/// When the value cannot be split like a shell line.
pub fn split_encoded(encoded: &str, arg_split: &Value) -> Result<Vec<String>, SplitError> {
    match arg_split {
        Value::Bool(true) => shell::split(encoded),
        Value::Str(s) if s == "shlex" => shell::split(encoded),
        other => {
            let separator = text(other);
            if separator.is_empty() {
                // There is nowhere to split.
                return Ok(Vec::from_iter((!encoded.is_empty()).then(|| encoded.to_string())));
            }
            Ok(encoded.split(&separator).filter(|p| !p.is_empty()).map(Into::into).collect())
        }
    }
}

/// Joins the encoded items to one text that [`split_encoded`] takes apart again.
///
/// # Errors
/// With 0.9.0's words, when `arg_split` is neither null, `true` nor a string.
pub fn join_split(items: &[Value], arg_split: &Value) -> Result<String, String> {
    let encoded = items.iter().map(encode).collect::<Vec<_>>();
    match arg_split {
        Value::Null => Ok(shell::join_short(&encoded)),
        Value::Str(s) if s == "shlex" => Ok(shell::join_short(&encoded)),
        Value::Str(separator) => Ok(encoded.join(separator)),
        other if same(other, &Value::Bool(true)) => Ok(shell::join_short(&encoded)),
        other => {
            let shown = repr_value(other);
            Err(format!("split_spec must be None, True, or a string: {shown}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values() {
        let value: Value = serde_json::from_str(
            r#"{"b": [true, null, "x, y", "it's, it"], "a": {"$map": [[2, 1], [1.5, 2]]}}"#,
        )
        .unwrap();
        assert_eq!(encode(&value), r#"{a: {1.5: 2, 2: 1}, b: [yes, null, 'x, y', "it's, it"]}"#);
    }

    #[test]
    fn sets() {
        let value: Value = serde_json::from_str(r#"{"a": {"$set": [2, 1, "x"]}}"#).unwrap();
        assert_eq!(encode(&value), "{a: !!set {2: null, 1: null, x: null}}");
        assert_eq!(repr_value(&value), "{'a': {1, 2, 'x'}}");
        assert_eq!(repr_value(&Value::Set(Vec::new())), "set()");
        let same_set = serde_json::from_str(r#"{"a": {"$set": ["x", 1.0, 2]}}"#).unwrap();
        assert!(
            same(&value, &same_set) && !same(&value, &Value::Map([("a", 1)].into_iter().collect()))
        );
    }

    #[test]
    fn splits() {
        let split = |s: &str, by: Value| split_encoded(s, &by).unwrap_or_default();
        assert_eq!(split("a 'b c'", true.into()), ["a", "b c"]);
        assert_eq!(split("a 'b c'", "shlex".into()), ["a", "b c"]);
        assert_eq!(split("a,,b,", ",".into()), ["a", "b"]);
        assert_eq!(split("a1b", 1.into()), ["a", "b"]);
        assert_eq!(split("ab", "".into()), ["ab"]);
        assert!(split_encoded("'", &true.into()).is_err());
    }

    #[test]
    fn joins() {
        let items = [Value::Int(1), Value::str("a b"), Value::str("1"), Value::Bool(true)];
        assert_eq!(join_split(&items, &Value::Null).unwrap(), r#"1 'a b' "'1'" yes"#);
        assert_eq!(join_split(&items, &",".into()).unwrap(), "1,a b,'1',yes");
        assert_eq!(
            join_split(&items, &2.into()).unwrap_err(),
            "split_spec must be None, True, or a string: 2"
        );
    }
}
