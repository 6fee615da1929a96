//! Commands of Guild AI 0.9.0 that guild does not have. They take the arguments that they take
//! there, and say what to use instead.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};

use super::filters::{CommonFilterArgs, FilterArgs};
use crate::error::Error;

/// Which of the options that choose runs a command has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Filters {
    None,
    /// All but those for the status.
    Common,
    All,
}

/// A command that is not there.
#[derive(Debug)]
struct Absent {
    /// Its words: `sys s3-sync start`.
    path: &'static str,
    /// What it is for.
    about: &'static str,
    filters: Filters,
    /// Its options and arguments: `-n --interval MINUTES, -w --watch, RUN`.
    arguments: &'static str,
    /// Another name, or nothing.
    alias: &'static str,
    /// What to use instead, after `it is not supported:`.
    instead: &'static str,
}

impl Absent {
    const fn new(
        path: &'static str,
        about: &'static str,
        arguments: &'static str,
        instead: &'static str,
    ) -> Absent {
        Absent { path, about, filters: Filters::None, arguments, alias: "", instead }
    }

    const fn with(mut self, filters: Filters) -> Absent {
        self.filters = filters;
        self
    }

    const fn alias(mut self, alias: &'static str) -> Absent {
        self.alias = alias;
        self
    }
}

const PACKAGES: &str = "a package's operations are run from its project: use 'pip' for packages";
const PIP_LIST: &str = "use 'pip list' for packages, and 'guild ops' for operations";
const TRANSFER: &str = "use 'guild export' here and 'guild import' there, or copy the folders in \
                        'runs' of guild's home, which 'guild runs info' shows";
const REMOTE: &str = "run guild on the other machine itself, say by 'ssh HOST guild runs'";
const PUBLISH: &str = "use 'guild compare --csv' for a table of runs, and 'guild export' for their \
                       files";
const VIEW: &str = "use 'guild compare' for a table of runs, 'guild tensorboard' for graphs, and \
                    'guild open' for files";
const SHUTDOWN: &str = "use the system's 'shutdown +MINUTES', and 'shutdown -c' to call it off";
const S3: &str = "use 'aws s3 sync' on guild's home, say from a timer of the system";
const PUBLISH_OPTIONS: &str = "-d --dest DIR, -t --template VAL, -i --index-template PATH, \
                               -f --files, -a --all-files, -L --include-links, --no-md5, \
                               --include-batch, -r --refresh-index, -y --yes, RUN";

