//! What to run and how.

use std::ffi::OsString;
use std::fmt;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Notice;

/// A process to run.
///
/// ```no_run
/// use guild_runner::{OutputFiles, Spec, run};
/// let mut spec = Spec::new("python", "/home/me/.guild/runs/0123");
/// spec.args = vec!["train.py".into()];
/// spec.env = std::env::vars_os().collect();
/// spec.output = Some(OutputFiles::in_dir("/home/me/.guild/runs/0123/.guild"));
/// spec.on_started = Some(Box::new(|pid| { /* write the lock file */ }));
/// let exit = run(spec)?;
/// assert_eq!(exit.exit_status(), 0);
/// # Ok::<(), guild_runner::Error>(())
/// ```
pub struct Spec<'a> {
    /// The program: a path, or a name to look for in the `PATH` of [`Spec::env`]. A relative path
    /// is relative to [`Spec::cwd`]. The program sees it as its first argument.
    pub program: OsString,
    /// The arguments after the program.
    pub args: Vec<OsString>,
    /// The whole environment: nothing is inherited.
    pub env: Vec<(OsString, OsString)>,
    /// The directory to run in, usually the run's.
    pub cwd: PathBuf,
    /// Whether the output stays away from [`Spec::stdout`] and [`Spec::stderr`]. It is recorded
    /// all the same.
    pub quiet: bool,
    /// Where the child's output goes.
    pub streams: Streams,
    /// Where to record the output; `None` does not.
    pub output: Option<OutputFiles>,
    /// When to stop the process; `None` lets it run.
    pub stop_after: Option<Duration>,
    /// Looks at the run from time to time and says whether it may go on: when to be asked again, or
    /// none to have the process end, with all that descends from it. It is asked soon after the
    /// start for the first time. What does not end is killed after [`Timing::stop_kill`].
    pub judge: Option<Box<dyn FnMut() -> Option<Duration> + 'a>>,
    /// How long to wait for what.
    pub timing: Timing,
    /// Whether to leave out [`Notice::Waiting`] (`NO_OP_INTERRUPTED_MSG=1`).
    pub hush: bool,
    /// What the child's standard output is copied to: by default guild's own.
    pub stdout: BorrowedFd<'a>,
    /// What the child's standard error is copied to: by default guild's own.
    pub stderr: BorrowedFd<'a>,
    /// Called with the process id as soon as there is one: the place to write the lock file.
    pub on_started: Option<Box<dyn FnOnce(u32) + 'a>>,
    /// Takes the lines of the output.
    pub on_line: Option<&'a mut dyn Lines>,
    /// Takes what the user is to be told, when it happens.
    pub on_notice: Option<Box<dyn FnMut(Notice) + 'a>>,
}

impl fmt::Debug for Spec<'_> {
    /// Leaves the environment out, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("cwd", &self.cwd)
            .field("quiet", &self.quiet)
            .field("streams", &self.streams)
            .field("output", &self.output)
            .field("stop_after", &self.stop_after)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

/// Which of the two output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output, 0 in `output.index`.
    Stdout,
    /// Standard error, 1 in `output.index`.
    Stderr,
}

/// Where the child's output goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Streams {
    /// Through guild, each stream by a pipe of its own. How lines of the two follow one another
    /// is known as far as they arrive at different times.
    #[default]
    Split,
    /// Through guild, both streams by one pipe (`SYNC_RUN_OUTPUT=1`): the order is that of the
    /// child's writes, and all of it counts as standard output.
    Joined,
    /// Past guild (`NO_RUN_OUTPUT=1`): the child has guild's own streams, or the null device when
    /// [`Spec::quiet`]. Nothing is recorded and no line is seen.
    Inherited,
}

/// The two files that a run's output is recorded in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFiles {
    /// Every byte that the child wrote, in order of arrival.
    pub output: PathBuf,
    /// Nine bytes a line: milliseconds since 1970 as 64 bit big endian, then the [`Stream`].
    pub index: PathBuf,
}

impl OutputFiles {
    /// `output` and `output.index` in a run's `.guild` directory.
    pub fn in_dir(dir: impl AsRef<Path>) -> OutputFiles {
        let dir = dir.as_ref();
        OutputFiles { output: dir.join("output"), index: dir.join("output.index") }
    }
}

/// How long to wait for what. The defaults are those of Guild AI 0.9.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// After an interrupt, when to tell the user what guild waits for: 2 s. A further interrupt
    /// later than that kills at once.
    pub announce: Duration,
    /// After an interrupt, when to kill the process and all that descend from it: 30 s.
    pub kill: Duration,
    /// After [`Spec::stop_after`] or [`Spec::judge`] has asked the process to end, when to kill it:
    /// 30 s (`STOP_AFTER_KILL_DELAY`, in seconds).
    pub stop_kill: Duration,
    /// How long an interrupted process's output is still read after its end when something else
    /// keeps the pipe open: 1 s.
    pub linger: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            announce: Duration::from_secs(2),
            kill: Duration::from_secs(30),
            stop_kill: Duration::from_secs(30),
            linger: Duration::from_secs(1),
        }
    }
}

