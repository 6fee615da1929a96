//! What is wrong with a command line, in Guild AI 0.9.0's words.

use std::collections::VecDeque;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Parser};

use super::manual;
use super::refused::{self, Refused};
use crate::error::{EXIT_USAGE, Error};
use crate::terminal;

/// Why there is no command to run.
pub enum Stop {
    /// The user asked for a text: help or version.
    Show(String),
    /// The command line cannot be understood.
    Fail(Error),
}

/// Parses a command line; gives the command as it was typed as well.
pub fn parse<P: Parser>(args: &[OsString]) -> Result<(P, String), Stop> {
    let mut root = P::command();
    let parsed = root.try_get_matches_from_mut(args);
    // The commands on the way have been put together now, and no others.
    let path = command_path(&root, args);
    let parsed = parsed.and_then(|mut matches| {
        P::from_arg_matches_mut(&mut matches).map_err(|e| e.format(&mut root))
    });
    let e = match parsed {
        Ok(parsed) => return Ok((parsed, path)),
        Err(e) => e,
    };
    Err(match e.kind() {
        ErrorKind::ValueValidation => Stop::Fail(invalid(&e, &path)),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let long = !args.iter().any(|arg| arg == "-h");
            Stop::Show(help(&root, &path, long))
        }
        ErrorKind::DisplayVersion => Stop::Show(e.render().to_string()),
        _ => Stop::Fail(meant(&e, root, Error::usage(message(&e), &path), &path)),
    })
}

/// A value that an option does not take, or an option that is not supported.
fn invalid(e: &clap::Error, command_path: &str) -> Error {
    match (Refused::of(e), e.get(ContextKind::InvalidArg)) {
        (Some(refused), Some(ContextValue::String(arg))) => Error {
            exit_code: EXIT_USAGE,
            ..Error::new(format!("{} is not supported: {refused}", bare(arg)))
        },
        _ => Error::usage(message(e), command_path),
    }
}

/// Adds what the user may have meant: a command, or what an operation is run with.
fn meant(e: &clap::Error, mut root: Command, error: Error, path: &str) -> Error {
    let of = |kind| match e.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    if let Some(option) = of(ContextKind::InvalidArg)
        && e.kind() == ErrorKind::UnknownArgument
        && path == "guild run"
        && near_option(e).is_none()
    {
        let flag = bare(option).trim_start_matches('-');
        return error.hint(format!("Flags of an operation are set without dashes: {flag}=VALUE"));
    }
    let name = of(ContextKind::InvalidSubcommand);
    let Some(name) = name.filter(|_| e.kind() == ErrorKind::InvalidSubcommand) else {
        return error;
    };
    root.build();
    let mut known = Vec::new();
    let mut commands = VecDeque::from([(&root, String::from("guild"))]);
    while let Some((command, path)) = commands.pop_front() {
        for sub in command.get_subcommands().filter(|s| !s.is_hide_set()) {
            let names = sub.get_name_and_visible_aliases();
            known.extend(names.into_iter().map(|name| (name, path.clone())));
            commands.push_back((sub, format!("{path} {}", sub.get_name())));
        }
    }
    let here = known.iter().filter(|(_, parent)| parent == path).map(|(name, _)| *name);
    if let Some(name) = guild_flags::nearest(name, here) {
        return error.did_you_mean(Some(name));
    }
    // A command of another one has to be said whole.
    let near = guild_flags::nearest(name, known.iter().map(|(name, _)| *name));
    match near.and_then(|near| known.iter().find(|(name, _)| *name == near)) {
        Some((name, parent)) => error.did_you_mean(Some(format!("{parent} {name}"))),
        None if path == "guild runs" => {
            error.hint(format!("To show a run, use 'guild runs info {name}'."))
        }
        None if path == "guild" => {
            error.hint(format!("To run an operation or a script, use 'guild run {name}'."))
        }
        None => error,
    }
}

/// The help of the command `path`, which begins with the name of `root`: all of it, or `-h`. The
/// commands on the way have been put together.
pub fn help(root: &Command, path: &str, long: bool) -> String {
    let mut command = root;
    let mut names = Vec::new();
    for name in path.split(' ').skip(1) {
        let Some(next) = command.find_subcommand(name) else { break };
        command = next;
        names.push(next.get_name());
    }
    let command = manual::with_text(command.clone(), &names.join(" "));
    let mut command = if long { self::long(command) } else { command };
    let text = command.render_help();
    if terminal::screen().styled { text.ansi().to_string() } else { text.to_string() }
}

