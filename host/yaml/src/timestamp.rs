//! Dates and times: what a text means and the text that Python's `str` gives it.

use std::cmp::Ordering;

/// Whether a plain scalar is a timestamp: `2020-01-02`, or a date and a time of day where months,
/// days and hours may have one digit.
pub(crate) fn is_implicit(text: &str) -> bool {
    match Fields::parse(text) {
        Some(Fields { time: None, .. }) => text.len() == 10,
        found => found.is_some(),
    }
}

/// What Python's `str` makes of the date or datetime that `text` stands for. The `$` of Python's pattern lets a last line break pass.
pub(crate) fn canonical(text: &str) -> Result<String, String> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let fields = Fields::parse(line).ok_or_else(|| format!("'{text}' is no timestamp"))?;
    let (year, month, day) = fields.date;
    if year == 0 {
        return Err("year 0 is out of range".into());
    }
    if !(1..=12).contains(&month) {
        return Err("month must be in 1..12".into());
    }
    if !(1..=days_in(year, month)).contains(&day) {
        return Err("day is out of range for month".into());
    }
    let mut out = format!("{year:04}-{month:02}-{day:02}");
    let Some((hour, minute, second)) = fields.time else { return Ok(out) };
    for (name, value, limit) in [("hour", hour, 23), ("minute", minute, 59), ("second", second, 59)]
    {
        if value > limit {
            return Err(format!("{name} must be in 0..{limit}"));
        }
    }
    out.push_str(&format!(" {hour:02}:{minute:02}:{second:02}"));
    if fields.micros > 0 {
        out.push_str(&format!(".{:06}", fields.micros));
    }
    if let Some(offset) = fields.offset {
        if offset.abs() >= 24 * 60 {
            return Err("offset must be strictly between -24 and 24 hours".into());
        }
        let sign = if offset < 0 { '-' } else { '+' };
        out.push_str(&format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60));
    }
    Ok(out)
}

/// How Python orders two dates or datetimes, or nothing where it refuses to: a date with a
/// datetime, one with a time zone with one without.
pub(crate) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Fields::parse(a)?, Fields::parse(b)?);
    if a.time.is_some() != b.time.is_some() || a.offset.is_some() != b.offset.is_some() {
        return None;
    }
    Some(a.instant().cmp(&b.instant()))
}

/// The parts of a timestamp, not yet checked against the calendar.
struct Fields {
    date: (u32, u32, u32),
    time: Option<(u32, u32, u32)>,
    micros: u32,
    /// Minutes east of Greenwich.
    offset: Option<i32>,
}

impl Fields {
    fn parse(text: &str) -> Option<Fields> {
        let (year, rest) = digits(text, 4, 4)?;
        let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
        let (day, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
        let mut fields = Fields { date: (year, month, day), time: None, micros: 0, offset: None };
        if rest.is_empty() {
            return Some(fields);
        }
        let rest = match rest.strip_prefix(['T', 't']) {
            Some(rest) => rest,
            None => rest.strip_prefix(BLANK)?.trim_start_matches(BLANK),
        };
        let (hour, rest) = digits(rest, 1, 2)?;
        let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
        let (second, mut rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
        fields.time = Some((hour, minute, second));
        if let Some(after) = rest.strip_prefix('.') {
            let n = after.bytes().take_while(u8::is_ascii_digit).count();
            let six: String = after[..n].chars().chain("000000".chars()).take(6).collect();
            fields.micros = six.parse().ok()?;
            rest = &after[n..];
        }
        if !rest.is_empty() {
            fields.offset = Some(offset(rest.trim_start_matches(BLANK))?);
        }
        Some(fields)
    }

    /// Microseconds since a fixed day, in Greenwich where the offset is known.
    fn instant(&self) -> i64 {
        let (year, month, day) = self.date;
        // Days from the civil date, with years that begin in March so that leap days come last.
        let year = i64::from(year) - i64::from(month <= 2);
        let month = (i64::from(month) + 9) % 12;
        let days = 365 * year + year / 4 - year / 100
            + year / 400
            + (153 * month + 2) / 5
            + i64::from(day);
        let (hour, minute, second) = self.time.unwrap_or_default();
        let minutes =
            i64::from(hour) * 60 + i64::from(minute) - i64::from(self.offset.unwrap_or_default());
        ((days * 24 * 60 + minutes) * 60 + i64::from(second)) * 1_000_000 + i64::from(self.micros)
    }
}

const BLANK: [char; 2] = [' ', '\t'];

/// The number in the digits at the start of `text`, at least `min` and at most `max` of them.
fn digits(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let n = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    if n < min {
        return None;
    }
    Some((text[..n].parse().ok()?, &text[n..]))
}

/// `Z`, `+1`, `-01:30`.
fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let negative = text.starts_with('-');
    let (hours, rest) = digits(text.strip_prefix(['-', '+'])?, 1, 2)?;
    let minutes = match rest.strip_prefix(':') {
        Some(rest) => {
            let (minutes, rest) = digits(rest, 2, 2)?;
            rest.is_empty().then_some(minutes)?
        }
        None => rest.is_empty().then_some(0)?,
    };
    let total = (hours * 60 + minutes) as i32;
    Some(if negative { -total } else { total })
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_needs_two_digits_everywhere_but_a_datetime_does_not() {
        for text in ["2020-01-02", "2020-1-2 3:04:05", "2020-01-02T03:04:05.5 Z"] {
            assert!(is_implicit(text), "{text}");
        }
        for text in ["2020-1-2", "2020-01-02 03:04", "2020-01-02 03:04:05 ", "20-01-02"] {
            assert!(!is_implicit(text), "{text}");
        }
    }

    #[test]
    fn the_text_is_that_of_python() {
        for (text, expected) in [
            ("2020-1-2", "2020-01-02"),
            ("2020-1-2t3:04:05", "2020-01-02 03:04:05"),
            ("2020-01-02 03:04:05.10 Z", "2020-01-02 03:04:05.100000+00:00"),
            ("2020-01-02 03:04:05.1234567-5", "2020-01-02 03:04:05.123456-05:00"),
            ("2020-02-29 23:59:59 +5:30", "2020-02-29 23:59:59+05:30"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["2021-02-29", "2020-13-01", "0000-01-01", "2020-01-01 24:00:00", "x"] {
            assert!(canonical(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_with_zones_are_ordered_by_instant() {
        let early = "2020-01-01 01:00:00+02:00";
        let late = "2020-01-01 00:00:00+00:00";
        assert_eq!(compare(early, late), Some(Ordering::Less));
        assert_eq!(compare("2019-12-31", "2020-01-01"), Some(Ordering::Less));
        assert_eq!(compare("2020-02-29", "2020-03-01"), Some(Ordering::Less));
        assert_eq!(compare("2020-01-01", late), None);
        assert_eq!(compare("2020-01-01 00:00:00", late), None);
    }
}
