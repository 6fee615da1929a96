//! `guild plugins`: which plugins there are, whether they work, and how there come to be more.

mod check;
mod info;
mod install;
mod list;
mod main;
mod new;
mod uninstall;

use clap::Subcommand;

use super::deferred::Deferred;
use crate::error::Result;
use crate::plugins::{self, Entry};
use crate::session::Session;

/// Show, check, make or install plugins.
///
/// Without a command, plugins are listed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List plugins.
    List(Deferred<list::Args>),
    /// Show what is known about a plugin.
    Info(Deferred<info::Args>),
    /// Load plugins and say whether they work.
    Check(Deferred<check::Args>),
    /// Start a plugin of your own.
    New(Deferred<new::Args>),
    /// Install a plugin.
    Install(Deferred<install::Args>),
    /// Uninstall a plugin.
    Uninstall(Deferred<uninstall::Args>),
    /// Load one plugin.
    #[command(hide = true)]
    Probe(Deferred<check::Probe>),
    /// Be the program of a run, as a plugin has it.
    #[command(hide = true)]
    Main(Deferred<main::Args>),
}

/// Runs the command; gives what guild exits with.
pub fn main(session: &Session, args: Args) -> Result<u8> {
    let done = match args.command {
        Some(Command::Main(args)) => return main::main(session, args.0),
        None => list::main(session, &list::Args::default()),
        Some(Command::List(args)) => list::main(session, &args),
        Some(Command::Info(args)) => info::main(session, &args),
        Some(Command::Check(args)) => check::main(session, &args),
        Some(Command::New(args)) => new::main(session, &args),
        Some(Command::Install(args)) => install::main(session, &args),
        Some(Command::Uninstall(args)) => uninstall::main(session, &args),
        Some(Command::Probe(args)) => check::probe(session, &args),
    };
    done.map(|()| 0)
}

/// The plugin of this name that is used.
fn named<'a>(session: &'a Session, name: &str) -> Result<&'a Entry> {
    let found = session.plugins.entries().find(|e| e.manifest.name == name && e.used);
    found.ok_or_else(|| plugins::install::unknown(&session.plugins, name))
}
