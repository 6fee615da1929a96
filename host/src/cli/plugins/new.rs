//! `guild plugins new`: start a plugin.

use std::path::PathBuf;

use crate::error::Result;
use crate::plugins::project;
use crate::session::Session;
use crate::terminal;

/// Start a plugin of your own.
///
/// Makes a folder NAME with a complete project: a plugin for files that end in '.NAME', its
/// manifest and its tests. It builds and its tests pass as it stands.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin's name: lower case letters, digits, '_' and '-'.
    #[arg(value_name = "NAME")]
    name: String,

    /// The folder of guild's plugin-api, for building with this guild's sources.
    #[arg(long, value_name = "PATH")]
    api_path: Option<PathBuf>,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let api = args.api_path.as_ref().map(|path| session.cwd.join(path));
    project::create(&session.plugins, &session.cwd, &args.name, api.as_deref())?;
    let name = &args.name;
    terminal::out(&format!("Created plugin '{name}' in {name}/"));
    terminal::note(&format!(
        "Try 'cargo test' there, then 'guild plugins install {name}' and \
         'guild run {name}/hello.{name}'."
    ));
    Ok(())
}
