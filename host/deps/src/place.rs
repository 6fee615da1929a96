//! Linking, copying and renaming within a run, and never outside of it.
//!
//! Source: `_resolve_source_for_path` and what it calls in `op_dep.py` of 0.9.0, which writes
//! wherever `target-path`, a new name or a link in the run leads to.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Component, Path, PathBuf};

use guild_flags::value::repr;
use guild_scalars::python_re::Pattern;
use guild_store::paths;

use crate::file::is_there;
use crate::resolve::Context;
use crate::resource::{Resource, Source};
use crate::select::as_text;

/// How much is copied before an interrupt is looked for, in bytes.
const PIECE: u64 = 64 << 20;

/// How deep folders are copied.
const MAX_DEPTH: usize = 200;

/// Puts `path`, found below `origin`, into the run. Returns where it is now; nothing when something
/// else is there already.
pub(crate) fn put(
    path: &Path,
    origin: &Path,
    source: &Source,
    resource: &Resource,
    cx: &Context,
) -> Result<Option<PathBuf>, String> {
    let link = is_link(source, resource)?;
    let target = target(path, origin, source, resource, cx)?;
    if path.parent() == Some(cx.run.dir()) {
        if path == target {
            return Ok(Some(target));
        }
        return apply("rename", &target, source, cx, || fs::rename(path, &target));
    }
    if link {
        let seen_from = paths::real(&target);
        let folder = seen_from.parent().unwrap_or(Path::new("/"));
        let to = paths::relative(path, folder);
        return apply("link", &target, source, cx, || symlink(&to, &target));
    }
    apply("copy", &target, source, cx, || copy(path, &target, cx))
}

fn is_link(source: &Source, resource: &Resource) -> Result<bool, String> {
    let (kind, what) = match (&source.target_type, &resource.target_type) {
        (Some(kind), _) => (kind, format!("source {}", source.name.as_deref().unwrap_or("None"))),
        (None, Some(kind)) => {
            (kind, format!("resource {}", resource.name.as_deref().unwrap_or("None")))
        }
        (None, None) => return Ok(false),
    };
    match kind.as_str() {
        "link" => Ok(true),
        "copy" => Ok(false),
        _ => Err(format!("unsupported target-type '{kind}' in {what} (expected 'link' or 'copy')")),
    }
}

/// Where a file goes.
fn target(
    path: &Path,
    origin: &Path,
    source: &Source,
    resource: &Resource,
    cx: &Context,
) -> Result<PathBuf, String> {
    let configured = source.target_path.as_ref().or(resource.target_path.as_ref());
    let folder = if source.preserve_path {
        if let Some(configured) = configured {
            cx.around.warn(&format!(
                "target-path '{configured}' specified with preserve-path - ignoring"
            ));
        }
        let origin = paths::absolute(origin, cx.cwd);
        paths::relative(path.parent().unwrap_or(path), &origin)
    } else {
        PathBuf::from(configured.map_or("", |p| p))
    };
    let invalid = |why: &str| {
        let name = resource.resolving_name();
        format!("invalid path '{}' in {name} resource ({why})", folder.display())
    };
    if folder.is_absolute() {
        return Err(invalid("path must be relative"));
    }
    let run_dir = cx.run.dir();
    let Some(name) = path.file_name() else { return Err(invalid("it has no name")) };
    let target = match source.rename.is_empty() {
        true => run_dir.join(&folder).join(name),
        false => run_dir.join(&folder).join(renamed(&name.to_string_lossy(), source, cx)?),
    };
    let target = paths::absolute(&target, run_dir);
    let inside = target.strip_prefix(run_dir).ok().and_then(|rest| rest.components().next());
    match inside {
        Some(Component::Normal(first)) if first != ".guild" => {}
        _ => return Err(invalid("it leads out of the run's files")),
    }
    // A link within the run may lead anywhere, into the project for example.
    let folder = target.parent().unwrap_or(run_dir);
    let (real, run) = (paths::real(folder), paths::real(run_dir));
    if !real.starts_with(&run) || real.starts_with(run.join(".guild")) {
        return Err(invalid("a link in it leads out of the run's files"));
    }
    Ok(target)
}

/// The first new name that differs.
fn renamed(name: &str, source: &Source, cx: &Context) -> Result<String, String> {
    for spec in &source.rename {
        let refused = |pattern: &str, replacement: &str, why: &str| {
            let (pattern, replacement) = (repr(pattern), repr(replacement));
            format!("error renaming source {name} ({pattern} -> {replacement}): {why}")
        };
        let resolved = |text: &str| cx.references(text, None).map(|value| as_text(&value));
        let both = resolved(&spec.pattern).and_then(|p| Ok((p, resolved(&spec.replacement)?)));
        let (pattern, replacement) = both.map_err(|e| {
            refused(&spec.pattern, &spec.replacement, &format!("resolution error: {e}"))
        })?;
        let new = Pattern::new(&pattern)
            .and_then(|compiled| compiled.replace_first(name, &replacement))
            .map_err(|e| refused(&pattern, &replacement, &e.to_string()))?;
        if new != name {
            return Ok(new);
        }
    }
    Ok(name.into())
}

fn apply(
    what: &str,
    target: &Path,
    source: &Source,
    cx: &Context,
    action: impl FnOnce() -> io::Result<()>,
) -> Result<Option<PathBuf>, String> {
    let failed = |e: io::Error| match what {
        "link" => format!("unable to link to dependency source: {e}"),
        _ => format!("cannot {what} to {}: {e}", target.display()),
    };
    if is_there(target) {
        if !source.replace_existing {
            cx.around.warn(&format!("{} already exists, skipping {what}", target.display()));
            return Ok(None);
        }
        remove(target).map_err(failed)?;
    }
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    action().map_err(failed)?;
    Ok(Some(target.to_path_buf()))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

/// Copies a file, or a folder with links in it as they are.
fn copy(from: &Path, to: &Path, cx: &Context) -> io::Result<()> {
    if fs::metadata(from)?.is_dir() {
        let run = fs::metadata(cx.run.dir())?;
        return copy_folder(from, to, (run.dev(), run.ino()), 0, cx);
    }
    copy_file(from, to, cx)
}

/// A folder that holds the run itself is copied without it: it would have no end.
fn copy_folder(
    from: &Path,
    to: &Path,
    run: (u64, u64),
    depth: usize,
    cx: &Context,
) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(io::Error::other(format!("{} is nested too deep", from.display())));
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            symlink(fs::read_link(&from)?, &to)?;
        } else if kind.is_dir() {
            let at = fs::metadata(&from)?;
            if (at.dev(), at.ino()) != run {
                copy_folder(&from, &to, run, depth + 1, cx)?;
            }
        } else if kind.is_file() {
            copy_file(&from, &to, cx)?;
        } else {
            cx.around.warn(&format!("skipping {}: it is no regular file", from.display()));
        }
    }
    // Last: a folder that cannot be written to could not be filled.
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}

fn copy_file(from: &Path, to: &Path, cx: &Context) -> io::Result<()> {
    let mut input = File::open(from)?;
    let about = input.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other(format!("{} is no regular file", from.display())));
    }
    let mut output = File::create_new(to)?;
    loop {
        let copied = io::copy(&mut Read::by_ref(&mut input).take(PIECE), &mut output)?;
        if copied < PIECE {
            break;
        }
        cx.around.interrupted()?;
    }
    cx.around.interrupted()?;
    output.set_permissions(about.permissions())
}
