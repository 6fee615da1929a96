//! What a plain scalar is: the rules of YAML 1.1 as PyYAML has them, with Guild's wider rule for
//! floating point numbers (`yaml_util.patch_yaml_resolver`).

use guild_plugin_api::Value;

use crate::tag::{CORE, Tag};
use crate::{number, timestamp};

/// The kind of a scalar that says nothing about itself.
///
/// With `strict`, `y` and `n` are booleans too: Guild's `StrictPatch`, in force while it writes
/// the attributes of a run, so that other readers do not take a quoted letter for a boolean.
pub(crate) fn implicit_tag(text: &str, strict: bool) -> Tag {
    let Some(first) = text.bytes().next() else { return Tag::Null };
    // The `$` of Python's patterns lets a last line break pass.
    let text = text.strip_suffix('\n').filter(|rest| !rest.is_empty()).unwrap_or(text);
    let tag = match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => match text {
            "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false"
            | "False" | "FALSE" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => Some(Tag::Bool),
            "null" | "Null" | "NULL" => Some(Tag::Null),
            "y" | "Y" | "n" | "N" if strict => Some(Tag::Bool),
            _ => None,
        },
        b'0'..=b'9' | b'-' | b'+' | b'.' => numeric_tag(text),
        b'~' => (text == "~").then_some(Tag::Null),
        b'<' => (text == "<<").then_some(Tag::Merge),
        b'=' => (text == "=").then_some(Tag::Value),
        // No plain scalar can be these; a quoted one that is tagged `!` can.
        b'!' | b'&' | b'*' => (text.len() == 1).then(|| Tag::Other(format!("{CORE}yaml"))),
        _ => None,
    };
    tag.unwrap_or(Tag::Str)
}

/// The value of a text of the kind `tag`, one of the scalar kinds.
pub(crate) fn construct(tag: &Tag, text: &str) -> Result<Value, String> {
    match tag {
        Tag::Null => Ok(Value::Null),
        Tag::Bool => match text.to_lowercase().as_str() {
            "yes" | "true" | "on" => Ok(Value::Bool(true)),
            "no" | "false" | "off" => Ok(Value::Bool(false)),
            _ => Err(format!("'{text}' is no boolean")),
        },
        Tag::Int => number::int(text),
        Tag::Float => number::float(text).map(Value::Float),
        Tag::Timestamp => timestamp::canonical(text).map(Value::Time),
        Tag::Str => Ok(Value::str(text)),
        other => Err(format!("could not determine a constructor for the tag '{other}'")),
    }
}

fn numeric_tag(text: &str) -> Option<Tag> {
    if is_int(text) {
        Some(Tag::Int)
    } else if is_float(text) {
        Some(Tag::Float)
    } else if timestamp::is_implicit(text) {
        Some(Tag::Timestamp)
    } else {
        None
    }
}

/// The bytes left to match, with the few steps that the number rules are made of.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take(&mut self, accept: impl Fn(u8) -> bool) -> bool {
        match self.0.split_first() {
            Some((&b, rest)) if accept(b) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> usize {
        let n = self.0.iter().take_while(|&&b| accept(b)).count();
        self.0 = &self.0[n..];
        n
    }

    fn sign(&mut self) -> bool {
        self.take(|b| b == b'-' || b == b'+')
    }

    /// `(:[0-5]?[0-9])+`, the sexagesimal places.
    fn sixties(&mut self) -> bool {
        let mut any = false;
        while self.0.first() == Some(&b':') {
            match *self.0 {
                [_, b'0'..=b'5', b'0'..=b'9', ..] => self.0 = &self.0[3..],
                [_, b'0'..=b'9', ..] => self.0 = &self.0[2..],
                _ => return any,
            }
            any = true;
        }
        any
    }

    /// `([eE][-+]?[0-9]+)?`, or with the sign required.
    fn exponent(&mut self, sign_required: bool) -> bool {
        self.take(|b| b == b'e' || b == b'E')
            && (self.sign() || !sign_required)
            && self.take_while(|b| b.is_ascii_digit()) > 0
    }

    fn done(&self) -> bool {
        self.0.is_empty()
    }
}

