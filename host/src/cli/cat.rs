//! `guild cat`: what is in a file of a run.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use guild_store::Run;

use super::filters::FilterArgs;
use super::refused;
use super::runs::one_run;
use crate::error::{Error, Result};
use crate::files;
use crate::session::Session;
use crate::terminal;

/// Show contents of a run file.
///
/// RUN is a run ID, the start of one, or a one-based index into the list of runs. Without it, the
/// latest run is selected.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run whose file to show.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Path of file to show. Required unless --output is used.
    #[arg(short, long, value_name = "PATH")]
    path: Option<PathBuf>,

    /// Apply PATH to source code files.
    #[arg(short, long)]
    sourcecode: bool,

    /// Show run output. Cannot be used with --path.
    #[arg(short = 'O', long)]
    output: bool,

    /// Show file in pager (-pa).
    #[arg(long)]
    page: bool,

    #[command(flatten)]
    filters: FilterArgs,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let help = "Try 'guild cat --help' for more information.";
    if args.path.as_ref().is_some_and(|path| path.is_absolute()) {
        return Err(Error::new("PATH must be relative").hint(help));
    }
    let run = one_run(session, &args.filters, args.run.as_deref(), "guild cat")?;
    let (root, path) = to_show(&run, args)?;
    let mut file = open(&root, &path)?;
    let path = root.join(&path);
    let shown = match args.page {
        true => terminal::page(&mut file),
        false => terminal::copy(&mut file),
    };
    shown.map_err(|e| Error::new(format!("cannot show {}: {e}", path.display())))
}

/// The folder of the run, and the path in it.
fn to_show(run: &Run, args: &Args) -> Result<(PathBuf, PathBuf)> {
    if args.output {
        if args.path.is_some() || args.sourcecode {
            terminal::err(OTHERS_IGNORED);
        }
        return Ok((run.guild_path(""), "output".into()));
    }
    let Some(path) = &args.path else {
        return Err(Error::new("-p / --path is required unless --output is specified"));
    };
    match args.sourcecode {
        true => Ok((files::sourcecode_dir(run), path.clone())),
        false => Ok((run.dir().to_path_buf(), path.clone())),
    }
}

/// Guild AI 0.9.0's words, but for their spelling.
pub const OTHERS_IGNORED: &str =
    "--output cannot be used with other options - ignoring other options";

fn open(root: &Path, path: &Path) -> Result<impl Read> {
    let whole = root.join(path);
    let open = || {
        let file = File::open(&whole)?;
        match file.metadata()?.is_dir() {
            true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            false => Ok(file),
        }
    };
    open().map_err(|e: io::Error| match e.kind() {
        io::ErrorKind::NotFound => files::not_there(root, path),
        io::ErrorKind::IsADirectory => Error::new(format!("{} is a directory", whole.display()))
            .hint("Try 'guild ls' for the files of a run."),
        _ => Error::new(format!("cannot read {}: {e}", whole.display())),
    })
}
