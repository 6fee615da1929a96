//! Real runs of 0.9.0.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use guild_sourcecode::{Select, copy, default_rules, digest, manifest_lines, vcs};

use crate::projects::python_rules;
use crate::{oracle, tree};

/// Starts `guild run` in a project and returns the run's folder.
fn run(guild: &Path, project: &Path, home: &Path) -> std::path::PathBuf {
    fs::create_dir(home.join("guild")).unwrap();
    let mut command = Command::new(guild);
    command.args(["run", "train.py", "-y"]).current_dir(project);
    let output = oracle::quiet(&mut command, home).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runs = fs::read_dir(home.join("guild/runs")).unwrap();
    runs.flatten().map(|entry| entry.path()).find(|path| path.is_dir()).unwrap()
}

fn attribute(run: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(run.join(".guild/attrs").join(name)).ok()?;
    Some(text.trim().trim_matches('\'').to_owned())
}

fn compare(tree: &tree::Tree) {
    let Some(python) = oracle::python() else { return };
    tree.file("train.py", "print('trained')\n");
    let home = tempfile::tempdir().unwrap();
    let theirs = run(&python.with_file_name("guild"), tree.dir(), home.path());

    let ours = tempfile::tempdir().unwrap();
    let base = default_rules(tree.dir(), &python_rules()).unwrap();
    let report = copy(tree.dir(), ours.path(), &Select::new(base.rules), &[]).unwrap();
    let manifest = fs::read_to_string(theirs.join(".guild/manifest")).unwrap();
    let sources: String =
        manifest.lines().filter(|l| l.starts_with("s ")).map(|l| format!("{l}\n")).collect();
    assert_eq!(manifest_lines(&report), sources);
    assert!(report.files.len() > 2);
    assert_eq!(report.digest, attribute(&theirs, "sourcecode_digest"));
    assert_eq!(digest::of_run(&theirs).unwrap(), report.digest);
    let commit = vcs::commit(tree.dir()).unwrap().map(|commit| commit.to_string());
    assert_eq!(commit, attribute(&theirs, "vcs_commit"));
}

#[test]
fn of_a_plain_project() {
    compare(&tree::plain());
}

#[test]
fn of_a_repository() {
    compare(&tree::repository());
}
