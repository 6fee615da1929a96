//! Plugins: found by their manifests, loaded when something that they handle is at hand.

mod build;
mod discover;
mod elf;
pub mod install;
mod load;
mod manifest;
mod patience;
pub mod probe;
pub mod project;
mod proof;
mod registry;
pub mod subject;
mod trust;
mod worker;

pub use discover::{Entry, Origin, SearchPath, State, environments};
pub use load::{LoadError, Loaded, Stage, load_watched};
pub use manifest::{API_MAJOR, Handles, Manifest};
pub use registry::{Call, CallError, Registry};
