//! Installs plugins into the user's plugin folder and takes them out again.
//!
//! What is checked is the copy that will be used: library and manifest are copied to a folder
//! inside the plugin folder, loaded from there in a child process, and renamed into place. The
//! manifest goes last, so that nobody sees one whose library is not there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::discover::{Entry, State, from_manifest, in_folder};
use super::subject::manifest_path;
use super::{Manifest, Origin, Registry, build, probe, subject, trust};
use crate::error::{Error, Result};

/// What became of an installation.
#[derive(Clone, Debug)]
pub struct Installed {
    /// The plugin.
    pub manifest: Manifest,
    /// Where it is now.
    pub folder: PathBuf,
    /// The version that it took the place of.
    pub replaced: Option<String>,
    /// The folder of a plugin of the same name that is used instead.
    pub shadowed_by: Option<PathBuf>,
}

/// A plugin that is not installed yet.
#[derive(Debug)]
pub struct Source {
    manifest: Manifest,
    manifest_file: PathBuf,
    library: PathBuf,
}

/// The plugin of a path: of a manifest, a library, a folder with one plugin, or a project, which is
/// built first. `begin_build` is called before that, as it takes its time.
///
/// # Errors
/// When there is not exactly one plugin, when it cannot be used here, or when it cannot be built.
pub fn source(path: &Path, begin_build: impl FnOnce(&Manifest)) -> Result<Source> {
    let project = path.is_dir() && path.join("Cargo.toml").is_file();
    let mut entries = subject::at_path(path)?;
    let (Some(entry), true) = (entries.pop(), entries.is_empty()) else {
        return Err(Error::new(format!("there are several plugins in {}", path.display()))
            .hint("Name the manifest of the one to install."));
    };
    let library = match &entry.state {
        State::Incompatible(_) => return Err(refused(&entry.manifest.name, &entry.state)),
        // Where it is now says nothing about where it will be, nor about whether it is built.
        State::Broken(_) if entry.manifest.version.is_empty() => {
            return Err(refused(&entry.manifest.name, &entry.state));
        }
        State::Broken(_) if !project => return Err(refused(&entry.manifest.name, &entry.state)),
        State::Untrusted(_) => return Err(refused(&entry.manifest.name, &entry.state)),
        _ if project => {
            begin_build(&entry.manifest);
            build::library(path, &entry.manifest)?
        }
        _ => entry.library.clone(),
    };
    Ok(Source { manifest_file: manifest_path(&entry), manifest: entry.manifest, library })
}

/// Installs a plugin into the user's plugin folder. With `force`, in the place of a built-in one.
///
/// # Errors
/// When it does not load, when its name or its library's is taken, or when it cannot be written.
pub fn install(plugins: &Registry, source: &Source, force: bool) -> Result<Installed> {
    let name = &source.manifest.name;
    let same = |e: &&Entry| e.manifest.name == *name;
    if !force && plugins.entries().filter(same).any(|e| e.origin == Origin::BuiltIn) {
        return Err(Error::new(format!(
            "plugin '{name}' cannot be installed: guild has one of that name"
        ))
        .hint("Use --force to have yours used instead."));
    }
    let folder = user_folder(plugins)?;
    let failed = |e: io::Error| {
        Error::new(format!("cannot install plugin '{name}' in {}: {e}", folder.display()))
    };
    let _lock = prepare(folder).map_err(failed)?;
    if let Some(objection) = trust::objection_to(folder) {
        // It would be there and never be used.
        return Err(refused(name, &State::Untrusted(objection)));
    }
    let old = in_folder(folder).into_iter().find(|e| e.manifest.name == *name);
    let library = folder.join(source.manifest.library_file());
    if let Some(other) = user_of(folder, &library, name) {
        return Err(Error::new(format!(
            "plugin '{name}' cannot be installed: {} belongs to plugin '{other}'",
            library.display()
        ))
        .hint(format!("Uninstall it first: 'guild plugins uninstall {other}'.")));
    }

    let staged = Staged::new(folder, source).map_err(failed)?;
    let entry = from_manifest(&staged.folder, &file_name(&source.manifest_file));
    match probe::check(&entry, probe::TIME_LIMIT).map_err(failed)? {
        Ok(_) => {}
        Err(reason) => {
            // The user knows the library by the place that it comes from.
            let reason = reason.replace(
                &entry.library.display().to_string(),
                &source.library.display().to_string(),
            );
            return Err(Error::new(format!("plugin '{name}' cannot be installed: {reason}")));
        }
    }
    fs::rename(&entry.library, &library).map_err(failed)?;
    let manifest = folder.join(file_name(&source.manifest_file));
    fs::rename(manifest_path(&entry), manifest).map_err(failed)?;
    if let Some(old) = old.as_ref().filter(|old| old.library != library) {
        remove_library(folder, old).map_err(failed)?;
    }
    let ready = |e: &Entry| matches!(e.state, State::Ready | State::Shadowed);
    let mut before = plugins.entries().filter(same);
    let before = before.find(|e| e.origin == Origin::Installed && ready(e));
    let before = before.and_then(|e| e.folder.clone());
    Ok(Installed {
        manifest: source.manifest.clone(),
        folder: folder.into(),
        replaced: old.map(|old| old.manifest.version),
        shadowed_by: before.filter(|f| f != folder && comes_before(plugins, f, folder)),
    })
}

