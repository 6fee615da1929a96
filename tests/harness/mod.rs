//! Runs the real binary in a folder and a home of its own.

mod oracle;
mod terminal;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A project in a temporary folder, with a home beside it.
pub struct Project {
    root: tempfile::TempDir,
}

impl Project {
    /// An empty project.
    pub fn new() -> Project {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("project")).unwrap();
        Project { root }
    }

    /// A copy of a sample project.
    pub fn sample(name: &str) -> Project {
        let project = Project::new();
        let from = repository().join("samples/projects").join(name);
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), project.path(file.file_name().to_str().unwrap())).unwrap();
        }
        project
    }

    /// A project with these files.
    pub fn with(files: &[(&str, &str)]) -> Project {
        let project = Project::new();
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// The project's folder.
    pub fn dir(&self) -> PathBuf {
        self.root.path().join("project")
    }

    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    /// The home: not made until guild makes it.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Writes a file in the project.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A command line, split at spaces.
    #[must_use]
    pub fn guild(&self, line: &str) -> Guild {
        self.guild_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// A command line.
    #[must_use]
    pub fn guild_args(&self, args: &[&str]) -> Guild {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guild"));
        command.args(args).current_dir(self.dir());
        clean_environment(&mut command, &self.home());
        Guild { command, input: None }
    }

    /// The folders of the runs, oldest first.
    pub fn runs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.home().join("runs")) else { return Vec::new() };
        let mut runs: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
        // Read once for each: a run that is being made may have it the next time.
        runs.sort_by_cached_key(|run| {
            fs::read_to_string(run.join(".guild/attrs/initialized")).ok()
        });
        runs
    }

    /// The only run.
    pub fn run(&self) -> PathBuf {
        let mut runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0)
    }

    /// An attribute of a run, as it is written.
    pub fn attr(&self, run: &Path, name: &str) -> String {
        let path = run.join(".guild/attrs").join(name);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// `guild runs info`'s line of this name, for the newest run.
    pub fn info(&self, name: &str) -> String {
        let text = self.guild("runs info").succeeds().stdout;
        let line = text.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).to_string()
    }
}

/// Nothing of the machine's own configuration reaches the tests.
fn clean_environment(command: &mut Command, home: &Path) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let kept = ["PATH", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "LLVM_PROFILE_FILE"];
        if !kept.contains(&name.as_str()) && !name.starts_with("PYENV") {
            command.env_remove(name);
        }
    }
    command.env("GUILD_HOME", home).env("HOME", home.parent().unwrap());
    // The interpreter by its own path: what a shim would look for is the machine's business.
    command.env("GUILD_PYTHON", python());
}

/// The path of the interpreter that `python3` is.
pub fn python() -> &'static Path {
    static PYTHON: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    PYTHON.get_or_init(|| {
        let ask = ["-c", "import sys; print(sys.executable)"];
        let out = Command::new("python3").args(ask).output().expect("the tests need python3");
        String::from_utf8(out.stdout).unwrap().trim().into()
    })
}

