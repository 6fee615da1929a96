//! Opens a plugin's library and takes it in hand, one stage after the other.
//!
//! This file and `plugin-api`'s `abi.rs` are the only ones that name `abi_stable`. A library is
//! never closed: it may have started threads or registered things that live as long as we do.

// Opening a library runs its constructors: nobody can prove that safe. What can be checked before
// (manifest, api version, wholeness of the file) has been.
#![allow(unsafe_code)]

use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};

use abi_stable::library::{LibraryError, RootModule, lib_header_from_path};
use guild_plugin_api::abi::{PluginBox, PluginModuleRef};
use guild_plugin_api::model::PluginInfo;

use super::discover::{Entry, State};
use super::{elf, trust};

/// A plugin whose library is open.
pub struct Loaded {
    plugin: PluginBox,
    /// The api version that it was built with.
    pub api_version: String,
}

/// How far loading came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The manifest does not allow loading.
    Manifest,
    /// The file is no whole library.
    File,
    /// The system's loader refused it.
    Open,
    /// It is a library but exports no plugin.
    Symbol,
    /// Its binary interface is not this host's.
    Layout,
    /// What it says of itself is not what its manifest says.
    Info,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Manifest => "manifest",
            Stage::File => "file",
            Stage::Open => "open",
            Stage::Symbol => "symbol",
            Stage::Layout => "layout",
            Stage::Info => "info",
        })
    }
}

/// Why a plugin could not be loaded. Displays as one line.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot load plugin '{plugin}' ({}): {reason}", .library.display())]
pub struct LoadError {
    /// The plugin's name.
    pub plugin: String,
    /// The library.
    pub library: PathBuf,
    /// How far loading came.
    pub stage: Stage,
    /// What is wrong, one line.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// More than a user wants to read, for `--debug`.
    pub detail: Option<String>,
}

/// Loads the plugin of an entry.
pub fn load(entry: &Entry) -> Result<Loaded, LoadError> {
    load_watched(entry, |_| {})
}

/// As `load`; tells each stage before it begins, as a library may end the process in it.
pub fn load_watched(entry: &Entry, mut begin: impl FnMut(Stage)) -> Result<Loaded, LoadError> {
    let fail = |stage, reason: String| LoadError {
        plugin: entry.manifest.name.clone(),
        library: entry.library.clone(),
        stage,
        reason,
        hint: hint(stage, entry),
        detail: None,
    };
    begin(Stage::Manifest);
    match &entry.state {
        State::Ready => {}
        State::Shadowed => {
            return Err(fail(Stage::Manifest, "another plugin of that name is used".into()));
        }
        State::Broken(reason) | State::Incompatible(reason) => {
            return Err(fail(Stage::Manifest, reason.clone()));
        }
        State::Untrusted(reason) => {
            let hint = trust::HINT.into();
            return Err(LoadError { hint, ..fail(Stage::Manifest, reason.clone()) });
        }
    }
    begin(Stage::File);
    match elf::defect(&entry.library) {
        Ok(None) => {}
        Ok(Some(defect)) => return Err(fail(Stage::File, defect)),
        Err(e) => return Err(fail(Stage::File, format!("cannot read the file: {e}"))),
    }
    begin(Stage::Open);
    open(&entry.library).map_err(|e| fail(Stage::Open, first_line(&e)))?;
    let with_detail = |stage, reason: &str, e: LibraryError| {
        let mut error = fail(stage, reason.into());
        error.detail = Some(e.to_string());
        error
    };
    begin(Stage::Symbol);
    let header = lib_header_from_path(&entry.library)
        .map_err(|e| with_detail(Stage::Symbol, "the library exports no guild plugin", e))?;
    begin(Stage::Layout);
    let module = header.init_root_module::<PluginModuleRef>().map_err(|e| {
        let theirs = header.version_strings().version;
        let ours = PluginModuleRef::VERSION_STRINGS.version;
        let reason = match &e {
            LibraryError::IncompatibleVersionNumber { .. } => {
                format!("built for plugin api {theirs}, this guild speaks {ours}")
            }
            LibraryError::RootModule { .. } => "it failed when it was asked for its plugin".into(),
            _ => format!("its binary interface differs (plugin api {theirs}, here {ours})"),
        };
        with_detail(Stage::Layout, &reason, e)
    })?;
    begin(Stage::Info);
    let loaded = Loaded { plugin: module.new()(), api_version: module.api_version().to_string() };
    let info = loaded.info();
    let manifest = &entry.manifest;
    if (&info.name, &info.version) != (&manifest.name, &manifest.version) {
        let reason = format!(
            "the library says that it is '{}' {}, its manifest says '{}' {}",
            info.name, info.version, manifest.name, manifest.version
        );
        return Err(fail(Stage::Info, reason));
    }
    Ok(loaded)
}

impl Loaded {
    /// Who the plugin says it is; empty when it cannot say.
    pub fn info(&self) -> PluginInfo {
        serde_json::from_str(self.plugin.info().as_str()).unwrap_or_default()
    }

    /// Calls a hook, text in, text out.
    pub fn invoke(&self, hook: &str, request: &str) -> Result<String, String> {
        self.plugin
            .invoke(hook.into(), request.into())
            .into_result()
            .map(|reply| reply.into_string())
            .map_err(|error| error.into_string())
    }
}

/// Opens the library with all its symbols bound, so that a missing one is found now and not in the
/// middle of a run, and keeps it open.
#[cfg(unix)]
fn open(path: &Path) -> Result<(), String> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: see the top of this file.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
        .map_err(|e| source_text(&e, path))?;
    mem::forget(library);
    Ok(())
}

#[cfg(not(unix))]
fn open(path: &Path) -> Result<(), String> {
    // SAFETY: see the top of this file.
    let library = unsafe { libloading::Library::new(path) }.map_err(|e| source_text(&e, path))?;
    mem::forget(library);
    Ok(())
}

/// The system loader's own words, without the path that we show anyway.
fn source_text(e: &libloading::Error, path: &Path) -> String {
    let text = match std::error::Error::source(e) {
        Some(source) => source.to_string(),
        None => e.to_string(),
    };
    let prefix = format!("{}: ", path.display());
    text.replace(&prefix, "")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_string()
}

fn hint(stage: Stage, entry: &Entry) -> String {
    let name = &entry.manifest.name;
    match (stage, entry.origin) {
        (Stage::Layout, _) => "Build the plugin again with this guild's plugin-api.".into(),
        (_, super::Origin::BuiltIn) => {
            format!("Plugin '{name}' is part of guild: install guild again to repair it.")
        }
        (_, super::Origin::Installed) => "Install the plugin again or remove its manifest. \
             Try 'guild plugins list' for what there is."
            .into(),
    }
}
