//! What is known about runs without reading them again.
//!
//! A home may hold many thousands of runs. Which there are and which comes first, what lists,
//! filters and comparisons ask of each, and what its scalars come to is kept in a database
//! `<home>/cache/index/runs-5.db` ([`Index`]), which may be deleted at any time: the runs'
//! directories are the only truth.
//!
//! - **No answer comes from the database alone.** With what is kept of a run stands what its files
//!   were when they were read ([`stamp`]): number, size and times. Where the files are not the same
//!   now, they are read again. So it does not matter which program changed them: Guild AI 0.9.0,
//!   another machine, or this one while its clock was wrong. What an editor changes in place is seen
//!   where these programs do that, too (`attributes`).
//! - **What has just changed is not kept.** Two changes within one tick of the file system's clock
//!   leave the same times. Only what had been at rest for a while, by the clock of the file system
//!   itself, goes into the database.
//! - **Nobody waits.** Where the database is locked, cannot be read or cannot be written, be it for
//!   a home that may only be read, a full disk or a file system without locks, the runs are read
//!   as if there were none.
//! - **Damage is found.** Each row has a checksum with its key. A damaged database is put away and
//!   made anew, and [`Index::save`] says so.
//!
//! | room | what for |
//! |---|---|
//! | [`stamp`] | whether a file is still the same |
//! | `folder`, `listing` | which runs there are, and when each was started, by which lists are sorted |
//! | `attributes` | what lists, filters and comparisons ask of each run |
//! | `scalars` | what the scalars of each run come to |
//! | `id` | the names of runs, as numbers |
//! | `database`, `bytes` | SQLite, what is written into it, and what can be wrong with it |

mod attributes;
mod bytes;
mod database;
mod folder;
mod id;
mod listing;
mod scalars;
pub mod stamp;

use std::cell::RefCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use guild_scalars::summary::{self, ScalarSummary};
use guild_store::{Noted, PathError, Run, Store};

use attributes::Attributes;
use bytes::Writer;
use database::{Database, Failure, Row, Table};
use folder::{Folder, Found, New, Seen};
use id::Id;
use scalars::Scalars;
use stamp::{Place, Stamp};

/// How long a file must have been left alone for what was read of it to be kept. It covers the
/// ticks of file systems (two seconds on some), and the order in which runs are written: `started`
/// is written together with a mark of the run's state, before or after it.
const AT_REST: Duration = Duration::from_secs(3);

/// Below so many runs, reading them costs less than opening the database.
const FEW: usize = 100;

/// So many bytes of rows may wait to be saved.
const WAITING: usize = 1 << 21;

/// The runs of a home, and what is known of them.
///
/// Nothing is opened before it is asked for. What was found anew is in the database after
/// [`Index::save`].
pub struct Index {
    store: Store,
    file: PathBuf,
    at_rest: Duration,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// None: not opened yet. None in it: there is none that can be read.
    database: Option<Option<Database>>,
    /// Whether there was none that can be read when the runs were listed: what was saved since is of
    /// runs that nobody asks for again.
    is_blank: bool,
    /// See [`Index::hold`].
    held: bool,
    damaged: bool,
    /// The folder of runs, for asking what is in them.
    folder: Option<Rc<File>>,
    listing: Option<New>,
    gone: Vec<Id>,
    /// Of the latest list.
    seen: Seen,
    rows: Vec<Row>,
    /// Where rows are written, one after the other.
    writer: Writer,
    waiting: usize,
    /// Whether anything can be kept here, once that was asked.
    keeps: Option<bool>,
    /// Since when things were read that are not saved.
    since: Option<Instant>,
}

/// The latest of all runs.
#[derive(Clone, Debug)]
pub struct Latest {
    /// As many as were asked for, the latest first.
    pub runs: Vec<Run>,
    /// How many there are in all.
    pub total: usize,
}

/// What was wrong with the database, for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("the index of runs was damaged and is made anew (no run is affected)")
    }
}

impl Index {
    /// The index of a store's runs.
    pub fn new(store: Store) -> Index {
        let file = store.cache_dir("index").join("runs-5.db");
        Index { store, file, at_rest: AT_REST, state: RefCell::default() }
    }

    /// Keeps what had been left alone for `at_rest` when it was read, instead of three seconds.
    #[must_use]
    pub fn at_rest_after(self, at_rest: Duration) -> Index {
        Index { at_rest, ..self }
    }

