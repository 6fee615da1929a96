//! The digest of a run's source code.
//!
//! Two runs with the same digest were started from the same source code. It is the MD5 of path
//! and content of each file, each followed by a zero byte, in the order of the paths. Source:
//! `guild/file_util.py` (`files_digest`) and `guild/run_util.py` (`sourcecode_digest`) of 0.9.0.

use std::io;
use std::path::Path;

use md5::{Digest, Md5};

use crate::error::Error;
use crate::manifest;
use crate::transfer::{self, hex};

/// The digest of the source code of the run in `run_dir`, by the files that its manifest lists;
/// none when there is no manifest or it lists none.
///
/// # Errors
///
/// [`Error::Manifest`] for a manifest with lines that are none, [`Error::Read`] when it, or a
/// file that it lists, cannot be read.
pub fn of_run(run_dir: &Path) -> Result<Option<String>, Error> {
    let mut files = manifest::source_files(run_dir)?;
    files.sort();
    let mut digest = FilesDigest::default();
    let mut buffer = vec![0; 64 * 1024];
    for path in files {
        let full = run_dir.join(&path);
        digest
            .file(&path, |md5| {
                let mut file = transfer::open_regular(&full)?;
                let add = |bytes: &[u8]| -> io::Result<()> {
                    md5.update(bytes);
                    Ok(())
                };
                transfer::read_parts(&mut file, &mut buffer, |error| error, add)
            })
            .map_err(|source| Error::Read { path: full, source })?;
    }
    Ok(digest.finish())
}

/// A digest in the making. Files are to come in the order of their paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilesDigest {
    md5: Md5,
    any: bool,
}

impl FilesDigest {
    /// Adds a file whose content `content` adds. If that fails, it is as if there was no file.
    pub(crate) fn file<T, E>(
        &mut self,
        path: &str,
        content: impl FnOnce(&mut Md5) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut md5 = self.md5.clone();
        md5.update(path);
        md5.update([0]);
        let result = content(&mut md5)?;
        md5.update([0]);
        (self.md5, self.any) = (md5, true);
        Ok(result)
    }

    /// The digest in hexadecimal; none without files.
    pub(crate) fn finish(self) -> Option<String> {
        self.any.then(|| hex(&self.md5.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::ErrorKind;

    #[test]
    fn of_the_files_that_a_manifest_lists() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of_run(dir.path()).unwrap(), None);
        fs::create_dir(dir.path().join(".guild")).unwrap();
        let manifest = "s 'b c.py' 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8 'b c.py'\n\
                        d data - file:data\n\
                        s a.py e9d71f5ee7c92d6dc9e92ffdad17b8bd49418f98 a.py\n";
        fs::write(dir.path().join(".guild/manifest"), manifest).unwrap();
        fs::write(dir.path().join("b c.py"), "a").unwrap();
        fs::write(dir.path().join("a.py"), "b").unwrap();
        let expected = hex(&Md5::digest(b"a.py\0b\0b c.py\0a\0"));
        assert_eq!(of_run(dir.path()).unwrap(), Some(expected));

        fs::remove_file(dir.path().join("a.py")).unwrap();
        let error = of_run(dir.path()).unwrap_err();
        assert_eq!(error.kind(), Some(ErrorKind::NotFound));
        assert!(error.to_string().contains("a.py"), "{error}");
    }

    #[test]
    fn a_file_that_fails_leaves_no_trace() {
        let mut digest = FilesDigest::default();
        let failed: Result<(), ()> = digest.file("x", |md5| {
            md5.update("half");
            Err(())
        });
        assert_eq!(failed, Err(()));
        assert_eq!(digest.finish(), None);
    }
}
