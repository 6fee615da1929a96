//! Values and strings as `str` and `repr` of Guild AI 0.9.0 write them: labels, messages and plain
//! arguments have that form.

use guild_plugin_api::Value;
use guild_yaml::python_float_repr;
use unicode_general_category::{GeneralCategory, get_general_category};

use super::compare::key_order;

/// The text of a value as `str` gives it: a string as it is, `True`, `None`, `1e-05`,
/// `[1, 'a']`.
pub fn text(value: &Value) -> String {
    match value {
        Value::Str(s) | Value::Time(s) => s.clone(),
        other => repr_value(other),
    }
}

/// The text of a value as `repr` gives it.
pub fn repr_value(value: &Value) -> String {
    match value {
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Int(i) => i.to_string(),
        Value::BigInt(digits) => digits.clone(),
        Value::Float(f) => python_float_repr(*f),
        Value::Str(s) => repr(s),
        Value::Time(t) => time_repr(t),
        Value::List(items) => {
            format!("[{}]", items.iter().map(repr_value).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let entry = |(k, v): &(Value, Value)| format!("{}: {}", repr_value(k), repr_value(v));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Set(items) if items.is_empty() => "set()".into(),
        Value::Set(items) => {
            // Python has no order here. That of small numbers is by size, so this is for all.
            let mut items: Vec<_> = items.iter().collect();
            items.sort_by(|a, b| key_order(a, b));
            format!("{{{}}}", items.into_iter().map(repr_value).collect::<Vec<_>>().join(", "))
        }
        _ => "None".into(),
    }
}

/// A string as `repr` writes it: in single quotes unless it holds some and no double
/// ones, with escapes for what cannot be seen.
///
/// ```
/// use guild_flags::value::repr;
/// assert_eq!(repr("a b"), "'a b'");
/// assert_eq!(repr("it's"), "\"it's\"");
/// assert_eq!(repr("\u{7}\n\\é\u{200b}"), r"'\x07\n\\é\u200b'");
/// ```
pub fn repr(s: &str) -> String {
    let quote = if s.contains('\'') && !s.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(s.len() + 2);
    out.push(quote);
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if c == quote => out.extend(['\\', c]),
            _ if is_printable(c) => out.push(c),
            _ => push_escape(&mut out, c),
        }
    }
    out.push(quote);
    out
}

/// Escapes the characters beyond ASCII, as `ascii` does to a `repr`.
pub(crate) fn escape_non_ascii(repr: &str) -> String {
    let mut out = String::with_capacity(repr.len());
    for c in repr.chars() {
        if c.is_ascii() { out.push(c) } else { push_escape(&mut out, c) }
    }
    out
}

fn push_escape(out: &mut String, c: char) {
    let code = c as u32;
    out.push_str(&match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    });
}

fn is_printable(c: char) -> bool {
    use GeneralCategory as G;
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !matches!(
        get_general_category(c),
        G::Control
            | G::Format
            | G::Surrogate
            | G::PrivateUse
            | G::Unassigned
            | G::LineSeparator
            | G::ParagraphSeparator
            | G::SpaceSeparator
    )
}

/// `datetime.date(2020, 1, 2)` and its like for the text of a date or time.
fn time_repr(text: &str) -> String {
    let number =
        |part: &str| part.parse::<u32>().map_or_else(|_| part.to_string(), |n| n.to_string());
    let numbers = |part: &str, by: char| part.split(by).map(number).collect::<Vec<_>>();
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let mut parts = numbers(date, '-');
    if time.is_empty() {
        return format!("datetime.date({})", parts.join(", "));
    }
    let (clock, zone) = match time.find(['+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = numbers(clock, ':');
    if !fraction.is_empty() {
        clock.push(number(fraction));
    } else if clock.len() == 3 && clock[2] == "0" {
        clock.pop();
    }
    parts.extend(clock);
    if !zone.is_empty() {
        parts.push(format!("tzinfo={}", zone_repr(zone)));
    }
    format!("datetime.datetime({})", parts.join(", "))
}

/// The zone of `+01:30`: an offset is days, below zero if need be, and seconds of a day.
fn zone_repr(zone: &str) -> String {
    let mut parts = zone[1..].split(':').map(|p| p.parse::<i64>().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    let seconds = next() * 3600 + next() * 60 + next();
    if seconds == 0 {
        return "datetime.timezone.utc".into();
    }
    let delta = if zone.starts_with('-') {
        format!("days=-1, seconds={}", 86_400 - seconds)
    } else {
        format!("seconds={seconds}")
    };
    format!("datetime.timezone(datetime.timedelta({delta}))")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (number, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (1_286_742_750_677_293.3, "1286742750677293.2"),
            (-1_286_742_750_677_293.8, "-1286742750677293.8"),
            (-12.5, "-12.5"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(python_float_repr(number), expected);
        }
    }

    #[test]
    fn nested_values_and_times() {
        let value: Value = serde_json::from_str(
            r#"{"a": [1, null, true, "x", {"$time": "2020-01-02"}],
                "b": {"$time": "2020-01-02 03:04:00+01:30"},
                "c": {"$time": "2020-01-02 03:04:05.000600"},
                "d": {"$time": "2020-01-02 03:04:05-01:00"}}"#,
        )
        .unwrap();
        assert_eq!(
            text(&value),
            "{'a': [1, None, True, 'x', datetime.date(2020, 1, 2)], \
             'b': datetime.datetime(2020, 1, 2, 3, 4, tzinfo=datetime.timezone(datetime.timedelta(seconds=5400))), \
             'c': datetime.datetime(2020, 1, 2, 3, 4, 5, 600), \
             'd': datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=82800)))}"
        );
    }

    #[test]
    fn strings() {
        assert_eq!(repr("'\""), r#"'\'"'"#);
        assert_eq!(repr("\u{e000}\u{1f600}\u{10ffff}"), "'\\ue000\u{1f600}\\U0010ffff'");
        assert_eq!(escape_non_ascii(&repr("é\u{1f600}")), "'\\xe9\\U0001f600'");
    }
}
