//! What is copied of projects, with which digest, and which commit they are at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use guild_plugin_api::model::SourceRule;
use guild_sourcecode::{Dest, Rule, Select, copy, default_rules, digest, manifest_lines, vcs};
use serde_json::{Value, json};

use crate::{oracle, tree};

/// One project, and how source code is copied from it.
struct Case<'a> {
    name: &'a str,
    dir: PathBuf,
    root: &'a str,
    dest: &'a str,
    /// Whether there are other rules than `rules`.
    base: bool,
    rules: Value,
    ignore: &'a [&'a str],
}

impl<'a> Case<'a> {
    fn new(name: &'a str, dir: &Path) -> Self {
        let dir = dir.to_path_buf();
        Self { name, dir, root: "", dest: ".", base: true, rules: json!([]), ignore: &[] }
    }

    fn request(&self, run_dir: &Path) -> Value {
        json!({
            "dir": self.dir, "root": self.root, "dest": self.dest, "run_dir": run_dir,
            "base": self.base, "rules": self.rules, "ignore": self.ignore,
        })
    }

    /// The same as the oracle says, from what is here.
    fn answer(&self, run_dir: &Path) -> Value {
        let specs: Vec<SourceRule> = serde_json::from_value(self.rules.clone()).unwrap();
        let root = self.dir.join(self.root);
        let mut rules = match self.base {
            true => default_rules(&root, &python_rules()).unwrap().rules,
            false => Vec::new(),
        };
        rules.extend(specs.into_iter().map(|spec| Rule::try_from(spec).unwrap()));
        let shown: Vec<String> = rules.iter().map(ToString::to_string).collect();
        let select = Select { root: self.root.into(), rules };
        let ignore: Vec<PathBuf> = self.ignore.iter().map(PathBuf::from).collect();
        let dest = Dest { run_dir, subdir: self.dest };
        let report = copy(&self.dir, dest, &select, &ignore).unwrap();
        assert_eq!(report.skipped, [], "{}", self.name);

        let mut modes = Vec::new();
        for file in &report.files {
            let content = fs::read(run_dir.join(&file.dest)).unwrap();
            assert_eq!(content, fs::read(root.join(&file.src)).unwrap(), "{}", self.name);
            let mode = fs::metadata(run_dir.join(&file.dest)).unwrap().permissions().mode();
            modes.push(mode & 0o7777);
        }
        let manifest = manifest_lines(&report);
        fs::create_dir(run_dir.join(".guild")).unwrap();
        fs::write(run_dir.join(".guild/manifest"), &manifest).unwrap();
        assert_eq!(digest::of_run(run_dir).unwrap(), report.digest, "{}", self.name);
        // Paths in warnings are relative to the current folder, which is another one here.
        let dir = self.dir.to_str().unwrap();
        let warnings: Vec<String> = report
            .warnings
            .iter()
            .map(|warning| match (warning.find("../"), warning.find(dir)) {
                (Some(start), Some(at)) if start < at => {
                    warning[..start].to_owned() + &warning[at + dir.len() + 1..]
                }
                _ => warning.clone(),
            })
            .collect();
        json!({
            "rules": shown, "manifest": manifest, "modes": modes, "digest": report.digest,
            "vcs_commit": vcs::commit(&self.dir).unwrap().map(|commit| commit.to_string()),
            "warnings": warnings,
        })
    }
}

/// The rules of 0.9.0's plugin for Python.
pub fn python_rules() -> Vec<SourceRule> {
    let dirs = |pattern: &str, sentinel: Option<&str>| SourceRule {
        patterns: vec![pattern.into()],
        kind: Some("dir".into()),
        sentinel: sentinel.map(Into::into),
        ..SourceRule::default()
    };
    vec![
        dirs("__pycache__", None),
        dirs("*", Some("bin/activate")),
        dirs("*", Some("Scripts/activate")),
        dirs("build", None),
        dirs("dist", None),
        dirs("*.egg-info", None),
    ]
}

fn include(patterns: &[&str]) -> Value {
    json!({"include": true, "patterns": patterns})
}

fn exclude(patterns: &[&str]) -> Value {
    json!({"include": false, "patterns": patterns})
}

