//! The list of installed packages, against pip itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use guild_python_script::facts::{self, TIME_LIMIT};
use guild_python_script::freeze::freeze;
use serde_json::json;

use crate::generate::Random;
use crate::oracle::{self, Oracle};

/// What `python -m pip freeze` prints.
fn pip(python: &Path, python_path: &str, cwd: &Path) -> Option<Vec<String>> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "freeze"]).env("PYTHONPATH", python_path).current_dir(cwd);
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    output.status.success().then(|| text.lines().map(str::to_owned).collect())
}

fn compare(python: &Path, python_path: &str, cwd: &Path) -> usize {
    let Some(theirs) = pip(python, python_path, cwd) else { return 0 };
    let facts = facts::ask(python, TIME_LIMIT).unwrap();
    let ours = freeze(&facts, Some(python_path.as_ref()), cwd);
    assert_eq!(ours, theirs, "{}", python.display());
    theirs.len()
}

#[test]
fn packages_of_the_oracle() {
    let Some(python) = oracle::python() else { return };
    assert!(compare(&python, "", Path::new("/")) > 10);
}

#[test]
fn packages_of_other_interpreters() {
    if oracle::python().is_none() {
        return;
    }
    let versions = std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".pyenv/versions"));
    let versions = versions.and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten();
    let mut pythons: Vec<_> = versions.map(|e| e.unwrap().path().join("bin/python3")).collect();
    pythons.push("/usr/bin/python3".into());
    for python in pythons.iter().filter(|p| p.exists()) {
        let facts = facts::ask(python, TIME_LIMIT).unwrap();
        // Starting pip takes a second, and where nothing is installed it has little to say.
        let packages = freeze(&facts, None, Path::new("/")).len();
        if packages > 0 || facts.version_info >= (3, 12, 0) {
            eprintln!("{}: {} lines", python.display(), compare(python, "", Path::new("/")));
        }
    }
}

struct Site(tempfile::TempDir);

impl Site {
    fn file(&self, path: &str, text: &str) {
        let file = self.0.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn package(&self, name: &str, version: &str, direct_url: &str) {
        let info = format!("{}-{version}.dist-info", name.replace('-', "_"));
        let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nText\n");
        self.file(&format!("{info}/METADATA"), &text);
        if !direct_url.is_empty() {
            self.file(&format!("{info}/direct_url.json"), direct_url);
        }
    }
}

fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]);
    let output = command.args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn packages_of_every_kind() {
    let Some(python) = oracle::python() else { return };
    let site = Site(tempfile::tempdir().unwrap());
    let work = Site(tempfile::tempdir().unwrap());
    let work_dir = work.0.path().canonicalize().unwrap();
    let work_dir = work_dir.to_str().unwrap();

    site.package("Zeta_One", "2020.01", "");
    site.package("alpha-two", "1.0", r#"{"url": "https://x/a.git", "vcs_info": {"vcs": "git", "commit_id": "ab"}, "subdirectory": "s"}"#);
    site.package(
        "beta",
        "1.0",
        r#"{"url": "https://x/b.whl", "archive_info": {"hash": "sha256=00"}}"#,
    );
    site.package("gamma", "1.0", r#"{"url": "file:///x%20y", "dir_info": {}}"#);
    site.package("delta", "1.0", "{broken");
    site.package("epsilon", "not a version", "");
    site.package("PyYAML", "99.0", "");
    site.package("wheel", "1.0", "");
    site.file("old-1.0-py3.egg-info", "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n");
    site.file("older.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: older\nVersion: 0.1.dev0\n");
    site.file("~ld-1.0.dist-info/METADATA", "Name: hold\nVersion: 1.0\n");
    site.file("empty-1.0.dist-info/RECORD", "");
    site.file(
        "egg-1.0-py3.11.egg/EGG-INFO/PKG-INFO",
        "Metadata-Version: 1.0\nName: egg\nVersion: 1.0\n",
    );
    site.file("link-ed.egg-link", &format!("{work_dir}/linked\n.\n"));
    work.file(
        "linked/link_ed.egg-info/PKG-INFO",
        "Metadata-Version: 1.0\nName: link-ed\nVersion: 3\n",
    );
    work.file("linked/setup.py", "");
    for (name, remote, commit) in [
        ("plain", None, false),
        ("local", Some(""), true),
        ("remote", Some("https://github.com/a/b.git"), true),
        ("short", Some("git@github.com:a/b.git"), true),
        ("odd", Some("../gone"), true),
        ("young", Some("https://github.com/a/b.git"), false),
    ] {
        let dir = format!("{work_dir}/{name}");
        work.file(&format!("{name}/sub dir/pyproject.toml"), "");
        if let Some(remote) = remote {
            git(Path::new(&dir), &["init", "-q"]);
            if !remote.is_empty() {
                git(Path::new(&dir), &["remote", "add", "zzz", "https://other/x.git"]);
                git(Path::new(&dir), &["remote", "add", "origin", remote]);
            }
        }
        if commit {
            git(Path::new(&dir), &["commit", "-q", "--allow-empty", "-m", "x"]);
        }
        let url =
            format!(r#"{{"url": "file://{dir}/sub%20dir", "dir_info": {{"editable": true}}}}"#);
        site.package(&format!("work-{name}"), "1.0", &url);
    }
    git(Path::new(&format!("{work_dir}/short")), &["pack-refs", "--all"]);

    let cwd = site.0.path().parent().unwrap();
    let name = site.0.path().file_name().unwrap().to_str().unwrap();
    assert!(compare(&python, name, cwd) > 20);
}

#[test]
fn versions() {
    let Some(mut oracle) = Oracle::start() else { return };
    let parts = [
        "1", "0", "02", ".", "-", "_", "!", "+", "a", "b", "c", "rc", "alpha", "beta", "pre",
        "preview", "post", "rev", "r", "dev", "v", " ", "x", "2020", "1.0", "1.2.3",
    ];
    let mut random = Random::new(3);
    // Through the whole of it: the lines of packages with such versions.
    let dir = tempfile::tempdir().unwrap();
    let mut wanted = Vec::new();
    for i in 1000..2000 {
        let mut version = String::from(random.pick(&["1", "1.0", "v2.01", "1!2", ""]));
        (0..random.below(7)).for_each(|_| version += random.pick(&parts));
        let info = dir.path().join(format!("x{i}-1.dist-info"));
        std::fs::create_dir(&info).unwrap();
        std::fs::write(info.join("METADATA"), format!("Name: x{i}\nVersion: {version}\n")).unwrap();
        let theirs = oracle.ask("version", json!(version));
        wanted.push(match theirs.as_str() {
            Some(normal) => format!("x{i}=={normal}"),
            None => format!("x{i}==={}", version.trim()),
        });
    }
    let facts = facts::Facts { sys_path: vec![dir.path().into()], ..Default::default() };
    assert_eq!(freeze(&facts, None, Path::new("/")), wanted);
}
