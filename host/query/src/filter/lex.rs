//! From the text of a filter expression to tokens.

use guild_plugin_api::Value;

use super::FilterError;
use crate::quoted;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `and`, `or`, `in`, `not`, `is`, `contains`: its lower-case form.
    Word(&'static str),
    /// `true`, `false`, `undefined`, a number or a quoted text.
    Literal(Value),
    /// A name.
    Name(String),
    /// `=`, `!=`, `(` and so on; `<>` is `!=`.
    Sign(&'static str),
    /// What is no token.
    Bad(String),
}

/// A token and where it is.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    /// As messages show it.
    shown: String,
    line: usize,
    position: usize,
}

impl Token {
    /// The error that this token is where it may not be.
    pub fn unexpected(&self) -> FilterError {
        let what = match &self.kind {
            Kind::Bad(what) => what.clone(),
            _ => format!("unexpected token {}", self.shown),
        };
        FilterError::Syntax { what, line: self.line, position: self.position }
    }
}

/// Two characters come before their first one alone.
const SIGNS: [(&str, &str); 12] = [
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    ("<>", "!="),
    ("!=", "!="),
    ("=", "="),
    ("<=", "<="),
    ("<", "<"),
    (">=", ">="),
    (">", ">"),
    (",", ","),
];

const WORDS: [&str; 6] = ["and", "or", "in", "not", "is", "contains"];

/// The tokens of `text`; the first that is none is [`Kind::Bad`] and the last.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(rest) = chars.get(at..).filter(|rest| !rest.is_empty()) {
        match rest[0] {
            ' ' | '\t' => at += 1,
            '\n' => {
                line += 1;
                at += 1;
            }
            _ => {
                let (kind, length) = token(rest);
                let bad = matches!(kind, Kind::Bad(_));
                let source: String = rest[..length].iter().collect();
                out.push(Token { shown: shown(&kind, &source), kind, line, position: at });
                at += length;
                if bad {
                    break;
                }
            }
        }
    }
    out
}

/// The token at the start of `rest`, which is not empty, and its length.
fn token(rest: &[char]) -> (Kind, usize) {
    for (text, sign) in SIGNS {
        if rest.iter().copied().take(text.len()).eq(text.chars()) {
            return (Kind::Sign(sign), text.len());
        }
    }
    if rest[0].is_ascii_alphabetic() {
        let length = rest.iter().position(|c| " ,<>!=\n()[]".contains(*c)).unwrap_or(rest.len());
        return (name(rest[..length].iter().collect()), length);
    }
    if let Some(length) = number(rest) {
        return (literal(&rest[..length]), length);
    }
    if let Some(length) = quoted::length(rest) {
        return (literal(&rest[..length]), length);
    }
    (Kind::Bad(format!("unexpected character '{}'", rest[0])), 1)
}

fn name(name: String) -> Kind {
    let lower = name.to_lowercase();
    match lower.as_str() {
        "true" => Kind::Literal(Value::Bool(true)),
        "false" => Kind::Literal(Value::Bool(false)),
        "undefined" => Kind::Literal(Value::Null),
        _ => match WORDS.into_iter().find(|word| *word == lower) {
            Some(word) => Kind::Word(word),
            None => Kind::Name(name),
        },
    }
}

/// The value is what YAML makes of the text: `010` is 8, `1e5` is what Guild makes of it in a flag.
fn literal(chars: &[char]) -> Kind {
    match quoted::decode(&chars.iter().collect::<String>()) {
        Ok(value) => Kind::Literal(value),
        Err(what) => Kind::Bad(what),
    }
}

/// The length of the number at the start of `chars`.
fn number(chars: &[char]) -> Option<usize> {
    let is = |at: usize, wanted: &[char]| chars.get(at).is_some_and(|c| wanted.contains(c));
    let digits = |from: usize| {
        let count = chars.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
        (count > 0).then_some(from + count)
    };
    let start = usize::from(is(0, &['-']));
    let mut end = digits(start + usize::from(is(start, &['.'])))?;
    if let Some(after) = is(end, &['.']).then(|| digits(end + 1)).flatten() {
        end = after;
    }
    let exponent = || digits(end + 1 + usize::from(is(end + 1, &['+', '-'])));
    Some(is(end, &['e']).then(exponent).flatten().unwrap_or(end))
}

fn shown(kind: &Kind, source: &str) -> String {
    use guild_flags::value::{repr, repr_value};
    match kind {
        // As 0.9.0: values as values, words as they were typed.
        Kind::Literal(value @ (Value::Int(_) | Value::Float(_) | Value::Str(_))) => {
            repr_value(value)
        }
        _ => repr(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_they_end() {
        for (text, length) in [
            ("1", 1),
            ("-1.5e-3x", 7),
            (".5", 2),
            ("-.5.5", 5),
            ("1.", 1),
            ("1e", 1),
            ("1e+", 1),
            ("12.34.5", 5),
        ] {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(number(&chars), Some(length), "{text}");
        }
        for text in ["", "-", ".", "-.", "e5", "+1"] {
            assert_eq!(number(&text.chars().collect::<Vec<_>>()), None, "{text}");
        }
    }
}
