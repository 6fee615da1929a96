//! Runs an interpreter for a short answer, within a time limit.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// An answer longer than this is not one: 64 MiB.
const MOST_BYTES: u64 = 64 << 20;

/// What a process said before it ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its output.
    pub stdout: Vec<u8>,
    /// Its error output.
    pub stderr: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// It could not be started.
    #[error("it cannot be started: {0}")]
    Start(io::Error),
    /// It did not end in time, and was ended.
    #[error("it gave no answer within {} seconds", .0.as_secs_f32())]
    TimedOut(Duration),
}

impl Finished {
    /// The last line of the error output, which for Python is the error itself.
    pub fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        last.map_or_else(|| self.status.to_string(), |line| line.trim().to_owned())
    }
}

/// Runs the command without input and gives its output.
///
/// # Errors
///
/// [`ProcessError`]. A process that fails is no error here.
pub fn finish(command: &mut Command, limit: Duration) -> Result<Finished, ProcessError> {
    let end = Instant::now() + limit;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(ProcessError::Start)?;
    // Both at once: a process that fills one pipe waits until it is read.
    let stdout = child.stdout.take().map(read_aside);
    let stderr = child.stderr.take().map(read_aside);
    let rest = |from: Option<Receiver<Vec<u8>>>, end: Instant| {
        from.and_then(|f| f.recv_timeout(end.saturating_duration_since(Instant::now())).ok())
    };
    let stdout = rest(stdout, end);
    let status = match stdout {
        Some(_) => wait(&mut child, end),
        None => None,
    };
    let Some(status) = status else {
        // It may be gone in this moment; then there is nothing to end.
        let _ = child.kill();
        let _ = child.wait();
        return Err(ProcessError::TimedOut(limit));
    };
    // A process that it left behind may still hold the pipe.
    let stderr = rest(stderr, Instant::now() + Duration::from_millis(100)).unwrap_or_default();
    Ok(Finished { status, stdout: stdout.unwrap_or_default(), stderr })
}

fn read_aside(pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth something, if only as a complaint.
        let _ = pipe.take(MOST_BYTES).read_to_end(&mut bytes);
        // Nobody listens any more after the time limit.
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for a process that has closed its output and so is about to end.
fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    let mut pause = Duration::from_micros(50);
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, limit: Duration) -> Result<Finished, ProcessError> {
        finish(Command::new("/bin/sh").args(["-c", script]), limit)
    }

    #[test]
    fn output_and_complaint() {
        let done =
            sh("echo out; echo one >&2; echo two >&2; exit 3", Duration::from_secs(10)).unwrap();
        assert_eq!((&*done.stdout, done.status.code()), (&b"out\n"[..], Some(3)));
        assert_eq!(done.complaint(), "two");
        let done = sh("exit 1", Duration::from_secs(10)).unwrap();
        assert_eq!(done.complaint(), "exit status: 1");
    }

    #[test]
    fn a_full_pipe_does_not_block() {
        let script = "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero";
        let done = sh(script, Duration::from_secs(20)).unwrap();
        assert_eq!((done.stdout.len(), done.stderr.len()), (300_000, 300_000));
    }

    #[test]
    fn time_is_limited() {
        for script in ["sleep 30", "exec >&-; sleep 30", "sleep 3 & sleep 3"] {
            let start = Instant::now();
            let e = sh(script, Duration::from_millis(200)).unwrap_err();
            assert!(matches!(e, ProcessError::TimedOut(_)), "{e}");
            assert!(start.elapsed() < Duration::from_secs(10));
        }
        let e = finish(&mut Command::new("/no/such"), Duration::from_secs(1)).unwrap_err();
        assert!(matches!(e, ProcessError::Start(_)));
    }
}
