//! Digests of files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::resolve::{Surroundings, busy};

/// The SHA-1 of a file's content, in hexadecimal. An interrupt is an error.
pub(crate) fn sha1(path: &Path, around: &dyn Surroundings) -> io::Result<String> {
    of_file(path, sha1::Sha1::new(), around)
}

/// The SHA-256 of a file's content, in hexadecimal. An interrupt is an error.
pub(crate) fn sha256(path: &Path, around: &dyn Surroundings) -> io::Result<String> {
    busy(around, "Checking", path);
    of_file(path, Sha256::new(), around)
}

/// The SHA-224 of a text, in hexadecimal: the names of folders among the cached resources.
pub(crate) fn sha224(text: &str) -> String {
    hex(&sha2::Sha224::digest(text.as_bytes()))
}

/// The SHA-1 of a text, in hexadecimal: the names of marks of what was done.
pub(crate) fn sha1_of_text(text: &str) -> String {
    hex(&sha1::Sha1::digest(text.as_bytes()))
}

fn of_file<D: Digest>(path: &Path, mut digest: D, around: &dyn Surroundings) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 17];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            n => digest.update(&buffer[..n]),
        }
        around.interrupted()?;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
