//! What comparisons ask of a run, kept with everything that was looked at to find it: what its
//! scalars come to, and some of its attributes.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use guild_scalars::directories::{self, Found};
use guild_scalars::summary::{self, Point, ScalarSummary};
use guild_store::{Noted, Run};

use crate::bytes::{Reader, Writer};
use crate::stamp::Stamp;

/// With more folders in a run, looking for event files again costs less than what would be kept.
const MANY: usize = 256;

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    /// The folders in which there may be event files, by their paths below the run's. None of a run
    /// with many.
    folders: Option<Vec<(PathBuf, Stamp)>>,
    /// Links that lead to no run; one that does would have to be followed.
    passed_over: Vec<PathBuf>,
    /// The event files, in the order in which they are read.
    files: Vec<(PathBuf, Stamp)>,
    summaries: Vec<ScalarSummary>,
    attributes: Option<Attributes>,
}

/// Some attributes of a run.
///
/// Whatever writes most of them writes other files in the run, too, which changes its folders.
/// Others stand in a file of which the stamp is kept.
#[derive(Clone, Debug, PartialEq)]
struct Attributes {
    stamps: Vec<(PathBuf, Stamp)>,
    noted: Noted,
}

/// How deep in others a value may be that is kept. Of Guild's own none is.
const DEPTH: usize = 64;

/// Where a run is: in a folder that is open, by its name.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub runs: &'a File,
    pub run: &'a Run,
}

impl Place<'_> {
    fn stamp(&self, below: &Path) -> Option<Stamp> {
        let mut path = PathBuf::with_capacity(128);
        path.push(self.run.id());
        // Joined with nothing, a path would end in `/`.
        if !below.as_os_str().is_empty() {
            path.push(below);
        }
        Stamp::below(self.runs, &path)
    }
}

/// What comparisons ask of a run.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What its scalars come to.
    pub scalars: Vec<ScalarSummary>,
    /// Some of its attributes; none where they are to be read from their files.
    pub attributes: Option<Noted>,
}

/// What comparisons ask of the run, and what is to be kept instead of what was known, if that is
/// not the same.
pub(crate) fn of_run(place: Place, known: Option<Kept>) -> (Facts, Option<Kept>) {
    let known = match known {
        Some(known) if known.is_same(place) => {
            let attributes = known.attributes.map(|attributes| attributes.noted);
            return (Facts { scalars: known.summaries, attributes }, None);
        }
        known => known,
    };
    let found = directories::find(place.run.dir());
    let Some(mut kept) = Kept::of(place, &found) else {
        let scalars = summary::summarize(&found.events, &mut Vec::new());
        return (Facts { scalars, attributes: None }, None);
    };
    match known {
        // Something else in the run changed.
        Some(known) if known.files == kept.files => kept.summaries = known.summaries,
        _ => kept.summaries = summary::summarize(&found.events, &mut Vec::new()),
    }
    let attributes = kept.attributes.as_ref().map(|attributes| attributes.noted.clone());
    (Facts { scalars: kept.summaries.clone(), attributes }, Some(kept))
}

impl Attributes {
    /// Reads them, after `folders` were looked at. None where they cannot be kept.
    fn of(place: Place, folders: &[(PathBuf, Stamp)]) -> Option<Attributes> {
        // Links are not among them.
        let is_known = |name: &str| folders.iter().any(|(path, _)| path == Path::new(name));
        if !is_known(".guild") || !is_known(".guild/attrs") {
            return None;
        }
        let mut stamps = Vec::new();
        for name in WRITTEN_OVER {
            let path = Path::new(".guild/attrs").join(name);
            stamps.extend(place.stamp(&path).map(|stamp| (path, stamp)));
        }
        Some(Attributes { stamps, noted: Noted::of(place.run) })
    }

    /// None where there is a value that cannot be kept.
    fn encode(&self) -> Option<Vec<u8>> {
        let mut writer = Writer::default();
        write_stamps(&mut writer, &self.stamps);
        writer.bytes(self.noted.opref.as_bytes());
        let mut values = self.noted.attributes.iter();
        values.try_for_each(|value| writer.value(value, DEPTH))?;
        Some(writer.0)
    }

    fn decode(reader: &mut Reader) -> Option<Attributes> {
        let stamps = read_stamps(reader)?;
        let mut noted = Noted { opref: reader.text()?.into(), ..Noted::default() };
        for value in &mut noted.attributes {
            *value = reader.value(DEPTH)?;
        }
        Some(Attributes { stamps, noted })
    }
}

/// Attributes that people change, and that Guild AI 0.9.0 writes over without a trace in a folder.
const WRITTEN_OVER: [&str; 2] = ["flags", "label"];

