//! What the scalars of a run come to, kept with everything that was looked at to find them.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use guild_scalars::directories::{self, Found};
use guild_scalars::summary::{self, Point, ScalarSummary};

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
}

/// The run's scalars, and what is to be kept instead of `known`, if that is not the same.
pub(crate) fn of_run(run_dir: &Path, known: Option<Kept>) -> (Vec<ScalarSummary>, Option<Kept>) {
    if let Some(known) = &known
        && known.is_complete(run_dir)
        && known.is_same(run_dir)
    {
        return (known.summaries.clone(), None);
    }
    let found = directories::find(run_dir);
    let Some(mut kept) = Kept::of(run_dir, &found) else {
        return (summary::summarize(&found.events, &mut Vec::new()), None);
    };
    match known {
        // Something else in the run changed.
        Some(known) if known.files == kept.files => kept.summaries = known.summaries,
        _ => kept.summaries = summary::summarize(&found.events, &mut Vec::new()),
    }
    (kept.summaries.clone(), Some(kept))
}

impl Kept {
    /// The stamps of what was found, without summaries. None where there is a file that cannot be
    /// asked.
    fn of(run_dir: &Path, found: &Found) -> Option<Kept> {
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
        let files = files.map(|path| Some((below(path)?, Stamp::of(&fs::metadata(path).ok()?))));
        let files = files.collect::<Option<_>>()?;
        Some(Kept { folders, passed_over, files, summaries: Vec::new() })
    }

    /// Whether there can be no other event files than those that are kept.
    fn is_complete(&self, run_dir: &Path) -> bool {
        self.folders.as_deref().is_some_and(|folders| are_same(run_dir, folders))
            && self
                .passed_over
                .iter()
                .all(|link| fs::symlink_metadata(run_dir.join(link).join(".guild/opref")).is_err())
    }

    fn is_same(&self, run_dir: &Path) -> bool {
        are_same(run_dir, &self.files)
    }

    /// When the last of the folders and files changed, in nanoseconds.
    pub fn latest_change(&self) -> i64 {
        let all = self.folders.iter().flatten().chain(&self.files);
        all.map(|(_, stamp)| stamp.changed.max(stamp.modified)).max().unwrap_or(i64::MAX)
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        let paths = self.folders.iter().flatten().chain(&self.files);
        let paths: usize = paths.map(|(path, _)| path.as_os_str().len() + 64).sum();
        paths + self.summaries.len() * 200 + self.passed_over.len() * 64
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
        let folders = complete.then_some(folders);
        reader.0.is_empty().then_some(Kept { folders, passed_over, files, summaries })
    }
}

fn are_same(run_dir: &Path, stamps: &[(PathBuf, Stamp)]) -> bool {
    stamps.iter().all(|(path, stamp)| {
        // Joined with nothing, a path would end in `/`.
        let path = if path.as_os_str().is_empty() { run_dir.into() } else { run_dir.join(path) };
        fs::metadata(path).is_ok_and(|metadata| Stamp::of(&metadata) == *stamp)
    })
}

fn write_stamps(writer: &mut Writer, stamps: &[(PathBuf, Stamp)]) {
    writer.number(stamps.len() as u64);
    for (path, stamp) in stamps {
        writer.bytes(path.as_os_str().as_bytes());
        writer.number(stamp.inode);
        writer.number(stamp.size);
        writer.signed(stamp.modified);
        writer.signed(stamp.changed);
    }
}

fn read_stamps(reader: &mut Reader) -> Option<Vec<(PathBuf, Stamp)>> {
    let count = reader.count()?;
    let mut next = || {
        let path = path(reader.bytes()?);
        let (inode, size) = (reader.number()?, reader.number()?);
        let (modified, changed) = (reader.signed()?, reader.signed()?);
        Some((path, Stamp { inode, size, modified, changed }))
    };
    (0..count).map(|_| next()).collect()
}

fn path(bytes: &[u8]) -> PathBuf {
    std::ffi::OsStr::from_bytes(bytes).into()
}
