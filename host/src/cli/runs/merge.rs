//! `guild merge`, `guild runs merge`: files of a run back into its project.

use std::path::{Path, PathBuf};

use guild_sourcecode::vcs::{self, Git};
use guild_store::format::Context;
use guild_store::format::list::{self, Columns};
use guild_store::format::table::{self, Cell};
use guild_store::{Run, home, paths};

use super::choose::{agreed, check_incompatible, failed};
use super::{info, one_run};
use crate::cli::filters::FilterArgs;
use crate::config;
use crate::error::{EXIT_ERROR, Error, Result};
use crate::files::merge::{self, Obstacle, Plan};
use crate::progress::Activity;
use crate::session::Session;
use crate::terminal;

/// Copy run files to a project directory.
///
/// Source code and dependencies of the run are copied to the current directory, which must be the
/// project that the run was started from; use --target-dir for any other.
///
/// A file that is there already is only replaced if the project is a Git repository which has
/// the file as it is now, or with --replace.
// -S is the letter of a filter elsewhere.
#[derive(Debug, clap::Args)]
#[group(skip)]
// `-S` is this command's own; `-Sc` and the like are spelled out before. Without a name, it would be
// an argument without a dash.
#[command(mut_arg("letters", |letters| letters.short(None).long("status-letters")))]
pub struct Args {
    /// The run whose files to copy: an ID, the start of one, or a one-based index into the list of
    /// runs. Without it, the latest run is selected.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Directory to merge run files to (required if project directory cannot be determined for the
    /// run).
    #[arg(short, long, value_name = "DIR")]
    target_dir: Option<PathBuf>,

    /// Only copy run source code. Implies use of --skip-deps. Cannot be used with
    /// --skip-sourcecode.
    #[arg(short, long)]
    sourcecode: bool,

    /// Copy all run files. May be used with --skip-sourcecode, --skip-deps, and --exclude to copy
    /// all but the skipped/excluded files.
    #[arg(short, long)]
    all: bool,

    /// Don't copy run source code.
    #[arg(short = 'S', long)]
    skip_sourcecode: bool,

    /// Don't copy project-local dependencies.
    #[arg(short = 'D', long)]
    skip_deps: bool,

    /// Exclude a file or pattern (may be used multiple times).
    #[arg(short = 'x', long, value_name = "PATTERN")]
    exclude: Vec<String>,

    /// Don't write a run summary, even with --summary-name.
    #[arg(long)]
    no_summary: bool,

    /// Also write a run summary into the file NAME: what 'guild runs info --json' shows. Use
    /// '${run_id}' in the name to include the run ID.
    #[arg(long, value_name = "NAME")]
    summary_name: Option<String>,

    /// Show what would happen on a merge.
    #[arg(short, long)]
    pub preview: bool,

    /// Don't prompt before copying files.
    #[arg(short, long)]
    pub yes: bool,

    /// Allow replacement of existing files. Cannot be used with --no-replace.
    #[arg(long)]
    replace: bool,

    /// Fail if any target file would be replaced, even if that file is committed to the project
    /// VCS. Cannot be used with --replace.
    #[arg(long)]
    no_replace: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let plan = plan(session, args)?;
    if let Some(obstacle) = obstacle(session, args, &plan) {
        refuse(session, args, &obstacle);
        return Err(Error::silent(EXIT_ERROR));
    }
    if plan.is_empty() && !args.preview {
        terminal::err("Nothing to copy for the following run:");
        show_run(session, &plan.run);
        let command = &session.typed_command;
        terminal::err(&format!("Try '{command} --preview' for a list of skipped files."));
        return Ok(());
    }
    if args.preview || !args.yes {
        preview(session, args, &plan);
    }
    if args.preview {
        return Ok(());
    }
    if !args.yes {
        agreed("Continue?", false)?;
    }
    apply(&plan, |path| terminal::err(&format!("Copying {path}")))
}

/// What the command line asks to copy where.
pub fn plan(session: &Session, args: &Args) -> Result<Plan> {
    check_incompatible(
        session,
        &[
            (("--replace", args.replace), ("--no-replace", args.no_replace)),
            (("--sourcecode", args.sourcecode), ("--skip-sourcecode", args.skip_sourcecode)),
        ],
    )?;
    let run = one_run(session, &args.filters, args.run.as_deref(), &session.typed_command)?;
    let target_dir = match &args.target_dir {
        Some(dir) => session.cwd.join(dir),
        None => checked_cwd(session, &run)?,
    };
    let options = merge::Options {
        all: args.all,
        skip_sourcecode: args.skip_sourcecode,
        skip_deps: args.skip_deps || args.sourcecode,
        exclude: args.exclude.clone(),
    };
    let mut plan =
        merge::plan(&run, &target_dir, &options, |w| terminal::warning(&w)).map_err(failed)?;
    if let Some(name) = args.summary_name.as_ref().filter(|_| !args.no_summary) {
        let name = name.replace("${run_id}", run.id());
        let text = info::json(&run, &Context::of_process(&session.cwd)) + "\n";
        if !plan.add_summary(&name, text) {
            return Err(Error::new(format!("cannot write the run summary to '{name}'"))
                .hint("Use a file name or a path below the directory that files are copied to."));
        }
    }
    Ok(plan)
}

