//! Guild AI 0.9.0 for tests that ask it much: its modules are loaded once.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use super::{Guild, Outcome, clean_environment};

/// The process, and what it says of each job.
type Server = (Child, BufReader<ChildStdout>);

static SERVER: Mutex<Option<Server>> = Mutex::new(None);

impl Guild {
    /// Has Guild AI 0.9.0 run the command. A change of the environment counts only where a variable
    /// is set, and there is no input.
    pub fn by_oracle(self, oracle: &Path) -> Outcome {
        let kept = tempfile::tempdir().unwrap();
        let (stdout, stderr) = (kept.path().join("out"), kept.path().join("err"));
        let env =
            self.command.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?)));
        let env: serde_json::Map<_, _> =
            env.map(|(name, value)| (name.to_string(), value.to_str().into())).collect();
        let args: Vec<_> = self.command.get_args().map(|a| a.to_str().unwrap()).collect();
        let job = serde_json::json!({
            "args": args, "cwd": self.command.get_current_dir().unwrap(), "env": env,
            "stdout": stdout, "stderr": stderr,
        });
        // A test that failed meanwhile has done nothing to the process.
        let mut server = SERVER.lock().unwrap_or_else(|e| e.into_inner());
        let (process, codes) = server.get_or_insert_with(|| start(oracle));
        writeln!(process.stdin.as_mut().unwrap(), "{job}").unwrap();
        let mut code = String::new();
        codes.read_line(&mut code).unwrap();
        let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        let code = code.trim().parse().expect("the oracle did not answer");
        Outcome { code: Some(code), stdout: text(&stdout), stderr: text(&stderr) }
    }
}

/// It ends with the test program, when the pipe to it does.
fn start(oracle: &Path) -> Server {
    let mut command = Command::new(oracle.with_file_name("python3"));
    command.args(["-c", include_str!("oracle.py")]);
    clean_environment(&mut command, &std::env::temp_dir());
    let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut process = process.expect("the oracle's interpreter is beside it");
    let codes = process.stdout.take().unwrap();
    (process, BufReader::new(codes))
}
