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
use guild_plugin_api::ErrorKind;
use guild_plugin_api::abi::{PluginBox, PluginModuleRef};
use guild_plugin_api::dispatch::HookError;
use guild_plugin_api::model::PluginInfo;

use super::discover::{Entry, State};
use super::{elf, trust};

/// The longest text that is taken from a plugin, in bytes. The largest that is known to make sense,
/// a list of all packages of an environment, has less than one of them.
pub const MAX_TEXT: usize = 64_000_000;

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

impl LoadError {
    /// A failure of an entry's library.
    pub fn new(entry: &Entry, stage: Stage, reason: String) -> LoadError {
        LoadError {
            plugin: entry.manifest.name.clone(),
            library: entry.library.clone(),
            stage,
            reason,
            hint: hint(stage, entry),
            detail: None,
        }
    }
}

/// Loads the plugin of an entry; tells each stage before it begins, as a library may end the process
/// in it.
pub fn load_watched(entry: &Entry, mut begin: impl FnMut(Stage)) -> Result<Loaded, LoadError> {
    let fail = |stage, reason: String| LoadError::new(entry, stage, reason);
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
    let info = loaded.info().map_err(|reason| fail(Stage::Info, reason))?;
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
    /// Who the plugin says it is; a line about why it cannot say.
    fn info(&self) -> Result<PluginInfo, String> {
        let text = self.plugin.info();
        let info: PluginInfo = serde_json::from_str(text.as_str())
            .map_err(|e| format!("what it says of itself cannot be read: {e}"))?;
        if !info.name.is_empty() {
            return Ok(info);
        }
        // A plugin that could not be made says so to any hook.
        let error = self.plugin.invoke("".into(), "{}".into()).into_result().err();
        let error: HookError =
            error.and_then(|e| serde_json::from_str(e.as_str()).ok()).unwrap_or_default();
        Err(match error.kind {
            ErrorKind::Panic => format!("it panicked when it was made: {}", error.message),
            _ => "it does not say who it is".into(),
        })
    }

    /// Calls a hook, text in, text out: a reply, or an error as the plugin writes it.
    ///
    /// # Errors
    /// With its length, when the text is longer than `MAX_TEXT`.
    pub fn invoke(&self, hook: &str, request: &str) -> Result<Result<String, String>, usize> {
        let answer = self.plugin.invoke(hook.into(), request.into()).into_result();
        let (Ok(text) | Err(text)) = &answer;
        if text.len() > MAX_TEXT {
            return Err(text.len());
        }
        Ok(answer.map(|reply| reply.into_string()).map_err(|error| error.into_string()))
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