/// A command whose help has its long texts, but still a line or two for an option.
pub fn long(command: Command) -> Command {
    let about = command.get_long_about().or(command.get_about()).cloned();
    let after = command.get_after_long_help().or(command.get_after_help()).cloned();
    let command = command.about(about.unwrap_or_default()).after_help(after.unwrap_or_default());
    let command = command.mut_args(|arg| match refused::is_refused(&arg) {
        true => arg.hide(false),
        false => arg,
    });
    // Where clap has made the option, it says that there is more.
    let has_help = command.get_arguments().any(|arg| arg.get_id() == "help");
    match has_help {
        true => command.mut_arg("help", |arg| arg.help("Print help")),
        false => command,
    }
}

/// `guild runs rm` for the arguments `guild -C x runs rm 1`: the commands that could be told apart
/// from options before the first thing that is neither.
fn command_path(root: &Command, args: &[OsString]) -> String {
    let mut command = root;
    let mut path = String::from("guild");
    let mut words = args.iter().skip(1).filter_map(|a| a.to_str());
    while let Some(word) = words.next() {
        if word == "-C" || word == "-H" {
            words.next();
        } else if let Some(next) = command.find_subcommand(word) {
            path.push(' ');
            path.push_str(word);
            command = next;
        } else if !word.starts_with('-') {
            break;
        }
    }
    path
}

fn message(e: &clap::Error) -> String {
    let context = |kind| match e.get(kind) {
        Some(ContextValue::String(s)) => Some(s.clone()),
        Some(ContextValue::Strings(s)) => s.first().cloned(),
        _ => None,
    };
    let arg = context(ContextKind::InvalidArg).unwrap_or_default();
    match e.kind() {
        ErrorKind::UnknownArgument if arg.starts_with('-') => {
            let near = near_option(e).map(|s| format!(" (did you mean {s}?)")).unwrap_or_default();
            format!("unrecognized option '{arg}'{near}")
        }
        ErrorKind::UnknownArgument => format!("unexpected extra argument '{arg}'"),
        ErrorKind::InvalidSubcommand => {
            let name = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("No such command '{name}'.")
        }
        ErrorKind::MissingRequiredArgument => {
            format!("missing argument for {}", arg.trim_matches(['<', '>', '.']))
        }
        ErrorKind::ArgumentConflict => {
            // Where options exclude commands, something else may stand in the place of a command.
            if let Some(name) = context(ContextKind::InvalidSubcommand) {
                return format!("unexpected extra argument '{name}'");
            }
            let other = context(ContextKind::PriorArg).unwrap_or_default();
            format!("{} and {} cannot both be used", bare(&other), bare(&arg))
        }
        _ => {
            let text = e.to_string();
            let line = text.lines().next().unwrap_or_default();
            let line = line.strip_prefix("error: ").unwrap_or(line);
            if let Some(value) = line.strip_suffix("number would be zero for non-zero type") {
                return format!("{value}0 is not in the range x>=1.");
            }
            // A range that ends where the type of the number does has no end for the user.
            let open = |range: &str| {
                let (from, to) = range.split_once("..")?;
                let to: u64 = to.trim_start_matches('=').parse().ok()?;
                (to >= u64::from(u32::MAX)).then(|| format!("x>={from}"))
            };
            let range =
                line.rsplit_once(" is not in ").and_then(|(v, range)| Some((v, open(range)?)));
            match (range, line.strip_suffix(": invalid digit found in string")) {
                (Some((value, range)), _) => format!("{value} is not in the range {range}."),
                (None, Some(value)) => format!("{value}: not a whole number"),
                (None, None) => line.to_string(),
            }
        }
    }
}

/// The option that may have been meant. What clap finds may be far from it.
fn near_option(e: &clap::Error) -> Option<String> {
    let (Some(ContextValue::String(arg)), Some(ContextValue::String(near))) =
        (e.get(ContextKind::InvalidArg), e.get(ContextKind::SuggestedArg))
    else {
        return None;
    };
    let name = |option| bare(option).trim_start_matches('-');
    guild_flags::nearest(name(arg), [name(near)]).map(|_| near.clone())
}

/// An option without its value's name.
fn bare(arg: &str) -> &str {
    arg.split([' ', '=']).next().unwrap_or(arg)
}
