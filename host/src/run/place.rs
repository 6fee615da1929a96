//! Where a run is made: a folder of its own, or that of a run which is started again.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use guild_store::{PathError, Run, Status, Store};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

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

/// Keeps others from starting a run that is there already, until it is dropped: of two restarts at the
/// same time one goes on. It ends with this process, however that ends.
#[derive(Debug, Default)]
pub struct Claim {
    _held: Option<File>,
}

impl Claim {
    /// How long a claim is waited for that may be nobody's any more: a process that guild was starting
    /// when it was killed has what guild had open, until it is that other program.
    pub const LEFT_BEHIND: Duration = Duration::from_secs(2);

    /// A claim on the run; none when somebody else has one until `end`, or `give_up` says so.
    pub fn of(run: &Run, end: Instant, give_up: impl Fn() -> bool) -> Option<Claim> {
        loop {
            let claim = Claim::try_of(run.dir());
            if claim.is_some() || give_up() || Instant::now() >= end {
                return claim;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn try_of(dir: &Path) -> Option<Claim> {
        let Ok(folder) = File::open(dir) else { return Some(Claim::default()) };
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => None,
            // Some file systems know no locks: then it is as it was without.
            Err(_) => Some(Claim::default()),
            Ok(()) => Some(Claim { _held: Some(folder) }),
        }
    }
}

/// A folder that is ready for a run.
#[derive(Debug)]
pub struct Ready {
    /// The run.
    pub run: Run,
    /// Keeps others from starting it.
    pub claim: Claim,
    /// How far the run was that is started again.
    before: Option<Status>,
}

impl Ready {
    /// Takes back what was done so far. What was there already is as it was, but for what has been
    /// renewed.
    pub fn give_up(&self) {
        let _ = match self.before {
            Some(Status::Staged) => self.run.set_staged(),
            Some(_) => self.run.clear_pending(),
            // Nothing of worth is in it, and it must not look like a run that failed.
            None => {
                fs::remove_dir_all(self.run.dir()).map_err(PathError::on("delete", self.run.dir()))
            }
        };
    }
}

impl Place {
    /// Makes the folder ready. But for a run that is started again it is always a new or an empty
    /// one: a run that is there already is somebody's work.
    pub fn prepare(&self, store: &Store) -> Result<Ready> {
        let fresh = |run| Ready { run, claim: Claim::default(), before: None };
        let run = match self {
            Place::New => return Ok(fresh(store.new_run().map_err(failed)?)),
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
                let started = || {
                    let id = run.id();
                    Error::new(format!("cannot start run {id}: somebody else has started it"))
                };
                // Somebody else who started it may have come to its end while this one waited.
                let state = || (run.status(), run.int_attr("started").ok().flatten());
                let before = state();
                let end = Instant::now() + Claim::LEFT_BEHIND;
                let claim = Claim::of(run, end, || state() != before).ok_or_else(started)?;
                if state() != before
                    || (before.0 == Status::Staged && !run.claim().map_err(failed)?)
                {
                    return Err(started());
                }
                run.init().map_err(failed)?;
                return Ok(Ready { run: run.clone(), claim, before: Some(before.0) });
            }
        };
        claim(run.dir(), matches!(self, Place::Id(_)))?;
        run.init().map_err(failed)?;
        Ok(fresh(run))
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
