//! Archives: which they are, and unpacking them where resources are kept.
//!
//! Source: `_resolve_archive_files` and what it calls in `resolver.py` of 0.9.0. There a member
//! may lead anywhere on the disk, one that is there already is taken for whole, and so is what an
//! interrupt left half unpacked. Here every member ends up below the folder, complete or not at
//! all, and only the list that is written last makes an archive count as unpacked.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use crate::resolve::{Surroundings, busy};
use crate::resource::Source;

/// How much an archive may hold at least, in bytes, whatever its own size.
const ALWAYS_ALLOWED: u64 = 4 << 30;

/// How many times its own size an archive may hold beyond that. Real data hardly gets there.
const MAX_RATIO: u64 = 250;

/// How many members an archive may have.
const MAX_MEMBERS: usize = 2_000_000;

/// The kinds of archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Zip,
    /// Compressed or not, which its content tells.
    Tar,
    Gzip,
}

/// The kind of archive that a source's file is; none when it is no archive.
pub(crate) fn kind(path: &Path, source: &Source) -> Result<Option<Kind>, String> {
    if let Some(named) = &source.archive {
        return match named.as_str() {
            "zip" => Ok(Some(Kind::Zip)),
            "tar" => Ok(Some(Kind::Tar)),
            "gzip" => Ok(Some(Kind::Gzip)),
            other => Err(format!(
                "'{}' cannot be unpacked (unsupported archive type '{other}')",
                path.display()
            )),
        };
    }
    let name = path.to_string_lossy().to_lowercase();
    let parts: Vec<&str> = name.split('.').collect();
    Ok(match parts.as_slice() {
        [.., "zip"] => Some(Kind::Zip),
        [.., "tar" | "tgz"] | [.., "tar", _] => Some(Kind::Tar),
        [.., "gz"] => Some(Kind::Gzip),
        _ => None,
    })
}

/// Unpacks an archive into `dir` unless that was done since it changed. Returns the paths of its
/// members and of the folders that they are in.
pub(crate) fn unpack(
    path: &Path,
    kind: Kind,
    dir: &Path,
    around: &dyn Surroundings,
) -> Result<Vec<String>, String> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let list = dir.join(format!(".guild-cache-{name}.unpacked"));
    if let Some(members) = unpacked(path, &list) {
        return Ok(members);
    }
    let failed = |e: io::Error| format!("cannot unpack '{}': {e}", path.display());
    if kind != Kind::Gzip {
        around.info(&format!("Unpacking {}", path.display()));
    }
    busy(around, "Unpacking", path);
    fs::create_dir_all(dir).map_err(failed)?;
    let own_size = fs::metadata(path).map_err(failed)?.len();
    let mut unpacking = Unpacking {
        dir,
        archive: path,
        around,
        left: own_size.saturating_mul(MAX_RATIO).max(ALWAYS_ALLOWED),
        names: Vec::new(),
        links: Vec::new(),
    };
    match kind {
        Kind::Zip => unpacking.zip(),
        Kind::Tar => unpacking.tar(),
        Kind::Gzip => unpacking.gzip(&name),
    }
    .and_then(|()| unpacking.link())
    .map_err(failed)?;
    let members = with_folders(unpacking.names);
    let text: String = members.iter().map(|member| format!("{member}\n")).collect();
    write_whole(&list, None, |file| file.write_all(text.as_bytes())).map_err(failed)?;
    Ok(members)
}

/// What was unpacked earlier, if the archive is as it was.
fn unpacked(path: &Path, list: &Path) -> Option<Vec<String>> {
    let modified = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    if modified(list)? < modified(path)? {
        return None;
    }
    let members = fs::read_to_string(list).ok()?;
    Some(members.lines().map(|line| line.trim_end().to_string()).collect())
}

