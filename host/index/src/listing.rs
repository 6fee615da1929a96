//! Which runs there are, and when each was started.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::bytes::{Reader, Writer};
use crate::stamp::Stamp;
use guild_store::store;
use guild_store::{Listed, PathError, Run};

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

/// What is kept of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The inode of the folder `.guild`.
    pub inode: u64,
    /// When that folder last changed, in nanoseconds.
    pub changed: i64,
    /// The attribute, in microseconds.
    pub started: i64,
    /// [`Listed::is_plain`].
    pub is_plain: bool,
}

/// Something in the folder of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A run as it was.
    Known(Id, Row),
    /// A run without an attribute `started` or one that had not been at rest, or no run.
    Unknown(Id),
    /// What has no id of Guild's for its name.
    Other(OsString),
}

/// What is kept of the folder of runs: everything in it, in the order of the file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The folder. None where it had not been at rest.
    pub folder: Option<Stamp>,
    pub entries: Vec<Entry>,
}

/// Bytes of most entries.
const SIZE: usize = 41;

impl Listing {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::with_capacity((self.entries.len() + 2) * SIZE));
        writer.0.push(self.folder.is_some().into());
        if let Some(folder) = &self.folder {
            folder.encode(&mut writer);
        }
        writer.number(self.entries.len() as u64);
        for entry in &self.entries {
            match entry {
                Entry::Known(id, row) => {
                    writer.0.push(if row.is_plain { b'p' } else { b'r' });
                    writer.0.extend(id.0);
                    writer.number(row.inode);
                    writer.signed(row.changed);
                    writer.signed(row.started);
                }
                Entry::Unknown(id) => {
                    writer.0.push(b'u');
                    writer.0.extend(id.0);
                }
                Entry::Other(name) => {
                    writer.0.push(b'o');
                    writer.bytes(name.as_bytes());
                }
            }
        }
        writer.0
    }

    /// What [`Listing::encode`] gave; none for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Listing> {
        let mut reader = Reader(bytes);
        let has_folder = reader.byte()? == 1;
        let folder = if has_folder { Some(Stamp::decode(&mut reader)?) } else { None };
        let count = reader.count()?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            entries.push(match reader.byte()? {
                b'o' => Entry::Other(OsStr::from_bytes(reader.bytes()?).into()),
                b'u' => Entry::Unknown(Id(reader.array()?)),
                kind => {
                    let id = Id(reader.array()?);
                    let inode = reader.number()?;
                    let (changed, started) = (reader.signed()?, reader.signed()?);
                    Entry::Known(id, Row { inode, changed, started, is_plain: kind == b'p' })
                }
            });
        }
        reader.0.is_empty().then_some(Listing { folder, entries })
    }
}

/// What was found that is not kept.
pub(crate) struct New {
    listing: Listing,
    /// When what is new in it had changed.
    changes: Vec<i64>,
}

impl New {
    /// Without what changed at the moment `rest` or later: that may change again without a trace.
    /// None where nothing new is left.
    pub fn at_rest(self, rest: i64) -> Option<Listing> {
        let New { mut listing, changes } = self;
        listing.folder.take_if(|folder| folder.latest() >= rest);
        for entry in &mut listing.entries {
            if let Entry::Known(id, row) = entry
                && row.changed >= rest
            {
                *entry = Entry::Unknown(*id);
            }
        }
        changes.into_iter().any(|change| change < rest).then_some(listing)
    }
}

/// The folder of runs, opened.
pub(crate) struct Folder<'a> {
    path: &'a Path,
    /// Paths from here are half as long to follow.
    opened: File,
    stamp: Stamp,
    links: u64,
}

/// A run, or what may be one, with what is known of it and then with what was seen of it.
struct Candidate {
    run: Run,
    row: Option<Row>,
    is_new: bool,
}

/// The runs of a folder.
pub(crate) struct Found {
    /// The latest first.
    pub runs: Vec<Run>,
    pub new: Option<New>,
    /// The ids of which nothing is there any more.
    pub gone: Vec<String>,
}

