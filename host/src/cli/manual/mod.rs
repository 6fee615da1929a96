//! What help has to say beyond the options of a command: examples, how runs are chosen, and the list
//! of commands. The manual pages and the reference are made from the same.

mod examples;
mod pages;
mod reference;
mod topics;

use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::{Command, CommandFactory};

use crate::error::{Error, Result};
use crate::terminal;

/// Write the manual: pages for man, or the reference in Markdown.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// Write manual pages into DIR.
    #[arg(long, value_name = "DIR")]
    man: Option<PathBuf>,
}

/// Runs the command, for the command line `C`. Without an option, the reference is shown.
pub fn main<C: CommandFactory>(args: &Args) -> Result<()> {
    match &args.man {
        None => terminal::print(&reference::markdown(C::command())),
        Some(folder) => pages::write(C::command(), folder)
            .map_err(|e| Error::new(format!("cannot write in {}: {e}", folder.display())))?,
    }
    Ok(())
}

/// The commands as `guild --help` lists them. What belongs together shares a line.
const GROUPS: &[(&str, &[(&str, &str)])] = &[
    (
        "Run",
        &[
            ("run", "Run an operation or a script"),
            ("watch, stop", "Follow the output of a run; stop runs"),
            ("operations (ops), models", "Show what the project can run"),
            ("help", "Show help for the project"),
        ],
    ),
    (
        "Look",
        &[
            ("runs, runs info", "List runs; show all about one"),
            ("compare, tensorboard", "Compare runs in a table, or in TensorBoard"),
            ("ls, cat, open", "List, show and open the files of a run"),
            ("diff, select", "Compare two runs; select one and show its ID"),
        ],
    ),
    (
        "Keep",
        &[
            ("label, tag, mark, comment", "Say something about runs"),
            ("runs rm, restore, purge", "Delete runs, bring them back, delete for good"),
            ("export, import", "Write runs to a directory or zip file, and read them"),
            ("merge", "Copy run files to a project directory"),
        ],
    ),
    (
        "Set up",
        &[
            ("init, check", "Set up an environment; check the set-up"),
            ("plugins", "Show, check, make or install plugins"),
            ("completion", "Have the shell complete commands"),
            ("download", "Download a file resource"),
            ("api", "The same as JSON, for programs"),
        ],
    ),
];

/// All commands, put together, each with what its options do not say.
pub fn with_texts(mut root: Command) -> Command {
    root.build();
    described(root, "")
}

/// The command `path`, without the program's name, with what its options do not say.
pub fn with_text(command: Command, path: &str) -> Command {
    if path.is_empty() {
        return command.help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}\nOptions:\n{{options}}\n\n\
             See 'guild COMMAND --help' for a command and its examples.",
            overview()
        ));
    }
    let Some(examples) = examples::of(path) else { return command };
    let mut long: Vec<&str> = topics::of(path).into_iter().collect();
    let runs = command.get_positionals().find(|arg| {
        let names = arg.get_value_names().unwrap_or_default();
        names.iter().any(|name| name.as_str() == "RUN")
    });
    if let Some(runs) = runs {
        let many = matches!(runs.get_action(), clap::ArgAction::Append);
        long.push(if many { topics::RUNS } else { topics::ONE_RUN });
    }
    if command.get_arguments().any(|arg| arg.get_id() == "expression") {
        long.push(topics::FILTERS);
    }
    long.push(&examples);
    let long = long.join("\n\n");
    command.after_help(StyledStr::from(examples)).after_long_help(StyledStr::from(long))
}

fn overview() -> String {
    let mut text = String::new();
    for (group, lines) in GROUPS {
        text += &format!("{group}:\n");
        for (commands, about) in *lines {
            text += &format!("  {commands:26} {about}\n");
        }
    }
    text
}

fn described(mut command: Command, path: &str) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_string()).collect();
    for name in names {
        let path = format!("{path} {name}").trim_start().to_string();
        command = command.mut_subcommand(&name, |sub| described(sub, &path));
    }
    with_text(command, path)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_is_in_the_overview_and_no_other() {
        let named: HashSet<&str> = GROUPS
            .iter()
            .flat_map(|(_, lines)| lines.iter())
            .flat_map(|(commands, _)| commands.split([',', ' ', '(', ')']))
            .filter(|word| !word.is_empty())
            .collect();
        let mut root = Cli::command();
        root.build();
        let mut known: HashSet<&str> = HashSet::new();
        for command in root.get_subcommands().filter(|command| !command.is_hide_set()) {
            assert!(named.contains(command.get_name()), "{}", command.get_name());
            known.extend(command.get_name_and_visible_aliases());
            let below = command.get_subcommands().filter(|sub| !sub.is_hide_set());
            known.extend(below.flat_map(Command::get_name_and_visible_aliases));
        }
        assert!(named.is_subset(&known), "{:?}", named.difference(&known));
    }

    #[test]
    fn every_command_has_examples_that_begin_with_it() {
        fn check(command: &Command, path: &str) {
            for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
                let path = format!("{path} {}", sub.get_name()).trim().to_string();
                assert!(examples::of(&path).is_some(), "no example of 'guild {path}'");
                check(sub, &path);
            }
        }
        let mut root = Cli::command();
        root.build();
        check(&root, "");
    }
}
