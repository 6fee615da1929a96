//! The process that answers for Guild AI 0.9.0.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

pub struct Oracle {
    pub python: PathBuf,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// The oracle's interpreter; none, with a message, where it is not installed.
pub fn python() -> Option<PathBuf> {
    let named = std::env::var_os("GUILD_ORACLE").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache/guild-oracle"));
    let path = named.or(home)?;
    let path = if path.is_dir() { path.join("bin/python3.11") } else { path };
    if !path.is_file() {
        eprintln!("skipped: there is no Guild AI 0.9.0 at {} (GUILD_ORACLE)", path.display());
        return None;
    }
    Some(path)
}

impl Oracle {
    /// Starts it; none, with a message, where it is not installed.
    pub fn start() -> Option<Oracle> {
        let python = python()?;
        let mut child = Command::new(&python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/oracle.py"))
            .env("PYTHONUTF8", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Some(Oracle { python, child, input, output })
    }

    pub fn ask(&mut self, question: &str, argument: Value) -> Value {
        writeln!(self.input, "{}", json!([question, argument])).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // Its input ends with it, but it may be in the middle of an answer.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
