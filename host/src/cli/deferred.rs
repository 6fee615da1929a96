//! [`Deferred`]: a command whose options are put together once it is the one that is asked for.

use std::ops::Deref;

use clap::{ArgMatches, Args, Command, FromArgMatches};

/// The arguments `T` of a command. There are some eighty commands with a thousand options, of which a
/// command line needs those of one.
#[derive(Clone, Debug)]
pub struct Deferred<T>(pub T);

impl<T> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Deferred)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches_mut(matches).map(Deferred)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(T::augment_args)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(T::augment_args_for_update)
    }
}

/// Puts the options of `command` together, but not those of the commands below it.
pub fn reveal(command: &mut Command) {
    // Of what makes clap do it, this is the least.
    command.render_usage();
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn commands_are_known_by_the_first_line_of_their_help() {
        fn check(command: &mut Command) {
            for sub in command.get_subcommands_mut() {
                let about = |command: &Command| {
                    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
                    about.trim_end_matches('.').to_string()
                };
                let known = about(sub);
                reveal(sub);
                // Those that are not supported tell what they were for.
                if !about(sub).ends_with("(not supported)") {
                    assert_eq!(known, about(sub), "{}", sub.get_name());
                }
                check(sub);
            }
        }
        check(&mut Cli::command());
    }

    #[test]
    fn options_are_there_once_they_are_asked_for() {
        let mut root = Cli::command();
        let options = |root: &Command| {
            let run = root.find_subcommand("run").unwrap();
            run.get_arguments().filter(|arg| arg.get_long() == Some("print-cmd")).count()
        };
        assert_eq!(options(&root), 0);
        reveal(root.find_subcommand_mut("run").unwrap());
        assert_eq!(options(&root), 1);
    }
}
