//! When each run was started.

use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use guild_store::store::is_run;
use guild_store::{Listed, Run};
use rustix::fs::{AtFlags, statat};

use crate::bytes::{Reader, Writer};
use crate::stamp::nanoseconds;

/// An id as Guild makes them: 32 hexadecimal digits, in small letters. Of a run with another name
/// nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Both halves: what is no random number may be the same in one.
        let number = u128::from_ne_bytes(self.0);
        state.write_u64(number as u64 ^ (number >> 64) as u64);
    }
}

/// Ids are random numbers: they need no hashing.
#[derive(Default)]
pub(crate) struct Plain(u64);

impl Hasher for Plain {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
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
    /// [`Listed::is_plain`].
    pub is_plain: bool,
}

impl Row {
    /// Bytes of one.
    const SIZE: usize = 41;

    pub fn encode_all<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<u8> {
        let mut writer = Writer::default();
        for row in rows {
            writer.0.extend(row.id.0);
            writer.number(row.inode);
            writer.signed(row.changed);
            writer.signed(row.started);
            writer.0.push(row.is_plain.into());
        }
        writer.0
    }

    /// What [`Row::encode_all`] gave; none for other bytes.
    pub fn decode_all(bytes: &[u8]) -> Option<Vec<Row>> {
        let (rows, rest) = bytes.as_chunks::<{ Row::SIZE }>();
        let row = |bytes: &[u8; Row::SIZE]| {
            let (id, rest) = bytes.split_first_chunk()?;
            let mut reader = Reader(rest);
            let (inode, changed, started) = (reader.number()?, reader.signed()?, reader.signed()?);
            Some(Row { id: Id(*id), inode, changed, started, is_plain: reader.0 == [1] })
        };
        rest.is_empty().then(|| rows.iter().map(row).collect())?
    }
}

/// What is asked of a run.
const NAME: &[u8] = b"/.guild";

/// Finds the times of runs, from what is known or from their files.
pub(crate) struct Order {
    opened: Option<OwnedFd>,
    known: HashMap<Id, (Row, AtomicBool), BuildHasherDefault<Plain>>,
    read: Mutex<Vec<Row>>,
    keeps: bool,
}

impl Order {
    /// From what is known. Only where it `keeps` what it reads, all is read that is to be kept.
    pub fn new(runs_dir: &Path, known: Vec<Row>, keeps: bool) -> Order {
        let known = known.into_iter().map(|row| (row.id, (row, AtomicBool::new(false)))).collect();
        // Paths from here are half as long to follow.
        let opened = File::open(runs_dir).ok().map(OwnedFd::from);
        Order { opened, known, read: Mutex::default(), keeps }
    }

    /// The time by which the run is sorted, none for one without; nothing for what is no run.
    /// What is known of it is noted in the run.
    pub fn time(&self, run: &mut Run) -> Option<Option<i64>> {
        // Before anything is read: what changes meanwhile makes another stamp.
        let id = Id::of(run.id()).filter(|_| self.keeps);
        let stamp = id.and_then(|_| self.stamp(run));
        if let Some((row, found)) = id.and_then(|id| self.known.get(&id))
            && stamp == Some((row.inode, row.changed))
        {
            found.store(true, Ordering::Relaxed);
            run.note(Listed { started: row.started, is_plain: row.is_plain });
            return Some(Some(row.started));
        }
        if !is_run(run) {
            return None;
        }
        let started = run.int_attr("started").ok().flatten();
        if let (Some(id), Some((inode, changed)), Some(started)) = (id, stamp, started) {
            let row = Row { id, inode, changed, started, is_plain: run.looks_plain() };
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
