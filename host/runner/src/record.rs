//! What a run wrote: `output`, `output.index` and the lines in it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::Error;
use crate::spec::{Lines, OutputFiles, Stream};

/// Of a line this much is kept for [`Lines`]: progress bars can write for days without a newline.
const MAX_LINE: usize = 1 << 20;

/// Bytes below this are left out of lines. 0.9.0 calls them "non-printable".
const FIRST_IN_LINE: u8 = 9;

/// Records what arrives and takes it apart into lines.
pub(crate) struct Record<'a> {
    files: Option<Files>,
    lines: Option<&'a mut dyn Lines>,
    tails: [Tail; 2],
    entries: Vec<u8>,
    cleaned: Vec<u8>,
}

struct Files {
    output: File,
    index: File,
    output_name: String,
    index_name: String,
}

/// What came after a stream's last newline.
#[derive(Default)]
struct Tail {
    /// Whether it is more than bytes that do not count.
    begun: bool,
    /// Its bytes, when somebody wants lines.
    bytes: Vec<u8>,
}

impl Files {
    fn create(paths: &OutputFiles) -> Result<Files, Error> {
        let create = |path: &Path| {
            File::create(path).map_err(|source| Error::Output { path: path.into(), source })
        };
        Ok(Files {
            output: create(&paths.output)?,
            index: create(&paths.index)?,
            output_name: paths.output.display().to_string(),
            index_name: paths.index.display().to_string(),
        })
    }

    /// The output comes first, so that whoever reads along finds the line of each entry.
    fn write(&mut self, bytes: &[u8], entries: &[u8]) -> Result<(), String> {
        let told = |name: &str, error: io::Error| format!("{name}: {error}");
        self.output.write_all(bytes).map_err(|error| told(&self.output_name, error))?;
        self.index.write_all(entries).map_err(|error| told(&self.index_name, error))
    }
}

impl<'a> Record<'a> {
    /// Creates the files, replacing what a former start of the run left.
    pub(crate) fn new(
        paths: Option<&OutputFiles>,
        lines: Option<&'a mut dyn Lines>,
    ) -> Result<Record<'a>, Error> {
        let files = paths.map(Files::create).transpose()?;
        let (tails, entries, cleaned) = Default::default();
        Ok(Record { files, lines, tails, entries, cleaned })
    }

    /// Takes what one read gave. An error says why recording ends with it; lines go on.
    pub(crate) fn add(&mut self, bytes: &[u8], stream: Stream) -> Result<(), String> {
        let newlines = memchr::memchr_iter(b'\n', bytes).count();
        let written = self.write(bytes, newlines, stream);
        let tail = &mut self.tails[stream as usize];
        let Some(lines) = self.lines.as_mut() else {
            let last = memchr::memrchr(b'\n', bytes).map_or(bytes, |at| &bytes[at + 1..]);
            tail.begun = (tail.begun && newlines == 0) || last.iter().any(|b| *b >= FIRST_IN_LINE);
            return written;
        };
        // One pass over all bytes that the compiler can vectorize, since such bytes are rare.
        let unclean = bytes.iter().fold(false, |found, b| found | (*b < FIRST_IN_LINE));
        let bytes = if unclean {
            self.cleaned.clear();
            self.cleaned.extend(bytes.iter().filter(|b| **b >= FIRST_IN_LINE));
            &self.cleaned
        } else {
            bytes
        };
        let mut start = 0;
        for newline in memchr::memchr_iter(b'\n', bytes) {
            let line = &bytes[start..=newline];
            start = newline + 1;
            if tail.bytes.is_empty() {
                lines.line(&line[..line.len().min(MAX_LINE)], stream);
            } else {
                tail.append(line);
                lines.line(&tail.bytes, stream);
                tail.bytes.clear();
            }
        }
        tail.append(&bytes[start..]);
        tail.begun = !tail.bytes.is_empty();
        if newlines > 0 {
            lines.flush();
        }
        written
    }

    /// The stream is at its end: what came after the last newline is a line too.
    pub(crate) fn end(&mut self, stream: Stream) -> Result<(), String> {
        let tail = std::mem::take(&mut self.tails[stream as usize]);
        if !tail.begun {
            return Ok(());
        }
        let written = self.write(&[], 1, stream);
        if let Some(lines) = self.lines.as_mut() {
            lines.line(&tail.bytes, stream);
            lines.flush();
        }
        written
    }

    fn write(&mut self, bytes: &[u8], newlines: usize, stream: Stream) -> Result<(), String> {
        let Some(files) = self.files.as_mut() else { return Ok(()) };
        let mut entry = [0; 9];
        entry[..8].copy_from_slice(&now().to_be_bytes());
        entry[8] = stream as u8;
        self.entries.clear();
        for _ in 0..newlines {
            self.entries.extend_from_slice(&entry);
        }
        let written = files.write(bytes, &self.entries);
        if written.is_err() {
            // Half a write would shift every later line against its entry.
            self.files = None;
        }
        written
    }
}

