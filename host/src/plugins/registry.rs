//! [`Registry`]: the plugins at hand, each loaded at most once and only when it is needed.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use guild_plugin_api::dispatch::{ErrorKind, HookError, Reply, encode_request};
use guild_plugin_api::{Context, Level, LogRecord};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::discover::{Entry, SearchPath, State, discover};
use super::load::{LoadError, Loaded, MAX_TEXT, Stage, load_watched};
use super::worker::{Lost, Worker};
use super::{patience, proof};

/// The plugins at hand.
pub struct Registry {
    path: SearchPath,
    entries: OnceCell<Vec<Slot>>,
    worker: Worker,
}

struct Slot {
    entry: Entry,
    loaded: OnceCell<Result<Arc<Loaded>, LoadError>>,
    /// Whether a hook of it did not come back: nobody waits for it again.
    stuck: Cell<bool>,
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
    /// The plugin was not done in time.
    #[error(
        "plugin '{plugin}' gave no answer in its hook '{hook}' after {} seconds",
        .limit.as_secs_f64()
    )]
    Stuck {
        /// The plugin's name.
        plugin: String,
        /// The hook's name.
        hook: String,
        /// The time that it had.
        limit: Duration,
    },
}

impl Registry {
    /// A registry over a search path. Nothing is read before it is asked for something.
    pub fn new(path: SearchPath) -> Registry {
        Registry { path, entries: OnceCell::new(), worker: Worker::default() }
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

    /// The names of plugins that want to be asked about a command of these words.
    pub fn for_command(&self, words: &[String]) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles_command(words))
    }

    /// The names of plugins that own an attribute of Guild files, the first to ask first.
    pub fn for_attribute(&self, name: &str) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles.attributes.iter().any(|a| a == name))
    }

    /// The names of plugins that know where packages are, the first to ask first.
    pub fn for_packages(&self) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles.packages)
    }

    /// The names of all plugins that are used, by priority.
    pub fn used(&self) -> Vec<&str> {
        self.by_priority(|_| true)
    }

    /// The first plugin that makes environments, of this kind if one is named, and the kind.
    pub fn for_environment(&self, kind: Option<&str>) -> Option<(&str, &str)> {
        let kinds = |entry: &&Entry| entry.used && !entry.manifest.handles.environments.is_empty();
        let mut found: Vec<&Entry> = self.entries().filter(kinds).collect();
        found.sort_by_key(|e| e.manifest.priority);
        found.iter().find_map(|entry| {
            let mut own = entry.manifest.handles.environments.iter();
            let own = own.find(|own| kind.is_none_or(|kind| kind == *own))?;
            Some((entry.manifest.name.as_str(), own.as_str()))
        })
    }

    /// The names of plugins that resolve a kind of sources, the first to ask first.
    pub fn for_resource(&self, kind: &str) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles.resources.iter().any(|k| k == kind))
    }

    /// The kinds of sources that plugins resolve.
    pub fn resource_kinds(&self) -> Vec<String> {
        self.entries().flat_map(|entry| entry.manifest.handles.resources.clone()).collect()
    }

    /// The names of plugins that know a flags-dest, the first to ask first.
    pub fn for_flags_dest(&self, dest: &str) -> Vec<&str> {
        let before = dest.split(':').next().unwrap_or(dest);
        self.by_priority(|entry| {
            entry.manifest.handles.flags_dest.iter().any(|d| d == dest || d == before)
        })
    }

    /// The names of plugins that have an optimizer of this name, the first to ask first.
    pub fn for_optimizer(&self, name: &str) -> Vec<&str> {
        self.by_priority(|entry| entry.manifest.handles.optimizers.iter().any(|o| o == name))
    }

    /// The names of the optimizers that plugins have.
    pub fn optimizers(&self) -> Vec<String> {
        let used = self.entries().filter(|entry| entry.used);
        used.flat_map(|entry| entry.manifest.handles.optimizers.clone()).collect()
    }

    /// The names of plugins that want an operation which does not say how it is run, by default or
    /// because it is called after such a file, the first to ask first.
    pub fn for_implied(&self, op: &str) -> Vec<&str> {
        let path = Path::new(op);
        self.by_priority(|entry| {
            entry.manifest.handles.implied || entry.manifest.handles_file(path)
        })
    }

    /// Whether there is a plugin of this name to be used, broken or not.
    pub fn has(&self, name: &str) -> bool {
        self.slot(name).is_some()
    }

    /// Calls a hook of a plugin, loading it first when it is not loaded yet. The plugin's code runs
    /// on a thread of its own, which is left behind when it is not done in time.
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
        let first = slot.loaded.get().is_none();
        let loaded = slot.loaded.get_or_init(|| self.load(&slot.entry, cx)).clone()?;
        let mut log = if first { self.passed_over(name) } else { Vec::new() };
        let request = encode_request(cx, request).map_err(|e| broken(e.message))?;
        let limit = patience::for_hook(hook);
        let stuck = |limit| CallError::Stuck { plugin: name.into(), hook: hook.into(), limit };
        if let (true, Some(limit)) = (slot.stuck.get(), limit) {
            return Err(stuck(limit));
        }
        let called = hook.to_string();
        let answer = self.worker.run(limit, move || loaded.invoke(&called, &request));
        match answer.map_err(|lost| {
            slot.stuck.set(true);
            match (lost, limit) {
                (Lost::TooLong, Some(limit)) => stuck(limit),
                _ => broken("it ended its thread".into()),
            }
        })? {
            Ok(Ok(reply)) => {
                let reply: Reply<A> = serde_json::from_str(&reply).map_err(|e| {
                    broken(format!("its reply cannot be read: {}", one_line(&e.to_string())))
                })?;
                log.extend(reply.log);
                Ok(Call { result: Some(reply.result), log })
            }
            Ok(Err(error)) => {
                let mut error: HookError = serde_json::from_str(&error).map_err(|e| {
                    broken(format!("its error cannot be read: {}", one_line(&e.to_string())))
                })?;
                let message = one_line(&error.message);
                match error.kind {
                    ErrorKind::UnknownHook => Ok(Call { result: None, log }),
                    ErrorKind::Panic => Err(broken(format!("it panicked: {message}"))),
                    ErrorKind::BadRequest => Err(broken(message)),
                    _ => {
                        error.log.splice(0..0, log);
                        Err(CallError::Failed(error))
                    }
                }
            }
            Err(length) => Err(broken(format!(
                "its reply has {} MB, more than the {} MB that are taken",
                length / 1_000_000,
                MAX_TEXT / 1_000_000
            ))),
        }
    }

    /// Loads a plugin, a stranger's library in a process of its own first if that was never done.
    fn load(&self, entry: &Entry, cx: &Context) -> Result<Arc<Loaded>, LoadError> {
        let limit = patience::for_loading();
        if entry.state == State::Ready {
            proof::ensure(entry, &cx.cache_dir, limit)?;
        }
        let reached = Arc::new(Mutex::new(Stage::Manifest));
        let (work, stage) = (entry.clone(), Arc::clone(&reached));
        let load = move || {
            let begin = |begun| {
                if let Ok(mut stage) = stage.lock() {
                    *stage = begun;
                }
            };
            load_watched(&work, begin).map(Arc::new)
        };
        self.worker.run(Some(limit), load).unwrap_or_else(|lost| {
            let stage = reached.lock().map_or(Stage::Open, |stage| *stage);
            let reason = match lost {
                Lost::TooLong => {
                    format!(
                        "stuck at stage '{stage}': not done after {} seconds",
                        limit.as_secs_f64()
                    )
                }
                Lost::Ended => format!("it ended its thread at stage '{stage}'"),
            };
            Err(LoadError::new(entry, stage, reason))
        })
    }

    /// What to say about plugins of this name that come before the one that is used.
    fn passed_over(&self, name: &str) -> Vec<LogRecord> {
        let before = self.entries().take_while(|e| !(e.used && e.manifest.name == name));
        before
            .filter(|e| e.manifest.name == name)
            .filter_map(|e| {
                let folder = e.folder.as_deref().unwrap_or(Path::new("")).display();
                let message =
                    format!("plugin '{name}' in {folder} is not used: {}", e.state.reason()?);
                Some(LogRecord { level: Level::Warning, message })
            })
            .collect()
    }

    fn slots(&self) -> &[Slot] {
        self.entries.get_or_init(|| {
            discover(&self.path)
                .into_iter()
                .map(|entry| Slot { entry, loaded: OnceCell::new(), stuck: Cell::new(false) })
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

/// A plugin's text as a part of a line, and not more of it than anybody reads.
fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}
