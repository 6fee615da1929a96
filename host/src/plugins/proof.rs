//! Which libraries of strangers are known to survive being opened.
//!
//! A library's constructors may end the process that opens it, and nothing can be caught then. So a
//! library is opened in a child process first, once for each build of it; that it went well is
//! written down in the cache, by the library's file as it was then.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use md5::{Digest, Md5};

use super::discover::{Entry, Origin};
use super::load::{LoadError, Stage};
use super::probe::{self, Outcome};

/// Opens the library of an entry in a child process, unless that went well before.
///
/// # Errors
/// When the child crashed or got stuck. All else is left to be found by opening the library here.
pub fn ensure(entry: &Entry, cache_dir: &Path, limit: Duration) -> Result<(), LoadError> {
    // Guild's own plugins are as trustworthy as guild.
    if entry.origin == Origin::BuiltIn {
        return Ok(());
    }
    let record = record(cache_dir, &entry.library);
    let Ok(stamp) = stamp(&entry.library) else { return Ok(()) };
    if fs::read_to_string(&record).is_ok_and(|known| known == stamp) {
        return Ok(());
    }
    match probe::outcome(entry, limit) {
        Ok(Outcome::Loaded { .. }) => {
            // A cache that cannot be written costs time, nothing else; half a record is none.
            let made = fs::create_dir_all(record.parent().unwrap_or(cache_dir));
            let _ = made.and_then(|()| fs::write(&record, stamp));
            Ok(())
        }
        Ok(Outcome::Failed { .. }) | Err(_) => Ok(()),
        Ok(bad) => Err(LoadError::new(entry, Stage::Open, bad.to_string())),
    }
}

fn record(cache_dir: &Path, library: &Path) -> PathBuf {
    let path = Md5::digest(library.as_os_str().as_encoded_bytes());
    cache_dir.join("plugins").join(format!("{path:x}"))
}

/// What tells one build of a library from another, and this guild from another.
#[cfg(unix)]
fn stamp(library: &Path) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt;

    let meta = library.metadata()?;
    Ok(format!(
        "{} {}.{:09} {}.{:09} {} {} {} {}\n",
        meta.len(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
        meta.dev(),
        meta.ino(),
        env!("CARGO_PKG_VERSION"),
        library.display(),
    ))
}

#[cfg(not(unix))]
fn stamp(library: &Path) -> io::Result<String> {
    let meta = library.metadata()?;
    Ok(format!(
        "{} {:?} {} {}\n",
        meta.len(),
        meta.modified()?,
        env!("CARGO_PKG_VERSION"),
        library.display()
    ))
}
