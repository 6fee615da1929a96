//! `guild plugins install`: make a plugin the user's.

use std::path::PathBuf;

use crate::error::Result;
use crate::plugins::install;
use crate::session::Session;
use crate::terminal;

/// Install a plugin.
///
/// PATH is a plugin's project, which is built first, or a manifest, a library or a folder with
/// both. The plugin is loaded in a process of its own; only if it works is it copied to the user's
/// plugin folder, '~/.guild/plugins'. A version of it that is there already is replaced.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to install.
    #[arg(value_name = "PATH")]
    path: PathBuf,

    /// Install it even if guild has a plugin of that name, which is not used any more then.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let path = session.cwd.join(&args.path);
    let source = install::source(&path, |manifest| {
        terminal::note(&format!("Building plugin '{}' with cargo", manifest.name));
    })?;
    let done = install::install(&session.plugins, &source, args.force)?;
    let manifest = &done.manifest;
    let instead = match &done.replaced {
        Some(old) if *old != manifest.version => format!(" in the place of {old}"),
        _ => String::new(),
    };
    terminal::out(&format!(
        "Installed plugin '{}' {}{instead} in {}",
        manifest.name,
        manifest.version,
        done.folder.display()
    ));
    if let Some(folder) = done.shadowed_by {
        terminal::warning(&format!(
            "it is not used: another plugin '{}' in {} comes first",
            manifest.name,
            folder.display()
        ));
    }
    Ok(())
}
