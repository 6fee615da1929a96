//! Runs: an operation's command, started in a folder of its own and watched to its end.

mod attributes;
mod dependencies;
mod execute;
mod index;
mod interrupts;
mod platform;
mod preview;
mod sourcecode;

pub use execute::{Options, execute};
pub use index::RunIndex;
pub use platform::{host, user};
pub use preview::preview;
pub use sourcecode::sourcecode_select;

/// An error of a layer below, in its own words.
fn failed(e: impl std::fmt::Display) -> crate::error::Error {
    crate::error::Error::new(e.to_string())
}
