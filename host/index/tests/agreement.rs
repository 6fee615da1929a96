//! What the index says is what the files say, whatever happens to the runs, to the database, and to
//! the processes that use it.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use guild_index::{Damaged, Index};
use guild_scalars::events::EventWriter;
use guild_scalars::summary::{self, ScalarSummary};
use guild_store::{OpRef, Run, Store};
use proptest::prelude::*;

/// Enough for the index to be used.
const MANY: usize = 120;

/// A home with runs that have been at rest for long.
fn home() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::new(dir.path());
    for number in 0..MANY {
        make(&store, number);
    }
    (dir, store)
}

fn make(store: &Store, number: usize) -> Run {
    // Plain writes, as Guild AI 0.9.0's.
    let run = store.run(&format!("{number:032x}"));
    fs::create_dir_all(run.guild_path("attrs")).unwrap();
    fs::write(run.guild_path("opref"), OpRef::new("script", "/p", "", "", "a.py").to_string())
        .unwrap();
    fs::write(run.guild_path("attrs/started"), format!("{}\n", 1000 + number % 50)).unwrap();
    run
}

fn scalar(run: &Run, below: &str, tag: &str, value: f32) {
    EventWriter::new(run.dir().join(below)).add(tag, value, 1).unwrap();
}

/// NaN is itself here.
fn same(ours: &[ScalarSummary], theirs: &[ScalarSummary]) -> bool {
    format!("{ours:?}") == format!("{theirs:?}")
}

/// How long the tests leave things alone for them to be kept.
const REST: Duration = Duration::from_millis(30);

fn index(store: &Store) -> Index {
    Index::new(store.clone()).at_rest_after(REST / 2)
}

/// Those that are noted, and two that are not.
const ATTRIBUTES: [&str; 8] =
    ["compare", "exit_status", "flags", "label", "marked", "stopped", "tags", "other"];

/// Asks the index and the files.
#[track_caller]
fn agrees(store: &Store) -> Option<Damaged> {
    let index = index(store);
    let runs = index.runs().unwrap();
    assert_eq!(runs, store.runs().unwrap());
    for mut run in runs.into_iter().take(12) {
        let (ours, theirs) = (index.scalars(&run), summary::for_run(run.dir()));
        assert!(same(&ours, &theirs), "{ours:?}\n{theirs:?}");
        index.note(&mut run);
        let plain = store.run(run.id());
        for name in ATTRIBUTES {
            let (ours, theirs) = (run.listed_attr(name), plain.attr(name));
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{name}");
        }
        assert_eq!(run.listed_opref().ok(), plain.opref().ok());
        assert_eq!(run.listed_status(), plain.status());
        assert_eq!(run.listed_started().ok(), plain.int_attr("started").ok());
    }
    index.save()
}

/// A home whose database has all that is to be known.
fn known_home() -> (tempfile::TempDir, Store) {
    let (dir, store) = home();
    for number in 100..MANY {
        scalar(&store.run(&format!("{number:032x}")), ".guild", "loss", number as f32);
    }
    sleep(REST);
    assert_eq!(agrees(&store), None);
    assert!(index(&store).file().exists());
    let index = index(&store);
    let mut first = index.runs().unwrap().remove(0);
    index.note(&mut first);
    assert!(first.is_noted());
    (dir, store)
}

/// What is written in place without a trace in its folder shows whether it was read.
fn is_used(store: &Store) -> bool {
    let run = store.run(&format!("{:032x}", 0));
    let path = run.guild_path("attrs/started");
    let before = fs::read(&path).unwrap();
    fs::write(&path, "99999\n").unwrap();
    let used = index(store).runs().unwrap()[0] != run;
    fs::write(&path, before).unwrap();
    used
}

/// So it does for attributes.
#[test]
fn attributes_are_not_read_again() {
    let (_dir, store) = known_home();
    let run = index(&store).runs().unwrap().remove(0);
    let noted = |name: &str| {
        let index = index(&store);
        let mut first = index.runs().unwrap().remove(0);
        assert_eq!(first, run);
        index.note(&mut first);
        first.listed_attr(name).unwrap()
    };
    let path = run.guild_path("attrs/exit_status");
    fs::write(&path, "0\n").unwrap();
    sleep(REST);
    agrees(&store);
    assert_eq!(noted("exit_status"), Some(0.into()));
    fs::write(&path, "7\n").unwrap();
    assert_eq!(noted("exit_status"), Some(0.into()), "in place, without a trace in the folder");
    fs::write(run.guild_path("attrs/other"), "").unwrap();
    assert_eq!(noted("exit_status"), Some(7.into()));
    // Those that are written in place are asked for.
    fs::write(run.guild_path("attrs/label"), "one\n").unwrap();
    sleep(REST);
    agrees(&store);
    assert_eq!(noted("label"), Some("one".into()));
    fs::write(run.guild_path("attrs/label"), "two\n").unwrap();
    assert_eq!(noted("label"), Some("two".into()));
}

