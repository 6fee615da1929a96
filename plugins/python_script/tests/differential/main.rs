//! Compares with Guild AI 0.9.0 and with pip, where they are installed.
//!
//! The oracle is a Python that has Guild AI: the one that `GUILD_ORACLE` names (or its folder), or
//! that of `~/.cache/guild-oracle`. Without it the tests pass and say so.
//! `GUILD_DIFFERENTIAL_ALL=1` compares every script there is rather than a sample.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod generate;
mod oracle;
mod packages;
mod scripts;

use std::path::{Path, PathBuf};

use guild_plugin_api::Value;
use guild_python_script::op::{self, Location};
use guild_python_script::{flag_data, shell, yaml_item};
use oracle::Oracle;
use serde_json::json;

/// The folders of a project with scripts in several places.
fn project() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    for folder in ["sub/deep", "other", "with space", "data"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    for file in [
        "train.py",
        "sub/train.py",
        "sub/a.b.py",
        "sub/it's.py",
        "with space/x.py",
        "sub/ü.py",
        "sub/deep/.py",
        "sub/.hidden.py",
        "data/x.txt",
        "sub/$x.py",
        "dir.py.txt",
    ] {
        std::fs::write(root.join(file), "").unwrap();
    }
    std::fs::create_dir(root.join("dir.py")).unwrap();
    std::os::unix::fs::symlink("sub/train.py", root.join("link.py")).unwrap();
    std::os::unix::fs::symlink("sub", root.join("linked")).unwrap();
    std::os::unix::fs::symlink("data/x.txt", root.join("text.py")).unwrap();
    std::os::unix::fs::symlink("gone.py", root.join("broken.py")).unwrap();
    (dir, root)
}

#[test]
fn commands_and_folders_of_scripts() {
    let Some(mut oracle) = Oracle::start() else { return };
    let (_keep, root) = project();
    let whole = root.join("sub/train.py");
    let specs = [
        "train.py",
        "./train.py",
        "sub/train.py",
        "sub//train.py",
        "./sub/../train.py",
        "sub/a.b.py",
        "sub/it's.py",
        "with space/x.py",
        "sub/ü.py",
        "sub/deep/.py",
        "sub/.hidden.py",
        "sub/$x.py",
        "link.py",
        "linked/train.py",
        "linked/../train.py",
        "text.py",
        "broken.py",
        "dir.py",
        "dir.py.txt",
        "no.py",
        "../train.py",
        "../sub/train.py",
        "../linked/train.py",
        "../../train.py",
        "../link.py",
        whole.to_str().unwrap(),
    ];
    for folder in ["", "sub", "other", "sub/deep", "linked", "/"] {
        let cwd = root.join(folder).canonicalize().unwrap();
        for spec in specs {
            let mut theirs = oracle.ask("module", json!([cwd, spec]));
            let ours = op::is_script(spec, &cwd).then(|| {
                let at = Location::of(spec, &cwd, &cwd).unwrap();
                let op = op::op_def(&at, None);
                json!({
                    "shown": at.shown, "exec": op.exec, "name": at.name, "base": at.base_dir,
                    "project": at.project_dir,
                })
            });
            let mut ours = json!(ours);
            // A script outside the folder has its own as project here, and none has the disk.
            let script = cwd.join(spec).canonicalize().unwrap_or_default();
            if !script.starts_with(&cwd) || cwd.parent().is_none() {
                for case in [&mut ours, &mut theirs] {
                    if let Some(case) = case.as_object_mut() {
                        case.remove("exec");
                        case.remove("project");
                    }
                }
            }
            assert_eq!(ours, theirs, "{spec} in {folder}");
        }
    }
}

#[test]
fn defaults_that_are_paths() {
    let Some(mut oracle) = Oracle::start() else { return };
    let (_keep, root) = project();
    let defaults = [
        "data/x.txt",
        "data",
        "./data",
        "data/",
        "/tmp",
        "/no/such",
        "sub/../data/x.txt",
        "../data/x.txt",
        "",
        "/",
        "no/such",
        "x y/z",
        "~/x",
        "'data/x.txt'",
    ];
    for (folder, spec) in
        [("", "train.py"), ("sub", "../train.py"), ("", "sub/train.py"), ("/", "")]
    {
        let whole = root.join("train.py");
        let spec = if spec.is_empty() { whole.to_str().unwrap() } else { spec };
        let cwd = root.join(folder);
        let at = Location::of(spec, &cwd, &cwd).unwrap();
        let named =
            defaults.iter().map(|d| ((*d).to_owned(), flag_data::for_value(&Value::str(*d))));
        let mut flags = named.collect();
        let shown = at.shown.rsplit_once('/').unwrap().0;
        flag_data::apply_paths(&mut flags, at.file.parent().unwrap(), shown);
        let ours: Vec<_> = flags.values().map(|f| f.default.clone()).collect();
        assert_eq!(json!(ours), oracle.ask("paths", json!([cwd, spec, defaults])), "{spec}");
    }
}

#[test]
fn items_of_lists() {
    let Some(mut oracle) = Oracle::start() else { return };
    let mut random = generate::Random::new(7);
    for i in 0..3000 {
        let value = generate::value(&mut random, 0);
        let literal = generate::literal(&value);
        let ours = shell::quote_item(&yaml_item::encode(&value)).into_owned();
        assert_eq!(json!(ours), oracle.ask("literal", json!(literal)), "{i}: {literal}");
    }
}

/// The folder of the oracle's package `guild`.
fn guild_folder(python: &Path) -> PathBuf {
    let lib = python.parent().unwrap().parent().unwrap().join("lib");
    let mut versions = std::fs::read_dir(lib).unwrap().map(|e| e.unwrap().path());
    versions.find(|p| p.join("site-packages/guild").is_dir()).unwrap().join("site-packages/guild")
}
