//! Copying one file, taking its digests on the way.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use md5::{Digest, Md5};
use sha1::Sha1;

/// How much of a large file is copied at a time.
const BUFFER_SIZE: usize = 128 * 1024;

/// Up to this size a file is copied in one go, and kept until its digests are taken.
const SMALL: usize = 256 * 1024;

/// Opens a regular file for reading, without ever waiting; none for what is not one.
pub(crate) fn open(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    // Looked at before, since opening alone does something to some devices, and after, since
    // something else may be there by then.
    if !fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    let meta = file.metadata()?;
    Ok(meta.is_file().then_some((file, meta)))
}

/// Opens a file that is to be a regular one, as [`open`] does.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    match open(path)? {
        Some((file, _)) => Ok(file),
        None => Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file")),
    }
}

/// Reads a file that is to be a regular one.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads to the end and calls `take` with each part.
pub(crate) fn read_parts<E>(
    source: &mut File,
    buffer: &mut [u8],
    failed: impl Fn(io::Error) -> E,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        match source.read(buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => take(&buffer[..count])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// Why a file was not copied.
#[derive(Debug)]
pub(crate) enum Failure {
    NotAFile,
    Read(io::Error),
    Write(io::Error),
}

/// A file that was copied.
#[derive(Debug)]
pub(crate) struct Copied {
    /// The SHA-1 of what it holds, in hexadecimal.
    pub sha1: String,
    content: Content,
}

/// What a copy holds.
#[derive(Debug)]
enum Content {
    Small(Vec<u8>),
    /// In the copy: what is large is not kept in memory.
    Large(File),
}

impl Copied {
    /// Adds what the file holds to a digest.
    pub(crate) fn add_to(self, digest: &mut Md5) -> io::Result<()> {
        match self.content {
            Content::Small(bytes) => digest.update(&bytes),
            Content::Large(mut copy) => {
                copy.seek(SeekFrom::Start(0))?;
                read_parts(
                    &mut copy,
                    &mut vec![0; BUFFER_SIZE],
                    |error| error,
                    |bytes| {
                        digest.update(bytes);
                        Ok(())
                    },
                )?;
            }
        }
        Ok(())
    }
}

/// Copies `from` to `to` with its mode bits.
///
/// What is at `to` already, is replaced, not written to: it may be a link to elsewhere.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<Copied, Failure> {
    let (mut source, meta) = open(from).map_err(Failure::Read)?.ok_or(Failure::NotAFile)?;
    let dest = create(to).map_err(Failure::Write)?;
    let mode = dest.try_clone();
    match copy_open(&mut source, meta.len(), dest) {
        Ok(copied) => {
            // Not every file system has mode bits to set.
            let _ = mode.and_then(|dest| dest.set_permissions(meta.permissions()));
            Ok(copied)
        }
        Err(failure) => {
            // Half a file is worse than none; the failure itself is reported.
            let _ = fs::remove_file(to);
            Err(failure)
        }
    }
}

/// Copies a file that `len` bytes are expected of.
fn copy_open(source: &mut File, len: u64, mut dest: File) -> Result<Copied, Failure> {
    // One byte more, to see the end with the content.
    let expected = usize::try_from(len).unwrap_or(SMALL).min(SMALL) + 1;
    let mut bytes = Vec::with_capacity(expected);
    let small = SMALL as u64 + 1;
    Read::by_ref(source).take(small).read_to_end(&mut bytes).map_err(Failure::Read)?;
    if bytes.len() <= SMALL {
        dest.write_all(&bytes).map_err(Failure::Write)?;
        let sha1 = hex(&Sha1::digest(&bytes));
        return Ok(Copied { sha1, content: Content::Small(bytes) });
    }
    let mut sha1 = Sha1::new();
    if clone(source, &dest) {
        // Of the copy, since the source may have changed meanwhile.
        bytes.resize(BUFFER_SIZE, 0);
        read_parts(&mut dest, &mut bytes, Failure::Read, |bytes| {
            sha1.update(bytes);
            Ok(())
        })?;
    } else {
        let mut write = |bytes: &[u8]| {
            sha1.update(bytes);
            dest.write_all(bytes).map_err(Failure::Write)
        };
        write(&bytes)?;
        bytes.resize(BUFFER_SIZE, 0);
        read_parts(source, &mut bytes, Failure::Read, write)?;
    }
    Ok(Copied { sha1: hex(&sha1.finalize()), content: Content::Large(dest) })
}

/// Has the file system share the content of both files, until one is written to, where it can.
#[cfg(target_os = "linux")]
fn clone(source: &File, dest: &File) -> bool {
    rustix::fs::ioctl_ficlone(dest, source).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn clone(_source: &File, _dest: &File) -> bool {
    false
}

/// Creates a file that was not there before.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Read again for digests.
    options.read(true).write(true).create_new(true);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            options.open(path)
        }
        result => result,
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_takes_digests() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        for len in [0, 1, 4095, 4096, SMALL - 1, SMALL, SMALL + 1, SMALL + BUFFER_SIZE + 7] {
            let content: Vec<u8> = (0..len).map(|at| at as u8).collect();
            fs::write(&from, &content).unwrap();
            let mut digest = Md5::new();
            let copied = copy(&from, &to).unwrap();
            assert_eq!(fs::read(&to).unwrap(), content);
            assert_eq!(copied.sha1, hex(&Sha1::digest(&content)));
            copied.add_to(&mut digest).unwrap();
            assert_eq!(digest.finalize(), Md5::digest(&content));
        }
    }

    #[cfg(unix)]
    #[test]
    fn mode_bits_come_along() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::write(&from, "x").unwrap();
        for mode in [0o755, 0o444, 0o600, 0o777] {
            fs::set_permissions(&from, fs::Permissions::from_mode(mode)).unwrap();
            // A copy that is read-only is replaced by the next.
            copy(&from, &to).unwrap();
            assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o7777, mode);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_from_a_file_that_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("from"), "x").unwrap();
        let mut source = File::open(dir.path().join("from")).unwrap();
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let result = copy_open(&mut source, 1, full);
        assert!(
            matches!(&result, Err(Failure::Write(e)) if e.kind() == ErrorKind::StorageFull),
            "{result:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_at_the_destination_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name| dir.path().join(name);
        fs::write(path("from"), "new").unwrap();
        fs::write(path("elsewhere"), "old").unwrap();
        std::os::unix::fs::symlink("elsewhere", path("to")).unwrap();
        copy(&path("from"), &path("to")).unwrap();
        assert_eq!(fs::read(path("elsewhere")).unwrap(), b"old");
        assert_eq!(fs::read(path("to")).unwrap(), b"new");
        assert!(!fs::symlink_metadata(path("to")).unwrap().is_symlink());
    }
}
