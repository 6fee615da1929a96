//! The other side: guildai 0.9.0 in a process of its own, one JSON request a line.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::Value as Json;

pub struct Oracle {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

/// What the oracle says to a request.
#[derive(Debug)]
pub enum Answer {
    Ok(Json),
    /// It tells the user something.
    Error(String),
    /// It breaks down; what ours does is its own affair.
    Crash,
}

fn interpreter() -> Option<PathBuf> {
    let home = || Some(std::env::home_dir()?.join(".cache/guild-oracle/bin/python3.11"));
    let path = std::env::var_os("GUILD_ORACLE").map(PathBuf::from).or_else(home)?;
    path.exists().then_some(path)
}

fn oracle() -> Option<&'static Mutex<Oracle>> {
    static ORACLE: OnceLock<Option<Mutex<Oracle>>> = OnceLock::new();
    let start = || {
        let path = interpreter()?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/oracle.py");
        let mut child = Command::new(path)
            .arg(script)
            // NumPy's powers on such processors differ in the last digit from those on others.
            .env(
                "NPY_DISABLE_CPU_FEATURES",
                "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
            )
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let answers = BufReader::new(child.stdout.take()?);
        Some(Mutex::new(Oracle { child, answers }))
    };
    ORACLE.get_or_init(start).as_ref()
}

/// Asks all `requests` and returns the answers; none when there is no oracle on this machine.
pub fn ask(requests: &[Json]) -> Option<Vec<Answer>> {
    let Some(oracle) = oracle() else {
        eprintln!("skipped: no guildai 0.9.0 here (GUILD_ORACLE names its interpreter)");
        return None;
    };
    let mut oracle = oracle.lock().unwrap_or_else(|e| e.into_inner());
    let Oracle { child, answers } = &mut *oracle;
    let stdin = child.stdin.as_mut().expect("the oracle listens");
    std::thread::scope(|scope| {
        // Writing and reading at the same time, or both sides wait once the pipes are full.
        scope.spawn(move || {
            for request in requests {
                writeln!(stdin, "{request}").expect("the oracle listens");
            }
            stdin.flush().expect("the oracle listens");
        });
        let read = |_| {
            let mut line = String::new();
            answers.read_line(&mut line).expect("the oracle answers");
            let answer: Json = serde_json::from_str(&line).expect("the oracle answers in JSON");
            match (answer.get("ok"), answer.get("error")) {
                (Some(ok), _) => Answer::Ok(ok.clone()),
                (None, Some(error)) => Answer::Error(error.as_str().unwrap_or_default().into()),
                _ => Answer::Crash,
            }
        };
        Some(requests.iter().map(read).collect())
    })
}

/// Compares ours with the oracle's answers and fails with the first differences.
pub fn compare<C: std::fmt::Debug>(
    what: &str,
    cases: &[C],
    request: impl Fn(&C) -> Json,
    ours: impl Fn(&C) -> Result<Json, String>,
) {
    let requests: Vec<Json> = cases.iter().map(request).collect();
    let started = std::time::Instant::now();
    let Some(answers) = ask(&requests) else { return };
    let asked = started.elapsed();
    let (mut compared, mut crashed, mut different) = (0, 0, Vec::new());
    for (case, answer) in cases.iter().zip(answers) {
        let ours = ours(case);
        let same = match (&answer, &ours) {
            (Answer::Crash, _) => {
                crashed += 1;
                continue;
            }
            (Answer::Ok(theirs), Ok(ours)) => theirs == ours,
            (Answer::Error(theirs), Err(ours)) => theirs == ours,
            _ => false,
        };
        compared += 1;
        if !same {
            different.push(format!("{case:?}\n  oracle: {answer:?}\n  ours:   {ours:?}"));
        }
    }
    eprintln!(
        "{what}: {compared} compared, {} differ; the oracle breaks down over {crashed} more ({asked:.1?})",
        different.len()
    );
    let shown = different.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(different.is_empty(), "{what}: {} differ\n{shown}", different.len());
}
