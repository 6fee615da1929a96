//! [`Run`]: one run's directory.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use guild_plugin_api::Value;

use crate::attr::{self, AttrError};
use crate::error::PathError;
use crate::listed::Listed;
use crate::noted::Noted;
use crate::opref::{OpRef, OpRefError};
use crate::status::Status;
use crate::{atomic, clock, process};

/// A run: an id and a directory. Everything else is read from the disk when asked for.
///
/// All that is written here is written at once or not at all: a process killed half-way or a full
/// disk leaves the old content.
#[derive(Clone)]
pub struct Run {
    /// The id; none where the directory's name is it, of which there may be ten thousand.
    id: Option<Box<str>>,
    dir: PathBuf,
    /// What was seen of it when it was listed; two are the same run all the same.
    pub(crate) listed: Option<Listed>,
    /// What was read of it.
    pub(crate) noted: Option<Noted>,
}

impl PartialEq for Run {
    fn eq(&self, other: &Run) -> bool {
        self.id() == other.id() && self.dir == other.dir
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Run").field("id", &self.id()).field("dir", &self.dir).finish()
    }
}

impl Eq for Run {}

/// Why a run's operation reference cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadOpRefError {
    /// The operating system refused.
    #[error(transparent)]
    File(#[from] PathError),
    /// The file holds no reference.
    #[error("invalid opref for run {id} ({}): {source}", dir.display())]
    Invalid {
        /// The run's id.
        id: String,
        /// The run's directory.
        dir: PathBuf,
        /// What the file holds.
        source: OpRefError,
    },
}

/// Makes a new run in `runs_dir`, which is created when missing: a directory named by a new id,
/// with the attributes `id` and `initialized`.
///
/// It is not listed before [`Run::write_opref`].
pub fn new_run(runs_dir: &Path) -> Result<Run, PathError> {
    fs::create_dir_all(runs_dir).map_err(PathError::on("create", runs_dir))?;
    loop {
        let run = Run::at(runs_dir.join(new_id()?));
        match fs::create_dir(&run.dir) {
            Ok(()) => {
                // A full disk: half a run is of no use, and the error is what matters.
                run.init().inspect_err(|_| drop(fs::remove_dir_all(&run.dir)))?;
                return Ok(run);
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(PathError::on("create", &run.dir)(e)),
        }
    }
}

/// A new run id: 32 hexadecimal digits, a random UUID (version 4) without its dashes.
pub fn new_id() -> Result<String, PathError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| PathError::on("read", Path::new("/dev/urandom"))(io::Error::other(e)))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

impl Run {
    /// The run `id` in the directory `dir`.
    pub fn new(id: impl AsRef<str>, dir: impl Into<PathBuf>) -> Run {
        let (id, dir) = (id.as_ref(), dir.into());
        let id = (dir.file_name() != Some(OsStr::new(id))).then(|| id.into());
        Run { id, dir, listed: None, noted: None }
    }

    /// The run in the directory of `folder` that has the id for its name.
    pub fn in_folder(folder: &Path, id: &str) -> Run {
        let mut dir = OsString::with_capacity(folder.as_os_str().len() + 1 + id.len());
        dir.push(folder);
        dir.push("/");
        dir.push(id);
        Run { id: None, dir: dir.into(), listed: None, noted: None }
    }

    /// The run in the directory `dir`, whose name is the id.
    pub fn at(dir: impl Into<PathBuf>) -> Run {
        let dir = dir.into();
        let id = match dir.file_name().unwrap_or_default().to_string_lossy() {
            Cow::Borrowed(_) => None,
            Cow::Owned(id) => Some(id.into()),
        };
        Run { id, dir, listed: None, noted: None }
    }

    /// The id: 32 hexadecimal digits for those that Guild made.
    pub fn id(&self) -> &str {
        let name = || self.dir.file_name().and_then(OsStr::to_str).unwrap_or_default();
        self.id.as_deref().unwrap_or_else(name)
    }

