//! How one scalar is written: its text, and whether it needs quotes.

use guild_plugin_api::Value;

/// The three ways to write text on one line.
pub(super) enum Style {
    /// As it is.
    Plain,
    /// In single quotes, which are doubled inside.
    Single,
    /// In double quotes, with escapes.
    Double,
}

/// The text of a scalar, before quoting. Of a collection, nothing.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::BigInt(digits) => digits.clone(),
        Value::Float(f) => float(*f),
        Value::Str(s) | Value::Time(s) => s.clone(),
        _ => String::new(),
    }
}

/// The length of the type tag that counts towards the length of a key, though it is not written.
pub(super) fn tag_length(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => "!!null".len(),
        Value::Float(_) => "!!float".len(),
        _ => "!!str".len(),
    }
}

/// What a key is as a number: in Python `True` is 1.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        Value::Int(i) => Some(*i as f64),
        Value::Float(f) => Some(*f),
        Value::BigInt(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// A float as Python writes it, with the point that YAML 1.1 wants.
fn float(f: f64) -> String {
    if f.is_nan() {
        return ".nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let short = format!("{f:e}");
    let (digits, exponent) = short.split_once('e').unwrap_or((&short, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = f.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}{point}e{sign}{:02}", exponent.abs())
}

/// How to write `text`. A text of type string must not read as something else.
pub(super) fn style(text: &str, is_str: bool, is_key: bool) -> Style {
    let form = Form::of(text);
    let reads_as_itself = !is_str || !is_other_type(text);
    if reads_as_itself && form.plain && !(is_key && (text.is_empty() || form.lines)) {
        Style::Plain
    } else if form.single && !(is_key && form.lines) {
        Style::Single
    } else {
        Style::Double
    }
}

struct Form {
    plain: bool,
    single: bool,
    lines: bool,
}

impl Form {
    fn of(text: &str) -> Form {
        let ends_word =
            |c: Option<char>| c.is_none_or(|c| " \t\r\n\0\u{85}\u{2028}\u{2029}".contains(c));
        let mut marks = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut lines, mut space_break, mut break_space) =
            (false, false, false, false);
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let then = chars.peek().copied();
            marks |= match (before, c) {
                (None, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>') => true,
                (None, '\'' | '"' | '%' | '@' | '`') => true,
                (None, '?' | ':' | '-') | (Some(_), ':') => ends_word(then),
                (Some(_), '#') => ends_word(before),
                _ => false,
            };
            let is_break = is_break(c);
            lines |= is_break;
            special |= c != '\n' && !(' '..='~').contains(&c);
            space_break |= before == Some(' ') && is_break;
            break_space |= before == Some('\n') && c == ' ';
            before = Some(c);
        }
        let edge = |c: Option<char>| matches!(c, Some(' ' | '\n'));
        let edges = edge(text.chars().next()) || edge(before);
        Form {
            plain: !(marks || special || lines || edges || space_break || break_space),
            single: !(special || space_break || break_space),
            lines,
        }
    }
}

/// Whether the text has more than one line.
pub(super) fn has_lines(text: &str) -> bool {
    text.contains(is_break)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The escape sequence for a character in double quotes.
pub(super) fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match u32::from(c) {
                n @ 0..=0xff => format!("\\x{n:02X}"),
                n @ 0..=0xffff => format!("\\u{n:04X}"),
                n => format!("\\U{n:08X}"),
            };
        }
    };
    format!("\\{short}")
}

/// Whether YAML 1.1, as PyYAML and Guild AI know it, reads plain `text` as something else than
/// text.
fn is_other_type(text: &str) -> bool {
    let case = |word: &str| {
        let mut title = word.to_owned();
        title[..1].make_ascii_uppercase();
        text == word || text == title || text == word.to_ascii_uppercase()
    };
    if ["yes", "no", "true", "false", "on", "off", "null"].iter().any(|w| case(w)) {
        return true;
    }
    matches!(text, "" | "~" | "<<" | "=") || is_int(text) || is_float(text) || is_time(text)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, ok: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(ok)
}

