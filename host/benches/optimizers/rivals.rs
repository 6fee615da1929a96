//! Optimizers of other programs: a Python process that is asked and told in lines of JSON.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use guild_plugin_api::Map;
use serde_json::{Value, json};

use crate::functions::Function;

/// A search by another program.
pub struct Rival {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    cpu: f64,
}

impl Rival {
    pub fn start(python: &Path, script: &str, function: &Function, seed: i64) -> Rival {
        let mut child = Command::new(python)
            .args(["-W", "ignore", "-c", script])
            .env("OMP_NUM_THREADS", "1")
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut rival = Rival { child, requests, answers, cpu: 0.0 };
        let dims: Vec<Value> = function
            .dims
            .iter()
            .map(|(name, dim, on)| json!({"name": name, "dim": dim, "on": on}))
            .collect();
        rival.send(&json!({"seed": seed, "dims": dims}));
        rival
    }

    /// The next trial. What depends on a choice that was not made has a value as well: any.
    pub fn ask(&mut self) -> Map {
        self.send(&json!({"ask": true}));
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        self.cpu = answer["cpu"].as_f64().unwrap();
        serde_json::from_value(answer["flags"].clone()).unwrap()
    }

    /// What came out of the trial that was asked for.
    pub fn tell(&mut self, loss: f64) {
        self.send(&json!({"tell": loss}));
    }

    /// Adds a trial that was not asked for.
    pub fn add(&mut self, flags: &Map, loss: f64) {
        self.send(&json!({"add": flags, "loss": loss}));
    }

    /// The CPU time of the process when it answered last.
    pub fn cpu(&self) -> Duration {
        Duration::from_secs_f64(self.cpu)
    }

    fn send(&mut self, request: &Value) {
        writeln!(self.requests, "{request}").unwrap();
        self.requests.flush().unwrap();
    }
}

impl Drop for Rival {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
