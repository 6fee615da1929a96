//! What a plugin for guild is written against.
//!
//! A plugin teaches guild a kind of operation. It is a library with a manifest beside it; guild
//! reads the manifests, and loads a library only when something that it handles is at hand.
//!
//! An author implements [`Plugin`] and names it in [`export_plugin!`]. The data that passes between
//! guild and a plugin is in [`model`]; [`testkit`] drives a plugin in its own tests as guild would,
//! without a library in between.

#[doc(hidden)]
pub mod abi;
mod context;
pub mod dispatch;
#[doc(hidden)]
pub mod export;
pub mod model;
mod plugin;
pub mod search;
pub mod setup;
pub mod testkit;
mod value;

pub use indexmap;

pub use context::{Context, Level, LogRecord};
pub use dispatch::{ErrorKind, HookError};
pub use plugin::{HookResult, Plugin};
pub use value::{Map, Value};

#[doc(hidden)]
pub mod __private {
    pub use abi_stable;
}

/// The guide's examples, tested.
#[cfg(doctest)]
#[doc = include_str!("../../docs/plugins.md")]
pub struct Guide;
