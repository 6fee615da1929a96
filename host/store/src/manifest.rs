//! `.guild/manifest`: which files Guild put into a run, and where they came from.
//!
//! One line a file, words quoted as for a shell:
//!
//! | line | what |
//! |---|---|
//! | `s DEST SHA1 SRC` | source code, copied from `SRC` in the project |
//! | `d DEST SHA1 URI [SUBPATH]` | a dependency; a folder has `-` for the digest |
//! | `i DEST SHA1 URI [SUBPATH]` | a file that Guild itself made |
//!
//! `DEST` is the path in the run directory, with `/` between its parts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use guild_flags::shell;

use crate::error::PathError;
use crate::run::Run;

/// One line of a manifest: its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry(pub Vec<String>);

/// What a manifest holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The lines, in the order in which they were written.
    pub entries: Vec<Entry>,
    /// The numbers, from 1, of lines that cannot be read: broken off or not UTF-8.
    pub unreadable: Vec<usize>,
}

impl Entry {
    /// A source code file, `dest` in the run directory, copied from `src` in the project.
    pub fn sourcecode(dest: &str, sha1: &str, src: &str) -> Entry {
        Entry(["s", dest, sha1, src].map(String::from).to_vec())
    }

    /// A file or folder (`sha1` none) of a dependency. `source` is its URI and, for one out of an
    /// archive, the path in there.
    pub fn dependency(dest: &str, sha1: Option<&str>, source: &[&str]) -> Entry {
        Entry::resolved("d", dest, sha1, source)
    }

    /// A file that Guild made, as [`Entry::dependency`].
    pub fn internal(dest: &str, sha1: Option<&str>, source: &[&str]) -> Entry {
        Entry::resolved("i", dest, sha1, source)
    }

    fn resolved(kind: &str, dest: &str, sha1: Option<&str>, source: &[&str]) -> Entry {
        let words = [kind, dest, sha1.unwrap_or("-")];
        Entry(words.iter().chain(source).map(|w| w.to_string()).collect())
    }

    /// `s`, `d`, `i`, or what another program writes; empty for an empty line.
    pub fn kind(&self) -> &str {
        self.word(0).unwrap_or_default()
    }

    /// The path in the run directory.
    pub fn dest(&self) -> Option<&str> {
        self.word(1)
    }

    /// The SHA-1 of the content; none for a folder.
    pub fn sha1(&self) -> Option<&str> {
        self.word(2).filter(|w| *w != "-")
    }

    /// Where the file came from: a path in the project, or a URI.
    pub fn source(&self) -> Option<&str> {
        self.word(3)
    }

    fn word(&self, i: usize) -> Option<&str> {
        self.0.get(i).map(String::as_str)
    }

    fn line(&self) -> String {
        shell::join(&self.0) + "\n"
    }
}

/// Where the manifest of `run` is.
pub fn path(run: &Run) -> PathBuf {
    run.guild_path("manifest")
}

/// Reads the manifest of `run`; none when it has none.
pub fn read(run: &Run) -> Result<Option<Manifest>, PathError> {
    let path = path(run);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(parse(&bytes))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(PathError::on("read", &path)(e)),
    }
}

/// The run's source code files, as paths in the run directory; none when it has no manifest.
pub fn sourcecode_files(run: &Run) -> Result<Vec<String>, PathError> {
    let entries = read(run)?.unwrap_or_default().entries;
    let files = entries.iter().filter(|e| e.kind() == "s").filter_map(Entry::dest);
    Ok(files.map(String::from).collect())
}

/// Reads a manifest's content.
///
/// A name that holds a line end is quoted over two lines; 0.9.0 writes such lines and stumbles
/// over them. A line whose quotation marks are never closed is left out and noted.
pub fn parse(content: &[u8]) -> Manifest {
    let mut manifest = Manifest::default();
    let lines: Vec<&[u8]> = content.split_inclusive(|b| *b == b'\n').collect();
    let mut i = 0;
    while i < lines.len() {
        let count = lines_of_entry(&lines[i..]);
        let text = lines[i..i + count].concat();
        let words = std::str::from_utf8(&text).ok().and_then(|text| shell::split(text).ok());
        match words {
            Some(words) if words.is_empty() => {}
            Some(words) => manifest.entries.push(Entry(words)),
            None => manifest.unreadable.push(i + 1),
        }
        i += count;
    }
    manifest
}