fn digit_or_underscore(b: u8) -> bool {
    b.is_ascii_digit() || b == b'_'
}

fn is_int(text: &str) -> bool {
    let mut c = Cursor(text.as_bytes());
    c.sign();
    match *c.0 {
        [b'0'] => true,
        [b'0', b'b', ref digits @ ..] => {
            !digits.is_empty() && digits.iter().all(|b| matches!(b, b'0' | b'1' | b'_'))
        }
        [b'0', b'x', ref digits @ ..] => {
            !digits.is_empty() && digits.iter().all(|&b| b.is_ascii_hexdigit() || b == b'_')
        }
        [b'0', ref digits @ ..] => digits.iter().all(|b| matches!(b, b'0'..=b'7' | b'_')),
        [b'1'..=b'9', ..] => {
            c.take_while(digit_or_underscore);
            c.done() || c.sixties() && c.done()
        }
        _ => false,
    }
}

fn is_float(text: &str) -> bool {
    let mut c = Cursor(text.as_bytes());
    let signed = c.sign();
    match *c.0 {
        [b'0'..=b'9', ..] => {
            c.take_while(digit_or_underscore);
            match c.0.first() {
                Some(b'.') => {
                    c.take(|b| b == b'.');
                    c.take_while(digit_or_underscore);
                    c.done() || c.exponent(false) && c.done()
                }
                Some(b':') => {
                    c.sixties()
                        && c.take(|b| b == b'.')
                        && (c.take_while(digit_or_underscore), c.done()).1
                }
                _ => c.exponent(false) && c.done(),
            }
        }
        [b'.', ref rest @ ..] => match rest {
            b"inf" | b"Inf" | b"INF" => true,
            b"nan" | b"NaN" | b"NAN" => !signed,
            _ => {
                c.take(|b| b == b'.');
                !signed
                    && c.take_while(digit_or_underscore) > 0
                    && (c.done() || c.exponent(true) && c.done())
            }
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Tag {
        implicit_tag(text, false)
    }

    #[test]
    fn integers_come_in_many_bases() {
        for text in ["0", "-0", "+12", "1_000", "0b101", "0x_fF", "017", "0_", "190:20:30", "1:5"] {
            assert_eq!(kind(text), Tag::Int, "{text}");
        }
        for text in ["08", "0o17", "0b2", "0b", "1:60", "1:", "-", "+", "_1", "1a", "0:30"] {
            assert_eq!(kind(text), Tag::Str, "{text}");
        }
    }

    #[test]
    fn guild_reads_an_exponent_without_dot_or_sign_as_a_float() {
        for text in ["1e3", "1e-3", "1.e3", "1.5E+3", "-1_0e3", ".5", ".5e-3", "08.5", "1:30.5"] {
            assert_eq!(kind(text), Tag::Float, "{text}");
        }
        for text in ["-.inf", ".Inf", ".NAN", "._", "0:30.", "1_.", "12e03"] {
            assert_eq!(kind(text), Tag::Float, "{text}");
        }
        for text in [".5e3", "-.5", "-.nan", ".iNF", ".", "1e", "1e+", "e3", "1.2.3", "1:75.0"] {
            assert_eq!(kind(text), Tag::Str, "{text}");
        }
    }

    #[test]
    fn only_whole_words_are_booleans_and_letters_only_when_strict() {
        assert_eq!(kind("Off"), Tag::Bool);
        assert_eq!(kind("oFF"), Tag::Str);
        assert_eq!(kind("y"), Tag::Str);
        assert_eq!(implicit_tag("y", true), Tag::Bool);
        assert_eq!(implicit_tag("N", true), Tag::Bool);
        assert_eq!(kind("NULL"), Tag::Null);
        assert_eq!(kind("None"), Tag::Str);
    }
}
