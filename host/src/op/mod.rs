//! Operations: from what the user typed to a command that can be run.

mod assemble;
mod definition;
mod edit;
mod project;
mod recall;
mod requires;
mod resolve;

pub use assemble::{Operation, Request, VISIBLE_GPUS, assemble, flag_error, flag_map};
pub use definition::{definition_data, definition_text};
pub use project::{
    guildfile, model, read as read_guildfile, read_file as read_guildfile_at, with_found_flags,
};
pub use recall::{Kept, recall};
pub use resolve::{Resolved, resolve};
