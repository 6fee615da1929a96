//! `guild plugins uninstall`: the opposite of `install`.

use crate::error::Result;
use crate::plugins::install;
use crate::session::Session;
use crate::terminal;

/// Uninstall a plugin.
///
/// Its manifest and its library are removed from the user's plugin folder, '~/.guild/plugins'.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin's name.
    #[arg(value_name = "NAME")]
    name: String,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let version = install::uninstall(&session.plugins, &args.name)?;
    let shown = format!("Uninstalled plugin '{}' {version}", args.name);
    terminal::out(shown.trim_end());
    Ok(())
}
