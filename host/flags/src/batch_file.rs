//! Batch files, `@FILE` among the arguments of `guild run`: the flag values of one trial after
//! another.
//!
//! Source: `_read_trials` in `guild.op_util` of 0.9.0.

mod table;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use guild_plugin_api::Value;
use indexmap::IndexMap;

use crate::Warnings;
use crate::value::{repr_value, short_kind, text};

/// How much of a value is shown in a message, in characters.
const SHOWN: usize = 80;

/// Why a batch file gives no trials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    #[error("batch file {0} does not exist")]
    Missing(String),
    /// The file is no list of trials.
    #[error("cannot read trials for {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why, with the line where there is one to name.
        reason: String,
    },
}

/// The trials of the batch file `path`, in the file's order: each the values of its flags by name,
/// in the order in which the file has them.
///
/// The name's ending says how the file is written, in any case of letters:
///
/// - `.csv` or none: the first line names the flags, each line after it is a trial, which leaves
///   out the flags that it has no values for. A cell is what it would be on the command line
///   ([`decode`](crate::value::decode), without a type). Lines without anything on them are passed
///   over.
/// - `.json`, `.yml`, `.yaml`: a list of mappings from flags to values, or one such mapping.
///
/// Values are not checked against any operation's definitions. A `~` in `path` is not expanded
/// ([`expand_user`](crate::path::expand_user) does), and a relative one is looked up from the
/// current folder of the process.
///
/// # Errors
/// [`Error::Missing`] for a file that is not there; [`Error::Unreadable`] for another ending, a file
/// that cannot be read, a wrong text (with its line), a row with more values than flags, a flag that
/// is named twice, and data that are no mappings.
///
/// ```
/// use guild_flags::batch_file;
/// # let dir = tempfile::tempdir()?;
/// let path = dir.path().join("trials.csv");
/// std::fs::write(&path, "lr,opt\n1e-2,adam\n0.1,sgd\n")?;
/// let trials = batch_file::read(&path)?;
/// assert_eq!(trials[0]["lr"], 0.01.into());
/// assert_eq!(trials[1]["opt"], "sgd".into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: &Path) -> Result<Vec<IndexMap<String, Value>>, Error> {
    read_noting(path, &path.display().to_string(), &mut Warnings::new())
}

/// As [`read`]; also says which functions in cells were called wrongly. Errors call the file `name`.
///
/// # Errors
/// As [`read`].
pub fn read_noting(
    path: &Path,
    name: &str,
    warnings: &mut Warnings,
) -> Result<Vec<IndexMap<String, Value>>, Error> {
    let failed = |reason: String| Error::Unreadable { path: name.into(), reason };
    let bytes = fs::read(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => Error::Missing(name.into()),
        _ => failed(e.to_string()),
    })?;
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match ending.as_str() {
        "" | "csv" => table::read(&bytes, warnings),
        "json" => json(&bytes).and_then(trials),
        "yml" | "yaml" => yaml(&bytes).and_then(trials),
        _ => Err("unsupported extension".into()),
    }
    .map_err(failed)
}

fn yaml(bytes: &[u8]) -> Result<Value, String> {
    guild_yaml::decode_bytes(bytes).map_err(|e| e.to_string())
}

/// JSON is read as YAML, as Guild AI does, so that numbers mean the same in both; what YAML takes
/// offence at (tabs, escapes for surrogates) is left to a JSON reader.
fn json(bytes: &[u8]) -> Result<Value, String> {
    yaml(bytes).or_else(|_| serde_json::from_slice(bytes).map_err(|e| e.to_string()))
}

fn trials(data: Value) -> Result<Vec<IndexMap<String, Value>>, String> {
    let items = match data {
        Value::List(items) => items,
        Value::Map(_) => vec![data],
        other => {
            return Err(format!(
                "invalid data type for trials: expected list or dict, got {}",
                short_kind(&other)
            ));
        }
    };
    items.into_iter().map(trial).collect()
}

fn trial(data: Value) -> Result<IndexMap<String, Value>, String> {
    match data {
        Value::Map(map) => Ok(map.into_iter().map(|(name, value)| (text(&name), value)).collect()),
        other => {
            let shown = shortened(&repr_value(&other));
            Err(format!("invalid data type for trial {shown}: expected dict"))
        }
    }
}

fn shortened(shown: &str) -> String {
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown.to_string(),
    }
}

#[cfg(test)]
mod tests;
