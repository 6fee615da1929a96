//! What is known about an interpreter: its version and where its packages are.
//!
//! Asking takes one short process, 15 to 50 milliseconds. The answer holds until the interpreter,
//! its environment or one of its folders for packages changes, and so is kept.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::interpreter::Interpreter;
use crate::process::{self, ProcessError};
use crate::stamp::{self, Stamp};

/// How long an interpreter may take to say who it is. Generous: the first start after a restart
/// of the machine, from a network drive, takes seconds.
pub const TIME_LIMIT: Duration = Duration::from_secs(20);

/// What an interpreter says about itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// `sys.executable`: behind a shim, the interpreter itself.
    pub executable: PathBuf,
    /// `sys.version`, with its line ends: `3.11.7 (main, …) [GCC …]`.
    pub version: String,
    /// `sys.version_info` as three numbers.
    pub version_info: (u32, u32, u32),
    /// `sys.prefix`: the environment.
    pub prefix: PathBuf,
    /// `sys.base_prefix`: the installation that the environment was made from.
    pub base_prefix: PathBuf,
    /// `sys.path` without what `PYTHONPATH` and the current folder add.
    pub sys_path: Vec<PathBuf>,
    /// The folders for installed packages, where `.pth` files are read; some may not exist.
    pub site_dirs: Vec<PathBuf>,
}

/// Why an interpreter did not say who it is. One line for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// It did not start, or not end in time.
    #[error("cannot use {} as Python interpreter: {source}", .python.display())]
    Process {
        /// The interpreter.
        python: PathBuf,
        /// What happened.
        source: ProcessError,
    },
    /// It ended without an answer.
    #[error("cannot use {} as Python interpreter: {complaint}", .python.display())]
    NoAnswer {
        /// The interpreter.
        python: PathBuf,
        /// What it said instead.
        complaint: String,
    },
}

/// The facts and what they depend on, as they are kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    key: Key,
    facts: Facts,
    /// The folders for packages and their `.pth` files, when the facts were asked for.
    folders: BTreeMap<PathBuf, Option<Stamp>>,
}

/// What tells one interpreter from another, and from itself after it was replaced.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Key {
    path: PathBuf,
    /// The binary behind all links.
    binary: PathBuf,
    binary_stamp: Option<Stamp>,
    /// The file that makes a folder a virtual environment.
    config: Option<Stamp>,
    /// Variables that change the folders for packages.
    env: BTreeMap<String, String>,
}

/// Variables that change what an interpreter says here. `PYTHONPATH` does too, but it is kept from
/// it: it differs from run to run, and its folders are simply the first.
const VARIABLES: [&str; 7] = [
    "HOME",
    "PYTHONHOME",
    "PYTHONNOUSERSITE",
    "PYTHONPLATLIBDIR",
    "PYTHONUSERBASE",
    "PYTHONEXECUTABLE",
    "__PYVENV_LAUNCHER__",
];

