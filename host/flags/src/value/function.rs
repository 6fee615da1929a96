//! Flag functions: `uniform[0:1]`, `[1:10]`, `range[1:5:2]`.

use guild_plugin_api::Value;

use super::decode::Decoder;
use super::number::strip;
use super::sequence;
use crate::Warnings;

/// A function of a flag's value, as the user wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name; none for `[1:10]`, whose meaning is the optimizer's choice.
    pub name: Option<String>,
    /// The arguments, which colons part, each decoded without a type.
    pub args: Vec<Value>,
}

/// Reads `NAME[ARG:ARG]` or `[ARG:ARG]`; none when `text` is neither. What follows the last `]`
/// of a named function counts for nothing.
///
/// ```
/// use guild_flags::value::parse_function;
/// use guild_plugin_api::Value;
/// let f = parse_function("uniform[0:1e-1]");
/// assert_eq!(f.as_ref().and_then(|f| f.name.as_deref()), Some("uniform"));
/// assert_eq!(f.map(|f| f.args), Some(vec![Value::Int(0), Value::Float(0.1)]));
/// assert_eq!(parse_function("[1, 2]"), None);
/// ```
pub fn parse_function(text: &str) -> Option<Function> {
    parse_function_noting(text, &mut Warnings::new())
}

/// As [`parse_function`]; also says which functions among the arguments were called wrongly.
pub fn parse_function_noting(text: &str, warnings: &mut Warnings) -> Option<Function> {
    parse(text, &mut Decoder { warnings, depth: 0 })
}

/// Whether `value` is a text that reads as a function.
pub fn is_function(value: &Value) -> bool {
    value.as_str().is_some_and(|text| split(text).is_some())
}

/// What `text` stands for if it is a function that has a value of its own: the text of an
/// anonymous function, or the list of a sequence. An error says why a sequence has no list.
pub(super) fn value_of(text: &str, decoder: &mut Decoder) -> Result<Option<Value>, String> {
    match parse(text, decoder) {
        Some(Function { name: None, args }) if args.len() >= 2 => Ok(Some(Value::str(text))),
        Some(Function { name: Some(name), args }) => {
            sequence::expand(&name, &args, decoder.warnings)
        }
        _ => Ok(None),
    }
}

fn parse(text: &str, decoder: &mut Decoder) -> Option<Function> {
    let (name, args) = split(text)?;
    let args = match args {
        "" => Vec::new(),
        args => args.split(':').map(|arg| decoder.decode(strip(arg), None)).collect(),
    };
    Some(Function { name: name.map(Into::into), args })
}

fn split(text: &str) -> Option<(Option<&str>, &str)> {
    split_named(text)
        .map(|(name, args)| (Some(name), args))
        .or_else(|| Some((None, anonymous(text)?)))
}

fn split_named(text: &str) -> Option<(&str, &str)> {
    let line = text.split('\n').next()?;
    let in_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let args = line.trim_start_matches(in_name);
    let name = line.strip_suffix(args).filter(|name| !name.is_empty())?;
    // Arguments end at the last bracket of the first line.
    let args = args.strip_prefix('[')?;
    Some((name, strip(&args[..args.rfind(']')?])))
}

/// The arguments of `[1:10]`, which YAML has as a list of one: a number of seconds, or a text.
fn anonymous(text: &str) -> Option<&str> {
    let args = text.strip_prefix('[')?.strip_suffix(']')?;
    if !args.contains(':') {
        return None;
    }
    let one = |value: &Value| {
        matches!(value, Value::Str(_) | Value::Int(_) | Value::BigInt(_) | Value::Bool(_))
    };
    match guild_yaml::decode(text) {
        Ok(Value::List(items)) => matches!(items.as_slice(), [item] if one(item)).then_some(args),
        Ok(_) => None,
        Err(_) => Some(args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_function() {
        for text in ["a[]", "a.b-c_1[x]", "[1:2]", "[a:b]", "[a:b,c", "range[1:2]*3"] {
            let expected = text != "[a:b,c";
            assert_eq!(is_function(&Value::str(text)), expected, "{text}");
        }
        for text in ["a b[1]", "[1]", "[1:2, 3]", "[]", "[{a: b}]", "a[\n]", "é[1]"] {
            assert!(!is_function(&Value::str(text)), "{text}");
        }
        assert!(!is_function(&Value::Int(1)));
    }

    #[test]
    fn arguments_are_values() {
        let f = parse_function("f[ 1 : a b :: [1, 2] ]").unwrap();
        let expected: Vec<Value> = serde_json::from_str(r#"[1, "a b", "", [1, 2]]"#).unwrap();
        assert_eq!(f.args, expected);
        assert_eq!(parse_function("f[ ]").unwrap().args, []);
    }
}
