#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::resolve::tests::Told;

/// A folder with the archive `name` of these bytes, beside something that must stay as it is.
struct World {
    root: tempfile::TempDir,
    archive: PathBuf,
    told: Told,
}

impl World {
    fn new(name: &str, bytes: &[u8]) -> World {
        let root = tempfile::tempdir().unwrap();
        let archive = root.path().join("project").join(name);
        fs::create_dir(archive.parent().unwrap()).unwrap();
        fs::write(&archive, bytes).unwrap();
        fs::write(root.path().join("mine"), "mine").unwrap();
        World { root, archive, told: Told::default() }
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    fn unpack(&self) -> Result<Vec<String>, String> {
        let kind = kind(&self.archive, &Source::default()).unwrap().unwrap();
        let result = unpack(&self.archive, kind, &self.dir(), &self.told);
        let left: Vec<_> = fs::read_dir(self.root.path()).unwrap().flatten().collect();
        assert!(left.len() <= 3, "something outside was written: {left:?}");
        assert_eq!(fs::read_to_string(self.root.path().join("mine")).unwrap(), "mine");
        let error = |e: String| e.replace(&self.archive.display().to_string(), "ARCHIVE");
        result.map_err(error)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir().join(name)).unwrap()
    }
}

fn zip_of(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

enum Item<'a> {
    File(&'a str, &'a str),
    Link(&'a str, &'a str),
    Hard(&'a str, &'a str),
    Pipe(&'a str),
}

/// A tar file with these members, whatever their names.
fn tar_of(items: &[Item]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for item in items {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        let (name, kind, text, to) = match item {
            Item::File(name, text) => (name, tar::EntryType::Regular, *text, ""),
            Item::Link(name, to) => (name, tar::EntryType::Symlink, "", *to),
            Item::Hard(name, to) => (name, tar::EntryType::Link, "", *to),
            Item::Pipe(name) => (name, tar::EntryType::Fifo, "", ""),
        };
        header.set_entry_type(kind);
        header.set_size(text.len() as u64);
        // The library's own setters refuse what these tests are about.
        let fields = header.as_old_mut();
        fields.name[..name.len()].copy_from_slice(name.as_bytes());
        fields.linkname[..to.len()].copy_from_slice(to.as_bytes());
        header.set_cksum();
        builder.append(&header, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn kinds_by_name_and_by_word() {
    let of = |name: &str| kind(Path::new(name), &Source::default()).unwrap();
    assert_eq!(of("/a.b/x.ZIP"), Some(Kind::Zip));
    for name in ["x.tar", "x.tgz", "x.tar.gz", "x.tar.bz2", "x.tar.xz"] {
        assert_eq!(of(name), Some(Kind::Tar), "{name}");
    }
    assert_eq!((of("x.csv.gz"), of("x.txt"), of("zip")), (Some(Kind::Gzip), None, Some(Kind::Zip)));
    let named =
        |t: &str| kind(Path::new("x"), &Source { archive: Some(t.into()), ..Source::default() });
    assert_eq!(named("tar"), Ok(Some(Kind::Tar)));
    assert_eq!(
        named("rar").unwrap_err(),
        "'x' cannot be unpacked (unsupported archive type 'rar')"
    );
}

#[test]
fn a_zip_file() {
    let world = World::new("a b.zip", &zip_of(&[("q/ä.txt", "1"), ("q/r/s", "2"), ("t", "3")]));
    let members = world.unpack().unwrap();
    assert_eq!(members, ["q", "q/r", "q/ä.txt", "q/r/s", "t"]);
    assert_eq!((world.read("q/ä.txt"), world.read("q/r/s")), ("1".into(), "2".into()));
    let told = || world.told.0.borrow().len();
    assert_eq!(told(), 1);
    // It is unpacked once, and again when it has changed.
    assert_eq!(world.unpack().unwrap(), members);
    assert_eq!(told(), 1);
    fs::write(&world.archive, zip_of(&[("t", "4")])).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    File::options().write(true).open(&world.archive).unwrap().set_modified(later).unwrap();
    assert_eq!(world.unpack().unwrap(), ["t"]);
    assert_eq!(world.read("t"), "4");
}

#[test]
fn tar_files_with_every_compression() {
    let items = [
        Item::File("./a/x", "1"),
        Item::Link("a/l", "x"),
        Item::Hard("h", "a/x"),
        Item::Pipe("p"),
        Item::Link("gone", "nothing"),
    ];
    let plain = tar_of(&items);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&plain).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(&plain).unwrap();
    let archives =
        [("x.tar", plain), ("x.tgz", gz.finish().unwrap()), ("x.tar.bz2", bz.finish().unwrap())];
    for (name, bytes) in archives {
        let world = World::new(name, &bytes);
        assert_eq!(world.unpack().unwrap(), ["a", "a/x", "a/l", "h", "gone"], "{name}");
        assert_eq!((world.read("a/l"), world.read("h")), ("1".into(), "1".into()));
        assert_eq!(
            fs::metadata(world.dir().join("a/x")).unwrap().permissions().mode() & 0o777,
            0o755
        );
        assert!(
            !world.dir().join("p").exists() && !crate::file::is_there(&world.dir().join("gone"))
        );
        assert_eq!(world.told.0.borrow().len(), 3, "{:?}", world.told);
    }
}

#[test]
fn a_gzip_file() {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"1,2").unwrap();
    let world = World::new("d.csv.gz", &gz.finish().unwrap());
    assert_eq!(world.unpack().unwrap(), ["d.csv"]);
    assert_eq!(world.read("d.csv"), "1,2");
}

#[test]
fn nothing_leaves_the_folder() {
    for (name, bytes) in [
        ("up.zip", zip_of(&[("../mine", "x")])),
        ("deep.zip", zip_of(&[("a/../../mine", "x")])),
        ("root.zip", zip_of(&[("/tmp/guild-test-mine", "x")])),
        ("list.zip", zip_of(&[(".guild-cache-x.unpacked", "x")])),
        ("up.tar", tar_of(&[Item::File("../mine", "x")])),
        ("link.tar", tar_of(&[Item::Link("l", ".."), Item::File("l/mine", "x")])),
        ("to.tar", tar_of(&[Item::Link("l", "../mine")])),
        ("abs.tar", tar_of(&[Item::Link("l", "/etc/passwd")])),
        ("hard.tar", tar_of(&[Item::Hard("l", "../mine")])),
        (
            "twice.tar",
            tar_of(&[
                Item::File("p/q/x", ""),
                Item::Link("p/q/one", "../.."),
                Item::Link("p/q/two", "one/../mine"),
            ]),
        ),
    ] {
        let world = World::new(name, &bytes);
        let error = world.unpack().unwrap_err();
        assert!(error.starts_with("cannot unpack 'ARCHIVE': "), "{name}: {error}");
        // What is refused counts as not unpacked.
        assert!(world.unpack().is_err(), "{name}");
        let links = crate::select::below(&world.dir());
        for path in links.iter().map(|l| world.dir().join(l)) {
            if let Ok(real) = path.canonicalize() {
                assert!(real.starts_with(world.dir().canonicalize().unwrap()), "{name}");
            }
        }
    }
}

#[test]
fn too_much_is_too_much() {
    let world = World::new("x.tar", &tar_of(&[Item::File("x", "0123456789")]));
    fs::create_dir(world.dir()).unwrap();
    let mut unpacking = Unpacking {
        dir: &world.dir(),
        archive: &world.archive,
        around: &world.told,
        left: 9,
        names: Vec::new(),
        links: Vec::new(),
    };
    assert!(unpacking.tar().unwrap_err().to_string().starts_with("it holds far more"));
    assert_eq!(fs::read_dir(world.dir()).unwrap().count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_archives_are_errors(
        which in 0..3_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()
    ) {
        let tar = tar_of(&[Item::File("a/b", "some text"), Item::Link("l", "a")]);
        let (name, mut bytes) = match which {
            0 => ("x.zip", zip_of(&[("a/b", "some text")])),
            1 => ("x.tar", tar),
            _ => ("x.tar.gz", {
                let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                gz.write_all(&tar).unwrap();
                gz.finish().unwrap()
            }),
        };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        let _ = World::new(name, &bytes).unpack();
    }
}
