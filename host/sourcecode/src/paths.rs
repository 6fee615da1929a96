//! Paths as text: what `os.path` does with them, without asking the disk.

use std::env;
use std::path::{Component, Path, PathBuf};

/// The path without `.`, doubled slashes and `x/..`, like `os.path.normpath`.
///
/// An empty path becomes an empty one, where Python has `.`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match out.components().next_back() {
                Some(Component::Normal(_)) => {
                    out.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => out.push(part),
            },
            part => out.push(part),
        }
    }
    out
}

/// The way from `base` to `path`, like `os.path.relpath`; empty when they are the same. Both are
/// absolute, or both relative to the same folder.
pub(crate) fn relative(path: &Path, base: &Path) -> PathBuf {
    let (path, base) = (normal(path), normal(base));
    let mut rest = path.components().peekable();
    let mut base_rest = base.components().peekable();
    while rest.peek().is_some() && rest.peek() == base_rest.peek() {
        rest.next();
        base_rest.next();
    }
    let mut out = PathBuf::new();
    for _ in base_rest {
        out.push("..");
    }
    out.extend(rest);
    out
}

/// The path as messages show it: relative to the current folder.
pub(crate) fn shown(path: &Path) -> String {
    let path = match env::current_dir() {
        Ok(here) if path.is_absolute() => relative(path, &here),
        _ => path.to_path_buf(),
    };
    path.display().to_string()
}

/// The path with `/` between its parts, as manifests have it.
pub(crate) fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|p| p.as_os_str().to_string_lossy()).collect();
    match parts.split_first() {
        Some((root, rest)) if path.has_root() => format!("{root}{}", rest.join("/")),
        _ => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_drops_what_means_nothing() {
        for (path, expected) in [
            ("", ""),
            (".", ""),
            ("./a//b/.", "a/b"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("a/../../b", "../b"),
            ("/../a", "/a"),
        ] {
            assert_eq!(normal(Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn relative_goes_up_and_down() {
        for (path, base, expected) in [
            ("/a/b/c", "/a", "b/c"),
            ("/a", "/a/b", ".."),
            ("/a/x", "/a/b/c", "../../x"),
            ("/a", "/a", ""),
            ("a/b", "", "a/b"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(base)), Path::new(expected));
        }
    }

    #[test]
    fn slashed_keeps_the_root() {
        assert_eq!(slashed(Path::new("a/b c")), "a/b c");
        assert_eq!(slashed(Path::new("/a/b")), "/a/b");
        assert_eq!(slashed(Path::new("../a")), "../a");
    }
}
