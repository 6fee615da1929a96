//! Flags of a script that is run until its own parser parses, as Guild AI 0.9.0 does for all.
//!
//! The script's process is a group of its own without input, what it prints goes to a file, and
//! its answer comes by another one: nothing that the script does is taken for an answer, and
//! nothing of it is left when the time is over.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{Declared, kept};
use crate::facts::Facts;
use crate::shim::Shim;

/// The variable that says how many seconds a script may take until it parses its arguments.
pub const TIME_LIMIT_VARIABLE: &str = "GUILD_FLAGS_IMPORT_TIMEOUT";
/// How long that is unless the variable says it.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A script as it is run for its flags.
#[derive(Clone, Debug)]
pub struct Script {
    /// The script, from the root.
    pub file: PathBuf,
    /// The package that it is a part of, or empty.
    pub package: String,
    /// The folder that it is looked for in, where that is not the first of `search_path`.
    pub folder: Option<PathBuf>,
    /// Where its imports are looked for first.
    pub search_path: Vec<PathBuf>,
    /// The arguments that come before those of flags.
    pub base_args: Vec<String>,
    /// `args` or `args:click`: who parses.
    pub dest: String,
}

/// What runs scripts for their flags.
#[derive(Clone, Debug)]
pub struct Importer<'a> {
    /// The interpreter.
    pub python: &'a Path,
    /// What is known about it.
    pub facts: &'a Facts,
    /// The Python package.
    pub shim: &'a Shim,
    /// The folder that the script is started in.
    pub cwd: &'a Path,
    /// Where what was found is kept; none to forget it.
    pub cache_dir: Option<&'a Path>,
    /// How long a script may take.
    pub limit: Duration,
}

/// Why a script did not tell its flags.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It could not be started.
    #[error("{0}")]
    Start(io::Error),
    /// It was ended before it parsed its arguments.
    #[error(
        "it did not parse its arguments within {} seconds (set {TIME_LIMIT_VARIABLE} to give it \
         more)", .0.as_secs_f32()
    )]
    TimedOut(Duration),
    /// It failed. The text is what it printed, or the last line of a traceback.
    #[error("{message}")]
    Failed {
        /// For the user.
        message: String,
        /// The whole traceback, where there is one.
        details: Option<String>,
    },
}

/// What the process writes: see `import_flags.py`.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    flags: Vec<Declared>,
    #[serde(default)]
    files: Vec<PathBuf>,
}

