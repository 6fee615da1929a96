//! From a script's bytes to its text, as Python reads it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::Encoding;

/// The largest script that is read: 4 MiB. What is larger is data, whatever its name says, and
/// parsing it would take seconds and hundreds of megabytes.
pub const MAX_BYTES: u64 = 4 << 20;

/// Why a script has no text. Each form is one line for the user, without the script's path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file cannot be read.
    #[error("{}", os_words(.0))]
    Read(io::Error),
    /// It is a folder, a pipe or a device.
    #[error("not a regular file")]
    NotAFile,
    /// It is larger than [`MAX_BYTES`].
    #[error("the file is too large for a script ({} MB, at most {} MB)", megabytes(*.0), MAX_BYTES >> 20)]
    TooLarge(u64),
    /// It holds a NUL byte.
    #[error("source code cannot contain null bytes (is it a binary file?)")]
    Binary,
    /// Its bytes do not fit the encoding that it has or declares: Python's own words.
    #[error("{0}")]
    Undecodable(String),
    /// It declares an encoding that is not known here. Python itself may know it.
    #[error("unknown encoding: {0}")]
    UnknownEncoding(String),
}

impl SourceError {
    /// Whether an interpreter may still be able to read the script.
    pub fn python_may_know(&self) -> bool {
        matches!(self, SourceError::UnknownEncoding(_))
    }
}

impl SourceError {
    /// Whether the file is nothing that any interpreter could run.
    pub fn is_no_script(&self) -> bool {
        use SourceError::{Binary, NotAFile, Read, TooLarge};
        matches!(self, Read(_) | NotAFile | TooLarge(_) | Binary)
    }
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// `No such file or directory` rather than `No such file or directory (os error 2)`.
fn os_words(e: &io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Reads the script at `path`: its text with `\n` for every line end and without byte order mark.
/// `shown` is how messages name it.
///
/// # Errors
///
/// Any [`SourceError`]. A file that is too large is refused before it is read.
pub fn read(path: &Path, shown: &str) -> Result<String, SourceError> {
    // Before it is opened: opening a pipe would wait for its writer.
    let meta = std::fs::metadata(path).map_err(SourceError::Read)?;
    if !meta.is_file() {
        return Err(SourceError::NotAFile);
    }
    if meta.len() > MAX_BYTES {
        return Err(SourceError::TooLarge(meta.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    let file = File::open(path).map_err(SourceError::Read)?;
    // A file of /proc says that it is empty, and another may grow while it is read.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(SourceError::Read)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(SourceError::TooLarge(bytes.len() as u64));
    }
    decode(bytes, shown)
}

/// Decodes a script's bytes by its byte order mark or coding cookie (PEP 263), UTF-8 without
/// either. `shown` is how messages name the script.
///
/// # Errors
///
/// [`SourceError::Binary`], [`SourceError::Undecodable`], [`SourceError::UnknownEncoding`].
pub fn decode(bytes: Vec<u8>, shown: &str) -> Result<String, SourceError> {
    if bytes.contains(&0) {
        return Err(SourceError::Binary);
    }
    let (bytes, has_mark) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest.to_vec(), true),
        None => (bytes, false),
    };
    let name = cookie(&bytes);
    let codec = name.as_deref().map_or(Some(Codec::Utf8), codec_named);
    let name = name.unwrap_or_default();
    if has_mark && codec != Some(Codec::Utf8) {
        return Err(SourceError::Undecodable(format!("encoding problem: {name} with BOM")));
    }
    let codec = codec.ok_or_else(|| SourceError::UnknownEncoding(name.clone()))?;
    let text = match codec {
        Codec::Utf8 => String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            not_utf8(e.as_bytes(), at, shown)
        })?,
        Codec::Ascii => match bytes.iter().position(|b| !b.is_ascii()) {
            None => String::from_utf8_lossy(&bytes).into_owned(),
            Some(at) => {
                let byte = bytes[at];
                return Err(SourceError::Undecodable(format!(
                    "'ascii' codec can't decode byte 0x{byte:02x} in position {at}: \
                     ordinal not in range(128)"
                )));
            }
        },
        Codec::Latin1 => bytes.iter().map(|&b| char::from(b)).collect(),
        Codec::Other(encoding) => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes)
            .map(|t| t.into_owned())
            .ok_or_else(|| {
                SourceError::Undecodable(format!("'{name}' codec can't decode the file"))
            })?,
    };
    Ok(unix_lines(text))
}

