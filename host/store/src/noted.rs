//! [`Noted`]: what lists, filters and comparisons ask of every run, read at once.

use std::io;
use std::path::PathBuf;

use guild_plugin_api::Value;

use crate::attr::{self, AttrError};
use crate::opref::OpRef;
use crate::run::{ReadOpRefError, Run};

/// What lists, filters and comparisons ask of every run: its operation reference and some of its
/// attributes, as they are in their files.
///
/// It is true of the moment when it was read, as [`crate::Listed`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted(
    /// Each of [`Noted::FILES`] behind its length, 4 bytes with the least first, and so the names of
    /// the attributes that there are besides, as far as they are not usual.
    Box<[u8]>,
);

const ATTRIBUTES: &str = "attrs/";

/// The length of a file that is not there.
const MISSING: u32 = u32::MAX;

/// With more bytes than these in its files, a run is read when it is asked.
const MANY: usize = 1 << 16;

impl Noted {
    /// The files that are noted, below `.guild`.
    pub const FILES: [&str; 7] = [
        "opref",
        "attrs/compare",
        "attrs/exit_status",
        "attrs/flags",
        "attrs/label",
        "attrs/marked",
        "attrs/stopped",
    ];

    /// Reads the files. `attributes` are the names of all that the run has, each with a 0 behind it;
    /// `read` is called with the path of each file that is there, and adds its content to what it is
    /// given. None where there is one that cannot be read, or too much.
    pub fn read(
        attributes: &[u8],
        mut read: impl FnMut(&str, &mut Vec<u8>) -> io::Result<()>,
    ) -> Option<Noted> {
        // To look in vain for a file costs more than to read one.
        let mut there = [false; Noted::FILES.len()];
        there[0] = true;
        let mut others = Vec::new();
        for name in names(attributes) {
            let noted = Noted::FILES.iter().position(|file| attribute(file) == Some(name));
            match noted {
                Some(at) => there[at] = true,
                None if is_usual(name) => {}
                None => others.extend([name, b"\0"].concat()),
            }
        }
        let mut bytes = Vec::with_capacity(512);
        for (file, there) in Noted::FILES.iter().zip(there) {
            let at = bytes.len();
            bytes.extend(MISSING.to_le_bytes());
            match if there { read(file, &mut bytes) } else { continue } {
                Ok(()) => {
                    let length = u32::try_from(bytes.len() - at - 4).ok()?;
                    bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => bytes.truncate(at + 4),
                Err(_) => return None,
            }
            if bytes.len() > MANY {
                return None;
            }
        }
        bytes.extend(u32::try_from(others.len()).ok()?.to_le_bytes());
        bytes.extend(others);
        (bytes.len() <= MANY).then(|| Noted(bytes.into()))
    }

    /// As bytes, for [`Noted::from_bytes`].
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What [`Noted::bytes`] gave; none for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Noted> {
        let mut rest = bytes;
        for _ in Noted::FILES {
            next(&mut rest)?;
        }
        next(&mut rest)??;
        rest.is_empty().then(|| Noted(bytes.into()))
    }

    /// The content of the file; nothing for one that is not noted.
    fn content(&self, at: usize) -> Option<&[u8]> {
        let mut rest = &self.0[..];
        let mut contents = std::iter::from_fn(|| next(&mut rest));
        contents.nth(at).flatten()
    }
}

/// The name of the attribute that the file is.
fn attribute(file: &str) -> Option<&[u8]> {
    file.strip_prefix(ATTRIBUTES).map(str::as_bytes)
}

fn names(ended: &[u8]) -> impl Iterator<Item = &[u8]> {
    ended.split(|byte| *byte == 0).filter(|name| !name.is_empty())
}

/// Whether runs have such an attribute as a rule. Others are noted, so that nobody looks for those
/// that a run has not.
fn is_usual(name: &[u8]) -> bool {
    matches!(
        name,
        b"cmd"
            | b"comments"
            | b"deps"
            | b"env"
            | b"host"
            | b"id"
            | b"initialized"
            | b"op"
            | b"pip_freeze"
            | b"platform"
            | b"plugins"
            | b"random_seed"
            | b"run_params"
            | b"sourcecode_digest"
            | b"started"
            | b"tags"
            | b"user"
            | b"user_flags"
            | b"vcs_commit"
    )
}

/// Takes a file off the front.
fn next<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (length, behind) = rest.split_first_chunk()?;
    let length = u32::from_le_bytes(*length);
    if length == MISSING {
        *rest = behind;
        return Some(None);
    }
    let (content, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = behind;
    Some(Some(content))
}

impl Run {
    /// Notes what was read of it, or that nothing was.
    pub fn keep(&mut self, noted: Option<Noted>) {
        self.noted = noted;
    }

