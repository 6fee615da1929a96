//! Installing a completion script: the script below the user's `.guild`, and a line in the file that
//! the shell reads when it starts.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use guild_store::{home, paths};

use super::Shell;
use crate::error::{Error, Result};
use crate::terminal;

/// Installs it; a file that has the line already is left as it is.
pub fn install(shell: Shell, init: Option<&Path>) -> Result<()> {
    let script = config_dir().join(format!("{}_completion", shell.name()));
    terminal::err(&format!("Writing completion script to {}", shown(&script)));
    write(&script, |file| file.write_all(shell.script().as_bytes()), false)?;
    let init = init.map_or_else(|| usual_init(shell), Path::to_path_buf);
    let init = absolute(&init);
    let source = format!(". {}", quoted(shell, &shown(&script)));
    let before = match fs::read_to_string(&init) {
        Ok(text) => Some(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(Error::new(format!("cannot read {}: {e}", init.display()))),
    };
    let lines = before.iter().flat_map(|text| text.lines()).enumerate();
    if let Some((at, line)) = lines.into_iter().find(|(_, line)| line.contains(&source)) {
        terminal::err(&format!(
            "Guild completion is already installed in {} (line {}):\n  {}",
            shown(&init),
            at + 1,
            line.trim_end()
        ));
        return Ok(());
    }
    // The file of fish is guild's alone.
    if before.is_some() && shell != Shell::Fish {
        let backup = backup_of(&init);
        terminal::err(&format!("Backing up {} to {}", shown(&init), shown(&backup)));
        fs::copy(&init, &backup)
            .map_err(|e| Error::new(format!("cannot write {}: {e}", backup.display())))?;
    }
    terminal::err(&format!("Updating {} to support Guild command completion", shown(&init)));
    let gap = if before.is_some() { "\n" } else { "" };
    let line = format!("{gap}{}\n", init_line(shell, &shown(&script), &source));
    write(&init, |file| file.write_all(line.as_bytes()), true)?;
    terminal::out(
        "Guild command completion is installed - changes will take effect the next time you open a \
         terminal session",
    );
    Ok(())
}

fn init_line(shell: Shell, script: &str, source: &str) -> String {
    let script = quoted(shell, script);
    match shell {
        Shell::Bash => format!("[ -s {script} ] && {source}  # Enable completion for guild"),
        Shell::Zsh => format!("[[ -s {script} ]] && {source}  # Enable completion for guild"),
        Shell::Fish => format!("test -s {script} ;and {source}"),
        Shell::Powershell => {
            format!("if (Test-Path {script}) {{ {source} }}  # Enable completion for guild")
        }
    }
}

/// A path for a shell; a `~` in front stays what it is.
fn quoted(shell: Shell, path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-~+:@".contains(c);
    if path.chars().all(plain) {
        return path.to_string();
    }
    let (tilde, rest) = match path.strip_prefix("~/") {
        Some(rest) => ("~/", rest),
        None => ("", path),
    };
    match shell {
        Shell::Powershell => format!("'{}'", path.replace('\'', "''")),
        _ => format!("{tilde}'{}'", rest.replace('\'', "'\\''")),
    }
}

/// Where the user's configuration is, as in Guild AI 0.9.0.
fn config_dir() -> PathBuf {
    match env::var_os("GUILD_CONFIG").filter(|path| !path.is_empty()) {
        Some(path) => absolute(Path::new(&path)).parent().map(Path::to_path_buf),
        None => None,
    }
    .unwrap_or_else(|| home::user_home().join(".guild"))
}

fn usual_init(shell: Shell) -> PathBuf {
    home::user_home().join(match shell {
        Shell::Bash => ".bashrc",
        Shell::Zsh => ".zshrc",
        Shell::Fish => ".config/fish/completions/guild.fish",
        Shell::Powershell => ".config/powershell/profile.ps1",
    })
}

fn absolute(path: &Path) -> PathBuf {
    let path = paths::expand_user(path, &home::user_home());
    env::current_dir().map_or_else(|_| path.clone(), |here| here.join(&path))
}

fn shown(path: &Path) -> String {
    paths::with_tilde(path, &home::user_home())
}

/// The first name that is not taken.
fn backup_of(init: &Path) -> PathBuf {
    let name = |n: u32| {
        let mut name = init.as_os_str().to_owned();
        name.push(format!(".guild-backup.{n}"));
        PathBuf::from(name)
    };
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

fn write(
    path: &Path,
    write: impl Fn(&mut fs::File) -> std::io::Result<()>,
    append: bool,
) -> Result<()> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(append).truncate(!append);
        write(&mut options.open(path)?)
    });
    written.map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))
}