impl Importer<'_> {
    /// The flags that the script's parser declares, none where it ends without parsing.
    ///
    /// They are kept, and hold until the script, a file of the project that it imports, the
    /// interpreter or its packages change.
    ///
    /// # Errors
    ///
    /// [`ImportError`] where the script ends otherwise, or not at all.
    pub fn flags(&self, script: &Script) -> Result<Vec<Declared>, ImportError> {
        let key = kept::Key::of(self, script);
        let known = self.cache_dir.zip(key.as_ref());
        if let Some(flags) = known.and_then(|(dir, key)| kept::read(dir, key)) {
            return Ok(flags);
        }
        let answer = self.run(script)?;
        if let Some((dir, key)) = known {
            kept::write(dir, key, &answer.files, &answer.flags);
        }
        Ok(answer.flags)
    }

    fn run(&self, script: &Script) -> Result<Answer, ImportError> {
        let dir = tempfile::tempdir().map_err(ImportError::Start)?;
        let (result, output) = (dir.path().join("flags"), dir.path().join("output"));
        let mut command = self.command(script, &result).map_err(ImportError::Start)?;
        let printed = File::create(&output).map_err(ImportError::Start)?;
        let errors = printed.try_clone().map_err(ImportError::Start)?;
        command.stdin(Stdio::null()).stdout(printed).stderr(errors);
        let status = self.finish(&mut command)?;
        let answer = std::fs::read(&result).ok();
        if let Some(answer) = answer.and_then(|json| serde_json::from_slice(&json).ok()) {
            return Ok(answer);
        }
        let Some(status) = status else { return Err(ImportError::TimedOut(self.limit)) };
        let bytes = std::fs::read(&output).unwrap_or_default();
        Err(failure(String::from_utf8_lossy(&bytes).trim(), status))
    }

    fn command(&self, script: &Script, result: &Path) -> io::Result<Command> {
        let mut path = script.search_path.clone();
        path.push(self.shim.dir.clone());
        if let Some(own) = std::env::var_os("PYTHONPATH") {
            path.extend(std::env::split_paths(&own));
        }
        let path = std::env::join_paths(path).map_err(io::Error::other)?;
        let mut command = Command::new(self.python);
        command
            .args(["-m", "guild.import_flags"])
            .arg(result)
            // Should nobody be left to end it.
            .arg((self.limit.as_secs() + 2).to_string())
            .arg(&script.dest)
            .arg(script.folder.as_deref().unwrap_or(Path::new("")))
            .arg(&script.file)
            .arg(&script.package)
            .args(&script.base_args)
            .current_dir(self.cwd)
            .env("PYTHONPATH", path)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env_remove("FLAGS_DEST")
            .env_remove("SCRIPT_DIR");
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            command.process_group(0);
        }
        Ok(command)
    }

    /// Runs the command to its end; none when it was ended for the time it took.
    fn finish(&self, command: &mut Command) -> Result<Option<ExitStatus>, ImportError> {
        let end = Instant::now() + self.limit;
        let mut child = command.spawn().map_err(ImportError::Start)?;
        let mut pause = Duration::from_micros(200);
        let status = loop {
            if let Ok(Some(status)) = child.try_wait() {
                break Some(status);
            }
            if Instant::now() >= end {
                break None;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        };
        end_group(child.id());
        if status.is_none() {
            // It may be gone in this moment; then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
        Ok(status)
    }
}

/// Ends whatever a process has started and left.
#[cfg(unix)]
fn end_group(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let pid = i32::try_from(leader).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // There is none any more, as a rule.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end_group(_leader: u32) {}

/// The failure of a script that printed `text`, as Guild AI 0.9.0 tells it.
fn failure(text: &str, status: ExitStatus) -> ImportError {
    let (message, details) = match text {
        "" => (format!("it ended with {status}"), None),
        _ if text.contains("Traceback") => (raised(text).to_owned(), Some(text.to_owned())),
        _ => (text.to_owned(), None),
    };
    ImportError::Failed { message, details }
}

/// What a traceback ends with: the first line of the message where there are more.
fn raised(text: &str) -> &str {
    let lines: Vec<&str> = text.lines().collect();
    let called = lines.iter().rposition(|line| line.starts_with("  File \""));
    let behind = lines[called.map_or(0, |at| at + 1)..].iter();
    let message = behind.copied().find(|line| !line.starts_with(' '));
    message.or(lines.last().copied()).unwrap_or_default()
}

/// The time limit that the environment asks for.
pub fn time_limit() -> Duration {
    let asked = std::env::var(TIME_LIMIT_VARIABLE).ok();
    let seconds = asked.and_then(|text| text.trim().parse::<f64>().ok());
    let limit = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
    limit.filter(|l| !l.is_zero()).map_or(TIME_LIMIT, |l| l.min(Duration::from_secs(86_400)))
}

/// What a process's answer depends on beside its text.
pub(super) type Files = BTreeMap<PathBuf, Option<u64>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceback_ends_with_what_was_raised() {
        let traceback = |raised: &str| {
            format!(
                "noise\nTraceback (most recent call last):\n  File \"s.py\", line 1\n    f()\n{raised}"
            )
        };
        assert_eq!(raised(&traceback("ValueError: what")), "ValueError: what");
        assert_eq!(raised(&traceback("ValueError: what\nelse\n  more")), "ValueError: what");
        let shown = "    x = (\n        ^\nSyntaxError: '(' was never closed";
        assert_eq!(raised(&traceback(shown)), "SyntaxError: '(' was never closed");
        assert_eq!(raised("Traceback"), "Traceback");
    }
}
