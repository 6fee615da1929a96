//! Copying and moving runs between folders.

use std::fs;
use std::io;
use std::path::Path;

use super::staging::Staging;
use super::{Links, copy};
use crate::error::PathError;
use crate::run::Run;

/// Copies the run into the folder `target`, which must exist. False when something of the run's
/// name is there.
pub fn copy_run(run: &Run, target: &Path, links: Links) -> Result<bool, PathError> {
    let dest = target.join(run.id());
    if fs::symlink_metadata(&dest).is_ok() {
        return Ok(false);
    }
    let staging = Staging::new(target)?;
    // The run itself may be a link.
    let src = fs::canonicalize(run.dir()).map_err(PathError::on("copy", run.dir()))?;
    copy::copy(&src, &staging.path(run.id()), links).map_err(PathError::on("copy", run.dir()))?;
    staging.publish(run.id())
}

/// Moves the run into the folder `target`, which must exist. False when something of the run's
/// name is there. Over the border of a file system, and to follow links, the run is copied first
/// and deleted when the copy is complete.
pub fn move_run(run: &Run, target: &Path, links: Links) -> Result<bool, PathError> {
    let dest = target.join(run.id());
    if fs::symlink_metadata(&dest).is_ok() {
        return Ok(false);
    }
    if links == Links::Keep {
        match fs::rename(run.dir(), &dest) {
            Ok(()) => return Ok(true),
            Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {}
            Err(e) => return Err(PathError::on("move", run.dir())(e)),
        }
    }
    let copied = copy_run(run, target, links)?;
    if copied {
        fs::remove_dir_all(run.dir()).map_err(PathError::on("delete", run.dir()))?;
    }
    Ok(copied)
}

/// Makes a folder for exported runs, where missing, and the file by which Guild AI 0.9.0 keeps such
/// folders out of source code copies.
pub fn prepare(dir: &Path) -> Result<(), PathError> {
    fs::create_dir_all(dir).map_err(PathError::on("create", dir))?;
    let marker = dir.join(".guild-nocopy");
    let touched = fs::OpenOptions::new().create(true).append(true).open(&marker);
    touched.map(drop).map_err(PathError::on("write", &marker))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpRef, Store};
    use std::os::unix::fs::symlink;

    fn sample() -> (tempfile::TempDir, Run) {
        let home = tempfile::tempdir().unwrap();
        let run = Store::new(home.path()).new_run().unwrap();
        run.write_opref(&OpRef::new("script", "/p", "", "", "a.sh")).unwrap();
        fs::write(home.path().join("resource"), "data").unwrap();
        symlink(home.path().join("resource"), run.dir().join("link")).unwrap();
        symlink("nowhere", run.dir().join("dangling")).unwrap();
        symlink("..", run.dir().join("up")).unwrap();
        (home, run)
    }

    #[test]
    fn links_are_kept_or_followed() {
        let (home, run) = sample();
        for links in [Links::Keep, Links::Follow] {
            let target = home.path().join(format!("{links:?}"));
            prepare(&target).unwrap();
            assert!(copy_run(&run, &target, links).unwrap());
            assert!(!copy_run(&run, &target, links).unwrap(), "an existing run is left alone");
            let copy = target.join(run.id());
            let kept = links == Links::Keep;
            assert_eq!(copy.join("link").is_symlink(), kept);
            assert_eq!(fs::read(copy.join("link")).unwrap(), b"data");
            assert_eq!(copy.join("up").is_symlink(), kept);
            assert_eq!(copy.join("dangling").symlink_metadata().is_ok(), kept);
            assert_eq!(fs::read_dir(&target).unwrap().count(), 2, "nothing else is left");
            assert_eq!(crate::store::list(&target).unwrap().len(), 1);
        }
    }

    #[test]
    fn a_moved_run_is_gone() {
        let (home, run) = sample();
        let target = home.path().join("t");
        prepare(&target).unwrap();
        assert!(move_run(&run, &target, Links::Follow).unwrap());
        assert!(!run.dir().exists() && target.join(run.id()).join("link").is_file());
        let back = home.path().join("runs");
        assert!(move_run(&Run::at(target.join(run.id())), &back, Links::Keep).unwrap());
        assert!(run.dir().exists() && !target.join(run.id()).exists());
    }

    #[test]
    fn a_copy_that_fails_leaves_nothing() {
        let (home, run) = sample();
        let target = home.path().join("t");
        prepare(&target).unwrap();
        let missing = Run::new(run.id(), home.path().join("runs/missing"));
        assert!(copy_run(&missing, &target, Links::Keep).is_err());
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1);
    }
}
