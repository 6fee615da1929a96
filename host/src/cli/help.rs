//! `guild help`: what a project defines.

use std::path::{Path, PathBuf};

use guild_guildfile::Guildfile;

use crate::error::{Error, Result};
use crate::help::{self, Form};
use crate::op;
use crate::session::Session;
use crate::terminal;

/// Show help for a path or package.
///
/// By default shows information about the models defined in the project.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A project, a Guild file, or an installed package.
    #[arg(value_name = "PATH_OR_PACKAGE")]
    path_or_package: Option<String>,

    /// Show the package description.
    #[arg(long, conflicts_with = "markdown")]
    package_description: bool,

    /// Show help using Markdown format.
    #[arg(long)]
    markdown: bool,

    /// Base heading level for generated markdown (default is 1).
    #[arg(long, value_name = "INTEGER", default_value_t = 1, hide_default_value = true)]
    base_heading_level: usize,

    /// Page title used for generating markdown.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// Do not use a pager when showing help.
    #[arg(short, long)]
    no_pager: bool,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let file = op::with_found_flags(session, guildfile(session, args.path_or_package.as_deref())?);
    let width = help::page_width(terminal::columns());
    let text = if args.package_description {
        help::package(&file, width)
    } else {
        let form = match args.markdown {
            true => Form::Markdown { level: args.base_heading_level },
            false => Form::Console { bold: terminal::screen().styled },
        };
        help::guildfile(&file, &place(&file), form, args.title.as_deref(), width)
    };
    if args.no_pager {
        terminal::out(&text);
        return Ok(());
    }
    terminal::page(&mut format!("{text}\n").as_bytes()).map_err(|e| Error::new(e.to_string()))
}

fn guildfile(session: &Session, named: Option<&str>) -> Result<Guildfile> {
    let path = named.map_or_else(|| session.cwd.clone(), PathBuf::from);
    let path = session.cwd.join(path);
    let file = path.join(guild_guildfile::NAME);
    let read = if path.is_dir() && !file.is_file() {
        Ok(None)
    } else if path.is_dir() || path.is_file() {
        let file = if path.is_dir() { &file } else { &path };
        op::read_guildfile_at(session, file).map(Some)
    } else {
        let named = named.unwrap_or_default();
        let near = guild_flags::nearest_path(&session.cwd, Path::new(named));
        return Err(Error::new(format!("cannot find a package matching '{named}'"))
            .hint(format!(
                "Name a project or its Guild file. For help on a command, use 'guild {named} \
                 --help'."
            ))
            .did_you_mean(near));
    };
    // Errors name files as the user does.
    let shown = |e: guild_guildfile::Error| {
        let absolute = path.components().collect::<PathBuf>().display().to_string();
        let message = named.map_or(e.to_string(), |named| e.to_string().replace(&absolute, named));
        e.details().into_iter().fold(Error::new(message), Error::hint)
    };
    let file = read.map_err(shown)?.ok_or_else(|| {
        let place = match is_here(&path) {
            true => "the current directory".to_string(),
            false => format!("'{}'", path.display()),
        };
        Error::new(format!("{place} does not contain a Guild file (guild.yml)"))
            .hint("Try specifying a project path or package name or 'guild help --help' for help.")
    })?;
    file.warnings.iter().for_each(|w| terminal::warning(&w.to_string()));
    Ok(file)
}

fn place(file: &Guildfile) -> String {
    if let Some(package) = &file.package {
        return format!("the '{}' package", package.name);
    }
    if is_here(&file.dir) {
        return "the current directory".into();
    }
    let below = std::env::current_dir().ok();
    let below = below.and_then(|here| file.dir.strip_prefix(here).map(Path::to_path_buf).ok());
    match below {
        Some(below) => format!("'./{}'", below.display()),
        None => format!("'{}'", file.dir.display()),
    }
}

fn is_here(path: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    std::env::current_dir().is_ok_and(|here| real(&here) == real(path))
}
