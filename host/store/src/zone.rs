//! [`Zone`]: the time zone that times are shown in.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

/// A time zone's rules.
///
/// [`Zone::system`] is what the C library, and so Python, goes by. It is found by hand and not by
/// jiff, which would walk through the whole zone database to find the zone's name.
#[derive(Clone, Debug)]
pub struct Zone(pub(crate) TimeZone);

impl Zone {
    /// The zone of `TZ`, or of `/etc/localtime` where that is not set; UTC when neither says
    /// anything sensible. Reads one file.
    pub fn system() -> Zone {
        match std::env::var("TZ") {
            Ok(tz) => Zone::of_variable(&tz),
            Err(_) => Zone(from_file(Path::new("/etc/localtime")).unwrap_or(TimeZone::UTC)),
        }
    }

    /// What `TZ=tz` means: the name of a file in the zone database (`TZDIR`,
    /// `/usr/share/zoneinfo`) or elsewhere, or the rules themselves
    /// (`CET-1CEST,M3.5.0,M10.5.0/3`). UTC for anything else.
    pub fn of_variable(tz: &str) -> Zone {
        let name = tz.strip_prefix(':').unwrap_or(tz);
        if name.is_empty() {
            return Zone::utc();
        }
        let database = std::env::var_os("TZDIR").unwrap_or_else(|| "/usr/share/zoneinfo".into());
        let zone = from_file(&PathBuf::from(database).join(name))
            .or_else(|| TimeZone::posix(name).ok())
            .unwrap_or(TimeZone::UTC);
        Zone(zone)
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }
}

fn from_file(path: &Path) -> Option<TimeZone> {
    TimeZone::tzif("local", &fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::format_time;

    /// 2023-07-14 22:13:20 UTC.
    const SUMMER: i64 = 1_689_372_800_000_000;

    fn shown(tz: &str) -> String {
        format_time(SUMMER, &Zone::of_variable(tz))
    }

    #[test]
    fn rules_are_understood() {
        assert_eq!(shown("EST5EDT,M3.2.0,M11.1.0"), "2023-07-14 18:13:20");
        assert_eq!(shown("<+03>-3"), "2023-07-15 01:13:20");
    }

    #[test]
    fn nonsense_is_utc() {
        for tz in ["", ":", "No/Such_Zone", "../../etc/passwd", "\u{0}"] {
            assert_eq!(shown(tz), "2023-07-14 22:13:20", "{tz:?}");
        }
    }

    #[test]
    fn names_are_looked_up() {
        if !Path::new("/usr/share/zoneinfo/Europe/Berlin").exists() {
            eprintln!("skipped: no zone database");
            return;
        }
        assert_eq!(shown("Europe/Berlin"), "2023-07-15 00:13:20");
        assert_eq!(shown(":/usr/share/zoneinfo/Europe/Berlin"), "2023-07-15 00:13:20");
    }
}
