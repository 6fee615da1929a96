//! [`Zone`]: the time zone that times are shown in.

use std::ffi::OsStr;
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
        let database = std::env::var_os("TZDIR").unwrap_or_else(|| "/usr/share/zoneinfo".into());
        match std::env::var_os("TZ") {
            Some(tz) => Zone::of_variable(&tz, Path::new(&database)),
            None => Zone(from_file(Path::new("/etc/localtime")).unwrap_or(TimeZone::UTC)),
        }
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// What `TZ=tz` means: the name of a file in `database` or elsewhere, or the rules themselves
    /// (`CET-1CEST,M3.5.0,M10.5.0/3`).
    fn of_variable(tz: &OsStr, database: &Path) -> Zone {
        let text = tz.to_string_lossy();
        let name = text.strip_prefix(':').unwrap_or(&text);
        if name.is_empty() {
            return Zone::utc();
        }
        let zone = from_file(&database.join(PathBuf::from(name)))
            .or_else(|| TimeZone::posix(name).ok())
            .unwrap_or(TimeZone::UTC);
        Zone(zone)
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
        let zone = Zone::of_variable(tz.as_ref(), Path::new("/usr/share/zoneinfo"));
        format_time(SUMMER, &zone)
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
