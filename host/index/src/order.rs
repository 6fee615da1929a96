//! When each run was started.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use guild_store::Run;
use guild_store::store::is_run;
use rustix::fs::{AtFlags, statat};

use crate::stamp::nanoseconds;

/// An id as Guild makes them: 32 hexadecimal digits, in small letters. Of a run with another name
/// nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Id(pub [u8; 16]);

impl Id {
    pub fn of(name: &str) -> Option<Id> {
        let small = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let is_id = name.len() == 32 && name.bytes().all(small);
        let number = is_id.then(|| u128::from_str_radix(name, 16).ok())??;
        Some(Id(number.to_be_bytes()))
    }

    pub fn name(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// What is kept of a run. Only runs have one, and only those with an attribute `started`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub id: Id,
    /// The inode of the folder `.guild`.
    pub inode: u64,
    /// When that folder last changed, in nanoseconds.
    pub changed: i64,
    /// The attribute, in microseconds.
    pub started: i64,
}

/// What is asked of a run.
const NAME: &[u8] = b"/.guild";

/// Finds the times of runs, from what is known or from their files.
pub(crate) struct Order {
    opened: Option<OwnedFd>,
    known: HashMap<Id, (Row, AtomicBool)>,
    read: Mutex<Vec<Row>>,
}

impl Order {
    pub fn new(runs_dir: &Path, known: Vec<Row>) -> Order {
        let known = known.into_iter().map(|row| (row.id, (row, AtomicBool::new(false)))).collect();
        // Paths from here are half as long to follow.
        let opened = File::open(runs_dir).ok().map(OwnedFd::from);
        Order { opened, known, read: Mutex::default() }
    }

    /// The time by which the run is sorted, none for one without; nothing for what is no run.
    pub fn time(&self, run: &Run) -> Option<Option<i64>> {
        // Before anything is read: what changes meanwhile makes another stamp.
        let id = Id::of(run.id());
        let stamp = id.and_then(|_| self.stamp(run));
        if let Some((row, found)) = id.and_then(|id| self.known.get(&id))
            && stamp == Some((row.inode, row.changed))
        {
            found.store(true, Ordering::Relaxed);
            return Some(Some(row.started));
        }
        if !is_run(run) {
            return None;
        }
        let started = run.int_attr("started").ok().flatten();
        if let (Some(id), Some((inode, changed)), Some(started)) = (id, stamp, started) {
            let row = Row { id, inode, changed, started };
            self.read.lock().unwrap_or_else(|e| e.into_inner()).push(row);
        }
        Some(started.or_else(|| run.timestamp()))
    }

    /// The inode of the run's folder `.guild`, and when it changed; for an id of Guild's.
    fn stamp(&self, run: &Run) -> Option<(u64, i64)> {
        let mut below = [0; NAME.len() + 32];
        let (name, rest) = below.split_at_mut(32);
        name.copy_from_slice(run.id().as_bytes().get(..32)?);
        rest.copy_from_slice(NAME);
        let stat = statat(self.opened.as_ref()?, &below[..], AtFlags::empty()).ok()?;
        let nanos = i64::try_from(stat.st_ctime_nsec).ok()?;
        Some((stat.st_ino, nanoseconds(stat.st_ctime, nanos)))
    }

    /// What was read, and the ids of which something else or nothing is there now.
    pub fn found(mut self) -> (Vec<Row>, Vec<String>) {
        let read = self.read.into_inner().unwrap_or_else(|e| e.into_inner());
        // Those that were read again are written over.
        for row in &read {
            self.known.remove(&row.id);
        }
        let gone = self.known.into_values().filter(|(_, found)| !found.load(Ordering::Relaxed));
        (read, gone.map(|(row, _)| row.id.name()).collect())
    }
}
