//! Files of a project.
//!
//! Source: `FileResolver` and "Resolve source files support" in `resolver.py` of 0.9.0.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use guild_flags::value::{is_true, text};
use guild_flags::{did_you_mean, nearest_path};
use guild_plugin_api::Value;
use guild_store::paths;

use crate::hash;
use crate::post_process::post_process;
use crate::resolve::{Context, Place};
use crate::resource::Source;
use crate::select::{as_text, below, children, selected};
use crate::unpack;

/// The files that a source of the project stands for.
pub(crate) fn resolve(
    source: &Source,
    place: &Place,
    cx: &Context,
) -> Result<Vec<PathBuf>, String> {
    if let Some(given) = place.given(source) {
        return given_path(&given, source, cx);
    }
    let path = find(source, place, cx)?;
    let unpack_dir = cx.cache_dir(&["file", &path.display().to_string()]);
    let found = match path.is_dir() && source.select.is_empty() {
        true => vec![path.clone()],
        false => files_at(&path, source, &unpack_dir, cx)?,
    };
    check_any(&found, source, cx)?;
    post_process(source, place, &path, &unpack_dir, cx)?;
    Ok(found)
}

/// The file that the user named in place of a source's.
pub(crate) fn given_path(
    given: &Value,
    source: &Source,
    cx: &Context,
) -> Result<Vec<PathBuf>, String> {
    let path = paths::absolute(Path::new(&text(given)), cx.cwd);
    if !path.exists() {
        let near = did_you_mean(nearest_path(cx.cwd, Path::new(&text(given))));
        return Err(format!("{} does not exist{near}", path.display()));
    }
    let shown = paths::relative(&path, cx.cwd);
    cx.around.info(&format!("Using {} for {}", shown.display(), source.resolving_name()));
    Ok(vec![path])
}

/// Where a source's file is: in the project, or in a package that the model inherits from.
fn find(source: &Source, place: &Place, cx: &Context) -> Result<PathBuf, String> {
    let path = as_text(&cx.references(source.path(), Some(source.resolving_name()))?);
    let mut roots = [&place.location].into_iter().chain(&place.dependency.parents);
    let found = roots.find_map(|root| {
        let path = paths::absolute(&root.join(&path), cx.cwd);
        path.exists().then_some(path)
    });
    found.ok_or_else(|| {
        let near = nearest_path(&place.location, Path::new(&path));
        format!("cannot find source file '{path}'{}", did_you_mean(near))
    })
}

/// The files that are meant of what is at `path`: a folder, an archive or a file.
pub(crate) fn files_at(
    path: &Path,
    source: &Source,
    unpack_dir: &Path,
    cx: &Context,
) -> Result<Vec<PathBuf>, String> {
    if path.is_dir() {
        return files_in(path, source, cx);
    }
    verify(path, source, cx)?;
    content(path, source, unpack_dir, cx)
}

/// The files that are meant of a file, which may be an archive.
pub(crate) fn content(
    path: &Path,
    source: &Source,
    unpack_dir: &Path,
    cx: &Context,
) -> Result<Vec<PathBuf>, String> {
    let kind = if source.unpack { unpack::kind(path, source)? } else { None };
    let Some(kind) = kind else { return Ok(vec![path.to_path_buf()]) };
    let members = unpack::unpack(path, kind, unpack_dir, cx.around)?;
    if !source.select.is_empty() {
        return Ok(selected(unpack_dir, members, &source.select, cx.around));
    }
    let tops =
        members.iter().filter_map(|m| m.split('/').find(|part| !part.is_empty() && *part != "."));
    let tops: BTreeSet<&str> = tops.filter(|top| !top.starts_with(".guild")).collect();
    Ok(tops.into_iter().map(|top| unpack_dir.join(top)).collect())
}

/// The files that are meant of those in a folder.
pub(crate) fn files_in(dir: &Path, source: &Source, cx: &Context) -> Result<Vec<PathBuf>, String> {
    if !source.select.is_empty() {
        return Ok(selected(dir, below(dir), &source.select, cx.around));
    }
    children(dir).map_err(|e| format!("cannot read {}: {e}", dir.display()))
}

fn verify(path: &Path, source: &Source, cx: &Context) -> Result<(), String> {
    let shown = path.display();
    if !path.exists() {
        return Err(format!("'{shown}' does not exist"));
    }
    let Some(expected) = &source.sha256 else { return Ok(()) };
    let actual =
        hash::sha256(path, cx.around).map_err(|e| format!("cannot read '{shown}': {e}"))?;
    if !actual.eq_ignore_ascii_case(expected) {
        return Err(format!(
            "'{shown}' has an unexpected sha256 (expected {expected} but got {actual})"
        ));
    }
    Ok(())
}

/// Whether files were found, as far as the source wants to know.
pub(crate) fn check_any(found: &[PathBuf], source: &Source, cx: &Context) -> Result<(), String> {
    if !found.is_empty() {
        return Ok(());
    }
    let message = format!("nothing resolved for {}", source.resolving_name());
    if source.fail_if_empty {
        return Err(message);
    }
    if source.warn_if_empty {
        cx.around.warn(&message);
    }
    Ok(())
}

impl Place<'_> {
    /// What the user says instead of the source, if that is anything.
    pub(crate) fn given(&self, source: &Source) -> Option<Value> {
        let names = [source.flag_name.as_deref(), source.name.as_deref(), Some(&source.uri)];
        let given = names.into_iter().flatten().find_map(|n| self.dependency.config.get(n));
        given.filter(|value| is_true(value)).cloned()
    }
}

/// Whether something is at a path, a broken link included.
pub(crate) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
