//! Sees through the shims of pyenv.
//!
//! A shim is a shell script that asks pyenv, itself a set of shell scripts, for the interpreter to
//! start: 30 to 100 milliseconds each time. What it decides follows from an environment variable
//! and small files, read here by the same rules.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Surroundings, check};

/// What a shim stands for.
#[derive(Debug, PartialEq)]
pub(super) enum Resolved {
    /// The interpreter that it would start.
    To(PathBuf),
    /// What follows on the search path.
    System,
    /// Only pyenv knows.
    Unsure,
}

/// Whether the file is such a script rather than an interpreter. Other version managers have the
/// same kind of folder; what their shims do is not known here.
pub(super) fn is_shim(path: &Path) -> bool {
    if path.parent().and_then(Path::file_name) != Some(OsStr::new("shims")) {
        return false;
    }
    let mut start = [0; 2];
    let read = std::fs::File::open(path).and_then(|mut f| f.read_exact(&mut start));
    // asdf and mise have programs as shims; those are links to the manager itself.
    read.is_ok() && (&start == b"#!" || path.is_symlink())
}

/// What `shim` starts as `command` for a user in `around.cwd`.
pub(super) fn resolve(around: &Surroundings, shim: &Path, command: &str) -> Resolved {
    let root = around.var("PYENV_ROOT").map(PathBuf::from);
    let beside = shim.parent().and_then(Path::parent).map(Path::to_path_buf);
    let Some(root) = [beside, root].into_iter().flatten().find(|r| r.join("versions").is_dir())
    else {
        return Resolved::Unsure;
    };
    let Some(versions) = versions(around, &root) else { return Resolved::Unsure };
    for version in &versions {
        if version == "system" {
            return Resolved::System;
        }
        let Some(dir) = installed(&root.join("versions"), version) else { return Resolved::Unsure };
        let path = dir.join("bin").join(command);
        if check(&path).is_ok() {
            return Resolved::To(path);
        }
    }
    Resolved::System
}

/// The selected versions, the first first; none where a file is not as expected.
fn versions(around: &Surroundings, root: &Path) -> Option<Vec<String>> {
    if let Some(names) = around.var("PYENV_VERSION") {
        return Some(names.to_str()?.split(':').map(str::to_owned).collect());
    }
    let start = around.var("PYENV_DIR").map(PathBuf::from);
    let local = [start, Some(around.cwd.clone())]
        .into_iter()
        .flatten()
        .find_map(|dir| dir.ancestors().map(|d| d.join(".python-version")).find(|f| f.is_file()));
    let file = local.unwrap_or_else(|| root.join("version"));
    if !file.exists() {
        return Some(vec!["system".to_owned()]);
    }
    let text = std::fs::read_to_string(file).ok()?;
    let words = text.lines().filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = words.filter(|w| !w.starts_with('#')).map(str::to_owned).collect();
    // pyenv refuses names that would lead out of its folder.
    let odd = names.iter().any(|n| n.contains('/') || n.starts_with('.') || n.contains(':'));
    match (odd, names.is_empty()) {
        (true, _) => None,
        (false, true) => Some(vec!["system".to_owned()]),
        (false, false) => Some(names),
    }
}

/// The folder of a version: the name itself, without the word `python-`, or the newest one that a
/// prefix such as `3.11` matches.
fn installed(versions: &Path, name: &str) -> Option<PathBuf> {
    let bare = name.strip_prefix("python-").unwrap_or(name);
    for name in [name, bare] {
        let dir = versions.join(name);
        if dir.is_dir() {
            return Some(dir);
        }
    }
    let numbers = |s: &str| s.split('.').map(|n| n.parse::<u32>().ok()).collect::<Option<Vec<_>>>();
    let wanted = numbers(bare)?;
    let entries = std::fs::read_dir(versions).ok()?.flatten();
    let matching = entries.filter_map(|e| Some((numbers(e.file_name().to_str()?)?, e.path())));
    matching.filter(|(n, _)| n.starts_with(&wanted)).max().map(|(_, path)| path)
}
