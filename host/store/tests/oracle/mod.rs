//! Guild AI 0.9.0 itself, to compare with.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

pub mod world;

/// The time zone of both sides: half an hour off, with summer time, so that no mistake cancels.
pub const TZ: &str = "NST3:30NDT,M3.2.0,M11.1.0";

/// A process that runs commands of Guild AI 0.9.0 for one Guild home.
pub struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    guild_home: PathBuf,
}

/// What a command did.
#[derive(Debug)]
pub struct Answer {
    pub code: i64,
    pub out: String,
    pub err: String,
}

/// The interpreter that Guild AI 0.9.0 is installed for, with an empty environment. None, with a
/// message, where it is not installed.
pub fn python() -> Option<Command> {
    let guild = std::env::var_os("GUILD_ORACLE_BIN")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cache/guild-oracle/bin/guild")))?;
    // The first line of the script names it.
    let script = std::fs::read_to_string(&guild).unwrap_or_default();
    let Some(python) = script.lines().next().and_then(|line| line.strip_prefix("#!")) else {
        eprintln!("skipped: no Guild AI 0.9.0 in {}", guild.display());
        return None;
    };
    let mut python = Command::new(python.trim());
    python.env_clear();
    Some(python)
}

impl Oracle {
    /// The oracle for the home `guild_home`, for a user who lives in `user_home`. None, with a
    /// message, where it is not installed.
    pub fn start(guild_home: &Path, user_home: &Path) -> Option<Oracle> {
        let mut python = python()?;
        std::fs::create_dir_all(guild_home).unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = Path::new(python.get_program()).parent().unwrap_or(Path::new("/"));
        let path = format!("{}:{path}", bin.display());
        let mut child = python
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/driver.py"))
            .env("PATH", path)
            .env("HOME", user_home)
            .env("SHELL", "/bin/sh")
            .env("LANG", "C.UTF-8")
            .env("USER", "ann")
            .env("HOST", "vm")
            .env("TZ", TZ)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Some(Oracle { child, input, output, guild_home: guild_home.to_path_buf() })
    }

    /// Runs `guild ARGS` in `cwd`.
    pub fn guild(&mut self, cwd: &Path, args: &[&str]) -> Answer {
        self.ask(cwd, args, None)
    }

    /// Runs `guild ARGS` on a terminal of this width.
    pub fn guild_on_terminal(&mut self, cwd: &Path, args: &[&str], columns: usize) -> Answer {
        self.ask(cwd, args, Some(columns))
    }

    /// The output of `guild ARGS`, which must succeed.
    pub fn out(&mut self, cwd: &Path, args: &[&str]) -> String {
        let answer = self.guild(cwd, args);
        assert_eq!(answer.code, 0, "guild {args:?}: {answer:?}");
        answer.out
    }

    fn ask(&mut self, cwd: &Path, args: &[&str], columns: Option<usize>) -> Answer {
        let env = json!({ "GUILD_HOME": self.guild_home });
        let request = json!({ "args": args, "cwd": cwd, "env": env, "columns": columns });
        writeln!(self.input, "{request}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).expect("the oracle's driver ended");
        let text = |key: &str| answer[key].as_str().unwrap().to_string();
        Answer { code: answer["code"].as_i64().unwrap(), out: text("out"), err: text("err") }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
