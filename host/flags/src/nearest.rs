//! The name that another may be a slip for.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The first of the nearest among `known` that `name` may be a slip for: one slip in three
/// characters, or one in a short name.
///
/// ```
/// use guild_flags::nearest;
/// assert_eq!(nearest("trian", ["test", "train"]), Some("train"));
/// assert_eq!(nearest("trian", ["evaluate"]), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let near = |known: &'a str| {
        let slips = strsim::damerau_levenshtein(&lower, &known.to_lowercase());
        let shorter = name.chars().count().min(known.chars().count());
        (slips <= (shorter / 3).max(1) && slips < shorter).then_some((slips, known))
    };
    known.into_iter().filter_map(near).min().map(|(_, known)| known)
}

/// The path, as seen from `base`, that `named` may be a slip for where nothing is at that: every part
/// that is not there is taken for the nearest of what is.
///
/// ```
/// let folder = tempfile::tempdir().unwrap();
/// std::fs::create_dir(folder.path().join("data")).unwrap();
/// std::fs::write(folder.path().join("data/train.csv"), "").unwrap();
/// let near = |named: &str| guild_flags::nearest_path(folder.path(), named.as_ref());
/// assert_eq!(near("dta/trian.csv").as_deref(), Some("data/train.csv".as_ref()));
/// assert_eq!(near("data/labels.csv"), None);
/// assert_eq!(near("data/train.csv"), None);
/// ```
pub fn nearest_path(base: &Path, named: &Path) -> Option<PathBuf> {
    let mut near = PathBuf::new();
    for part in named.components() {
        let beside = base.join(&near);
        match part {
            Component::Normal(name) if !beside.join(name).exists() => {
                near.push(nearest_in(&beside, name)?);
            }
            other => near.push(other),
        }
    }
    (near != named).then_some(near)
}

fn nearest_in(folder: &Path, name: &OsStr) -> Option<String> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let names: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
    nearest(name.to_str()?, names.iter().map(String::as_str)).map(String::from)
}

/// A line that asks for what may have been meant, to go below an error; empty for none.
///
/// ```
/// assert_eq!(guild_flags::did_you_mean(Some("train")), "\nDid you mean 'train'?");
/// ```
pub fn did_you_mean(near: Option<impl AsRef<OsStr>>) -> String {
    near.map_or_else(String::new, |near| {
        format!("\nDid you mean '{}'?", Path::new(near.as_ref()).display())
    })
}
