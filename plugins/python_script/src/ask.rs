//! Asks an interpreter what a script says about itself, where the parser does not know.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use guild_plugin_api::Value;
use serde::Deserialize;

use crate::process::{self, ProcessError};
use crate::script::{Analysis, Refusal};

/// How long an interpreter may take to read a script.
pub const TIME_LIMIT: Duration = Duration::from_secs(5);

/// An interpreter that can be asked.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The interpreter.
    pub python: PathBuf,
    /// `script_info.py` of the Python package: it reads a script and prints what it finds.
    pub script_info: PathBuf,
    /// How long it may take, [`TIME_LIMIT`] as a rule.
    pub limit: Duration,
}

/// Why an interpreter gave no answer. One line for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// It did not start, or not end in time.
    #[error("{} cannot read the script: {source}", .python.display())]
    Process {
        /// The interpreter.
        python: PathBuf,
        /// What happened.
        source: ProcessError,
    },
    /// It said something else than what was asked.
    #[error("{} cannot read the script: {complaint}", .python.display())]
    NoAnswer {
        /// The interpreter.
        python: PathBuf,
        /// What it said instead.
        complaint: String,
    },
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    imports: Vec<String>,
    #[serde(default)]
    params: Vec<(String, Value)>,
    #[serde(default)]
    error: Complaint,
}

/// What a `SyntaxError` of Python has. Any of it may be missing there.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Complaint {
    message: Option<String>,
    line: Option<i64>,
    text: Option<String>,
    offset: Option<i64>,
}

impl Asker {
    /// Reads the script with the interpreter. The inner error is the interpreter's own refusal.
    ///
    /// The interpreter runs isolated (`-I -S`): neither the user's environment nor installed
    /// packages take part, and none of the script is executed.
    ///
    /// # Errors
    ///
    /// [`AskError`] where the interpreter did not say anything about the script.
    pub fn ask(&self, script: &Path) -> Result<Result<Analysis, Refusal>, AskError> {
        let python = || self.python.clone();
        let mut command = Command::new(&self.python);
        command.args(["-I", "-S"]).arg(&self.script_info).arg(script);
        let done = process::finish(&mut command, self.limit)
            .map_err(|source| AskError::Process { python: python(), source })?;
        let answer: Answer = match serde_json::from_slice(&done.stdout) {
            Ok(answer) => answer,
            Err(_) => {
                return Err(AskError::NoAnswer { python: python(), complaint: done.complaint() });
            }
        };
        Ok(match answer.ok {
            true => Ok(Analysis {
                imports: answer.imports,
                params: answer.params.into_iter().collect(),
                ..Analysis::default()
            }),
            false => Err(answer.error.into()),
        })
    }
}

impl From<Complaint> for Refusal {
    fn from(c: Complaint) -> Refusal {
        let count = |n: Option<i64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
        Refusal {
            line: count(c.line),
            column: count(c.offset),
            text: c.text.unwrap_or_default().trim_end().to_owned(),
            message: c.message.unwrap_or_else(|| "invalid syntax".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An interpreter that prints `output`, whatever it is asked.
    fn asker(dir: &Path, output: &str) -> Asker {
        let python = dir.join("python3");
        crate::fake::program(&python, &format!("#!/bin/sh\n{output}\n"));
        Asker { python, script_info: dir.join("info.py"), limit: Duration::from_secs(20) }
    }

    #[test]
    fn answers_and_refusals() {
        let dir = tempfile::tempdir().unwrap();
        let json = r#"{"ok": true, "imports": ["os"], "params": [["x", {"$int": "9999999999999999999999"}], ["y", [1, null]]]}"#;
        let a = asker(dir.path(), &format!("test \"$1 $2\" = '-I -S' && printf '%s' '{json}'"));
        let analysis = a.ask(Path::new("x.py")).unwrap().unwrap();
        assert_eq!(analysis.imports, ["os"]);
        assert_eq!(analysis.params["x"], Value::BigInt("9999999999999999999999".into()));
        assert_eq!(analysis.params["y"], Value::List(vec![Value::Int(1), Value::Null]));

        let json = r#"{"ok": false, "error": {"message": "bad", "line": 3, "text": "x y\n", "offset": 2}}"#;
        let a = asker(dir.path(), &format!("printf '%s' '{json}'"));
        let refusal = a.ask(Path::new("x.py")).unwrap().unwrap_err();
        assert_eq!(
            refusal,
            Refusal { line: 3, column: 2, text: "x y".into(), message: "bad".into() }
        );

        let json = r#"{"ok": false, "error": {"message": null, "line": null, "text": null, "offset": -1}}"#;
        let a = asker(dir.path(), &format!("printf '%s' '{json}'"));
        let refusal = a.ask(Path::new("x.py")).unwrap().unwrap_err();
        assert_eq!((refusal.line, refusal.column), (0, 0));
    }

    #[test]
    fn no_answer_names_the_interpreter() {
        let dir = tempfile::tempdir().unwrap();
        let a = asker(dir.path(), "echo 'boom' >&2; exit 1");
        let e = a.ask(Path::new("x.py")).unwrap_err().to_string();
        assert!(e.ends_with("/python3 cannot read the script: boom"), "{e}");
        let mut a = asker(dir.path(), "exec sleep 30");
        a.limit = Duration::from_millis(100);
        let e = a.ask(Path::new("x.py")).unwrap_err().to_string();
        assert!(e.ends_with("it gave no answer within 0.1 seconds"), "{e}");
        a.python = dir.path().join("none");
        let e = a.ask(Path::new("x.py")).unwrap_err().to_string();
        assert!(e.contains("none cannot read the script: it cannot be started: "), "{e}");
    }
}
