//! `guild export`, `guild import`, `guild runs list --archive`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;

use crate::harness::{Project, assert_like, oracle};

fn two_runs() -> Project {
    let project = Project::with(&[("a.py", "x = 1\nopen('made', 'w').write('m')\n")]);
    project.guild("run a.py -y --label one").succeeds();
    project.guild("run a.py -y x=2 --label two").succeeds();
    project
}

/// The files below a folder and what they hold.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut dirs) = (BTreeMap::new(), vec![dir.to_path_buf()]);
    while let Some(next) = dirs.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                let content = fs::read(&path).unwrap_or_default();
                found.insert(path.strip_prefix(dir).unwrap().to_path_buf(), content);
            }
        }
    }
    found
}

#[test]
fn there_and_back() {
    for location in ["exported", "exported.zip"] {
        let project = two_runs();
        let before = tree(&project.home().join("runs"));
        let out = project.guild(&format!("export {location} -y")).succeeds();
        let end = format!("Exported 2 run(s) to {location}\n");
        assert!(out.stderr.ends_with(&end), "{out:?}");
        assert_eq!(out.stderr.matches("Copying ").count(), 2);
        let list = project.guild(&format!("runs list -A {location}")).succeeds().stdout;
        assert_eq!(list, project.guild("runs").succeeds().stdout);
        let again = project.guild(&format!("export {location} -y")).succeeds().stderr;
        assert_eq!(again.matches(" exists, skipping").count(), 2, "{again}");
        assert!(again.contains("Exported 0 run(s)"), "{again}");

        project.guild("runs rm -py").succeeds();
        let out = project.guild(&format!("import {location} -y -Fl one")).succeeds().stderr;
        assert!(out.ends_with(&format!("Imported 1 run(s) from {location}\n")), "{out}");
        let out = project.guild(&format!("runs import {location} -y")).succeeds().stderr;
        assert_eq!(out.matches(" exists, skipping").count(), 1, "{out}");
        assert_eq!(tree(&project.home().join("runs")), before);
    }
}

#[test]
fn what_is_moved_is_gone() {
    for location in ["exported", "exported.zip"] {
        let project = two_runs();
        let out = project.guild(&format!("export {location} -m 2 --yes")).succeeds().stderr;
        assert!(out.starts_with("Moving "), "{out}");
        assert_eq!(project.guild("runs").succeeds().stdout.lines().count(), 1);
        project.guild(&format!("export {location} 1 -y")).succeeds();
        let list = project.guild(&format!("runs list -A {location}")).succeeds().stdout;
        assert_eq!(list.lines().count(), 2);
    }
    let project = two_runs();
    project.guild("export e -my").succeeds();
    project.guild("import e -my").succeeds();
    assert_eq!(project.runs().len(), 2);
    assert_eq!(tree(&project.path("e")).len(), 1, "the marker alone stays");
    let error = project.guild("import e.zip -m").fails(1).stderr;
    assert_eq!(error, "guild: archive 'e.zip' does not exist\n");
    project.guild("export e.zip -y").succeeds();
    let error = project.guild("import e.zip -m").fails(1).stderr;
    assert_eq!(error, "guild: '--move' cannot be used with zip archives\n");
}

#[test]
fn it_is_asked_first() {
    let project = two_runs();
    let out = project.guild("export e").input("n\n").fails(4);
    assert_like(
        &out.stderr,
        "You are about to copy the following runs to 'e':
  [...]  a.py  ...  completed  two
  [...]  a.py  ...  completed  one
Continue? (Y/n)",
    );
    assert!(!project.path("e").exists());
    project.guild("export e 1").input("\n").succeeds();
    assert_eq!(tree(&project.path("e")).keys().filter(|p| p.ends_with("opref")).count(), 1);
    let out = project.guild("export f --copy-resources").input("y\nn\n").fails(4).stderr;
    assert!(out.contains("WARNING: You specified --copy-resources"), "{out}");
    assert!(!project.path("f").exists());
    let out = project.guild("import e").input("n\n").fails(4).stderr;
    assert!(out.starts_with("You are about to import (copy) the following runs from 'e':"));
    let out = project.guild("export e -Se").succeeds().stderr;
    assert_eq!(out, "No runs to export.\n");
}

