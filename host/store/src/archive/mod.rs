//! Runs outside of a Guild home: a folder or a zip file that runs are exported to and imported
//! from, in the layout of Guild AI 0.9.0.
//!
//! Each run is complete or not there: it is made in a folder of its own and then renamed. What is
//! there is never replaced. An archive may come from anybody, so nothing that it says decides where
//! something is written but for the names below a run's own folder.

mod copy;
pub mod folder;
mod staging;
mod zip_read;
mod zip_write;

use std::path::{Path, PathBuf};

use crate::error::PathError;
use crate::run::Run;
use crate::store;
pub use zip_read::ZipRuns;
pub use zip_write::{ZipExport, export as export_to_zip};

/// Why an archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The operating system refused.
    #[error(transparent)]
    File(#[from] PathError),
    /// The file is no zip file, or not all of one.
    #[error("cannot read {}: {reason}", path.display())]
    Damaged {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The archive holds something that no export makes and that could do harm.
    #[error("{} is not imported from: {reason}", path.display())]
    Refused {
        /// The archive.
        path: PathBuf,
        /// What it holds.
        reason: String,
    },
}

/// What a copy does with links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A link stays a link.
    Keep,
    /// What it leads to is copied (`--copy-resources`).
    Follow,
}

/// Where runs are taken from.
#[derive(Debug)]
pub enum Archive {
    /// A folder of run folders.
    Folder(PathBuf),
    /// A zip file of run folders.
    Zip(Box<ZipRuns>),
}

impl Archive {
    /// Opens a folder, or a file whose name ends in `.zip`.
    ///
    /// # Errors
    /// When a zip file cannot be read or holds what no export makes.
    pub fn open(path: &Path) -> Result<Archive, ArchiveError> {
        match is_zip(path) && !path.is_dir() {
            true => Ok(Archive::Zip(Box::new(ZipRuns::open(path)?))),
            false => Ok(Archive::Folder(path.to_path_buf())),
        }
    }

    /// The runs in it, the latest first. Those of a zip file have what is in their folder `.guild`
    /// and nothing else.
    pub fn runs(&self) -> Result<Vec<Run>, PathError> {
        match self {
            Archive::Folder(dir) => store::list(dir),
            Archive::Zip(zip) => zip.runs(),
        }
    }
}

/// Whether the name says that a file is a zip file, as Guild AI 0.9.0 takes it.
pub fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"))
}
