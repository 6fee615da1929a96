//! Reading the scalars of an event file.

use std::cell::Cell;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::record::{BUFFER_SIZE, FRAME, Next, Records};
use super::scan;

/// How reading an event file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// After the last record.
    Complete,
    /// In the middle of a record, or before one that is damaged: it is still being written, or its
    /// writer was killed. What comes after is not looked at.
    Cut,
    /// Before a record that is whole and holds no event.
    NoEvent,
}

/// Whether a file of this name is an event file, in a directory that has one of a name with
/// `.tfevents.` in it: TensorBoard's rule, which takes any name with `tfevents` except markers
/// without events.
pub fn is_event_file(name: &str) -> bool {
    name.contains("tfevents") && !name.ends_with(".profile-empty")
}

/// Gives each scalar in an event file, in order, to `found`: tag, value, step.
///
/// Scalars are simple values and tensors of one 32 or 64 bit float, whatever plugin wrote them. Of
/// a file of any size one record is held at a time. What is written to it meanwhile is left for the
/// next reading. What is no file (a pipe, a device, a directory) holds none, and is not waited for.
///
/// # Errors
/// Those of opening and reading the file. A file that is cut or damaged is no error.
pub fn read(path: &Path, found: impl FnMut(&str, f64, i64)) -> io::Result<Ending> {
    read_from(path, &mut 0, found)
}

/// As [`read`], from byte `at` on, which is then where the next record begins: whoever follows a file
/// that grows goes on from there.
pub fn read_from(
    path: &Path,
    at: &mut u64,
    found: impl FnMut(&str, f64, i64),
) -> io::Result<Ending> {
    match EventFile::open(path)? {
        Some(file) => file.read_from(at, found),
        None => Ok(Ending::Complete),
    }
}

/// An event file, opened.
#[derive(Debug)]
pub struct EventFile {
    file: File,
    /// What the file was when it was opened.
    pub metadata: Metadata,
}

impl EventFile {
    /// Opens it. None where it is no file, but a pipe, a device or a directory; it is not waited for.
    ///
    /// # Errors
    /// Those of opening it.
    pub fn open(path: &Path) -> io::Result<Option<EventFile>> {
        // A pipe without a writer would keep us waiting.
        let at_once = OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = OpenOptions::new().read(true).custom_flags(at_once.bits() as i32).open(path);
        let file = match opened {
            Ok(file) => file,
            // Sockets cannot be opened; a file that somebody has a lease on can be waited for.
            Err(_) if path.metadata()?.is_file() => File::open(path)?,
            Err(_) => return Ok(None),
        };
        let metadata = file.metadata()?;
        Ok(metadata.is_file().then_some(EventFile { file, metadata }))
    }

    /// As [`read_from`].
    ///
    /// # Errors
    /// Those of reading it.
    pub fn read_from(
        mut self,
        at: &mut u64,
        found: impl FnMut(&str, f64, i64),
    ) -> io::Result<Ending> {
        if *at > 0 {
            self.file.seek(SeekFrom::Start(*at))?;
        }
        // The end is known, and need not be asked for.
        let rest = self.file.take(self.metadata.len().saturating_sub(*at));
        let mut buffer = BUFFER.take();
        let ending = scalars(Records::new(rest, &mut buffer), at, found);
        if buffer.len() <= BUFFER_SIZE {
            BUFFER.set(buffer);
        }
        ending
    }
}

