//! [`Store`]: the runs of a Guild home, in the order in which they are listed.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::PathError;
use crate::run::{self, Run};

/// A Guild home's runs. See [`crate::trash`] for deleting and restoring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    home: PathBuf,
    parent: Option<String>,
}

impl Store {
    /// The store of the Guild home `home` ([`crate::home::find`]), which need not exist.
    pub fn new(home: impl Into<PathBuf>) -> Store {
        Store { home: home.into(), parent: None }
    }

    /// The store with only those runs that belong to the run `parent`, if there is one
    /// ([`Store::runs_of_parent`]).
    #[must_use]
    pub fn within(self, parent: Option<String>) -> Store {
        Store { parent, ..self }
    }

    /// Whether there is a parent ([`Store::within`]).
    pub fn is_within_parent(&self) -> bool {
        self.parent.is_some()
    }

    /// The Guild home.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// `<home>/runs`.
    pub fn runs_dir(&self) -> PathBuf {
        self.home.join("runs")
    }

    /// `<home>/trash/runs`: the deleted runs.
    pub fn trash_dir(&self) -> PathBuf {
        self.home.join("trash/runs")
    }

    /// `<home>/cache/NAME`.
    pub fn cache_dir(&self, name: &str) -> PathBuf {
        self.home.join("cache").join(name)
    }

    /// Makes a new run ([`run::new_run`]).
    pub fn new_run(&self) -> Result<Run, PathError> {
        run::new_run(&self.runs_dir())
    }

    /// The run with this id, which need not exist.
    pub fn run(&self, id: &str) -> Run {
        Run::new(id, self.runs_dir().join(id))
    }

    /// All runs, or those of the store's parent; the latest first ([`list`]).
    pub fn runs(&self) -> Result<Vec<Run>, PathError> {
        if let Some(parent) = &self.parent {
            return self.runs_of_parent(parent);
        }
        list(&self.runs_dir())
    }

    /// The deleted runs, the latest first.
    pub fn deleted_runs(&self) -> Result<Vec<Run>, PathError> {
        list(&self.trash_dir())
    }

    /// The runs whose id starts with one of `prefixes`, the latest first. No others are looked at.
    pub fn find<S: AsRef<str>>(&self, prefixes: &[S]) -> Result<Vec<Run>, PathError> {
        let wanted = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_ref()));
        Ok(sorted(unsorted(&self.runs_dir(), wanted)?))
    }

    /// The runs whose id starts with `prefix`, in no order. Of each, only that it is one is looked
    /// at. A store within a parent has none of them.
    pub fn named_like(&self, prefix: &str) -> Result<Vec<Run>, PathError> {
        if self.is_within_parent() {
            return Ok(Vec::new());
        }
        let mut found = unsorted(&self.runs_dir(), |name| name.starts_with(prefix))?;
        found.retain(is_run);
        Ok(found)
    }

    /// The runs that belong to the run `parent`: those that its directory has links to. This is
    /// what a process sees that has `GUILD_RUNS_PARENT=parent` in its environment (a step of a
    /// pipeline), the latest first.
    pub fn runs_of_parent(&self, parent: &str) -> Result<Vec<Run>, PathError> {
        let runs_dir = fs::canonicalize(self.runs_dir()).ok();
        let links = unsorted(&self.runs_dir().join(parent), |_| true)?;
        let children = links.into_iter().filter_map(|link| {
            let dir = fs::canonicalize(link.dir()).ok()?;
            (dir.parent() == runs_dir.as_deref()).then(|| Run::at(dir))
        });
        Ok(sorted(children.collect()))
    }
}

/// The runs in the folder `root`: each directory with a `.guild/opref`, the latest first.
///
/// What counts is the attribute `started`, else `initialized`; runs with neither come last. Only
/// these are read. A folder that does not exist holds no runs.
pub fn list(root: &Path) -> Result<Vec<Run>, PathError> {
    Ok(sorted(unsorted(root, |_| true)?))
}

/// The names in the folder `root`, in the order of the file system. A folder that does not exist
/// has none.
pub fn names(root: &Path) -> Result<Vec<OsString>, PathError> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(PathError::on("read", root)(e)),
    };
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name());
    entries.map(name).collect::<io::Result<_>>().map_err(PathError::on("read", root))
}

