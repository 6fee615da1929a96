//! From the text of a time range to tokens.

use super::{TimeRangeError, Unit};

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `today`, `this` and so on, in lower case.
    Word(String),
    /// Two or three numbers with dashes between; years as they are typed.
    Date(Vec<i64>),
    /// A date's year has two digits.
    ShortYear(Vec<i64>),
    /// Two or three numbers with colons between.
    Time(Vec<i64>),
    /// A number; one that is too large is the largest.
    Number(i64),
    /// A unit.
    Unit(Unit),
}

/// A token and where it is.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    pub position: usize,
}

const WORDS: [&str; 9] =
    ["today", "yesterday", "this", "last", "ago", "before", "after", "between", "and"];

/// Longer names come before those that they start with. A name need not end where the word does,
/// as in 0.9.0: `1dayago` is `1 day ago`.
const UNITS: [(&str, Unit); 14] = [
    ("days", Unit::Day),
    ("day", Unit::Day),
    ("weeks", Unit::Week),
    ("week", Unit::Week),
    ("months", Unit::Month),
    ("month", Unit::Month),
    ("years", Unit::Year),
    ("year", Unit::Year),
    ("hours", Unit::Hour),
    ("hour", Unit::Hour),
    ("hr", Unit::Hour),
    ("minutes", Unit::Minute),
    ("minute", Unit::Minute),
    ("min", Unit::Minute),
];

/// The tokens of `text`.
pub fn tokens(text: &str) -> Result<Vec<Token>, TimeRangeError> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with([' ', '\t', '\n']) {
            at += 1;
            continue;
        }
        let position = text.get(..at).unwrap_or_default().chars().count();
        let Some((kind, length)) = token(rest) else {
            let word = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let shown = if word == 0 { rest } else { rest.get(..word).unwrap_or(rest) };
            return Err(TimeRangeError::Unexpected(shown.into(), position));
        };
        let text = rest.get(..length).unwrap_or_default().into();
        out.push(Token { kind, text, position });
        at += length;
    }
    Ok(out)
}

/// The token at the start of `rest` and its length.
fn token(rest: &str) -> Option<(Kind, usize)> {
    if let Some((numbers, length)) = numbers(rest, '-', &[(4, 4), (1, 2), (1, 2)]) {
        return Some((Kind::Date(numbers), length));
    }
    if let Some((numbers, length)) = numbers(rest, '-', &[(2, 2), (1, 2), (1, 2)]) {
        return Some((Kind::ShortYear(numbers), length));
    }
    for (separator, widths) in
        [('-', &[(1, 2), (1, 2)][..]), (':', &[(1, 2), (2, 2), (2, 2)]), (':', &[(1, 2), (2, 2)])]
    {
        if let Some((numbers, length)) = numbers(rest, separator, widths) {
            let kind = if separator == '-' { Kind::Date(numbers) } else { Kind::Time(numbers) };
            return Some((kind, length));
        }
    }
    let lower = rest.to_ascii_lowercase();
    if let Some((name, unit)) = UNITS.into_iter().find(|(name, _)| lower.starts_with(name)) {
        return Some((Kind::Unit(unit), name.len()));
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return Some((Kind::Number(rest.get(..digits)?.parse().unwrap_or(i64::MAX)), digits));
    }
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = lower.get(..letters).filter(|word| WORDS.contains(word))?;
    Some((Kind::Word(word.into()), letters))
}

/// Numbers of so many digits (least, most) with `separator` between, at the start of `text`.
fn numbers(text: &str, separator: char, widths: &[(usize, usize)]) -> Option<(Vec<i64>, usize)> {
    let (mut out, mut at) = (Vec::new(), 0);
    for (i, (least, most)) in widths.iter().enumerate() {
        if i > 0 {
            text.get(at..)?.strip_prefix(separator)?;
            at += 1;
        }
        let digits = text.get(at..)?.bytes().take_while(u8::is_ascii_digit).count().min(*most);
        if digits < *least {
            return None;
        }
        out.push(text.get(at..at + digits)?.parse().ok()?);
        at += digits;
    }
    Some((out, at))
}
