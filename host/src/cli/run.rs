//! `guild run`: run an operation.

use std::path::PathBuf;
use std::time::Duration;

use guild_flags::shell;
use guild_plugin_api::Value;
use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::op::{self, Operation};
use crate::run::{self, Options};
use crate::session::Session;
use crate::terminal;

/// What a refused question exits with, as in Guild AI 0.9.0.
const EXIT_REFUSED: u8 = 0;

/// Run an operation.
///
/// OPERATION is an operation of the project or a script that a plugin knows how to run, such as
/// train.py. Each FLAG=VAL sets a flag for the run. See 'guild ops show OPERATION' for the flags.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to run.
    #[arg(value_name = "[MODEL:]OPERATION")]
    spec: Option<String>,

    /// Values of flags.
    #[arg(value_name = "FLAG=VAL")]
    flags: Vec<String>,

    /// Set a label for the run.
    #[arg(short, long, value_name = "LABEL")]
    label: Option<String>,

    /// Associate TAG with the run. May be used multiple times.
    #[arg(short, long = "tag", value_name = "TAG")]
    tags: Vec<String>,

    /// Comment associated with the run.
    #[arg(short, long, value_name = "COMMENT")]
    comment: Option<String>,

    /// Use alternative run directory DIR. The run will not be visible to Guild.
    #[arg(short = 'd', long, value_name = "DIR")]
    run_dir: Option<PathBuf>,

    /// Use ID for the run rather than a generated ID.
    #[arg(long, value_name = "ID")]
    run_id: Option<String>,

    /// Stop operation after N minutes.
    #[arg(long, value_name = "N")]
    stop_after: Option<f64>,

    /// Random seed used when sampling trials or flag values.
    #[arg(long, value_name = "N")]
    random_seed: Option<i64>,

    /// Limit availabe GPUs to DEVICES, a comma separated list of device IDs.
    #[arg(long, value_name = "DEVICES", conflicts_with = "no_gpus")]
    gpus: Option<String>,

    /// Disable GPUs for run.
    #[arg(long)]
    no_gpus: bool,

    /// Accept all flag assignments, even for undefined or invalid values.
    #[arg(long)]
    force_flags: bool,

    /// Do not show output.
    #[arg(short, long)]
    quiet: bool,

    /// Show operation command and exit.
    #[arg(long, conflicts_with = "print_env")]
    print_cmd: bool,

    /// Show operation environment and exit.
    #[arg(long)]
    print_env: bool,

    /// Do not prompt before running operation.
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command; gives what guild exits with.
pub fn main(session: &Session, mut args: Args) -> Result<u8> {
    // `guild run x=1` means the default operation.
    if let Some(spec) = args.spec.take_if(|s| s.contains('=')) {
        args.flags.insert(0, spec);
    }
    let resolved = op::resolve(session, args.spec.as_deref())?;
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
        force_flags: args.force_flags,
        label: args.label.clone(),
        tags: args.tags.clone(),
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
    if let Some(dir) = &run_dir {
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
        quiet: args.quiet,
        params: params(args),
    })
}

/// What is kept of the command line: the `run_params` attribute.
fn params(args: &Args) -> IndexMap<String, Value> {
    let path = |p: &PathBuf| p.display().to_string();
    [
        ("opspec", args.spec.clone().into()),
        ("flags", args.flags.clone().into()),
        ("label", args.label.clone().into()),
        ("tags", args.tags.clone().into()),
        ("comment", args.comment.clone().into()),
        ("run_dir", args.run_dir.as_ref().map(path).into()),
        ("run_id", args.run_id.clone().into()),
        ("stop_after", args.stop_after.into()),
        ("random_seed", args.random_seed.into()),
        ("gpus", args.gpus.clone().into()),
        ("no_gpus", args.no_gpus.into()),
        ("force_flags", args.force_flags.into()),
        ("quiet", args.quiet.into()),
        ("yes", args.yes.into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value))
    .collect()
}

fn print_env(operation: &Operation) {
    let mut names: Vec<_> = operation.env.iter().collect();
    names.sort();
    for (name, value) in names {
        let value = if value.is_empty() { "".into() } else { shell::quote_short(value) };
        terminal::out(&format!("{name}={value}"));
    }
}
