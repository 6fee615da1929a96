//! Copying one file, taking its digests on the way.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use md5::{Digest, Md5};
use sha1::Sha1;

/// How much is copied at a time.
const BUFFER_SIZE: usize = 128 * 1024;

/// Opens a regular file for reading, without ever waiting; none for what is not one.
pub(crate) fn open(path: &Path) -> io::Result<Option<File>> {
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
    Ok(file.metadata()?.is_file().then_some(file))
}

/// Why a file was not copied.
#[derive(Debug)]
pub(crate) enum Failure {
    NotAFile,
    Read(io::Error),
    Write(io::Error),
}

/// Copies files one after the other.
#[derive(Debug, Default)]
pub(crate) struct Transfer {
    buffer: Vec<u8>,
}

impl Transfer {
    /// Copies `from` to `to` with its mode bits, adds the content to `digest` and returns its
    /// SHA-1 in hexadecimal.
    ///
    /// What is at `to` already, is replaced, not written to: it may be a link to elsewhere.
    pub(crate) fn copy(
        &mut self,
        from: &Path,
        to: &Path,
        digest: &mut Md5,
    ) -> Result<String, Failure> {
        let mut source = open(from).map_err(Failure::Read)?.ok_or(Failure::NotAFile)?;
        let meta = source.metadata().map_err(Failure::Read)?;
        let mut dest = create(to).map_err(Failure::Write)?;
        let copied = self.copy_open(&mut source, meta.len(), &mut dest, digest);
        match copied {
            Ok(sha1) => {
                // Not every file system has mode bits to set.
                let _ = dest.set_permissions(meta.permissions());
                Ok(sha1)
            }
            Err(failure) => {
                drop(dest);
                // Half a file is worse than none; the failure itself is reported.
                let _ = fs::remove_file(to);
                Err(failure)
            }
        }
    }

    fn copy_open(
        &mut self,
        source: &mut File,
        len: u64,
        dest: &mut File,
        digest: &mut Md5,
    ) -> Result<String, Failure> {
        // Small files need no large buffer. One byte more, to see the end with the content.
        let wanted = usize::try_from(len).unwrap_or(BUFFER_SIZE).saturating_add(1);
        let wanted = wanted.clamp(4096, BUFFER_SIZE);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let mut sha1 = Sha1::new();
        loop {
            let count = match source.read(&mut self.buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::Read(error)),
            };
            let bytes = &self.buffer[..count];
            dest.write_all(bytes).map_err(Failure::Write)?;
            sha1.update(bytes);
            digest.update(bytes);
        }
        Ok(hex(&sha1.finalize()))
    }
}

/// Creates a file that was not there before.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
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
        for len in [0, 1, 4095, 4096, BUFFER_SIZE, 3 * BUFFER_SIZE + 7] {
            let content: Vec<u8> = (0..len).map(|at| at as u8).collect();
            fs::write(&from, &content).unwrap();
            let mut digest = Md5::new();
            let sha1 = Transfer::default().copy(&from, &to, &mut digest).unwrap();
            assert_eq!(fs::read(&to).unwrap(), content);
            assert_eq!(sha1, hex(&Sha1::digest(&content)));
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
            Transfer::default().copy(&from, &to, &mut Md5::new()).unwrap();
            assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o7777, mode);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_at_the_destination_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name| dir.path().join(name);
        fs::write(path("from"), "new").unwrap();
        fs::write(path("elsewhere"), "old").unwrap();
        std::os::unix::fs::symlink("elsewhere", path("to")).unwrap();
        Transfer::default().copy(&path("from"), &path("to"), &mut Md5::new()).unwrap();
        assert_eq!(fs::read(path("elsewhere")).unwrap(), b"old");
        assert_eq!(fs::read(path("to")).unwrap(), b"new");
        assert!(!fs::symlink_metadata(path("to")).unwrap().is_symlink());
    }
}
