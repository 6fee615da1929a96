//! `guild init`: a home for a project's runs, and an environment for its operations.

mod home;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use clap::{Arg, ArgMatches, FromArgMatches};
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::setup::{EnvironmentPlan, EnvironmentStep, PlanEnvironment};

use crate::error::{Error, Result};
use crate::op;
use crate::plugins;
use crate::session::Session;
use crate::terminal;

/// Initialize a Guild environment.
///
/// Creates `.guild` under DIR, or the current directory if DIR is omitted: commands below it keep
/// their runs there.
///
/// With any of the options that imply `--venv`, a virtual environment is created in DIR, `venv` if
/// DIR is omitted, and the packages that the project requires are installed in it: those of
/// requirements.txt, and those that `package` of guild.yml requires.
///
/// Downloaded resources are shared with the user's other environments, unless
/// `--isolate-resources` is specified.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
struct Options {
    /// The directory of the environment.
    dir: Option<PathBuf>,

    /// Create a virtual environment in DIR.
    #[arg(long)]
    venv: bool,

    /// Environment name (default is env parent directory name). Implies `--venv`.
    #[arg(short, long)]
    name: Option<String>,

    /// Version of Guild AI to install in the environment, or the path of a wheel. Implies `--venv`.
    /// Without it none is: the program that creates the environment is used with it.
    #[arg(short, long, value_name = "VERSION_OR_PATH")]
    guild: Option<String>,

    /// Give environment access to system site packages. Implies `--venv`.
    #[arg(short, long)]
    system_site_packages: bool,

    /// Use current Guild home for the environment. Ignored if `--guild-home` is specified.
    #[arg(short = 'H', long)]
    no_isolate: bool,

    /// Alternative Guild home location for the environment. By default, Guild home is `.guild` in
    /// DIR.
    #[arg(short = 'h', long, value_name = "PATH")]
    guild_home: Option<PathBuf>,

    /// Install required package or packages defined in a file. May be used multiple times. Implies
    /// `--venv`.
    #[arg(short, long, value_name = "REQ")]
    requirement: Vec<String>,

    /// Include DIR as a module path in the environment. Implies `--venv`.
    #[arg(short = 'P', long, value_name = "DIR")]
    path: Vec<PathBuf>,

    /// Don't install from requirements.txt or guild.yml. Implies `--venv`.
    #[arg(long)]
    no_reqs: bool,

    /// Use a local cache when initializing an environment.
    #[arg(short = 'l', long)]
    isolate_resources: bool,

    /// Initialize a Guild environment without prompting.
    #[arg(short, long)]
    yes: bool,

    /// Don't show progress when installing environment packages.
    #[arg(long)]
    no_progress: bool,

    /// Install pre-release versions of applicable packages. Implies `--venv`.
    #[arg(long)]
    pre: bool,

