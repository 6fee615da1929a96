//! Lines and event files under Guild AI 0.9.0 and under ours. Skipped where there is no reference
//! environment: `GUILD_ORACLE` names its Python or its folder, by default `~/.cache/guild-oracle`.

#![allow(clippy::unwrap_used, reason = "a test's preparations may fail loudly")]
#![allow(clippy::print_stderr, reason = "tells what was compared, or that nothing was")]

mod event_files;
mod lines;

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value as Json, json};

/// Asks the oracle; none when there is none.
fn ask(mut request: Json) -> Option<Json> {
    let python = match std::env::var_os("GUILD_ORACLE").map(PathBuf::from) {
        Some(path) if path.is_dir() => path.join("bin/python3.11"),
        Some(path) => path,
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache/guild-oracle/bin/python3.11"),
    };
    if !python.exists() {
        eprintln!("skipped: no reference environment (GUILD_ORACLE)");
        return None;
    }
    let home = tempfile::tempdir().unwrap();
    request["home"] = json!(home.path());
    let file = home.path().join("request.json");
    std::fs::write(&file, request.to_string()).unwrap();
    let answer = Command::new(python)
        .args(["-W", "ignore", "-c", include_str!("oracle.py")])
        .arg(file)
        .env("GUILD_HOME", home.path())
        .output()
        .unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    Some(serde_json::from_slice(&answer.stdout).unwrap())
}

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}
