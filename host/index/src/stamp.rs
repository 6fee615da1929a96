//! [`Stamp`]: whether a file is still the same.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

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
}

/// One number; the times that do not fit are centuries away.
pub(crate) fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}
