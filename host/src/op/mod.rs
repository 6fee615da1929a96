//! Operations: from what the user typed to a command that can be run.

mod assemble;
mod definition;
mod project;
mod resolve;

pub use assemble::{Operation, Request, assemble, flag_map};
pub use definition::definition_data;
pub use project::guildfile;
pub use resolve::resolve;