#[test]
fn links_are_kept_unless_resources_are_wanted() {
    let project = two_runs();
    let run = project.runs().remove(1);
    fs::create_dir(project.path("data")).unwrap();
    fs::write(project.path("data/x"), "data").unwrap();
    symlink(project.path("data"), run.join("data")).unwrap();
    let id = run.file_name().unwrap();
    project.guild("export kept 1 -y").succeeds();
    assert!(project.path("kept").join(id).join("data").is_symlink());
    project.guild("export copied 1 -y --copy-resources").succeeds();
    assert!(!project.path("copied").join(id).join("data").is_symlink());
    assert_eq!(fs::read(project.path("copied").join(id).join("data/x")).unwrap(), b"data");
    let out = project.guild("export kept.zip 1 -y").succeeds().stderr;
    assert!(out.contains("data is not exported"), "{out}");
    project.guild("export copied.zip 1 -y -r").succeeds();
    project.guild("runs rm 1 -py").succeeds();
    project.guild("import copied.zip -y").succeeds();
    assert_eq!(fs::read(run.join("data/x")).unwrap(), b"data");
}

#[test]
fn what_is_no_archive_is_refused() {
    let project = two_runs();
    project.write("text", "x");
    project.write("broken.zip", "PK\x03\x04 and no more");
    project.guild("export whole.zip -y").succeeds();
    let whole = fs::read(project.path("whole.zip")).unwrap();
    project.write("half.zip", &whole[..whole.len() / 2]);
    let error = |line: &str| project.guild(line).fails(1).stderr;
    assert_eq!(
        error("import text"),
        "guild: invalid archive text - expected a directory or a zip file\n"
    );
    assert_eq!(
        error("import broken.zip").replace(project.dir().to_str().unwrap(), "PROJECT"),
        "guild: cannot read PROJECT/broken.zip: it is no zip file, or only the beginning of one\n"
    );
    for name in ["broken.zip", "half.zip"] {
        assert!(error(&format!("import {name} -y")).starts_with("guild: cannot read "));
        assert!(error(&format!("runs list -A {name}")).starts_with("guild: cannot read "));
        let before = fs::read(project.path(name)).unwrap();
        assert!(error(&format!("export {name} -y")).starts_with("guild: cannot write to "));
        assert_eq!(fs::read(project.path(name)).unwrap(), before, "it is left as it was");
    }
    assert!(error("export text -y").starts_with("guild: 'text' is not a directory\n"));
    assert!(error("runs list -A nowhere").starts_with("guild: nowhere does not exist"));
    assert!(error("runs list -A . -d").contains("cannot both be"));
}

#[test]
fn a_zip_archive_has_the_times_of_a_clock_here() {
    let project = two_runs();
    let run = project.runs().remove(1);
    // 2023-07-14 22:13:20 UTC.
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_689_372_800);
    for path in [&run.join(".guild/opref"), &run.join(".guild")] {
        fs::File::open(path).unwrap().set_modified(time).unwrap();
    }
    project.guild("export e.zip 1 -y").env("TZ", "EST5").succeeds();
    let mut zip = zip::ZipArchive::new(fs::File::open(project.path("e.zip")).unwrap()).unwrap();
    let id = run.file_name().unwrap().to_str().unwrap();
    for name in [".guild/", ".guild/opref"] {
        let entry = zip.by_name(&format!("{id}/{name}")).unwrap();
        let time = entry.last_modified().unwrap();
        assert_eq!((time.year(), time.day(), time.hour(), time.minute()), (2023, 14, 17, 13));
    }
}

/// Writes a zip file of these names; one that ends in `->` is a link.
fn zip_of(path: &Path, names: &[&str]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for name in names {
        match name.strip_suffix("->") {
            Some(name) => {
                zip.add_symlink(name, "/tmp", SimpleFileOptions::default()).unwrap();
            }
            None => {
                zip.start_file(*name, SimpleFileOptions::default()).unwrap();
                zip.write_all(b"script:'/p' '' '' a.py").unwrap();
            }
        }
    }
    zip.finish().unwrap();
}