    /// Whether something is noted of it.
    pub fn is_noted(&self) -> bool {
        self.noted.is_some()
    }

    /// The attribute when the run was listed: [`Run::attr`], for who shows or chooses runs at once.
    pub fn listed_attr(&self, name: &str) -> Result<Option<Value>, AttrError> {
        let Some(noted) = &self.noted else { return self.attr(name) };
        let bytes = name.as_bytes();
        let Some(at) = Noted::FILES.iter().position(|file| attribute(file) == Some(bytes)) else {
            let others = noted.content(Noted::FILES.len()).unwrap_or_default();
            let may_be = is_usual(bytes) || names(others).any(|other| other == bytes);
            return if may_be { self.attr(name) } else { Ok(None) };
        };
        let path = || -> PathBuf { self.guild_path(Noted::FILES[at]) };
        noted.content(at).map_or(Ok(None), |content| attr::decode(content, path))
    }

    /// The operation reference when the run was listed: [`Run::opref`], for who shows or chooses
    /// runs at once.
    pub fn listed_opref(&self) -> Result<Option<OpRef>, ReadOpRefError> {
        match &self.noted {
            Some(noted) => noted.content(0).map(|content| self.parse_opref(content)).transpose(),
            None => self.opref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::Store;
    use proptest::prelude::*;

    fn noted(run: &Run) -> Option<Noted> {
        let names: String = run.attr_names().iter().map(|name| format!("{name}\0")).collect();
        Noted::read(names.as_bytes(), |file, bytes| {
            bytes.extend(fs::read(run.guild_path(file))?);
            Ok(())
        })
    }

    #[test]
    fn what_is_noted_is_what_was_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut run = Store::new(dir.path()).new_run().unwrap();
        let opref = OpRef::new("script", "/p", "", "", "a.py");
        run.write_opref(&opref).unwrap();
        for (name, text) in
            [("label", "a b"), ("flags", "{x: 1, y: [2]}"), ("stopped", "["), ("mine", "7")]
        {
            run.set_attr_text(name, text).unwrap();
        }
        let read = noted(&run).unwrap();
        assert_eq!(Noted::from_bytes(read.bytes()), Some(read.clone()));
        run.keep(Some(read));
        let plain = Run::at(run.dir());
        for name in ["label", "flags", "stopped", "marked", "initialized", "tags", "mine", "none"] {
            let (ours, theirs) = (run.listed_attr(name), plain.attr(name));
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{name}");
        }
        assert_eq!(run.listed_opref().unwrap(), Some(opref));
        // It is of its moment.
        run.set_attr_text("later", "1").unwrap();
        assert_eq!(run.listed_attr("later").unwrap(), None);
        run.set_attr_text("label", "c").unwrap();
        assert_eq!(run.listed_attr("label").unwrap(), Some("a b".into()));
        fs::write(run.guild_path("opref"), "what is this").unwrap();
        run.keep(noted(&run));
        assert_eq!(run.listed_attr("label").unwrap(), Some("c".into()));
        assert_eq!(
            run.listed_opref().unwrap_err().to_string(),
            plain.opref().unwrap_err().to_string()
        );
    }

    #[test]
    fn too_much_and_the_unreadable_are_not_noted() {
        let dir = tempfile::tempdir().unwrap();
        let run = Store::new(dir.path()).new_run().unwrap();
        assert!(noted(&run).is_some());
        run.set_attr_text("label", &"x".repeat(MANY)).unwrap();
        assert_eq!(noted(&run), None);
        run.del_attr("label").unwrap();
        fs::create_dir(run.guild_path("attrs/label")).unwrap();
        assert_eq!(noted(&run), None);
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(noted) = Noted::from_bytes(&bytes) {
                prop_assert_eq!(noted.bytes(), &bytes[..]);
            }
        }
    }
}