/// Members after the folders that they are in and that are no members themselves.
fn with_folders(names: Vec<String>) -> Vec<String> {
    let mut folders: Vec<String> = names
        .iter()
        .filter_map(|name| name.rsplit_once('/').map(|(folder, _)| folder.to_string()))
        .collect();
    folders.sort();
    folders.dedup();
    let members: HashSet<&String> = names.iter().collect();
    folders.retain(|folder| !members.contains(folder));
    folders.extend(names);
    folders
}

struct Unpacking<'a> {
    dir: &'a Path,
    archive: &'a Path,
    around: &'a dyn Surroundings,
    /// How much may still be written, in bytes.
    left: u64,
    names: Vec<String>,
    /// Links that are made last, once what they lead to is there.
    links: Vec<(PathBuf, PathBuf)>,
}

impl Unpacking<'_> {
    fn zip(&mut self) -> io::Result<()> {
        let file = BufReader::new(File::open(self.archive)?);
        let mut archive = zip::ZipArchive::new(file).map_err(io::Error::other)?;
        for i in 0..archive.len() {
            let mut member = archive.by_index(i).map_err(io::Error::other)?;
            let name = member.name().map_err(io::Error::other)?.into_owned();
            if member.is_dir() {
                self.folder(&name)?;
            } else {
                self.file(&name, None, &mut member)?;
            }
            self.note(name)?;
        }
        Ok(())
    }

    fn tar(&mut self) -> io::Result<()> {
        let mut archive = tar::Archive::new(plain(self.archive)?);
        for member in archive.entries()? {
            let mut member = member?;
            let path = member.path()?.into_owned();
            let Some(name) = path.to_str() else {
                return Err(refused(&path.to_string_lossy(), "its name is not UTF-8"));
            };
            let name = name.strip_prefix("./").unwrap_or(name).trim_end_matches('/').to_string();
            if name.is_empty() || name == "." {
                continue;
            }
            let kind = member.header().entry_type();
            let to = member.link_name()?.map(|to| to.into_owned());
            match (kind, to) {
                (tar::EntryType::Directory, _) => self.folder(&name)?,
                (tar::EntryType::Symlink, Some(to)) => {
                    let path = self.place(&name)?;
                    self.links.push((path, to));
                }
                (tar::EntryType::Link, Some(to)) => {
                    let held = self.place(&to.to_string_lossy())?;
                    let mut held = File::open(held)?;
                    self.file(&name, None, &mut held)?;
                }
                (kind, _) if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() => {
                    let mode = member.header().mode().ok();
                    self.file(&name, mode, &mut member)?;
                }
                _ => {
                    self.around.warn(&format!(
                        "skipping '{name}' in {}: it is no file",
                        self.archive.display()
                    ));
                    continue;
                }
            }
            self.note(name)?;
        }
        Ok(())
    }

    fn gzip(&mut self, name: &str) -> io::Result<()> {
        let Some(member) = name.strip_suffix(".gz").filter(|member| !member.is_empty()) else {
            return Err(io::Error::other("the name of a gzip file must end in .gz"));
        };
        let file = BufReader::new(File::open(self.archive)?);
        self.file(member, None, &mut flate2::bufread::MultiGzDecoder::new(file))?;
        self.note(member.to_string())
    }

    fn note(&mut self, name: String) -> io::Result<()> {
        if self.names.len() == MAX_MEMBERS {
            return Err(too_much());
        }
        self.names.push(name);
        self.around.interrupted()
    }

    fn folder(&self, name: &str) -> io::Result<()> {
        let path = self.place(name.trim_end_matches('/'))?;
        self.check_real(&path, name)?;
        fs::create_dir_all(path)
    }

    /// Writes a member, completely or not at all.
    fn file(&mut self, name: &str, mode: Option<u32>, content: &mut dyn Read) -> io::Result<()> {
        let path = self.place(name)?;
        self.check_real(&path, name)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let (left, around) = (self.left, self.around);
        let written = write_whole(&path, mode, |file| {
            let mut written = 0;
            let mut buffer = vec![0; 1 << 17];
            loop {
                let n = content.read(&mut buffer)?;
                if n == 0 {
                    return Ok(written);
                }
                written += n as u64;
                if written > left {
                    return Err(too_much());
                }
                file.write_all(&buffer[..n])?;
                around.interrupted()?;
            }
        })?;
        self.left -= written;
        Ok(())
    }

    /// Where a member goes, which its name must not decide freely.
    fn place(&self, name: &str) -> io::Result<PathBuf> {
        let mut place = self.dir.to_path_buf();
        let mut parts = 0;
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) => {
                    place.push(part);
                    parts += 1;
                }
                Component::CurDir => {}
                _ => return Err(refused(name, "it leads out of the archive's folder")),
            }
        }
        let own = place == self.archive
            || Path::new(name).components().next().is_some_and(|first| {
                first.as_os_str().as_encoded_bytes().starts_with(b".guild-cache-")
            });
        if own || parts == 0 || name.contains(['\n', '\r', '\0', '\\']) {
            return Err(refused(name, "it cannot have that name"));
        }
        Ok(place)
    }

    /// No link that is there leads out of the folder.
    fn check_real(&self, path: &Path, name: &str) -> io::Result<()> {
        let real = guild_store::paths::real(path.parent().unwrap_or(path));
        match real.starts_with(guild_store::paths::real(self.dir)) {
            true => Ok(()),
            false => Err(refused(name, "a link leads out of the archive's folder")),
        }
    }

    /// Makes the links, each only if it leads to something in the folder.
    fn link(&self) -> io::Result<()> {
        for (path, to) in &self.links {
            let name = path.strip_prefix(self.dir).unwrap_or(path).display().to_string();
            self.check_real(path, &name)?;
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            if fs::symlink_metadata(path).is_ok_and(|m| !m.is_dir()) {
                fs::remove_file(path)?;
            }
            if to.is_absolute() {
                return Err(refused(&name, "it leads out of the archive's folder"));
            }
            symlink(to, path)?;
        }
        let root = self.dir.canonicalize()?;
        let mut wrong = None;
        for (path, to) in &self.links {
            let name = path.strip_prefix(self.dir).unwrap_or(path).display();
            match path.canonicalize() {
                Ok(real) if real.starts_with(&root) => {}
                Ok(_) => {
                    fs::remove_file(path)?;
                    let reason = "it leads out of the archive's folder";
                    wrong = Some(refused(&name.to_string(), reason));
                }
                Err(_) => {
                    fs::remove_file(path)?;
                    self.around.warn(&format!(
                        "skipping the link '{name}' in {}: '{}' is not there",
                        self.archive.display(),
                        to.display()
                    ));
                }
            }
        }
        wrong.map_or(Ok(()), Err)
    }
}

/// A tar file's content without its compression.
fn plain(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    Read::by_ref(&mut file).take(6).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    let file = BufReader::new(file);
    Ok(match start.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::bufread::MultiBzDecoder::new(file)),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(lzma_rust2::XzReader::new(file, true)),
        _ => Box::new(file),
    })
}

/// Writes a file beside its place and puts it there when it is whole.
fn write_whole<T>(
    path: &Path,
    mode: Option<u32>,
    write: impl FnOnce(&mut File) -> io::Result<T>,
) -> io::Result<T> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".guild-cache-")
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    let written = write(file.as_file_mut())?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(fs::Permissions::from_mode(mode & 0o777 | 0o600))?;
    }
    if fs::symlink_metadata(path).is_ok_and(|m| m.is_dir()) {
        return Err(io::Error::other(format!("{} is a folder", path.display())));
    }
    file.persist(path).map_err(|e| e.error)?;
    Ok(written)
}

fn refused(name: &str, why: &str) -> io::Error {
    io::Error::other(format!("'{name}' is refused because {why}"))
}

fn too_much() -> io::Error {
    io::Error::other("it holds far more than archives of its size do (unpack it by hand)")
}

#[cfg(test)]
mod tests;
