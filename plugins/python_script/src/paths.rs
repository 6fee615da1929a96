//! Paths as text, joined and compared as Python's `os.path` does.
//!
//! [`std::path`] keeps `..` and drops `.`, and Guild AI shows and records the results of
//! `os.path`, so the rules of that are here.

use std::path::{Component, Path, PathBuf};

/// `path` from the root, without `.` and `..`, as text only: links are not followed.
///
/// ```
/// # use std::path::Path;
/// use guild_python_script::paths::absolute;
/// assert_eq!(absolute(Path::new("/a/b"), Path::new("../c/./d")), Path::new("/a/c/d"));
/// ```
pub fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in cwd.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// `path` from the root with links followed, as far as it exists.
pub fn real(cwd: &Path, path: &Path) -> PathBuf {
    let absolute = cwd.join(path);
    absolute.canonicalize().unwrap_or_else(|_| self::absolute(cwd, path))
}

/// The longest folder that both are in, whole names only.
///
/// ```
/// # use std::path::Path;
/// use guild_python_script::paths::common;
/// assert_eq!(common(Path::new("/a/bc/d.py"), Path::new("/a/b")), Path::new("/a"));
/// ```
pub fn common(a: &Path, b: &Path) -> PathBuf {
    let both = a.components().zip(b.components());
    both.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// Joins as text: `a` and `b` stay as they are written, and an absolute `b` is the result.
///
/// ```
/// use guild_python_script::paths::join;
/// assert_eq!(join(".", "../train.py"), "./../train.py");
/// assert_eq!(join("/a", "/b"), "/b");
/// ```
pub fn join(a: &str, b: &str) -> String {
    match (a, b) {
        (_, b) if b.starts_with('/') => b.to_owned(),
        ("", b) => b.to_owned(),
        (a, b) if a.ends_with('/') => format!("{a}{b}"),
        (a, b) => format!("{a}/{b}"),
    }
}

/// What is before the last `/`, as written.
///
/// ```
/// use guild_python_script::paths::parent;
/// assert_eq!((parent("./sub/x.py"), parent("/x.py"), parent("x.py")), ("./sub", "/", ""));
/// ```
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None => "",
        Some(0) => "/",
        Some(at) => match path[..at].trim_end_matches('/') {
            "" => &path[..=at],
            head => head,
        },
    }
}

/// `path` as it is reached from `from`, both from the root.
///
/// ```
/// # use std::path::Path;
/// use guild_python_script::paths::relative;
/// assert_eq!(relative(Path::new("/a/b"), Path::new("/a/c/d.py")), Path::new("../c/d.py"));
/// ```
pub fn relative(from: &Path, path: &Path) -> PathBuf {
    let common = common(from, path);
    let up = from.components().count() - common.components().count();
    let below = path.strip_prefix(&common).unwrap_or(path);
    std::iter::repeat_n(Component::ParentDir, up).chain(below.components()).collect()
}
