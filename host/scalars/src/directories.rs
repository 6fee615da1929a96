//! Where a run's event files are.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::events::is_event_file;

/// Where a run's scalars are, and everything that was looked at to find it: as long as that stays
/// as it is, there are no other event files.
#[derive(Debug, Default)]
pub struct Found {
    /// The directories that were looked into, as they were before.
    pub directories: Vec<(PathBuf, Metadata)>,
    /// The links that were passed over because they do not lead to a run.
    pub passed_over: Vec<PathBuf>,
    /// The event files.
    pub events: Vec<EventFiles>,
}

/// The event files of one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFiles {
    /// The directory's path below the run's, with `/`.
    pub prefix: String,
    /// The files, in the order of their names, in which they are read.
    pub files: Vec<PathBuf>,
}

/// Looks for the event files below `run_dir`. [`crate::summary::for_run`] says which count.
pub fn find(run_dir: &Path) -> Found {
    let mut found = Found::default();
    look(run_dir, "", &mut Vec::new(), &mut found);
    found
}

/// `above` are the directories that led here, as device and inode: links may lead in circles.
fn look(dir: &Path, prefix: &str, above: &mut Vec<(u64, u64)>, found: &mut Found) {
    let Ok(metadata) = dir.metadata() else { return };
    let id = (metadata.dev(), metadata.ino());
    if above.contains(&id) {
        return;
    }
    found.directories.push((dir.to_path_buf(), metadata));
    let Ok(entries) = fs::read_dir(dir) else { return };
    let (mut files, mut counts) = (Vec::new(), false);
    above.push(id);
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        let leads_to_directory = kind.is_dir() || (kind.is_symlink() && path.is_dir());
        if leads_to_directory && (kind.is_dir() || path.join(".guild/opref").exists()) {
            let below = if prefix.is_empty() { name.into() } else { format!("{prefix}/{name}") };
            look(&path, &below, above, found);
            continue;
        }
        if kind.is_symlink() {
            found.passed_over.push(path.clone());
        }
        if !leads_to_directory {
            counts |= name.contains(".tfevents.");
            if is_event_file(&name) {
                files.push(path);
            }
        }
    }
    above.pop();
    if counts {
        files.sort_unstable();
        found.events.push(EventFiles { prefix: prefix.into(), files });
    }
}