/// Takes a plugin out of the user's plugin folder and gives its version.
///
/// # Errors
/// When there is none of that name in the user's folder, or when it cannot be removed.
pub fn uninstall(plugins: &Registry, name: &str) -> Result<String> {
    let folder = user_folder(plugins)?;
    let Some(entry) = in_folder(folder).into_iter().find(|e| e.manifest.name == name) else {
        return Err(not_ours(plugins, name, folder));
    };
    let failed = |e: io::Error| {
        Error::new(format!("cannot remove plugin '{name}' from {}: {e}", folder.display()))
    };
    let _lock = prepare(folder).map_err(failed)?;
    fs::remove_file(manifest_path(&entry)).map_err(failed)?;
    remove_library(folder, &entry).map_err(failed)?;
    Ok(entry.manifest.version)
}

fn user_folder(plugins: &Registry) -> Result<&Path> {
    plugins.user_folder().ok_or_else(|| {
        Error::new("there is no plugin folder for a user without a home").hint("Set HOME.")
    })
}

/// There is no plugin of this name.
pub fn unknown(plugins: &Registry, name: &str) -> Error {
    let names = plugins.entries().map(|e| e.manifest.name.as_str());
    Error::new(format!("there is no plugin '{name}'"))
        .hint("Try 'guild plugins list' for what there is.")
        .did_you_mean(guild_flags::nearest(name, names))
}

fn not_ours(plugins: &Registry, name: &str, folder: &Path) -> Error {
    match plugins.entries().find(|e| e.manifest.name == name) {
        None => unknown(plugins, name),
        Some(e) if e.origin == Origin::BuiltIn => {
            Error::new(format!("plugin '{name}' is part of guild and cannot be uninstalled"))
        }
        Some(e) => {
            let place = e.folder.as_deref().unwrap_or(Path::new(""));
            Error::new(format!("plugin '{name}' is not in {}", folder.display()))
                .hint(format!("It is in {}: remove it there.", place.display()))
        }
    }
}

fn refused(name: &str, state: &State) -> Error {
    let (State::Broken(reason) | State::Incompatible(reason) | State::Untrusted(reason)) = state
    else {
        return Error::new(format!("plugin '{name}' cannot be installed"));
    };
    let error = Error::new(format!("plugin '{name}' cannot be installed: {reason}"));
    match state {
        State::Incompatible(_) => error.hint("Build it with this guild's plugin-api."),
        State::Untrusted(_) => error.hint(trust::HINT),
        _ => error,
    }
}

/// Makes the folder where it is missing and keeps others out of it while it changes.
fn prepare(folder: &Path) -> io::Result<File> {
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
        set_mode(folder, 0o755)?;
    }
    let lock = File::create(folder.join(".lock"))?;
    #[cfg(unix)]
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)?;
    Ok(lock)
}

/// The name of another plugin in the folder that has this library.
fn user_of(folder: &Path, library: &Path, name: &str) -> Option<String> {
    let others = in_folder(folder).into_iter().filter(|e| e.manifest.name != name);
    others.into_iter().find(|e| e.library == library).map(|e| e.manifest.name)
}

/// Removes the library of a plugin whose manifest is gone or names another one now.
fn remove_library(folder: &Path, entry: &Entry) -> io::Result<()> {
    if user_of(folder, &entry.library, &entry.manifest.name).is_some() {
        return Ok(());
    }
    match fs::remove_file(&entry.library) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn comes_before(plugins: &Registry, one: &Path, other: &Path) -> bool {
    let place = |folder: &Path| plugins.folders().iter().position(|f| f == folder);
    place(one).is_some_and(|one| place(other).is_none_or(|other| one < other))
}

/// A copy of a plugin on the file system where it will be. Removed in the end with what is left.
struct Staged {
    folder: PathBuf,
}

impl Staged {
    fn new(folder: &Path, source: &Source) -> io::Result<Staged> {
        let staged = Staged { folder: folder.join(".incoming") };
        // Nobody else is at work here: this was left by somebody who was killed.
        let _ = fs::remove_dir_all(&staged.folder);
        fs::create_dir(&staged.folder)?;
        set_mode(&staged.folder, 0o700)?;
        staged.copy(&source.library, &source.manifest.library_file(), 0o755)?;
        staged.copy(&source.manifest_file, &file_name(&source.manifest_file), 0o644)?;
        Ok(staged)
    }

    fn copy(&self, from: &Path, name: &str, mode: u32) -> io::Result<()> {
        let to = self.folder.join(name);
        fs::copy(from, &to)?;
        set_mode(&to, mode)?;
        File::open(&to)?.sync_all()
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
