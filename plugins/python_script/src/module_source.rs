//! `module:` sources: modules that an operation needs, which must be there to be imported.
//!
//! Source: `ModuleResolver` in `resolver.py` of Guild AI 0.9.0, which imports the module itself. The
//! interpreter that counts is the one that runs the operation.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::process;

/// How long an import may take. Large packages on a slow disk take a minute.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// Imports the module that is the first argument, the folder it runs in being searched first.
const IMPORT: &str = "import importlib, sys; importlib.import_module(sys.argv.pop(1))";

/// Checks that `python` can import `module` for a project.
///
/// # Errors
///
/// Why it cannot, in the interpreter's words.
pub fn check(python: &Path, module: &str, project_dir: &Path) -> Result<(), String> {
    let mut command = Command::new(python);
    command.args(["-c", IMPORT, module]).current_dir(project_dir);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let done = process::finish(&mut command, TIME_LIMIT)
        .map_err(|e| format!("{} cannot import {module}: {e}", python.display()))?;
    if done.status.success() {
        return Ok(());
    }
    let complaint = done.complaint();
    let kinds = ["ModuleNotFoundError: ", "ImportError: "];
    let message = kinds.iter().find_map(|kind| complaint.strip_prefix(kind));
    Err(message.unwrap_or(&complaint).to_string())
}
