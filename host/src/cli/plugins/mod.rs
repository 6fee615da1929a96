//! `guild plugins`: which plugins there are, whether they work, and how there come to be more.

mod check;
mod info;
mod install;
mod list;
mod main;
mod new;
mod uninstall;

use clap::Subcommand;

use crate::error::{Error, Result};
use crate::plugins::Entry;
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
    List(list::Args),
    Info(info::Args),
    Check(check::Args),
    New(new::Args),
    Install(install::Args),
    Uninstall(uninstall::Args),
    /// Load one plugin and say how far it went: the child of `check`.
    #[command(hide = true)]
    Probe(check::Probe),
    #[command(hide = true)]
    Main(main::Args),
}

/// Runs the command; gives what guild exits with.
pub fn main(session: &Session, args: Args) -> Result<u8> {
    let done = match args.command {
        Some(Command::Main(args)) => return main::main(session, args),
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
    found.ok_or_else(|| {
        Error::new(format!("there is no plugin '{name}'"))
            .hint("Try 'guild plugins list' for what there is.")
    })
}
