//! `guild diff`: two runs, or a run and a folder, side by side.

use std::path::{Path, PathBuf};
use std::process::Command;

use fancy_regex::Regex;
use guild_flags::{did_you_mean, nearest_path, shell};
use guild_plugin_api::Value;
use guild_store::Run;

use super::choose::check_incompatible;
use super::one_run;
use crate::cli::filters::FilterArgs;
use crate::cli::refused;
use crate::config;
use crate::error::{Error, Result};
use crate::files::{self, difference};
use crate::session::Session;
use crate::terminal;

/// Diff two runs.
///
/// If no RUN arguments are provided, the latest two filtered runs are diffed. If one RUN is
/// specified, both must be specified, except when --working or --dir is specified, in which case
/// the second RUN argument cannot be specified.
///
/// The program is the one that --cmd names, or `command` of the section `diff` in
/// ~/.guild/config.yml, or the first at hand of meld, xxdiff, dirdiff, colordiff and diff.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The first run.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// The second run.
    #[arg(value_name = "RUN2")]
    other_run: Option<String>,

    /// Diff run output.
    #[arg(short = 'O', long)]
    output: bool,

    /// Diff run source code.
    #[arg(short, long)]
    sourcecode: bool,

    /// Diff run environment.
    #[arg(short, long)]
    env: bool,

    /// Diff run flags.
    #[arg(short, long)]
    flags: bool,

    /// Diff all run attributes; if specified other attribute options are ignored.
    #[arg(short, long)]
    attrs: bool,

    /// Diff run dependencies.
    #[arg(short = 'D', long)]
    deps: bool,

    /// Diff specified path. May be used more than once.
    #[arg(short, long = "path", value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Diff run sourcecode to the associated working directory.
    #[arg(short, long)]
    working: bool,

    /// Diff run to the specified directory, relative to cwd.
    #[arg(short, long, value_name = "PATH")]
    dir: Option<PathBuf>,

    /// Command used to diff runs.
    #[arg(short, long, value_name = "CMD")]
    cmd: Option<String>,

    #[command(flatten)]
    filters: FilterArgs,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let working = ("--working", args.working);
    check_incompatible(
        session,
        &[(working, ("--dir", args.dir.is_some())), (working, ("--sourcecode", args.sourcecode))],
    )?;
    for (one, other) in pairs(session, args)? {
        diff(session, args, &one, &other)?;
    }
    Ok(())
}

/// What to hold against what.
fn pairs(session: &Session, args: &Args) -> Result<Vec<(PathBuf, PathBuf)>> {
    let run = |spec: &str| one_run(session, &args.filters, Some(spec), "guild diff");
    let single = args.dir.is_some() || args.working;
    match (&args.run, &args.other_run) {
        (_, Some(_)) if args.dir.is_some() => {
            Err(Error::new("cannot specify second RUN and --dir"))
        }
        (_, Some(_)) if args.working => Err(Error::new("cannot specify second RUN and --working")),
        (spec, _) if single => {
            if let Some(dir) = args.dir.as_ref().filter(|dir| !session.cwd.join(dir).exists()) {
                // As with paths, the program says that it is not there.
                let near = nearest_path(&session.cwd, dir);
                near.iter().for_each(|near| terminal::note(did_you_mean(Some(near)).trim_start()));
            }
            let run = run(spec.as_deref().unwrap_or("1"))?;
            let (one, other) = match &args.dir {
                Some(dir) => (run.dir().to_path_buf(), dir.clone()),
                None => (files::sourcecode_dir(&run), working_dir(&run)?),
            };
            Ok(below(&one, &other, &args.paths))
        }
        (None, _) => Ok(pairs_of_runs(&run("2")?, &run("1")?, args)),
        (Some(one), Some(other)) => Ok(pairs_of_runs(&run(one)?, &run(other)?, args)),
        (Some(_), None) => Err(Error::new("diff requires two runs")
            .hint("Try specifying a second RUN or 'guild diff --help' for more information.")),
    }
}

/// The folder in which the run's source code is worked on.
fn working_dir(run: &Run) -> Result<PathBuf> {
    let opref = run.opref().ok().flatten();
    let dir = opref.and_then(|opref| opref.dir()).map(|dir| match files::sourcecode_root(run) {
        Some(root) => guild_store::paths::absolute(Path::new(&root), &dir),
        None => dir,
    });
    dir.filter(|dir| dir.is_dir()).ok_or_else(|| {
        let id = run.short_id();
        Error::new(format!("cannot find working source code directory for run {id}"))
            .hint(format!("Try specifying the directory with 'guild diff {id} --dir DIR'."))
    })
}

