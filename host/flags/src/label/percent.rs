//! `printf` formats of one value, as the `%` operator of Guild AI 0.9.0 has them.

use guild_plugin_api::Value;

use crate::value::{
    big_digits_in_base, escape_non_ascii, float_of_int, repr_value, same, text, whole_digits,
};

/// The widest field and the most decimals; a label needs no more.
const MAX_WIDTH: usize = 10_000;

/// Why a format gives no text.
#[derive(Debug, PartialEq)]
pub(super) enum Problem {
    /// The format is wrong whatever the value; how.
    Format(String),
    /// The format is for other values than this, or for more than one.
    Value,
}

/// What stands between `%` and the conversion's character.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
}

/// The text that `format` makes of `value`.
pub(super) fn format(format: &str, value: &Value) -> Result<String, Problem> {
    // Maps can be asked for entries, and need not be used up; neither need lists.
    let mapping = matches!(value, Value::Map(_) | Value::List(_));
    let chars: Vec<char> = format.chars().collect();
    let mut reader = Reader { chars: &chars, at: 0, whole: value, next: Some(value), mapping };
    let mut out = String::new();
    while let Some(c) = reader.read() {
        if c == '%' {
            let converted = reader.conversion()?;
            out.push_str(&converted);
        } else {
            out.push(c);
        }
    }
    if reader.next.is_some() && !mapping {
        return Err(Problem::Value);
    }
    Ok(out)
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
    whole: &'a Value,
    /// The value that the next conversion takes.
    next: Option<&'a Value>,
    mapping: bool,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }

    fn read_or_break_off(&mut self) -> Result<char, Problem> {
        self.read().ok_or_else(|| Problem::Format("incomplete format".into()))
    }

    fn conversion(&mut self) -> Result<String, Problem> {
        let mut spec = Spec::default();
        let mut c = self.read_or_break_off()?;
        if c == '%' {
            return Ok("%".into());
        }
        if c == '(' {
            self.entry()?;
            c = self.read_or_break_off()?;
        }
        loop {
            match c {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                ' ' => spec.blank = true,
                '#' => spec.alternate = true,
                '0' => spec.zeros = true,
                _ => break,
            }
            c = self.read_or_break_off()?;
        }
        if let Some(width) = self.number(&mut c, "width")? {
            spec.left |= width < 0;
            spec.width = limited(width.unsigned_abs(), "width")?;
        }
        if c == '.' {
            c = self.read_or_break_off()?;
            let precision = self.number(&mut c, "precision")?.unwrap_or_default();
            spec.precision = Some(limited(precision.max(0).unsigned_abs(), "precision")?);
        }
        if matches!(c, 'h' | 'l' | 'L') {
            c = self.read_or_break_off()?;
        }
        let value = self.next.take().ok_or(Problem::Value)?;
        let at = self.at - 1;
        convert(c, value, &spec).map(|field| field.padded(&spec)).map_err(|problem| {
            problem.unwrap_or_else(|| {
                let shown = if (' '..='~').contains(&c) { c } else { '?' };
                let code = c as u32;
                Problem::Format(format!(
                    "unsupported format character '{shown}' (0x{code:x}) at index {at}"
                ))
            })
        })
    }

    /// Takes `KEY)` and the entry of that name.
    fn entry(&mut self) -> Result<(), Problem> {
        if !self.mapping {
            return Err(Problem::Value);
        }
        let (mut key, mut depth) = (String::new(), 1);
        loop {
            let c = self.read().ok_or_else(|| Problem::Format("incomplete format key".into()))?;
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 {
                break;
            }
            key.push(c);
        }
        let map = self.whole.as_map().ok_or(Problem::Value)?;
        let key = Value::Str(key);
        let entry = map.iter().find(|(k, _)| same(k, &key)).ok_or(Problem::Value)?;
        self.next = Some(&entry.1);
        Ok(())
    }

    /// Reads digits, or a `*` that takes the value; `c` is the next character before and after.
    fn number(&mut self, c: &mut char, what: &str) -> Result<Option<i64>, Problem> {
        if *c == '*' {
            let number = match self.next.take().ok_or(Problem::Value)? {
                Value::Int(i) => *i,
                Value::Bool(b) => i64::from(*b),
                _ => return Err(Problem::Value),
            };
            *c = self.read_or_break_off()?;
            return Ok(Some(number));
        }
        let mut digits = String::new();
        while c.is_ascii_digit() {
            digits.push(*c);
            *c = self.read_or_break_off()?;
        }
        if digits.is_empty() {
            return Ok(None);
        }
        digits.parse().map(Some).map_err(|_| Problem::Format(format!("{what} too big")))
    }
}

