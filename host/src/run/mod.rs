//! Runs: an operation's command, started in a folder of its own and watched to its end.

mod attributes;
mod execute;
mod platform;
mod preview;

pub use execute::{Options, execute};
pub use preview::preview;
