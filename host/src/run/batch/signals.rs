//! Signals that stop a batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Takes note of signals for as long as it lives. What a running trial makes of them is the
/// runner's work; this one keeps guild alive between trials and remembers.
pub struct Signals {
    signal: Arc<AtomicUsize>,
    registered: Vec<SigId>,
}

impl Signals {
    /// Starts to watch.
    pub fn watch() -> Signals {
        let signal = Arc::new(AtomicUsize::new(0));
        let note = |number: i32| {
            let value = number.unsigned_abs() as usize;
            signal_hook::flag::register_usize(number, Arc::clone(&signal), value).ok()
        };
        let registered = [SIGINT, SIGTERM, SIGHUP].into_iter().filter_map(note).collect();
        Signals { signal, registered }
    }

    /// The number of the signal that has come, if one has.
    pub fn arrived(&self) -> Option<i32> {
        i32::try_from(self.signal.load(Ordering::SeqCst)).ok().filter(|signal| *signal != 0)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