#[test]
fn the_same_is_copied() {
    let (plain, big, many) = (tree::plain(), tree::big(), tree::many());
    let (repository, unchanged) = (tree::repository(), tree::unchanged());
    let uncommitted = tree::uncommitted();
    let (nested, _other) = tree::nested();
    let broken = tree::plain();
    broken.link("broken", "none").link("broken.py", "none").link("sub/loop", "loop");
    let disabled = json!([exclude(&["*"])]);

    let cases = [
        Case::new("plain", plain.dir()),
        Case::new("subfolder", &plain.path("conf")),
        Case::new("empty folder", &plain.path("nocopy/deep/../deep")),
        Case { dest: "sourcecode", ..Case::new("dest", plain.dir()) },
        Case { dest: "./src//code/.", ..Case::new("deep dest", plain.dir()) },
        Case { root: "conf", ..Case::new("root", plain.dir()) },
        Case { ignore: &["data.csv", "conf/a.yml", "none"], ..Case::new("ignore", plain.dir()) },
        Case {
            rules: json!([exclude(&["*"]), include(&["*.py"]), exclude(&["lib/*"])]),
            ..Case::new("only Python", plain.dir())
        },
        Case {
            rules: json!([include(&["*.png", "*.pkl"]), exclude(&["conf/*", "/a.py", "x.py"])]),
            ..Case::new("with binaries", plain.dir())
        },
        Case {
            rules: json!([
                {"include": true, "patterns": ["*"], "type": "binary"},
                {"include": true, "patterns": ["build", ".*"], "type": "dir"},
                {"include": false, "patterns": ["l*"], "type": "dir"},
                {"include": false, "patterns": ["*"], "type": "text", "size-gt": 10},
            ]),
            ..Case::new("types", plain.dir())
        },
        Case {
            base: false,
            rules: json!([
                {"include": true, "patterns": ["*"], "max-matches": 9},
                {"include": false, "patterns": ["*a*"], "max-matches": 2},
                {"include": true, "patterns": ["*.md"], "size-lt": 3},
            ]),
            ..Case::new("counting", plain.dir())
        },
        Case { rules: disabled.clone(), ..Case::new("disabled", plain.dir()) },
        Case { base: false, ..Case::new("no rules", plain.dir()) },
        Case::new("broken links", broken.dir()),
        Case::new("big", big.dir()),
        Case { rules: json!([include(&["*.txt"])]), ..Case::new("big, wanted", big.dir()) },
        Case::new("many", many.dir()),
        Case { rules: json!([include(&["*.py"])]), ..Case::new("many, wanted", many.dir()) },
        Case { rules: json!([exclude(&["*9.py"])]), ..Case::new("many, some not", many.dir()) },
        Case::new("repository", repository.dir()),
        Case { root: "sub", ..Case::new("root in repository", repository.dir()) },
        Case { dest: "code", ..Case::new("repository to dest", repository.dir()) },
        Case::new("folder of repository", &repository.path("sub")),
        Case { rules: disabled, ..Case::new("repository, disabled", repository.dir()) },
        Case {
            rules: json!([exclude(&["*.py"]), include(&["*.log", "out/*", "train.*"])]),
            ..Case::new("repository, configured", repository.dir())
        },
        Case::new("unchanged", unchanged.dir()),
        Case::new("folder of unchanged", &unchanged.path("sub")),
        Case::new("uncommitted", uncommitted.dir()),
        Case::new("nested", nested.dir()),
        Case::new("submodule", &nested.path("module")),
        Case::new("repository within", &nested.path("within")),
        Case::new("worktree", &nested.path("worktree")),
    ];
    let runs = tempfile::tempdir().unwrap();
    let run_dir = |of: &str, at: usize| {
        let dir = runs.path().join(format!("{of}-{at}"));
        fs::create_dir(&dir).unwrap();
        dir
    };
    let requests: Vec<Value> =
        cases.iter().enumerate().map(|(at, case)| case.request(&run_dir("theirs", at))).collect();
    let Some(answer) = oracle::ask(&json!({ "projects": requests })) else { return };
    for (at, case) in cases.iter().enumerate() {
        let (ours, theirs) = (case.answer(&run_dir("ours", at)), &answer["projects"][at]);
        for key in ["rules", "manifest", "modes", "digest", "vcs_commit", "warnings"] {
            let ours = from_the_project(&ours[key]);
            assert_eq!(ours, theirs[key], "{key} of {}", case.name);
        }
    }
}

/// Warnings name files as seen from the current folder. The oracle goes into the project; this
/// process stays where the repository is, which may be below the folder of temporary files.
fn from_the_project(value: &Value) -> Value {
    let Some(lines) = value.as_array() else { return value.clone() };
    let line = |line: &Value| {
        let Some(text) = line.as_str() else { return line.clone() };
        let Some((start, rest)) = text.split_once("../") else { return line.clone() };
        let inside = rest.split_once(".tmp").and_then(|(_, rest)| rest.split_once('/'));
        inside.map_or_else(|| line.clone(), |(_, path)| json!(format!("{start}{path}")))
    };
    lines.iter().map(line).collect()
}
