//! Values as labels and tables show them: floats cut, paths shortened.

use std::path::Path;

use guild_plugin_api::Value;
use indexmap::IndexMap;

use super::encode::encode;
use super::text::repr;

/// How many decimals a label shows.
const DECIMALS: usize = 5;

/// How many characters a label gives to a path.
const PATH_CHARS: usize = 20;

/// The text of a value for a label: [`encode`], quoted when it is a string with blanks.
///
/// `truncate_floats` cuts a float's decimals to five, without rounding; `shorten_paths` leaves out
/// folders from a string that names something that exists, see [`shorten_path`].
///
/// The behaviour is `guild.flag_util.format_flag`'s.
///
/// ```
/// use guild_flags::value::format;
/// use guild_plugin_api::Value;
/// assert_eq!(format(&Value::Float(0.123456789), true, true), "0.12345");
/// assert_eq!(format(&Value::str("a b"), true, true), "'a b'");
/// ```
pub fn format(value: &Value, truncate_floats: bool, shorten_paths: bool) -> String {
    format_with(value, truncate_floats.then_some(DECIMALS), shorten_paths.then_some(PATH_CHARS))
}

/// As [`format()`], with other numbers of decimals and of characters for a path.
pub fn format_with(value: &Value, decimals: Option<usize>, path_chars: Option<usize>) -> String {
    let mut encoded = encode(value);
    if let (Value::Float(_), Some(decimals)) = (value, decimals) {
        encoded = truncate_decimals(&encoded, decimals);
    }
    let Value::Str(string) = value else { return encoded };
    if let Some(max) = path_chars.filter(|_| string.contains('/') && exists(string)) {
        encoded = shorten_path(string, max);
    }
    if encoded.contains(' ') && !encoded.starts_with(['\'', '"']) {
        repr(&encoded)
    } else {
        encoded
    }
}

/// `NAME=VALUE`, the value by [`format()`].
pub fn assign(name: &str, value: &Value, truncate_floats: bool, shorten_paths: bool) -> String {
    format!("{name}={}", format(value, truncate_floats, shorten_paths))
}

/// An [`assign`] for each flag, sorted by name.
pub fn assigns(
    flags: &IndexMap<String, Value>,
    truncate_floats: bool,
    shorten_paths: bool,
) -> Vec<String> {
    let mut flags: Vec<_> = flags.iter().collect();
    flags.sort_by_key(|(name, _)| *name);
    flags.iter().map(|(name, value)| assign(name, value, truncate_floats, shorten_paths)).collect()
}

/// Leaves out folders from the middle of `path` until it has at most `max` characters, and puts an
/// ellipsis for them. The last part always stays, and of a relative path the first one does too,
/// so that the outcome can be longer than `max`; it is never longer than `path`.
///
/// ```
/// use guild_flags::value::shorten_path;
/// assert_eq!(shorten_path("/home/me/projects/data/file.csv", 20), "/home/…/file.csv");
/// ```
pub fn shorten_path(path: &str, max: usize) -> String {
    let chars = |s: &str| s.chars().count();
    if chars(path) <= max {
        return path.into();
    }
    let mut parts = split_path(path);
    let Some(last) = parts.pop() else { return path.into() };
    if parts.is_empty() {
        return last;
    }
    let mut parts = std::collections::VecDeque::from(parts);
    let mut right = vec![last];
    let mut left = Vec::new();
    let mut from_right = false;
    if !parts[0].starts_with('/') {
        left.extend(parts.pop_front());
        from_right = true;
    }
    let total = |side: &[String]| side.iter().map(|s| chars(s) + 1).sum::<usize>();
    while let Some(part) = if from_right { parts.pop_back() } else { parts.pop_front() } {
        if total(&left) + total(&right) + chars(&part) + 1 >= max {
            break;
        }
        if from_right { &mut right } else { &mut left }.push(part);
        from_right = !from_right;
    }
    right.reverse();
    let shortened = [left.join("/").as_str(), "…", right.join("/").as_str()].join("/");
    if chars(&shortened) >= chars(path) { path.into() } else { shortened }
}

/// The parts between slashes; leading and repeated slashes stay with the part that they precede.
fn split_path(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut slashes = 0;
    for part in path.split('/') {
        if part.is_empty() {
            slashes += 1;
        } else {
            parts.push("/".repeat(slashes) + part);
            slashes = 0;
        }
    }
    if slashes > 1 {
        parts.push("/".repeat(slashes - 1));
    }
    parts
}

/// Cuts every run of digits that follows a point.
fn truncate_decimals(number: &str, decimals: usize) -> String {
    let mut out = String::with_capacity(number.len());
    let mut after_point = None;
    for c in number.chars() {
        after_point = match (c, after_point) {
            ('.', _) => Some(0),
            ('0'..='9', Some(n)) => Some(n + 1),
            _ => None,
        };
        if after_point.is_none_or(|n| n <= decimals) {
            out.push(c);
        }
    }
    out
}

fn exists(path: &str) -> bool {
    Path::new(path).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_cut_not_rounded() {
        let shown = |f: f64| format(&Value::Float(f), true, false);
        assert_eq!(shown(0.999_999_9), "0.99999");
        assert_eq!(shown(-1.5), "-1.5");
        assert_eq!(shown(f64::INFINITY), ".inf");
        assert_eq!(truncate_decimals("1.234567e-10", 5), "1.23456e-10");
        assert_eq!(format(&Value::Float(0.123_456_7), false, false), "0.1234567");
    }

    #[test]
    fn only_what_exists_is_a_path() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a folder with a long name/and another");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.to_str().unwrap();
        assert!(format(&Value::str(path), false, true).contains('…'));
        assert!(!format(&Value::str(format!("{path}/no")), false, true).contains('…'));
        assert!(!format(&Value::str(path), false, false).contains('…'));
    }

    #[test]
    fn paths_keep_their_ends() {
        for (path, expected) in [
            ("aaaaaaaaaa/bbbbbbbbbb/cccccccccc", "aaaaaaaaaa/…/cccccccccc"),
            ("/aaaaaaaaaa/bbbbbbbbbb/cccccccccc", "/…/cccccccccc"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("//////////////////////////////", "//////////////////////////////"),
        ] {
            assert_eq!(shorten_path(path, 20), expected);
        }
    }
}
