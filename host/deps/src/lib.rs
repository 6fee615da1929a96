//! What an operation requires, found and put into its run.
//!
//! | room | what it answers |
//! |---|---|
//! | [`resource`] | what a resource and its sources say |
//! | [`dependency`] | which resources an operation requires, and from where they are looked at |
//! | [`flags`] | the flags by which a user names another file or run |
//! | [`resolve()`] | from dependencies to files in a run, its `deps` attribute and its manifest |
//! | `file`, `select` | where a source's files are, and which of them are meant |
//! | [`operation`] | which run an operation's results are taken from |
//! | `unpack` | archives |
//! | `download`, `address`, `fetch`, `request` | files on a server, kept among the cached resources |
//! | `post_process` | commands that work on files where they are kept |
//! | `place` | linking, copying and renaming within the run, and never outside of it |
//!
//! The behaviour and the words are those of Guild AI 0.9.0 (`op_dep.py`, `resolver.py`,
//! `resourcedef.py`, `run_manifest.py`). Nothing here prints: whoever resolves is a
//! [`Surroundings`], which is told what happens and asked about sources of kinds that plugins know.

mod address;
pub mod dependency;
mod download;
mod fetch;
mod file;
pub mod flags;
mod hash;
pub mod operation;
mod place;
mod post_process;
mod request;
pub mod resolve;
pub mod resource;
mod select;
mod unpack;

pub use dependency::Dependency;
pub use download::{Downloaded, download};
pub use resolve::{Context, Error, Found, Progress, Surroundings, resolve};
pub use resource::{Resource, Source};
