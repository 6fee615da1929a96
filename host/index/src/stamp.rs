//! [`Stamp`]: whether a file is still the same.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
