//! `guild open`: a run's folder or file in another program.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use guild_flags::shell;

use super::cat::OTHERS_IGNORED;
use super::filters::FilterArgs;
use super::runs::one_run;
use crate::error::{Error, Result};
use crate::files;
use crate::session::Session;
use crate::terminal;

/// Open a run path or output.
///
/// RUN is a run ID, the start of one, or a one-based index into the list of runs. Without it, the
/// latest run is opened. By default, that is its directory, with the program that the system has
/// for it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run to open.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Path to open under run directory.
    #[arg(short, long, value_name = "PATH")]
    path: Option<PathBuf>,

    /// Open run source code directory.
    #[arg(short, long)]
    sourcecode: bool,

    /// Open run output. Cannot be used with other options.
    #[arg(short = 'O', long)]
    output: bool,

    /// Command used to open run.
    #[arg(short, long, value_name = "CMD")]
    cmd: Option<String>,

    /// Open a new shell in run directory or PATH.
    #[arg(long)]
    shell: bool,

    /// Open a new shell in run directory or PATH using CMD.
    #[arg(long, value_name = "CMD")]
    shell_cmd: Option<String>,

    #[command(flatten)]
    filters: FilterArgs,
}

const HELP: &str = "Try 'guild open --help' for more information.";

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    check(args)?;
    let run = one_run(session, &args.filters, args.run.as_deref(), "guild open")?;
    let (root, path) = if args.output {
        if args.path.is_some() || args.sourcecode {
            terminal::err(OTHERS_IGNORED);
        }
        (run.guild_path(""), Path::new("output"))
    } else {
        let root = if args.sourcecode { files::sourcecode_dir(&run) } else { run.dir().into() };
        (root, args.path.as_deref().unwrap_or(Path::new("")))
    };
    // Without a path it is the folder itself, whose name gets no slash at its end.
    let whole: PathBuf = root.join(path).components().collect();
    if !whole.exists() {
        return Err(files::not_there(&root, path));
    }
    let path = whole;
    if args.shell || args.shell_cmd.is_some() {
        return open_shell(args.shell_cmd.as_deref(), &path);
    }
    let system = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let command = args.cmd.as_deref().filter(|command| !command.is_empty());
    start(session, command.unwrap_or(system), &path)
}

fn check(args: &Args) -> Result<()> {
    if args.path.as_ref().is_some_and(|path| path.is_absolute()) {
        return Err(Error::new("PATH must be relative").hint(HELP));
    }
    let (cmd, shell, shell_cmd) = (args.cmd.is_some(), args.shell, args.shell_cmd.is_some());
    for (both, one, other) in [
        (shell && cmd, "--shell", "--cmd"),
        (shell_cmd && shell, "--shell-cmd", "--shell"),
        (shell_cmd && cmd, "--shell-cmd", "--cmd"),
    ] {
        if both {
            let message = format!("{one} and {other} cannot both be specified");
            return Err(Error::new(message).hint(HELP));
        }
    }
    Ok(())
}

fn start(session: &Session, command: &str, path: &Path) -> Result<()> {
    let words = shell::split(command).ok().filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| Error::new(format!("invalid command '{command}'")))?;
    let started =
        Command::new(&words[0]).args(&words[1..]).arg(path).current_dir(&session.cwd).status();
    started.map(drop).map_err(|e| {
        Error::new(format!("cannot start '{}' to open {}: {e}", words[0], path.display()))
            .hint("Name another program with --cmd.")
    })
}

fn open_shell(command: Option<&str>, path: &Path) -> Result<()> {
    let dir = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let named = command.map(String::from).or_else(|| env::var("SHELL").ok());
    let shell = named.unwrap_or_else(|| "bash".into());
    terminal::note(&format!("Running a new shell in {}", dir.display()));
    terminal::note("To exit the shell, type 'exit' and press Enter.");
    let ended = Command::new(&shell).current_dir(dir).env("PWD", dir).status();
    ended.map(drop).map_err(|e| {
        Error::new(format!("cannot start the shell '{shell}': {e}"))
            .hint("Name another with --shell-cmd.")
    })
}
