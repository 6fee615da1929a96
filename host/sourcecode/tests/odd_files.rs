//! Files that 0.9.0 crashes or hangs on, or copies where they do not belong.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's preparations may fail loudly"
)]

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use guild_sourcecode::copy::Reason;
use guild_sourcecode::{
    Dest, Error, Report, Rule, Select, copy, default_rules, digest, manifest_lines, plan,
};

/// All files, like the rules for a git work tree.
fn all() -> Select {
    Select::new(vec![Rule::include(["*"])])
}

/// The rules without git.
fn default(project: &Path) -> Select {
    Select::new(default_rules(project, &[]).unwrap().rules)
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn sources(report: &Report) -> Vec<&str> {
    report.files.iter().map(|file| file.src.as_str()).collect()
}

fn reasons(report: &Report) -> Vec<(&str, &Reason)> {
    report.skipped.iter().map(|skipped| (skipped.path.as_str(), &skipped.reason)).collect()
}

#[test]
fn pipes_sockets_and_devices_are_passed_by() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name| project.path().join(name);
    fs::write(path("train.py"), "pass").unwrap();
    pipe(&path("pipe"));
    pipe(&path("pipe.py"));
    let _socket = UnixListener::bind(path("socket")).unwrap();
    symlink("/dev/zero", path("zero.py")).unwrap();
    symlink("pipe", path("link")).unwrap();

    let report = copy(project.path(), run.path(), &default(project.path()), &[]).unwrap();
    assert_eq!(sources(&report), ["train.py"]);
    assert!(report.warnings.is_empty() && report.skipped.is_empty());

    let report = copy(project.path(), run.path(), &all(), &[]).unwrap();
    assert_eq!(sources(&report), ["train.py"]);
    assert!(report.warnings.is_empty());
    let passed = ["link", "pipe", "pipe.py", "socket", "zero.py"];
    assert_eq!(reasons(&report), passed.map(|name| (name, &Reason::NotAFile)));
}

#[test]
fn links_to_nothing_and_files_that_cannot_be_read_are_skipped_with_a_warning() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name| project.path().join(name);
    fs::write(path("train.py"), "pass").unwrap();
    symlink("none", path("broken.py")).unwrap();
    symlink("loop.py", path("loop.py")).unwrap();

    let report = copy(project.path(), run.path(), &default(project.path()), &[]).unwrap();
    assert_eq!(sources(&report), ["train.py"]);
    let full = path("broken.py").display().to_string();
    let expected = format!("could not check for text file {full}: {full} does not exist");
    assert_eq!(report.warnings[0], expected);
    assert_eq!(report.warnings.len(), 2);

    let report = copy(project.path(), run.path(), &all(), &[]).unwrap();
    assert_eq!(sources(&report), ["train.py"]);
    assert_eq!(report.skipped[0].reason, Reason::BrokenLink);
    assert!(matches!(&report.skipped[1].reason, Reason::Unreadable(_)));
    assert!(report.warnings[0].ends_with("broken.py because it is a link to nothing."));
    assert!(report.warnings[1].contains("loop.py because it cannot be read: "));
    assert!(!run.path().join("broken.py").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_halfway_leaves_nothing() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(project.path().join("train.py"), "pass").unwrap();
    let alone = copy(project.path(), run.path(), &all(), &[]).unwrap();
    // Can be opened, but not read from its start.
    symlink("/proc/self/mem", project.path().join("memory.py")).unwrap();
    let report = copy(project.path(), run.path(), &all(), &[]).unwrap();
    assert_eq!(report.digest, alone.digest);
    assert!(matches!(reasons(&report)[..], [("memory.py", Reason::Unreadable(_))]));
    assert!(!run.path().join("memory.py").exists());
}

