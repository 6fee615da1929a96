//! Paths as they are compared and shown: absolute, relative, `~`, shortened.
//!
//! Everything but [`real`] is a matter of text and never looks at the disk.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// `path`, taken from `base` when it is relative, with `.`, `..` and double slashes resolved as
/// text (Python's `os.path.abspath`).
pub fn absolute(path: &Path, base: &Path) -> PathBuf {
    normalized(&base.join(path))
}

fn normalized(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    out.push(if path.is_absolute() { "/" } else { ".." });
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// `path` with its symbolic links followed, as far as it exists; the rest as text.
pub fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    for existing in path.ancestors() {
        if let Ok(found) = fs::canonicalize(existing) {
            let rest = path.strip_prefix(existing).unwrap_or(Path::new(""));
            return normalized(&found.join(rest));
        }
    }
    normalized(&path)
}

/// `path` as seen from `start`, both absolute (Python's `os.path.relpath`); `.` when they are one.
pub fn relative(path: &Path, start: &Path) -> PathBuf {
    let (path, start) = (normalized(path), normalized(start));
    let common = path.components().zip(start.components()).take_while(|(a, b)| a == b).count();
    let mut out = PathBuf::new();
    for _ in start.components().skip(common) {
        out.push("..");
    }
    out.extend(path.components().skip(common));
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

/// `path` with a leading `~` replaced by the user's home; `~other` is left as it is.
pub fn expand_user(path: &Path, user_home: &Path) -> PathBuf {
    match path.strip_prefix("~") {
        Ok(rest) if rest.as_os_str().is_empty() => user_home.to_path_buf(),
        Ok(rest) => user_home.join(rest),
        Err(_) => path.to_path_buf(),
    }
}

/// `path` with the user's home shown as `~`; the home itself is `~/`.
///
/// 0.9.0 compares letters, so it takes `/home/annabel` for a folder of `/home/anna`; here a
/// folder's whole name must match.
pub fn with_tilde(path: &Path, user_home: &Path) -> String {
    match path.strip_prefix(user_home) {
        Ok(rest) if user_home.parent().is_some() => format!("~/{}", rest.display()),
        _ => path.display().to_string(),
    }
}

/// `dir` as a hint for somebody who works in `cwd`, both absolute: a sub-folder or a folder
/// beside `cwd` is shown relative to it, any other with `~`; at most about 28 characters.
pub fn hint(dir: &Path, cwd: &Path, user_home: &Path) -> String {
    shortened(&unshortened_hint(dir, cwd, user_home), 28)
}

fn unshortened_hint(dir: &Path, cwd: &Path, user_home: &Path) -> String {
    let below = |base: &Path| {
        let rest = dir.strip_prefix(base).ok()?;
        (!rest.as_os_str().is_empty()).then(|| rest.display().to_string())
    };
    if let Some(sub) = below(cwd) {
        return sub;
    }
    // At the root, Python's `dirname` stays where it is.
    let parent = cwd.parent().unwrap_or(cwd);
    if parent == dir {
        return "../".into();
    }
    match below(parent) {
        Some(peer) => format!("../{peer}"),
        None => with_tilde(dir, user_home),
    }
}

/// `path` with folders in its middle replaced by `…` when it has more than `max_len` characters.
///
/// The last part always stays, and so does the first of a relative path; parts are then added
/// from both sides in turn while they fit.
pub fn shortened(path: &str, max_len: usize) -> String {
    let len = |s: &str| s.chars().count();
    if len(path) <= max_len {
        return path.to_string();
    }
    let mut parts = packed_parts(path);
    let Some(last) = parts.pop_back() else { return path.to_string() };
    let Some(first) = parts.front() else { return last };
    let relative = !first.starts_with('/');
    let mut left: Vec<String> = Vec::new();
    let mut right = vec![last];
    if relative {
        left.extend(parts.pop_front());
    }
    let mut from_right = relative;
    while let Some(part) = if from_right { parts.pop_back() } else { parts.pop_front() } {
        let used: usize = left.iter().chain(&right).map(|s| len(s) + 1).sum();
        if used + len(&part) + 1 >= max_len {
            break;
        }
        if from_right {
            right.push(part)
        } else {
            left.push(part)
        }
        from_right = !from_right;
    }
    right.reverse();
    let short = format!("{}/…/{}", left.join("/"), right.join("/"));
    if len(&short) >= len(path) { path.to_string() } else { short }
}

/// The parts of a path, with leading and repeated slashes kept at the front of the part that
/// follows: `/a//b` is `/a`, `/b`.
fn packed_parts(path: &str) -> std::collections::VecDeque<String> {
    let mut parts = std::collections::VecDeque::new();
    let mut slashes = String::new();
    for part in path.split('/') {
        if part.is_empty() {
            slashes.push('/');
        } else {
            parts.push_back(std::mem::take(&mut slashes) + part);
        }
    }
    if slashes.len() > 1 {
        slashes.pop();
        parts.push_back(slashes);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_and_relative_are_pythons() {
        let base = Path::new("/a/b");
        for (path, want) in [
            ("", "/a/b"),
            ("c", "/a/b/c"),
            ("../c/./d//e", "/a/c/d/e"),
            ("../../../x", "/x"),
            ("/x/", "/x"),
        ] {
            assert_eq!(absolute(Path::new(path), base), Path::new(want));
        }
        for (path, want) in [("/a/b", "."), ("/a", ".."), ("/a/b/c", "c"), ("/x/y", "../../x/y")] {
            assert_eq!(relative(Path::new(path), base), Path::new(want));
        }
    }

    #[test]
    fn the_home_is_a_tilde() {
        let home = Path::new("/home/anna");
        for (path, want) in [
            ("/home/anna", "~/"),
            ("/home/anna/p", "~/p"),
            ("/home/annabel/p", "/home/annabel/p"),
            ("/x", "/x"),
        ] {
            assert_eq!(with_tilde(Path::new(path), home), want);
        }
        assert_eq!(with_tilde(Path::new("/x"), Path::new("/")), "/x");
        assert_eq!(expand_user(Path::new("~/p"), home), Path::new("/home/anna/p"));
        assert_eq!(expand_user(Path::new("~x/p"), home), Path::new("~x/p"));
        assert_eq!(expand_user(Path::new("~"), home), home);
    }

    #[test]
    fn hints_are_relative_where_near() {
        let home = Path::new("/home/anna");
        for (dir, cwd, want) in [
            ("/p/a", "/p", "a"),
            ("/p/a/b", "/p", "a/b"),
            ("/p", "/p/a", "../"),
            ("/p/b", "/p/a", "../b"),
            ("/tmp/p", "/", "tmp/p"),
            ("/", "/p/a", "/"),
            ("/home/anna/x", "/p/a", "~/x"),
        ] {
            assert_eq!(hint(Path::new(dir), Path::new(cwd), home), want, "{dir} from {cwd}");
        }
    }

    #[test]
    fn long_paths_lose_their_middle() {
        // What guild.util.shorten_path answers.
        for (path, want) in [
            ("/a/b", "/a/b"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("/home/someone/projects/one/two/three", "/home/someone/…/two/three"),
            ("../projects/one/two/three/four/five", "../projects/…/four/five"),
            ("~/projects/one/two/three/four/five", "~/projects/…/three/four/five"),
            ("/very-long-name-of-a-folder/x/y/z/w", "/…/w"),
            ("/a//bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb//c/", "/a/…//c"),
            ("/aaa/bbbbbbbbbbbbbbbbbbbbb/ccccccccccc//", "/aaa/…/ccccccccccc//"),
        ] {
            assert_eq!(shortened(path, 28), want, "{path}");
        }
    }

    #[test]
    fn real_follows_links_as_far_as_there_are_files() {
        let dir = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir(base.join("a")).unwrap();
        std::os::unix::fs::symlink(base.join("a"), base.join("l")).unwrap();
        assert_eq!(real(&base.join("l/none/../x")), base.join("a/x"));
    }
}
