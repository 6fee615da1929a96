//! Files and folders as candidates.

use std::env;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::Candidate;

/// Files and folders that begin like `word`, from the folder `cwd`.
pub fn all(cwd: &Path, word: &str) -> Vec<Candidate> {
    matching(cwd, word, |_| true)
}

/// Folders that begin like `word`.
pub fn folders(cwd: &Path, word: &str) -> Vec<Candidate> {
    matching(cwd, word, |_| false)
}

/// Folders, and those of the files that are wanted. What begins with a dot is there for a word that
/// does.
pub fn matching(cwd: &Path, word: &str, wanted: impl Fn(&Path) -> bool) -> Vec<Candidate> {
    let (folder, start) = match word.rfind(MAIN_SEPARATOR) {
        Some(at) => word.split_at(at + 1),
        None => ("", word),
    };
    let Ok(entries) = fs::read_dir(cwd.join(expanded(Path::new(folder)))) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with(start) || name.starts_with('.') && !start.starts_with('.') {
            continue;
        }
        let path = entry.path();
        match path.is_dir() {
            true => found.push(format!("{folder}{name}{MAIN_SEPARATOR}")),
            false if wanted(&path) => found.push(format!("{folder}{name}")),
            false => {}
        }
    }
    found.sort();
    found.into_iter().map(|value| Candidate::new(value, "")).collect()
}

/// A path with the user's home for `~`.
pub fn expanded(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_below_the_folder_that_is_typed() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("data")).unwrap();
        for name in ["data/x.csv", "day.txt", ".hidden"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let values = |found: Vec<Candidate>| -> Vec<String> {
            found.into_iter().map(|candidate| candidate.value).collect()
        };
        assert_eq!(values(all(dir.path(), "")), ["data/", "day.txt"]);
        assert_eq!(values(all(dir.path(), "data/")), ["data/x.csv"]);
        assert_eq!(values(all(dir.path(), ".")), [".hidden"]);
        assert_eq!(values(folders(dir.path(), "d")), ["data/"]);
        assert_eq!(values(all(dir.path(), "none/")), Vec::<String>::new());
        let absolute = format!("{}/day", dir.path().display());
        assert_eq!(values(all(Path::new("/"), &absolute)), [absolute + ".txt"]);
    }
}