/// The commands, in the order of their names.
const COMMANDS: &[Absent] = &[
    Absent::new(
        "install",
        "Install one or more packages",
        "-U --upgrade, --reinstall, --no-cache, --no-deps, --pre, -t --target DIR, PACKAGE",
        "use 'pip install'",
    ),
    Absent::new(
        "package",
        "Create a package for distribution",
        "-d --dist-dir DIR, --upload, --upload-test, --repo REPO, -s --sign, -i --identity NAME, \
         -u --user USER, -p --password PASSWORD, -e --skip-existing, -c --comment COMMENT, --clean",
        "share the project's folder as it is, with its guild.yml",
    ),
    Absent::new("packages", "Show or manage packages", "-a --all", PIP_LIST),
    Absent::new("packages list", "List installed packages", "-a --all, TERM", PIP_LIST).alias("ls"),
    Absent::new(
        "packages delete",
        "Uninstall one or more packages",
        "-y --yes, PACKAGE",
        "use 'pip uninstall'",
    )
    .alias("rm"),
    Absent::new(
        "packages info",
        "Show information for one or more packages",
        "-v --verbose, -f --files, PACKAGE",
        "use 'pip show'",
    ),
    Absent::new("publish", "Publish one or more runs", PUBLISH_OPTIONS, PUBLISH).with(Filters::All),
    Absent::new(
        "pull",
        "Copy one or more runs from a remote location",
        "-d --delete, -y --yes, REMOTE, RUN",
        TRANSFER,
    )
    .with(Filters::All),
    Absent::new(
        "push",
        "Copy one or more runs to a remote location",
        "-n --delete, -y --yes, REMOTE, RUN",
        TRANSFER,
    )
    .with(Filters::All),
    Absent::new("remote", "Manage remote status", "", REMOTE),
    Absent::new("remote start", "Start a remote", "--reinit, -y --yes, REMOTE", REMOTE),
    Absent::new("remote status", "Show remote status", "-v --verbose, REMOTE", REMOTE),
    Absent::new("remote stop", "Stop a remote", "-y --yes, REMOTE", REMOTE),
    Absent::new("remotes", "Show available remotes", "", REMOTE),
    Absent::new("search", "Search for a package", "-a --all, TERM", PACKAGES),
    Absent::new(
        "shell",
        "Start a shell for API use",
        "",
        "use 'guild api', which gives runs and operations as JSON to any program",
    ),
    Absent::new(
        "sync",
        "Synchronize remote runs",
        "-w --watch, -n --interval MINUTES, RUN",
        TRANSFER,
    )
    .with(Filters::Common),
    Absent::new("sys", "System utilities", "", "use the system's own tools"),
    Absent::new("sys s3-sync", "Manage S3 sync service", "", S3),
    Absent::new(
        "sys s3-sync start",
        "Start S3 sync service",
        "-i --sync-interval SECONDS, -b --log-backups N, -m --log-max-size BYTES, -f --foreground, \
         URI",
        S3,
    ),
    Absent::new("sys s3-sync status", "Show S3 sync service status", "", S3),
    Absent::new("sys s3-sync stop", "Stop S3 sync service", "", S3),
    Absent::new("sys shutdown-timer", "Manage shutdown timer", "", SHUTDOWN),
    Absent::new(
        "sys shutdown-timer start",
        "Start shutdown timer",
        "-t --timeout MINUTES, -g --grace-period MINUTES, -s --su, -d --dont-shutdown, \
         -f --foreground",
        SHUTDOWN,
    ),
    Absent::new("sys shutdown-timer status", "Show shutdown timer status", "", SHUTDOWN),
    Absent::new("sys shutdown-timer stop", "Stop shutdown timer", "", SHUTDOWN),
    Absent::new(
        "tensorflow",
        "Collection of TensorFlow tools",
        "",
        "use the tools that TensorFlow brings",
    ),
    Absent::new(
        "tensorflow inspect",
        "Inspect a TensorFlow checkpoint or graph",
        "--all-tensor-names, --all-tensors, --tensor-name NAME, PATH",
        "use the tools that TensorFlow brings, such as 'saved_model_cli show'",
    ),
    Absent::new(
        "uninstall",
        "Uninstall one or more packages",
        "-y --yes, PACKAGE",
        "use 'pip uninstall'",
    ),
    Absent::new(
        "view",
        "Visualize runs in a local web application",
        "-h --host HOST, -p --port PORT, --include-batch, -n --no-open, --logging, RUN",
        VIEW,
    )
    .with(Filters::All),
];

/// The same below `guild runs`.
const OF_RUNS: [&str; 3] = ["publish", "pull", "push"];

/// One of the commands, as it was called.
#[derive(Debug)]
pub struct Unsupported(&'static Absent);

/// One of those that `guild runs` has, too.
#[derive(Debug)]
pub struct OfRuns(Unsupported);

impl Unsupported {
    /// What the user gets.
    pub fn error(&self, command: &str) -> Error {
        Error::new(format!("'{command}' is not supported: {}", self.0.instead))
    }
}

impl OfRuns {
    /// What the user gets.
    pub fn error(&self, command: &str) -> Error {
        self.0.error(command)
    }
}

fn find(path: &str) -> Option<&'static Absent> {
    COMMANDS.iter().find(|absent| absent.path == path)
}

/// The command. What is below it and its arguments are put in once somebody asks: most command
/// lines do not.
fn top(absent: &'static Absent) -> Command {
    named(absent).hide(true).defer(|command| {
        let absent = find(command.get_name());
        absent.map_or(command.clone(), |absent| whole(command, absent))
    })
}

fn named(absent: &'static Absent) -> Command {
    let name = absent.path.rsplit(' ').next().unwrap_or_default();
    let command = Command::new(name).disable_help_subcommand(true);
    if absent.alias.is_empty() { command } else { command.visible_alias(absent.alias) }
}