    /// Show this message and exit.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// The options, and one for each kind of environment that a plugin of guild's own makes.
#[derive(Debug)]
pub struct Args {
    options: Options,
    /// The kind of the environment, and its version.
    kind: Option<(String, String)>,
}

impl clap::Args for Args {
    fn augment_args(command: clap::Command) -> clap::Command {
        let kinds = plugins::environments().iter();
        kinds.fold(Options::augment_args(command), |command, kind| command.arg(of_kind(kind)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Args::augment_args(command)
    }
}

impl FromArgMatches for Args {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Args, clap::Error> {
        let given = |kind: &String| {
            let version = matches.try_get_one::<String>(kind).ok().flatten().cloned();
            version.map(|version| (kind.clone(), version))
        };
        let kind = plugins::environments().iter().find_map(given);
        Ok(Args { options: Options::from_arg_matches(matches)?, kind })
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        *self = Args::from_arg_matches(matches)?;
        Ok(())
    }
}

fn of_kind(kind: &'static str) -> Arg {
    let initial = kind.chars().next().unwrap_or('x');
    let help = format!("Version of {kind} to use for the environment. Implies `--venv`.");
    Arg::new(kind).long(kind).short(initial).value_name("VERSION").help(help)
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let options = &args.options;
    let dir = options
        .dir
        .clone()
        .unwrap_or_else(|| if wants_environment(args) { "venv".into() } else { ".".into() });
    let dir = normal(&session.cwd.join(dir));
    let home = match (&options.guild_home, options.no_isolate) {
        (Some(home), _) => Some(session.cwd.join(home)),
        (None, true) => Some(session.home().to_path_buf()),
        (None, false) => None,
    };
    let plan = match wants_environment(args) {
        true => Some(plan(session, args, &dir)?),
        false => None,
    };
    if let Some(plan) = &plan
        && !options.yes
        && !confirmed(args, plan, &dir, home.as_deref())?
    {
        return Ok(());
    }
    terminal::out(&format!("Initializing Guild environment in {}", shown(&dir)));
    home::init(&dir, home.as_deref(), options.isolate_resources)?;
    let Some(plan) = plan else { return Ok(()) };
    plan.steps.iter().try_for_each(|step| take(session, step))?;
    terminal::out(&format!("Guild environment initialized in {}", shown(&dir)));
    if let Some(activate) = plan.activate {
        terminal::out(&format!("\nTo activate it run:\n\n  {activate}\n"));
    }
    Ok(())
}

fn wants_environment(args: &Args) -> bool {
    let o = &args.options;
    let named = o.name.is_some() || o.guild.is_some() || args.kind.is_some();
    let filled = !o.requirement.is_empty() || !o.path.is_empty() || o.no_reqs || o.pre;
    o.venv || named || filled || o.system_site_packages
}

fn plan(session: &Session, args: &Args, dir: &Path) -> Result<EnvironmentPlan> {
    let options = &args.options;
    let kind = args.kind.as_ref().map(|(kind, _)| kind.as_str());
    let (plugin, kind) = session.plugins.for_environment(kind).ok_or_else(|| {
        Error::new("cannot create a virtual environment: there is no plugin that makes them")
            .hint("Try 'guild plugins list' for the plugins that there are.")
    })?;
    let paths = options.path.iter().map(|path| normal(&session.cwd.join(path)));
    let request = PlanEnvironment {
        kind: kind.into(),
        dir: dir.into(),
        name: name(options, dir),
        version: args.kind.as_ref().map(|(_, version)| version.clone()),
        guild: options.guild.clone(),
        system_packages: options.system_site_packages,
        requirements: options.requirement.clone(),
        no_requirements: options.no_reqs,
        packages: if options.no_reqs { Vec::new() } else { packages(session)? },
        paths: paths.collect(),
        pre_release: options.pre,
        no_progress: options.no_progress,
        project_dir: session.cwd.clone(),
    };
    let answer: Option<Option<EnvironmentPlan>> =
        session.call(plugin, hooks::PLAN_ENVIRONMENT, &request)?;
    answer.flatten().ok_or_else(|| {
        Error::new(format!("cannot create a virtual environment: plugin '{plugin}' makes none"))
    })
}

/// What the environment is called: of one in `venv`, after the folder that this is in.
fn name(options: &Options, dir: &Path) -> String {
    let of = |path: &Path| {
        path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
    };
    options.name.clone().unwrap_or_else(|| match of(dir) {
        name if name == "venv" => dir.parent().map(of).unwrap_or(name),
        name => name,
    })
}

/// The packages that the project's Guild file requires as a package.
fn packages(session: &Session) -> Result<Vec<String>> {
    let file = op::guildfile(session)?;
    Ok(file.and_then(|file| file.package).map(|package| package.requires).unwrap_or_default())
}

fn confirmed(args: &Args, plan: &EnvironmentPlan, dir: &Path, home: Option<&Path>) -> Result<bool> {
    terminal::out("You are about to initialize a Guild environment:");
    let line = |name: &str, value: &str| terminal::out(&format!("  {name}: {value}"));
    line("Location", &shown(dir));
    line("Name", &name(&args.options, dir));
    for (name, values) in &plan.summary {
        match values.as_slice() {
            [one] => line(name, one),
            many => {
                terminal::out(&format!("  {name}:"));
                many.iter().for_each(|value| terminal::out(&format!("    {value}")));
            }
        }
    }
    if let Some(home) = home {
        line("Guild home", &home.display().to_string());
    }
    line("Resource cache", if args.options.isolate_resources { "local" } else { "shared" });
    terminal::confirm("Continue?", true)
}

/// Does one step towards an environment.
fn take(session: &Session, step: &EnvironmentStep) -> Result<()> {
    terminal::out(&step.message);
    if let Some((path, text)) = &step.file {
        fs::write(path, text)
            .map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))?;
    }
    let Some((program, words)) = step.command.split_first() else { return Ok(()) };
    let mut command = Command::new(program);
    // What belongs to the environment that is active must not reach the new one.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.ends_with("PATH") && text != "PATH" || text == "VIRTUAL_ENV" {
            command.env_remove(&name);
        }
    }
    let status = command.args(words).current_dir(&session.cwd).status();
    let line = guild_flags::shell::join(&step.command);
    let status = status
        .map_err(|e| Error::new(format!("{} failed: cannot start {program}: {e}", step.message)))?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    let error = Error::new(format!("{} failed ({status})", step.message));
    Err(Error { exit_code: code, ..error.hint(format!("To see why, run: {line}")) })
}

/// A path as users write it, `~` for their home.
fn shown(path: &Path) -> String {
    let below =
        env::home_dir().and_then(|home| path.strip_prefix(home).map(Path::to_path_buf).ok());
    below.map_or_else(|| path.display().to_string(), |below| format!("~/{}", below.display()))
}

/// A path freed of `.` and `..` without a look at the file system.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(out.pop()),
            std::path::Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}
