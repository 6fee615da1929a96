//! The flags of a script: its constants with plain values.

use guild_plugin_api::model::{FlagDef, Flags};
use guild_plugin_api::{Map, Value};

/// The constants that a script declares at the left margin. What is not understood is left out:
/// Node.js itself has the last word.
pub fn flags(text: &str) -> Flags {
    let mut flags = Flags::new();
    let mut inside = None;
    for line in text.lines() {
        if let Some(end) = inside {
            if line.contains(end) {
                inside = None;
            }
            continue;
        }
        if let Some((name, flag)) = constant(line) {
            flags.entry(name.into()).or_insert(flag);
        } else if line.contains("/*") && !line.contains("*/") {
            inside = Some("*/");
        } else if line.matches('`').count() % 2 == 1 {
            // A text of several lines, whatever they look like.
            inside = Some("`");
        }
    }
    flags
}

/// `const NAME = VALUE; // what it is for`
fn constant(line: &str) -> Option<(&str, FlagDef)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.strip_prefix("const ")?.split_once('=')?;
    let name = name.trim();
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    if name.is_empty() || !name.chars().all(valid) {
        return None;
    }
    let (value, rest) = literal(value.trim_start())?;
    let rest = rest.trim_start();
    let rest = rest.strip_prefix(';').unwrap_or(rest).trim();
    let description = rest.strip_prefix("//").map(|text| text.trim().to_string());
    if !rest.is_empty() && description.is_none() {
        // The value was only the beginning of an expression.
        return None;
    }
    let kind = match value {
        Value::Bool(_) => "boolean",
        Value::Str(_) => "string",
        _ => "number",
    };
    let mut flag = FlagDef {
        default: value,
        kind: Some(kind.into()),
        description: description.filter(|d| !d.is_empty()),
        ..FlagDef::default()
    };
    if kind == "boolean" {
        // In the words of the language: an argument `1` or an empty one says less.
        flag.arg_encoding = [(true, "true"), (false, "false")].into_iter().collect::<Map>();
    }
    Some((name, flag))
}

/// The plain value at the start of the text, and what comes after it.
fn literal(text: &str) -> Option<(Value, &str)> {
    let quote = text.chars().next()?;
    if matches!(quote, '\'' | '"' | '`') {
        let (inner, rest) = text[1..].split_once(quote)?;
        // Escapes and `${…}` are the language's business.
        let worked_out = inner.contains('\\') || quote == '`' && inner.contains("${");
        return (!worked_out).then(|| (Value::from(inner), rest));
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "._+-".contains(c)));
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    let value = match word {
        "true" => Value::from(true),
        "false" => Value::from(false),
        _ => number(word)?,
    };
    Some((value, rest))
}

/// A number as both JavaScript and Rust write it, `_` between digits left out.
fn number(word: &str) -> Option<Value> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let octal = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if octal || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let word = word.replace('_', "");
    let integer = word.parse::<i64>().ok().map(Value::from);
    integer.or_else(|| word.parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults(text: &str) -> Vec<(String, Value)> {
        flags(text).into_iter().map(|(name, flag)| (name, flag.default)).collect()
    }

    #[test]
    fn every_form_of_a_flag() {
        let text = "const rate = 0.1; // how fast\nexport const n=10\nconst name = 'foo';\n\
                    const text = \"two; words // here\";\nconst t = `x`;\nconst fast = true;\n\
                    const big = 1_000;\nconst small = -1e-3;\nconst half = .5;\nconst $a = -3;\n";
        let expected: [(&str, Value); 10] = [
            ("rate", 0.1.into()),
            ("n", 10.into()),
            ("name", "foo".into()),
            ("text", "two; words // here".into()),
            ("t", "x".into()),
            ("fast", true.into()),
            ("big", 1000.into()),
            ("small", (-1e-3).into()),
            ("half", 0.5.into()),
            ("$a", (-3).into()),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(n, v)| (n.to_string(), v)).collect();
        assert_eq!(defaults(text), expected);
        assert_eq!(flags(text)["rate"].description.as_deref(), Some("how fast"));
        assert!(!flags(text)["fast"].arg_encoding.is_empty());
    }

    #[test]
    fn what_is_no_flag() {
        let text = "let a = 1;\n  const b = 1;\nconst c = 1 + 2;\nconst d = f(1);\n\
                    const e = [1];\nconst f = 0x10;\nconst g = 010;\nconst h = 'a' + 'b';\n\
                    const i = 'it\\'s';\nconst j = `${a}`;\nconst { k } = 1;\nconst l = null;\n\
                    const m = 10n;\n/*\nconst n = 1;\n*/\nconst o = `\nconst p = 1;\n`;\n\
                    const q = x => 1;\nconst r\n= 1;\nconst s = 'torn;\nconst t = 1e999;\n";
        assert_eq!(defaults(text), []);
    }
}
