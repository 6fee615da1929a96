//! Asking Guild AI 0.9.0.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The Python that 0.9.0 is installed for; none, with a message, where there is none.
pub fn python() -> Option<PathBuf> {
    let path = match (env::var_os("GUILD_ORACLE"), env::var_os("HOME")) {
        (Some(path), _) => PathBuf::from(path),
        (None, Some(home)) => Path::new(&home).join(".cache/guild-oracle/bin/python3.11"),
        (None, None) => PathBuf::new(),
    };
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: no Guild AI 0.9.0 at {}", path.display());
    None
}

/// Answers to a request as `oracle.py` describes them; none where there is no oracle.
pub fn ask(request: &Value) -> Option<Value> {
    let python = python()?;
    let home = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/oracle.py");
    let mut child = quiet(Command::new(python).arg("-B").arg(script), home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    serde_json::to_writer(&mut stdin, request).unwrap();
    stdin.flush().unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Runs git with nothing of the user's configuration.
pub fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Test", "-c", "user.email=test@localhost"]);
    command.args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]);
    let status = quiet(command.args(args).current_dir(dir), dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "git {args:?}");
}

/// Keeps a command from the user's configuration.
pub fn quiet<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    command
        .env("HOME", home)
        .env("GUILD_HOME", home.join("guild"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
}
