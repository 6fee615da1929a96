//! Copies a run's folder with its permissions and times.

use std::fs;
use std::io;
use std::path::Path;

use super::Links;
use crate::relocate;

/// Copies `src` to `dest`, which must not exist. What is neither file, folder nor link holds
/// nothing and is left out; so is what links that lead nowhere would be copies of.
pub(super) fn copy(src: &Path, dest: &Path, links: Links) -> io::Result<()> {
    match links {
        Links::Keep => relocate::copy(src, dest),
        Links::Follow => follow(src, dest),
    }
}

fn follow(src: &Path, dest: &Path) -> io::Result<()> {
    let link = fs::symlink_metadata(src)?.is_symlink();
    let meta = match fs::metadata(src) {
        Err(e) if link && e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if link && meta.is_dir() && leads_up(src)? {
        return Ok(());
    }
    if meta.is_dir() {
        fs::create_dir(dest)?;
        for entry in fs::read_dir(src)? {
            let name = entry?.file_name();
            follow(&src.join(&name), &dest.join(&name))?;
        }
        // Last: a folder that nobody may write to must be filled first.
        fs::set_permissions(dest, meta.permissions())?;
    } else if meta.is_file() {
        fs::copy(src, dest)?;
    } else {
        return Ok(());
    }
    relocate::set_times(dest, &meta)
}

/// Whether a link leads to a folder that it is in: a copy of that would never end.
fn leads_up(link: &Path) -> io::Result<bool> {
    let parent = link.parent().unwrap_or(link).canonicalize()?;
    Ok(parent.starts_with(link.canonicalize()?))
}