    /// The id's first eight characters.
    pub fn short_id(&self) -> &str {
        let id = self.id();
        id.char_indices().nth(8).map_or(id, |(end, _)| &id[..end])
    }

    /// The run directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `path` below `.guild`.
    pub fn guild_path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.dir.join(".guild").join(path)
    }

    /// Makes the folders of a run and the attributes `id` and `initialized`, where missing. For a
    /// directory that the user names and for a restart; [`new_run`] has done it.
    pub fn init(&self) -> Result<(), PathError> {
        let attrs = self.attrs_dir();
        fs::create_dir_all(&attrs).map_err(PathError::on("create", &attrs))?;
        if self.has_attr("initialized") {
            return Ok(());
        }
        // As YAML: ids such as `12e4…` would be read as numbers, those that users choose as anything.
        self.write_attr_file("id", &guild_yaml::encode_strict(&Value::str(self.id())))?;
        self.write_attr_file("initialized", &clock::now().to_string())
    }

    // Attributes

    fn attrs_dir(&self) -> PathBuf {
        self.guild_path("attrs")
    }

    /// The value of attribute `name`; none when it is missing, empty or `null`.
    pub fn attr(&self, name: &str) -> Result<Option<Value>, AttrError> {
        attr::read(&self.attrs_dir(), name)
    }

    /// The number that attribute `name` holds; none when it is missing, empty or `null`.
    pub fn int_attr(&self, name: &str) -> Result<Option<i64>, AttrError> {
        attr::read_int(&self.attrs_dir(), name)
    }

    /// Whether there is a file for attribute `name`, whatever it holds.
    pub fn has_attr(&self, name: &str) -> bool {
        attr::path(&self.attrs_dir(), name).is_ok_and(|path| path.exists())
    }

    /// The names of all attributes, sorted; none when their folder cannot be read.
    pub fn attr_names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.attrs_dir()).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    /// Writes attribute `name` as YAML and a line end.
    pub fn set_attr(&self, name: &str, value: &Value) -> Result<(), AttrError> {
        self.set_attr_text(name, &guild_yaml::encode_strict(value))
    }

    /// Writes attribute `name` as `text`, which should be YAML, and a line end.
    pub fn set_attr_text(&self, name: &str, text: &str) -> Result<(), AttrError> {
        attr::path(&self.attrs_dir(), name)?;
        Ok(self.write_attr_file(name, text)?)
    }

    /// The temporary file goes into `.guild` and not into `attrs`: what a kill leaves there would
    /// be an attribute.
    ///
    /// What is there already is not written again: a trial has most of its attributes from the
    /// batch's prototype, and file systems make new files far more slowly than they read old ones.
    fn write_attr_file(&self, name: &str, text: &str) -> Result<(), PathError> {
        let content = format!("{text}\n");
        let path = self.attrs_dir().join(name);
        if fs::read(&path).is_ok_and(|held| held == content.as_bytes()) {
            return Ok(());
        }
        atomic::write(&path, &self.guild_path(""), content.as_bytes())
    }

    /// Removes attribute `name`; it may be missing.
    pub fn del_attr(&self, name: &str) -> Result<(), AttrError> {
        let path = attr::path(&self.attrs_dir(), name)?;
        Ok(remove_file(&path)?)
    }

    // Operation

    /// Which operation this is a run of; none when the directory is no run.
    pub fn opref(&self) -> Result<Option<OpRef>, ReadOpRefError> {
        let path = self.guild_path("opref");
        attr::read_file(&path)?.map(|bytes| self.parse_opref(&bytes)).transpose()
    }

    pub(crate) fn parse_opref(&self, bytes: &[u8]) -> Result<OpRef, ReadOpRefError> {
        let invalid = |source| {
            let (id, dir) = (self.id().into(), self.dir.clone());
            ReadOpRefError::Invalid { id, dir, source }
        };
        String::from_utf8_lossy(bytes).parse().map_err(invalid)
    }

    /// Writes which operation this is a run of. From now on the run is listed.
    pub fn write_opref(&self, opref: &OpRef) -> Result<(), PathError> {
        self.write_guild_file("opref", &opref.to_string())
    }

    /// For a batch, the run that its trials are copied from.
    pub fn proto(&self) -> Option<Run> {
        if self.is_plain() {
            return None;
        }
        let proto = Run::at(self.guild_path("proto"));
        proto.guild_path("opref").exists().then_some(proto)
    }

    // Status

    /// How far the run is.
    ///
    /// `LOCK.remote`, `PENDING` and `STAGED` decide in this order, then the attribute
    /// `exit_status`, then whether the process of `LOCK` is alive and still the run's. An exit
    /// status that cannot be read is an error.
    pub fn status(&self) -> Status {
        for (marker, status) in [
            ("LOCK.remote", Status::Running),
            ("PENDING", Status::Pending),
            ("STAGED", Status::Staged),
        ] {
            if self.guild_path(marker).exists() {
                return status;
            }
        }
        match self.attr("exit_status") {
            Ok(Some(exit_status)) => Status::of_exit(&exit_status),
            Ok(None) if self.is_process_alive() => Status::Running,
            Ok(None) | Err(_) => Status::Error,
        }
    }

    fn is_process_alive(&self) -> bool {
        let Some(pid) = self.pid() else { return false };
        let locked = fs::metadata(self.guild_path("LOCK")).and_then(|m| m.modified()).ok();
        process::is_of_run(pid, locked, self.id(), &self.dir)
    }

    /// The number of the process that `LOCK` names, alive or not.
    pub fn pid(&self) -> Option<i32> {
        fs::read_to_string(self.guild_path("LOCK")).ok()?.trim().parse().ok()
    }

    /// The remote that holds this run, from `LOCK.remote`.
    pub fn remote(&self) -> Option<String> {
        let text = fs::read_to_string(self.guild_path("LOCK.remote")).ok()?;
        Some(text.trim().to_string())
    }

    /// When the run was started, or else initialized. Damaged attributes count as missing.
    pub fn timestamp(&self) -> Option<i64> {
        let time = |name| self.int_attr(name).ok().flatten();
        time("started").or_else(|| time("initialized"))
    }

    // Life cycle

    /// Marks the run as being prepared.
    pub fn set_pending(&self) -> Result<(), PathError> {
        self.write_guild_file("PENDING", "")?;
        self.clear_staged()
    }

    /// Takes the mark of [`Run::set_pending`] away.
    pub fn clear_pending(&self) -> Result<(), PathError> {
        remove_file(&self.guild_path("PENDING"))
    }

    /// Marks the run as prepared, and as started now, which is what lists sort by.
    pub fn set_staged(&self) -> Result<(), PathError> {
        self.write_guild_file("STAGED", "")?;
        self.clear_pending()?;
        self.set_started()
    }

    /// Takes the mark of [`Run::set_staged`] away.
    pub fn clear_staged(&self) -> Result<(), PathError> {
        remove_file(&self.guild_path("STAGED"))
    }

    /// Takes a staged run, so that nobody else starts it: it is pending then. False when it is not
    /// staged, or somebody else has taken it.
    ///
    /// What marks a run as staged becomes what marks it as being prepared, in one step of the file
    /// system: of several who try it, one has done it.
    pub fn claim(&self) -> Result<bool, PathError> {
        match fs::rename(self.guild_path("STAGED"), self.guild_path("PENDING")) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            done => {
                done.map(|()| true).map_err(PathError::on("rename", &self.guild_path("STAGED")))
            }
        }
    }

    /// Gives back what [`Run::claim`] took, as long as it has not been started.
    pub fn release(&self) -> Result<(), PathError> {
        let pending = self.guild_path("PENDING");
        fs::rename(&pending, self.guild_path("STAGED")).map_err(PathError::on("rename", &pending))
    }

    /// Asks whoever does this run to end once what runs for it now has ended: a batch its trials, a
    /// queue a staged run. Who does nothing of the kind does not look.
    pub fn ask_stop(&self) -> Result<(), PathError> {
        self.write_guild_file("STOP", "")
    }

    /// Whether [`Run::ask_stop`] was called since the run started.
    pub fn is_stop_asked(&self) -> bool {
        self.guild_path("STOP").exists()
    }

    /// Takes back what [`Run::ask_stop`] asked: the run starts.
    pub fn clear_stop(&self) -> Result<(), PathError> {
        remove_file(&self.guild_path("STOP"))
    }

    /// Writes the attribute `started`.
    pub fn set_started(&self) -> Result<(), PathError> {
        self.write_attr_file("started", &clock::now().to_string())
    }

    /// Says that process `pid` does this run. To be called once the process exists: the lock's
    /// age tells it from a later process of the same number.
    pub fn lock(&self, pid: u32) -> Result<(), PathError> {
        self.write_guild_file("LOCK", &pid.to_string())
    }

    /// Takes the lock away; it may be missing.
    pub fn unlock(&self) -> Result<(), PathError> {
        remove_file(&self.guild_path("LOCK"))
    }

    /// Says that the run ended now: writes `stopped` and `exit_status` and takes the lock away. For
    /// `exit_status` see [`Status`]: a signal is a negative number.
    ///
    /// What says that the run is over comes last: before it, a reader sees a process that is gone.
    ///
    /// # Errors
    /// The first thing that cannot be written. The rest is tried all the same: on a full disk some
    /// of it may still fit.
    pub fn finish(&self, exit_status: i32) -> Result<(), PathError> {
        let stopped = self.write_attr_file("stopped", &clock::now().to_string());
        let exit = self.write_attr_file("exit_status", &exit_status.to_string());
        let unlocked = self.unlock();
        stopped.and(exit).and(unlocked)
    }

    fn write_guild_file(&self, name: &str, content: &str) -> Result<(), PathError> {
        atomic::write(&self.guild_path(name), &self.guild_path(""), content.as_bytes())
    }
}

