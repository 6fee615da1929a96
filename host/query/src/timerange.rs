//! Ranges of time: `last 2 hours`, `between 1-1 and 4-30`, `3 weeks ago`.
//!
//! ```text
//! spec      = unit-range | open-range | last | between | datetime
//! unit-range = "today" | "yesterday" | "this" unit | number unit "ago"
//! open-range = ( "before" | "after" ) ( unit-range | datetime )
//! last      = "last" [ number ] ( minute | hour | day )
//! between   = "between" range "and" range
//! range     = unit-range | open-range | datetime
//! datetime  = date | time | date time
//! unit      = minute | hour | day | week | month | year
//! date      = [ [ "YY" ] "YY-" ] "MM-DD"
//! time      = "HH:MM" [ ":SS" ]
//! ```
//!
//! Words mean the same in upper case, units may have an `s`, `min` and `hr` are units too. Times
//! are those of the user's clock.

mod lex;
mod parse;

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

pub use parse::parse;

/// From when to when: `start <= time < end`, each side open where it is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// The first moment in it.
    pub start: Option<DateTime>,
    /// The first moment after it.
    pub end: Option<DateTime>,
}

impl TimeRange {
    /// Whether `time` is in it.
    pub fn contains(&self, time: DateTime) -> bool {
        self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time < end)
    }
}

/// Why a text is no range of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeRangeError {
    /// It ends too early.
    #[error("spec cannot be empty")]
    End,
    /// Something is where it may not be.
    #[error("unexpected '{0}' at position {1}")]
    Unexpected(String, usize),
    /// There is no such day or time.
    #[error("{0}")]
    NoSuchTime(&'static str),
}

const BEYOND: TimeRangeError = TimeRangeError::NoSuchTime("date value out of range");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    fn span(self, count: i64) -> Result<Span, TimeRangeError> {
        let span = Span::new();
        let span = match self {
            Unit::Minute => span.try_minutes(count),
            Unit::Hour => span.try_hours(count),
            Unit::Day => span.try_days(count),
            Unit::Week => span.try_weeks(count),
            Unit::Month => span.try_months(count),
            Unit::Year => span.try_years(count),
        };
        span.map_err(|_| BEYOND)
    }

    /// The first moment of the unit that `time` is in. Weeks start on Monday.
    fn start(self, time: DateTime) -> Result<DateTime, TimeRangeError> {
        let day = time.date();
        let at = |hour, minute| {
            let time = Time::new(hour, minute, 0, 0).map_err(|_| BEYOND)?;
            Ok(day.to_datetime(time))
        };
        let midnight = |day: Date| day.to_datetime(Time::midnight());
        match self {
            Unit::Minute => at(time.hour(), time.minute()),
            Unit::Hour => at(time.hour(), 0),
            Unit::Day => Ok(midnight(day)),
            Unit::Week => {
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(Unit::Day.span(since_monday)?).map(midnight).map_err(|_| BEYOND)
            }
            Unit::Month => Ok(midnight(day.first_of_month())),
            Unit::Year => Ok(midnight(day.first_of_year())),
        }
    }

    /// The whole unit that was `ago` units before the one that `time` is in.
    fn range(self, time: DateTime, ago: i64) -> Result<TimeRange, TimeRangeError> {
        let start = self.start(time)?.checked_sub(self.span(ago)?).map_err(|_| BEYOND)?;
        let end = start.checked_add(self.span(1)?).map_err(|_| BEYOND)?;
        Ok(TimeRange { start: Some(start), end: Some(end) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Sunday.
    const NOW: &str = "2026-11-22T22:20:25.5";

    fn range(spec: &str) -> String {
        match parse(spec, NOW.parse().unwrap()) {
            Ok(TimeRange { start, end }) => {
                let show = |t: Option<DateTime>| t.map_or("*".into(), |t| t.to_string());
                format!("{} {}", show(start), show(end))
            }
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn ranges() {
        for (spec, want) in [
            ("today", "2026-11-22T00:00:00 2026-11-23T00:00:00"),
            ("Yesterday", "2026-11-21T00:00:00 2026-11-22T00:00:00"),
            ("this minute", "2026-11-22T22:20:00 2026-11-22T22:21:00"),
            ("2 hours ago", "2026-11-22T20:00:00 2026-11-22T21:00:00"),
            ("this week", "2026-11-16T00:00:00 2026-11-23T00:00:00"),
            ("1 week ago", "2026-11-09T00:00:00 2026-11-16T00:00:00"),
            ("this month", "2026-11-01T00:00:00 2026-12-01T00:00:00"),
            ("9 months ago", "2026-02-01T00:00:00 2026-03-01T00:00:00"),
            ("1 year ago", "2025-01-01T00:00:00 2026-01-01T00:00:00"),
            ("last hour", "2026-11-22T21:20:25.5 *"),
            ("last 90 min", "2026-11-22T20:50:25.5 *"),
            ("after 7-1", "2026-07-01T00:00:00 *"),
            ("before 9:30:10", "* 2026-11-22T09:30:10"),
            ("after this week", "2026-11-23T00:00:00 *"),
            ("before yesterday", "* 2026-11-21T00:00:00"),
            ("between 1-1 and 4-30", "2026-01-01T00:00:00 2026-04-30T00:00:00"),
            ("between 4-30 and 1-1", "2026-01-01T00:00:00 2026-04-30T00:00:00"),
            ("between 5 days ago and 1 day ago", "2026-11-17T00:00:00 2026-11-22T00:00:00"),
            ("20-3-4", "2020-03-04T00:00:00 2020-03-05T00:00:00"),
            ("2020-3-4 5:06", "2020-03-04T05:06:00 2020-03-04T05:07:00"),
            ("5:06:07", "2026-11-22T05:06:07 2026-11-22T05:06:08"),
        ] {
            assert_eq!(range(spec), want, "{spec}");
        }
    }

    #[test]
    fn what_is_none() {
        for (spec, want) in [
            ("", "spec cannot be empty"),
            ("last", "spec cannot be empty"),
            ("foo", "unexpected 'foo' at position 0"),
            ("last week", "unexpected 'week' at position 5"),
            ("13-1", "month must be in 1..12"),
            ("2-30", "day is out of range for month"),
            ("25:00", "hour must be in 0..23"),
            ("5:61", "minute must be in 0..59"),
            ("1 mins ago", "unexpected 's' at position 5"),
            ("99999999999 years ago", "date value out of range"),
            ("last 99999999999999999999 days", "date value out of range"),
            ("20000 years ago", "date value out of range"),
            ("today today", "unexpected 'today' at position 6"),
            ("between before 1-1 and 2-2", "a range without a start cannot be used in 'between'"),
            ("%", "unexpected '%' at position 0"),
        ] {
            assert_eq!(range(spec), want, "{spec}");
        }
    }
}
