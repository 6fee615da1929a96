//! From tokens to a range, by recursive descent.

use jiff::civil::{Date, DateTime, Time};

use super::lex::{Kind, Token, tokens};
use super::{BEYOND, TimeRange, TimeRangeError, Unit};

/// The range that `spec` means for somebody whose clock shows `now`.
///
/// # Errors
/// When the text is no range, or there is no such day or time.
pub fn parse(spec: &str, now: DateTime) -> Result<TimeRange, TimeRangeError> {
    let mut parser = Parser { tokens: tokens(spec)?, at: 0, now };
    let range = parser.spec()?;
    match parser.tokens.get(parser.at) {
        None => Ok(range),
        Some(_) => Err(parser.unexpected()),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    now: DateTime,
}

/// A moment, and how much of the day it names.
struct Moment {
    time: DateTime,
    named: Named,
}

enum Named {
    Day,
    Minute,
    Second,
}

impl Parser {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Word(w)) if w == word);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self) -> TimeRangeError {
        match self.tokens.get(self.at) {
            None => TimeRangeError::End,
            Some(Token { text, position, .. }) => {
                TimeRangeError::Unexpected(text.clone(), *position)
            }
        }
    }

    fn spec(&mut self) -> Result<TimeRange, TimeRangeError> {
        if self.take_word("last") {
            return self.last();
        }
        if self.take_word("between") {
            let a = self.range()?;
            if !self.take_word("and") {
                return Err(self.unexpected());
            }
            return between(a, self.range()?);
        }
        if matches!(self.peek(), Some(Kind::Date(_) | Kind::ShortYear(_) | Kind::Time(_))) {
            let Moment { time, named } = self.moment()?;
            return match named {
                Named::Day => Unit::Day.range(time, 0),
                Named::Minute => Unit::Minute.range(time, 0),
                Named::Second => {
                    let second = jiff::Span::new().seconds(1);
                    let end = time.checked_add(second).map_err(|_| BEYOND)?;
                    Ok(TimeRange { start: Some(time), end: Some(end) })
                }
            };
        }
        self.range()
    }

    fn last(&mut self) -> Result<TimeRange, TimeRangeError> {
        let count = match self.peek() {
            Some(Kind::Number(count)) => *count,
            _ => 1,
        };
        self.at += usize::from(matches!(self.peek(), Some(Kind::Number(_))));
        let Some(Kind::Unit(unit @ (Unit::Minute | Unit::Hour | Unit::Day))) = self.peek() else {
            return Err(self.unexpected());
        };
        let start = self.now.checked_sub(unit.span(count)?).map_err(|_| BEYOND)?;
        self.at += 1;
        Ok(TimeRange { start: Some(start), end: None })
    }

    fn range(&mut self) -> Result<TimeRange, TimeRangeError> {
        if self.take_word("before") {
            let end = self.bound(|range| range.start)?;
            return Ok(TimeRange { start: None, end });
        }
        if self.take_word("after") {
            let start = self.bound(|range| range.end)?;
            return Ok(TimeRange { start, end: None });
        }
        self.closed_range()
    }

    /// A moment, or the side of a unit that `side` takes.
    fn bound(
        &mut self,
        side: fn(TimeRange) -> Option<DateTime>,
    ) -> Result<Option<DateTime>, TimeRangeError> {
        self.closed_range().map(side)
    }

    /// A unit, or a moment as both its ends.
    fn closed_range(&mut self) -> Result<TimeRange, TimeRangeError> {
        if self.take_word("today") {
            return Unit::Day.range(self.now, 0);
        }
        if self.take_word("yesterday") {
            return Unit::Day.range(self.now, 1);
        }
        if self.take_word("this") {
            return self.unit()?.range(self.now, 0);
        }
        if let Some(Kind::Number(count)) = self.peek() {
            let count = *count;
            self.at += 1;
            let unit = self.unit()?;
            if !self.take_word("ago") {
                return Err(self.unexpected());
            }
            return unit.range(self.now, count);
        }
        let time = Some(self.moment()?.time);
        Ok(TimeRange { start: time, end: time })
    }

    fn unit(&mut self) -> Result<Unit, TimeRangeError> {
        let Some(Kind::Unit(unit)) = self.peek() else { return Err(self.unexpected()) };
        let unit = *unit;
        self.at += 1;
        Ok(unit)
    }

    fn moment(&mut self) -> Result<Moment, TimeRangeError> {
        let day = self.date()?;
        let Some(Kind::Time(parts)) = self.peek() else {
            let day = day.ok_or_else(|| self.unexpected())?;
            return Ok(Moment { time: day.to_datetime(Time::midnight()), named: Named::Day });
        };
        let named = if parts.len() == 3 { Named::Second } else { Named::Minute };
        let time = time(parts)?;
        self.at += 1;
        Ok(Moment { time: day.unwrap_or(self.now.date()).to_datetime(time), named })
    }

    fn date(&mut self) -> Result<Option<Date>, TimeRangeError> {
        let now = i64::from(self.now.year());
        let found = match self.peek() {
            Some(Kind::ShortYear(parts)) => {
                let [year, month, day] = parts[..] else { return Ok(None) };
                date(now / 100 * 100 + year, month, day)?
            }
            Some(Kind::Date(parts)) => match parts[..] {
                [year, month, day] => date(year, month, day)?,
                [month, day] => date(now, month, day)?,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(found))
    }
}

/// From the earlier start to the end of the other.
fn between(a: TimeRange, b: TimeRange) -> Result<TimeRange, TimeRangeError> {
    let (Some(a_start), Some(b_start)) = (a.start, b.start) else {
        let text = "a range without a start cannot be used in 'between'";
        return Err(TimeRangeError::NoSuchTime(text));
    };
    let (first, last) = if a_start < b_start { (a, b) } else { (b, a) };
    Ok(TimeRange { start: first.start, end: last.end })
}

fn date(year: i64, month: i64, day: i64) -> Result<Date, TimeRangeError> {
    let no = TimeRangeError::NoSuchTime;
    if year < 1 {
        return Err(no("year 0 is out of range"));
    }
    if !(1..=12).contains(&month) {
        return Err(no("month must be in 1..12"));
    }
    let part = |n: i64| i8::try_from(n).map_err(|_| BEYOND);
    let year = i16::try_from(year).map_err(|_| BEYOND)?;
    Date::new(year, part(month)?, part(day)?).map_err(|_| no("day is out of range for month"))
}

fn time(parts: &[i64]) -> Result<Time, TimeRangeError> {
    let no = TimeRangeError::NoSuchTime;
    let second = parts.get(2).copied().unwrap_or_default();
    let (hour, minute) = (parts[0], parts[1]);
    let part = |n: i64, max: i8, text| i8::try_from(n).ok().filter(|n| *n <= max).ok_or(no(text));
    let hour = part(hour, 23, "hour must be in 0..23")?;
    let minute = part(minute, 59, "minute must be in 0..59")?;
    let second = part(second, 59, "second must be in 0..59")?;
    Time::new(hour, minute, second, 0).map_err(|_| BEYOND)
}
