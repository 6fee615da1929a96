//! The other side: guildai 0.9.0 in a process of its own, one JSON request a line.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

pub fn interpreter() -> Option<PathBuf> {
    let home = || Some(std::env::home_dir()?.join(".cache/guild-oracle/bin/python3.11"));
    let path = std::env::var_os("GUILD_ORACLE").map(PathBuf::from).or_else(home)?;
    path.exists().then_some(path)
}

/// Asks all `requests` and returns the answers; none when there is no oracle on this machine.
pub fn ask(requests: &[Json]) -> Option<Vec<Json>> {
    let Some(path) = interpreter() else {
        eprintln!("skipped: no guildai 0.9.0 here (GUILD_ORACLE names its interpreter)");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/oracle.py");
    let mut child = Command::new(path)
        .arg(script)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the oracle starts");
    let mut answers = BufReader::new(child.stdout.take().expect("the oracle answers"));
    let mut stdin = child.stdin.take().expect("the oracle listens");
    let answers = std::thread::scope(|scope| {
        // Writing and reading at the same time, or both sides wait once the pipes are full.
        scope.spawn(move || {
            for request in requests {
                writeln!(stdin, "{request}").expect("the oracle listens");
            }
        });
        let read = |_| {
            let mut line = String::new();
            answers.read_line(&mut line).expect("the oracle answers");
            serde_json::from_str(&line).expect("the oracle answers in JSON")
        };
        requests.iter().map(read).collect()
    });
    child.wait().expect("the oracle ends");
    Some(answers)
}