fn limited(number: u64, what: &str) -> Result<usize, Problem> {
    usize::try_from(number)
        .ok()
        .filter(|n| *n <= MAX_WIDTH)
        .ok_or_else(|| Problem::Format(format!("{what} too big")))
}

/// A converted value before it is padded.
struct Field {
    /// `-` for a negative number; none for what has no sign.
    sign: Option<bool>,
    /// `0x` and its like.
    prefix: &'static str,
    text: String,
    zeros: bool,
}

/// The field for `value`; no problem in the error stands for a character that is no conversion.
fn convert(c: char, value: &Value, spec: &Spec) -> Result<Field, Option<Problem>> {
    match c {
        's' => Ok(cut(text(value), spec)),
        'r' => Ok(cut(repr_value(value), spec)),
        'a' => Ok(cut(escape_non_ascii(&repr_value(value)), spec)),
        'c' => {
            let c = match value {
                Value::Str(s) => {
                    Some(s.chars()).filter(|c| c.clone().count() == 1).and_then(|mut c| c.next())
                }
                Value::Int(i) => u32::try_from(*i).ok().and_then(char::from_u32),
                Value::Bool(b) => char::from_u32((*b).into()),
                _ => None,
            };
            let text = c.ok_or(Some(Problem::Value))?.to_string();
            Ok(Field { sign: None, prefix: "", text, zeros: false })
        }
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => integer(c, value, spec),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let number = match value {
                Value::Float(f) => *f,
                other => float_of_int(other).ok_or(Some(Problem::Value))?,
            };
            let mut text = float(c.to_ascii_lowercase(), number.abs(), spec);
            if c.is_ascii_uppercase() {
                text.make_ascii_uppercase();
            }
            let negative = number.is_sign_negative() && !number.is_nan();
            Ok(Field { sign: Some(negative), prefix: "", text, zeros: spec.zeros })
        }
        _ => Err(None),
    }
}

fn cut(text: String, spec: &Spec) -> Field {
    let text = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text,
    };
    Field { sign: None, prefix: "", text, zeros: false }
}

fn integer(c: char, value: &Value, spec: &Spec) -> Result<Field, Option<Problem>> {
    let digits = match value {
        Value::Bool(b) => u8::from(*b).to_string(),
        Value::Int(i) => i.to_string(),
        Value::BigInt(digits) => digits.clone(),
        Value::Float(f) if !matches!(c, 'o' | 'x' | 'X') => {
            if f.is_nan() {
                return Err(Some(Problem::Format("cannot convert float NaN to integer".into())));
            }
            if f.is_infinite() {
                return Err(Some(Problem::Value));
            }
            whole_digits(*f)
        }
        _ => return Err(Some(Problem::Value)),
    };
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, digits.as_str()),
    };
    let (prefix, mut text) = match c {
        'o' => ("0o", big_digits_in_base(digits, 8)),
        'x' => ("0x", big_digits_in_base(digits, 16)),
        'X' => ("0X", big_digits_in_base(digits, 16).to_ascii_uppercase()),
        _ => ("", digits.to_string()),
    };
    let missing = spec.precision.unwrap_or_default().saturating_sub(text.len());
    text.insert_str(0, &"0".repeat(missing));
    let prefix = if spec.alternate { prefix } else { "" };
    Ok(Field { sign: Some(negative), prefix, text, zeros: spec.zeros })
}

/// A number that is not negative, by `e`, `f` or `g`.
fn float(c: char, number: f64, spec: &Spec) -> String {
    if !number.is_finite() {
        return if number.is_nan() { "nan" } else { "inf" }.into();
    }
    let precision = spec.precision.unwrap_or(6);
    match c {
        'f' => fixed(number, precision, spec),
        'e' => scientific(number, precision, spec),
        _ => {
            let digits = precision.max(1);
            let exponent = format!("{number:.*e}", digits - 1)
                .split_once('e')
                .and_then(|(_, e)| e.parse::<i64>().ok())
                .unwrap_or_default();
            let decimals = i64::try_from(digits).unwrap_or(i64::MAX) - 1 - exponent;
            let text = match usize::try_from(decimals) {
                Ok(decimals) if exponent >= -4 => fixed(number, decimals, spec),
                _ => scientific(number, digits - 1, spec),
            };
            if spec.alternate { text } else { without_trailing_zeros(&text) }
        }
    }
}

