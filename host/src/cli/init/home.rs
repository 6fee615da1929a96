//! A home in a folder of the user's.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use guild_store::home::user_home;

use crate::error::{Error, Result};
use crate::terminal;

/// Makes `.guild` in `dir`: a home of its own, or a link to the one given. What is there stays.
///
/// Its cache of resources is a link to one that is shared, the nearest upwards or the user's,
/// unless it is to be `isolated`.
///
/// # Errors
/// What cannot be made, in Guild AI 0.9.0's words.
pub fn init(dir: &Path, home: Option<&Path>, isolated: bool) -> Result<()> {
    let own = dir.join(".guild");
    let made = match home {
        Some(home) => link(home, &own),
        None => folder(&own, isolated),
    };
    made.map_err(|(path, e)| match e.kind() {
        io::ErrorKind::PermissionDenied => Error::new(format!(
            "unable to write to {} - do you have write permission?",
            path.display()
        )),
        _ => Error::new(format!("cannot make {}: {e}", path.display())),
    })
}

type Made = std::result::Result<(), (PathBuf, io::Error)>;

fn at<T>(path: &Path, result: io::Result<T>) -> std::result::Result<T, (PathBuf, io::Error)> {
    result.map_err(|e| (path.to_path_buf(), e))
}

fn link(home: &Path, own: &Path) -> Made {
    if own.symlink_metadata().is_ok() {
        let target = own.canonicalize().unwrap_or_else(|_| own.to_path_buf());
        if home.canonicalize().ok().as_ref() != Some(&target) {
            let (own, target, home) = (own.display(), target.display(), home.display());
            terminal::warning(&format!(
                "Guild directory {own} exists (links to {target}), skipping link to Guild home {home}"
            ));
        }
        return Ok(());
    }
    let parent = own.parent().unwrap_or(own);
    at(parent, fs::create_dir_all(parent))?;
    at(own, symlink(home, own))
}

fn folder(own: &Path, isolated: bool) -> Made {
    for name in ["runs", "trash", "cache/runs"] {
        let path = own.join(name);
        at(&path, fs::create_dir_all(&path))?;
    }
    // Copies of source code leave the folder out.
    let mark = own.join(".guild-nocopy");
    at(&mark, fs::OpenOptions::new().create(true).append(true).open(&mark))?;
    let cache = own.join("cache/resources");
    if cache.exists() {
        terminal::err(&format!("Resource cache {} exists, skipping", cache.display()));
        return Ok(());
    }
    if isolated {
        // A link to nothing is in the way.
        let _ = fs::remove_file(&cache);
        return at(&cache, fs::create_dir_all(&cache));
    }
    let shared = shared(own);
    at(&shared, fs::create_dir_all(&shared))?;
    match symlink(&shared, &cache) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => at(&cache, linked),
    }
}

/// The cache that is shared: the nearest upwards, or the user's.
fn shared(own: &Path) -> PathBuf {
    let below = Path::new(".guild/cache/resources");
    let folders = own.parent().into_iter().flat_map(Path::ancestors).map(|dir| dir.join(below));
    let mut there = folders.filter(|cache| cache.exists());
    there.next().unwrap_or_else(|| user_home().join(below))
}
