//! Looking for something in a folder by a glob.
//!
//! Source: the behaviour of Python's `glob.glob`: each part of the pattern is matched against the
//! names in one folder, names with a leading dot only by parts that start with a dot too, and a
//! part without `*`, `?` and `[` is looked up as it is, broken links included.

use std::fs;
use std::path::Path;

use crate::fnmatch::{Pattern, has_magic};

/// Whether `dir` holds something that matches.
pub(crate) fn holds(dir: &Path, pattern: &str) -> bool {
    let (part, rest) = match pattern.split_once('/') {
        Some((part, rest)) => (part, Some(rest.trim_start_matches('/'))),
        None => (pattern, None),
    };
    let found = |path: &Path| match rest {
        Some("") => path.is_dir(),
        Some(rest) => path.is_dir() && holds(path, rest),
        None => fs::symlink_metadata(path).is_ok(),
    };
    if !has_magic(part) {
        return found(&dir.join(part));
    }
    let Ok(entries) = fs::read_dir(dir) else { return false };
    let compiled = Pattern::new(part);
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        (part.starts_with('.') || !name.starts_with('.'))
            && compiled.matches(&name)
            && found(&entry.path())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_glob_finds() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("venv/bin")).unwrap();
        fs::write(dir.path().join("venv/bin/activate"), "").unwrap();
        fs::write(dir.path().join(".guild-nocopy"), "").unwrap();
        for (pattern, expected) in [
            (".guild-nocopy", true),
            (".guild-*", true),
            ("*", true),
            ("*nocopy", false),
            ("venv/bin/activate", true),
            ("*/bin/act*", true),
            ("*/activate", false),
            ("venv/", true),
            (".guild-nocopy/", false),
            ("venv//bin", true),
            ("x[", false),
        ] {
            assert_eq!(holds(dir.path(), pattern), expected, "{pattern}");
        }
    }
}
