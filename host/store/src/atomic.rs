//! Files that are either the old or the new one, never half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::PathError;

/// Writes `content` to `path` by way of a temporary file in `scratch`, which must be a folder of
/// the same file system.
///
/// A process killed half-way, or a full disk, leaves `path` as it was. What a kill leaves behind
/// in `scratch` is named `.NAME.PID.COUNT.tmp`.
pub(crate) fn write(path: &Path, scratch: &Path, content: &[u8]) -> Result<(), PathError> {
    replace(path, scratch, content).map_err(PathError::on("write", path))
}

fn replace(path: &Path, scratch: &Path, content: &[u8]) -> io::Result<()> {
    let (mut file, temp) = create_temp(path, scratch)?;
    let written = file.write_all(content);
    drop(file);
    written.and_then(|()| fs::rename(&temp, path)).inspect_err(|_| {
        // The first error is the one to report; a leftover is harmless.
        let _ = fs::remove_file(&temp);
    })
}

/// Creates the temporary file, with the permissions that an ordinary file would get.
fn create_temp(path: &Path, scratch: &Path) -> io::Result<(File, PathBuf)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let temp = scratch.join(format!(".{name}.{}.{count}.tmp", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temp) {
            Ok(file) => return Ok((file, temp)),
            // Left by a killed process that had the same id, or another machine's on a shared disk.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && count < 10_000 => {}
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_file_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write(&path, dir.path(), b"one").unwrap();
        write(&path, dir.path(), b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_and_removes_the_temporary_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::create_dir(&path).unwrap(); // a folder cannot be replaced by a file
        let e = write(&path, dir.path(), b"x").unwrap_err();
        assert!(e.to_string().starts_with("cannot write "), "{e}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_error_is_about_the_file_and_not_the_temporary_one() {
        let e = write(Path::new("/nowhere/a"), Path::new("/nowhere"), b"x").unwrap_err();
        assert_eq!(e.to_string(), "cannot write /nowhere/a: No such file or directory");
    }
}