/// Takes the lines of a run's output while it runs.
///
/// A line is what [`Spec::output`] counts as one: it ends with `\n` (which is part of it) or with
/// the end of its stream, and comes without the bytes below 9. Of a line longer than 1 MiB the
/// first 1 MiB comes, or, when carriage returns draw over it, what comes after one of the last of them.
pub trait Lines {
    /// Takes a line.
    fn line(&mut self, line: &[u8], stream: Stream);

    /// Called after the lines of one read: the time to write things out, for guild may wait long
    /// for the next.
    fn flush(&mut self) {}
}

impl<F: FnMut(&[u8], Stream)> Lines for F {
    fn line(&mut self, line: &[u8], stream: Stream) {
        self(line, stream);
    }
}

impl<'a> Spec<'a> {
    /// A program to run in a directory, with no arguments and an empty environment.
    pub fn new(program: impl Into<OsString>, cwd: impl Into<PathBuf>) -> Spec<'a> {
        Spec {
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: cwd.into(),
            quiet: false,
            streams: Streams::Split,
            output: None,
            stop_after: None,
            judge: None,
            timing: Timing::default(),
            hush: false,
            stdout: rustix::stdio::stdout(),
            stderr: rustix::stdio::stderr(),
            on_started: None,
            on_line: None,
            on_notice: None,
        }
    }

    /// Takes over what guild's environment says about running processes, and returns warnings.
    ///
    /// `var` gives the value of a variable, as [`std::env::var`] does. Read are `NO_RUN_OUTPUT`,
    /// `SYNC_RUN_OUTPUT`, `NO_OP_INTERRUPTED_MSG` (each counts when `1`) and
    /// `STOP_AFTER_KILL_DELAY`. `STOP_AFTER_POLL_INTERVAL` is understood and has no effect: ends
    /// and times are noticed when they come, nothing is polled for.
    pub fn apply_env(&mut self, var: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let set = |name| var(name).is_some_and(|v| v == "1");
        if set("NO_RUN_OUTPUT") {
            self.streams = Streams::Inherited;
        } else if set("SYNC_RUN_OUTPUT") {
            self.streams = Streams::Joined;
        }
        if set("NO_OP_INTERRUPTED_MSG") {
            self.hush = true;
        }
        let mut warnings = Vec::new();
        for name in ["STOP_AFTER_POLL_INTERVAL", "STOP_AFTER_KILL_DELAY"] {
            let Some(text) = var(name) else { continue };
            let seconds = text.trim().parse().ok().filter(|s: &f64| *s >= 0.0);
            match seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()) {
                // Zero means the default, as with 0.9.0's `kill_delay or DEFAULT`.
                Some(delay) if name == "STOP_AFTER_KILL_DELAY" && !delay.is_zero() => {
                    self.timing.stop_kill = delay;
                }
                Some(_) => {}
                None => warnings.push(format!("ignoring {name}: `{text}` is no time in seconds")),
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(vars: &[(&str, &str)]) -> (Spec<'static>, Vec<String>) {
        let mut spec = Spec::new("x", "/");
        let warnings = spec
            .apply_env(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_string()));
        (spec, warnings)
    }

    #[test]
    fn an_empty_environment_changes_nothing() {
        let (spec, warnings) = applied(&[]);
        assert_eq!((spec.streams, spec.timing, spec.hush), Default::default());
        assert!(warnings.is_empty());
    }

    #[test]
    fn switches_count_when_one() {
        let streams = |vars| applied(vars).0.streams;
        assert_eq!(streams(&[("NO_RUN_OUTPUT", "1")]), Streams::Inherited);
        assert_eq!(streams(&[("NO_RUN_OUTPUT", "yes")]), Streams::Split);
        assert_eq!(streams(&[("SYNC_RUN_OUTPUT", "1")]), Streams::Joined);
        assert_eq!(
            streams(&[("SYNC_RUN_OUTPUT", "1"), ("NO_RUN_OUTPUT", "1")]),
            Streams::Inherited
        );
        assert!(applied(&[("NO_OP_INTERRUPTED_MSG", "1")]).0.hush);
    }

    #[test]
    fn the_kill_delay_is_in_seconds() {
        let delay = |text| {
            let (spec, warnings) = applied(&[("STOP_AFTER_KILL_DELAY", text)]);
            (spec.timing.stop_kill.as_millis(), warnings.len())
        };
        assert_eq!(delay("0.5"), (500, 0));
        assert_eq!(delay("0"), (30_000, 0));
        assert_eq!(delay("soon"), (30_000, 1));
        assert_eq!(delay("-1"), (30_000, 1));
        assert_eq!(delay("1e300"), (30_000, 1));
        assert!(applied(&[("STOP_AFTER_POLL_INTERVAL", "0.1")]).1.is_empty());
    }
}