fn digits(text: &str) -> bool {
    all(text, |b| b.is_ascii_digit() || b == b'_')
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_int(text: &str) -> bool {
    let n = unsigned(text);
    if let Some(bits) = n.strip_prefix("0b") {
        return all(bits, |b| matches!(b, b'0' | b'1' | b'_'));
    }
    if let Some(hex) = n.strip_prefix("0x") {
        return all(hex, |b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(octal) = n.strip_prefix('0') {
        return octal.is_empty() || all(octal, |b| matches!(b, b'0'..=b'7' | b'_'));
    }
    starts_with_digit(n) && (digits(n) || is_sexagesimal(n))
}

/// `1:30:00`: the groups behind the first have one or two digits, below sixty.
fn is_sexagesimal(n: &str) -> bool {
    let Some((first, groups)) = n.split_once(':') else { return false };
    digits(first)
        && groups.split(':').all(|g| match g.as_bytes() {
            [d] => d.is_ascii_digit(),
            [b'0'..=b'5', d] => d.is_ascii_digit(),
            _ => false,
        })
}

fn is_float(text: &str) -> bool {
    let n = unsigned(text);
    if matches!(n, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let fraction = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let whole = |part: &str| starts_with_digit(part) && digits(part);
    let (mantissa, exponent) = match n.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (n, None),
    };
    let unsigned_exponent = |e: &str| all(unsigned(e), |b| b.is_ascii_digit());
    if !exponent.is_none_or(unsigned_exponent) {
        return false;
    }
    match mantissa.split_once('.') {
        // `1e5`: a float in Guild, not in PyYAML.
        None => exponent.is_some() && whole(mantissa),
        // Without digits before the point no sign is allowed, and the exponent must have one.
        Some(("", rest)) => {
            let signed = exponent.is_none_or(|e| e.starts_with(['-', '+']));
            n == text && !rest.is_empty() && fraction(rest) && signed
        }
        Some((first, rest)) if first.contains(':') => {
            starts_with_digit(first)
                && is_sexagesimal(first)
                && fraction(rest)
                && exponent.is_none()
        }
        Some((first, rest)) => whole(first) && fraction(rest),
    }
}

/// A date, or a date and a time of day.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let number = |s: &str, most: usize| s.len() <= most && all(s, |b| b.is_ascii_digit());
    if year.len() != 4 || !number(year, 4) || !number(month, 2) {
        return false;
    }
    let day = &rest[..rest.bytes().take(2).take_while(u8::is_ascii_digit).count()];
    if day.is_empty() {
        return false;
    }
    let rest = &rest[day.len()..];
    if rest.is_empty() {
        return month.len() == 2 && day.len() == 2;
    }
    let clock = match rest.strip_prefix(['T', 't']) {
        Some(clock) => clock,
        None => {
            let clock = rest.trim_start_matches([' ', '\t']);
            if clock.len() == rest.len() {
                return false;
            }
            clock
        }
    };
    is_clock(clock)
}

/// `3:04:05.678 +01:00`.
fn is_clock(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (Some(hour), Some(minute), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_number = |s: &str| all(s, |b| b.is_ascii_digit());
    let seconds_length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=2).contains(&hour.len())
        || !is_number(hour)
        || minute.len() != 2
        || !is_number(minute)
        || seconds_length != 2
    {
        return false;
    }
    let rest = &rest[2..];
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let zone = zone.trim_start_matches([' ', '\t']);
    if zone == "Z" {
        return true;
    }
    if zone.is_empty() {
        // Blanks at the end belong to a zone that would have to follow.
        return !rest.ends_with([' ', '\t']);
    }
    let Some(offset) = zone.strip_prefix(['-', '+']) else { return false };
    let (hours, minutes) = match offset.split_once(':') {
        Some((h, m)) => (h, Some(m)),
        None => (offset, None),
    };
    (1..=2).contains(&hours.len())
        && is_number(hours)
        && minutes.is_none_or(|m| m.len() == 2 && is_number(m))
}