#[test]
fn a_name_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let (_dir, store) = home();
    let named = store.runs_dir().join(std::ffi::OsStr::from_bytes(b"one\xff"));
    fs::rename(store.run(&format!("{:032x}", 3)).dir(), named).unwrap();
    sleep(REST);
    for _ in 0..3 {
        agrees(&store);
        assert_eq!(index(&store).runs().unwrap().len(), MANY);
    }
}

/// Of runs with other names than ids nothing is kept, and nothing is written again for their sake.
#[test]
fn other_names_are_not_new_each_time() {
    let (_dir, store) = home();
    let run = |number: usize| store.run(&format!("{number:032x}")).dir().to_path_buf();
    for (number, name) in [(3, "a copy of a run which is kept here"), (4, &"x".repeat(32))] {
        fs::rename(run(number), store.runs_dir().join(name)).unwrap();
    }
    sleep(REST);
    agrees(&store);
    let written = || fs::metadata(index(&store).file()).unwrap().modified().unwrap();
    let first = written();
    sleep(REST);
    agrees(&store);
    assert_eq!(written(), first);
}

#[test]
fn what_is_known_is_used_until_it_is_deleted() {
    let (_dir, store) = known_home();
    assert!(is_used(&store));
    fs::remove_dir_all(index(&store).file().parent().unwrap()).unwrap();
    assert!(!is_used(&store));
    assert_eq!(agrees(&store), None);
    assert!(is_used(&store));
}

#[test]
fn what_has_just_changed_is_not_kept() {
    let (_dir, store) = home();
    let index = Index::new(store.clone());
    index.runs().unwrap();
    assert_eq!(index.save(), None);
    assert!(!index.file().exists());
}

#[test]
fn a_clock_that_ran_ahead_keeps_nobody_from_the_truth() {
    let (_dir, store) = known_home();
    let run = store.run(&format!("{:032x}", 110));
    let event_file = fs::read_dir(run.guild_path("")).unwrap().map(|e| e.unwrap().path());
    let event_file = event_file.into_iter().find(|p| p.to_string_lossy().contains("tfevents"));
    let event_file = event_file.unwrap();
    let bytes = fs::read(&event_file).unwrap();
    let mut other = EventWriter::new(store.home().join("other"));
    other.add("loss", 7.0, 1).unwrap();
    other.flush().unwrap();
    let other = fs::read(other.path().unwrap()).unwrap();
    assert_eq!(bytes.len(), other.len());
    // Other content of the same length, with the times of before and with times to come.
    let times = fs::metadata(&event_file).unwrap().modified().unwrap();
    for (content, time) in [
        (&other, times),
        (&bytes, SystemTime::now() + Duration::from_secs(86_400)),
        (&other, SystemTime::UNIX_EPOCH),
    ] {
        fs::write(&event_file, content).unwrap();
        let file = File::options().write(true).open(&event_file).unwrap();
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
        agrees(&store);
        sleep(REST);
        agrees(&store);
        agrees(&store);
    }
}

#[test]
fn a_link_that_leads_to_a_run_from_now_on() {
    let (dir, store) = known_home();
    let other = dir.path().join("elsewhere");
    fs::create_dir_all(other.join("logs")).unwrap();
    let run = store.run(&format!("{:032x}", 49));
    symlink(&other, run.dir().join("linked")).unwrap();
    symlink(dir.path().join("nowhere"), run.dir().join("broken")).unwrap();
    EventWriter::new(other.join("logs")).add("acc", 1.0, 1).unwrap();
    sleep(REST);
    for _ in 0..2 {
        agrees(&store);
    }
    for linked in [&other, &dir.path().join("nowhere")] {
        fs::create_dir_all(linked.join(".guild")).unwrap();
        fs::write(linked.join(".guild/opref"), "x").unwrap();
        EventWriter::new(linked.join("logs")).add("acc", 2.0, 2).unwrap();
        agrees(&store);
    }
    assert_eq!(index(&store).scalars(&run).len(), 2);
}