impl<'a> Folder<'a> {
    /// None where there is no such folder, or it may not be read.
    pub fn open(path: &'a Path) -> Option<Folder<'a>> {
        let opened = File::open(path).ok()?;
        let metadata = opened.metadata().ok()?;
        let (stamp, links) = (Stamp::of(&metadata), metadata.nlink());
        metadata.is_dir().then_some(Folder { path, opened, stamp, links })
    }

    /// Whether it is known to have fewer folders than `few`. Most file systems count these as links
    /// to their parent; others say one.
    pub fn has_fewer_than(&self, few: usize) -> bool {
        (2..few as u64 + 2).contains(&self.links)
    }

    /// The runs in it. As long as it is what it was, it has in it what it had.
    pub fn runs(&self, kept: Listing) -> Result<Found, PathError> {
        let is_same = kept.folder == Some(self.stamp);
        let (mut candidates, gone) =
            if is_same { (self.kept(kept.entries), Vec::new()) } else { self.read(kept.entries)? };
        let times = store::ask(&mut candidates, |candidate| self.time(candidate));
        let new_rows = candidates.iter().filter(|candidate| candidate.is_new);
        let mut changes: Vec<i64> = new_rows.filter_map(|new| Some(new.row?.changed)).collect();
        if !is_same {
            changes.push(self.stamp.latest());
        }
        let new = (!changes.is_empty()).then(|| {
            let entries = candidates.iter().map(Candidate::entry).collect();
            New { listing: Listing { folder: Some(self.stamp), entries }, changes }
        });
        let mut runs: Vec<_> = candidates.into_iter().map(|found| Some(found.run)).collect();
        let runs = store::latest_first(times).into_iter().filter_map(|at| runs[at].take());
        Ok(Found { runs: runs.collect(), new, gone })
    }

    fn kept(&self, entries: Vec<Entry>) -> Vec<Candidate> {
        let candidate = |entry| {
            let (id, row) = match entry {
                Entry::Known(id, row) => (id, Some(row)),
                Entry::Unknown(id) => (id, None),
                Entry::Other(name) => {
                    let run = Run::at(self.path.join(name));
                    return Candidate { run, row: None, is_new: false };
                }
            };
            let name = id.name();
            let dir = self.path.join(&name);
            Candidate { run: Run::new(name, dir), row, is_new: false }
        };
        entries.into_iter().map(candidate).collect()
    }

    fn read(&self, kept: Vec<Entry>) -> Result<(Vec<Candidate>, Vec<String>), PathError> {
        let known = kept.into_iter().filter_map(|entry| match entry {
            Entry::Known(id, row) => Some((id, Some(row))),
            Entry::Unknown(id) => Some((id, None)),
            Entry::Other(_) => None,
        });
        let mut known: HashMap<Id, Option<Row>, BuildHasherDefault<Plain>> = known.collect();
        let candidate = |run: Run| {
            let row = Id::of(run.id()).and_then(|id| known.remove(&id)).flatten();
            Candidate { run, row, is_new: false }
        };
        let candidates = store::entries(self.path)?.into_iter().map(candidate).collect();
        Ok((candidates, known.into_keys().map(Id::name).collect()))
    }

    /// The time by which the run is sorted, none for one without; nothing for what is no run.
    /// What is known or seen of it is noted in the run.
    fn time(&self, candidate: &mut Candidate) -> Option<Option<i64>> {
        let Candidate { run, row, is_new } = candidate;
        // Before anything is read: what changes meanwhile makes another stamp.
        let stamp = self.stamp_of(run);
        if let Some(row) = row
            && stamp.is_some_and(|stamp| (stamp.inode, stamp.changed) == (row.inode, row.changed))
        {
            run.note(Listed { started: row.started, is_plain: row.is_plain });
            return Some(Some(row.started));
        }
        *row = None;
        let look = run.look();
        if !look.is_run {
            return None;
        }
        let started = run.int_attr("started").ok().flatten();
        if let (Some(Stamp { inode, changed, .. }), Some(started)) = (stamp, started)
            && Id::of(run.id()).is_some()
        {
            let is_plain = look.is_plain;
            run.note(Listed { started, is_plain });
            *row = Some(Row { inode, changed, started, is_plain });
            *is_new = true;
        }
        Some(started.or_else(|| run.timestamp()))
    }

    /// The run's folder `.guild`; none for a name that is longer or shorter than an id.
    fn stamp_of(&self, run: &Run) -> Option<Stamp> {
        let id: &[u8; 32] = run.id().as_bytes().try_into().ok()?;
        let mut below = [0; NAME.len() + 32];
        let (name, rest) = below.split_at_mut(32);
        name.copy_from_slice(id);
        rest.copy_from_slice(NAME);
        Stamp::below(&self.opened, Path::new(OsStr::from_bytes(&below)))
    }
}

/// What is asked of a run.
const NAME: &[u8] = b"/.guild";

impl Candidate {
    fn entry(&self) -> Entry {
        match (Id::of(self.run.id()), self.row) {
            (Some(id), Some(row)) => Entry::Known(id, row),
            (Some(id), None) => Entry::Unknown(id),
            // An id is text; the name may be none.
            (None, _) => Entry::Other(self.run.dir().file_name().unwrap_or_default().into()),
        }
    }
}