    /// The database's file, which may not exist.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// All runs, the latest first: the same as [`Store::runs`].
    ///
    /// A run's place is taken from the database while the folder `.guild` is the same: whoever
    /// starts a run anew puts a file there and takes it away.
    ///
    /// # Errors
    /// Those of [`Store::runs`].
    pub fn runs(&self) -> Result<Vec<Run>, PathError> {
        Ok(self.latest(usize::MAX)?.runs)
    }

    /// The latest `count` of all runs.
    ///
    /// # Errors
    /// Those of [`Store::runs`].
    pub fn latest(&self, count: usize) -> Result<Latest, PathError> {
        let runs_dir = self.store.runs_dir();
        let is_indexed = |folder: &Folder| !folder.has_fewer_than(FEW);
        let folder = (!self.store.is_within_parent()).then(|| Folder::open(&runs_dir)).flatten();
        let Some(folder) = folder.filter(is_indexed) else {
            let mut runs = self.store.runs()?;
            let total = runs.len();
            runs.truncate(count);
            return Ok(Latest { runs, total });
        };
        let state = &mut *self.state.borrow_mut();
        let begun = Instant::now();
        let kept = state.read(&self.file, Database::listing).unwrap_or_default();
        state.is_blank = matches!(state.database, Some(None));
        let Found { runs, total, new, gone, seen } = folder.runs(kept, count)?;
        state.seen = seen;
        if new.is_some() || !gone.is_empty() {
            state.listing = new;
            state.gone = gone;
            state.since.get_or_insert(begun);
        }
        Ok(Latest { runs, total })
    }

    /// Notes what lists, filters and comparisons ask of a run, which [`Run::listed_attr`] and
    /// others then answer from. Nothing of a run that [`Index::runs`] did not list, or not among
    /// many; such a run is read when it is asked.
    pub fn note(&self, run: &mut Run) {
        if !run.is_noted() {
            run.keep(self.noted(run));
        }
    }

    /// [`Index::note`], where there are so many runs that it pays.
    pub fn note_all(&self, runs: &mut [Run]) {
        if runs.len() >= FEW {
            let _held = self.hold();
            runs.iter_mut().for_each(|run| self.note(run));
        }
    }

    fn noted(&self, run: &Run) -> Option<Noted> {
        let id = Id::of(run.id()).filter(|_| run.listed().is_some())?;
        let state = &mut *self.state.borrow_mut();
        let runs = state.folder(&self.store)?;
        let place = Place { runs: &runs, run };
        let begun = Instant::now();
        let known = state.row(&self.file, Table::Attributes, id, Attributes::decode);
        if let Some(known) = known.filter(|known| known.is_same(place)) {
            return Some(known.noted);
        }
        // All of it is read only for it to be kept.
        let file = &self.file;
        let keeps =
            state.keeps.get_or_insert_with(|| latest_change(file, begun, AT_REST).is_some());
        let new = if *keeps { Attributes::of(place) } else { None }?;
        let row = state.row_of(Table::Attributes, id, new.latest_change(), |w| new.encode(w));
        state.add(row, begun, &self.file, self.at_rest);
        Some(new.noted)
    }

    /// What the scalars of a run come to, as [`summary::for_run`].
    pub fn scalars(&self, run: &Run) -> Vec<ScalarSummary> {
        let state = &mut *self.state.borrow_mut();
        // Of others, such as runs in archives, nothing is kept.
        let is_ours = run.dir().parent() == Some(&self.store.runs_dir());
        let id = Id::of(run.id()).filter(|_| is_ours);
        let Some((id, runs)) = id.and_then(|id| Some((id, state.folder(&self.store)?))) else {
            return summary::for_run(run.dir());
        };
        let begun = Instant::now();
        let known = state.row(&self.file, Table::Scalars, id, Scalars::decode);
        let seen = state.seen.remove(&id).filter(|_| run.listed().is_some());
        let (summaries, new) = scalars::of_run(Place { runs: &runs, run }, known, seen);
        if let Some(new) = new {
            let row = state.row_of(Table::Scalars, id, new.latest_change(), |w| new.encode(w));
            state.add(row, begun, &self.file, self.at_rest);
        }
        summaries
    }

    /// Until what this gives is dropped, the database is read without letting go of it in between,
    /// which is most of what reading a run costs. Whoever wants to save something meanwhile does not.
    pub fn hold(&self) -> Hold<'_> {
        self.state.borrow_mut().held = true;
        Hold(self)
    }

    /// Writes what was found anew into the database, as far as that is possible now. Says when the
    /// database was damaged, once.
    pub fn save(&self) -> Option<Damaged> {
        let state = &mut *self.state.borrow_mut();
        state.save(&self.file, self.at_rest);
        std::mem::take(&mut state.damaged).then_some(Damaged)
    }
}

