//! Attributes: one YAML file each in `.guild/attrs`.
//!
//! An attribute that cannot be read is an [`AttrError`], never a panic: Guild AI 0.9.0 stops with
//! a traceback where one run has a damaged one. See [`Run`](crate::Run) for the methods.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use guild_plugin_api::Value;

use crate::error::PathError;

/// Why an attribute cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AttrError {
    /// The name is empty or would leave the attributes' folder.
    #[error("invalid attribute name {0:?}")]
    Name(String),
    /// The operating system refused.
    #[error(transparent)]
    File(#[from] PathError),
    /// The file is no text in UTF-8.
    #[error("invalid attribute {}: not UTF-8", .0.display())]
    Encoding(PathBuf),
    /// The file is no YAML.
    #[error("invalid attribute {}: {source}", path.display())]
    Yaml {
        /// The attribute's file.
        path: PathBuf,
        /// What is wrong with it.
        source: guild_yaml::Error,
    },
    /// The attribute holds something else than what was asked for.
    #[error("invalid attribute {}: expected {expected}", path.display())]
    Type {
        /// The attribute's file.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
    },
}

/// The file of attribute `name` in the folder `attrs`.
pub(crate) fn path(attrs: &Path, name: &str) -> Result<PathBuf, AttrError> {
    if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
        return Err(AttrError::Name(name.to_string()));
    }
    Ok(attrs.join(name))
}

/// The value of attribute `name`; none when there is no such file, or it holds nothing or `null`.
pub(crate) fn read(attrs: &Path, name: &str) -> Result<Option<Value>, AttrError> {
    let path = path(attrs, name)?;
    let Some(bytes) = read_file(&path)? else { return Ok(None) };
    decode(&bytes, || path)
}

/// The number that attribute `name` holds; none as for [`read`].
///
/// A plain number, which is what Guild writes, is read without the YAML machinery: listing
/// thousands of runs reads one of these per run.
pub(crate) fn read_int(attrs: &Path, name: &str) -> Result<Option<i64>, AttrError> {
    let path = path(attrs, name)?;
    match File::open(&path) {
        Ok(file) => {
            if let Some(number) = plain_number(&file) {
                return Ok(Some(number));
            }
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) => {}
    }
    let Some(bytes) = read_file(&path)? else { return Ok(None) };
    let value = decode(&bytes, || path.clone())?;
    value
        .map(|value| number(&value).ok_or(AttrError::Type { path, expected: "a number" }))
        .transpose()
}

/// A number as 0.9.0 takes it, which only compares and divides.
pub fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(i) => Some(*i),
        Value::Float(f) if f.abs() < 9e18 => Some(*f as i64),
        _ => None,
    }
}

/// All of a file; none when there is no such file.
pub(crate) fn read_file(path: &Path) -> Result<Option<Vec<u8>>, PathError> {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|mut file| read_to_end(&mut file, &mut bytes)) {
        Ok(()) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(PathError::on("read", path)(e)),
    }
}

/// Adds what a file holds to `bytes`. Lists read several files per run, so a small one is read with
/// one call of the system.
///
/// # Errors
/// That of the system.
pub fn read_to_end(file: &mut File, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut part = [0; 512];
    loop {
        match file.read(&mut part) {
            Ok(count) if count < part.len() => {
                bytes.extend(&part[..count]);
                return Ok(());
            }
            Ok(_) => {
                bytes.extend(part);
                // A larger one has its own size asked for.
                return file.read_to_end(bytes).map(drop);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// What the file at `path` holds, of which these are the bytes.
pub(crate) fn decode(
    bytes: &[u8],
    path: impl FnOnce() -> PathBuf,
) -> Result<Option<Value>, AttrError> {
    if let Some(number) = plain_int(bytes) {
        return Ok(Some(Value::Int(number)));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(AttrError::Encoding(path())) };
    match guild_yaml::decode(text) {
        Ok(Value::Null) => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(source) => Err(AttrError::Yaml { path: path(), source }),
    }
}

/// The number in a file that is open, if it is as Guild writes it; any other is for
/// [`Run::int_attr`](crate::Run::int_attr) to read.
pub fn plain_number(mut file: &File) -> Option<i64> {
    let mut start = [0; 32];
    let count = file.read(&mut start).ok()?;
    // A full buffer may not be the whole file.
    start.get(..count).filter(|_| count < start.len()).and_then(plain_int)
}

/// A decimal number as Guild writes it: `-`, digits, a line end. A leading zero would make it
/// octal in YAML 1.1, so that is not plain.
fn plain_int(bytes: &[u8]) -> Option<i64> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let plain = matches!(digits, [b'0'] | [b'1'..=b'9', ..]);
    if !plain || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn with(content: &[u8]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), content).unwrap();
        dir
    }

    #[test]
    fn missing_empty_and_null_are_none() {
        for content in ["", "\n", "null\n", "~", "# only a comment\n"] {
            let dir = with(content.as_bytes());
            assert_eq!(read(dir.path(), "a").unwrap(), None, "{content:?}");
            assert_eq!(read_int(dir.path(), "a").unwrap(), None, "{content:?}");
        }
        assert_eq!(read(with(b"").path(), "b").unwrap(), None);
    }

    #[test]
    fn names_stay_in_the_folder() {
        for name in ["", ".", "..", "../opref", "/etc/passwd", "a\0"] {
            assert!(matches!(read(Path::new("/tmp"), name), Err(AttrError::Name(_))), "{name:?}");
        }
    }

    #[test]
    fn plain_numbers_and_others() {
        for (content, want) in [
            ("1795374673572214\n", Some(1_795_374_673_572_214)),
            ("-15\n", Some(-15)),
            ("0", Some(0)),
            ("017\n", Some(15)),
            ("1_000\n", Some(1000)),
            ("1.5\n", Some(1)),
            ("  7 # seven\n", Some(7)),
        ] {
            assert_eq!(read_int(with(content.as_bytes()).path(), "a").unwrap(), want, "{content}");
        }
        for content in ["abc", "[1]", "99999999999999999999", "true", ".inf"] {
            let read = read_int(with(content.as_bytes()).path(), "a");
            assert!(matches!(read, Err(AttrError::Type { .. })), "{content}: {read:?}");
        }
    }

    #[test]
    fn garbage_names_the_file() {
        for (content, what) in
            [(&b"\xff\xfe\xfd"[..], "UTF-8"), (b"a: [1", "line"), (b"\"", "line")]
        {
            let e = read(with(content).path(), "a").unwrap_err().to_string();
            assert!(e.starts_with("invalid attribute /") && e.contains(what), "{e}");
        }
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        assert!(matches!(read(dir.path(), "a"), Err(AttrError::File(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_content_makes_reading_panic(content in proptest::collection::vec(any::<u8>(), 0..40)) {
            let dir = with(&content);
            let _ = read(dir.path(), "a");
            let _ = read_int(dir.path(), "a");
        }

        #[test]
        fn plain_numbers_are_what_yaml_says(n in any::<i64>()) {
            prop_assert_eq!(plain_int(format!("{n}\n").as_bytes()), Some(n));
        }
    }
}
