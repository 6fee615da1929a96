//! Reading numbers the way Guild AI 0.9.0 does, with `int()` and `float()`.

use guild_plugin_api::Value;

/// `int()` refuses longer texts, so that nobody's time is spent on them.
const MAX_INT_DIGITS: usize = 4300;

/// The zeros of the decimal digits beyond ASCII; each is followed by its one to nine.
const ZEROS: [u32; 65] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// Reads an integer as `int()` does: white space around it, a sign, single underscores between
/// digits, and digits of any script. The answer is [`Value::Int`] or [`Value::BigInt`].
///
/// ```
/// use guild_flags::value::parse_int;
/// use guild_plugin_api::Value;
/// assert_eq!(parse_int(" +1_000 "), Some(Value::Int(1000)));
/// assert_eq!(parse_int("017"), Some(Value::Int(17)));
/// assert_eq!(parse_int("0x10"), None);
/// ```
pub fn parse_int(text: &str) -> Option<Value> {
    let text = to_ascii(text)?;
    let text = text.trim_matches(is_ascii_space);
    let (negative, text) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let digits = without_underscores(text)?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !all_digits || digits.len() > MAX_INT_DIGITS {
        return None;
    }
    Some(int_of_digits(negative, &digits))
}

/// Reads a floating point number as `float()` does: white space around it, a sign, single
/// underscores between digits, digits of any script, `inf`, `infinity` and `nan` in any case.
///
/// ```
/// use guild_flags::value::parse_float;
/// assert_eq!(parse_float("1_0e-3"), Some(0.01));
/// assert_eq!(parse_float("-Infinity"), Some(f64::NEG_INFINITY));
/// assert_eq!(parse_float("1__0"), None);
/// ```
pub fn parse_float(text: &str) -> Option<f64> {
    let text = to_ascii(text)?;
    without_underscores(text.trim_matches(is_ascii_space))?.parse().ok()
}

/// The integer of `digits`, which are ASCII digits and at least one.
pub(crate) fn int_of_digits(negative: bool, digits: &str) -> Value {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Value::Int(0);
    }
    let text = if negative { format!("-{digits}") } else { digits.to_string() };
    text.parse().map_or(Value::BigInt(text), Value::Int)
}

/// The nearest floating point number to an integer or boolean; none for what is neither, and
/// none when the integer is too large for one.
pub(crate) fn float_of_int(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        // Rounds to the nearest, ties to even, as `float()` does.
        #[allow(clippy::cast_precision_loss)]
        Value::Int(i) => Some(*i as f64),
        Value::BigInt(digits) => digits.parse().ok().filter(|f: &f64| f.is_finite()),
        _ => None,
    }
}

/// The decimal digits of the whole part of a finite number, with `-` when it is negative.
pub(crate) fn whole_digits(number: f64) -> String {
    let digits = format!("{:.0}", number.trunc());
    if digits == "-0" { "0".to_string() } else { digits }
}

/// Decimal `digits` written in another base, in lower case and without a prefix.
pub(crate) fn big_digits_in_base(digits: &str, base: u32) -> String {
    let mut rest: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
    let mut out = Vec::new();
    while !rest.is_empty() {
        let mut remainder = 0;
        let mut quotient = Vec::with_capacity(rest.len());
        for digit in rest {
            let value = remainder * 10 + digit;
            if !quotient.is_empty() || value >= base {
                quotient.push(value / base);
            }
            remainder = value % base;
        }
        out.extend(char::from_digit(remainder, base));
        rest = quotient;
    }
    if out.is_empty() {
        out.push('0');
    }
    out.iter().rev().collect()
}

/// White space as `str.strip()` has it: Rust's, and four separators.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `text` without white space around it.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// White space around a number, once other scripts' is turned into blanks.
fn is_ascii_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// Turns white space and decimal digits beyond ASCII into those of ASCII; none when there are
/// other characters.
fn to_ascii(text: &str) -> Option<std::borrow::Cow<'_, str>> {
    if text.is_ascii() {
        return Some(text.into());
    }
    let ascii = |c: char| match c {
        _ if c.is_ascii() => Some(c),
        _ if is_space(c) => Some(' '),
        _ => {
            let zero = ZEROS[ZEROS.partition_point(|z| *z <= c as u32).checked_sub(1)?];
            char::from_digit(c as u32 - zero, 10)
        }
    };
    text.chars().map(ascii).collect::<Option<String>>().map(Into::into)
}

/// Takes out underscores; none when one is not between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    let between = |i: usize| digit(i.checked_sub(1)) && digit(Some(i + 1));
    bytes.iter().enumerate().all(|(i, b)| *b != b'_' || between(i)).then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_script_and_length() {
        assert_eq!(parse_int("\u{a0}٣_٤\n"), Some(Value::Int(34)));
        assert_eq!(parse_int("-0"), Some(Value::Int(0)));
        assert_eq!(parse_int("-9223372036854775808"), Some(Value::Int(i64::MIN)));
        assert_eq!(
            parse_int("-09223372036854775809"),
            Some(Value::BigInt("-9223372036854775809".into()))
        );
        assert_eq!(parse_int(&"1".repeat(4301)), None);
        for text in ["", "_1", "1_", "1__2", "--1", "+ 1", "1.0", "\u{1c}1", "²"] {
            assert_eq!(parse_int(text), None, "{text:?}");
        }
    }

    #[test]
    fn floats() {
        assert_eq!(parse_float("1."), Some(1.0));
        assert_eq!(parse_float(".5e1"), Some(5.0));
        assert_eq!(parse_float("1e999"), Some(f64::INFINITY));
        assert!(parse_float("+NaN").is_some_and(f64::is_nan));
        for text in ["", ".", "e5", "1_.0", "1._0", "in_f", "0x1p3"] {
            assert_eq!(parse_float(text), None, "{text:?}");
        }
    }

    #[test]
    fn other_bases() {
        assert_eq!(big_digits_in_base("18446744073709551616", 16), "10000000000000000");
        assert_eq!(big_digits_in_base("0", 8), "0");
        assert_eq!(big_digits_in_base("255", 16), "ff");
    }
}
