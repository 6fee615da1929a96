//! Moving a directory, over the border of a file system if need be.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps};

/// Moves the directory (or link) `src` to `dest`, which must not exist; its parent must.
///
/// Over a border it is copied to a name beside `dest` first, so that a half copy is never taken
/// for a run, and `src` is deleted last.
pub(crate) fn move_dir(src: &Path, dest: &Path) -> io::Result<()> {
    match fs::rename(src, dest) {
        Err(e) if e.kind() == io::ErrorKind::CrossesDevices => move_by_copy(src, dest),
        other => other,
    }
}

fn move_by_copy(src: &Path, dest: &Path) -> io::Result<()> {
    let partial = partial_name(dest);
    copy(src, &partial).and_then(|()| fs::rename(&partial, dest)).inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_dir_all(&partial);
    })?;
    fs::remove_dir_all(src)
}

fn partial_name(dest: &Path) -> PathBuf {
    let name = dest.file_name().unwrap_or_default().to_string_lossy();
    dest.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

/// Copies `src` with its permissions and times. Links are copied as links; what is neither file,
/// folder nor link (a socket, a pipe) holds nothing and is left out.
pub(crate) fn copy(src: &Path, dest: &Path) -> io::Result<()> {
    let meta = fs::symlink_metadata(src)?;
    if meta.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(src)?, dest)?;
    } else if meta.is_dir() {
        fs::create_dir(dest)?;
        for entry in fs::read_dir(src)? {
            let name = entry?.file_name();
            copy(&src.join(&name), &dest.join(&name))?;
        }
        // Last: a folder that nobody may write to must be filled first.
        fs::set_permissions(dest, meta.permissions())?;
    } else if meta.is_file() {
        fs::copy(src, dest)?;
    } else {
        return Ok(());
    }
    set_times(dest, &meta)
}

/// Gives `path` the times that `meta` has.
pub(crate) fn set_times(path: &Path, meta: &Metadata) -> io::Result<()> {
    let times = Timestamps {
        last_access: Timespec { tv_sec: meta.atime(), tv_nsec: meta.atime_nsec() as _ },
        last_modification: Timespec { tv_sec: meta.mtime(), tv_nsec: meta.mtime_nsec() as _ },
    };
    Ok(rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, SystemTime};

    /// A folder with a file, a link, a dangling link, a closed folder and a socket.
    fn sample(base: &Path) -> PathBuf {
        let src = base.join("src");
        fs::create_dir_all(src.join("closed")).unwrap();
        fs::write(src.join("closed/f"), "text").unwrap();
        fs::set_permissions(src.join("closed/f"), fs::Permissions::from_mode(0o640)).unwrap();
        let old = SystemTime::now() - Duration::from_secs(1000);
        fs::File::open(src.join("closed/f")).unwrap().set_modified(old).unwrap();
        std::os::unix::fs::symlink("closed/f", src.join("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", src.join("dangling")).unwrap();
        std::os::unix::net::UnixListener::bind(src.join("socket")).unwrap();
        fs::set_permissions(src.join("closed"), fs::Permissions::from_mode(0o555)).unwrap();
        src
    }

    fn check(dest: &Path) {
        assert_eq!(fs::read(dest.join("link")).unwrap(), b"text");
        assert_eq!(fs::read_link(dest.join("link")).unwrap(), Path::new("closed/f"));
        assert_eq!(fs::read_link(dest.join("dangling")).unwrap(), Path::new("nowhere"));
        let meta = fs::metadata(dest.join("closed/f")).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o640);
        assert!(meta.modified().unwrap().elapsed().unwrap() > Duration::from_secs(900));
        assert_eq!(fs::metadata(dest.join("closed")).unwrap().mode() & 0o777, 0o555);
        fs::set_permissions(dest.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_copy_is_like_the_original() {
        let base = tempfile::tempdir().unwrap();
        let src = sample(base.path());
        let dest = base.path().join("dest");
        copy(&src, &dest).unwrap();
        assert!(!dest.join("socket").exists());
        check(&dest);
        fs::set_permissions(src.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn moving_over_a_border() {
        // Two file systems are there on any Linux that has /dev/shm.
        let Ok(other) = tempfile::tempdir_in("/dev/shm") else {
            eprintln!("skipped: no /dev/shm");
            return;
        };
        let base = tempfile::tempdir().unwrap();
        let src = sample(base.path());
        fs::set_permissions(src.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
        let dest = other.path().join("dest");
        move_dir(&src, &dest).unwrap();
        fs::set_permissions(dest.join("closed"), fs::Permissions::from_mode(0o555)).unwrap();
        check(&dest);
        assert!(!src.exists());
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_source_is_an_error_and_leaves_nothing() {
        let base = tempfile::tempdir().unwrap();
        assert!(move_dir(&base.path().join("a"), &base.path().join("b")).is_err());
        assert!(move_by_copy(&base.path().join("a"), &base.path().join("b")).is_err());
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
    }
}
