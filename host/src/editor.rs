//! The user's editor.

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::error::{EXIT_ERROR, Error, Result};
use crate::terminal;

/// What is tried where the user names no editor.
const EDITORS: [&str; 4] = ["/usr/bin/editor", "vim", "nano", "vi"];

/// The text as the user leaves it in the editor that `VISUAL` or else `EDITOR` names, which may have
/// arguments. The file that is edited ends in `ending`.
pub fn edit(text: &str, ending: &str) -> Result<String> {
    let editor = editor();
    let failed = |reason: &dyn std::fmt::Display| Error::new(format!("{editor}: {reason}"));
    let file = tempfile::Builder::new().prefix("editor-").suffix(ending).tempfile();
    let mut file = file.map_err(|e| failed(&e))?;
    let whole = if text.ends_with('\n') { text.to_string() } else { format!("{text}\n") };
    file.write_all(whole.as_bytes()).map_err(|e| failed(&e))?;
    // A shell takes the editor's own arguments apart.
    let status = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(file.path())
        .status()
        .map_err(|e| failed(&e))?;
    if !status.success() {
        return Err(failed(&"Editing failed").hint("Set EDITOR to the editor that you want."));
    }
    // Editors may put a new file in the place of the old one.
    fs::read_to_string(file.path()).map_err(|e| failed(&e))
}

/// A comment that the user writes in an editor, starting from `given`. `notes` are shown below it,
/// behind `#`; what starts so is no part of the comment. An empty one is an error.
pub fn comment(given: &str, notes: &str) -> Result<String> {
    let mut text = format!("{given}\n");
    for line in notes.lines() {
        text += "#";
        text += if line.is_empty() { "" } else { " " };
        text += line;
        text.push('\n');
    }
    let edited = edit(&text, ".GUILD_COMMENT")?;
    let lines: Vec<_> = edited.lines().filter(|line| !line.starts_with('#')).collect();
    not_empty(&lines.join("\n")).map(String::from)
}

/// A comment without the blanks around it, unless that leaves nothing.
pub fn not_empty(comment: &str) -> Result<&str> {
    let comment = comment.trim();
    if comment.is_empty() {
        terminal::err("Aborting due to an empty comment.");
        return Err(Error::silent(EXIT_ERROR));
    }
    Ok(comment)
}

fn editor() -> String {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| env::var(name).ok());
    let mut named = named.filter(|editor| !editor.trim().is_empty());
    named.next().unwrap_or_else(|| {
        let path = env::var_os("PATH").unwrap_or_default();
        let there = |editor: &&str| {
            Path::new(editor).is_absolute() && Path::new(editor).exists()
                || env::split_paths(&path).any(|dir| dir.join(editor).is_file())
        };
        EDITORS.into_iter().find(there).unwrap_or("vi").to_string()
    })
}