fn not_utf8(bytes: &[u8], at: usize, shown: &str) -> SourceError {
    let line = bytes[..at].iter().filter(|&&b| b == b'\n').count() + 1;
    let byte = bytes.get(at).copied().unwrap_or_default();
    SourceError::Undecodable(format!(
        "Non-UTF-8 code starting with '\\x{byte:02x}' in file {shown} on line {line}, but no encoding \
         declared; see https://peps.python.org/pep-0263/ for details"
    ))
}

/// `\r\n` and `\r` become `\n`, as in a file that Python opens for text.
fn unix_lines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

/// The encoding that a comment in the first two lines declares, as it is written there.
fn cookie(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|&b| b == b'\n' || b == b'\r');
    // A line end of two bytes gives an empty line between, which must not count as the second.
    let first = lines.next()?;
    if let Some(name) = cookie_in(first) {
        return Some(name);
    }
    let blank = |line: &[u8]| !matches!(line.iter().find(|&&b| !matches!(b, b' ' | b'\t' | 0x0c)), Some(&b) if b != b'#');
    if !blank(first) {
        return None;
    }
    let mut second = lines.next()?;
    if second.is_empty() && bytes[first.len()..].starts_with(b"\r\n") {
        second = lines.next()?;
    }
    cookie_in(second)
}

fn cookie_in(line: &[u8]) -> Option<String> {
    let start = line.iter().position(|&b| !matches!(b, b' ' | b'\t' | 0x0c))?;
    let comment = line[start..].strip_prefix(b"#")?;
    let word = b"coding";
    for at in 0..comment.len().saturating_sub(word.len()) {
        let Some([b':' | b'=', rest @ ..]) = comment[at..].strip_prefix(word) else { continue };
        let name: Vec<u8> = rest
            .iter()
            .copied()
            .skip_while(|b| matches!(b, b' ' | b'\t'))
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            .collect();
        if !name.is_empty() {
            return String::from_utf8(name).ok();
        }
    }
    None
}

