//! Trials that are ended early because they promise nothing.
//!
//! A trial's own thread reads the objective as the trial writes it and asks the [`Stopper`], which
//! all trials of the batch share, whether it may go on. The script has no part in it.

mod rule;
mod stopper;

pub use rule::{Algorithm, Rule};
pub use stopper::{ATTRIBUTE, Stopper, was_stopped_early};
