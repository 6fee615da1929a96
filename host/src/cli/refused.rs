//! Options of Guild AI 0.9.0 that guild does not have: known, and refused in a line that says what to
//! use instead. They are hidden but in what `--help` shows, for who looks for them there.
//!
//! They are refused where their values are parsed, so that no command has to look for them.

use std::fmt;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// Why an option is refused, and what to use instead.
#[derive(Clone, Copy, Debug)]
pub struct Refused(pub &'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The reason for which the command line was refused, if it was for an option of these.
    pub fn of(e: &clap::Error) -> Option<Refused> {
        std::error::Error::source(e)?.downcast_ref().copied()
    }
}

/// The heading below which `--help` shows them.
const HEADING: &str = "Not supported";

/// Whether an option is one of these.
pub fn is_refused(arg: &Arg) -> bool {
    arg.get_help_heading() == Some(HEADING)
}

/// An option that takes a value.
fn option(name: &'static str, value: &'static str, why: &'static str) -> Arg {
    let refuse = move |_: &str| Err::<String, _>(Refused(why));
    refused(name, why).value_name(value).value_parser(refuse).action(ArgAction::Append)
}

/// An option that takes none.
fn switch(name: &'static str, why: &'static str) -> Arg {
    // The option's default, `false`, is parsed as well.
    let refuse = move |text: &str| if text == "true" { Err(Refused(why)) } else { Ok(false) };
    refused(name, why).action(ArgAction::SetTrue).value_parser(refuse)
}

fn refused(name: &'static str, why: &'static str) -> Arg {
    let mut help = why[..1].to_uppercase();
    help.push_str(&why[1..]);
    Arg::new(name).long(name).help(help + ".").help_heading(HEADING).hide(true)
}

const REMOTES: &str = "run guild on the other machine, and bring its runs over with 'guild export' \
                       and 'guild import'";
const TESTS: &str = "guild's tests are run from its source by 'cargo test'";
const TOOLS: &str =
    "give the tool what 'guild compare --csv FILE' writes; HiPlot reads it as it is";

/// `--remote` of the commands that have it in Guild AI 0.9.0.
#[derive(Clone, Debug, Default)]
pub struct Remote;

/// Those of `guild check` that run tests.
#[derive(Clone, Debug, Default)]
pub struct Tests;

impl Options for Tests {
    fn options() -> Vec<Arg> {
        vec![
            switch("tests", TESTS).short('T'),
            option("test", "TEST", TESTS).short('t'),
            option("skip", "TEST", TESTS).short('s'),
            switch("force-test", TESTS),
            switch("fast", TESTS).short('f'),
            option("concurrency", "N", TESTS).short('c'),
        ]
    }
}

/// The one of `guild compare`.
#[derive(Clone, Debug, Default)]
pub struct Tool;

impl Options for Remote {
    fn options() -> Vec<Arg> {
        vec![option("remote", "REMOTE", REMOTES).short('r')]
    }
}

impl Options for Tool {
    fn options() -> Vec<Arg> {
        vec![option("tool", "TOOL", TOOLS)]
    }
}

/// Options that are refused: there is nothing to be had from them.
pub trait Options: Default {
    /// The options, in the order in which they would be shown.
    fn options() -> Vec<Arg>;
}

macro_rules! nothing_but_options {
    ($($name:ty),*) => {$(
        impl FromArgMatches for $name {
            fn from_arg_matches(_: &ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self::default())
            }

            fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), clap::Error> {
                Ok(())
            }
        }

        impl Args for $name {
            fn augment_args(command: Command) -> Command {
                command.args(Self::options())
            }

            fn augment_args_for_update(command: Command) -> Command {
                Self::augment_args(command)
            }
        }
    )*};
}

nothing_but_options!(Remote, Tests, Tool);
