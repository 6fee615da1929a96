//! How far something is that takes its time: a line on standard error, from the second second on.
//!
//! It is there on terminals only, below what is written meanwhile, and goes when the work is done.
//! There is no colour in it.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::terminal;

/// How long a line stays as it is at least.
const STEADY: Duration = Duration::from_millis(200);

static OFF: AtomicBool = AtomicBool::new(false);

/// Shows nothing any more: the terminal is somebody else's.
pub fn off() {
    OFF.store(true, Ordering::Relaxed);
}

/// How long nothing is shown: a second. `GUILD_PROGRESS_AFTER` has it in seconds.
fn patience() -> Duration {
    let given = env::var("GUILD_PROGRESS_AFTER").ok().and_then(|text| text.parse().ok());
    given
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(Duration::from_secs(1))
}

fn is_wanted() -> bool {
    !OFF.load(Ordering::Relaxed) && terminal::has_status()
}

/// How far something is that says so itself.
pub struct Progress {
    begun: Instant,
    patience: Duration,
    shown: Option<Instant>,
    wanted: bool,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress { begun: Instant::now(), patience: patience(), shown: None, wanted: is_wanted() }
    }
}

impl Progress {
    /// Shows how many bytes of something are there.
    pub fn show(&mut self, what: &str, done: u64, total: Option<u64>) {
        let early = self.begun.elapsed() < self.patience
            || self.shown.is_some_and(|last| last.elapsed() < STEADY);
        if self.wanted && !early {
            self.shown = Some(Instant::now());
            terminal::show_status(what, &amount(done, total));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            terminal::clear_status();
        }
    }
}

/// Something that goes on and says little of itself: copying, reading runs. What the system counts for
/// this process says that it does.
pub struct Activity {
    watcher: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Activity {
    /// From now on, until this is dropped, `what` is going on.
    pub fn start(what: &str) -> Activity {
        if !is_wanted() {
            return Activity { watcher: None };
        }
        let (sender, receiver) = mpsc::channel::<String>();
        let mut what = what.to_string();
        let (begun, before) = (Instant::now(), moved());
        let patience = patience();
        let show = move |what: &str| {
            let bytes = moved_since(before);
            let seconds = begun.elapsed().as_secs();
            terminal::show_status(what, &format!("{}, {seconds} s", amount(bytes, None)));
        };
        // Whoever is that impatient wants to see it however short it is.
        let impatient = patience.is_zero();
        if impatient {
            show(&what);
        }
        let watch = move || {
            let mut next = begun + if impatient { STEADY } else { patience };
            loop {
                match receiver.recv_timeout(next.saturating_duration_since(Instant::now())) {
                    Ok(now) => what = now,
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        show(&what);
                        next = Instant::now() + STEADY;
                    }
                }
            }
        };
        // Where no thread can be had, nothing is shown.
        let thread = thread::Builder::new().name("progress".into()).spawn(watch);
        Activity { watcher: thread.ok().map(|thread| (sender, thread)) }
    }

    /// Says what is going on now.
    pub fn is_now(&self, what: impl FnOnce() -> String) {
        if let Some((sender, _)) = &self.watcher {
            let _ = sender.send(what());
        }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.watcher.take() {
            drop(sender);
            let _ = thread.join();
            terminal::clear_status();
        }
    }
}

/// What is told while resources are fetched, unpacked and put into a run.
#[derive(Default)]
pub struct OfResources(RefCell<Shown>);

#[derive(Default)]
enum Shown {
    #[default]
    Nothing,
    Amount(Progress),
    Activity(Activity),
}

impl OfResources {
    /// Shows what takes its time now; nothing any more where it is none.
    pub fn show(&self, now: Option<guild_deps::Progress>) {
        let mut shown = self.0.borrow_mut();
        match now {
            None => *shown = Shown::Nothing,
            Some(guild_deps::Progress::Download { name, done, total }) => {
                if !matches!(*shown, Shown::Amount(_)) {
                    *shown = Shown::Amount(Progress::default());
                }
                if let Shown::Amount(progress) = &mut *shown {
                    progress.show(name, done, total);
                }
            }
            Some(guild_deps::Progress::Busy(what)) => match &*shown {
                Shown::Activity(activity) => activity.is_now(|| what.to_string()),
                _ => {
                    // What was shown takes its line away, which may not be the new one.
                    *shown = Shown::Nothing;
                    *shown = Shown::Activity(Activity::start(&what.to_string()));
                }
            },
        }
    }
}

/// The bytes that this process has read or written since `before`, whichever are more.
fn moved_since(before: [u64; 2]) -> u64 {
    let now = moved();
    let [read, written] = [0, 1].map(|i| now[i].saturating_sub(before[i]));
    read.max(written)
}

/// The bytes that this process has read and written so far; none where the system does not tell.
fn moved() -> [u64; 2] {
    let text = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let count = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
    };
    [count("rchar:"), count("wchar:")]
}

/// `12.3 of 45.6 MB (26%)`
fn amount(done: u64, total: Option<u64>) -> String {
    let megabytes = |bytes: u64| format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10);
    match total {
        Some(total) if total > 0 => {
            let percent = u128::from(done.min(total)) * 100 / u128::from(total);
            format!("{} of {} MB ({percent}%)", megabytes(done), megabytes(total))
        }
        _ => format!("{} MB", megabytes(done)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        assert_eq!(amount(1_250_000, Some(5_000_000)), "1.2 of 5.0 MB (25%)");
        assert_eq!(amount(99_999, None), "0.0 MB");
        assert_eq!(amount(9, Some(3)), "0.0 of 0.0 MB (100%)");
    }

    #[test]
    fn what_is_written_counts() {
        let before = moved();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), vec![7; 300_000]).unwrap();
        assert!(moved_since(before) >= 300_000 || cfg!(not(target_os = "linux")));
    }
}