fn fixed(number: f64, decimals: usize, spec: &Spec) -> String {
    let point = if decimals == 0 && spec.alternate { "." } else { "" };
    format!("{number:.decimals$}{point}")
}

fn scientific(number: f64, decimals: usize, spec: &Spec) -> String {
    let text = format!("{number:.decimals$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if decimals == 0 && spec.alternate { "." } else { "" };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{mantissa}{point}e{sign}{exponent:0>2}")
}

fn without_trailing_zeros(text: &str) -> String {
    let (mantissa, exponent) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    format!("{mantissa}{exponent}")
}

impl Field {
    fn padded(self, spec: &Spec) -> String {
        let sign = match self.sign {
            Some(true) => "-",
            Some(false) if spec.plus => "+",
            Some(false) if spec.blank => " ",
            _ => "",
        };
        let used = sign.len() + self.prefix.len() + self.text.chars().count();
        let missing = spec.width.saturating_sub(used);
        let (before, zeros, after) = match (spec.left, self.zeros) {
            (true, _) => (0, 0, missing),
            (false, true) => (0, missing, 0),
            (false, false) => (missing, 0, 0),
        };
        let blanks = |n| " ".repeat(n);
        let (before, zeros, after) = (blanks(before), "0".repeat(zeros), blanks(after));
        format!("{before}{sign}{}{zeros}{}{after}", self.prefix, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(format: &str, json: &str) -> String {
        super::format(format, &serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn numbers() {
        for (format, value, expected) in [
            ("%5.1f|", "2.25", "  2.2|"),
            ("%-7d|", "3.9", "3      |"),
            ("%+06d", "-3", "-00003"),
            ("%+.3e", "12345", "+1.234e+04"),
            ("%g", "0.0001", "0.0001"),
            ("%g", "1e-5", "1e-05"),
            ("%.3g", "1234.5", "1.23e+03"),
            ("%#.3g", "2", "2.00"),
            ("%#x", "-255", "-0xff"),
            ("%#08X", "255", "0X0000FF"),
            ("%.4o", "8", "0010"),
            ("%F", r#"{"$float": "-inf"}"#, "-INF"),
            ("%05f", r#"{"$float": "nan"}"#, "00nan"),
            ("%#.0f", "3", "3."),
            ("%x", r#"{"$int": "18446744073709551616"}"#, "10000000000000000"),
            ("%d", "true", "1"),
            ("%c", "97", "a"),
            ("%%", "[]", "%"),
        ] {
            assert_eq!(formatted(format, value), expected, "{format} of {value}");
        }
    }

    #[test]
    fn texts_and_entries() {
        assert_eq!(formatted("%.2s|%%", r#""abc""#), "ab|%");
        assert_eq!(formatted("%a", r#""é""#), r"'\xe9'");
        assert_eq!(formatted("%(a)s-%(b)05.1f", r#"{"a": [1], "b": 2.5}"#), "[1]-002.5");
        assert_eq!(formatted("no value", "[1]"), "no value");
    }

    #[test]
    fn what_does_not_fit() {
        let problem = |format: &str, value: Value| super::format(format, &value).unwrap_err();
        for (format, value) in [
            ("%d", Value::str("1")),
            ("%x", Value::Float(1.0)),
            ("%s%s", Value::Int(1)),
            ("none", Value::Int(1)),
            ("%*d", Value::Int(1)),
            ("%(a)s", Value::Int(1)),
            ("%(a)s", Value::Map(Default::default())),
            ("%d", Value::Float(f64::INFINITY)),
        ] {
            assert_eq!(problem(format, value), Problem::Value, "{format}");
        }
        for format in ["%", "%5", "%5%", "%.", "%l", "%y", "%99999999999999999999d", "%99999d"] {
            assert!(matches!(problem(format, Value::Int(1)), Problem::Format(_)), "{format}");
        }
    }
}
