//! What befalls runs while commands are at work: each write fails in turn, runs belong to somebody
//! else, come and go while they are listed, have odd clocks or the number of another process.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use guild_plugin_api::Value;
use guild_store::{Run, Status, Store};

use crate::generate;
use crate::harness::{Outcome, Project};

/// A file system of its own on a folder, of which a given number of pages and files are left.
struct Disk {
    dir: PathBuf,
}

const PAGE: usize = 4096;

impl Disk {
    /// None where nothing can be mounted.
    fn mount(dir: &Path) -> Option<Disk> {
        fs::create_dir_all(dir).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m,nr_inodes=2000", "tmpfs"])
            .arg(dir)
            .stderr(Stdio::null())
            .status();
        if !mount.is_ok_and(|status| status.success()) {
            eprintln!("skipped: nothing can be mounted here");
            return None;
        }
        Some(Disk { dir: dir.into() })
    }

    fn filler(&self) -> PathBuf {
        self.dir.join("filler")
    }

    /// Leaves room for so many pages.
    fn leave_pages(&self, pages: usize) {
        self.leave_all();
        fs::create_dir(self.filler()).unwrap();
        let keep = self.filler().join("keep");
        fs::write(&keep, vec![1; pages * PAGE]).unwrap();
        let all = vec![1; 8 << 20];
        assert!(fs::write(self.filler().join("rest"), all).is_err());
        fs::remove_file(keep).unwrap();
    }

    /// Leaves room for so many files.
    fn leave_files(&self, files: usize) {
        self.leave_all();
        fs::create_dir(self.filler()).unwrap();
        let made = (0..).take_while(|i| fs::write(self.filler().join(i.to_string()), "").is_ok());
        let made = made.count();
        (made.saturating_sub(files)..made)
            .for_each(|i| fs::remove_file(self.filler().join(i.to_string())).unwrap());
    }

    fn leave_all(&self) {
        let _ = fs::remove_dir_all(self.filler());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.dir).status();
    }
}

/// What is there of the runs: whether deleted, the label, how it ended.
fn runs(store: &Store) -> Vec<(String, bool, Option<Value>, Option<Value>)> {
    let state = |deleted| {
        move |run: Run| {
            let attr = |name| run.attr(name).unwrap();
            (run.id().to_string(), deleted, attr("label"), attr("exit_status"))
        }
    };
    let there = store.runs().unwrap().into_iter().map(state(false));
    let mut all: Vec<_> =
        there.chain(store.deleted_runs().unwrap().into_iter().map(state(true))).collect();
    all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    all
}

