//! The files of a run: where its source code is, and which of them a command is about.

pub mod difference;
pub mod listing;
pub mod merge;
pub mod natural;
mod path_filter;

use std::path::{Path, PathBuf};

use guild_plugin_api::Value;
use guild_store::{Run, paths};

use crate::error::Error;

/// Where the run's source code was copied to: below the run's folder as attribute `op` says, else
/// the folder itself (Guild AI 0.9.0's `sourcecode_dest`).
pub fn sourcecode_dir(run: &Run) -> PathBuf {
    match sourcecode_setting(run, "dest") {
        Some(dest) => paths::absolute(Path::new(&dest), run.dir()),
        None => run.dir().to_path_buf(),
    }
}

/// Where in its project the run's source code came from, as attribute `op` says.
pub fn sourcecode_root(run: &Run) -> Option<String> {
    sourcecode_setting(run, "root")
}

/// `NAME` of `sourcecode` of the attribute `op`; none when any of them is missing or damaged.
fn sourcecode_setting(run: &Run, name: &str) -> Option<String> {
    let Ok(Some(Value::Map(op))) = run.attr("op") else { return None };
    let Some(Value::Map(sourcecode)) = op.get("sourcecode") else { return None };
    match sourcecode.get(name) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// What to say of a path that is not in the folder `root`, with what may have been meant.
pub fn not_there(root: &Path, path: &Path) -> Error {
    Error::new(format!("{} does not exist", root.join(path).display()))
        .did_you_mean(guild_flags::nearest_path(root, path))
}
