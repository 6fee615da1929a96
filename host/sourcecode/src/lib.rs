//! Selecting, copying and fingerprinting the source code of a run.
//!
//! A run keeps a copy of the source code that it was started from. Which files that is, in which
//! order the manifest lists them and which digest they have is as in Guild AI 0.9.0, so that runs
//! of both can be compared and filtered by `sourcecode_digest`.
//!
//! The way through the crate, as `guild run` takes it:
//!
//! ```no_run
//! use std::path::Path;
//! use guild_sourcecode::{Select, copy, default_rules, manifest_lines, vcs};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let project = Path::new("/home/me/project");
//! let run_dir = Path::new("/home/me/.guild/runs/1234");
//!
//! let commit = vcs::begin(project); // git works while files are copied
//! let base = default_rules(project, &[])?;
//! let report = copy(project, run_dir, &Select::new(base.rules), &[])?;
//! let manifest = manifest_lines(&report); // for `.guild/manifest`
//! let digest = report.digest; // attribute `sourcecode_digest`
//! let commit = commit.finish()?; // attribute `vcs_commit`
//! # Ok(()) }
//! ```
//!
//! # What differs from 0.9.0 on purpose
//!
//! - What 0.9.0 crashes or hangs on is skipped: pipes, sockets, devices, links to nothing, files
//!   that cannot be read or that chardet takes for binary, names that are not UTF-8 or have a line
//!   break.
//! - Loops of links end, a run in the project is not copied into itself, and links in the run are
//!   replaced or left alone, never written through.
//! - Names that git quotes (`é.csv`) and names that look like patterns (`out[1]`) are ignored when
//!   git ignores them; 0.9.0 copies them.
//! - `.guildignore` is looked for in the root of the source code too, not only in the current
//!   folder.
//! - The commit is found whatever layout the user configured for `git log` and `git status`;
//!   warnings of git do not count as changes; git's own files are not written to; and a git that
//!   hangs is ended.
//!
//! Modules: [`rules`] says what a rule is and [`select`] applies a list of them; [`defaults`] is
//! where rules come from when nobody configured any; [`copy`](mod@copy) walks and copies;
//! [`digest`] and [`manifest`] are about what is written down of it; [`vcs`] asks git; [`text`]
//! tells text files from others.

pub mod copy;
mod declared;
pub mod defaults;
pub mod digest;
mod encoding;
mod error;
pub mod fnmatch;
mod git;
pub mod manifest;
mod paths;
pub mod rules;
pub mod select;
mod sentinel;
pub mod text;
mod transfer;
mod transfer_all;
pub mod vcs;
mod walk;

pub use copy::{CopiedFile, Dest, Plan, Report, Skipped, copy, plan};
pub use defaults::{BaseRules, default_rules};
pub use error::Error;
pub use manifest::manifest_lines;
pub use rules::Rule;
pub use select::Select;