/// The commands that write, on a disk with room for one page more each time, and then for one
/// file more: each fails with a clear word until there is enough, and nothing is lost or half done.
#[test]
fn every_write_may_fail_for_want_of_room() {
    let project = Project::with(&[("a.sh", "#!/bin/sh\necho loss: 0.5\n")]);
    fs::set_permissions(project.path("a.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let Some(disk) = Disk::mount(&project.home()) else { return };
    let ids = generate::runs(&project.home(), 5).unwrap();
    let store = Store::new(project.home());
    project.guild(&format!("export archive {} -y", ids[0])).succeeds();
    fs::remove_dir_all(store.run(&ids[0]).dir()).unwrap();
    let before = runs(&store);
    assert_eq!(before.len(), 4);
    let mut failed = 0;
    for by_files in [false, true] {
        for line in [
            "run a.sh -y".to_string(),
            format!("label --set {} {} -y", "long".repeat(2000), ids[1]),
            format!("comment --add better {} -y", ids[1]),
            format!("tag --add new {} -y", ids[1]),
            format!("mark {} -y", ids[1]),
            format!("runs rm {} -y", ids[1]),
            format!("runs restore {} -y", ids[2]),
            "import archive -y".to_string(),
        ] {
            for room in 0..200 {
                if line.contains("restore") {
                    project.guild(&format!("runs rm {} -y", ids[2])).succeeds();
                }
                if by_files {
                    disk.leave_files(room)
                } else {
                    disk.leave_pages(room)
                }
                let out = project.guild(&line).outcome();
                disk.leave_all();
                let after = runs(&store);
                check(&before, &after, &out, &format!("{line:.40} with room for {room}"));
                if line.starts_with("import") {
                    let _ = fs::remove_dir_all(store.run(&ids[0]).dir());
                } else {
                    let known = |run: &Run| before.iter().any(|(id, ..)| id == run.id());
                    let new = store.runs().unwrap().into_iter().filter(|run| !known(run));
                    new.for_each(|run| fs::remove_dir_all(run.dir()).unwrap());
                }
                for id in &ids[1..3] {
                    if !store.run(id).dir().exists() {
                        project.guild(&format!("runs restore {id} -y")).succeeds();
                    }
                }
                if out.code == Some(0) {
                    break;
                }
                failed += 1;
                assert!(room < 199, "{line}: {}", out.stderr);
            }
        }
    }
    assert!(failed > 30, "{failed} writes failed");
    eprintln!("{failed} commands failed, no run was lost");
}

/// No run that was there is lost, doubled or ended otherwise; a new one is whole or says that it
/// is not.
#[track_caller]
fn check(
    before: &[(String, bool, Option<Value>, Option<Value>)],
    after: &[(String, bool, Option<Value>, Option<Value>)],
    out: &Outcome,
    what: &str,
) {
    let said = &out.stderr;
    assert!(!said.contains("panicked"), "{what}: {said}");
    if out.code != Some(0) {
        assert!(said.contains("No space left on device"), "{what}: {said}");
    }
    assert!(after.windows(2).all(|pair| pair[0].0 != pair[1].0), "{what}: doubled");
    for (id, _, label, exit_status) in before {
        let Some((_, _, label_now, exit_now)) = after.iter().find(|(other, ..)| other == id) else {
            panic!("{what}: {id} is lost: {said}");
        };
        assert_eq!(exit_status, exit_now, "{what}");
        let new = label_now.as_ref().and_then(Value::as_str).is_some_and(|l| l.len() == 8000);
        assert!(label == label_now || new, "{what}: {label_now:?}");
    }
    for (id, ..) in after.iter().filter(|(id, ..)| before.iter().all(|(other, ..)| other != id)) {
        let whole = after.iter().any(|(other, _, _, exit)| other == id && *exit == Some(0.into()));
        assert!(out.code != Some(0) || whole || what.starts_with("import"), "{what}: {said}");
    }
}

/// The user `nobody`.
const NOBODY: u32 = 65534;

#[test]
fn runs_that_belong_to_another_user() {
    let project = Project::new();
    let ids = generate::runs(&project.home(), 4).unwrap();
    let store = Store::new(project.home());
    fs::set_permissions(project.dir().parent().unwrap(), fs::Permissions::from_mode(0o755))
        .unwrap();
    let program = fs::metadata(env!("CARGO_BIN_EXE_guild")).unwrap();
    if !rustix::process::geteuid().is_root() || program.permissions().mode() & 1 == 0 {
        eprintln!("skipped: only root can be another user");
        return;
    }
    let as_nobody = |line: &str| project.guild(line).by_user(NOBODY).outcome();
    // Of one nothing can be read, of another one no attribute, of the third one no label.
    let hide =
        |path: PathBuf| fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    hide(store.run(&ids[0]).dir().into());
    hide(store.run(&ids[1]).guild_path("attrs"));
    hide(store.run(&ids[2]).guild_path("attrs/label"));
    let list = as_nobody("runs --all");
    assert_eq!((list.code, list.stderr.as_str()), (Some(0), ""), "{list:?}");
    assert_eq!(list.stdout.lines().count(), 3, "{}", list.stdout);
    for line in ["runs --json", "compare --csv -", "select --all", "runs -v", "runs -F x=3"] {
        let out = as_nobody(line);
        assert_eq!(out.code, Some(0), "{line}: {}", out.stderr);
    }
    for line in ["runs rm ID -y", "label --set mine ID -y", "mark ID -y", "runs purge -y"] {
        for id in &ids {
            let out = as_nobody(&line.replace("ID", id));
            assert!(!out.stderr.contains("panicked"), "{line}: {}", out.stderr);
            if line.contains("ID") {
                assert_eq!(out.code, Some(1), "{line}: {}", out.stderr);
            }
        }
    }
    let out = as_nobody(&format!("label --set mine {} -y", ids[3]));
    assert!(out.stderr.contains("Permission denied"), "{}", out.stderr);
    let out = as_nobody(&format!("runs rm {} -y", ids[3]));
    assert!(out.stderr.contains("Permission denied"), "{}", out.stderr);
    for id in &ids[..2] {
        let dir = store.run(id).dir().to_path_buf();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        let _ = fs::set_permissions(dir.join(".guild/attrs"), fs::Permissions::from_mode(0o755));
    }
    assert_eq!(store.runs().unwrap().len(), 4);

    // The home is nobody's, one run in it is not.
    let own = |path: &Path| chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    [project.home(), store.runs_dir()].iter().for_each(|path| own(path));
    let out = as_nobody(&format!("runs rm {} -y", ids[3]));
    assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
    let all = store.runs().unwrap().len() + store.deleted_runs().unwrap().len();
    assert_eq!(all, 4, "{}", out.stderr);
}

#[test]
fn runs_that_come_and_go_while_they_are_listed() {
    let project = Project::new();
    let ids = generate::runs(&project.home(), 130).unwrap();
    let store = Store::new(project.home());
    let over = AtomicBool::new(false);
    let (stay, go) = ids.split_at(10);
    std::thread::scope(|scope| {
        for part in go.chunks(60) {
            let (store, over, project) = (&store, &over, &project);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(3);
                while !over.load(Ordering::Relaxed) {
                    let run = store.run(random.choice(part).unwrap());
                    let away = project.path(run.id());
                    if fs::rename(run.dir(), &away).is_ok() {
                        fs::rename(&away, run.dir()).unwrap();
                    }
                    // Half deleted, and made anew.
                    let attrs = run.guild_path("attrs");
                    if fs::rename(&attrs, project.path("attrs-of").with_extension(run.id())).is_ok()
                    {
                        fs::rename(project.path("attrs-of").with_extension(run.id()), attrs)
                            .unwrap();
                    }
                }
            });
        }
        for line in [
            "runs --all",
            "runs --all -v",
            "runs --json",
            "runs -F x=3 -Sc",
            "runs --all --comments",
            "compare --csv -",
            "compare --table --min loss",
            "select --all --min loss",
            "api runs",
            "tag --list-all",
        ]
        .repeat(2)
        {
            let out = project.guild(line).outcome();
            assert_eq!(out.code, Some(0), "{line}: {}", out.stderr);
            assert!(!out.stderr.contains("panicked"), "{line}: {}", out.stderr);
            let listed = stay.iter().filter(|id| out.stdout.contains(&id[..8])).count();
            let all = line.contains("--all ") || line == "runs --all" || line == "runs --json";
            assert!(!all || listed == stay.len() || line.contains("select"), "{line}: {listed}");
        }
        for number in [1, 20, 50, 100] {
            for line in ["runs info", "ls", "cat --output", "diff"] {
                let out = project.guild(&format!("{line} {number}")).outcome();
                let code = out.code.unwrap();
                assert!(code <= 2 && !out.stderr.contains("panicked"), "{line}: {}", out.stderr);
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(store.runs().unwrap().len(), 130);
}

#[test]
fn clocks_that_ran_backwards_and_numbers_of_other_processes() {
    let project = Project::new();
    let ids = generate::runs(&project.home(), 3).unwrap();
    let store = Store::new(project.home());
    let [back, ahead, reused] = [0, 1, 2].map(|i| store.run(&ids[i]));
    for (run, started, stopped) in [
        (&back, 1_700_000_100_000_000_i64, 1_700_000_000_000_000_i64),
        (&ahead, 4_000_000_000_000_000, 4_000_000_000_000_001),
        (&reused, -1, i64::MIN),
    ] {
        run.set_attr_text("started", &started.to_string()).unwrap();
        run.set_attr_text("stopped", &stopped.to_string()).unwrap();
    }
    // It was killed long ago; since then another process has got its number.
    reused.del_attr("exit_status").unwrap();
    reused.lock(std::process::id()).unwrap();
    assert_eq!(reused.status(), Status::Running);
    let lock = fs::File::options().write(true).open(reused.guild_path("LOCK")).unwrap();
    lock.set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    fs::write(back.guild_path("LOCK.remote"), "box").unwrap();

    let list = project.guild("runs --all").succeeds();
    assert_eq!(list.stderr, "");
    let line = |run: &Run| list.stdout.lines().find(|l| l.contains(run.short_id())).unwrap();
    assert!(list.stdout.starts_with("[1:") && list.stdout.contains(ahead.short_id()));
    assert!(line(&ahead).contains("2096-10-02"), "{}", list.stdout);
    assert!(line(&reused).contains(" error "), "{}", list.stdout);
    assert!(line(&back).contains(" running (box) "), "{}", list.stdout);
    for line in
        ["runs info 1", "runs info 2", "runs info 3", "compare --csv -", "runs -Fs 'last 2 hours'"]
    {
        let args: Vec<&str> = match line.split_once(" '") {
            Some((start, end)) => start.split(' ').chain([end.trim_end_matches('\'')]).collect(),
            None => line.split(' ').collect(),
        };
        assert_eq!(project.guild_args(&args).succeeds().stderr, "", "{line}");
    }
    // What is started now comes before what a clock dated ahead only by its own time.
    let out = project.guild("runs stop -y").outcome();
    assert!(!out.stderr.contains("panicked"), "{}", out.stderr);
    assert!(Path::new("/proc/self").exists(), "and the process with that number is still there");
}
