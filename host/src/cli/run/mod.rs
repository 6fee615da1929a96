//! `guild run`: run an operation.

mod args;
mod inspect;
mod params;

use std::time::Duration;

use guild_flags::shell;

use crate::error::{Error, Result};
use crate::op::{self, Operation};
use crate::run::{self, Options};
use crate::session::Session;
use crate::terminal;

pub use args::Args;

/// What a refused question exits with, as in Guild AI 0.9.0.
const EXIT_REFUSED: u8 = 0;

/// Runs the command; gives what guild exits with.
pub fn main(session: &Session, mut args: Args) -> Result<u8> {
    // `guild run x=1` means the default operation.
    if let Some(spec) = args.spec.take_if(|s| s.contains('=')) {
        args.flags.insert(0, spec);
    }
    let resolved = op::resolve(session, args.spec.as_deref())?;
    if inspect::is_asked(&args) {
        return inspect::main(session, resolved, &args).map(|()| 0);
    }
    let operation = op::assemble(session, resolved, &request(&args))?;
    if args.print_cmd {
        let words: Vec<_> = operation.args.iter().map(|a| shell::quote_short(a)).collect();
        terminal::out(&words.join(" "));
        return Ok(0);
    }
    if args.print_env {
        print_env(&operation);
        return Ok(0);
    }
    let options = options(session, &args)?;
    if !args.yes && !terminal::confirm(&run::preview(&operation, &session.cwd), true)? {
        return Ok(EXIT_REFUSED);
    }
    run::execute(session, &operation, &options)
}

fn request(args: &Args) -> op::Request {
    op::Request {
        flags: args.flags.clone(),
        edit_flags: args.edit_flags,
        force_flags: args.force_flags,
        label: args.label.clone(),
        tags: args.tags.clone(),
        dependencies: args.deps.clone(),
        visible_gpus: if args.no_gpus { Some(String::new()) } else { args.gpus.clone() },
    }
}

fn options(session: &Session, args: &Args) -> Result<Options> {
    let stop_after = match args.stop_after {
        None => None,
        Some(minutes) => Some(Duration::try_from_secs_f64(minutes * 60.0).map_err(|_| {
            Error::usage(format!("invalid value {minutes} for --stop-after"), "guild run")
        })?),
    };
    let run_dir = args.run_dir.as_ref().map(|dir| session.cwd.join(dir));
    let told = std::env::var_os("NO_WARN_RUNDIR").is_some_and(|v| v == "1");
    if let Some(dir) = run_dir.as_ref().filter(|_| !told) {
        terminal::note(&format!(
            "Run directory is '{}' (results will not be visible to Guild)",
            dir.display()
        ));
    }
    Ok(Options {
        run_dir,
        run_id: args.run_id.clone(),
        comment: args.comment.clone(),
        random_seed: args.random_seed,
        stop_after,
        force_deps: args.force_deps,
        quiet: args.quiet,
        params: params::params(args),
    })
}

fn print_env(operation: &Operation) {
    let mut names: Vec<_> = operation.env.iter().collect();
    names.sort();
    for (name, value) in names {
        let value = if value.is_empty() { "".into() } else { shell::quote_short(value) };
        terminal::out(&format!("{name}={value}"));
    }
}