/// How many of `lines`, of which there is at least one, make up the first entry: up to the one
/// at whose end no quotation mark is open. One when that never comes.
fn lines_of_entry(lines: &[&[u8]]) -> usize {
    let mut quote = None;
    for (i, line) in lines.iter().enumerate() {
        let mut bytes = line.iter();
        while let Some(b) = bytes.next() {
            match (quote, b) {
                (None, b'\'' | b'"') => quote = Some(*b),
                (None | Some(b'"'), b'\\') => {
                    bytes.next();
                }
                (Some(open), b) if open == *b => quote = None,
                _ => {}
            }
        }
        if quote.is_none() {
            return i + 1;
        }
    }
    1
}

/// A manifest that lines are added to.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
}

impl Writer {
    /// Opens the manifest of `run` for adding; it is created when missing.
    pub fn append(run: &Run) -> Result<Writer, PathError> {
        let path = path(run);
        let file = OpenOptions::new().append(true).create(true).open(&path);
        Ok(Writer { file: file.map_err(PathError::on("write", &path))?, path })
    }

    /// Adds a line, in one piece: several processes may add to one manifest.
    pub fn write(&mut self, entry: &Entry) -> Result<(), PathError> {
        self.file.write_all(entry.line().as_bytes()).map_err(PathError::on("write", &self.path))
    }

    /// The manifest's path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_those_of_0_9_0() {
        let digest = "cf74164ce6837c10370d3f111389ed68fde8bc1c";
        let source = Entry::sourcecode("a b.py", digest, "src/a b.py");
        assert_eq!(source.line(), format!("s 'a b.py' {digest} 'src/a b.py'\n"));
        let dep = Entry::dependency("data", None, &["file:data.zip", "x/data"]);
        assert_eq!(dep.line(), "d data - file:data.zip x/data\n");
        assert_eq!(Entry::internal("f", Some("1"), &["u"]).line(), "i f 1 u\n");
        let read = parse((source.line() + &dep.line()).as_bytes());
        assert_eq!(read.entries, [source.clone(), dep.clone()]);
        assert_eq!((source.kind(), source.dest()), ("s", Some("a b.py")));
        assert_eq!((source.sha1(), source.source()), (Some(digest), Some("src/a b.py")));
        assert_eq!((dep.sha1(), dep.source()), (None, Some("file:data.zip")));
    }

    #[test]
    fn damaged_lines_are_left_out() {
        let read = parse(b"s a 1 a\ns 'b 1 b\n\ns c 1 c\n\xff\ns d 1 d");
        let names: Vec<_> = read.entries.iter().filter_map(Entry::dest).collect();
        assert_eq!(names, ["a", "c", "d"]);
        assert_eq!(read.unreadable, [2, 5]);
    }

    #[test]
    fn a_line_end_in_a_name_is_part_of_it() {
        let entry = Entry::sourcecode("a\nb'c", "1", "\n");
        let read = parse((entry.line() + "s x 1 x\n").as_bytes());
        assert_eq!(read.entries, [entry, Entry::sourcecode("x", "1", "x")]);
    }

    #[test]
    fn a_runs_manifest_is_added_to() {
        let dir = tempfile::tempdir().unwrap();
        let run = crate::run::new_run(dir.path()).unwrap();
        assert_eq!(read(&run).unwrap(), None);
        assert_eq!(sourcecode_files(&run).unwrap(), Vec::<String>::new());
        Writer::append(&run).unwrap().write(&Entry::sourcecode("a", "1", "a")).unwrap();
        let mut writer = Writer::append(&run).unwrap();
        writer.write(&Entry::dependency("b", None, &["file:b"])).unwrap();
        assert_eq!(writer.path(), path(&run));
        assert_eq!(read(&run).unwrap().unwrap().entries.len(), 2);
        assert_eq!(sourcecode_files(&run).unwrap(), ["a"]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            entries in proptest::collection::vec(
                proptest::collection::vec("[^\0]{0,6}|[a'\"\\\\\n]{0,6}", 1..5), 0..5
            )
        ) {
            let entries: Vec<Entry> = entries.into_iter().map(Entry).collect();
            let text: String = entries.iter().map(Entry::line).collect();
            let read = parse(text.as_bytes());
            prop_assert_eq!(read.entries, entries);
            prop_assert!(read.unreadable.is_empty());
        }

        #[test]
        fn no_content_makes_parsing_panic(content in "[sd '\"\\\\\n]{0,30}|\\PC{0,20}") {
            parse(content.as_bytes());
        }

        #[test]
        fn no_bytes_make_parsing_panic(content in proptest::collection::vec(any::<u8>(), 0..40)) {
            parse(&content);
        }
    }
}
