//! [`Listed`]: what was seen of a run when it was listed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{FileType, RawDir};

use crate::attr::AttrError;
use crate::run::Run;
use crate::status::Status;

/// What was seen of a run when it was listed.
///
/// It is true of that moment. It is for what shows or chooses runs at once, and never for who waits
/// for a run to change: [`Run::status`] looks each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The attribute `started`.
    pub started: Option<i64>,
    /// [`Look::is_plain`].
    pub is_plain: bool,
    /// The inode of the folder `.guild`.
    pub inode: u64,
    /// When that folder last changed, in nanoseconds.
    pub changed: i64,
}

/// What the names in a run's folder `.guild` say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether it is a run: there is an operation reference.
    pub is_run: bool,
    /// Whether there is no lock, no mark of a state and no prototype: nothing says that the run is
    /// anything but over, or that it is a batch.
    pub is_plain: bool,
    /// The files that were asked for, if there is nothing else than files and the folder of the
    /// attributes.
    pub wanted: Option<Vec<OsString>>,
}

/// What a run has in `.guild` as long as it is not over, and what only batches have.
const MARKS: [&str; 5] = ["LOCK", "LOCK.remote", "PENDING", "STAGED", "proto"];

impl Look {
    /// Looks at what is in a run's folder `.guild`, which is open, and for files with a name that
    /// `wanted` takes.
    ///
    /// # Errors
    /// That of the system where the folder cannot be read.
    pub fn into(guild: &File, wanted: fn(&[u8]) -> bool) -> io::Result<Look> {
        // Enough for what most runs have.
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut entries = RawDir::new(guild, &mut buffer);
        let mut look = Look { is_run: false, is_plain: true, wanted: Some(Vec::new()) };
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            look.is_run |= name == b"opref";
            look.is_plain &= MARKS.iter().all(|mark| mark.as_bytes() != name);
            match (entry.file_type(), name) {
                (FileType::RegularFile, name) => {
                    if wanted(name)
                        && let Some(files) = &mut look.wanted
                    {
                        files.push(OsStr::from_bytes(name).into());
                    }
                }
                (FileType::Directory, b"." | b".." | b"attrs") => {}
                _ => look.wanted = None,
            }
        }
        Ok(look)
    }
}

impl Run {
    /// Notes what was seen of it.
    pub fn note(&mut self, listed: Listed) {
        self.listed = Some(listed);
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.listed.is_some_and(|listed| listed.is_plain)
    }

    /// What was seen of it when it was listed; none where it was not looked at so closely.
    pub fn listed(&self) -> Option<Listed> {
        self.listed
    }

    /// How far the run was when it was listed.
    pub fn listed_status(&self) -> Status {
        if !self.is_plain() {
            return self.status();
        }
        let exit_status = self.listed_attr("exit_status").ok().flatten();
        exit_status.map_or(Status::Error, |exit_status| Status::of_exit(&exit_status))
    }

    /// The attribute `started` when the run was listed.
    pub fn listed_started(&self) -> Result<Option<i64>, AttrError> {
        match self.listed {
            Some(listed) => Ok(listed.started),
            None => self.int_attr("started"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_run_is_as_its_files_say() {
        let dir = tempfile::tempdir().unwrap();
        let run = crate::run::new_run(dir.path()).unwrap();
        let look = || {
            let guild = File::open(run.guild_path("")).unwrap();
            Look::into(&guild, |name| name.starts_with(b"x.")).unwrap()
        };
        assert!(look().is_plain && !look().is_run);
        for name in ["x.b", "opref", "other"] {
            std::fs::write(run.guild_path(name), "").unwrap();
        }
        assert_eq!(look(), Look { is_run: true, is_plain: true, wanted: Some(vec!["x.b".into()]) });
        std::os::unix::fs::symlink("x.b", run.guild_path("link")).unwrap();
        assert_eq!(look().wanted, None, "there may be more behind it");
        let mut listed = run.clone();
        listed.note(Listed { started: Some(7), is_plain: true, inode: 1, changed: 1 });
        assert_eq!((listed.listed_status(), run.status()), (Status::Error, Status::Error));
        assert_eq!(listed.listed_started().unwrap(), Some(7));
        assert_eq!(run.listed_started().unwrap(), None);
        assert_eq!(listed, run);
        for exit_status in [0, 1, -15] {
            run.finish(exit_status).unwrap();
            assert_eq!(listed.listed_status(), run.status());
        }
        run.set_attr_text("exit_status", "[").unwrap();
        assert_eq!(listed.listed_status(), run.status());
        for mark in MARKS {
            std::fs::create_dir(run.guild_path(mark)).unwrap();
            assert!(!look().is_plain && look().wanted.is_none(), "{mark}");
            std::fs::remove_dir(run.guild_path(mark)).unwrap();
        }
        run.set_staged().unwrap();
        assert_eq!(run.listed_status(), Status::Staged);
        // Who waits for a change sees it.
        assert_eq!(listed.status(), Status::Staged);
    }
}
