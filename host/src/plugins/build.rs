//! Builds a plugin project with cargo.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::manifest::Manifest;
use crate::error::{Error, Result};

/// One of the lines that cargo writes about what it does.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message {
    reason: String,
    manifest_path: PathBuf,
    target: Target,
    filenames: Vec<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Target {
    kind: Vec<String>,
}

/// Builds the project for release and gives the library that the manifest names.
///
/// # Errors
/// When cargo cannot be started or fails (its output is in the detail and the hints), and when the
/// library that it makes is not the one that the manifest names.
pub fn library(project: &Path, manifest: &Manifest) -> Result<PathBuf> {
    let name = &manifest.name;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let out = Command::new(&cargo)
        .args(["build", "--release", "--message-format=json-render-diagnostics"])
        .current_dir(project)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| {
            Error::new(format!(
                "cannot build plugin '{name}': cannot start {}: {e}",
                cargo.to_string_lossy()
            ))
            .hint("Install Rust, or install the plugin from its library and manifest.")
        })?;
    if !out.status.success() {
        let told = String::from_utf8_lossy(&out.stderr);
        let error = Error::new(format!("cannot build plugin '{name}' in {}:", project.display()));
        return Err(told.trim_end().lines().fold(error, |error, line| error.hint(line)));
    }
    let built = libraries(&String::from_utf8_lossy(&out.stdout), project);
    let wanted = manifest.library_file();
    let named = |p: &&PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy() == wanted);
    match (built.iter().find(named), built.first()) {
        (Some(library), _) => Ok(library.clone()),
        (None, Some(other)) => Err(Error::new(format!(
            "plugin '{name}' cannot be installed: its manifest names the library {wanted}, its \
             project makes {}",
            other.file_name().unwrap_or_default().to_string_lossy()
        ))
        .hint("Correct `library` in the manifest, or the name of the package.")),
        (None, None) => Err(Error::new(format!(
            "plugin '{name}' cannot be installed: its project makes no library to load"
        ))
        .hint("Its Cargo.toml needs crate-type = [\"cdylib\", \"rlib\"] in [lib].")),
    }
}

/// The libraries to load among what cargo says that it made for this project.
fn libraries(messages: &str, project: &Path) -> Vec<PathBuf> {
    let own = project.join("Cargo.toml").canonicalize().unwrap_or_default();
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|m| m.reason == "compiler-artifact" && m.target.kind.iter().any(|k| k == "cdylib"))
        .filter(|m| m.manifest_path.canonicalize().is_ok_and(|path| path == own))
        .flat_map(|m| m.filenames)
        .filter(|file| file.to_string_lossy().ends_with(env::consts::DLL_SUFFIX))
        .collect()
}
