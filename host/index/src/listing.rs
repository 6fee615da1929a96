//! Which runs there are, and when each was started.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};

use crate::bytes::{Reader, Writer};
use crate::stamp::Stamp;
use guild_scalars::directories::may_be_event_file;
use guild_store::store::{self, Timed};
use guild_store::{Listed, Look, PathError, Run, attr};

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

    /// Both halves in one: what is no random number may be the same in one of them.
    pub fn half(self) -> i64 {
        let number = u128::from_be_bytes(self.0);
        (number as u64 ^ (number >> 64) as u64).cast_signed()
    }

    /// A path that begins with the name.
    fn below<'a>(self, rest: &[u8], path: &'a mut [u8; PATH]) -> &'a Path {
        if let Some((name, behind)) = path.split_first_chunk_mut() {
            self.write(name);
            behind[..rest.len()].copy_from_slice(rest);
        }
        Path::new(OsStr::from_bytes(&path[..32 + rest.len()]))
    }

    /// Writes the name.
    fn write(self, name: &mut [u8; 32]) {
        for (two, byte) in name.chunks_exact_mut(2).zip(self.0) {
            let digit = |at: u8| b"0123456789abcdef"[usize::from(at)];
            two.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.half().cast_unsigned());
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
    /// The time by which the run is sorted, in microseconds.
    time: i64,
    /// Whether that is the attribute `started`.
    is_started: bool,
    /// See [`Listed`].
    is_plain: bool,
    inode: u64,
    changed: i64,
}

impl Row {
    /// What lists ask of the run.
    fn listed(self) -> Listed {
        let Row { time, is_started, is_plain, inode, changed } = self;
        Listed { started: is_started.then_some(time), is_plain, inode, changed }
    }
}

/// The name of something in the folder of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Id(Id),
    /// What is no id of Guild's.
    Other(OsString),
}

/// Something in the folder of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    name: Name,
    /// Where it is in the order of the file system.
    place: u32,
    /// A run as it was; none for one that had not been at rest or has no time, and for what is no
    /// run.
    row: Option<Row>,
    /// Whether it was not known before.
    is_new: bool,
}

/// What is kept of the folder of runs: everything in it, in the order in which folders are best
/// looked at: that of their inodes, which is where they are on a disk and in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The folder. None where it had not been at rest.
    pub folder: Option<Stamp>,
    pub entries: Vec<Entry>,
}

/// Bytes of most entries.
const SIZE: usize = 45;

/// The kinds of entries, in bits: a row is there, of a run that is plain, that was started.
const KNOWN: u8 = 1;
const PLAIN: u8 = 2;
const STARTED: u8 = 4;
/// Nothing but a name.
const OTHER: u8 = 8;

