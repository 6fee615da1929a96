//! [`Listed`]: what was seen of a run when it was listed.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;

use rustix::fs::{Mode, OFlags, RawDir, open};

use crate::attr::AttrError;
use crate::run::Run;
use crate::status::Status;
use crate::store::is_run;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether it is a run: there is an operation reference.
    pub is_run: bool,
    /// Whether there is no lock, no mark of a state and no prototype: nothing says that the run is
    /// anything but over, or that it is a batch.
    pub is_plain: bool,
}

/// What a run has in `.guild` as long as it is not over, and what only batches have.
const MARKS: [&str; 5] = ["LOCK", "LOCK.remote", "PENDING", "STAGED", "proto"];

impl Look {
    /// Looks at what is in a run's folder `.guild`, which is open.
    ///
    /// # Errors
    /// That of the system where the folder cannot be read.
    pub fn into(guild: &File) -> io::Result<Look> {
        // Enough for what most runs have.
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut entries = RawDir::new(guild, &mut buffer);
        let mut look = Look { is_run: false, is_plain: true };
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            look.is_run |= name == b"opref";
            look.is_plain &= MARKS.iter().all(|mark| mark.as_bytes() != name);
        }
        Ok(look)
    }
}

impl Run {
    /// Notes what was seen of it.
    pub fn note(&mut self, listed: Listed) {
        self.listed = Some(listed);
    }

    /// Looks at what is in `.guild`.
    pub fn look(&self) -> Look {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = open(self.dir().join(".guild"), flags, Mode::empty()).map(File::from);
        let look = opened.map_err(io::Error::from).and_then(|guild| Look::into(&guild));
        look.unwrap_or_else(|_| Look { is_run: is_run(self), is_plain: false })
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
        assert!(run.look().is_plain && !Run::new("x", "/nowhere").look().is_plain);
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
            assert!(!run.look().is_plain, "{mark}");
            std::fs::remove_dir(run.guild_path(mark)).unwrap();
        }
        run.set_staged().unwrap();
        assert_eq!(run.listed_status(), Status::Staged);
        // Who waits for a change sees it.
        assert_eq!(listed.status(), Status::Staged);
    }
}
