//! Signals that come while a run is being prepared.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::error::{Error, Result};

/// Takes note of signals, so that what is half made can be taken away, until it is dropped. A
/// second signal ends guild at once.
pub struct Interrupts {
    signal: Arc<AtomicUsize>,
    registered: Vec<SigId>,
}

impl Interrupts {
    /// Starts to watch. Where that is not possible, signals end guild as they always do.
    pub fn watch() -> Interrupts {
        let signal = Arc::new(AtomicUsize::new(0));
        let seen = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let mut registered = Vec::new();
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let usual = signal_hook::flag::register_conditional_default(number, Arc::clone(&seen));
            let noted = signal_hook::flag::register_usize(
                number,
                Arc::clone(&signal),
                number.unsigned_abs() as usize,
            );
            let second = signal_hook::flag::register(number, Arc::clone(&seen));
            registered.extend([usual, noted, second].into_iter().flatten());
        }
        Interrupts { signal, registered }
    }

    /// An error without a message if a signal came, with the exit code of a shell for it.
    pub fn check(&self) -> Result<()> {
        match self.signal.load(Ordering::SeqCst) {
            0 => Ok(()),
            signal => Err(Error::silent(u8::try_from(128 + signal).unwrap_or(u8::MAX))),
        }
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