/// Variables that make an interpreter do other things than answer.
const UNWANTED: [&str; 5] =
    ["PYTHONPATH", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONVERBOSE", "PYTHONPROFILEIMPORTTIME"];

/// Printed before the answer, because `.pth` files may print as well.
const MARK: &str = "guild-facts:";

// The current folder goes from the search path before anything is imported from it. Written so
// that Python 2 can still say that it is Python 2.
const QUESTION: &str = r#"
import sys
sys.path[:] = [p for p in sys.path if p]
import json
def text(s):
    try:
        s.encode("utf-8")
        return True
    except UnicodeError:
        return False
sites = []
site = sys.modules.get("site")
if site is None and not sys.flags.no_site:
    import site
if site is not None:
    sites = getattr(site, "getsitepackages", list)()
    if site.ENABLE_USER_SITE:
        sites.append(site.getusersitepackages())
sys.stdout.write("\nguild-facts:" + json.dumps({
    "executable": sys.executable,
    "version": sys.version,
    "version_info": list(sys.version_info[:3]),
    "prefix": sys.prefix,
    "base_prefix": getattr(sys, "base_prefix", sys.prefix),
    "sys_path": [p for p in sys.path if text(p)],
    "site_dirs": [p for p in sites if text(p)],
}) + "\n")
"#;

/// The facts about an interpreter, from `cache_dir` when they are there and still hold.
///
/// A cache that cannot be read or written is no error: the interpreter is asked then. What a shim
/// stands for cannot be told from its file, so it is asked each time.
///
/// # Errors
///
/// [`FactsError`] where the interpreter does not work.
pub fn facts(interpreter: &Interpreter, cache_dir: &Path) -> Result<Facts, FactsError> {
    if interpreter.is_shim {
        return ask(&interpreter.path, TIME_LIMIT);
    }
    let key = Key::of(&interpreter.path);
    let file = cache_dir.join("python").join(format!("facts-{}.json", key.name()));
    if let Some(kept) = stamp::read_json::<Kept>(&file)
        && kept.key == key
        && kept.folders.iter().all(|(path, stamp)| Stamp::of(path) == *stamp)
    {
        return Ok(kept.facts);
    }
    let facts = ask(&interpreter.path, TIME_LIMIT)?;
    let folders = folders(&facts);
    stamp::write_json(&file, &Kept { key, facts: facts.clone(), folders });
    Ok(facts)
}

/// Asks the interpreter, without cache.
///
/// # Errors
///
/// [`FactsError`] where it does not answer within `limit`.
pub fn ask(python: &Path, limit: Duration) -> Result<Facts, FactsError> {
    let mut command = Command::new(python);
    command.args(["-c", QUESTION]);
    for name in UNWANTED {
        command.env_remove(name);
    }
    let done = process::finish(&mut command, limit)
        .map_err(|source| FactsError::Process { python: python.to_owned(), source })?;
    let output = String::from_utf8_lossy(&done.stdout);
    let answer = output.lines().rev().find_map(|line| line.strip_prefix(MARK));
    let facts = answer.and_then(|json| serde_json::from_str::<Facts>(json).ok());
    facts.ok_or_else(|| {
        let complaint = match done.status.success() {
            true => "it does not answer as Python does".to_owned(),
            false => done.complaint(),
        };
        FactsError::NoAnswer { python: python.to_owned(), complaint }
    })
}

impl Key {
    fn of(python: &Path) -> Key {
        let binary = python.canonicalize().unwrap_or_else(|_| python.to_owned());
        let env = python.parent().and_then(Path::parent).map(|env| env.join("pyvenv.cfg"));
        let value = |name: &&str| std::env::var(name).ok().map(|v| ((*name).to_owned(), v));
        Key {
            path: python.to_owned(),
            binary_stamp: Stamp::of(&binary),
            binary,
            config: env.and_then(|file| Stamp::of(&file)),
            env: VARIABLES.iter().filter_map(value).collect(),
        }
    }

    /// A file name for the key's part that does not change with time.
    fn name(&self) -> String {
        let env = self.env.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        let path = self.path.as_os_str().as_encoded_bytes();
        format!("{:016x}", stamp::hash([path].into_iter().chain(env)))
    }
}

/// What a change of the facts leaves traces in: a package's `.pth` file changes `sys.path`.
fn folders(facts: &Facts) -> BTreeMap<PathBuf, Option<Stamp>> {
    let mut paths = facts.site_dirs.clone();
    for dir in &facts.site_dirs {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        paths
            .extend(entries.map(|e| e.path()).filter(|p| p.extension() == Some(OsStr::new("pth"))));
    }
    paths.into_iter().map(|path| (path.clone(), Stamp::of(&path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::Origin;

    /// An interpreter that counts how often it is asked.
    fn fake(dir: &Path) -> Interpreter {
        let path = dir.join("env/bin/python3");
        let site = dir.join("env/site-packages");
        std::fs::create_dir_all(&site).unwrap();
        let answer = serde_json::json!({
            "executable": "/x", "version": "3.1.2 (main)\n[GCC]", "version_info": [3, 1, 2],
            "prefix": "/p", "base_prefix": "/b", "sys_path": ["/s"], "site_dirs": [site],
        });
        let script = format!(
            "#!/bin/sh\necho x >> {}/asked\necho 'hello from a .pth'\nprintf '%s\\n' '{MARK}{answer}'\n",
            dir.display(),
        );
        crate::fake::program(&path, &script);
        Interpreter { path, origin: Origin::SearchPath, is_shim: false }
    }

    fn asked(dir: &Path) -> usize {
        std::fs::read_to_string(dir.join("asked")).unwrap().lines().count()
    }

    #[test]
    fn facts_are_kept_until_something_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (root, cache) = (dir.path(), dir.path().join("cache"));
        let mut python = fake(root);
        assert_eq!(facts(&python, &cache).unwrap().version_info, (3, 1, 2));
        assert_eq!(facts(&python, &cache).unwrap().sys_path, [PathBuf::from("/s")]);
        assert_eq!(asked(root), 1);
        std::fs::write(root.join("env/site-packages/a.pth"), "").unwrap();
        facts(&python, &cache).unwrap();
        facts(&python, &cache).unwrap();
        assert_eq!(asked(root), 2);
        std::fs::write(root.join("env/site-packages/a.pth"), "/src\n").unwrap();
        facts(&python, &cache).unwrap();
        assert_eq!(asked(root), 3);
        std::fs::write(root.join("env/pyvenv.cfg"), "").unwrap();
        facts(&python, &cache).unwrap();
        assert_eq!(asked(root), 4);
        python.is_shim = true;
        facts(&python, &cache).unwrap();
        facts(&python, &cache).unwrap();
        assert_eq!(asked(root), 6);
    }

    #[test]
    fn a_cache_that_does_not_work_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let python = fake(dir.path());
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        facts(&python, &file).unwrap();
        let cache = dir.path().join("cache");
        facts(&python, &cache).unwrap();
        let kept = std::fs::read_dir(cache.join("python")).unwrap().next().unwrap().unwrap();
        for damaged in ["", "{", "[]", "null"] {
            std::fs::write(kept.path(), damaged).unwrap();
            assert_eq!(facts(&python, &cache).unwrap().version_info, (3, 1, 2));
        }
    }

    #[test]
    fn what_is_no_interpreter_is_told() {
        let error =
            |path: &str| ask(Path::new(path), Duration::from_secs(5)).unwrap_err().to_string();
        assert!(
            error("/no/python").starts_with("cannot use /no/python as Python interpreter: it c")
        );
        assert_eq!(
            error("/bin/true"),
            "cannot use /bin/true as Python interpreter: it does not answer as Python does"
        );
        assert_eq!(
            error("/bin/false"),
            "cannot use /bin/false as Python interpreter: exit status: 1"
        );
    }
}
