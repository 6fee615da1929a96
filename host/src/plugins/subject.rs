//! From a path that a user names to the plugins that it stands for.

use std::path::{Path, PathBuf};

use super::discover::{Entry, MANIFEST_SUFFIX, from_manifest, in_folder};
use crate::error::{Error, Result};

/// The plugins of a path: of a manifest, of a library with its manifest beside it, or of every
/// manifest in a folder. At least one.
///
/// # Errors
/// When there is no such path, or no manifest for it.
pub fn at_path(path: &Path) -> Result<Vec<Entry>> {
    let shown = path.display();
    // A manifest names its folder; the library's messages should not depend on where guild runs.
    let real = path.canonicalize().map_err(|e| {
        Error::new(format!("cannot read {shown}: {e}"))
            .did_you_mean(guild_flags::nearest_path(Path::new("."), path))
    })?;
    if real.is_dir() {
        let entries = in_folder(&real);
        if entries.is_empty() {
            return Err(no_manifest(format!("there is no plugin manifest in {shown}")));
        }
        return Ok(entries);
    }
    let (Some(folder), Some(file)) = (real.parent(), real.file_name().and_then(|n| n.to_str()))
    else {
        return Err(no_manifest(format!("{shown} is no plugin")));
    };
    if file.ends_with(MANIFEST_SUFFIX) {
        return Ok(vec![from_manifest(folder, file)]);
    }
    let entries: Vec<Entry> = in_folder(folder).into_iter().filter(|e| e.library == real).collect();
    if entries.is_empty() {
        return Err(no_manifest(format!("no plugin manifest beside {shown} names it")));
    }
    Ok(entries)
}

/// Where a plugin's manifest is.
pub fn manifest_path(entry: &Entry) -> PathBuf {
    let file = format!("{}{MANIFEST_SUFFIX}", entry.manifest.name);
    entry.folder.as_deref().unwrap_or(Path::new("")).join(file)
}

fn no_manifest(message: String) -> Error {
    Error::new(message)
        .hint(format!("A plugin is a library with a manifest, NAME{MANIFEST_SUFFIX}, beside it."))
}
