//! How far a batch has come: what is said of it, and what is shown while trials run side by side.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use guild_runner::{Lines, Stream};
use guild_scalars::summary::shown;

use super::log::Log;
use super::objective::Objective;
use crate::progress;
use crate::terminal::{self, Live};

/// What a batch says, and how far it is. Its trials share it.
pub struct Board<'a> {
    /// What is said.
    pub log: Log,
    quiet: bool,
    objective: Option<&'a Objective>,
    jobs: usize,
    total: Option<u64>,
    /// Trials that ended, by how: all, failed, stopped early.
    done: u64,
    failed: u64,
    stopped: u64,
    /// How many this start of the batch has run, and how long they took together.
    ran: u32,
    took: Duration,
    running: Vec<Shown>,
    /// How the last trial ended.
    last: Option<Outcome>,
    best: Option<(f64, String)>,
    live: Option<Live>,
}

/// A trial that is running.
struct Shown {
    id: String,
    flags: String,
    since: Instant,
}

/// How a trial ended, for the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it had to.
    Completed,
    /// It ended with an error, or was ended by somebody else.
    Failed,
    /// It was behind the others, and was ended.
    Stopped,
}

impl<'a> Board<'a> {
    /// A board for `jobs` trials at a time, of `total` where that is known.
    pub fn new(
        log: Log,
        quiet: bool,
        jobs: usize,
        total: Option<u64>,
        objective: Option<&'a Objective>,
    ) -> Board<'a> {
        let live = if jobs > 1 && !quiet { Live::new() } else { None };
        if live.is_some() {
            progress::off();
        }
        let (done, failed, stopped) = (0, 0, 0);
        let (ran, took, running) = (0, Duration::ZERO, Vec::new());
        Board {
            log,
            quiet,
            objective,
            jobs,
            total,
            done,
            failed,
            stopped,
            ran,
            took,
            running,
            last: None,
            best: None,
            live,
        }
    }

    /// Says something by way of the log.
    pub fn say(&mut self, say: impl FnOnce(&mut Log)) {
        say(&mut self.log);
        // Below what was said.
        self.draw();
    }

    /// Whether the display has to be drawn again now and then.
    pub fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// Notes that a trial runs.
    pub fn started(&mut self, id: &str, flags: &str) {
        let (id, flags) = (id.to_string(), flags.to_string());
        self.running.push(Shown { id, flags, since: Instant::now() });
        self.draw();
    }

    /// Notes that a trial was done by an earlier start of the batch.
    pub fn found(&mut self) {
        self.done += 1;
    }

    /// Notes how a trial ended, with the value of the objective. Where several run at a time, it is
    /// told how far the batch is.
    pub fn ended(&mut self, id: &str, outcome: Outcome, value: Option<f64>) {
        let at = self.running.iter().position(|shown| shown.id == id);
        let took = at.map(|at| self.running.remove(at).since.elapsed()).unwrap_or_default();
        self.took += took;
        self.ran += 1;
        self.done += 1;
        self.last = Some(outcome);
        match outcome {
            Outcome::Completed => {}
            Outcome::Failed => self.failed += 1,
            Outcome::Stopped => self.stopped += 1,
        }
        if let (Some(value), Some(objective)) = (value, self.objective)
            && self.best.as_ref().is_none_or(|(best, _)| objective.is_better(value, *best))
        {
            self.best = Some((value, id.chars().take(8).collect()));
        }
        // Of the others it is told in any case.
        if self.jobs > 1 && outcome == Outcome::Completed {
            let text = format!("Trial {id} has completed ({})", self.summary());
            self.say(|log| log.info(&text));
        } else {
            self.draw();
        }
    }

    /// Tells how far the batch has come, where several run at a time and the last trial has not.
    pub fn close(&mut self) {
        if self.jobs > 1 && self.last.is_some_and(|last| last != Outcome::Completed) {
            let text = self.summary();
            self.say(|log| log.info(&text));
        }
    }

    /// Draws the display again, where there is one.
    pub fn draw(&mut self) {
        let summary = self.summary();
        let Some(live) = &self.live else { return };
        let trial = |shown: &Shown| {
            let id: String = shown.id.chars().take(8).collect();
            format!("  {id}  {:>6}  {}", duration(shown.since.elapsed()), shown.flags)
        };
        let lines: Vec<_> =
            std::iter::once(summary).chain(self.running.iter().map(trial)).collect();
        live.draw(&lines);
    }

    /// `12 of 50 done, 8 running, 1 failed, 1 stopped early, best loss=0.25 (a1b2c3d4), about 2m left`
    fn summary(&self) -> String {
        let mut parts = vec![match self.total {
            Some(total) => format!("{} of {total} done", self.done),
            None => format!("{} done", self.done),
        }];
        let mut count = |n: usize, what: &str| {
            if n > 0 {
                parts.push(format!("{n} {what}"));
            }
        };
        count(self.running.len(), "running");
        count(self.failed as usize, "failed");
        count(self.stopped as usize, "stopped early");
        if let (Some((value, id)), Some(objective)) = (&self.best, self.objective) {
            parts.push(format!("best {objective}={} ({id})", shown(*value)));
        }
        if let Some(left) = self.left().filter(|left| left.as_secs() > 0) {
            parts.push(format!("about {} left", duration(left)));
        }
        parts.join(", ")
    }

    /// How long the batch will still take, should the other trials take as long as those before.
    fn left(&self) -> Option<Duration> {
        let open = self.total?.checked_sub(self.done).filter(|open| *open > 0)?;
        let one = self.took.checked_div(self.ran)?;
        // What is running has come some way.
        let begun = self.running.iter().map(|shown| shown.since.elapsed().min(one));
        let work = one.checked_mul(u32::try_from(open).ok()?)?.checked_sub(begun.sum())?;
        let at_once = open.min(self.jobs as u64);
        Some(work / u32::try_from(at_once).ok()?)
    }
}

