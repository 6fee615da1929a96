//! Runs: an operation's command, started in a folder of its own and watched to its end.

mod attributes;
mod batch;
mod dependencies;
mod environment;
mod execute;
mod facts;
mod interrupts;
mod place;
mod platform;
mod preview;
mod process;
mod sourcecode;
mod staged;

pub use batch::{Batch, Optimizer, Space, from_definitions, has_flags};
pub use dependencies::project_files;
pub use execute::{Options, execute, stage};
pub use facts::RunFacts;
pub use place::Place;
pub use platform::{host, user};
pub use preview::{Action, preview, preview_batch};
pub use sourcecode::{Source, sourcecode_select};
pub use staged::staged_text;

/// An error of a layer below, in its own words.
fn failed(e: impl std::fmt::Display) -> crate::error::Error {
    crate::error::Error::new(e.to_string())
}