/// See [`Index::hold`].
pub struct Hold<'a>(&'a Index);

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let state = &mut *self.0.state.borrow_mut();
        state.held = false;
        if let Some(Some(database)) = &mut state.database {
            database.let_go();
        }
    }
}

impl State {
    /// What the database has; nothing when it cannot be read.
    fn read<T: Default>(
        &mut self,
        file: &Path,
        read: impl FnOnce(&mut Database) -> Result<T, Failure>,
    ) -> T {
        if self.database.is_none() {
            let opened = Database::open_to_read(file);
            self.database = Some(opened.unwrap_or_else(|failure| self.fail(file, failure)));
        }
        let Some(Some(database)) = &mut self.database else { return T::default() };
        let held = if self.held { database.hold() } else { Ok(()) };
        match held.and_then(|()| read(database)) {
            Ok(read) => read,
            Err(failure) => {
                self.database = Some(self.fail(file, failure));
                T::default()
            }
        }
    }

    /// Puts a damaged database away.
    fn fail<T>(&mut self, file: &Path, failure: Failure) -> Option<T> {
        if failure == Failure::Damaged {
            self.damaged |= database::put_away(file).is_ok();
        }
        None
    }

    fn row<T>(
        &mut self,
        file: &Path,
        table: Table,
        id: Id,
        decode: fn(&mut bytes::Reader) -> Option<T>,
    ) -> Option<T> {
        if self.is_blank {
            return None;
        }
        self.read(file, |database| database.row(table, id, decode))
    }

    /// The folder of runs; none where it cannot be opened.
    fn folder(&mut self, store: &Store) -> Option<Rc<File>> {
        if self.folder.is_none() {
            self.folder = File::open(store.runs_dir()).ok().map(Rc::new);
        }
        self.folder.clone()
    }

    fn row_of(
        &mut self,
        table: Table,
        id: Id,
        latest_change: i64,
        encode: impl FnOnce(&mut Writer),
    ) -> Row {
        self.writer.0.clear();
        self.writer.0.extend(id.0);
        encode(&mut self.writer);
        Row { table, id, content: self.writer.0[..].into(), latest_change }
    }

    fn add(&mut self, row: Row, begun: Instant, file: &Path, at_rest: Duration) {
        self.since.get_or_insert(begun);
        self.waiting += row.content.len();
        self.rows.push(row);
        if self.waiting > WAITING {
            self.save(file, at_rest);
        }
    }

    fn save(&mut self, file: &Path, at_rest: Duration) {
        let listing = self.listing.take();
        let mut rows = std::mem::take(&mut self.rows);
        let gone = std::mem::take(&mut self.gone);
        self.waiting = 0;
        let Some(since) = self.since.take() else { return };
        if listing.is_none() && rows.is_empty() && gone.is_empty() {
            return;
        }
        let Some(rest) = latest_change(file, since, at_rest) else { return };
        let listing = listing.and_then(|listing| listing.at_rest(rest));
        rows.retain(|row| row.latest_change < rest);
        if listing.is_none() && rows.is_empty() && gone.is_empty() {
            return;
        }
        // Rows that are beside each other are written at once.
        rows.sort_unstable_by_key(|row| (row.table, row.key()));
        // What is open for reading may be the database as it was before it was put away.
        self.database = None;
        let written = Database::open_to_write(file)
            .and_then(|mut database| database.write(listing.as_ref(), &rows, &gone));
        if let Err(failure) = written {
            self.fail::<()>(file, failure);
        }
    }
}

/// What changed before this moment had been `at_rest` when reading began at `since`: in nanoseconds of
/// the file system's clock, which need not be the machine's. None where nothing can be written, and
/// where folders do not tell when something was put into them, as with some that stand for a service.
fn latest_change(file: &Path, since: Instant, at_rest: Duration) -> Option<i64> {
    let folder = file.parent()?;
    fs::create_dir_all(folder).ok()?;
    let probe = folder.join("now");
    let _ = fs::remove_file(&probe);
    fs::write(&probe, "").ok()?;
    let stamp = |path| Some(Stamp::of(&fs::metadata(path).ok()?));
    let now = stamp(probe.as_path())?.modified;
    let ticks = i64::try_from(AT_REST.as_nanos()).ok()?;
    let before = i64::try_from((since.elapsed() + at_rest).as_nanos()).ok()?;
    (stamp(folder)?.latest() >= now.checked_sub(ticks)?).then(|| now.checked_sub(before))?
}