#[test]
fn names_that_a_manifest_cannot_hold_are_skipped_with_a_warning() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name: &[u8]| project.path().join(OsStr::from_bytes(name));
    fs::create_dir(path(b"dir\xff")).unwrap();
    for name in [&b"a\nb.py"[..], b"\xe9.py", b"dir\xff/x.py", b"a b.py", b"it's.py", b"a\tb.py"] {
        fs::write(path(name), name).unwrap();
    }
    let report = copy(project.path(), run.path(), &default(project.path()), &[]).unwrap();
    assert_eq!(sources(&report), ["a\tb.py", "a b.py", "it's.py"]);
    assert_eq!(report.skipped.len(), 3);
    assert_eq!(report.warnings.len(), 3);
    assert!(report.warnings.iter().all(|warning| !warning.contains('\n')));

    fs::create_dir(run.path().join(".guild")).unwrap();
    fs::write(run.path().join(".guild/manifest"), manifest_lines(&report)).unwrap();
    assert_eq!(digest::of_run(run.path()).unwrap(), report.digest);
}

#[test]
fn what_cannot_be_copied_among_many_files_is_told_of_in_order() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name: &str| project.path().join(name);
    for i in 0..400 {
        fs::create_dir_all(path(&format!("dir{}", i % 7))).unwrap();
        fs::write(path(&format!("dir{}/{i}.py", i % 7)), i.to_string()).unwrap();
    }
    // Larger than what is kept in memory.
    fs::write(path("dir3/large.txt"), "large\n".repeat(100_000)).unwrap();
    symlink("nothing", path("dir2/broken.py")).unwrap();
    pipe(&path("dir4/pipe.py"));

    let report = copy(project.path(), run.path(), &all(), &[]).unwrap();
    let expected = [("dir2/broken.py", &Reason::BrokenLink), ("dir4/pipe.py", &Reason::NotAFile)];
    assert_eq!(reasons(&report), expected);
    assert_eq!(report.files.len(), 401);
    for file in &report.files {
        let (copy, original) = (run.path().join(&file.dest), path(&file.src));
        assert_eq!(fs::read(copy).unwrap(), fs::read(original).unwrap());
    }
    fs::create_dir(run.path().join(".guild")).unwrap();
    fs::write(run.path().join(".guild/manifest"), manifest_lines(&report)).unwrap();
    assert_eq!(digest::of_run(run.path()).unwrap(), report.digest);
}

#[test]
fn files_without_a_known_encoding_are_no_source_code() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name| project.path().join(name);
    fs::write(path("train.py"), "pass").unwrap();
    fs::write(path("runs.db"), [b"SQLite format 3\0".as_slice(), &[0; 4080]].concat()).unwrap();
    fs::write(path("picture"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff").unwrap();
    fs::write(path("colors"), "\x1b[31mred\x1b[0m").unwrap();
    let report = copy(project.path(), run.path(), &default(project.path()), &[]).unwrap();
    assert_eq!(sources(&report), ["colors", "train.py"]);
}

#[test]
fn a_run_within_the_project_is_not_copied_into_itself() {
    let project = tempfile::tempdir().unwrap();
    let path = |name| project.path().join(name);
    let run = path("home/runs/1");
    fs::create_dir_all(run.join(".guild")).unwrap();
    fs::create_dir_all(path("home/runs/0")).unwrap();
    for name in ["train.py", "home/x.py", "home/runs/0/y.py", "home/runs/1/left-over.py"] {
        fs::write(path(name), name).unwrap();
    }
    symlink("home/runs/1", path("latest")).unwrap();
    let expected = ["train.py", "home/x.py", "home/runs/0/y.py"];
    for subdir in [".", "src", "src"] {
        let dest = Dest { run_dir: &run, subdir };
        let report = copy(project.path(), dest, &all(), &[]).unwrap();
        assert_eq!(sources(&report), expected, "{subdir}");
    }
    assert!(run.join("src/home/runs/0/y.py").exists());
    assert!(!run.join("home/runs/1").exists());
}

#[test]
fn nothing_is_written_through_links_in_the_run() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir_all(project.path().join("data/deep")).unwrap();
    for name in ["train.py", "data/x.py", "data/deep/y.py"] {
        fs::write(project.path().join(name), "new").unwrap();
    }
    fs::write(elsewhere.path().join("train.py"), "old").unwrap();
    symlink(elsewhere.path().join("train.py"), run.path().join("train.py")).unwrap();
    symlink(elsewhere.path(), run.path().join("data")).unwrap();

    let report = copy(project.path(), run.path(), &all(), &[]).unwrap();
    assert_eq!(sources(&report), ["train.py"]);
    let skipped = ["data/deep/y.py", "data/x.py"].map(|name| (name, &Reason::LinkInRun));
    assert_eq!(reasons(&report), skipped);
    assert_eq!(report.warnings.len(), 2);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    assert_eq!(fs::read(elsewhere.path().join("train.py")).unwrap(), b"old");
    assert_eq!(fs::read(run.path().join("train.py")).unwrap(), b"new");
}