impl Kept {
    /// The stamps of what was found, without summaries. None where there is a file that cannot be
    /// asked.
    fn of(place: Place, found: &Found) -> Option<Kept> {
        let run_dir = place.run.dir();
        let below = |path: &Path| path.strip_prefix(run_dir).ok().map(Path::to_path_buf);
        let mut folders = None;
        if found.directories.len() + found.passed_over.len() <= MANY {
            let stamps = found.directories.iter();
            let stamps = stamps.map(|(path, metadata)| Some((below(path)?, Stamp::of(metadata))));
            folders = Some(stamps.collect::<Option<Vec<_>>>()?);
        }
        let passed_over = match &folders {
            Some(_) => found.passed_over.iter().map(|path| below(path)).collect::<Option<_>>()?,
            None => Vec::new(),
        };
        let files = found.events.iter().flat_map(|directory| &directory.files);
        let stamped = |path: PathBuf| place.stamp(&path).map(|stamp| (path, stamp));
        let files = files.map(|path| below(path).and_then(stamped)).collect::<Option<_>>()?;
        let attributes = folders.as_deref().and_then(|folders| Attributes::of(place, folders));
        Some(Kept { folders, passed_over, files, summaries: Vec::new(), attributes })
    }

    /// Whether everything that was looked at is as it was.
    fn is_same(&self, place: Place) -> bool {
        let Some(folders) = &self.folders else { return false };
        let attributes = self.attributes.iter().flat_map(|attributes| &attributes.stamps);
        let mut stamps = folders.iter().chain(&self.files).chain(attributes);
        let leads_to_run = |link: &PathBuf| place.run.dir().join(link).join(".guild/opref");
        stamps.all(|(path, stamp)| place.stamp(path) == Some(*stamp))
            && !self.passed_over.iter().any(|link| fs::symlink_metadata(leads_to_run(link)).is_ok())
    }

    /// When the last of the folders and files changed, in nanoseconds.
    pub fn latest_change(&self) -> i64 {
        let attributes = self.attributes.iter().flat_map(|attributes| &attributes.stamps);
        let all = self.folders.iter().flatten().chain(&self.files).chain(attributes);
        all.map(|(_, stamp)| stamp.latest()).max().unwrap_or(i64::MAX)
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        let paths = self.folders.iter().flatten().chain(&self.files);
        let paths: usize = paths.map(|(path, _)| path.as_os_str().len() + 64).sum();
        let noted = if self.attributes.is_some() { 500 } else { 0 };
        paths + self.summaries.len() * 200 + self.passed_over.len() * 64 + noted
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(u64::from(self.folders.is_some()));
        write_stamps(&mut writer, self.folders.as_deref().unwrap_or_default());
        writer.number(self.passed_over.len() as u64);
        self.passed_over.iter().for_each(|path| writer.bytes(path.as_os_str().as_bytes()));
        write_stamps(&mut writer, &self.files);
        writer.number(self.summaries.len() as u64);
        for scalar in &self.summaries {
            writer.bytes(scalar.prefix.as_bytes());
            writer.bytes(scalar.tag.as_bytes());
            for point in [scalar.first, scalar.last, scalar.min, scalar.max] {
                writer.float(point.value);
                writer.signed(point.step);
            }
            writer.float(scalar.total);
            writer.signed(scalar.count);
        }
        match self.attributes.as_ref().and_then(Attributes::encode) {
            None => writer.0.push(0),
            Some(attributes) => {
                writer.0.push(1);
                writer.0.extend(attributes);
            }
        }
        writer.0
    }

    /// What [`Kept::encode`] gave; none for other bytes.
    pub fn decode(bytes: &[u8]) -> Option<Kept> {
        let mut reader = Reader(bytes);
        let complete = reader.number()? == 1;
        let folders = read_stamps(&mut reader)?;
        let passed_over =
            (0..reader.count()?).map(|_| reader.bytes().map(path)).collect::<Option<_>>()?;
        let files = read_stamps(&mut reader)?;
        let mut summaries = Vec::new();
        for _ in 0..reader.count()? {
            let (prefix, tag) = (reader.text()?.into(), reader.text()?.into());
            let mut point = || Some(Point { value: reader.float()?, step: reader.signed()? });
            let (first, last, min, max) = (point()?, point()?, point()?, point()?);
            let (total, count) = (reader.float()?, reader.signed()?);
            summaries.push(ScalarSummary { prefix, tag, first, last, min, max, total, count });
        }
        let attributes = match reader.byte()? {
            0 => None,
            _ => Some(Attributes::decode(&mut reader)?),
        };
        let folders = complete.then_some(folders);
        let kept = Kept { folders, passed_over, files, summaries, attributes };
        reader.0.is_empty().then_some(kept)
    }
}

fn write_stamps(writer: &mut Writer, stamps: &[(PathBuf, Stamp)]) {
    writer.number(stamps.len() as u64);
    for (path, stamp) in stamps {
        writer.bytes(path.as_os_str().as_bytes());
        stamp.encode(writer);
    }
}

fn read_stamps(reader: &mut Reader) -> Option<Vec<(PathBuf, Stamp)>> {
    let count = reader.count()?;
    let mut next = || Some((path(reader.bytes()?), Stamp::decode(reader)?));
    (0..count).map(|_| next()).collect()
}

fn path(bytes: &[u8]) -> PathBuf {
    std::ffi::OsStr::from_bytes(bytes).into()
}