/// Why the files cannot be copied, unless the user wants them replaced.
pub fn obstacle(session: &Session, args: &Args, plan: &Plan) -> Option<Obstacle> {
    if args.replace || plan.replaced().is_empty() {
        return None;
    }
    if args.no_replace {
        return plan.obstacle(None);
    }
    let git = match config::user_setting(&session.cwd, "git") {
        Some(guild_plugin_api::Value::Map(git)) => git.get("executable").cloned(),
        _ => None,
    };
    let git = match git {
        Some(guild_plugin_api::Value::Str(program)) => Git::new(program),
        _ => Git::default(),
    };
    plan.obstacle(vcs::work_tree(&git, &plan.target_dir).as_ref())
}

/// Copies the files; `tell` is called before each with its path in the target directory.
pub fn apply(plan: &Plan, tell: impl FnMut(&str)) -> Result<()> {
    let _activity = Activity::start("Copying files");
    plan.apply(tell).map_err(|e| {
        failed(e).hint("The files named before it were copied; this and later ones are as before.")
    })
}

/// The current directory, if the run was started from it.
fn checked_cwd(session: &Session, run: &Run) -> Result<PathBuf> {
    let id = run.id();
    let command = &session.typed_command;
    let opref = run.opref().ok().flatten();
    let opref = opref.filter(|opref| ["guildfile", "script"].contains(&opref.pkg_type.as_str()));
    let Some(opref) = opref else {
        return Err(Error::new(format!(
            "run {id} does not originate from a project - cannot merge to the current directory by \
             default"
        ))
        .hint(format!(
            "Use --target-dir to skip this check or try '{command} --help' for more information."
        )));
    };
    let package = paths::absolute(Path::new(&opref.pkg_name), run.dir());
    let dir = match opref.pkg_type.as_str() {
        "script" => Some(package.as_path()),
        _ if package.is_file() => package.parent(),
        _ => None,
    };
    let Some(dir) = dir else {
        return Err(Error::new(format!(
            "unexpected missing project directory for run {id} ({opref})"
        ))
        .hint("Skip this check by using --target-dir"));
    };
    if paths::real(dir) == paths::real(&session.cwd) {
        return Ok(session.cwd.clone());
    }
    let dir = paths::with_tilde(dir, &home::user_home());
    Err(Error::new(format!(
        "run {id} was created from a different project ({dir}) - cannot merge to the current \
         directory by default"
    ))
    .hint(format!(
        "Use '--target-dir .' to override this check or try '{command} --help' for more \
         information."
    )))
}

/// Says why nothing is copied, in 0.9.0's words.
fn refuse(session: &Session, args: &Args, obstacle: &Obstacle) {
    let place = place(session, args);
    let (paths, what, hint) = match obstacle {
        Obstacle::Replaced(paths) => {
            (paths, "would be replaced", "Use --replace to skip this check.")
        }
        Obstacle::Unstaged(paths) => (
            paths,
            "have unstaged changes",
            "Stage or stash these changes or use --replace to skip this check.",
        ),
    };
    terminal::err(&format!("guild: files in {place} {what}:"));
    paths.iter().for_each(|path| terminal::err(&format!("  {}", terminal::visible(path))));
    terminal::err(hint);
}

fn preview(session: &Session, args: &Args, plan: &Plan) {
    let place = place(session, args);
    terminal::err(&match args.preview {
        true => format!("Merge will copy files from the following run to {place}:"),
        false => format!("You are about to copy files from the following run to {place}:"),
    });
    show_run(session, &plan.run);
    terminal::err("Files:");
    if plan.is_empty() {
        terminal::err("  nothing to copy");
    }
    for path in plan.written_in_order() {
        terminal::err(&format!("  {}", terminal::visible(path)));
    }
    if args.preview {
        show_skipped(plan);
        return;
    }
    let replaced = plan.replaced();
    if !replaced.is_empty() {
        terminal::caution("Of these, the following are there already and will be replaced:");
        replaced.iter().for_each(|path| terminal::err(&format!("  {}", terminal::visible(path))));
    }
    let files = match plan.to_skip.len() {
        0 => return,
        1 => "1 file".into(),
        n => format!("{n} files"),
    };
    terminal::note(&format!("{files} will not be copied (use --preview to show the full list)"));
}

fn show_skipped(plan: &Plan) {
    let mut skipped: Vec<_> = plan.to_skip.iter().collect();
    skipped.sort_by_key(|file| file.path());
    if !skipped.is_empty() {
        terminal::note("Skipped:");
    }
    let row = |file: &&merge::Skipped| -> Vec<Cell> { vec![file.path().into(), file.why().into()] };
    let rows: Vec<Vec<Cell>> = skipped.iter().map(row).collect();
    for line in table::lines(&rows, 2, table::Screen::default()) {
        terminal::note(line.trim_end());
    }
}

fn show_run(session: &Session, run: &Run) {
    let context = Context::of_process(&session.cwd);
    let runs = std::slice::from_ref(run);
    let table = list::text(runs, Columns::Preview, false, terminal::screen(), &context);
    terminal::err(table.trim_end_matches('\n'));
}

/// Where files go, for a sentence.
fn place(session: &Session, args: &Args) -> String {
    match &args.target_dir {
        Some(dir) if paths::absolute(dir, &session.cwd) != session.cwd => {
            format!("'{}'", dir.display())
        }
        _ => "the current directory".into(),
    }
}
