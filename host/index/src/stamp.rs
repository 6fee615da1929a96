//! [`Stamp`]: whether a file is still the same.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use guild_store::{Listed, Run};
use rustix::fs::{AtFlags, statat};

use crate::bytes::{Reader, Writer};

/// What a file or folder was when it was read. Two that are the same, of a file that had been left
/// alone for a while, mean the same content.
///
/// The time of the last change of the file's own data (`ctime`) cannot be set by a program, so that
/// copying with times (`rsync -t`, `tar`, `touch -r`) does not deceive; the number (inode) tells
/// a file from one that was moved into its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The inode.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// When the content changed, in nanoseconds since 1970.
    pub modified: i64,
    /// When anything changed, in nanoseconds since 1970.
    pub changed: i64,
}

impl Stamp {
    /// The stamp of what has this metadata.
    pub fn of(metadata: &Metadata) -> Stamp {
        Stamp {
            inode: metadata.ino(),
            size: metadata.size(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The stamp of what is at `path` below a folder that is open; none where nothing is.
    pub(crate) fn below(folder: &File, path: &Path) -> Option<Stamp> {
        let stat = statat(folder, path, AtFlags::empty()).ok()?;
        let time = |seconds, part| Some(nanoseconds(seconds, i64::try_from(part).ok()?));
        Some(Stamp {
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).ok()?,
            modified: time(stat.st_mtime, stat.st_mtime_nsec)?,
            changed: time(stat.st_ctime, stat.st_ctime_nsec)?,
        })
    }

    /// When it last changed in any way, in nanoseconds.
    pub(crate) fn latest(&self) -> i64 {
        self.changed.max(self.modified)
    }

    pub(crate) fn encode(&self, writer: &mut Writer) {
        writer.number(self.inode);
        writer.number(self.size);
        writer.signed(self.modified);
        writer.signed(self.changed);
    }

    pub(crate) fn decode(reader: &mut Reader) -> Option<Stamp> {
        let (inode, size) = (reader.number()?, reader.number()?);
        let (modified, changed) = (reader.signed()?, reader.signed()?);
        Some(Stamp { inode, size, modified, changed })
    }
}

/// One number; the times that do not fit are centuries away.
pub(crate) fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// As much of a stamp as tells whether a folder is the same: nothing comes into it or goes without
/// changing the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The inode.
    pub inode: u64,
    /// When anything changed, in nanoseconds since 1970.
    pub changed: i64,
}

impl Mark {
    /// The mark of the run's folder `.guild`, as it was when the run was listed, or is now.
    pub fn of(place: Place) -> Option<Mark> {
        if let Some(Listed { inode, changed, .. }) = place.run.listed() {
            return Some(Mark { inode, changed });
        }
        let Stamp { inode, changed, .. } = place.stamp(Path::new(".guild"))?;
        Some(Mark { inode, changed })
    }

    pub fn encode(self, writer: &mut Writer) {
        writer.number(self.inode);
        writer.signed(self.changed);
    }

    pub fn decode(reader: &mut Reader) -> Option<Mark> {
        Some(Mark { inode: reader.number()?, changed: reader.signed()? })
    }
}

/// Where a run is: in a folder that is open, by its name.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub runs: &'a File,
    pub run: &'a Run,
}

impl Place<'_> {
    /// The path of what is below the run's directory, from the folder of runs: half as long to
    /// follow.
    pub fn path(&self, below: &Path) -> PathBuf {
        let mut path = PathBuf::with_capacity(128);
        path.push(self.run.id());
        // Joined with nothing, a path would end in `/`.
        if !below.as_os_str().is_empty() {
            path.push(below);
        }
        path
    }

    /// The path below the run's directory.
    pub fn below(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(self.run.dir()).ok().map(Path::to_path_buf)
    }

    /// The stamp of what is below the run's directory.
    pub fn stamp(&self, below: &Path) -> Option<Stamp> {
        Stamp::below(self.runs, &self.path(below))
    }
}
