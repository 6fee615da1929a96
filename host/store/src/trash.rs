//! Deleting, restoring and purging runs.
//!
//! Deleted runs are moved to `<home>/trash/runs`, from where they can be restored or purged.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::PathError;
use crate::relocate::move_dir;
use crate::run::{self, Run};
use crate::store::Store;

/// What was in the way of a move and is now elsewhere. Shown as Guild's warning:
/// `PATH exists, moving to BACKUP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displaced {
    /// Where it was.
    pub path: PathBuf,
    /// Where it is: `PATH_` and eight random letters.
    pub backup: PathBuf,
}

impl fmt::Display for Displaced {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} exists, moving to {}", self.path.display(), self.backup.display())
    }
}

impl Store {
    /// Moves the run to the trash. A run of the same id that is there already is kept under
    /// another name, which is returned.
    pub fn delete(&self, run: &Run) -> Result<Option<Displaced>, PathError> {
        move_run(run, &self.runs_dir(), &self.trash_dir())
    }

    /// Moves the run out of the trash, back among the runs; see [`Store::delete`].
    pub fn restore(&self, run: &Run) -> Result<Option<Displaced>, PathError> {
        move_run(run, &self.trash_dir(), &self.runs_dir())
    }

    /// Deletes the run for good.
    pub fn delete_permanently(&self, run: &Run) -> Result<(), PathError> {
        remove_run(run, &self.runs_dir())
    }

    /// Deletes the run in the trash for good.
    pub fn purge(&self, run: &Run) -> Result<(), PathError> {
        remove_run(run, &self.trash_dir())
    }
}

fn move_run(run: &Run, from: &Path, to: &Path) -> Result<Option<Displaced>, PathError> {
    let (src, dest) = (entry(run, from)?, entry(run, to)?);
    // Before anything is moved aside for it.
    fs::symlink_metadata(&src).map_err(PathError::on("move", &src))?;
    fs::create_dir_all(to).map_err(PathError::on("create", to))?;
    let displaced = match fs::symlink_metadata(&dest) {
        Ok(_) => Some(displace(&dest)?),
        Err(_) => None,
    };
    move_dir(&src, &dest).map_err(PathError::on("move", &src))?;
    Ok(displaced)
}

fn displace(path: &Path) -> Result<Displaced, PathError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push("_");
    name.push(&run::new_id()?[..8]);
    let backup = path.with_file_name(name);
    move_dir(path, &backup).map_err(PathError::on("move", path))?;
    Ok(Displaced { path: path.to_path_buf(), backup })
}

fn remove_run(run: &Run, from: &Path) -> Result<(), PathError> {
    let dir = entry(run, from)?;
    fs::remove_dir_all(&dir).map_err(PathError::on("delete", &dir))
}

/// The run's directory in `folder`. An id that is no plain name is refused: nothing outside
/// `folder` may be moved or deleted.
fn entry(run: &Run, folder: &Path) -> Result<PathBuf, PathError> {
    let id = Path::new(run.id());
    let mut parts = id.components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(p)), None) if p == run.id())
    {
        let refused = io::Error::new(io::ErrorKind::InvalidInput, "invalid run id");
        return Err(PathError::on("delete", id)(refused));
    }
    Ok(folder.join(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opref::OpRef;

    fn store_with_run() -> (tempfile::TempDir, Store, Run) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let run = store.new_run().unwrap();
        run.write_opref(&OpRef::new("script", "/p", "", "", "a.py")).unwrap();
        (dir, store, run)
    }

    #[test]
    fn there_and_back() {
        let (_dir, store, run) = store_with_run();
        assert_eq!(store.delete(&run).unwrap(), None);
        assert_eq!(store.runs().unwrap(), []);
        let deleted = store.deleted_runs().unwrap();
        assert_eq!(deleted[0].id(), run.id());
        assert_eq!(store.restore(&deleted[0]).unwrap(), None);
        assert_eq!(store.runs().unwrap(), [run]);
    }

    #[test]
    fn for_good() {
        let (_dir, store, run) = store_with_run();
        store.delete(&run).unwrap();
        store.purge(&run).unwrap();
        assert_eq!(store.deleted_runs().unwrap(), []);
        let e = store.purge(&run).unwrap_err().to_string();
        assert!(e.starts_with("cannot delete ") && e.contains(run.id()), "{e}");
        let (_dir, store, run) = store_with_run();
        store.delete_permanently(&run).unwrap();
        assert!(!run.dir().exists() && store.deleted_runs().unwrap().is_empty());
    }

    #[test]
    fn what_is_in_the_way_is_kept() {
        let (_dir, store, run) = store_with_run();
        let old = store.trash_dir().join(run.id());
        fs::create_dir_all(&old).unwrap();
        fs::write(old.join("f"), "").unwrap();
        let displaced = store.delete(&run).unwrap().unwrap();
        assert!(displaced.backup.join("f").exists());
        let text = displaced.to_string();
        assert!(text.starts_with(&format!(
            "{} exists, moving to {}_",
            old.display(),
            old.display()
        )));
        assert_eq!(store.deleted_runs().unwrap().len(), 1);
    }

    #[test]
    fn a_missing_run_displaces_nothing() {
        let (_dir, store, run) = store_with_run();
        store.delete(&run).unwrap();
        assert!(store.delete(&run).is_err());
        assert_eq!(store.deleted_runs().unwrap().len(), 1);
    }

    #[test]
    fn ids_that_lead_elsewhere_are_refused() {
        let (_dir, store, _run) = store_with_run();
        for id in ["", ".", "..", "/", "../runs", "a/b", "a/"] {
            let run = Run::new(id, "/tmp");
            assert!(store.delete(&run).is_err(), "{id:?}");
            assert!(store.delete_permanently(&run).is_err(), "{id:?}");
            assert!(store.purge(&run).is_err(), "{id:?}");
        }
        assert_eq!(store.runs().unwrap().len(), 1);
    }
}