/// What may happen to a home.
#[derive(Clone, Debug)]
enum Step {
    New,
    Delete(usize),
    Restore(usize),
    Purge(usize),
    Label(usize),
    /// An attribute that no other run has comes or goes.
    Attribute(usize),
    /// Prepared, and not started yet.
    Pending(usize),
    /// As 0.9.0 does it: marks come and go, `started` is written in place.
    Restart(usize),
    Stage(usize),
    Scalar(usize, &'static str),
    /// More behind what an event file has.
    Append(usize),
    NoRun(usize),
    Replace(usize),
    Rest,
    Damage(u64),
    Forget,
    Ask,
}

fn step() -> impl Strategy<Value = Step> {
    let run = 0..MANY;
    prop_oneof![
        1 => Just(Step::New),
        1 => run.clone().prop_map(Step::Delete),
        1 => run.clone().prop_map(Step::Restore),
        1 => run.clone().prop_map(Step::Purge),
        1 => run.clone().prop_map(Step::Label),
        1 => run.clone().prop_map(Step::Attribute),
        1 => run.clone().prop_map(Step::Pending),
        1 => run.clone().prop_map(Step::Restart),
        1 => run.clone().prop_map(Step::Stage),
        1 => (run.clone(), prop_oneof![Just(""), Just(".guild"), Just("logs/a")])
            .prop_map(|(run, below)| Step::Scalar(run, below)),
        1 => run.clone().prop_map(Step::Append),
        1 => run.clone().prop_map(Step::NoRun),
        1 => run.prop_map(Step::Replace),
        3 => Just(Step::Rest),
        1 => any::<u64>().prop_map(Step::Damage),
        1 => Just(Step::Forget),
        8 => Just(Step::Ask),
    ]
}

/// Does it; what cannot be done to the run now is passed over.
fn take(step: &Step, store: &Store, count: &mut usize) {
    let run = |number: &usize| store.run(&format!("{number:032x}"));
    *count += 1;
    let now = 2000 + *count;
    match step {
        Step::New => drop(make(store, MANY + *count)),
        Step::Delete(number) => drop(store.delete(&run(number))),
        Step::Restore(number) => drop(store.restore(&run(number))),
        Step::Purge(number) => drop(store.delete_permanently(&run(number))),
        Step::Label(number) => {
            for name in ["label", "flags"] {
                drop(fs::write(run(number).guild_path("attrs").join(name), format!("{now}\n")));
            }
        }
        Step::Attribute(number) if run(number).dir().exists() => {
            let path = run(number).guild_path("attrs/other");
            if fs::remove_file(&path).is_err() {
                fs::write(path, format!("{now}\n")).unwrap();
            }
        }
        Step::Pending(number) if !run(number).dir().exists() => {
            let run = make(store, *number);
            fs::rename(run.guild_path("attrs/started"), run.guild_path("attrs/initialized"))
                .unwrap();
            fs::write(run.guild_path("PENDING"), "").unwrap();
        }
        Step::Restart(number) if run(number).dir().exists() => {
            let run = run(number);
            fs::write(run.guild_path("PENDING"), "").unwrap();
            fs::remove_file(run.guild_path("PENDING")).unwrap();
            for name in ["started", "stopped", "exit_status", "flags"] {
                fs::write(run.guild_path("attrs").join(name), format!("{now}\n")).unwrap();
            }
            fs::write(run.guild_path("LOCK"), "1").unwrap();
            fs::remove_file(run.guild_path("LOCK")).unwrap();
        }
        Step::Stage(number) if run(number).dir().exists() => {
            fs::write(run(number).guild_path("STAGED"), "").unwrap();
            fs::write(run(number).guild_path("attrs/started"), format!("{now}\n")).unwrap();
        }
        Step::Scalar(number, below) if run(number).dir().exists() => {
            scalar(&run(number), below, "loss", now as f32);
        }
        Step::Append(number) => {
            let files = fs::read_dir(run(number).dir()).into_iter().flatten().flatten();
            for file in files.filter(|f| f.file_name().to_string_lossy().contains("tfevents")) {
                let bytes = fs::read(file.path()).unwrap();
                fs::write(file.path(), [bytes.as_slice(), &bytes].concat()).unwrap();
            }
        }
        Step::NoRun(number) => drop(fs::remove_file(run(number).guild_path("opref"))),
        Step::Replace(number) => {
            let _ = fs::remove_dir_all(run(number).dir());
            let run = make(store, *number);
            fs::write(run.guild_path("attrs/started"), format!("{now}\n")).unwrap();
        }
        Step::Rest => sleep(REST),
        Step::Damage(seed) => damage(index(store).file(), *seed),
        Step::Forget => drop(fs::remove_dir_all(index(store).file().parent().unwrap())),
        Step::Ask => drop(agrees(store)),
        _ => {}
    }
}

/// Spoils a database in one of many ways.
fn damage(file: &Path, seed: u64) {
    let Ok(mut bytes) = fs::read(file) else { return };
    let mut random = fastrand::Rng::with_seed(seed);
    match random.u8(..8) {
        0 => bytes.truncate(random.usize(..=bytes.len())),
        1 => bytes = (0..random.usize(..5000)).map(|_| random.u8(..)).collect(),
        2 => {
            let at = random.usize(..bytes.len().max(1)) / 4096 * 4096;
            let end = bytes.len().min(at + 4096);
            bytes[at..end].fill(0);
        }
        3 => {
            // A page of it stands at the place of another.
            let pages = bytes.len() / 4096;
            if pages > 1 {
                let (from, to) = (random.usize(..pages) * 4096, random.usize(..pages) * 4096);
                bytes.copy_within(from..from + 4096, to);
            }
        }
        4 => bytes.extend_from_within(..bytes.len() / 2),
        _ => {
            for _ in 0..random.usize(1..20) {
                let at = random.usize(..bytes.len().max(1));
                // Where the rows are, mostly; now and then in the header.
                let at = if random.bool() { at } else { at % 200 };
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.u8(..8);
                }
            }
        }
    }
    fs::write(file, bytes).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: number("GUILD_INDEX_CASES", 6) as u32, max_shrink_iters: 40, ..Default::default()
    })]

    #[test]
    fn the_index_agrees_with_the_files(steps in prop::collection::vec(step(), 1..60)) {
        let (_dir, store) = home();
        let mut count = 0;
        for step in &steps {
            take(step, &store, &mut count);
        }
        agrees(&store);
        sleep(REST);
        agrees(&store);
        agrees(&store);
    }
}

