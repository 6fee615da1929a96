//! The host of guild: runs, flags and processes, and the plugins that know what an operation is.

pub mod plugins;