/// The paths below two folders, or the folders themselves.
fn below(one: &Path, other: &Path, paths: &[PathBuf]) -> Vec<(PathBuf, PathBuf)> {
    match paths {
        [] => vec![(one.to_path_buf(), other.to_path_buf())],
        paths => paths.iter().map(|path| pair(one, other, path)).collect(),
    }
}

/// A path below two folders. Where it is in neither, the program will say so; what may have been meant
/// is said here.
fn pair(one: &Path, other: &Path, path: &Path) -> (PathBuf, PathBuf) {
    let whole = (one.join(path), other.join(path));
    if !whole.0.exists() && !whole.1.exists() {
        let near = nearest_path(one, path).or_else(|| nearest_path(other, path));
        near.iter().for_each(|near| terminal::note(did_you_mean(Some(near)).trim_start()));
    }
    whole
}

fn pairs_of_runs(run: &Run, other: &Run, args: &Args) -> Vec<(PathBuf, PathBuf)> {
    let mut pairs = Vec::new();
    let chosen = [(args.env, "env"), (args.flags, "flags"), (args.deps, "deps")];
    let mut add = |path: String| pairs.push((run.guild_path(&path), other.guild_path(&path)));
    if args.attrs {
        for (_, name) in chosen.iter().filter(|(on, _)| *on) {
            terminal::warning(&format!("ignoring --{name} (already included in --attrs)"));
        }
        add("attrs".into());
    } else {
        chosen.iter().filter(|(on, _)| *on).for_each(|(_, name)| add(format!("attrs/{name}")));
    }
    if args.output {
        add("output".into());
    }
    if args.sourcecode {
        let (one, other) = (files::sourcecode_dir(run), files::sourcecode_dir(other));
        pairs.extend(below(&one, &other, &args.paths));
    } else if pairs.is_empty() || !args.paths.is_empty() {
        pairs.extend(below(run.dir(), other.dir(), &args.paths));
    }
    pairs
}

fn diff(session: &Session, args: &Args, one: &Path, other: &Path) -> Result<()> {
    let said = args.cmd.clone().filter(|command| !command.is_empty());
    let named = said.or_else(|| configured(session, one)).or_else(at_hand);
    let Some(command) = named else {
        let text = difference::unified(&session.cwd.join(one), &session.cwd.join(other))
            .map_err(|e| Error::new(format!("cannot compare {}: {e}", one.display())))?;
        terminal::print(&text);
        return Ok(());
    };
    let words = shell::split(&command).ok().filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| Error::new(format!("invalid diff command '{command}'")))?;
    session.say_debug(|| format!("diff cmd: {words:?} {} {}", one.display(), other.display()));
    // What the program exits with says whether there are differences.
    let ended = Command::new(&words[0])
        .args(&words[1..])
        .args([one, other])
        .current_dir(&session.cwd)
        .status();
    ended.map(drop).map_err(|e| {
        let (one, other) = (one.display(), other.display());
        Error::new(format!("error running '{} {one} {other}': {e}", words.join(" ")))
            .hint("Name another program with --cmd.")
    })
}

/// What the user configured for such a file: `diff: {command: CMD}`, or a command for each
/// extension (or expression for one) and `default`.
fn configured(session: &Session, path: &Path) -> Option<String> {
    let Value::Map(diff) = config::user_setting(&session.cwd, "diff")? else { return None };
    let commands = match diff.get("command")? {
        Value::Str(command) => return Some(command.clone()),
        Value::Map(commands) => commands,
        Value::Null => return None,
        _ => {
            terminal::warning("unsupported configuration for diff command");
            return None;
        }
    };
    let extension = path.extension().map(|e| format!(".{}", e.to_string_lossy()));
    let extension = extension.unwrap_or_default();
    let fits = |pattern: &str| {
        extension == pattern
            || Regex::new(pattern).is_ok_and(|p| p.is_match(&extension).unwrap_or(false))
    };
    let text = |value: &Value| match value {
        Value::Str(command) => Some(command.clone()),
        _ => None,
    };
    let pattern = |name: &Value| text(name).filter(|name| name != "default");
    match commands.iter().find(|(name, _)| pattern(name).is_some_and(|p| fits(&p))) {
        Some((_, command)) => text(command),
        None => commands.get("default").and_then(text),
    }
}

/// The first program at hand, of those that Guild AI 0.9.0 looks for.
fn at_hand() -> Option<String> {
    let usual = match cfg!(target_os = "macos") {
        true => ["Kaleidoscope", "meld", "DiffMerge", "FileMerge", "diff -ru"],
        false => ["meld", "xxdiff -r", "dirdiff", "colordiff", "diff -ru"],
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let there = |command: &&&str| {
        let program = command.split(' ').next().unwrap_or_default();
        dirs.iter().any(|dir| dir.join(program).is_file())
    };
    usual.iter().find(there).map(|command| command.to_string())
}
