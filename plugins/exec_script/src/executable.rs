//! Whether a file can be executed.

use std::path::Path;

/// Whether `path` is a regular file that somebody may execute.
#[cfg(unix)]
pub fn is_executable_file(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// Whether `path` is a regular file that Windows would run.
#[cfg(not(unix))]
pub fn is_executable_file(path: &Path) -> bool {
    path.is_file()
        && path.extension().is_some_and(|e| ["exe", "bat", "cmd", "com"].iter().any(|x| e == *x))
}
