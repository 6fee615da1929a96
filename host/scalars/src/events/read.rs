//! Reading the scalars of an event file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

use prost::Message;

use super::message::Event;
use super::record::{FRAME, Next, Records};

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
/// a file of any size one record is held at a time.
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
    let mut file = File::open(path)?;
    if *at > 0 {
        file.seek(SeekFrom::Start(*at))?;
    }
    scalars(BufReader::with_capacity(1 << 16, file), at, found)
}

fn scalars(
    source: impl BufRead,
    at: &mut u64,
    mut found: impl FnMut(&str, f64, i64),
) -> io::Result<Ending> {
    let mut records = Records::new(source);
    loop {
        let data = match records.next()? {
            Next::End => return Ok(Ending::Complete),
            Next::Damaged => return Ok(Ending::Cut),
            Next::Record(data) => data,
        };
        *at += (FRAME + data.len()) as u64;
        let Ok(event) = Event::decode(data) else { return Ok(Ending::NoEvent) };
        for value in event.summary.iter().flat_map(|summary| &summary.value) {
            if let Some(number) = value.number.as_ref().and_then(|number| number.value()) {
                found(&value.tag, number, event.step);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::{Number, Summary, Value};
    use super::super::record::append;
    use super::*;
    use proptest::prelude::*;

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
        let mut found = Vec::new();
        let ending =
            scalars(bytes, &mut 0, |tag, value, step| found.push((tag.into(), value, step)));
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