impl Listing {
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::with_capacity((self.entries.len() + 2) * SIZE));
        writer.0.push(self.folder.is_some().into());
        if let Some(folder) = &self.folder {
            folder.encode(&mut writer);
        }
        writer.number(self.entries.len() as u64);
        for entry in &self.entries {
            writer.0.extend(entry.place.to_le_bytes());
            match (&entry.name, &entry.row) {
                (Name::Other(name), _) => {
                    writer.0.push(OTHER);
                    writer.bytes(name.as_bytes());
                }
                (Name::Id(id), None) => {
                    writer.0.push(0);
                    writer.0.extend(id.0);
                }
                (Name::Id(id), Some(row)) => {
                    let bit = |is: bool, bit| if is { bit } else { 0 };
                    let started = bit(row.is_started, STARTED);
                    writer.0.push(KNOWN | bit(row.is_plain, PLAIN) | started);
                    writer.0.extend(id.0);
                    writer.number(row.inode);
                    writer.signed(row.changed);
                    writer.signed(row.time);
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
            let place = u32::from_le_bytes(reader.array()?);
            let kind = reader.byte()?;
            let mut row = None;
            let name = if kind == OTHER {
                Name::Other(OsStr::from_bytes(reader.bytes()?).into())
            } else {
                let id = Id(reader.array()?);
                if kind & KNOWN != 0 {
                    let inode = reader.number()?;
                    let (changed, time) = (reader.signed()?, reader.signed()?);
                    let (is_started, is_plain) = (kind & STARTED != 0, kind & PLAIN != 0);
                    row = Some(Row { time, is_started, is_plain, inode, changed });
                }
                Name::Id(id)
            };
            entries.push(Entry { name, place, row, is_new: false });
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
            entry.row.take_if(|row| row.changed >= rest);
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
    seen: Mutex<Seen>,
}

/// Of runs that were looked into: their event files in `.guild`, where there can be no others in it.
pub(crate) type Seen = HashMap<Id, Vec<OsString>, BuildHasherDefault<Plain>>;

/// The runs of a folder.
pub(crate) struct Found {
    /// As many as were asked for, the latest first.
    pub runs: Vec<Run>,
    /// How many there are.
    pub total: usize,
    pub new: Option<New>,
    /// Those of which nothing is there any more.
    pub gone: Vec<Id>,
    /// See [`Seen`].
    pub seen: Seen,
}

impl<'a> Folder<'a> {
    /// None where there is no such folder, or it may not be read.
    pub fn open(path: &'a Path) -> Option<Folder<'a>> {
        let opened = File::open(path).ok()?;
        let metadata = opened.metadata().ok()?;
        let (stamp, links) = (Stamp::of(&metadata), metadata.nlink());
        let seen = Mutex::default();
        metadata.is_dir().then_some(Folder { path, opened, stamp, links, seen })
    }

    /// Whether it is known to have fewer folders than `few`. Most file systems count these as links
    /// to their parent; others say one.
    pub fn has_fewer_than(&self, few: usize) -> bool {
        (2..few as u64 + 2).contains(&self.links)
    }

    /// The latest `count` of the runs in it. As long as it is what it was, it has in it what it had.
    pub fn runs(&self, kept: Listing, count: usize) -> Result<Found, PathError> {
        let is_same = kept.folder == Some(self.stamp);
        let (mut entries, gone) =
            if is_same { (kept.entries, Vec::new()) } else { self.read(kept.entries)? };
        let times = store::ask(&mut entries, |entry| self.time(entry));
        let timed = times.into_iter().zip(&entries).zip(0..);
        let timed = timed
            .filter_map(|((time, entry), at)| Some(Timed { time: time?, place: entry.place, at }));
        let mut order: Vec<Timed> = timed.collect();
        let total = order.len();
        let latest = store::latest_first(&mut order, count);
        let runs = latest.iter().map(|timed| self.run(&entries[timed.at as usize])).collect();
        let new_rows = entries.iter().filter(|entry| entry.is_new);
        let mut changes: Vec<i64> = new_rows.filter_map(|new| Some(new.row?.changed)).collect();
        if !is_same {
            changes.push(self.stamp.latest());
        }
        let new = (!changes.is_empty()).then(|| {
            entries.sort_by_key(|entry| entry.row.map(|row| row.inode));
            New { listing: Listing { folder: Some(self.stamp), entries }, changes }
        });
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Found { runs, total, new, gone, seen })
    }

    /// What is in the folder, with what is known of it, and of what else something is known.
    fn read(&self, kept: Vec<Entry>) -> Result<(Vec<Entry>, Vec<Id>), PathError> {
        let known = kept.into_iter().filter_map(|entry| match entry.name {
            Name::Id(id) => Some((id, entry.row)),
            Name::Other(_) => None,
        });
        let mut known: HashMap<Id, Option<Row>, BuildHasherDefault<Plain>> = known.collect();
        let entry = |(name, place): (OsString, u32)| match name.to_str().and_then(Id::of) {
            Some(id) => {
                let row = known.remove(&id).flatten();
                Entry { name: Name::Id(id), place, row, is_new: false }
            }
            None => Entry { name: Name::Other(name), place, row: None, is_new: false },
        };
        let entries = store::names(self.path)?.into_iter().zip(0..).map(entry).collect();
        Ok((entries, known.into_keys().collect()))
    }

    /// The run of this name, with what is known of it.
    fn run(&self, entry: &Entry) -> Run {
        let mut name = [0; 32];
        let mut run = match &entry.name {
            Name::Id(id) => {
                id.write(&mut name);
                Run::in_folder(self.path, std::str::from_utf8(&name).unwrap_or_default())
            }
            Name::Other(name) => Run::at(self.path.join(name)),
        };
        if let Some(row) = entry.row {
            run.note(row.listed());
        }
        run
    }

    /// The time by which the run is sorted, none for one without; nothing for what is no run.
    fn time(&self, entry: &mut Entry) -> Option<Option<i64>> {
        if let (Name::Id(id), Some(row)) = (&entry.name, entry.row)
            && let Some(now) = Stamp::below(&self.opened, id.below(GUILD, &mut [0; PATH]))
            && (now.inode, now.changed) == (row.inode, row.changed)
        {
            return Some(Some(row.time));
        }
        entry.row = match &entry.name {
            Name::Id(id) => self.look(*id),
            Name::Other(_) => None,
        };
        entry.is_new = entry.row.is_some();
        if let Some(row) = entry.row {
            return Some(Some(row.time));
        }
        let run = self.run(entry);
        store::is_run(&run).then(|| run.timestamp())
    }

    /// What is to be kept of the run. None where something of it cannot be read or is not as Guild
    /// writes it.
    fn look(&self, id: Id) -> Option<Row> {
        let open = |rest, flags| {
            let mut buffer = [0; PATH];
            let path = id.below(rest, &mut buffer);
            let open = || openat(&self.opened, path, flags | OFlags::CLOEXEC, Mode::empty());
            retry_on_intr(open).map(File::from)
        };
        let guild = open(GUILD, OFlags::RDONLY | OFlags::DIRECTORY).ok()?;
        // Before anything is read: what changes meanwhile makes another stamp.
        let Stamp { inode, changed, .. } = Stamp::of(&guild.metadata().ok()?);
        let look = Look::into(&guild, may_be_event_file).ok().filter(|look| look.is_run)?;
        let number = |path| match open(path, OFlags::RDONLY) {
            Ok(file) => attr::plain_number(&file).map(Some),
            Err(e) => (e == Errno::NOENT).then_some(None),
        };
        let started = number(STARTED_AT)?;
        let (time, is_started) = match started {
            Some(time) => (time, true),
            None => (number(INITIALIZED_AT)??, false),
        };
        if let Some(files) = look.wanted {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id, files);
        }
        Some(Row { time, is_started, is_plain: look.is_plain, inode, changed })
    }
}

/// What is asked of a run, behind its id.
const GUILD: &[u8] = b"/.guild";
const STARTED_AT: &[u8] = b"/.guild/attrs/started";
const INITIALIZED_AT: &[u8] = b"/.guild/attrs/initialized";

/// Enough for an id and each of these.
const PATH: usize = 64;
