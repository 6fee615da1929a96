//! Where a run's event files are.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, openat, statat};

use crate::events::is_event_file;

/// Where a run's scalars are, and everything that was looked at to find it: as long as that stays
/// as it is, there are no other event files.
#[derive(Debug, Default)]
pub struct Found {
    /// The directories that were looked into, as they were before. That of the attributes is not.
    pub directories: Vec<(PathBuf, Metadata)>,
    /// The links that were passed over because they do not lead to a run.
    pub passed_over: Vec<PathBuf>,
    /// The event files.
    pub events: Vec<EventFiles>,
    /// What is known of the folder `.guild`.
    guild: Option<Vec<OsString>>,
}

impl Found {
    /// The files of a directory that [`may_be_event_file`] takes. They count when one of them has a
    /// whole event file's name.
    fn add(&mut self, prefix: &str, mut files: Vec<PathBuf>) {
        let name =
            |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if files.iter().any(|file| name(file).contains(".tfevents.")) {
            files.retain(|file| is_event_file(&name(file)));
            files.sort_unstable();
            self.events.push(EventFiles { prefix: prefix.into(), files });
        }
    }
}

/// The event files of one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFiles {
    /// The directory's path below the run's, with `/`.
    pub prefix: String,
    /// The files, in the order of their names, in which they are read.
    pub files: Vec<PathBuf>,
}

/// Looks for the event files below `run_dir`. [`crate::summary::for_run`] says which count.
pub fn find(run_dir: &Path) -> Found {
    let mut found = Found::default();
    look(CWD, run_dir.as_os_str(), run_dir, "", &mut Vec::new(), &mut found);
    found
}

/// As [`find`], for who has the folder open that `run_dir` is in, and knows which files of the run's
/// folder `.guild` [`may_be_event_file`] takes, if there is nothing else in it but other files and
/// the attributes. That folder is not looked into then.
pub fn find_below(runs: &File, run_dir: &Path, guild: Option<Vec<OsString>>) -> Found {
    let mut found = Found { guild, ..Found::default() };
    let name = run_dir.file_name().unwrap_or_default();
    look(runs.as_fd(), name, run_dir, "", &mut Vec::new(), &mut found);
    found
}

/// Whether a file of this name is to be looked at: the others in its directory decide whether it
/// counts.
pub fn may_be_event_file(name: &[u8]) -> bool {
    name.windows(WORD.len()).any(|word| word == WORD)
}

const WORD: &[u8] = b"tfevents";

/// Looks into the directory `dir`, which from the open directory `parent` has the path `name`: of ten
/// thousand runs, most of the time goes into following paths.
///
/// `above` are the directories that led here, as device and inode: links may lead in circles.
fn look(
    parent: BorrowedFd,
    name: &OsStr,
    dir: &Path,
    prefix: &str,
    above: &mut Vec<(u64, u64)>,
    found: &mut Found,
) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = openat(parent, name, flags, Mode::empty()).map(File::from);
    let metadata = match &opened {
        Ok(opened) => opened.metadata(),
        // One that may not be read is looked at again when that changes.
        Err(_) => dir.metadata(),
    };
    let Ok(metadata) = metadata else { return };
    let id = (metadata.dev(), metadata.ino());
    if above.contains(&id) {
        return;
    }
    // Most have few entries. Larger ones say so, as far as file systems tell.
    let room = if metadata.size() > 1 << 12 { 1 << 15 } else { 1 << 10 };
    found.directories.push((dir.to_path_buf(), metadata));
    let Ok(opened) = opened else { return };
    let mut buffer = Vec::with_capacity(room);
    let mut entries = RawDir::new(&opened, buffer.spare_capacity_mut());
    let mut files = Vec::new();
    above.push(id);
    while let Some(Ok(entry)) = entries.next() {
        let raw = OsStr::from_bytes(entry.file_name().to_bytes());
        if raw == "." || raw == ".." {
            continue;
        }
        let here = opened.as_fd();
        let kind = match entry.file_type() {
            // Some file systems do not say.
            FileType::Unknown => match statat(here, raw, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                Err(_) => continue,
            },
            kind => kind,
        };
        let name = raw.to_string_lossy();
        let may_be_event_file = may_be_event_file(raw.as_bytes());
        if kind.is_file() && !may_be_event_file {
            continue;
        }
        if prefix == ".guild" && name == "attrs" && kind.is_dir() {
            // Nobody writes event files there, and every run has it.
            continue;
        }
        let path = dir.join(raw);
        if prefix.is_empty()
            && name == ".guild"
            && kind.is_dir()
            && let Some(files) = found.guild.take()
        {
            found.add(".guild", files.iter().map(|file| path.join(file)).collect());
            continue;
        }
        let leads_to_directory = kind.is_dir() || (kind.is_symlink() && path.is_dir());
        if leads_to_directory && (kind.is_dir() || path.join(".guild/opref").exists()) {
            let below = if prefix.is_empty() { name.into() } else { format!("{prefix}/{name}") };
            look(here, raw, &path, &below, above, found);
            continue;
        }
        if kind.is_symlink() {
            found.passed_over.push(path.clone());
        }
        if !leads_to_directory && may_be_event_file {
            files.push(path);
        }
    }
    above.pop();
    found.add(prefix, files);
}
