//! Flag values, flag definitions and command lines, as Guild AI 0.9.0 has them.
//!
//! | room | what it answers |
//! |---|---|
//! | [`shell`] | how a text is quoted for a shell, and how a line is split into arguments |
//! | [`value`] | what a text on the command line stands for, and how a value is written again |
//! | [`assign`] | which values and batch files a command's `NAME=VALUE` arguments give |
//! | [`batch_file`] | which trials a batch file gives |
//! | [`define`] | which values a run gets, once definitions and the user's values meet |
//! | [`label`] | what a run is called |
//! | [`command`] | which arguments and environment the program of a run gets |
//! | [`path`] | how a path that a user typed becomes one that a run can keep |
//!
//! Values, their texts and their numbers follow Guild AI 0.9.0 to the letter, down to what its
//! `repr`, `int()` and `%` do: runs of one are compared with runs of the other, and a label that
//! differs in a digit is another label. Where a function names one of these, that is the source of
//! its behaviour.
//!
//! Nothing here prints, reads standard input or knows what kind of program an operation runs.
//! Functions that have something to say to the user beside their result come in two forms: the
//! plain one, and one that ends in `_noting` and adds to a list of [`Warnings`].

pub mod assign;
pub mod batch_file;
pub mod command;
pub mod define;
pub mod label;
mod nearest;
pub mod path;
pub mod shell;
pub mod value;

pub use nearest::{did_you_mean, nearest, nearest_path};

/// What the user should be told beside the result, one line each, in the order it came up.
pub type Warnings = Vec<String>;
