//! What lists, filters and comparisons ask of each run: its operation and some of its attributes.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::path::Path;

use guild_store::{Noted, attr};
use rustix::fs::{Mode, OFlags, RawDir, openat};
use rustix::io::retry_on_intr;

use crate::bytes::{Reader, Writer};
use crate::stamp::{Mark, Place, Stamp};

/// What is kept of a run.
///
/// Whatever writes most attributes writes other files in the run, too, which changes a folder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attributes {
    /// The folder `.guild`.
    guild: Mark,
    /// The folder of the attributes.
    folder: Stamp,
    /// Those of [`WRITTEN_OVER`], which may be missing.
    files: [Option<Stamp>; WRITTEN_OVER.len()],
    pub noted: Noted,
}

const FOLDER: &str = ".guild/attrs";

/// What comes before the names of attributes in [`Noted::FILES`].
const ATTRIBUTES: &str = "attrs/";

/// Attributes that people change, and that Guild AI 0.9.0 writes over without a trace in a folder.
const WRITTEN_OVER: [&str; 2] = [".guild/attrs/flags", ".guild/attrs/label"];

impl Attributes {
    /// Reads them. None where they cannot be kept.
    pub fn of(place: Place) -> Option<Attributes> {
        let guild = Mark::of(place)?;
        // No link: the operation is read from beside it.
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
        let opened = open(place.runs, &place.path(Path::new(FOLDER)), flags).ok()?;
        // Before anything is read: what changes meanwhile makes another stamp.
        let folder = Stamp::of(&opened.metadata().ok()?);
        let names = names(&opened).ok()?;
        let mut files = [None; WRITTEN_OVER.len()];
        let noted = Noted::read(&names, |file, bytes| {
            let Some(name) = file.strip_prefix(ATTRIBUTES) else {
                let beside = Path::new("..").join(file);
                return attr::read_to_end(&mut open(&opened, &beside, OFlags::empty())?, bytes);
            };
            let mut attribute = open(&opened, Path::new(name), OFlags::empty())?;
            if let Some(at) = WRITTEN_OVER.iter().position(|path| path.ends_with(file)) {
                files[at] = Some(Stamp::of(&attribute.metadata()?));
            }
            attr::read_to_end(&mut attribute, bytes)
        })?;
        Some(Attributes { guild, folder, files, noted })
    }

    /// Whether everything that was looked at is as it was.
    pub fn is_same(&self, place: Place) -> bool {
        let mut files = WRITTEN_OVER.iter().zip(&self.files);
        Mark::of(place) == Some(self.guild)
            && place.stamp(Path::new(FOLDER)) == Some(self.folder)
            && files.all(|(name, stamp)| place.stamp(Path::new(name)) == *stamp)
    }

    /// When the last of the folders and files changed, in nanoseconds.
    pub fn latest_change(&self) -> i64 {
        let files = self.files.iter().flatten().chain([&self.folder]);
        files.map(Stamp::latest).max().unwrap_or(i64::MAX).max(self.guild.changed)
    }

    pub fn encode(&self, writer: &mut Writer) {
        self.guild.encode(writer);
        self.folder.encode(writer);
        for stamp in &self.files {
            writer.0.push(stamp.is_some().into());
            stamp.iter().for_each(|stamp| stamp.encode(writer));
        }
        writer.0.extend(self.noted.bytes());
    }

    /// What [`Attributes::encode`] gave; none for other bytes.
    pub fn decode(reader: &mut Reader) -> Option<Attributes> {
        let (guild, folder) = (Mark::decode(reader)?, Stamp::decode(reader)?);
        let mut files = [None; WRITTEN_OVER.len()];
        for stamp in &mut files {
            *stamp = if reader.byte()? == 1 { Some(Stamp::decode(reader)?) } else { None };
        }
        let noted = Noted::from_bytes(std::mem::take(&mut reader.0))?;
        Some(Attributes { guild, folder, files, noted })
    }
}

fn open(folder: &File, path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC;
    Ok(retry_on_intr(|| openat(folder, path, flags, Mode::empty()))?.into())
}

/// The names of all attributes, each with a 0 behind it.
fn names(attributes: &File) -> io::Result<Vec<u8>> {
    let mut names = Vec::with_capacity(512);
    let mut buffer = [MaybeUninit::uninit(); 2048];
    let mut entries = RawDir::new(attributes, &mut buffer);
    while let Some(entry) = entries.next() {
        names.extend(entry?.file_name().to_bytes_with_nul());
    }
    Ok(names)
}
