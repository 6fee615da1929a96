//! The command line: one file a command, each thin.

mod api;
mod cat;
mod check;
mod compare;
mod completion;
pub(crate) mod deferred;
mod download;
pub(crate) mod filters;
mod help;
mod init;
mod ls;
mod manual;
mod models;
mod open;
mod ops;
mod plugins;
mod refused;
mod run;
mod runs;
mod tensorboard;
mod unsupported;
mod usage;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use deferred::Deferred;

use crate::error::{Error, Result};
use crate::session::{Session, Settings};
use crate::terminal;

/// Run scripts as experiments and keep everything about them.
#[derive(Debug, Parser)]
#[command(
    name = "guild",
    bin_name = "guild",
    version,
    disable_help_subcommand = true,
    max_term_width = 100
)]
#[command(disable_version_flag = true, args_override_self = true)]
struct Cli {
    /// Use PATH as current directory for a command.
    #[arg(short = 'C', value_name = "PATH")]
    cwd: Option<PathBuf>,

    /// Use PATH as Guild home.
    #[arg(short = 'H', value_name = "PATH")]
    home: Option<PathBuf>,

    /// Log more information during command.
    #[arg(long)]
    debug: bool,

    /// Show the version and exit.
    #[arg(long, action = clap::ArgAction::Version)]
    version: Option<bool>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an operation.
    Run(Deferred<Box<run::Args>>),
    /// Show or manage runs.
    Runs(Deferred<Box<runs::Args>>),
    /// Show operations.
    #[command(visible_alias = "ops")]
    Operations(Deferred<ops::Args>),
    /// Show available models.
    Models(Deferred<models::Args>),
    /// Show help for a path or package.
    Help(Deferred<help::Args>),
    /// Show, check, make or install plugins.
    Plugins(Deferred<plugins::Args>),
    /// List run files.
    Ls(Deferred<ls::Args>),
    /// Show contents of a run file.
    Cat(Deferred<cat::Args>),
    /// Check the Guild setup.
    Check(Deferred<check::Args>),
    /// Compare run results.
    Compare(Deferred<Box<compare::Args>>),
    /// Initialize a Guild environment.
    Init(Deferred<init::Args>),
    /// Open a run path or output.
    Open(Deferred<open::Args>),
    /// Diff two runs.
    Diff(Deferred<runs::diff::Args>),
    /// Download a file resource.
    Download(Deferred<download::Args>),
    /// Export one or more runs.
    Export(Deferred<runs::export::Args>),
    /// Import one or more runs from ARCHIVE.
    Import(Deferred<runs::import::Args>),
    /// Copy run files to a project directory.
    Merge(Deferred<runs::merge::Args>),
    /// Select a run and show its ID.
    Select(Deferred<runs::select::Args>),
    /// Set run labels.
    Label(Deferred<runs::label::Args>),
    /// Add or remove run tags.
    Tag(Deferred<runs::tag::Args>),
    /// Mark a run.
    Mark(Deferred<runs::mark::Args>),
    /// Add or remove run comments.
    Comment(Deferred<runs::comment::Args>),
    /// Stop one or more runs.
    Stop(Deferred<runs::stop::Args>),
    /// Watch run output.
    Watch(Deferred<watch::Args>),
    /// Visualize runs with TensorBoard.
    Tensorboard(Deferred<Box<tensorboard::Args>>),
    /// CLI based API calls.
    Api(Deferred<api::Args>),
    /// Generate command completion script.
    Completion(Deferred<completion::Args>),
    /// Write the manual: pages for man, or the reference in Markdown.
    Manual(Deferred<manual::Args>),
    #[command(flatten)]
    Unsupported(unsupported::Unsupported),
}

/// Runs the command line `args`, program name first, and says what to exit with.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let args = filters::spell_out(args);
    let (parsed, command) = match usage::parse::<Cli>(&args) {
        Ok(parsed) => parsed,
        Err(usage::Stop::Show(text)) => {
            terminal::out(text.trim_end());
            return ExitCode::SUCCESS;
        }
        Err(usage::Stop::Fail(e)) => return fail(&e, false),
    };
    let debug = parsed.debug;
    match dispatch(parsed, command) {
        Ok(code) => ExitCode::from(code),
        Err(e) => fail(&e, debug),
    }
}

fn dispatch(cli: Cli, command_path: String) -> Result<u8> {
    let Some(command) = cli.command else {
        terminal::out(usage::help(&Cli::command(), "guild", true).trim_end());
        return Ok(0);
    };
    // These two need no project and no home.
    match &command {
        Command::Completion(args) => return completion::main::<Cli>(args).map(|()| 0),
        Command::Manual(args) => return manual::main::<Cli>(args).map(|()| 0),
        _ => {}
    }
    let session = Session::new(&Settings {
        cwd: cli.cwd,
        home: cli.home,
        debug: cli.debug,
        command: command_path,
    })?;
    let done = match command {
        Command::Run(args) => run::main(&session, *args.0),
        Command::Runs(args) => runs::main(&session, *args.0).map(|()| 0),
        Command::Operations(args) => ops::main(&session, args.0).map(|()| 0),
        Command::Models(args) => models::main(&session, &args).map(|()| 0),
        Command::Help(args) => help::main(&session, &args).map(|()| 0),
        Command::Plugins(args) => plugins::main(&session, args.0),
        Command::Ls(args) => ls::main(&session, &args).map(|()| 0),
        Command::Cat(args) => cat::main(&session, &args).map(|()| 0),
        Command::Check(args) => check::main(&session, &args).map(|()| 0),
        Command::Init(args) => init::main(&session, &args).map(|()| 0),
        Command::Compare(args) => compare::main(&session, &args).map(|()| 0),
        Command::Open(args) => open::main(&session, &args).map(|()| 0),
        Command::Diff(args) => runs::diff::main(&session, &args).map(|()| 0),
        Command::Download(args) => download::main(&session, &args).map(|()| 0),
        Command::Export(args) => runs::export::main(&session, &args).map(|()| 0),
        Command::Import(args) => runs::import::main(&session, &args).map(|()| 0),
        Command::Merge(args) => runs::merge::main(&session, &args).map(|()| 0),
        Command::Select(args) => runs::select::main(&session, &args).map(|()| 0),
        Command::Label(args) => runs::label::main(&session, &args).map(|()| 0),
        Command::Tag(args) => runs::tag::main(&session, &args).map(|()| 0),
        Command::Mark(args) => runs::mark::main(&session, args.0).map(|()| 0),
        Command::Comment(args) => runs::comment::main(&session, &args).map(|()| 0),
        Command::Stop(args) => runs::stop::main(&session, &args).map(|()| 0),
        Command::Tensorboard(args) => tensorboard::main(&session, &args).map(|()| 0),
        Command::Api(args) => api::main(&session, args.0).map(|()| 0),
        Command::Completion(_) | Command::Manual(_) => Ok(0),
        Command::Unsupported(it) => Err(it.error(&session.typed_command)),
        Command::Watch(args) => watch::main(&session, &args).map(|()| 0),
    };
    if let Some(note) = session.save_index() {
        terminal::note(&note);
    }
    done
}

fn fail(e: &Error, debug: bool) -> ExitCode {
    if let Some(text) = e.render(debug) {
        terminal::err(&text);
    }
    ExitCode::from(e.exit_code)
}
