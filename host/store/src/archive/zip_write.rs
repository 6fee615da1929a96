//! Runs into a zip file.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::zip_read::damaged;
use super::{ArchiveError, Links};
use crate::error::PathError;
use crate::run::Run;
use crate::zone::Zone;

/// What became of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZipExport {
    /// The runs that were written.
    pub written: Vec<Run>,
    /// Links that could not be exported: to nothing, or, unless links are followed, to folders.
    pub left_out: Vec<PathBuf>,
}

/// Adds runs to the zip file `path`, which is made when missing. `told` hears of each run, and
/// whether it is left out because the file has it already.
///
/// The file is written anew beside its place and renamed when complete. Links to files become
/// files, as in Guild AI 0.9.0; links to folders are followed on request.
///
/// # Errors
/// When what is at `path` is no zip file, or a file cannot be read or written.
pub fn export(
    runs: &[Run],
    path: &Path,
    links: Links,
    mut told: impl FnMut(&Run, bool),
) -> Result<ZipExport, ArchiveError> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let temp = tempfile::Builder::new().prefix(".guild-export-").tempfile_in(dir);
    let temp = temp.map_err(PathError::on("write", path))?;
    let mut zip = ZipWriter::new(temp.as_file());
    let existing = copy_existing(path, &mut zip)?;
    let mut packing = Packing { zip, links, zone: Zone::system(), left_out: Vec::new() };
    let mut written = Vec::new();
    for run in runs {
        let exists = existing.contains(run.id());
        told(run, exists);
        if !exists {
            packing.add_folder(run.dir(), run.id())?;
            written.push(run.clone());
        }
    }
    let left_out = packing.finish().map_err(|e| failed(path, e))?;
    let mode = fs::metadata(path).map_or(0o644, |meta| meta.permissions().mode());
    let ready = fs::set_permissions(temp.path(), fs::Permissions::from_mode(mode));
    ready.map_err(PathError::on("write", path))?;
    temp.persist(path).map_err(|e| PathError::on("write", path)(e.error))?;
    Ok(ZipExport { written, left_out })
}

fn failed(path: &Path, e: zip::result::ZipError) -> ArchiveError {
    match e {
        zip::result::ZipError::Io(e) => PathError::on("write", path)(e).into(),
        e => damaged(path, e),
    }
}

/// Copies what is in the file already and gives the names of the folders at its top.
fn copy_existing(path: &Path, zip: &mut ZipWriter<&File>) -> Result<HashSet<String>, ArchiveError> {
    let mut names = HashSet::new();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(names),
        Err(e) => return Err(PathError::on("read", path)(e).into()),
    };
    let damaged = |e: zip::result::ZipError| damaged(path, e);
    let mut old = ZipArchive::new(io::BufReader::new(file)).map_err(damaged)?;
    for i in 0..old.len() {
        let entry = old.by_index_raw(i).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?.into_owned();
        names.extend(name.split('/').next().map(String::from));
        zip.raw_copy_file(entry).map_err(damaged)?;
    }
    Ok(names)
}

/// What is needed wherever a folder is added.
struct Packing<'a> {
    zip: ZipWriter<&'a File>,
    links: Links,
    zone: Zone,
    left_out: Vec<PathBuf>,
}

impl Packing<'_> {
    /// Ends the file; gives what was left out.
    fn finish(self) -> zip::result::ZipResult<Vec<PathBuf>> {
        self.zip.finish()?;
        Ok(self.left_out)
    }

    fn add_folder(&mut self, dir: &Path, name: &str) -> Result<(), ArchiveError> {
        let meta = fs::metadata(dir).map_err(PathError::on("read", dir))?;
        let options = SimpleFileOptions::default()
            .last_modified_time(time(&meta, &self.zone))
            .unix_permissions(0o755);
        self.zip.add_directory(format!("{name}/"), options).map_err(|e| failed(dir, e))?;
        let mut entries: Vec<_> = fs::read_dir(dir)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .map_err(PathError::on("read", dir))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            let link = path.is_symlink();
            let Ok(meta) = fs::metadata(&path) else {
                self.left_out.push(path);
                continue;
            };
            if meta.is_dir() {
                let ends =
                    || Some(!dir.canonicalize().ok()?.starts_with(path.canonicalize().ok()?));
                if !link || self.links == Links::Follow && ends() == Some(true) {
                    self.add_folder(&path, &name)?;
                } else {
                    self.left_out.push(path);
                }
            } else if meta.is_file() {
                self.add_file(&path, name, &meta)?;
            }
        }
        Ok(())
    }

    fn add_file(
        &mut self,
        path: &Path,
        name: String,
        meta: &fs::Metadata,
    ) -> Result<(), ArchiveError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(meta.len() >= u64::from(u32::MAX))
            .last_modified_time(time(meta, &self.zone))
            .unix_permissions(meta.permissions().mode() & 0o777);
        self.zip.start_file(name, options).map_err(|e| failed(path, e))?;
        let mut file = File::open(path).map_err(PathError::on("read", path))?;
        io::copy(&mut file, &mut self.zip).map_err(PathError::on("copy", path))?;
        Ok(())
    }
}

/// When the file was changed, as a clock here showed it: zip files do not name a zone. They know no
/// time before 1980.
fn time(meta: &fs::Metadata, zone: &Zone) -> zip::DateTime {
    let modified = meta.modified().ok().and_then(|t| jiff::Timestamp::try_from(t).ok());
    let at = modified.map(|t| t.to_zoned(zone.0.clone()).datetime());
    let parts = at.and_then(|at| {
        let byte = |n: i8| u8::try_from(n).ok();
        let year = u16::try_from(at.year()).ok()?;
        zip::DateTime::from_date_and_time(
            year,
            byte(at.month())?,
            byte(at.day())?,
            byte(at.hour())?,
            byte(at.minute())?,
            byte(at.second())?,
        )
        .ok()
    });
    parts.unwrap_or_default()
}
