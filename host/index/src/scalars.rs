//! What the scalars of each run come to, with everything that was looked at to find them.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use guild_scalars::directories::{self, Found};
use guild_scalars::summary::{self, Point, ScalarSummary};

use crate::bytes::{Reader, Writer};
use crate::stamp::{Mark, Place, Stamp};

/// With more folders in a run, looking for event files again costs less than what would be kept.
const MANY: usize = 256;

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalars {
    /// The folder `.guild`.
    guild: Mark,
    /// The other folders in which there may be event files, by their paths below the run's. None of
    /// a run with many.
    folders: Option<Vec<(PathBuf, Stamp)>>,
    /// Links that lead to no run; one that does would have to be followed.
    passed_over: Vec<PathBuf>,
    /// The event files, in the order in which they are read.
    files: Vec<(PathBuf, Stamp)>,
    pub summaries: Vec<ScalarSummary>,
}

/// What the scalars of the run come to, and what is to be kept instead of what was known, if that
/// is not the same.
///
/// `seen` is what is known of the run's folder `.guild` ([`crate::folder::Seen`]).
pub(crate) fn of_run(
    place: Place,
    known: Option<Scalars>,
    seen: Option<Vec<OsString>>,
) -> (Vec<ScalarSummary>, Option<Scalars>) {
    let known = match known {
        Some(known) if known.is_same(place) => return (known.summaries, None),
        known => known,
    };
    // Before anything is looked at: what changes meanwhile makes another mark.
    let guild = Mark::of(place);
    let found = directories::find_below(place.runs, place.run.dir(), seen);
    let mut files = Vec::new();
    let mut summarize = || {
        let mut opened = |path: &Path, metadata: &Metadata| {
            files.extend(place.below(path).map(|path| (path, Stamp::of(metadata))));
        };
        summary::summarize(&found.events, &mut Vec::new(), &mut opened)
    };
    let Some(mut kept) = guild.and_then(|guild| Scalars::of(place, guild, &found)) else {
        return (summarize(), None);
    };
    match known {
        // Something else in the run changed.
        Some(known) if known.has_files_of(place, &found) => {
            (kept.files, kept.summaries) = (known.files, known.summaries);
        }
        _ => {
            kept.summaries = summarize();
            kept.files = files;
        }
    }
    let count: usize = found.events.iter().map(|directory| directory.files.len()).sum();
    // One that cannot be opened is not known to be the same.
    let is_whole = kept.files.len() == count;
    (kept.summaries.clone(), is_whole.then_some(kept))
}

impl Scalars {
    /// The stamps of what was found, without files and summaries.
    fn of(place: Place, guild: Mark, found: &Found) -> Option<Scalars> {
        let mut folders = None;
        if found.directories.len() + found.passed_over.len() <= MANY {
            let stamps = found.directories.iter();
            let stamps =
                stamps.map(|(path, metadata)| Some((place.below(path)?, Stamp::of(metadata))));
            let is_other = |folder: &Option<(PathBuf, Stamp)>| {
                folder.as_ref().is_none_or(|(path, _)| path != Path::new(".guild"))
            };
            folders = Some(stamps.filter(is_other).collect::<Option<Vec<_>>>()?);
        }
        let passed_over = match &folders {
            Some(_) => {
                found.passed_over.iter().map(|path| place.below(path)).collect::<Option<_>>()?
            }
            None => Vec::new(),
        };
        let (files, summaries) = (Vec::new(), Vec::new());
        Some(Scalars { guild, folders, passed_over, files, summaries })
    }

    /// Whether these are the event files that were found, as they were.
    fn has_files_of(&self, place: Place, found: &Found) -> bool {
        let found = found.events.iter().flat_map(|directory| &directory.files);
        let files = self.files.iter().map(|(path, _)| place.run.dir().join(path));
        files.eq(found.cloned())
            && self.files.iter().all(|(path, stamp)| place.stamp(path) == Some(*stamp))
    }

    /// Whether everything that was looked at is as it was.
    fn is_same(&self, place: Place) -> bool {
        let Some(folders) = &self.folders else { return false };
        let mut stamps = folders.iter().chain(&self.files);
        let leads_to_run = |link: &PathBuf| place.run.dir().join(link).join(".guild/opref");
        Mark::of(place) == Some(self.guild)
            && stamps.all(|(path, stamp)| place.stamp(path) == Some(*stamp))
            && !self.passed_over.iter().any(|link| fs::symlink_metadata(leads_to_run(link)).is_ok())
    }

    /// When the last of the folders and files changed, in nanoseconds.
    pub fn latest_change(&self) -> i64 {
        let all = self.folders.iter().flatten().chain(&self.files);
        all.map(|(_, stamp)| stamp.latest()).max().unwrap_or(i64::MAX).max(self.guild.changed)
    }

    pub fn encode(&self, writer: &mut Writer) {
        self.guild.encode(writer);
        writer.number(u64::from(self.folders.is_some()));
        write_stamps(writer, self.folders.as_deref().unwrap_or_default());
        writer.number(self.passed_over.len() as u64);
        self.passed_over.iter().for_each(|path| writer.bytes(path.as_os_str().as_bytes()));
        write_stamps(writer, &self.files);
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
    }

    /// What [`Scalars::encode`] gave; none for other bytes.
    pub fn decode(reader: &mut Reader) -> Option<Scalars> {
        let guild = Mark::decode(reader)?;
        let complete = reader.number()? == 1;
        let folders = read_stamps(reader)?;
        let passed_over =
            (0..reader.count()?).map(|_| reader.bytes().map(path)).collect::<Option<_>>()?;
        let files = read_stamps(reader)?;
        let mut summaries = Vec::new();
        for _ in 0..reader.count()? {
            let (prefix, tag) = (reader.text()?.into(), reader.text()?.into());
            let mut point = || Some(Point { value: reader.float()?, step: reader.signed()? });
            let (first, last, min, max) = (point()?, point()?, point()?, point()?);
            let (total, count) = (reader.float()?, reader.signed()?);
            summaries.push(ScalarSummary { prefix, tag, first, last, min, max, total, count });
        }
        let folders = complete.then_some(folders);
        Some(Scalars { guild, folders, passed_over, files, summaries })
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
