//! [`Registry`]: the plugins at hand, each loaded at most once and only when it is needed.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use guild_plugin_api::dispatch::{ErrorKind, HookError, Reply, encode_request};
use guild_plugin_api::{Context, LogRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::discover::{Entry, SearchPath, discover};
use super::load::{LoadError, Loaded, load};

/// The plugins at hand.
pub struct Registry {
    path: SearchPath,
    entries: OnceCell<Vec<Slot>>,
}

struct Slot {
    entry: Entry,
    loaded: OnceCell<Result<Rc<Loaded>, LoadError>>,
}

/// What a hook gave.
pub struct Call<A> {
    /// Its answer; none when the plugin does not know the hook.
    pub result: Option<A>,
    /// What else it had to say.
    pub log: Vec<LogRecord>,
}

/// Why a hook gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The plugin could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The plugin reports a failure. Its message is for the user.
    #[error("{0}")]
    Failed(HookError),
    /// The plugin misbehaved.
    #[error("plugin '{plugin}' failed in its hook '{hook}': {reason}")]
    Broken {
        /// The plugin's name.
        plugin: String,
        /// The hook's name.
        hook: String,
        /// What it did: a panic's message, or what is wrong with its reply.
        reason: String,
    },
}

impl Registry {
    /// A registry over a search path. Nothing is read before it is asked for something.
    pub fn new(path: SearchPath) -> Registry {
        Registry { path, entries: OnceCell::new() }
    }

    /// Every plugin found, used or not, in the order of the search path.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots().iter().map(|s| &s.entry)
    }

    /// The folders that may hold manifests, in the order in which they are searched.
    pub fn folders(&self) -> &[PathBuf] {
        &self.path.folders
    }

    /// Where the user's own plugins are installed; none for a user without a home. It may not exist.
    pub fn user_folder(&self) -> Option<&Path> {
        self.path.user.as_deref()
    }

    /// The names of plugins that want to be asked about this file, the first to ask first.
    pub fn for_file(&self, path: &Path) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles_file(path))
    }

    /// The names of plugins that want to be asked about a command that starts with this word.
    pub fn for_command(&self, word: &str) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles_command(word))
    }

    /// The names of plugins that own an attribute of Guild files, the first to ask first.
    pub fn for_attribute(&self, name: &str) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles.attributes.iter().any(|a| a == name))
    }

    /// The names of plugins that want operations which do not say how they are run.
    pub fn for_implied(&self) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles.implied)
    }

    /// Whether there is a plugin of this name to be used, broken or not.
    pub fn has(&self, name: &str) -> bool {
        self.slot(name).is_some()
    }

    /// Calls a hook of a plugin, loading it first when it is not loaded yet.
    pub fn call<Q: Serialize, A: DeserializeOwned + Default>(
        &self,
        name: &str,
        hook: &str,
        cx: &Context,
        request: &Q,
    ) -> Result<Call<A>, CallError> {
        let broken =
            |reason: String| CallError::Broken { plugin: name.into(), hook: hook.into(), reason };
        let slot = self.slot(name).ok_or_else(|| broken("there is no such plugin".into()))?;
        let loaded = slot.loaded.get_or_init(|| load(&slot.entry).map(Rc::new)).as_ref().cloned();
        let loaded = loaded.map_err(|e| e.clone())?;
        let request = encode_request(cx, request).map_err(|e| broken(e.message))?;
        match loaded.invoke(hook, &request) {
            Ok(reply) => {
                let reply: Reply<A> = serde_json::from_str(&reply)
                    .map_err(|e| broken(format!("its reply cannot be read: {e}")))?;
                Ok(Call { result: Some(reply.result), log: reply.log })
            }
            Err(error) => {
                let error: HookError = serde_json::from_str(&error)
                    .map_err(|e| broken(format!("its error cannot be read: {e}")))?;
                match error.kind {
                    ErrorKind::UnknownHook => Ok(Call { result: None, log: Vec::new() }),
                    ErrorKind::Panic => Err(broken(format!("it panicked: {}", error.message))),
                    ErrorKind::BadRequest => Err(broken(error.message)),
                    _ => Err(CallError::Failed(error)),
                }
            }
        }
    }

    fn slots(&self) -> &[Slot] {
        self.entries.get_or_init(|| {
            discover(&self.path)
                .into_iter()
                .map(|entry| Slot { entry, loaded: OnceCell::new() })
                .collect()
        })
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        let of_name = |s: &&Slot| s.entry.manifest.name == name && s.entry.used;
        self.slots().iter().find(of_name)
    }

    fn by_priority(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<&str> {
        let mut found: Vec<&Entry> = self.entries().filter(|e| e.used && wanted(e)).collect();
        found.sort_by_key(|e| e.manifest.priority);
        found.iter().map(|e| e.manifest.name.as_str()).collect()
    }
}