#[test]
fn nothing_is_written_outside_of_the_runs() {
    let id = "0123456789abcdef0123456789abcdef";
    for bad in [
        format!("{id}/../../escaped"),
        "../escaped".into(),
        "/tmp/escaped-by-guild-test".into(),
        format!("{id}/link->"),
        format!("{id}/a\\..\\b"),
        format!("{id}/./twice"),
        format!("{id}//twice"),
    ] {
        let project = Project::new();
        let opref = format!("{id}/.guild/opref");
        zip_of(&project.path("a.zip"), &[&opref, &bad]);
        let error = project.guild("import a.zip -y").fails(1).stderr;
        assert!(error.contains("a.zip is not imported from: it holds the "), "{bad}: {error}");
        assert_eq!(fs::read_dir(project.dir()).unwrap().count(), 1, "{bad}");
        assert!(project.runs().is_empty(), "{bad}");
    }
    assert!(!Path::new("/tmp/escaped-by-guild-test").exists());
}

#[test]
fn a_bomb_is_not_unpacked() {
    let project = Project::new();
    zip_of(&project.path("a.zip"), &["r/.guild/opref"]);
    let whole = fs::read(project.path("a.zip")).unwrap();
    let at = whole.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    // What the list of files says: the packed size is at 20, the unpacked one at 24.
    for (field, size, want) in
        [(24, 2u32 << 30, "would unpack to 2048 MiB"), (20, 1 << 20, "its files overlap")]
    {
        let mut bomb = whole.clone();
        bomb[at + field..at + field + 4].copy_from_slice(&size.to_le_bytes());
        project.write("bomb.zip", &bomb);
        let error = project.guild("import bomb.zip -y").fails(1).stderr;
        assert!(error.contains(want), "{error}");
    }
    // A size that is less than what there is.
    let mut liar = whole.clone();
    liar[at + 24..at + 28].copy_from_slice(&3u32.to_le_bytes());
    project.write("liar.zip", &liar);
    let error = project.guild("import liar.zip -y").fails(1).stderr;
    assert!(error.starts_with("guild: cannot read "), "{error}");
    assert!(project.runs().is_empty());
}

#[test]
fn a_damaged_file_in_a_zip_leaves_no_half_run() {
    let project = two_runs();
    project.guild("export e.zip -y").succeeds();
    let mut bytes = fs::read(project.path("e.zip")).unwrap();
    // The content of a file that is not read to show the runs.
    let name = b"/made";
    let at = bytes.windows(name.len()).position(|w| w == name).unwrap();
    bytes[at + name.len()] ^= 0xff;
    project.write("e.zip", &bytes);
    project.guild("runs rm -py").succeeds();
    let error = project.guild("import e.zip -y").fails(1).stderr;
    assert!(error.contains("cannot read "), "{error}");
    for entry in fs::read_dir(project.home().join("runs")).unwrap() {
        let run = entry.unwrap().path();
        assert!(run.join("made").is_file(), "a whole run or none: {}", run.display());
    }
}

#[test]
fn guild_ai_and_we_read_each_others_archives() {
    let Some(oracle) = oracle() else { return };
    let project = two_runs();
    let before = tree(&project.home().join("runs"));
    let list = project.guild("runs").succeeds().stdout;
    for location in ["ours", "ours.zip"] {
        project.guild(&format!("export {location} -y")).succeeds();
        let theirs = project.guild(&format!("runs list -A {location}")).program(&oracle);
        assert_eq!(theirs.succeeds().stdout, list);
    }
    for location in ["theirs", "theirs.zip"] {
        project.guild(&format!("export {location} -y")).program(&oracle).succeeds();
        assert_eq!(project.guild(&format!("runs list -A {location}")).succeeds().stdout, list);
    }
    project.guild("runs rm -py").succeeds();
    project.guild("import ours.zip -y").program(&oracle).succeeds();
    assert_eq!(tree(&project.home().join("runs")), before);
    project.guild("runs rm -py").succeeds();
    project.guild("import theirs.zip -y").succeeds();
    assert_eq!(tree(&project.home().join("runs")), before);
}