/// The command with its arguments and the commands below it.
fn whole(command: Command, absent: &'static Absent) -> Command {
    let parent = |sub: &Absent| sub.path.rsplit_once(' ').map(|(parent, _)| parent);
    let below = COMMANDS.iter().filter(|sub| parent(sub) == Some(absent.path));
    with_arguments(command.subcommands(below.map(|sub| whole(named(sub), sub))), absent)
}

fn with_arguments(command: Command, absent: &'static Absent) -> Command {
    let has_h = absent.arguments.contains("-h ");
    let mut command = command.next_help_heading("Options of Guild AI 0.9.0");
    if has_h {
        let help = Arg::new("help").long("help").action(ArgAction::Help);
        command = command.disable_help_flag(true).arg(help.help("Show this message and exit"));
    }
    let items = absent.arguments.split(',').map(str::trim).filter(|item| !item.is_empty());
    let mut items = items.peekable();
    while let Some(item) = items.next() {
        let arg = argument(item);
        // The last one takes all that are left.
        let many = arg.is_positional() && items.peek().is_none();
        command = command.arg(if many { arg.num_args(0..) } else { arg });
    }
    let command = match absent.filters {
        Filters::None => command,
        Filters::Common => CommonFilterArgs::augment_args(command),
        Filters::All => FilterArgs::augment_args(command),
    };
    command
        .about(format!("{} (not supported)", absent.about))
        .long_about(None::<&str>)
        .after_help(format!("This command is not supported: {}.", absent.instead))
}

/// An option (`-d --dest DIR`) or an argument (`RUN`). None is missed: there is nothing to do.
fn argument(item: &'static str) -> Arg {
    let mut words: Vec<&'static str> = item.split_whitespace().collect();
    let value = words.pop_if(|word| !word.starts_with('-'));
    let Some(long) = words.iter().find_map(|word| word.strip_prefix("--")) else {
        let name = value.unwrap_or(item);
        return Arg::new(name).value_name(name).help_heading(None::<&str>);
    };
    let mut arg = Arg::new(long).long(long);
    if let Some(short) = words[0].strip_prefix('-').filter(|short| short.len() == 1) {
        arg = arg.short(short.chars().next());
    }
    match value {
        Some(name) => arg.value_name(name).action(ArgAction::Append),
        None => arg.action(ArgAction::SetTrue),
    }
}

/// The command that `matches` means, by its words.
fn matched(matches: &ArgMatches) -> Result<&'static Absent, clap::Error> {
    let (mut path, mut rest) = (String::new(), matches);
    while let Some((name, below)) = rest.subcommand() {
        if !path.is_empty() {
            path.push(' ');
        }
        path.push_str(name);
        rest = below;
    }
    find(&path).ok_or_else(|| clap::Error::new(ErrorKind::InvalidSubcommand))
}

impl FromArgMatches for Unsupported {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        matched(matches).map(Unsupported)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matched(matches)?;
        Ok(())
    }
}

impl Subcommand for Unsupported {
    fn augment_subcommands(parent: Command) -> Command {
        let tops = COMMANDS.iter().filter(|absent| !absent.path.contains(' '));
        parent.subcommands(tops.map(top))
    }

    fn augment_subcommands_for_update(parent: Command) -> Command {
        Self::augment_subcommands(parent)
    }

    fn has_subcommand(name: &str) -> bool {
        find(name).is_some()
    }
}

impl FromArgMatches for OfRuns {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Unsupported::from_arg_matches(matches).map(OfRuns)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Subcommand for OfRuns {
    fn augment_subcommands(parent: Command) -> Command {
        parent.subcommands(OF_RUNS.iter().filter_map(|name| find(name)).map(top))
    }

    fn augment_subcommands_for_update(parent: Command) -> Command {
        Self::augment_subcommands(parent)
    }

    fn has_subcommand(name: &str) -> bool {
        OF_RUNS.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_says_what_it_is_and_what_to_use_instead() {
        for absent in COMMANDS {
            assert!(!absent.about.is_empty() && !absent.instead.is_empty(), "{}", absent.path);
            assert!(!absent.instead.ends_with('.'), "{}", absent.instead);
            if let Some((parent, _)) = absent.path.rsplit_once(' ') {
                assert!(find(parent).is_some(), "{}", absent.path);
            }
        }
        assert!(OF_RUNS.iter().all(|name| find(name).is_some()));
    }
}
