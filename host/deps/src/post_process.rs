//! Commands that work on a source's files where those are kept.
//!
//! Source: "Post process support" in `resolver.py` of 0.9.0. There the command fails for a file that
//! is no archive, whose folder among the cached resources is not made, and is not run again for an
//! archive that has changed.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::SystemTime;

use guild_flags::shell;
use guild_flags::value::repr;
use guild_store::paths;

use crate::hash;
use crate::resolve::{Context, Place};
use crate::resource::Source;

/// Starts the one function that a command can have: `$(project-src PATH)`.
const PROJECT_SRC: &str = "$(project-src ";

/// Runs a source's command in `dir`, unless it was done since the file at `path` has changed.
///
/// # Errors
/// The command fails; a path of the project that it names is not there.
pub(crate) fn post_process(
    source: &Source,
    place: &Place,
    path: &Path,
    dir: &Path,
    cx: &Context,
) -> Result<(), String> {
    let Some(command) = &source.post_process else { return Ok(()) };
    let command = with_project_paths(&command.trim().replace('\n', " "), place, cx)?;
    let name = place.dependency.resource.resolving_name();
    let marker = dir.join(format!(".guild-cache-{}.post", hash::sha1_of_text(&command)));
    if modified(&marker).is_some_and(|done| path.is_dir() || modified(path) <= Some(done)) {
        return Ok(());
    }
    cx.around.interrupted().map_err(|e| e.to_string())?;
    let shown = dir.display();
    cx.around.info(&format!("Post processing {name} resource in {shown}: {}", repr(&command)));
    let failed = |what: String| format!("error post processing {name} resource: {what}");
    let io_failed = |e: std::io::Error| failed(e.to_string());
    fs::create_dir_all(dir).map_err(io_failed)?;
    // The screen is the command's.
    cx.around.progress(None);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &command]).current_dir(dir).stdin(Stdio::inherit());
    let status = shell.status().map_err(io_failed)?;
    // What an interrupt ended must not count as done.
    cx.around.interrupted().map_err(|e| e.to_string())?;
    if !status.success() {
        return Err(failed(format!("Command {} {}", quoted(&command), ended(status))));
    }
    File::create(marker).map(drop).map_err(io_failed)
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|m| m.modified()).ok()
}

fn quoted(command: &str) -> String {
    format!("'{command}'")
}

fn ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("returned non-zero exit status {code}."),
        (None, Some(signal)) => format!("was ended by signal {signal}."),
        (None, None) => "did not end well.".into(),
    }
}

/// The command with paths in the project's folder, or in those of packages that the model inherits
/// from, for `$(project-src PATH)`.
fn with_project_paths(command: &str, place: &Place, cx: &Context) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = command;
    while let Some(start) = rest.find(PROJECT_SRC) {
        let (before, from) = rest.split_at(start);
        let within = &from[PROJECT_SRC.len()..];
        let Some(end) = within.find(')') else { break };
        text += before;
        let words = shell::split(&within[..end]).unwrap_or_default();
        let [path] = words.as_slice() else {
            return Err(format!("project-src failed: expected one path in '{}'", &within[..end]));
        };
        text += &project_path(path, place, cx)?.display().to_string();
        rest = &within[end + 1..];
    }
    Ok(text + rest)
}

fn project_path(path: &str, place: &Place, cx: &Context) -> Result<PathBuf, String> {
    let roots = || [&place.location].into_iter().chain(&place.dependency.parents);
    let found = roots().map(|root| paths::absolute(&root.join(path), cx.cwd)).find(|p| p.exists());
    found.ok_or_else(|| {
        let roots: Vec<String> = roots().map(|root| root.display().to_string()).collect();
        let roots = roots.join(":");
        format!("project-src failed: could not find '{path}' in path '{roots}'")
    })
}
