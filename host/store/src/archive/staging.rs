//! Runs in the making, where nobody takes them for runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};

use crate::error::PathError;

/// A folder `.partial.PID` among the runs of a folder, deleted when dropped. What a kill leaves of
/// it is listed nowhere, since runs are looked for one level up.
pub(super) struct Staging {
    dir: PathBuf,
    target: PathBuf,
}

impl Staging {
    /// For runs that will be in `target`, which must exist.
    pub fn new(target: &Path) -> Result<Staging, PathError> {
        let dir = target.join(format!(".partial.{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir(&dir).map_err(PathError::on("create", &dir))?;
        Ok(Staging { dir, target: target.to_path_buf() })
    }

    /// Where to make the run `id`.
    pub fn path(&self, id: &str) -> PathBuf {
        self.dir.join(id)
    }

    /// Puts the finished run in its place. False when another has come there meanwhile.
    pub fn publish(&self, id: &str) -> Result<bool, PathError> {
        let dest = self.target.join(id);
        let renamed =
            rustix::fs::renameat_with(CWD, self.path(id), CWD, &dest, RenameFlags::NOREPLACE);
        match renamed.map_err(io::Error::from) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // A file system that cannot promise it: an empty folder at most is replaced.
            Err(e) if e.kind() == io::ErrorKind::InvalidInput && !dest.exists() => {
                let moved = fs::rename(self.path(id), &dest);
                moved.map(|()| true).map_err(PathError::on("create", &dest))
            }
            Err(e) => Err(PathError::on("create", &dest)(e)),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // A leftover is harmless.
        let _ = fs::remove_dir_all(&self.dir);
    }
}
