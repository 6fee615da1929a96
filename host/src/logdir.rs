//! A log directory for TensorBoard: a folder for each run, with links to the run's event files.
//!
//! Names and places are those of Guild AI 0.9.0's `RunsMonitor`.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use guild_scalars::events::is_event_file;
use guild_store::Run;
use guild_store::format::{Context, Details};

/// The most bytes of a run's folder's path; below it there is room for event files on any system.
const MAX_PATH: usize = 148;

/// The name of a run's folder: `3f9c01ab train 2026-11-22 10:00:00 LABEL`, with nothing in it that
/// a path or TensorBoard's page cannot take.
pub fn run_name(run: &Run, label: &str, context: &Context) -> String {
    let details = Details::of(run, None, context);
    let detail = |name| details.get(name).unwrap_or_default();
    let operation = match (detail("model"), detail("op_name")) {
        (model, op) if model.is_empty() => op,
        (model, op) => format!("{model}:{op}"),
    };
    let mut name = format!("{} {operation} {}", run.short_id(), detail("started"));
    if !label.is_empty() {
        name += &format!(" {label}");
    }
    let mut safe = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '/' | '\\' if safe.ends_with('_') => {}
            '/' | '\\' => safe.push('_'),
            '\0' | '…' => safe.push('?'),
            c => safe.push(c),
        }
    }
    safe
}

/// Makes `logdir` hold a folder for each of the named runs, and nothing else. Event files that are
/// new since the last time are added.
pub fn refresh(logdir: &Path, runs: &[(Run, String)]) -> io::Result<()> {
    let room = MAX_PATH.saturating_sub(logdir.as_os_str().len() + 1);
    let folders: Vec<PathBuf> = runs.iter().map(|(_, name)| logdir.join(cut(name, room))).collect();
    let wanted: HashSet<&PathBuf> = folders.iter().collect();
    for entry in fs::read_dir(logdir)? {
        let path = entry?.path();
        if !wanted.contains(&path) {
            fs::remove_dir_all(&path)?;
        }
    }
    for ((run, _), folder) in runs.iter().zip(&folders) {
        fs::create_dir_all(folder)?;
        for file in event_files(run) {
            let Ok(below) = file.strip_prefix(run.dir()) else { continue };
            let link = folder.join(below);
            if link.symlink_metadata().is_err() {
                fs::create_dir_all(link.parent().unwrap_or(folder))?;
                symlink(&file, &link)?;
            }
        }
    }
    Ok(())
}

/// The run's event files, in the order of their paths. Links to folders are not followed.
pub fn event_files(run: &Run) -> Vec<PathBuf> {
    let (mut found, mut dirs) = (Vec::new(), vec![run.dir().to_path_buf()]);
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                dirs.push(entry.path());
            } else if is_event_file(&entry.file_name().to_string_lossy()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// As much of `text` as fits in `bytes`.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_goes_and_what_is_new_comes() {
        let dir = tempfile::tempdir().unwrap();
        let run = Run::at(dir.path().join("runs/abc"));
        fs::create_dir_all(run.dir().join(".guild/sub")).unwrap();
        let logdir = dir.path().join("log");
        fs::create_dir_all(logdir.join("old")).unwrap();
        let named = |name: &str| [(run.clone(), name.to_string())];
        refresh(&logdir, &named("a")).unwrap();
        assert!(!logdir.join("old").exists());
        let event_file = ".guild/sub/events.out.tfevents.1.host";
        fs::write(run.dir().join(event_file), "x").unwrap();
        fs::write(run.dir().join("other"), "x").unwrap();
        refresh(&logdir, &named("a")).unwrap();
        refresh(&logdir, &named("a")).unwrap();
        assert_eq!(
            fs::read_link(logdir.join("a").join(event_file)).unwrap(),
            run.dir().join(event_file)
        );
        assert!(!logdir.join("a/other").exists());
        refresh(&logdir, &named(&"ü".repeat(300))).unwrap();
        let folders: Vec<_> = fs::read_dir(&logdir).unwrap().map(|e| e.unwrap().path()).collect();
        assert_eq!(folders.len(), 1);
        assert!(folders[0].as_os_str().len() <= MAX_PATH || logdir.as_os_str().len() >= MAX_PATH);
    }
}
