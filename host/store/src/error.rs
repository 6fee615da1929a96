//! [`PathError`]: what failed, on which file, and why.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the operating system, with the file or folder that it is about.
///
/// Shown as `cannot write /home/u/.guild/runs/…/attrs/label: No space left on device`.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {}", path.display(), reason(source))]
pub struct PathError {
    /// What was tried, as a verb: `read`, `write`, `create`, `delete`, `move`.
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl PathError {
    /// For `map_err`: puts `action` and `path` around an [`io::Error`].
    pub fn on<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| PathError { action, path: path.to_path_buf(), source }
    }
}

/// The error's text without Rust's ` (os error 28)`, which tells a user nothing.
fn reason(e: &io::Error) -> String {
    let text = e.to_string();
    match text.rfind(" (os error ") {
        Some(at) => text[..at].to_string(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_action_path_and_reason() {
        let e = PathError::on("read", Path::new("/a/b"))(io::Error::from_raw_os_error(2));
        assert_eq!(e.to_string(), "cannot read /a/b: No such file or directory");
    }
}
