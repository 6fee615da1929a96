//! The user's configuration: the file that `GUILD_CONFIG` names, else `guild-config.yml` in the
//! current directory, else `~/.guild/config.yml`.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use guild_plugin_api::Value;
use guild_store::home;

use crate::terminal;

/// What the user configured under `name`. A file that is missing configures nothing; one that
/// cannot be read neither, with a warning.
pub fn user_setting(cwd: &Path, name: &str) -> Option<Value> {
    let path = path(cwd);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return None,
        Err(e) => {
            let path = path.display();
            terminal::warning(&format!("cannot read user config in {path}: {e}"));
            return None;
        }
    };
    match guild_yaml::decode(&text) {
        Ok(Value::Map(settings)) => settings.get(name).cloned(),
        Ok(_) => None,
        Err(e) => {
            let path = path.display();
            terminal::warning(&format!("error loading user config in {path}: {e}"));
            None
        }
    }
}

fn path(cwd: &Path) -> PathBuf {
    if let Some(named) = env::var_os("GUILD_CONFIG").filter(|v| !v.is_empty()) {
        return named.into();
    }
    let local = cwd.join("guild-config.yml");
    if local.exists() { local } else { home::user_home().join(".guild/config.yml") }
}
