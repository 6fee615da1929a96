//! Where a run's event files are.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::events::is_event_file;

/// Gives each directory below `run_dir` that has event files to `found`: its path below the run's,
/// with `/`, and the files in the order of their names. [`crate::summary::for_run`] says which count.
pub(crate) fn directories(run_dir: &Path, found: &mut dyn FnMut(&str, &[PathBuf])) {
    look(run_dir, "", &mut Vec::new(), found);
}

/// `above` are the directories that led here, as device and inode: links may lead in circles.
fn look(
    dir: &Path,
    prefix: &str,
    above: &mut Vec<(u64, u64)>,
    found: &mut dyn FnMut(&str, &[PathBuf]),
) {
    let Ok(metadata) = dir.metadata() else { return };
    let id = (metadata.dev(), metadata.ino());
    if above.contains(&id) {
        return;
    }
    let Ok(entries) = fs::read_dir(dir) else { return };
    let (mut files, mut counts) = (Vec::new(), false);
    above.push(id);
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let Ok(kind) = entry.file_type() else { continue };
        let path = entry.path();
        let leads_to_directory = kind.is_dir() || (kind.is_symlink() && path.is_dir());
        if !leads_to_directory {
            counts |= name.contains(".tfevents.");
            if is_event_file(&name) {
                files.push(path);
            }
        } else if kind.is_dir() || path.join(".guild/opref").exists() {
            let below = if prefix.is_empty() { name.into() } else { format!("{prefix}/{name}") };
            look(&path, &below, above, found);
        }
    }
    above.pop();
    if counts {
        files.sort_unstable();
        found(prefix, &files);
    }
}
