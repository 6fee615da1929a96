//! The process that has Optuna.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use guild_plugin_api::search::SuggestTrials;
use guild_plugin_api::{HookError, HookResult, Map};
use serde::Deserialize;

/// What the process runs.
const SCRIPT: &str = include_str!("suggest.py");

/// A process that suggests trials.
pub struct Optuna {
    python: String,
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// Reads what else the process says, so that it never waits for a reader; gives the last line.
    last_words: Option<JoinHandle<String>>,
}

/// What it answers.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Trials(Vec<Map>),
    /// What Optuna says of a request that it cannot do.
    Failed(String),
    /// There is no Optuna: why.
    Missing(String),
}

impl Optuna {
    /// Starts the process.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(python: &str) -> HookResult<Optuna> {
        let cannot = |why: String| HookError::new(format!("cannot start '{python}': {why}"));
        let mut child = Command::new(python)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| cannot(e.to_string()))?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(cannot("it has no pipes".into()));
        };
        let last_words = child.stderr.take().map(|stderr| {
            let lines = BufReader::new(stderr).split(b'\n').map_while(Result::ok);
            let words = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
            thread::spawn(move || {
                words.filter(|line| !line.trim().is_empty()).last().unwrap_or_default()
            })
        });
        let answers = BufReader::new(answers);
        Ok(Optuna { python: python.into(), child, requests, answers, last_words })
    }

    /// The interpreter.
    pub fn python(&self) -> &str {
        &self.python
    }

    /// Asks for trials.
    ///
    /// # Errors
    /// When there is no Optuna, when it cannot do what is asked, or when the process ends.
    pub fn ask(&mut self, req: &SuggestTrials) -> HookResult<Vec<Map>> {
        let request = serde_json::to_string(req).map_err(|e| HookError::new(e.to_string()))?;
        let sent = writeln!(self.requests, "{request}").and_then(|()| self.requests.flush());
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        if sent.is_err() || !read.is_ok_and(|count| count > 0) {
            return Err(self.ended());
        }
        let answer = serde_json::from_str(&line)
            .map_err(|e| HookError::new(format!("Optuna's answer cannot be read: {e}")))?;
        match answer {
            Answer::Trials(trials) => Ok(trials),
            Answer::Failed(why) => Err(HookError::new(format!("Optuna failed: {why}"))),
            Answer::Missing(why) => {
                let python = &self.python;
                Err(HookError::new(format!("cannot import Optuna with '{python}': {why}"))
                    .with_hint(format!("Try '{python} -m pip install optuna'.")))
            }
        }
    }

    /// What to say of a process that is gone: its last words.
    fn ended(&mut self) -> HookError {
        let _ = self.child.kill();
        let said = self.last_words.take().and_then(|words| words.join().ok()).unwrap_or_default();
        let last = if said.is_empty() { "it says nothing" } else { &said };
        HookError::new(format!("the process of Optuna has ended: {last}"))
    }
}

impl Drop for Optuna {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
