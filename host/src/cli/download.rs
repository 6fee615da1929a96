//! `guild download`: a file from a server, kept for the operations that require it.

use std::io;
use std::path::Path;

use guild_deps::{Found, Progress, Source, Surroundings};
use guild_plugin_api::Value;

use crate::error::{Error, Result};
use crate::progress::OfResources;
use crate::session::Session;
use crate::terminal;

/// Download a file resource.
///
/// The file is kept in guild's home, where operations find it that require the same address, letter
/// for letter. What is there already is not downloaded again: delete the file to have it anew.
///
/// Shows the SHA 256 digest of the file and its path. Compare the digest with one that you trust
/// before you use the file.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address: http or https.
    #[arg(value_name = "URL")]
    url: String,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let store = session.store_for_writing()?;
    let around = Around { session, progress: OfResources::default() };
    let file = guild_deps::download(&args.url, &store, &around)
        .map_err(|e| Error::new(format!("error downloading {}: {e}", args.url)))?;
    terminal::exact(&format!("{}  {}", file.sha256, file.path.display()));
    Ok(())
}

/// Tells how it goes. An interrupt ends guild; the next download goes on from there.
struct Around<'a> {
    session: &'a Session,
    progress: OfResources,
}

impl Surroundings for Around<'_> {
    fn note(&self, message: &str) {
        terminal::note(message);
    }

    fn info(&self, message: &str) {
        terminal::err(message);
    }

    fn warn(&self, message: &str) {
        terminal::warning(message);
    }

    fn error(&self, message: &str) {
        terminal::error(message);
    }

    fn debug(&self, message: &str) {
        self.session.say_debug(|| message.to_string());
    }

    fn progress(&self, progress: Option<Progress>) {
        self.progress.show(progress);
    }

    fn interrupted(&self) -> io::Result<()> {
        Ok(())
    }

    fn resolve(
        &self,
        _: &Source,
        _: &str,
        _: &Value,
        _: &Path,
    ) -> Option<std::result::Result<Found, String>> {
        None
    }
}
