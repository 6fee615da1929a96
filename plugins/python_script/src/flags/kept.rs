//! Flags that a script told once, kept until something that they depend on changes.
//!
//! Guild AI 0.9.0 goes by the script's time stamp and so serves what an imported module declared
//! before it was changed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Declared;
use super::import::{Files, Importer, Script};
use crate::stamp::{self, Stamp};

/// What a script's flags depend on, as far as it is known before it is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    file: PathBuf,
    content: u64,
    package: String,
    folder: Option<PathBuf>,
    search_path: Vec<PathBuf>,
    base_args: Vec<String>,
    dest: String,
    cwd: PathBuf,
    python_path: Option<String>,
    python: PathBuf,
    version: String,
    /// The folders for packages: a package that is installed changes them.
    packages: Vec<Option<Stamp>>,
    /// The package that asks.
    shim: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    key: Key,
    files: Files,
    flags: Vec<Declared>,
}

impl Key {
    /// None where the script cannot be read.
    pub(super) fn of(importer: &Importer, script: &Script) -> Option<Key> {
        Some(Key {
            file: script.file.clone(),
            content: content(&script.file)?,
            package: script.package.clone(),
            folder: script.folder.clone(),
            search_path: script.search_path.clone(),
            base_args: script.base_args.clone(),
            dest: script.dest.clone(),
            cwd: importer.cwd.to_owned(),
            python_path: std::env::var("PYTHONPATH").ok(),
            python: importer.python.to_owned(),
            version: importer.facts.version.clone(),
            packages: importer.facts.site_dirs.iter().map(|dir| Stamp::of(dir)).collect(),
            shim: importer.shim.dir.clone(),
        })
    }

    /// Where it is kept: a place for each script and its arguments.
    fn place(&self, cache_dir: &Path) -> PathBuf {
        let args = self.base_args.iter().map(String::as_bytes);
        let parts = [
            self.file.as_os_str().as_encoded_bytes(),
            self.dest.as_bytes(),
            self.python.as_os_str().as_encoded_bytes(),
        ];
        let hash = stamp::hash(parts.into_iter().chain(args));
        cache_dir.join("python").join(format!("flags-{hash:016x}.json"))
    }
}

/// What was kept for this key, where it still holds.
pub(super) fn read(cache_dir: &Path, key: &Key) -> Option<Vec<Declared>> {
    let kept = stamp::read_json::<Kept>(&key.place(cache_dir))?;
    let holds = kept.key == *key && kept.files.iter().all(|(file, hash)| content(file) == *hash);
    holds.then_some(kept.flags)
}

/// Keeps the flags of a script that imported these files.
pub(super) fn write(cache_dir: &Path, key: &Key, files: &[PathBuf], flags: &[Declared]) {
    let files = files.iter().map(|file| (file.clone(), content(file))).collect();
    let kept = Kept { key: key.clone(), files, flags: flags.to_owned() };
    // What is not kept is found again.
    let _ = stamp::write_json(&key.place(cache_dir), &kept);
}

fn content(file: &Path) -> Option<u64> {
    Some(stamp::hash([&*std::fs::read(file).ok()?]))
}
