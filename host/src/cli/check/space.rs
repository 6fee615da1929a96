//! How much disk space Guild's files take.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

use guild_plugin_api::setup::SetupFact;
use guild_store::format::size;

/// What the parts of a home take, each with its path.
pub fn facts(home: &Path) -> Vec<SetupFact> {
    // Guild AI 0.9.0 keeps what it knows of remotes with the user, whatever home is used.
    let user = env::home_dir().unwrap_or_else(|| PathBuf::from("/"));
    let paths = [
        ("guild_home", home.to_path_buf()),
        ("runs", home.join("runs")),
        ("deleted_runs", home.join("trash/runs")),
        ("remote_state", user.join(".guild/remotes")),
        ("cache", home.join("cache")),
    ];
    let used: Vec<String> = paths.iter().map(|(_, path)| size(usage(path))).collect();
    let width = used.iter().map(String::len).max().unwrap_or_default();
    let line = |((name, path), used): (&(&str, PathBuf), &String)| {
        SetupFact::new(format!("  {name}"), format!("{used:<width$} {}", path.display()))
    };
    paths.iter().zip(&used).map(line).collect()
}

/// The bytes that a folder takes on the disk, links not followed, each file counted once.
fn usage(folder: &Path) -> u64 {
    const BLOCK: u64 = 512;
    let mut seen = HashSet::new();
    let mut total = 0;
    let mut left = vec![folder.to_path_buf()];
    while let Some(path) = left.pop() {
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        if about.nlink() < 2 || about.is_dir() || seen.insert((about.dev(), about.ino())) {
            total += about.blocks() * BLOCK;
        }
        if about.is_dir() {
            let entries = fs::read_dir(&path).into_iter().flatten().flatten();
            left.extend(entries.map(|entry| entry.path()));
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_two_names_counts_once() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), vec![1; 100_000]).unwrap();
        let one = usage(dir.path());
        fs::hard_link(dir.path().join("a"), dir.path().join("b")).unwrap();
        std::os::unix::fs::symlink("..", dir.path().join("up")).unwrap();
        assert!(one >= 100_000 && usage(dir.path()) < one + 50_000);
        assert_eq!(usage(&dir.path().join("none")), 0);
    }
}
