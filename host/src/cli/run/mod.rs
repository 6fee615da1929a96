//! `guild run`: run an operation.

mod args;
mod background;
mod batch;
mod compatible;
mod inspect;
mod jobs;
mod needed;
mod optimizer;
mod origin;
mod params;
mod trials;

use std::fs;
use std::time::Duration;

use guild_flags::shell;
use guild_plugin_api::model::Debugging;
use guild_store::{Run, paths};

use crate::editor;
use crate::error::{Error, Result};
use crate::op::{self, Operation};
use crate::run::{self, Action, Options, Place, Source};
use crate::session::Session;
use crate::{progress, terminal};

pub use args::Args;
use origin::Origin;

/// What a refused question exits with, as in Guild AI 0.9.0.
const EXIT_REFUSED: u8 = 0;

/// Runs the command; gives what guild exits with.
pub fn main(session: &Session, mut args: Args) -> Result<u8> {
    // `guild run x=1` means the default operation.
    if let Some(spec) = args.spec.take_if(|s| s.contains('=')) {
        args.flags.insert(0, spec);
    }
    compatible::check(&args)?;
    if args.quiet {
        progress::off();
    }
    let Some(pidfile) = args.background_pidfile.clone() else { return run(session, &args) };
    background::detach();
    let code = run(session, &args);
    // Gone already or not: nobody is there to be told.
    let _ = fs::remove_file(pidfile);
    code
}

fn run(session: &Session, args: &Args) -> Result<u8> {
    let origin = Origin::of(session, args)?;
    if inspect::is_asked(args) {
        return inspect::main(session, args).map(|()| 0);
    }
    let operation = operation(session, args, &origin)?;
    if args.print_env {
        print_env(&operation);
        return Ok(0);
    }
    if let Some(batch) = batch::of(session, args, &origin, &operation)? {
        let options = options(session, args, &origin)?;
        return batch::main(session, args, &origin, &batch, &options);
    }
    batch::check_no_batch(args)?;
    if args.print_cmd {
        print_cmd(&operation);
        return Ok(0);
    }
    let options = options(session, args, &origin)?;
    let action = match &origin {
        Origin::Restart(earlier) => Action::Start(earlier.run()),
        _ => Action::Run,
    };
    let question = || run::preview(&operation, action, args.stage, &session.cwd);
    if !args.yes && !terminal::confirm(&question(), true)? {
        return Ok(EXIT_REFUSED);
    }
    if args.needed && needed::is_done(session, &operation, origin.run())? {
        return Ok(0);
    }
    if args.stage || args.background || args.pidfile.is_some() {
        let run = run::stage(session, &operation, &options)?;
        return staged(session, args, &operation, &run);
    }
    run::execute(session, &operation, &options)
}

/// Goes on with a run that is prepared: tells how it is started, or starts it in the background.
fn staged(session: &Session, args: &Args, operation: &Operation, run: &Run) -> Result<u8> {
    if !args.stage {
        return background::start(session, args, operation, run).map(|()| 0);
    }
    if !args.quiet {
        terminal::out(&run::staged_text(session, run));
    }
    Ok(0)
}

fn print_cmd(operation: &Operation) {
    let words: Vec<_> = operation.args.iter().map(|a| shell::quote_short(a)).collect();
    terminal::exact(&words.join(" "));
}

/// The operation that is asked for: defined by the project, or kept by an earlier run.
fn operation(session: &Session, args: &Args, origin: &Origin) -> Result<Operation> {
    let request = request(session, args);
    let Some(kept) = origin.kept() else {
        let spec = args.spec.as_deref();
        let resolved =
            op::resolve(session, spec).map_err(|e| optimizer::or_not_found(session, spec, e))?;
        return op::assemble(session, resolved, &request, None);
    };
    let resolved = match &args.spec {
        Some(spec) => op::resolve(session, Some(spec))?,
        None if args.flags.is_empty() && !args.force_sourcecode && !args.edit_flags => {
            return op::recall(session, kept.clone(), &request);
        }
        None => kept.definition(session)?,
    };
    op::assemble(session, resolved, &request, Some(kept.clone()))
}

fn request(session: &Session, args: &Args) -> op::Request {
    op::Request {
        flags: args.flags.clone(),
        edit_flags: args.edit_flags,
        force_flags: args.force_flags,
        label: args.label.clone(),
        tags: args.tags.clone(),
        dependencies: args.deps.clone(),
        visible_gpus: if args.no_gpus { Some(String::new()) } else { args.gpus.clone() },
        keep_run: args.keep_run,
        debugging: debugging(session, args),
    }
}

fn debugging(session: &Session, args: &Args) -> Option<Debugging> {
    let paths = args.debug_sourcecode.iter().flat_map(std::env::split_paths);
    let asked = Debugging {
        breakpoints: args.breakpoints.clone(),
        break_on_error: args.break_on_error,
        sourcecode: paths.map(|path| paths::absolute(&path, &session.cwd)).collect(),
    };
    (asked != Debugging::default()).then_some(asked)
}

fn options(session: &Session, args: &Args, origin: &Origin) -> Result<Options> {
    let stop_after = match args.stop_after {
        None => None,
        Some(minutes) => Some(Duration::try_from_secs_f64(minutes * 60.0).map_err(|_| {
            Error::usage(format!("invalid value {minutes} for --stop-after"), "guild run")
        })?),
    };
    let source = match origin {
        Origin::Restart(_) if !args.force_sourcecode => Source::Kept,
        Origin::Proto(proto) if !args.force_sourcecode => Source::Run(proto.kept.run.clone()),
        _ => Source::Project,
    };
    Ok(Options {
        place: place(session, args, origin),
        source,
        comment: comment(args.comment.as_deref(), args.edit_comment, "run")?,
        random_seed: args.random_seed,
        stop_after,
        force_deps: args.force_deps,
        trial: false,
        quiet: args.quiet,
        params: params::params(args),
    })
}

/// The comment for a run or a batch: as given, or as the user writes it in an editor.
fn comment(given: Option<&str>, edit: bool, kind: &str) -> Result<Option<String>> {
    if !edit {
        return Ok(given.map(String::from));
    }
    let notes = format!(
        "Type a comment for the {kind}. Lines starting with '#' are ignored.\nAn empty comment \
         aborts the command."
    );
    editor::comment(given.unwrap_or_default(), &notes).map(Some)
}

fn place(session: &Session, args: &Args, origin: &Origin) -> Place {
    if let Origin::Restart(earlier) = origin {
        return Place::Again(earlier.run().clone());
    }
    if let Some(id) = &args.run_id {
        return Place::Id(id.clone());
    }
    let Some(dir) = args.run_dir.as_ref().map(|dir| session.cwd.join(dir)) else {
        return Place::New;
    };
    if !args.stage && std::env::var_os("NO_WARN_RUNDIR").is_none_or(|v| v != "1") {
        terminal::note(&format!(
            "Run directory is '{}' (results will not be visible to Guild)",
            dir.display()
        ));
    }
    Place::Dir(dir)
}

fn print_env(operation: &Operation) {
    let mut names: Vec<_> = operation.env.iter().collect();
    names.sort();
    for (name, value) in names {
        let value = if value.is_empty() { "".into() } else { shell::quote_short(value) };
        terminal::exact(&format!("{name}={value}"));
    }
}
