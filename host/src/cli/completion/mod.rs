//! `guild completion`: what makes shells complete guild's command lines.

mod install;

use std::path::PathBuf;

use clap::{CommandFactory, ValueEnum};

use crate::complete::{self, Candidate};
use crate::error::{Error, Result};
use crate::terminal;

/// Generate command completion script.
///
/// Without --install, the script for the active shell is shown. To have it in every shell from now
/// on, use --install; to have it in this one, evaluate what is shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Shell to generate completion script for. Default is current shell.
    #[arg(short, long, value_name = "NAME")]
    shell: Option<Shell>,

    /// Path to shell initrc to modify when --install is specified.
    #[arg(long, value_name = "PATH")]
    shell_init: Option<PathBuf>,

    /// Install the completion script for use whenever you open a terminal.
    #[arg(short, long)]
    install: bool,

    /// Completes the line up to the cursor.
    #[arg(long, hide = true, value_name = "LINE")]
    line: Option<String>,

    /// The characters that start a word for the shell.
    #[arg(long, hide = true, value_name = "CHARS", allow_hyphen_values = true)]
    breaks: Option<String>,

    /// Says the values alone, and not what they are, which may have to be read.
    #[arg(long, hide = true)]
    values: bool,

    /// Completes the last of these words.
    #[arg(long, hide = true)]
    words: bool,

    /// The words after the program's name, up to the cursor.
    #[arg(hide = true, last = true)]
    typed: Vec<String>,
}

/// A shell that can be helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// The Z shell
    Zsh,
    /// The friendly interactive shell
    Fish,
    /// PowerShell
    Powershell,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
        }
    }

    /// The shell of a program's name.
    fn of_program(name: &str) -> Option<Shell> {
        match name.trim_start_matches('-') {
            "pwsh" => Some(Shell::Powershell),
            name => Shell::value_variants().iter().copied().find(|shell| shell.name() == name),
        }
    }

    fn script(self) -> &'static str {
        match self {
            Shell::Bash => include_str!("guild.bash"),
            Shell::Zsh => include_str!("guild.zsh"),
            Shell::Fish => include_str!("guild.fish"),
            Shell::Powershell => include_str!("guild.ps1"),
        }
    }
}

/// Runs the command, for the command line `C`.
pub fn main<C: CommandFactory>(args: &Args) -> Result<()> {
    let mut words = args.typed.clone();
    if let Some(line) = &args.line {
        // The program's name is the first.
        words = complete::split(line).split_off(1);
    }
    if args.words || args.line.is_some() {
        let found = complete::complete(C::command(), &words, !args.values);
        show(&found, words.last(), args.breaks.as_deref());
        return Ok(());
    }
    let shell = args.shell.or_else(active).ok_or_else(|| {
        Error::new("cannot tell which shell this is").hint("Name it with --shell.")
    })?;
    if args.install {
        return install::install(shell, args.shell_init.as_deref());
    }
    terminal::print(shell.script());
    Ok(())
}

/// A candidate a line, with what it is behind a tab. A shell for which the word starts after one of
/// `breaks` gets the rest only.
fn show(found: &[Candidate], word: Option<&String>, breaks: Option<&str>) {
    let word = word.map_or("", String::as_str);
    let breaks = breaks.unwrap_or_default();
    let starts = |c: char| breaks.contains(c) && !c.is_whitespace() && c != '\'' && c != '"';
    let start = word.rfind(starts).map_or(0, |at| at + 1);
    let mut text = String::new();
    for candidate in found {
        // Neither a tab nor the end of a line is part of one.
        let plain = |part: &str| part.replace(['\t', '\n', '\r'], " ");
        text += &plain(&candidate.value[start..]);
        if !candidate.about.is_empty() {
            text.push('\t');
            text += &plain(&terminal::visible(&candidate.about));
        }
        text.push('\n');
    }
    terminal::print(&text);
}

/// The shell that guild was started from, or else the user's own.
fn active() -> Option<Shell> {
    let mut pid = i32::try_from(std::process::id()).ok();
    while let Some(parent) = pid.and_then(guild_runner::parent).filter(|parent| *parent > 1) {
        let name = std::fs::read_to_string(format!("/proc/{parent}/comm")).ok()?;
        if let Some(shell) = Shell::of_program(name.trim()) {
            return Some(shell);
        }
        pid = Some(parent);
    }
    let own = PathBuf::from(std::env::var_os("SHELL")?);
    Shell::of_program(own.file_name()?.to_str()?)
}
