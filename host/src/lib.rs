//! The host of guild: runs, flags and processes, and the plugins that know what an operation is.

pub mod cli;
mod compare;
mod complete;
mod config;
mod editor;
mod error;
mod files;
mod help;
mod logdir;
mod op;
pub mod plugins;
mod program;
mod progress;
mod run;
mod session;
mod terminal;
