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
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{Clear, ClearType};
use ratatui::{DefaultTerminal, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};

use self::keys::Wish;
use self::state::State;
use super::Table;

/// How often the runs are read again.
const REFRESH: Duration = Duration::from_secs(5);
/// What takes longer is said to go on.
const SLOW: Duration = Duration::from_millis(300);
/// How long a signal may wait to be noticed.
const SIGNALS: Duration = Duration::from_millis(250);

/// Shows the table that `load` gives until the user leaves. `details` is the text about a run.
///
/// The terminal is as before at the end, after a panic and after a signal too, and while the shell
/// has it. When it is closed, that is the end.
pub fn show(
    load: impl FnMut() -> Result<Table, String>,
    details: impl Fn(&Run) -> String,
) -> io::Result<()> {
    let signals = Signals::register()?;
    let mut terminal = ratatui::try_init()?;
    let shown = until_left(&mut terminal, load, details, &signals);
    ratatui::try_restore()?;
    shown
}

/// Which signals came.
#[derive(Default)]
struct Signals {
    stop: Arc<AtomicBool>,
    suspend: Arc<AtomicBool>,
}

impl Signals {
    fn register() -> io::Result<Signals> {
        let signals = Signals::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The second ends the process at once, whatever it is at.
            let stop = || Arc::clone(&signals.stop);
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, stop())?;
            signal_hook::flag::register(signal, stop())?;
        }
        signal_hook::flag::register(SIGTSTP, Arc::clone(&signals.suspend))?;
        Ok(signals)
    }
}

fn until_left(
    terminal: &mut DefaultTerminal,
    mut load: impl FnMut() -> Result<Table, String>,
    details: impl Fn(&Run) -> String,
    signals: &Signals,
) -> io::Result<()> {
    let mut state = State::default();
    let mut refresh_at = Instant::now();
    let mut changed = true;
    let mut took = Duration::ZERO;
    // Whether another key may be there already.
    let mut more = false;
    while !signals.stop.load(Ordering::Relaxed) {
        if signals.suspend.swap(false, Ordering::Relaxed) {
            suspend(terminal)?;
            changed = true;
        }
        if Instant::now() >= refresh_at {
            state.is_reading = took > SLOW;
            if state.is_reading {
                terminal.draw(|frame| draw::draw(frame, &mut state))?;
            }
            let started = Instant::now();
            match load() {
                Ok(table) => {
                    state.set_table(table);
                    state.renew_details(&details);
                }
                Err(message) => state.message = message,
            }
            // Many runs take long to read: most of the time is the user's.
            took = started.elapsed();
            refresh_at = Instant::now() + REFRESH.max(took * 10);
            state.is_reading = false;
            changed = true;
        }
        if changed {
            terminal.draw(|frame| draw::draw(frame, &mut state))?;
            changed = false;
        }
        let left = refresh_at.saturating_duration_since(Instant::now());
        if is_closed(if more { Duration::ZERO } else { left.min(SIGNALS) })? {
            break;
        }
        more = event::poll(Duration::ZERO)?;
        if !more {
            continue;
        }
        changed = true;
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match keys::press(&mut state, key) {
            Wish::Nothing => {}
            Wish::Refresh => {
                clear(terminal)?;
                refresh_at = Instant::now();
            }
            Wish::Details => state.open_details(&details),
            Wish::Suspend => signals.suspend.store(true, Ordering::Relaxed),
            Wish::Leave => break,
        }
    }
    Ok(())
}

/// Waits until there is something to read, a signal came or the time is over. Whether the terminal
/// was closed: then crossterm must not be asked, which would read the end of it for ever.
fn is_closed(patience: Duration) -> io::Result<bool> {
    let stdin = io::stdin();
    let mut terminal = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut terminal, Timespec::try_from(patience).ok().as_ref()) {
        Err(Errno::INTR) => Ok(false),
        Err(e) => Err(e.into()),
        Ok(_) => {
            let closed = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
            Ok(terminal[0].revents().intersects(closed))
        }
    }
}

/// Gives the terminal to the shell until it goes on with this process.
fn suspend(terminal: &mut DefaultTerminal) -> io::Result<()> {
    ratatui::try_restore()?;
    signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
    *terminal = ratatui::try_init()?;
    Ok(())
}

/// Has all of it drawn anew: others may have written something on the terminal. ratatui's own way
/// waits for an answer of the terminal.
fn clear(terminal: &mut DefaultTerminal) -> io::Result<()> {
    execute!(io::stdout(), Clear(ClearType::All))?;
    *terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
    Ok(())
}