fn remove_file(path: &Path) -> Result<(), PathError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(PathError::on("delete", path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    fn run() -> (tempfile::TempDir, Run) {
        let dir = tempfile::tempdir().unwrap();
        let run = new_run(&dir.path().join("runs")).unwrap();
        (dir, run)
    }

    #[test]
    fn a_new_run_has_its_skeleton() {
        let (_dir, run) = run();
        assert_eq!(run.id().len(), 32);
        assert!(run.id().bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(&run.id()[12..13], "4");
        assert_eq!(run.short_id(), &run.id()[..8]);
        assert_eq!(run.attr_names(), ["id", "initialized"]);
        let id = fs::read_to_string(run.guild_path("attrs/id")).unwrap();
        assert_eq!(id, format!("{}\n", run.id()));
        assert_eq!(run.timestamp(), run.int_attr("initialized").unwrap());
        assert!(run.opref().unwrap().is_none());
        run.init().unwrap();
        assert_eq!(run.attr_names().len(), 2);
    }

    #[test]
    fn an_id_like_a_number_stays_a_text() {
        let dir = tempfile::tempdir().unwrap();
        for id in ["12e45", "123", "yes"] {
            let run = Run::at(dir.path().join(id));
            run.init().unwrap();
            assert_eq!(run.attr("id").unwrap(), Some(id.into()));
        }
    }

    #[test]
    fn attributes_come_and_go() {
        let (_dir, run) = run();
        run.set_attr("label", &"a: b".into()).unwrap();
        assert!(run.has_attr("label"));
        run.del_attr("label").unwrap();
        run.del_attr("label").unwrap();
        assert!(!run.has_attr("label"));
        assert!(matches!(run.set_attr("../x", &Value::Null), Err(AttrError::Name(_))));
        let names = fs::read_dir(run.guild_path("")).unwrap().count();
        assert_eq!(names, 1, "only attrs");
    }

    #[test]
    fn an_attribute_that_cannot_be_written_is_named() {
        let run = Run::new("x", "/nowhere/x");
        let e = run.set_attr("label", &"a".into()).unwrap_err();
        assert_eq!(
            e.to_string(),
            "cannot write /nowhere/x/.guild/attrs/label: No such file or directory"
        );
    }

    #[test]
    fn status_follows_the_life_cycle() {
        let (_dir, run) = run();
        assert_eq!(run.status(), Status::Error);
        run.set_pending().unwrap();
        assert_eq!(run.status(), Status::Pending);
        run.set_staged().unwrap();
        assert_eq!(run.status(), Status::Staged);
        run.set_pending().unwrap();
        assert_eq!(run.status(), Status::Pending);
        run.clear_pending().unwrap();
        run.lock(std::process::id()).unwrap();
        assert_eq!(run.status(), Status::Running);
        assert_eq!(run.pid(), i32::try_from(std::process::id()).ok());
        for (exit, status) in [(0, Status::Completed), (2, Status::Error), (-9, Status::Terminated)]
        {
            run.finish(exit).unwrap();
            assert_eq!(run.status(), status);
        }
        assert_eq!(run.pid(), None);
        fs::write(run.guild_path("LOCK.remote"), "box:x\n").unwrap();
        assert_eq!((run.status(), run.remote().as_deref()), (Status::Running, Some("box:x")));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_lock_older_than_its_process_is_stale() {
        let (_dir, run) = run();
        run.lock(std::process::id()).unwrap();
        let lock = fs::File::options().write(true).open(run.guild_path("LOCK")).unwrap();
        lock.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        assert_eq!(run.status(), Status::Error);
    }

    #[test]
    fn of_many_who_want_a_staged_run_one_has_it() {
        let (_dir, run) = run();
        for _ in 0..20 {
            run.set_staged().unwrap();
            let took = std::thread::scope(|scope| {
                let all: Vec<_> = (0..8).map(|_| scope.spawn(|| run.claim().unwrap())).collect();
                all.into_iter().filter_map(|one| one.join().ok()).filter(|took| *took).count()
            });
            assert_eq!((took, run.status()), (1, Status::Pending));
            run.release().unwrap();
            assert_eq!(run.status(), Status::Staged);
        }
        run.ask_stop().unwrap();
        assert!(run.is_stop_asked());
        run.clear_stop().unwrap();
        assert!(!run.is_stop_asked());
    }

    #[test]
    fn damage_is_survived() {
        let (_dir, run) = run();
        for name in ["started", "exit_status", "initialized"] {
            fs::write(run.guild_path("attrs").join(name), b"\xff\xfe: [").unwrap();
        }
        fs::write(run.guild_path("opref"), "what is this").unwrap();
        fs::write(run.guild_path("LOCK"), "none").unwrap();
        assert_eq!(run.status(), Status::Error);
        assert_eq!(run.timestamp(), None);
        assert_eq!(run.pid(), None);
        let e = run.opref().unwrap_err().to_string();
        assert!(e.contains(run.id()) && e.contains("what is this"), "{e}");
    }

    #[test]
    fn the_prototype_needs_an_operation() {
        let (_dir, run) = run();
        fs::create_dir_all(run.guild_path("proto/.guild")).unwrap();
        assert_eq!(run.proto(), None);
        let opref = OpRef::new("script", "/p", "", "", "a.py");
        Run::at(run.guild_path("proto")).write_opref(&opref).unwrap();
        let proto = run.proto().unwrap();
        assert_eq!((proto.id(), proto.opref().unwrap()), ("proto", Some(opref)));
    }
}
