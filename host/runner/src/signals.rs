//! Which signals reach the loop that watches a process, and what they do when nothing runs.

use std::collections::HashMap;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

/// The signals that tell guild to stop.
const INTERRUPTS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// Lets signals wake a loop as long as it lives.
///
/// `SIGINT`, `SIGTERM` and `SIGHUP` then do nothing by themselves; a signal that was ignored when
/// guild started (`nohup`, a shell's `&`) stays ignored, for guild and for the child. Several runs
/// may be watched at once, each by its own `Watch`: a signal goes to all of them.
pub(crate) struct Watch {
    wakes: UnixStream,
    arrived: HashMap<i32, Arc<AtomicBool>>,
    ids: Vec<SigId>,
}

/// A signal handler, once installed, cannot be taken away by safe means. So each does the signal's
/// ordinary work, which is to end guild, as long as no run is being watched.
struct Idle {
    flag: Arc<AtomicBool>,
    watches: Mutex<usize>,
    watched: Vec<i32>,
}

static IDLE: LazyLock<io::Result<Idle>> = LazyLock::new(|| {
    let at_start = Dispositions::read();
    let flag = Arc::new(AtomicBool::new(true));
    let watched: Vec<i32> = INTERRUPTS.into_iter().filter(|s| !at_start.ignored(*s)).collect();
    for signal in &watched {
        // Where somebody else handles the signal already, it is theirs when nothing runs.
        if !at_start.caught(*signal) {
            flag::register_conditional_default(*signal, Arc::clone(&flag))?;
        }
    }
    Ok(Idle { flag, watches: Mutex::new(0), watched })
});

impl Idle {
    fn get() -> io::Result<&'static Idle> {
        IDLE.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))
    }

    fn change(&self, change: impl FnOnce(usize) -> usize) {
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        *watches = change(*watches);
        self.flag.store(*watches == 0, Ordering::SeqCst);
    }
}

impl Watch {
    pub(crate) fn new() -> io::Result<Watch> {
        let idle = Idle::get()?;
        let (wakes, waker) = UnixStream::pair()?;
        wakes.set_nonblocking(true)?;
        let mut watch = Watch { wakes, arrived: HashMap::new(), ids: Vec::new() };
        idle.change(|n| n + 1);
        // From here on an error drops the watch, which counts it down again.
        for signal in idle.watched.iter().copied().chain([SIGCHLD]) {
            let flag = Arc::new(AtomicBool::new(false));
            // The flag first: actions run in this order, and who is woken looks at the flag.
            watch.ids.push(flag::register(signal, Arc::clone(&flag))?);
            watch.ids.push(low_level::pipe::register(signal, waker.try_clone()?)?);
            watch.arrived.insert(signal, flag);
        }
        Ok(watch)
    }

    /// Readable when a signal has arrived.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.wakes.as_fd()
    }

    /// The signals to stop that have arrived since the last call.
    pub(crate) fn take_interrupts(&mut self) -> Vec<i32> {
        let mut bytes = [0; 64];
        while matches!(self.wakes.read(&mut bytes), Ok(n) if n > 0) {}
        let arrived = |signal| {
            let flag: Option<&Arc<AtomicBool>> = self.arrived.get(&signal);
            flag.is_some_and(|flag| flag.swap(false, Ordering::SeqCst))
        };
        INTERRUPTS.into_iter().filter(|signal| arrived(*signal)).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for id in self.ids.drain(..) {
            low_level::unregister(id);
        }
        if let Ok(idle) = Idle::get() {
            idle.change(|n| n.saturating_sub(1));
        }
    }
}

/// What this process does with signals, as far as it can be known: Linux tells, elsewhere none
/// counts as ignored or caught.
struct Dispositions {
    ignored: u64,
    caught: u64,
}

impl Dispositions {
    fn read() -> Dispositions {
        Dispositions::parse(&std::fs::read_to_string("/proc/self/status").unwrap_or_default())
    }

    fn parse(status: &str) -> Dispositions {
        let mask = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0)
        };
        Dispositions { ignored: mask("SigIgn:"), caught: mask("SigCgt:") }
    }

    fn ignored(&self, signal: i32) -> bool {
        self.ignored >> (signal - 1) & 1 == 1
    }

    fn caught(&self, signal: i32) -> bool {
        self.caught >> (signal - 1) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_read() {
        let status = "Name:\tx\nSigBlk:\t00000000ffffffff\nSigIgn:\t0000000000001001\n\
                      SigCgt:\t0000000000000002\n";
        let masks = Dispositions::parse(status);
        assert!(masks.ignored(SIGHUP) && !masks.ignored(SIGINT) && !masks.ignored(SIGTERM));
        assert!(masks.caught(SIGINT) && !masks.caught(SIGHUP));
        let nothing = Dispositions::parse("");
        assert!(!nothing.ignored(SIGINT) && !nothing.caught(SIGINT));
    }

    #[test]
    fn the_end_of_a_child_wakes() {
        let mut watch = Watch::new().unwrap();
        std::process::Command::new("true").status().unwrap();
        let mut fds = [rustix::event::PollFd::from_borrowed_fd(
            watch.wakes.as_fd(),
            rustix::event::PollFlags::IN,
        )];
        assert_eq!(rustix::event::poll(&mut fds, None), Ok(1));
        assert_eq!(watch.take_interrupts(), Vec::<i32>::new());
    }
}
