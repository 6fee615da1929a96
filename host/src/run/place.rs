//! Where a run is made: a folder of its own, or that of a run which is started again.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use guild_store::{Run, Status, Store};

use super::failed;
use crate::error::{Error, Result};

/// Where a run is made.
#[derive(Clone, Debug, Default)]
pub enum Place {
    /// In a new folder among the runs.
    #[default]
    New,
    /// Among the runs, under an id of the user's own.
    Id(String),
    /// In a folder of the user's own.
    Dir(PathBuf),
    /// Where a run is already, which is started again.
    Again(Run),
}

impl Place {
    /// Makes the folder ready. But for a run that is started again it is always a new or an empty
    /// one: a run that is there already is somebody's work.
    pub fn prepare(&self, store: &Store) -> Result<Run> {
        let run = match self {
            Place::New => return store.new_run().map_err(failed),
            Place::Id(id) => {
                let mut parts = Path::new(id).components();
                let plain = matches!((parts.next(), parts.next()),
                    (Some(Component::Normal(p)), None) if p == id.as_str());
                if !plain {
                    return Err(Error::new(format!("invalid run ID '{id}'"))
                        .hint("A run ID is the name of a folder."));
                }
                store.run(id)
            }
            Place::Dir(dir) => Run::at(dir),
            Place::Again(run) => {
                if run.status() == Status::Running {
                    let id = run.id();
                    return Err(Error::new(format!("cannot start run {id}: it is running"))
                        .hint("Wait until it has ended, or stop it first."));
                }
                run.init().map_err(failed)?;
                return Ok(run.clone());
            }
        };
        claim(run.dir(), matches!(self, Place::Id(_)))?;
        run.init().map_err(failed)?;
        Ok(run)
    }
}

fn claim(dir: &Path, by_id: bool) -> Result<()> {
    let taken = |what: &str| {
        Err(Error::new(format!("cannot run in {}: {what}", dir.display()))
            .hint("Name another folder, or delete this one if nothing in it is needed."))
    };
    let cannot = |e: io::Error| Error::new(format!("cannot create {}: {e}", dir.display()));
    if let Some(above) = dir.parent() {
        fs::create_dir_all(above).map_err(cannot)?;
    }
    match fs::create_dir(dir) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(cannot(e)),
        Err(_) if by_id => taken("there is a run of that ID"),
        Err(_) => match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
            Ok(true) => Ok(()),
            Ok(false) => taken("the folder is not empty"),
            Err(e) => taken(&e.to_string()),
        },
    }
}
