//! Where a program is.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The program `name` in the folders of `path` (as `PATH` has them), absolute: a run starts it in
/// another folder than `cwd`.
pub fn find(name: &str, path: &OsStr, cwd: &Path) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let folders = env::split_paths(path).filter(|folder| !folder.as_os_str().is_empty());
    folders.map(|folder| cwd.join(folder).join(&file)).find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_can_be_executed() {
        let path = OsStr::new("/nowhere::/etc:/bin:/usr/bin");
        let sh = find("sh", path, Path::new("/")).unwrap();
        assert!(sh == Path::new("/bin/sh") || sh == Path::new("/usr/bin/sh"));
        assert_eq!(find("sh", OsStr::new("bin"), Path::new("/")), Some("/bin/sh".into()));
        assert_eq!(find("passwd", OsStr::new("/etc"), Path::new("/")), None);
    }
}