#[derive(Clone, Copy, PartialEq)]
enum Codec {
    Utf8,
    Ascii,
    Latin1,
    Other(&'static Encoding),
}

/// The codec that Python means by `name`. The names of the WHATWG, which `encoding_rs` goes by,
/// are not all Python's: there `latin-1` and `ascii` are windows-1252 and `utf-16` needs no mark.
fn codec_named(name: &str) -> Option<Codec> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let starts = |base: &str| {
        name.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    if starts("utf-8") || matches!(&*name, "utf8" | "u8" | "utf" | "cp65001") {
        return Some(Codec::Utf8);
    }
    if ["latin-1", "iso-8859-1", "iso-latin-1"].iter().any(|base| starts(base))
        || matches!(&*name, "latin1" | "latin" | "l1" | "iso8859-1" | "8859" | "cp819" | "ibm819")
    {
        return Some(Codec::Latin1);
    }
    if matches!(&*name, "ascii" | "us-ascii" | "646" | "iso646-us") {
        return Some(Codec::Ascii);
    }
    let label = match &*name {
        "cp932" | "ms932" | "mskanji" => "shift_jis",
        "cp936" | "ms936" => "gbk",
        "cp949" | "uhc" | "ms949" => "euc-kr",
        "cp950" | "ms950" => "big5",
        "cp874" => "windows-874",
        "latin-9" | "latin9" | "l9" => "iso-8859-15",
        "latin-10" | "latin10" | "l10" => "iso-8859-16",
        "mac-roman" | "macroman" => "macintosh",
        "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
        "cp1250" | "cp1251" | "cp1252" | "cp1253" | "cp1254" | "cp1255" | "cp1256" | "cp1257"
        | "cp1258" | "cp866" => &name,
        // Those two are others with the WHATWG, and these are none for source code.
        "iso-8859-9" | "iso8859-9" | "latin5" | "l5" | "iso-8859-11" | "tis-620" => return None,
        other if other.starts_with("utf-") || other.starts_with("x-") => return None,
        other => other,
    };
    let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
    let code = encoding.is_ascii_compatible() && encoding != encoding_rs::UTF_8;
    code.then_some(Codec::Other(encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<String, String> {
        decode(bytes.to_vec(), "./x.py").map_err(|e| e.to_string())
    }

    #[test]
    fn utf8_is_the_default_and_a_mark_is_dropped() {
        assert_eq!(text("é = 'ü'\r\nx\ry".as_bytes()).unwrap(), "é = 'ü'\nx\ny");
        assert_eq!(text(b"\xef\xbb\xbfx = 1").unwrap(), "x = 1");
    }

    #[test]
    fn bytes_that_are_no_utf8_are_reported_as_python_does() {
        assert_eq!(
            text(b"x = 1\ny = '\xe9'\n").unwrap_err(),
            "Non-UTF-8 code starting with '\\xe9' in file ./x.py on line 2, but no encoding \
             declared; see https://peps.python.org/pep-0263/ for details"
        );
        assert_eq!(
            text(b"# coding: ascii\n'\xe9'").unwrap_err(),
            "'ascii' codec can't decode byte 0xe9 in position 17: ordinal not in range(128)"
        );
        assert!(text(b"\x7fELF\0\0").unwrap_err().contains("null bytes"));
    }

    #[test]
    fn a_cookie_in_the_first_two_lines_counts() {
        assert_eq!(
            text(b"# -*- coding: latin-1 -*-\n'\xe9\x80'").unwrap().chars().nth(27),
            Some('é')
        );
        assert_eq!(
            text(b"#!/usr/bin/python\r\n# vim: set fileencoding=cp1252 :\r\n'\x80'").unwrap(),
            "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'€'"
        );
        assert_eq!(text(b"\n \t# coding=koi8-r\n'\xc1'").unwrap(), "\n \t# coding=koi8-r\n'а'");
        // Not in the third line, not behind code, not in a string.
        assert!(text(b"\n\n# coding: latin-1\n'\xe9'").is_err());
        assert!(text(b"x = 1\n# coding: latin-1\n'\xe9'").is_err());
        assert!(text(b"x = 1 # coding: latin-1\n'\xe9'").is_err());
        assert!(text(b"'# coding: latin-1'\n'\xe9'").is_err());
    }

    #[test]
    fn odd_cookies() {
        assert_eq!(text(b"\xef\xbb\xbf# coding: utf_8\nx").unwrap(), "# coding: utf_8\nx");
        assert_eq!(
            text(b"\xef\xbb\xbf# coding: latin-1\nx").unwrap_err(),
            "encoding problem: latin-1 with BOM"
        );
        assert_eq!(text(b"# coding: klingon\nx").unwrap_err(), "unknown encoding: klingon");
        assert_eq!(text(b"# coding: utf-16\nx").unwrap_err(), "unknown encoding: utf-16");
        assert_eq!(text(b"# coding: \nx").unwrap(), "# coding: \nx");
    }

    #[test]
    fn what_is_no_script_is_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let big = dir.path().join("big.py");
        File::create(&big).unwrap().set_len(50_000_000).unwrap();
        let start = std::time::Instant::now();
        assert_eq!(
            read(&big, "./big.py").unwrap_err().to_string(),
            "the file is too large for a script (48 MB, at most 4 MB)"
        );
        assert!(start.elapsed().as_millis() < 500);
        assert_eq!(read(dir.path(), ".").unwrap_err().to_string(), "not a regular file");
        assert_eq!(
            read(&dir.path().join("no.py"), "./no.py").unwrap_err().to_string(),
            "No such file or directory"
        );
    }
}
