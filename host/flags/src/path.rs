//! How a path that a user typed becomes one that a run can keep.

use std::env;

/// Replaces `~` or `~NAME` at the start of `path` by that user's home folder; a path without one,
/// and one of an unknown user, stays as it is.
///
/// `HOME` says where the current user's is, and the system's user database where it is not set.
/// The behaviour is `os.path.expanduser`'s.
pub fn expand_user(path: &str) -> String {
    let Some(rest) = path.strip_prefix('~') else { return path.into() };
    let (user, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let home = if user.is_empty() {
        // A `HOME` that is set but empty counts, unlike for the standard library.
        env::var("HOME").ok().or_else(|| Some(env::home_dir()?.to_string_lossy().into_owned()))
    } else {
        home_of(user)
    };
    let Some(home) = home else { return path.into() };
    let expanded = format!("{}{rest}", home.trim_end_matches('/'));
    if expanded.is_empty() { "/".into() } else { expanded }
}

#[cfg(unix)]
fn home_of(user: &str) -> Option<String> {
    let user = nix::unistd::User::from_name(user).ok().flatten()?;
    Some(user.dir.to_string_lossy().into_owned())
}

#[cfg(not(unix))]
fn home_of(_user: &str) -> Option<String> {
    None
}

/// The form of `path` that does not depend on the current folder: a relative path is joined to
/// the current folder and freed of `.` and `..`; an absolute or empty one stays as it is.
pub fn absolute(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') {
        return path.into();
    }
    let folder = env::current_dir().unwrap_or_default();
    normalize(&format!("{}/{path}", folder.to_string_lossy()))
}

/// Removes `.`, `..` and repeated slashes from an absolute path without looking at the file system.
fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    // Two slashes at the start, and only two, mean something of their own in POSIX.
    let root = if path.starts_with("//") && !path.starts_with("///") { "//" } else { "/" };
    root.to_string() + &parts.join("/")
}

/// The last part of a path; one separator at its end does not count.
pub(crate) fn base_name(path: &str) -> &str {
    let path = path.strip_suffix(['/', '\\']).unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_folders() {
        let home = env::var("HOME").unwrap_or_default();
        assert_eq!(expand_user("~/x"), format!("{}/x", home.trim_end_matches('/')));
        assert_eq!(expand_user("a~"), "a~");
        assert_eq!(expand_user("~no-such-user/x"), "~no-such-user/x");
    }

    #[cfg(unix)]
    #[test]
    fn other_users() {
        assert!(expand_user("~root/x").ends_with("/x"));
        assert!(expand_user("~root/x").starts_with('/'));
    }

    #[test]
    fn relative_paths() {
        let here = env::current_dir().unwrap();
        assert_eq!(absolute("a/./b//c/.."), format!("{}/a/b", here.display()));
        assert_eq!(absolute("/a/../b"), "/a/../b");
        assert_eq!(absolute(""), "");
        assert_eq!(normalize("/../../a"), "/a");
        assert_eq!(normalize("//a"), "//a");
    }

    #[test]
    fn base_names() {
        assert_eq!(base_name("/a/b/"), "b");
        assert_eq!(base_name("/a/b//"), "");
        assert_eq!(base_name("a"), "a");
    }
}
