//! The screen of `guild compare` on a terminal: the table, to be looked at, sorted and filtered
//! while runs go on.
//!
//! [`state`] is what is shown, [`keys`] what a key does to it, [`draw`] how it looks; none of them
//! needs a terminal.

mod draw;
mod keys;
mod state;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use guild_store::Run;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use self::keys::Wish;
use self::state::State;
use super::Table;

/// How often the runs are read again.
const REFRESH: Duration = Duration::from_secs(5);
/// How long a signal may wait to be noticed.
const SIGNALS: Duration = Duration::from_millis(250);

/// Shows the table that `load` gives until the user leaves. `details` is the text about a run.
///
/// The terminal is as before at the end, after a panic and after a signal too.
pub fn show(
    load: impl FnMut() -> Result<Table, String>,
    details: impl Fn(&Run) -> String,
) -> io::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut terminal = ratatui::try_init()?;
    let shown = until_left(&mut terminal, load, details, &stop);
    ratatui::try_restore()?;
    shown
}

fn until_left(
    terminal: &mut DefaultTerminal,
    mut load: impl FnMut() -> Result<Table, String>,
    details: impl Fn(&Run) -> String,
    stop: &AtomicBool,
) -> io::Result<()> {
    let mut state = State::default();
    let mut refresh_at = Instant::now();
    let mut changed = true;
    while !stop.load(Ordering::Relaxed) {
        if Instant::now() >= refresh_at {
            let started = Instant::now();
            match load() {
                Ok(table) => state.set_table(table),
                Err(message) => state.message = message,
            }
            // Many runs take long to read: most of the time is the user's.
            refresh_at = Instant::now() + REFRESH.max(started.elapsed() * 10);
            changed = true;
        }
        if changed {
            terminal.draw(|frame| draw::draw(frame, &mut state))?;
            changed = false;
        }
        let left = refresh_at.saturating_duration_since(Instant::now());
        if !event::poll(left.min(SIGNALS))? {
            continue;
        }
        changed = true;
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match keys::press(&mut state, key) {
            Wish::Nothing => {}
            Wish::Refresh => refresh_at = Instant::now(),
            Wish::Details => state.open_details(&details),
            Wish::Leave => break,
        }
    }
    Ok(())
}
