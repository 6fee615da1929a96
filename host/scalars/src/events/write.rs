//! Writing scalars to an event file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;

use super::message::{Event, Number, Summary, Value};
use super::record::append;

const FILE_VERSION: &str = "brain.Event:2";

/// How much may wait in memory.
const SPILL: usize = 1 << 16;

/// The last part of a file's name: how many this process has begun before.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Writes scalars to an event file of its own in a directory, which is there from the first one
/// on: `events.out.tfevents.SECONDS.HOST.PID.NUMBER`. The bytes are those that Guild AI 0.9.0
/// writes: events have a step and no time.
///
/// What is added is in the file after [`EventWriter::flush`], at the latest when the writer is
/// dropped.
#[derive(Debug)]
pub struct EventWriter {
    dir: PathBuf,
    file: Option<(PathBuf, File)>,
    waiting: Vec<u8>,
    message: Vec<u8>,
}

impl EventWriter {
    /// A writer to `dir`, which is made when it is missing. Nothing is written yet.
    pub fn new(dir: impl Into<PathBuf>) -> EventWriter {
        EventWriter { dir: dir.into(), file: None, waiting: Vec::new(), message: Vec::new() }
    }

    /// The file, once there is one.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|(path, _)| path.as_path())
    }

    /// Adds a scalar.
    ///
    /// # Errors
    /// Those of making the directory and of creating and writing the file, with its name.
    pub fn add(&mut self, tag: &str, value: f32, step: i64) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(create(&self.dir)?);
            let file_version = Some(FILE_VERSION.into());
            self.append(&Event { step: 0, file_version, summary: None });
        }
        let value = Value { tag: tag.into(), number: Some(Number::Simple(value)) };
        let summary = Some(Summary { value: vec![value] });
        self.append(&Event { step, file_version: None, summary });
        if self.waiting.len() >= SPILL { self.flush() } else { Ok(()) }
    }

    /// Writes out what was added.
    ///
    /// # Errors
    /// Those of writing the file, with its name.
    pub fn flush(&mut self) -> io::Result<()> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(&self.waiting);
        self.waiting.clear();
        written.map_err(|error| with_name(path, &error))
    }

    fn append(&mut self, event: &Event) {
        self.message.clear();
        event.encode_raw(&mut self.message);
        append(&self.message, &mut self.waiting);
    }
}

impl Drop for EventWriter {
    fn drop(&mut self) {
        // Whoever wants to know has flushed.
        let _ = self.flush();
    }
}

fn create(dir: &Path) -> io::Result<(PathBuf, File)> {
    fs::create_dir_all(dir).map_err(|error| with_name(dir, &error))?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let system = rustix::system::uname();
    let host = system.nodename().to_string_lossy();
    let (pid, number) = (std::process::id(), BEGUN.fetch_add(1, Ordering::Relaxed));
    let path = dir.join(format!("events.out.tfevents.{seconds:010}.{host}.{pid}.{number}"));
    let file = File::create(&path).map_err(|error| with_name(&path, &error))?;
    Ok((path, file))
}

fn with_name(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Ending, is_event_file, read};

    #[test]
    fn the_bytes_are_those_of_guild_ai() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::new(dir.path().join("new"));
        assert_eq!((writer.path(), dir.path().join("new").exists()), (None, false));
        writer.add("err", 2.0, 0).unwrap();
        writer.add("loss", 1.5, 3).unwrap();
        writer.flush().unwrap();
        let bytes = fs::read(writer.path().unwrap()).unwrap();
        // Of a file of 0.9.0.
        let expected = b"\x0f\0\0\0\0\0\0\0\x6d\x53\x2b\x09\x1a\x0dbrain.Event:2\xfc\x98\x51\x29\
            \x0e\0\0\0\0\0\0\0\xc5\xe5\x69\x3f\x2a\x0c\x0a\x0a\x0a\x03err\x15\0\0\0\x40\xef\x73\x88\xe1\
            \x11\0\0\0\0\0\0\0\x9d\x6d\xb5\x2e\x10\x03\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\xc0\x3f\
            \x11\xd2\xca\x9c";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_file_each() {
        let dir = tempfile::tempdir().unwrap();
        for value in [1.0, 2.0] {
            let mut writer = EventWriter::new(dir.path());
            (0..5000).for_each(|step| writer.add("a", value, step).unwrap());
            let path = writer.path().unwrap().to_owned();
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(is_event_file(name) && name.split('.').count() >= 7, "{name}");
            drop(writer);
            let mut count = 0;
            assert_eq!(read(&path, |_, _, _| count += 1).unwrap(), Ending::Complete);
            assert_eq!(count, 5000);
        }
        assert_eq!(dir.path().read_dir().unwrap().count(), 2);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut writer = EventWriter::new("/proc/self/nowhere");
        assert!(writer.add("a", 1.0, 1).unwrap_err().to_string().contains("/proc/self/nowhere"));
    }
}
