//! Small files that remember something until other files change.

use std::io::Write;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// By what a file or folder is seen to have changed: nanoseconds since 1970 of its last change,
/// and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp(u64, u64);

impl Stamp {
    /// The stamp of what is at `path`, links followed; none where nothing is.
    pub fn of(path: &Path) -> Option<Stamp> {
        let meta = path.metadata().ok()?;
        let since = meta.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        // Folders have a size too on some file systems, and it says nothing.
        let size = if meta.is_dir() { 0 } else { meta.len() };
        Some(Stamp(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX), size))
    }

    /// Whether the change is so recent that another one may still follow with the same stamp, or
    /// a part of it be missing yet.
    pub fn is_fresh(self) -> bool {
        let now = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        now.saturating_sub(u128::from(self.0)) < 2_000_000_000
    }
}

/// Reads what [`write_json`] wrote; none where it is missing, damaged or of another version.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Writes `value` to `file`, whole or not at all, and makes the folders above. Only what can be
/// made again is kept in this way, so that failing is no error: the result tells.
pub fn write_json(file: &Path, value: &impl Serialize) -> bool {
    let write = || -> std::io::Result<()> {
        let dir = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir)?;
        let mut temp = tempfile::NamedTempFile::new_in(dir)?;
        temp.write_all(&serde_json::to_vec(value)?)?;
        temp.persist(file)?;
        Ok(())
    };
    write().is_ok()
}

/// A hash for file names (64 bit FNV-1a). It is the same in every version of guild; it does not
/// withstand anyone who looks for collisions.
pub fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let step = |h: u64, byte: u8| (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    parts.into_iter().fold(0xcbf2_9ce4_8422_2325, |h, part| {
        // The length keeps `ab`, `c` apart from `a`, `bc`.
        let h = part.len().to_le_bytes().into_iter().fold(h, step);
        part.iter().copied().fold(h, step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_change_with_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x");
        assert_eq!(Stamp::of(&file), None);
        std::fs::write(&file, "a").unwrap();
        let first = Stamp::of(&file).unwrap();
        assert!(first.is_fresh());
        std::fs::write(&file, "ab").unwrap();
        assert_ne!(Stamp::of(&file), Some(first));
        assert!(!Stamp(1, 1).is_fresh());
    }

    #[test]
    fn json_is_written_whole_or_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a/b.json");
        assert!(write_json(&file, &[1, 2]));
        assert_eq!(read_json::<Vec<u8>>(&file), Some(vec![1, 2]));
        assert_eq!(read_json::<String>(&file), None);
        assert!(!write_json(&file.join("c.json"), &1));
        assert_eq!(std::fs::read_dir(dir.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn parts_are_told_apart() {
        assert_ne!(hash([&b"ab"[..], b"c"]), hash([&b"a"[..], b"bc"]));
    }
}