impl Tail {
    /// Of what grows too long the beginning is kept; of a progress bar, which draws over itself, what
    /// it shows last.
    fn append(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > MAX_LINE
            && let Some(at) = memchr::memrchr(b'\r', &self.bytes)
        {
            self.bytes.drain(..at);
        }
        let room = MAX_LINE.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Heard {
        lines: Vec<(Vec<u8>, Stream)>,
        flushes: usize,
    }

    impl Lines for Heard {
        fn line(&mut self, line: &[u8], stream: Stream) {
            self.lines.push((line.to_vec(), stream));
        }
        fn flush(&mut self) {
            self.flushes += 1;
        }
    }

    /// What comes of reads: the recorded output, the streams in the index, and the lines.
    fn record(reads: &[(&[u8], Stream)], listen: bool) -> (Vec<u8>, Vec<u8>, Heard) {
        let dir = tempfile::tempdir().unwrap();
        let paths = OutputFiles::in_dir(dir.path());
        let mut heard = Heard { lines: vec![], flushes: 0 };
        let lines = listen.then_some(&mut heard as &mut dyn Lines);
        let mut record = Record::new(Some(&paths), lines).unwrap();
        for (bytes, stream) in reads {
            record.add(bytes, *stream).unwrap();
        }
        record.end(Stream::Stdout).unwrap();
        record.end(Stream::Stderr).unwrap();
        let index = std::fs::read(&paths.index).unwrap();
        assert_eq!(index.len() % 9, 0);
        let times = index.chunks(9).map(|e| u64::from_be_bytes(e[..8].try_into().unwrap()));
        assert!(times.clone().is_sorted() && times.clone().all(|t| t.abs_diff(now()) < 60_000));
        let streams = index.chunks(9).map(|e| e[8]).collect();
        (std::fs::read(&paths.output).unwrap(), streams, heard)
    }

    use Stream::{Stderr, Stdout};

    #[test]
    fn lines_of_two_streams_interleave() {
        let reads: [(&[u8], Stream); 5] = [
            (b"one\ntw", Stdout),
            (b"err", Stderr),
            (b"o\n\nthree", Stdout),
            (b"or\n", Stderr),
            (b"\nrest", Stdout),
        ];
        for listen in [false, true] {
            let (output, streams, heard) = record(&reads, listen);
            assert_eq!(output, b"one\ntwerro\n\nthreeor\n\nrest");
            assert_eq!(streams, [0, 0, 0, 1, 0, 0], "listening: {listen}");
            let expected: [(&[u8], Stream); 6] = [
                (b"one\n", Stdout),
                (b"two\n", Stdout),
                (b"\n", Stdout),
                (b"error\n", Stderr),
                (b"three\n", Stdout),
                (b"rest", Stdout),
            ];
            let heard: Vec<_> = heard.lines.iter().map(|(l, s)| (l.as_slice(), *s)).collect();
            assert_eq!(heard, if listen { &expected[..] } else { &[] });
        }
    }

    #[test]
    fn bytes_below_nine_are_no_part_of_lines() {
        let reads: [(&[u8], Stream); 3] =
            [(b"a\x00b\x08\n\x07", Stdout), (b"\x01\xff\t\r\n", Stdout), (b"\x00\x02", Stdout)];
        for listen in [false, true] {
            let (output, streams, heard) = record(&reads, listen);
            assert_eq!(output, b"a\x00b\x08\n\x07\x01\xff\t\r\n\x00\x02");
            // The last two bytes begin no line.
            assert_eq!(streams, [0, 0], "listening: {listen}");
            let heard: Vec<_> = heard.lines.iter().map(|(l, _)| l.as_slice()).collect();
            assert_eq!(heard, if listen { vec![&b"ab\n"[..], b"\xff\t\r\n"] } else { vec![] });
        }
    }

    #[test]
    fn one_flush_a_read() {
        let reads: [(&[u8], Stream); 3] =
            [(b"a\nb\nc\n", Stdout), (b"d", Stdout), (b"\ne", Stdout)];
        assert_eq!(record(&reads, true).2.flushes, 3);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let bar = vec![b'#'; 700_000];
        let reads = [(&bar[..], Stdout), (&bar[..], Stdout), (&b"x\n"[..], Stdout)];
        let (output, streams, heard) = record(&reads, true);
        assert_eq!((output.len(), streams), (1_400_002, vec![0]));
        assert_eq!(heard.lines[0].0.len(), MAX_LINE);
    }

    #[test]
    fn of_a_long_bar_the_end_is_kept() {
        let mut reads: Vec<(&[u8], Stream)> =
            vec![(b"\r 10%|#####     | loss: 0.5", Stderr); 50_000];
        reads.push((b"\rloss: 0.25\n", Stderr));
        let (_, streams, heard) = record(&reads, true);
        assert_eq!(streams, [1]);
        let line = &heard.lines[0].0;
        assert!(line.len() <= MAX_LINE && line.ends_with(b"\rloss: 0.25\n"), "{}", line.len());
    }

    #[test]
    fn a_full_disk_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let paths = OutputFiles { output: "/dev/full".into(), index: dir.path().join("index") };
        let mut heard = Heard { lines: vec![], flushes: 0 };
        let mut record = Record::new(Some(&paths), Some(&mut heard)).unwrap();
        let told = record.add(b"a\n", Stdout).unwrap_err();
        assert!(told.starts_with("/dev/full: No space left"), "{told}");
        assert_eq!(record.add(b"b\n", Stdout), Ok(()));
        assert_eq!(record.end(Stdout), Ok(()));
        assert_eq!(heard.lines.len(), 2);
        assert_eq!(std::fs::read(&paths.index).unwrap(), b"");
    }
}
