//! The run store: run directories, attributes, status, selection.
//!
//! A run is a directory `<home>/runs/<id>`; what Guild keeps about it is in its folder `.guild`.
//! The layout is that of Guild AI 0.9.0, in both directions: it reads the runs written here, and
//! its runs are read here.
//!
//! | path in the run directory | content |
//! |---|---|
//! | `.guild/opref` | [`OpRef`]: which operation; a directory without it is no run |
//! | `.guild/attrs/NAME` | attribute `NAME`, as YAML ([`attr`]) |
//! | `.guild/PENDING`, `STAGED`, `LOCK`, `LOCK.remote` | markers, from which [`Status`] follows |
//! | `.guild/manifest` | the files that Guild put into the run ([`manifest`]) |
//! | `.guild/proto/` | for a batch: the run its trials are copied from |
//!
//! | room | what for |
//! |---|---|
//! | [`home`] | where the Guild home is |
//! | [`run`], [`attr`], [`opref`], [`manifest`] | one run |
//! | [`batch`] | how batches are written down |
//! | [`store`], [`trash`] | all runs: list, find, delete, restore, purge |
//! | [`archive`] | runs that are exported and imported |
//! | [`label`] | changing labels |
//! | [`select`], [`filter`], [`opspec`] | which runs a command is about |
//! | [`mod@format`] | how runs are shown |
//!
//! Nothing here prints; everything returns values, text or errors.
//!
//! ```
//! use guild_store::{OpRef, Store};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! let store = Store::new(home.path());
//! let run = store.new_run()?;
//! run.write_opref(&OpRef::new("script", "/proj", "", "", "train.py"))?;
//! run.set_attr("label", &"first".into())?;
//! assert_eq!(store.runs()?, [run]);
//! # Ok(())
//! # }
//! ```

pub mod archive;
mod atomic;
pub mod attr;
pub mod batch;
pub mod clock;
mod error;
pub mod filter;
pub mod format;
pub mod home;
pub mod label;
mod listed;
pub mod manifest;
mod noted;
pub mod opref;
pub mod opspec;
pub mod paths;
mod process;
mod relocate;
pub mod run;
pub mod select;
mod status;
pub mod store;
pub mod trash;
mod zone;

pub use attr::AttrError;
pub use error::PathError;
pub use filter::Filters;
pub use listed::{Listed, Look};
pub use manifest::Manifest;
pub use noted::Noted;
pub use opref::{OpRef, OpRefError};
pub use run::Run;
pub use status::Status;
pub use store::Store;
pub use zone::Zone;
