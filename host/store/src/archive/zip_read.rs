//! Runs in a zip file.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use super::ArchiveError;
use super::staging::Staging;
use crate::error::PathError;
use crate::run::Run;
use crate::store;

/// How much smaller a file is at most than what it unpacks to, when that is large: deflate's best
/// on zeros is 1032.
const LARGE: u64 = 1 << 30;
const RATIO: u64 = 500;
/// The largest file of `.guild` that is unpacked to look at runs: attributes are small.
const METADATA: u64 = 64 << 20;

/// The runs in a zip file, with their metadata unpacked for reading.
#[derive(Debug)]
pub struct ZipRuns {
    path: PathBuf,
    zip: RefCell<Zip>,
    /// The places of each run's entries in the zip file.
    entries: Entries,
    metadata: tempfile::TempDir,
}

/// Places of entries in a zip file, by the folder at its top that they are in.
type Entries = HashMap<String, Vec<usize>>;

impl ZipRuns {
    /// Reads the list of files, and of each run what is needed to show and select it.
    ///
    /// # Errors
    /// When the file is no whole zip file, or holds names that lead elsewhere, links, or more than
    /// can be.
    pub fn open(path: &Path) -> Result<ZipRuns, ArchiveError> {
        let (mut zip, entries) = checked(path)?;
        let metadata = tempfile::Builder::new().prefix("guild-archive-").tempdir();
        let metadata =
            metadata.map_err(PathError::on("create", Path::new("a temporary folder")))?;
        let wanted = |name: &str, size: u64| {
            let below = name.split_once('/').map_or("", |(_, rest)| rest);
            let shown = [
                "opref",
                "attrs/",
                "proto/.guild/opref",
                "proto/.guild/attrs/",
                "PENDING",
                "STAGED",
                "LOCK.remote",
                "manifest",
            ];
            let below = below.strip_prefix(".guild/");
            size <= METADATA && below.is_some_and(|b| shown.iter().any(|s| b.starts_with(s)))
        };
        let all = 0..zip.len();
        unpack(path, &mut zip, metadata.path(), all, wanted)?;
        Ok(ZipRuns { path: path.to_path_buf(), zip: RefCell::new(zip), entries, metadata })
    }

    /// The runs, the latest first.
    pub fn runs(&self) -> Result<Vec<Run>, PathError> {
        store::list(self.metadata.path())
    }

    /// Copies the run `id` into the folder `target`, which must exist. False when something of
    /// that name is there.
    pub fn copy_run(&self, id: &str, target: &Path) -> Result<bool, ArchiveError> {
        if fs::symlink_metadata(target.join(id)).is_ok() {
            return Ok(false);
        }
        let staging = Staging::new(target)?;
        let base = staging.path(id).parent().map(PathBuf::from).unwrap_or_default();
        let own = self.entries.get(id).into_iter().flatten().copied();
        unpack(&self.path, &mut self.zip.borrow_mut(), &base, own, |_, _| true)?;
        Ok(staging.publish(id)?)
    }
}

type Zip = ZipArchive<BufReader<File>>;

pub(super) fn damaged(path: &Path, reason: impl std::fmt::Display) -> ArchiveError {
    let mut reason = reason.to_string();
    // The end of its directory, by which a zip file is known.
    if reason.ends_with("Could not find EOCD") {
        reason = "it is no zip file, or only the beginning of one".into();
    }
    ArchiveError::Damaged { path: path.to_path_buf(), reason }
}

fn refused(path: &Path, reason: String) -> ArchiveError {
    ArchiveError::Refused { path: path.to_path_buf(), reason }
}

/// Opens a zip file and looks at all names and sizes in it, before anything is written.
fn checked(path: &Path) -> Result<(Zip, Entries), ArchiveError> {
    let file = File::open(path).map_err(PathError::on("read", path))?;
    let length = file.metadata().map_err(PathError::on("read", path))?.len();
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|e| damaged(path, e))?;
    let (mut packed, mut unpacked) = (0u64, 0u64);
    let (mut names, mut entries) = (BTreeSet::new(), Entries::new());
    for i in 0..zip.len() {
        let entry = zip.by_index_raw(i).map_err(|e| damaged(path, e))?;
        let name = entry.name().map_err(|e| damaged(path, e))?.into_owned();
        if !is_plain(&name) {
            return Err(refused(path, format!("it holds the path '{}'", name.escape_debug())));
        }
        if entry.is_symlink() {
            return Err(refused(path, format!("it holds the link '{}'", name.escape_debug())));
        }
        if !names.insert(name.trim_end_matches('/').to_string()) {
            let name = name.escape_debug();
            return Err(refused(path, format!("it holds the path '{name}' twice")));
        }
        if let Some((run, _)) = name.split_once('/') {
            entries.entry(run.to_string()).or_default().push(i);
        }
        packed = packed.saturating_add(entry.compressed_size());
        unpacked = unpacked.saturating_add(entry.size());
    }
    // Files that share their bytes: nothing but a bomb has them.
    if packed > length {
        return Err(refused(path, "its files overlap".into()));
    }
    if unpacked > LARGE && unpacked / RATIO > length {
        let size = unpacked >> 20;
        return Err(refused(path, format!("its {length} bytes would unpack to {size} MiB")));
    }
    Ok((zip, entries))
}

/// Whether a path stays in the folder that it is taken from.
fn is_plain(name: &str) -> bool {
    let path = Path::new(name);
    !name.is_empty()
        && !name.contains(['\0', '\\'])
        && path.components().all(|part| matches!(part, Component::Normal(_)))
        // `a/./b` and `a//b` are read as `a/b`, so the same file could be there twice.
        && name.trim_end_matches('/').split('/').all(|part| !part.is_empty() && part != ".")
}

/// Unpacks those of the entries at `places` that `wanted` takes, told name and size, below `dest`.
fn unpack(
    path: &Path,
    zip: &mut Zip,
    dest: &Path,
    places: impl Iterator<Item = usize>,
    wanted: impl Fn(&str, u64) -> bool,
) -> Result<(), ArchiveError> {
    for i in places {
        let mut entry = zip.by_index(i).map_err(|e| damaged(path, e))?;
        let name = entry.name().map_err(|e| damaged(path, e))?.into_owned();
        let (size, mode) = (entry.size(), entry.unix_mode());
        if !wanted(&name, size) {
            continue;
        }
        let target = dest.join(&name);
        if entry.is_dir() {
            fs::create_dir_all(&target).map_err(PathError::on("create", &target))?;
            continue;
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(PathError::on("create", parent))?;
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&target);
        let mut file = file.map_err(PathError::on("create", &target))?;
        // Not more than is said: a size that lies would get past the checks.
        let read = io::copy(&mut (&mut entry).take(size.saturating_add(1)), &mut file);
        match read {
            Ok(count) if count == size => {}
            Ok(_) => return Err(damaged(path, format!("'{name}' is not of the size it says"))),
            Err(e) if e.raw_os_error().is_some() => {
                return Err(PathError::on("write", &target)(e).into());
            }
            Err(e) => return Err(damaged(path, format!("'{name}': {e}"))),
        }
        if mode.is_some_and(|mode| mode & 0o111 != 0) {
            let executable = fs::Permissions::from_mode(0o755);
            fs::set_permissions(&target, executable).map_err(PathError::on("write", &target))?;
        }
    }
    Ok(())
}