/// The board, whatever became of who had it last.
pub fn locked<'b, 'a>(board: &'b Mutex<Board<'a>>) -> MutexGuard<'b, Board<'a>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes what a trial prints: into the batch's own output, and onto the screen where several run at
/// a time.
pub struct TrialOutput<'b, 'a> {
    /// The batch's board.
    pub board: &'b Mutex<Board<'a>>,
    /// What its lines begin with; nothing where it is the only one and shown as it is.
    pub prefix: Option<String>,
}

impl Lines for TrialOutput<'_, '_> {
    fn line(&mut self, line: &[u8], stream: Stream) {
        let mut board = locked(self.board);
        let Some(prefix) = &self.prefix else { return board.log.line(line, stream) };
        // Of a line that was written over and over, what it came to.
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let text = text.rsplit(|b| *b == b'\r').next().unwrap_or(text);
        let line = [prefix.as_bytes(), text, b"\n"].concat();
        board.log.line(&line, stream);
        if !board.quiet {
            match stream {
                Stream::Stdout => terminal::bytes(&line),
                Stream::Stderr => terminal::err_bytes(&line),
            }
            board.draw();
        }
    }

    fn flush(&mut self) {
        locked(self.board).log.flush();
    }
}

/// `45s`, `3m10s`, `2h05m`.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let short = |s| duration(Duration::from_secs(s));
        assert_eq!([0, 59, 60, 3599].map(short), ["0s", "59s", "1m00s", "59m59s"]);
        assert_eq!([3600, 86_399, 360_000].map(short), ["1h00m", "23h59m", "100h00m"]);
    }

    #[test]
    fn a_summary_says_what_there_is() {
        let dir = tempfile::tempdir().unwrap();
        let run = guild_store::Run::at(dir.path());
        run.init().unwrap();
        let log = Log::create(&run, true).unwrap();
        let objective = Objective::parse("-acc").unwrap();
        let mut board = Board::new(log, true, 2, Some(4), Some(&objective));
        assert_eq!(board.summary(), "0 of 4 done");
        board.started("0123456789", "x=1");
        board.started("abcdefghij", "x=2");
        assert_eq!(board.summary(), "0 of 4 done, 2 running");
        board.ended("0123456789", Outcome::Completed, Some(0.5));
        assert!(board.summary().starts_with("1 of 4 done, 1 running, best acc=0.5"));
        board.ended("abcdefghij", Outcome::Stopped, Some(0.25));
        board.ended("x", Outcome::Failed, None);
        assert!(board.left().is_some());
        board.found();
        let summary = board.summary();
        let known = "4 of 4 done, 1 failed, 1 stopped early, best acc=0.5 (01234567)";
        assert_eq!(summary, known);
        board.close();
        let output = std::fs::read_to_string(run.guild_path("output")).unwrap();
        assert!(output.ends_with(&format!("INFO: [guild] {known}\n")), "{output}");
        assert!(output.starts_with(
            "INFO: [guild] Trial 0123456789 has completed (1 of 4 done, 1 running, \
             best acc=0.5 (01234567)"
        ));
        let board = Mutex::new(board);
        let mut lines = TrialOutput { board: &board, prefix: Some("[01234567] ".into()) };
        lines.line(b" 10%\r100%\r\n", Stream::Stdout);
        lines.line(b"no end", Stream::Stderr);
        lines.flush();
        let output = std::fs::read_to_string(run.guild_path("output")).unwrap();
        assert!(output.ends_with("[01234567] 100%\n[01234567] no end\n"), "{output}");
    }
}
