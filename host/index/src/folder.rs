//! [`Folder`]: which runs there are, and when each was started.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use guild_scalars::directories::may_be_event_file;
use guild_store::{Look, PathError, Run, attr, store};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};

use crate::id::{Id, NAME, PlainHash};
use crate::listing::{Entry, Known, Listing, Name, Row};
use crate::stamp::Stamp;

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
            if entry.row().is_some_and(|row| row.changed >= rest) {
                entry.known = Known::Nothing;
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
    seen: Mutex<Seen>,
}

/// Of runs that were looked into: their event files in `.guild`, where there can be no others in it.
pub(crate) type Seen = HashMap<Id, Vec<OsString>, PlainHash>;

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
        let (mut listing, gone) = if is_same { (kept, Vec::new()) } else { self.read(kept)? };
        let Listing { entries, others, .. } = &mut listing;
        store::ask(entries, |entry| entry.known = self.known(entry, others));
        let runs = (0..).zip(&*entries).filter(|(_, entry)| entry.known != Known::Nothing);
        let mut order: Vec<u32> = runs.map(|(at, _)| at).collect();
        let total = order.len();
        let entry = |at: u32| &entries[at as usize];
        let timed = |at| (entry(at).time(), entry(at).place);
        let latest = store::latest_first(&mut order, count, timed);
        let runs = latest.iter().map(|at| self.run(entry(*at), others)).collect();
        let new_rows = entries.iter().filter_map(Entry::row).filter(|row| row.is_new);
        let mut changes: Vec<i64> = new_rows.map(|row| row.changed).collect();
        if !is_same {
            changes.push(self.stamp.latest());
        }
        let new = (!changes.is_empty()).then(|| {
            listing.entries.sort_by_key(|entry| entry.row().map(|row| row.inode));
            New { listing, changes }
        });
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Found { runs, total, new, gone, seen })
    }

    /// What is in the folder, with what is known of it, and of what else something is known.
    fn read(&self, kept: Listing) -> Result<(Listing, Vec<Id>), PathError> {
        let known = kept.entries.into_iter().filter_map(|entry| match entry.name {
            Name::Id(id) => Some((id, entry.known)),
            Name::Other(_) => None,
        });
        let mut known: HashMap<Id, Known, PlainHash> = known.collect();
        let mut listing = Listing { folder: Some(self.stamp), ..Listing::default() };
        for (name, place) in store::names(self.path)?.into_iter().zip(0..) {
            let entry = match name.to_str().and_then(Id::of) {
                Some(id) => {
                    let known = known.remove(&id).unwrap_or(Known::Nothing);
                    Entry { name: Name::Id(id), place, known }
                }
                None => {
                    let at = listing.others.len() as u32;
                    listing.others.push(name);
                    Entry { name: Name::Other(at), place, known: Known::Nothing }
                }
            };
            listing.entries.push(entry);
        }
        Ok((listing, known.into_keys().collect()))
    }

    /// The run of this name, with what is known of it.
    fn run(&self, entry: &Entry, others: &[OsString]) -> Run {
        let mut run = match entry.name {
            Name::Id(id) => {
                Run::in_folder(self.path, std::str::from_utf8(&id.name()).unwrap_or_default())
            }
            Name::Other(at) => Run::at(self.path.join(&others[at as usize])),
        };
        if let Some(row) = entry.row() {
            run.note(row.listed());
        }
        run
    }

    /// What is there now.
    fn known(&self, entry: &Entry, others: &[OsString]) -> Known {
        if let (Name::Id(id), Some(row)) = (entry.name, entry.row())
            && let Some(now) = Stamp::below(&self.opened, below(id, GUILD, &mut [0; PATH]))
            && (now.inode, now.changed) == (row.inode, row.changed)
        {
            return entry.known;
        }
        let row = match entry.name {
            Name::Id(id) => self.look(id),
            Name::Other(_) => None,
        };
        if let Some(row) = row {
            return Known::Row(row);
        }
        let run = self.run(&Entry { known: Known::Nothing, ..*entry }, others);
        if store::is_run(&run) { Known::Odd(run.timestamp()) } else { Known::Nothing }
    }

    /// What is to be kept of the run. None where something of it cannot be read or is not as Guild
    /// writes it.
    fn look(&self, id: Id) -> Option<Row> {
        let open = |rest, flags| {
            let mut buffer = [0; PATH];
            let path = below(id, rest, &mut buffer);
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
        Some(Row { time, is_started, is_plain: look.is_plain, inode, changed, is_new: true })
    }
}

/// What is asked of a run, behind its id.
const GUILD: &[u8] = b"/.guild";
const STARTED_AT: &[u8] = b"/.guild/attrs/started";
const INITIALIZED_AT: &[u8] = b"/.guild/attrs/initialized";

/// Enough for an id and each of these.
const PATH: usize = 64;

/// The path of what is below a run, from the folder of runs.
fn below<'a>(id: Id, rest: &[u8], path: &'a mut [u8; PATH]) -> &'a Path {
    if let Some((name, behind)) = path.split_first_chunk_mut::<NAME>() {
        *name = id.name();
        behind[..rest.len()].copy_from_slice(rest);
    }
    Path::new(OsStr::from_bytes(&path[..NAME + rest.len()]))
}
