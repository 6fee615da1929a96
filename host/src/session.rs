//! [`Session`]: where and for whom a command runs.

use std::cell::OnceCell;
use std::env;
use std::path::{Path, PathBuf};

use guild_index::Index;
use guild_plugin_api::{Context, Level, LogRecord};
use guild_store::{Store, home};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::plugins::{Call, CallError, Registry, SearchPath};
use crate::{program, terminal};

/// Where and for whom a command runs.
pub struct Session {
    /// The folder that the user works in (`-C`), absolute. The process stays where it was started,
    /// so that messages show paths as the user typed them.
    pub cwd: PathBuf,
    /// Whether the user wants details.
    pub debug: bool,
    /// The command, for hints: `guild runs rm`. What `guild runs` alone stands for is spelled out.
    pub command: String,
    /// The command as it was typed.
    pub typed_command: String,
    /// The program that is running, absolute, where it was installed.
    pub program: PathBuf,
    /// The plugins at hand.
    pub plugins: Registry,
    home: PathBuf,
    context: OnceCell<Context>,
    index: OnceCell<Index>,
}

/// The options before the command: `-C`, `-H`, `--debug`.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `-C PATH`
    pub cwd: Option<PathBuf>,
    /// `-H PATH`
    pub home: Option<PathBuf>,
    /// `--debug`
    pub debug: bool,
    /// The command as it was typed.
    pub command: String,
}

impl Session {
    /// Looks where the command runs. Nothing is created and no plugin is read.
    pub fn new(settings: &Settings) -> Result<Session> {
        let here = env::current_dir()
            .map_err(|e| Error::new(format!("the current directory cannot be used: {e}")))?;
        let cwd = match &settings.cwd {
            Some(dir) => here.join(existing_dir(&expand_user(dir))?),
            None => here,
        };
        let environment = home::Env::of_process();
        if let Some(warning) = environment.scheme_warning() {
            terminal::warning(&warning);
        }
        let given = settings.home.as_deref().map(expand_user);
        let home = home::find(given.as_deref(), &cwd, &environment);
        for (what, path) in [("directory", &cwd), ("Guild home", &home)] {
            if path.to_str().is_none() {
                return Err(Error::new(format!(
                    "the path of the {what} is not valid UTF-8: {}",
                    path.display()
                ))
                .hint("Rename the folder, or use -C and -H to name another."));
            }
        }
        let exe = program::path();
        let search = SearchPath::new(
            env::var_os("GUILD_PLUGIN_PATH").as_deref(),
            env::home_dir().as_deref(),
            &exe,
        );
        Ok(Session {
            cwd,
            debug: settings.debug,
            command: match settings.command.as_str() {
                "guild runs" => "guild runs list".into(),
                command => command.into(),
            },
            typed_command: settings.command.clone(),
            program: exe,
            plugins: Registry::new(search),
            home,
            context: OnceCell::new(),
            index: OnceCell::new(),
        })
    }

    /// Guild's home, which may not exist.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The runs, for reading. A home that does not exist holds none. Within a run that keeps others
    /// from what runs there, as a pipeline does from its steps, these are its own.
    pub fn store(&self) -> Store {
        let parent = env::var("GUILD_RUNS_PARENT").ok().filter(|parent| !parent.is_empty());
        Store::new(&self.home).within(parent)
    }

    /// The runs and what is known of them.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self.store()))
    }

    /// Keeps what was found out about runs for the next command. Gives what the user should know of
    /// it.
    #[must_use]
    pub fn save_index(&self) -> Option<String> {
        self.index.get().and_then(Index::save).map(|damaged| damaged.to_string())
    }

    /// The runs, for writing: the home is made when it is missing.
    pub fn store_for_writing(&self) -> Result<Store> {
        home::ensure(&self.home).map_err(|e| Error::new(e.to_string()))?;
        Ok(self.store())
    }

    /// What hooks are told.
    pub fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            let mut context = Context::new(&self.cwd, &self.home);
            context.debug = self.debug;
            context.guild_version = env!("CARGO_PKG_VERSION").into();
            context.program = self.program.clone();
            context
        })
    }

    /// Calls a hook of a plugin and tells the user what it has to say beside its answer, which is
    /// none when the plugin does not know the hook.
    pub fn call<Q: Serialize, A: DeserializeOwned + Default>(
        &self,
        plugin: &str,
        hook: &str,
        request: &Q,
    ) -> std::result::Result<Option<A>, CallError> {
        let answer = self.plugins.call(plugin, hook, self.context(), request);
        match &answer {
            Ok(Call { log, .. }) => self.show(log),
            Err(CallError::Failed(e)) => self.show(&e.log),
            Err(_) => {}
        }
        answer.map(|call| call.result)
    }

    /// Tells the user what a hook had to say.
    fn show(&self, log: &[LogRecord]) {
        for record in log {
            match record.level {
                Level::Warning => terminal::warning(&record.message),
                Level::Info => terminal::err(&record.message),
                _ => self.say_debug(|| record.message.clone()),
            }
        }
    }

    /// Says something under `--debug` only.
    pub fn say_debug(&self, text: impl FnOnce() -> String) {
        if self.debug {
            terminal::debug(&text());
        }
    }
}

fn existing_dir(dir: &Path) -> Result<PathBuf> {
    if !dir.exists() {
        return Err(Error::new(format!("directory '{}' does not exist", dir.display()))
            .did_you_mean(guild_flags::nearest_path(Path::new("."), dir)));
    }
    if !dir.is_dir() {
        return Err(Error::new(format!("'{}' is not a directory", dir.display())));
    }
    Ok(dir.to_path_buf())
}

/// `~` and `~/x`, which the shell leaves alone in `-C~/x`.
fn expand_user(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_path_buf(),
    }
}