#[test]
fn a_destination_that_cannot_be_written_is_an_error() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(project.path().join("sub")).unwrap();
    fs::write(project.path().join("sub/x.py"), "pass").unwrap();
    fs::write(run.path().join("sub"), "a file").unwrap();
    let error = copy(project.path(), run.path(), &all(), &[]).unwrap_err();
    assert_eq!(error.kind(), Some(ErrorKind::AlreadyExists));
    assert!(matches!(error, Error::Write { path, .. } if path == run.path().join("sub")));

    fs::remove_file(run.path().join("sub")).unwrap();
    fs::create_dir_all(run.path().join("sub/x.py/in-the-way")).unwrap();
    let error = copy(project.path(), run.path(), &all(), &[]).unwrap_err();
    assert!(error.to_string().contains("sub/x.py"), "{error}");
}

#[test]
fn projects_that_are_not_there_have_no_source_code() {
    let run = tempfile::tempdir().unwrap();
    let none = run.path().join("none");
    let select = Select { root: "deeper".into(), ..default(&none) };
    let report = copy(&none, &run.path().join("run"), &select, &[]).unwrap();
    assert_eq!(report, Report::default());
    assert!(!run.path().join("run").exists());
}

#[test]
fn a_plan_lists_what_is_taken_and_left() {
    let project = tempfile::tempdir().unwrap();
    let path = |name| project.path().join(name);
    fs::create_dir_all(path(".hidden")).unwrap();
    fs::create_dir_all(path("sub/.venv")).unwrap();
    for name in ["train.py", "picture.png", "data.csv", ".hidden/x.py", "sub/y.py"] {
        fs::write(path(name), "").unwrap();
    }
    let plan = plan(project.path(), &default(project.path()), &["./data.csv".into()]);
    assert_eq!(plan.root, project.path());
    assert_eq!(plan.selected, ["train.py", "sub/y.py"]);
    assert_eq!(plan.skipped, [".hidden", "data.csv", "picture.png", "sub/.venv"]);
    assert_eq!(guild_sourcecode::plan(&path(""), &Select::disabled(), &[]).skipped.len(), 0);
}

#[test]
fn git_is_understood_whatever_names_it_ignores() {
    let (project, run) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name| project.path().join(name);
    let Ok(status) = Command::new("git").args(["init", "-q"]).current_dir(path("")).status() else {
        eprintln!("skipped: no git");
        return;
    };
    assert!(status.success());
    fs::write(path(".gitignore"), "*.csv\nout*\noùt*\n").unwrap();
    for name in ["out[1]", "oùt\n2", "1", "out*"] {
        fs::create_dir(path(name)).unwrap();
        fs::write(path(name).join("x.py"), "").unwrap();
    }
    for name in ["train.py", "é.csv", "a\"b.csv", "a\tb.csv", "a\nb.csv", "é.py", ".guild-x"] {
        fs::write(path(name), "").unwrap();
    }
    fs::write(path("1/.gitignore"), "*\n").unwrap();
    pipe(&path(".guildignore"));
    let report = copy(project.path(), run.path(), &default(project.path()), &[]).unwrap();
    assert_eq!(sources(&report), [".guild-x", "train.py", "é.py"]);
}