#[test]
fn no_damage_changes_an_answer() {
    let (_dir, store) = known_home();
    let file = index(&store).file().to_path_buf();
    let whole = fs::read(&file).unwrap();
    let mut found = 0;
    for seed in 0..number("GUILD_INDEX_DAMAGES", 100) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, &whole).unwrap();
        damage(&file, seed);
        found += u32::from(agrees(&store).is_some());
    }
    assert!(found > 10, "{found}");
    agrees(&store);
    assert!(is_used(&store), "it is made anew");
}

#[test]
fn a_database_that_cannot_be_used_is_done_without() {
    let (_dir, store) = known_home();
    let file = index(&store).file().to_path_buf();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    make(&store, 999);
    sleep(REST);
    assert_eq!(agrees(&store), None, "locked");
    drop(other);
    assert_eq!(agrees(&store), None);
    assert!(is_used(&store));
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    assert_eq!(agrees(&store), Some(Damaged), "of another kind");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(agrees(&store), None, "a folder");
    fs::remove_dir(&file).unwrap();
    fs::write(&file, "").unwrap();
    assert_eq!(agrees(&store), None, "nothing in it yet");
    assert!(is_used(&store));
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file.parent().unwrap(), "").unwrap();
    assert_eq!(agrees(&store), None, "a file where the folder belongs");
}

#[test]
fn a_transaction_that_was_cut_off_is_rolled_back() {
    let (_dir, store) = known_home();
    let file = index(&store).file().to_path_buf();
    // What a killed process leaves: a database half written, and the journal of it.
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE").unwrap();
    other.execute("UPDATE listing SET sum = sum + 1", []).unwrap();
    other.execute("UPDATE scalars SET content = zeroblob(30000)", []).unwrap();
    let journal = file.with_file_name("runs-5.db-journal");
    let (half, kept) = (fs::read(&file).unwrap(), fs::read(&journal).unwrap());
    drop(other);
    fs::write(&file, half).unwrap();
    fs::write(&journal, kept).unwrap();
    assert_eq!(agrees(&store), None);
    assert!(!journal.exists());
    assert!(is_used(&store));
}

#[test]
fn many_at_once() {
    let (_dir, store) = home();
    std::thread::scope(|scope| {
        for thread in 0..6u64 {
            let store = store.clone();
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(thread);
                for round in 0..20 {
                    // Each its own runs, so that what each knows of them stays true.
                    let number = thread as usize * 20 + random.usize(..20);
                    let run = store.run(&format!("{number:032x}"));
                    let mut count = 10_000 * (thread as usize + 1) + round;
                    let step = match random.u8(..5) {
                        0 => Step::Restart(number),
                        1 => Step::Scalar(number, ".guild"),
                        2 => Step::Replace(number),
                        3 => Step::Rest,
                        _ => Step::Label(number),
                    };
                    take(&step, &store, &mut count);
                    let index = index(&store);
                    assert!(index.runs().unwrap().contains(&run));
                    assert!(same(&index.scalars(&run), &summary::for_run(run.dir())));
                    assert_eq!(index.save(), None);
                }
            });
        }
    });
    agrees(&store);
    sleep(REST);
    agrees(&store);
    agrees(&store);
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}
