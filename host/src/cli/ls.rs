//! `guild ls`: the files of a run.

use std::env;
use std::path::{MAIN_SEPARATOR, Path};

use guild_flags::{did_you_mean, nearest_path};
use guild_store::{format, home, paths};

use super::filters::FilterArgs;
use super::refused;
use super::runs::one_run;
use crate::error::{Error, Result};
use crate::files::listing::{self, Kinds};
use crate::session::Session;
use crate::terminal;

/// List run files.
///
/// --path may be a pattern for paths in the run directory. RUN is a run ID, the start of one, or a
/// one-based index into the list of runs. Without it, the files of the latest run are listed.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// The run to list files of.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Path to list.
    #[arg(short, long, value_name = "PATH")]
    path: Option<String>,

    /// List source code files.
    #[arg(short, long)]
    sourcecode: bool,

    /// List dependencies.
    #[arg(short, long)]
    dependencies: bool,

    /// List generated.
    #[arg(short, long)]
    generated: bool,

    /// Show all files including Guild files.
    #[arg(short, long)]
    all: bool,

    /// Show full path for files.
    #[arg(short, long)]
    full_path: bool,

    /// Follow links.
    #[arg(short = 'L', long)]
    follow_links: bool,

    /// Show files without additional formatting.
    #[arg(short, long)]
    no_format: bool,

    /// Show the sizes of files, as in 1.5K.
    #[arg(short, long)]
    human_readable: bool,

    #[command(flatten)]
    filters: FilterArgs,

    /// Show this message and exit.
    // The letter is taken by --human-readable.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    if args.path.as_deref().is_some_and(|path| Path::new(path).is_absolute()) {
        return Err(
            Error::new("PATH must be relative").hint("Try 'guild ls --help' for more information.")
        );
    }
    let run = one_run(session, &args.filters, args.run.as_deref(), "guild ls")?;
    let options = listing::Options {
        path: args.path.clone(),
        all: args.all,
        follow_links: args.follow_links,
        kinds: Kinds {
            sourcecode: args.sourcecode,
            dependencies: args.dependencies,
            generated: args.generated,
        },
    };
    let files = listing::list(&run, &options).map_err(|e| Error::new(e.to_string()))?;
    let near = args.path.as_deref().filter(|_| files.is_empty());
    if let Some(near) = near.and_then(|path| nearest_path(run.dir(), Path::new(path))) {
        terminal::note(did_you_mean(Some(near)).trim_start());
    }
    let mut text = String::new();
    let bare = args.full_path || args.no_format;
    if !bare {
        text += &header(run.dir(), &session.cwd);
        text += ":\n";
    }
    for file in files {
        if !bare {
            text += "  ";
        }
        if args.human_readable {
            let size = if file.is_dir { None } else { size(&run.dir().join(&file.path)) };
            text += &format!("{:>6}  ", size.unwrap_or_default());
        }
        match args.full_path {
            true => text += &run.dir().join(&file.path).to_string_lossy(),
            false => text += &file.path,
        }
        if file.is_dir {
            text.push(MAIN_SEPARATOR);
        }
        text.push('\n');
    }
    terminal::print(&text);
    Ok(())
}

/// The size of a file; none of one that is gone.
fn size(path: &Path) -> Option<String> {
    path.metadata().ok().map(|meta| format::size(meta.len()))
}

/// The run's folder. Guild AI 0.9.0 asks a remote for the name alone by `NO_HEADER_PATH`.
fn header(dir: &Path, cwd: &Path) -> String {
    let dir = match (env::var("NO_HEADER_PATH"), dir.file_name()) {
        (Ok(value), Some(name)) if value == "1" => cwd.join(name),
        _ => dir.to_path_buf(),
    };
    paths::with_tilde(&paths::absolute(&dir, cwd), &home::user_home())
}
