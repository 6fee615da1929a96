//! Times and durations. A time is a number of microseconds since 1970 in UTC.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::zone::Zone;

/// The time now. Each call in a process gets a later time than the one before, so that runs that
/// start at once keep their order.
pub fn now() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(i64::MIN);
    let now = wall_clock();
    let next = |last: i64| Some(now.max(last.saturating_add(1)));
    match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
        Ok(last) => now.max(last.saturating_add(1)),
        Err(_) => now,
    }
}

fn wall_clock() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |t| -t),
    }
}

/// `2023-07-14 22:13:20` in `zone`; empty for 0 and for times beyond the years that there are.
pub fn format_time(time: i64, zone: &Zone) -> String {
    match Timestamp::from_microsecond(time) {
        Ok(t) if time != 0 => t.to_zoned(zone.0.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        _ => String::new(),
    }
}

/// What a clock in `zone` shows at `time`, to the second; none beyond the years that there are.
pub fn civil(time: i64, zone: &Zone) -> Option<DateTime> {
    let second = Timestamp::from_second(time.div_euclid(1_000_000)).ok()?;
    Some(second.to_zoned(zone.0.clone()).datetime())
}

/// What a clock in `zone` shows now, to the microsecond.
pub fn civil_now(zone: &Zone) -> Option<DateTime> {
    let now = Timestamp::from_microsecond(wall_clock()).ok()?;
    Some(now.to_zoned(zone.0.clone()).datetime())
}

/// The time between `start` and `end`, or until now, as `H:MM:SS`.
pub fn format_duration(start: i64, end: Option<i64>) -> String {
    let micros = end.unwrap_or_else(wall_clock).saturating_sub(start);
    let seconds = micros.div_euclid(1_000_000);
    let (minutes, s) = (seconds.div_euclid(60), seconds.rem_euclid(60));
    let (h, m) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    format!("{h}:{m:02}:{s:02}")
}

/// The seconds in what [`format_duration`] gave; none for other texts and for less than nothing.
pub fn parse_duration(text: &str) -> Option<u64> {
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let number = |digits: &str| {
        let is_number = digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u64>().ok().filter(|_| is_number)
    };
    let [hours, minutes, seconds] = [number(hours)?, number(minutes)?, number(seconds)?];
    hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_a_process_increase() {
        let times: Vec<i64> = (0..1000).map(|_| now()).collect();
        assert!(times.windows(2).all(|w| w[0] < w[1]));
        assert!((times[0] - wall_clock()).abs() < 10_000_000);
    }

    #[test]
    fn times_of_threads_differ() {
        let mut all: Vec<i64> = std::thread::scope(|s| {
            let threads: Vec<_> =
                (0..4).map(|_| s.spawn(|| (0..500).map(|_| now()).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
        });
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 2000);
    }

    #[test]
    fn times_are_shown_to_the_second() {
        let utc = Zone::utc();
        assert_eq!(format_time(1_795_374_673_999_999, &utc), "2026-11-22 19:11:13");
        assert_eq!(format_time(0, &utc), "");
        assert_eq!(format_time(i64::MAX, &utc), "");
    }

    #[test]
    fn durations() {
        for (end, want) in [
            (0, "0:00:00"),
            (999_999, "0:00:00"),
            (61_000_000, "0:01:01"),
            (90_000_000_000, "25:00:00"),
            (-1_000_000, "-1:59:59"),
        ] {
            assert_eq!(format_duration(0, Some(end)), want);
            assert_eq!(parse_duration(want), u64::try_from(end / 1_000_000).ok());
        }
    }
}