/// An interpreter that has a package: that of `GUILD_TEST_LIBRARIES`, or the one of all tests; none,
/// with a message, where neither has it.
pub fn python_with(package: &str) -> Option<PathBuf> {
    let named = std::env::var_os("GUILD_TEST_LIBRARIES").map(PathBuf::from);
    let has = |python: &PathBuf| {
        let mut command = Command::new(python);
        command.args(["-c", &format!("import {package}")]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = named.into_iter().chain([python().to_owned()]).find(has);
    if found.is_none() {
        eprintln!("skipped: no {package}; GUILD_TEST_LIBRARIES names an interpreter that has it");
    }
    found
}

/// The top of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Guild AI 0.9.0's command, where it is installed; says so where it is not.
pub fn oracle() -> Option<PathBuf> {
    let named = std::env::var_os("GUILD_ORACLE_BIN").map(PathBuf::from);
    let usual = std::env::home_dir().map(|h| h.join(".cache/guild-oracle/bin/guild"));
    let found = named.or(usual).filter(|p| p.is_file());
    if found.is_none() {
        eprintln!("skipped: Guild AI 0.9.0 is not installed here (GUILD_ORACLE_BIN)");
    }
    found
}

/// A command to be run.
pub struct Guild {
    command: Command,
    input: Option<String>,
}

/// What a command gave.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Guild {
    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Guild {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub fn without_env(mut self, name: &str) -> Guild {
        self.command.env_remove(name);
        self
    }

    /// Starts in another folder.
    #[must_use]
    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Guild {
        self.command.current_dir(dir);
        self
    }

    /// Runs another program instead, with the same arguments: the oracle.
    #[must_use]
    pub fn program(self, program: &Path) -> Guild {
        let mut command = Command::new(program);
        command.args(self.command.get_args());
        command.current_dir(self.command.get_current_dir().unwrap());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Guild { command, input: self.input }
    }

    /// By the user and group with this number; only root may.
    #[must_use]
    pub fn by_user(mut self, number: u32) -> Guild {
        use std::os::unix::process::CommandExt;
        self.command.uid(number).gid(number);
        self
    }

    /// What the user types.
    #[must_use]
    pub fn input(mut self, text: &str) -> Guild {
        self.input = Some(text.into());
        self
    }

    /// Runs it to its end.
    pub fn outcome(mut self) -> Outcome {
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self
            .command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let (Some(mut stdin), Some(text)) = (child.stdin.take(), self.input) {
            let _ = stdin.write_all(text.as_bytes());
        }
        child.wait_with_output().unwrap().into()
    }

    /// Runs it to its end, for all that it writes as a terminal would show it, and its exit code.
    pub fn shown(mut self) -> (Option<i32>, String) {
        let (mut read, write) = std::io::pipe().unwrap();
        self.command.stdin(Stdio::null()).stdout(write.try_clone().unwrap()).stderr(write);
        let mut child = self.command.spawn().unwrap();
        // The other end is closed once no process has it any more.
        drop(self.command);
        let mut shown = Vec::new();
        std::io::Read::read_to_end(&mut read, &mut shown).unwrap();
        (child.wait().unwrap().code(), String::from_utf8_lossy(&shown).into_owned())
    }

    /// Runs it; it must exit with 0.
    pub fn succeeds(self) -> Outcome {
        let outcome = self.outcome();
        assert_eq!(outcome.code, Some(0), "{}\n{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// Runs it; it must exit with `code`.
    pub fn fails(self, code: i32) -> Outcome {
        let outcome = self.outcome();
        assert_eq!(outcome.code, Some(code), "{}\n{}", outcome.stdout, outcome.stderr);
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
        outcome
    }

    /// Starts it and goes on, in a process group of its own as a shell would.
    pub fn start(mut self) -> Child {
        use std::os::unix::process::CommandExt;
        self.command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Outcome {
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The flags of an operation as `ops show --json` has them, without where each was found.
pub fn without_origins(flags: &serde_json::Value) -> serde_json::Value {
    let mut flags = flags.clone();
    for (_, flag) in flags.as_object_mut().into_iter().flatten() {
        flag.as_object_mut().unwrap().remove("origin");
    }
    flags
}

/// Waits until something is there, ten seconds at most.
pub fn eventually<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "it did not happen in time");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Compares line by line with a pattern in which `...` stands for any text in a line.
#[track_caller]
pub fn assert_like(text: &str, pattern: &str) {
    let (text, pattern) = (text.trim_end(), pattern.trim());
    let lines: Vec<_> = text.lines().collect();
    let patterns: Vec<_> = pattern.lines().map(str::trim_end).collect();
    assert_eq!(lines.len(), patterns.len(), "expected:\n{pattern}\ngot:\n{text}\n");
    for (line, pattern) in lines.iter().zip(patterns) {
        assert!(like(line.trim_end(), pattern), "expected: {pattern}\ngot: {line}\nin:\n{text}\n");
    }
}

fn like(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once("...") else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<_> = rest.split("...").collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.len() >= last.len() && text.ends_with(last)
}