thread_local! {
    /// What files are read into, one after the other: memory of this size is asked of the system, and
    /// cleaned up after, each time.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

fn scalars(
    mut records: Records<impl Read>,
    at: &mut u64,
    mut found: impl FnMut(&str, f64, i64),
) -> io::Result<Ending> {
    loop {
        let data = match records.next()? {
            Next::End => return Ok(Ending::Complete),
            Next::Damaged => return Ok(Ending::Cut),
            Next::Record(data) => data,
        };
        *at += (FRAME + data.len()) as u64;
        if scan::scalars(data, &mut found).is_err() {
            return Ok(Ending::NoEvent);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::message::{Event, Number, Summary, Value};
    use super::super::record::append;
    use super::*;
    use proptest::prelude::*;
    use prost::Message;

    fn event(tag: &str, value: f32, step: i64) -> Vec<u8> {
        let value = Value { tag: tag.into(), number: Some(Number::Simple(value)) };
        let summary = Some(Summary { value: vec![value] });
        Event { step, file_version: None, summary }.encode_to_vec()
    }

    fn file(records: &[Vec<u8>]) -> Vec<u8> {
        let mut out = Vec::new();
        records.iter().for_each(|record| append(record, &mut out));
        out
    }

    fn all(bytes: &[u8]) -> (Vec<(String, f64, i64)>, Ending) {
        let (mut found, mut buffer) = (Vec::new(), Vec::new());
        let records = Records::new(bytes, &mut buffer);
        let ending =
            scalars(records, &mut 0, |tag, value, step| found.push((tag.into(), value, step)));
        (found, ending.unwrap())
    }

    #[test]
    fn what_comes_before_damage_counts() {
        let mut bytes = file(&[event("a", 1.0, 1), event("b", 0.1, -1)]);
        let both = vec![("a".to_string(), 1.0, 1), ("b".into(), f64::from(0.1f32), -1)];
        assert_eq!(all(&bytes), (both.clone(), Ending::Complete));
        bytes.extend(file(&[vec![0xff]]));
        assert_eq!(all(&bytes), (both.clone(), Ending::NoEvent));
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        assert_eq!(all(&bytes), (both, Ending::Cut));
    }

    #[test]
    fn files_are_read_one_inside_the_other_and_as_they_grow() {
        let dir = tempfile::tempdir().unwrap();
        let (outer, inner) = (dir.path().join("outer"), dir.path().join("inner"));
        // Larger than what is read at once.
        let mut large = vec![0x4a, 0x80, 0x80, 0x10];
        large.resize(large.len() + (1 << 18), 0);
        let small = |tag| event(tag, 1.0, 1);
        std::fs::write(&outer, file(&[small("a"), large, small("b")])).unwrap();
        std::fs::write(&inner, file(&[small("c"), small("d")])).unwrap();
        let (mut tags, mut at) = (Vec::new(), 0);
        let ending = read_from(&outer, &mut at, |tag, _, _| {
            tags.push(tag.to_string());
            let ending = read(&inner, |tag, _, _| tags.push(tag.to_string()));
            assert_eq!(ending.unwrap(), Ending::Complete);
        });
        assert_eq!((ending.unwrap(), tags.concat()), (Ending::Complete, "acdbcd".to_string()));
        let mut more = File::options().append(true).open(&outer).unwrap();
        more.write_all(&file(&[small("e")])).unwrap();
        let mut tags = Vec::new();
        let ending = read_from(&outer, &mut at, |tag, _, _| tags.push(tag.to_string()));
        assert_eq!((ending.unwrap(), tags.concat()), (Ending::Complete, "e".to_string()));
        assert_eq!(at, outer.metadata().unwrap().len());
    }

    #[test]
    fn names_of_files() {
        assert!(is_event_file("events.out.tfevents.1.host.2.0"));
        assert!(is_event_file("x.tfevents.y") && is_event_file("tfevents"));
        assert!(!is_event_file("a.tfevents.1.profile-empty") && !is_event_file("events.out"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            all(&bytes);
            all(&file(&[bytes]));
        }

        #[test]
        fn any_cut_and_any_flip(
            steps in prop::collection::vec(any::<i64>(), 1..6),
            at in any::<prop::sample::Index>(),
            flip in 1u8..,
        ) {
            let whole = file(&steps.iter().map(|s| event("tag", 1.5, *s)).collect::<Vec<_>>());
            let (expected, _) = all(&whole);
            prop_assert_eq!(expected.len(), steps.len());
            let at = at.index(whole.len());
            let (before, ending) = all(&whole[..at]);
            prop_assert!(expected.starts_with(&before));
            prop_assert!(ending != Ending::NoEvent);
            let mut damaged = whole.clone();
            damaged[at] ^= flip;
            let (before, ending) = all(&damaged);
            prop_assert!(expected.starts_with(&before) && before.len() < expected.len());
            prop_assert_eq!(ending, Ending::Cut);
        }
    }
}