/// The entries of `root` whose names `wanted` takes, in the order of the file system, in which
/// 0.9.0 leaves runs of the same time.
fn unsorted(root: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<Run>, PathError> {
    let names = names(root)?.into_iter().filter(|name| wanted(&name.to_string_lossy()));
    Ok(names.map(|name| Run::at(root.join(name))).collect())
}

/// Whether the directory is a run's.
pub fn is_run(run: &Run) -> bool {
    run.guild_path("opref").exists()
}

/// Those of `entries` that are runs, the latest first; those of the same time as they come.
fn sorted(mut entries: Vec<Run>) -> Vec<Run> {
    let times = ask(&mut entries, |run| is_run(run).then(|| run.timestamp()));
    let runs = (0..).zip(&times).filter(|(_, time)| time.is_some());
    let mut order: Vec<u32> = runs.map(|(at, _)| at).collect();
    let mut entries: Vec<Option<Run>> = entries.into_iter().map(Some).collect();
    let sorted = latest_first(&mut order, usize::MAX, |at| (times[at as usize].flatten(), at));
    sorted.iter().filter_map(|at| entries[*at as usize].take()).collect()
}

/// The latest `count` of `runs`, of each of which `timed` tells when it was started, or else
/// initialized, and its place in the order of the file system.
///
/// The latest comes first, what has no time comes last, and those of the same time come by their
/// place.
pub fn latest_first(
    runs: &mut [u32],
    count: usize,
    timed: impl Fn(u32) -> (Option<i64>, u32),
) -> &[u32] {
    let key = |run: &u32| {
        let (time, place) = timed(*run);
        (std::cmp::Reverse(time), place)
    };
    let mut latest = runs;
    if count < latest.len() {
        latest.select_nth_unstable_by_key(count, key);
        latest = &mut latest[..count];
    }
    latest.sort_unstable_by_key(key);
    latest
}

/// Asks each of many for something that is on the disk, such as runs for their times; the answers
/// are in the same order.
///
/// From memory, ten thousand runs take a fraction of a second. Where it goes slowly, several
/// threads go on: not to use more processors, but to wait for a disk or a file server several times
/// at once.
pub fn ask<T: Send, A: Send>(of: &mut [T], ask: impl Fn(&mut T) -> A + Sync) -> Vec<A> {
    const THREADS: usize = 4;
    const BLOCK: usize = 256;
    const SLOW: Duration = Duration::from_millis(10);
    let mut answers = Vec::with_capacity(of.len());
    let mut rest = of;
    while !rest.is_empty() {
        let begun = Instant::now();
        let (block, later) = rest.split_at_mut(BLOCK.min(rest.len()));
        answers.extend(block.iter_mut().map(&ask));
        rest = later;
        if begun.elapsed() > SLOW {
            break;
        }
    }
    if rest.is_empty() {
        return answers;
    }
    let part = |part: &mut [T]| part.iter_mut().map(&ask).collect::<Vec<_>>();
    let part = &part;
    std::thread::scope(|scope| {
        let parts = rest.chunks_mut(rest.len().div_ceil(THREADS));
        let threads: Vec<_> = parts.map(|asked| scope.spawn(move || part(asked))).collect();
        for thread in threads {
            answers.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opref::OpRef;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        (dir, store)
    }

    fn run(store: &Store, started: Option<&str>) -> Run {
        let run = store.new_run().unwrap();
        run.write_opref(&OpRef::new("script", "/p", "", "", "a.py")).unwrap();
        if let Some(started) = started {
            run.set_attr_text("started", started).unwrap();
        }
        run
    }

    #[test]
    fn no_home_no_runs() {
        assert_eq!(Store::new("/nowhere").runs().unwrap(), []);
        assert_eq!(Store::new("/nowhere").deleted_runs().unwrap(), []);
    }

    #[test]
    fn a_home_that_cannot_be_read_is_an_error() {
        let (dir, store) = store();
        fs::write(dir.path().join("runs"), "").unwrap();
        assert!(store.runs().unwrap_err().to_string().starts_with("cannot read "));
    }

    #[test]
    fn the_latest_comes_first_and_the_timeless_last() {
        let (_dir, store) = store();
        let none = run(&store, None);
        none.set_attr_text("initialized", "garbage: [").unwrap();
        let old = run(&store, Some("1000"));
        let initialized = run(&store, None);
        let new = run(&store, Some("9000000000000000"));
        assert_eq!(store.runs().unwrap(), [new, initialized, old, none]);
    }

    #[test]
    fn the_order_of_many_is_that_of_few() {
        let (_dir, store) = store();
        let make = |i: i64| {
            let run = Run::at(store.runs_dir().join(format!("{i:04}")));
            fs::create_dir_all(run.guild_path("attrs")).unwrap();
            if i % 10 != 9 {
                fs::write(run.guild_path("opref"), "").unwrap();
            }
            fs::write(run.guild_path("attrs/started"), format!("{}\n", i % 100 + 1)).unwrap();
        };
        (0..600).for_each(make);
        let runs = store.runs().unwrap();
        let few: Vec<Run> = unsorted(&store.runs_dir(), |_| true).unwrap();
        let mut want: Vec<Run> = few.into_iter().filter(is_run).collect();
        want.sort_by_key(|run| std::cmp::Reverse(run.timestamp()));
        assert_eq!(runs.len(), 540);
        assert_eq!(runs, want);
    }

    #[test]
    fn what_is_no_run_is_passed_over() {
        let (_dir, store) = store();
        store.new_run().unwrap(); // without operation
        fs::write(store.runs_dir().join("file"), "").unwrap();
        std::os::unix::fs::symlink("nowhere", store.runs_dir().join("link")).unwrap();
        assert_eq!(store.runs().unwrap(), []);
        assert_eq!(store.find(&[""]).unwrap(), []);
    }

    #[test]
    fn runs_are_found_by_prefix() {
        let (_dir, store) = store();
        let a = run(&store, None);
        run(&store, None);
        assert_eq!(store.find(&[a.id()]).unwrap(), std::slice::from_ref(&a));
        assert_eq!(store.find(&[&a.id()[..20]]).unwrap(), [a]);
        assert_eq!(store.find(&[""]).unwrap().len(), 2);
        assert_eq!(store.find(&["zz"]).unwrap(), []);
    }

    #[test]
    fn a_parents_children_are_those_it_links_to() {
        let (_dir, store) = store();
        let parent = run(&store, Some("1"));
        let child = run(&store, Some("2"));
        run(&store, Some("3"));
        std::os::unix::fs::symlink(child.dir(), parent.dir().join("step")).unwrap();
        std::os::unix::fs::symlink("/", parent.dir().join("other")).unwrap();
        let children = store.runs_of_parent(parent.id()).unwrap();
        assert_eq!(children.iter().map(Run::id).collect::<Vec<_>>(), [child.id()]);
        assert_eq!(store.runs_of_parent("none").unwrap(), []);
    }
}
