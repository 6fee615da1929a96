//! Telling text files from others.
//!
//! Source: `guild/util.py` of 0.9.0, `is_text_file`: a few extensions decide at once, otherwise
//! the first 1024 bytes do. Where 0.9.0 asks chardet for its guess, this asks
//! `encoding`, which knows the cases that come out as text.
//!
//! 0.9.0 with chardet 7 crashes on files that chardet takes for binary, such as SQLite databases
//! and pictures without an extension. Here, as with the chardet of its time, there is simply no
//! guess for them, and they are judged by their bytes.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::encoding;
use crate::transfer;

const TEXT_EXTENSIONS: &[&str] = &["csv", "md", "py", "sh", "txt"];

const BINARY_EXTENSIONS: &[&str] = &[
    "ai", "bmp", "gif", "ico", "jpeg", "jpg", "png", "ps", "psd", "svg", "tif", "tiff", "aif",
    "mid", "midi", "mpa", "mp3", "ogg", "wav", "wma", "avi", "mov", "mp4", "mpeg", "swf", "wmv",
    "7z", "deb", "gz", "pkg", "rar", "rpm", "tar", "xz", "z", "zip", "doc", "docx", "key", "pdf",
    "ppt", "pptx", "xlr", "xls", "xlsx", "bin", "pickle", "pkl", "pyc",
];

/// How much of a file is looked at.
const SAMPLE_SIZE: u64 = 1024;

/// Whether a file is text. Folders, pipes and files that cannot be read are not.
///
/// # Errors
///
/// The system's error when there is no such file, or a link to none.
pub fn is_text(path: &Path) -> io::Result<bool> {
    if !fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    if let Some(extension) = extension(path) {
        if TEXT_EXTENSIONS.contains(&&*extension) {
            return Ok(true);
        }
        if BINARY_EXTENSIONS.contains(&&*extension) {
            return Ok(false);
        }
    }
    Ok(read_sample(path).is_ok_and(|sample| sample.is_some_and(|sample| sample_is_text(&sample))))
}

/// The start of a file; none for what is not one.
fn read_sample(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some((file, _)) = transfer::open(path)? else { return Ok(None) };
    let mut sample = Vec::with_capacity(SAMPLE_SIZE as usize);
    file.take(SAMPLE_SIZE).read_to_end(&mut sample)?;
    Ok(Some(sample))
}

/// Whether the first 1024 bytes of a file, or all that it has, are text.
pub fn sample_is_text(sample: &[u8]) -> bool {
    if sample.is_empty() {
        return true;
    }
    let part = |count: usize| count as f64 / sample.len() as f64;
    let unprintable = part(sample.iter().filter(|&&byte| !is_printable_ascii(byte)).count());
    let not_high = part(sample.iter().filter(|&&byte| byte < 127).count());
    let mostly_high = unprintable > 0.3 && not_high < 0.05;
    let mostly_control = unprintable > 0.8 && not_high > 0.8;
    let odd_bytes = sample.iter().any(|&byte| byte == 0 || byte == 0xff);
    // Looked into only where it makes a difference.
    !(mostly_high || mostly_control || odd_bytes) || encoding::decodes(sample)
}

fn is_printable_ascii(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c | 0x08 | 32..127)
}

/// The extension in lower case, as `os.path.splitext` sees it: dots that a name starts with do
/// not make one.
fn extension(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    let (_, extension) = name.trim_start_matches('.').rsplit_once('.')?;
    Some(extension.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_those_of_splitext() {
        for (name, expected) in [
            ("a.PY", Some("py")),
            ("a.tar.gz", Some("gz")),
            (".bashrc", None),
            ("..py", None),
            (".a.py", Some("py")),
            ("a.", Some("")),
            ("a", None),
        ] {
            assert_eq!(extension(Path::new(name)).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn samples() {
        let sqlite = [&b"SQLite format 3\0\x10\0\x01\x01\0@  \0\0"[..], &[0; 1000]].concat();
        for (sample, expected) in [
            (&b""[..], true),
            (b"plain text\n", true),
            (b"caf\xe9 in Latin-1\n", true),
            ("κείμενο".as_bytes(), true),
            (b"\x1b[31mred\x1b[0m", true),
            (b"a\0b", false),
            (b"\xff\xd8\xff\xe0 picture", false),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", false),
            (&sqlite, false),
            (b"\x1f\x8b\x08\0\0\0\0\0\0\xff", false),
            (b"\xa7\r\r\n\0\0\0\0\x8a\x11", false),
            (b"\xff\xfeh\0i\0\n\0", true),
            (b"\xfe\xff\0h\0i\0\n", true),
            (b"\x01\x02\x03\x04\x05", false),
        ] {
            assert_eq!(sample_is_text(sample), expected, "{sample:?}");
        }
    }

    #[test]
    fn extensions_come_first() {
        let dir = tempfile::tempdir().unwrap();
        for (name, content, expected) in [
            ("a.py", &b"\0\0\0"[..], true),
            ("a.png", b"text", false),
            ("a.pyc", b"text", false),
            ("a", b"text", true),
            ("a.db", b"\x01\0\0\0\0\0\0\0\0", false),
        ] {
            let path = dir.path().join(name);
            fs::write(&path, content).unwrap();
            assert_eq!(is_text(&path).unwrap(), expected, "{name}");
        }
        assert!(!is_text(dir.path()).unwrap());
        assert!(is_text(&dir.path().join("none.py")).is_err());
    }
}
