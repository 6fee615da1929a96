//! What a signal, a time limit and the end of the child lead to.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::SIGINT;

use crate::exit::Exit;
use crate::notice::Notice;
use crate::signals::Watch;
use crate::spec::{Spec, Timing};
use crate::tree;

/// Watches over a child: the loop calls it when a signal arrives and when a time has come.
///
/// * **`SIGINT`** (Ctrl-C): the terminal sends it to everything in its foreground, the child
///   included, so it is not passed on; it would come twice, and interrupt the child while it
///   cleans up. Who sends it to guild alone has guild wait, as with 0.9.0.
/// * **`SIGTERM`, `SIGHUP`** come to guild alone as a rule. The child gets `SIGTERM` for each,
///   where 0.9.0 dies and leaves a child behind.
///
/// After either, guild waits for the child to end, tells so after [`Timing::announce`], and kills
/// the child with all its descendants after [`Timing::kill`], or when a further signal says so
/// after it has told. (0.9.0 has the same times, but they begin with the second Ctrl-C: after the
/// first it waits for the end of the output, silently and for as long as that takes.)
pub(crate) struct Supervisor<'a> {
    child: Child,
    watch: Watch,
    timing: Timing,
    hush: bool,
    started: Instant,
    notify: Box<dyn FnMut(Notice) + 'a>,
    ended: Option<(ExitStatus, Instant)>,
    interrupt: Option<Interrupt>,
    stop: Stop,
    judge: Option<Judge<'a>>,
    judged: bool,
}

/// Who says whether the process may go on, and when to ask next.
struct Judge<'a> {
    ask: Box<dyn FnMut() -> Option<Duration> + 'a>,
    at: Instant,
}

/// When a judge is asked first: a process needs a moment to come to anything.
const FIRST_JUDGEMENT: Duration = Duration::from_millis(100);

struct Interrupt {
    signal: i32,
    at: Instant,
    told: bool,
    killed: bool,
}

/// How far stopping the process because its time is up has come.
#[derive(Clone, Copy)]
enum Stop {
    Never,
    At(Instant),
    Asked(Instant),
    Killed(Instant),
}

impl<'a> Supervisor<'a> {
    pub(crate) fn new(child: Child, watch: Watch, spec: &mut Spec<'a>) -> Supervisor<'a> {
        let started = Instant::now();
        let stop = spec.stop_after.and_then(|after| started.checked_add(after));
        Supervisor {
            child,
            watch,
            timing: spec.timing.clone(),
            hush: spec.hush,
            started,
            notify: spec.on_notice.take().unwrap_or_else(|| Box::new(|_| {})),
            ended: None,
            interrupt: None,
            stop: stop.map_or(Stop::Never, Stop::At),
            judge: spec.judge.take().map(|ask| Judge { ask, at: started + FIRST_JUDGEMENT }),
            judged: false,
        }
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(crate) fn notify(&mut self, notice: Notice) {
        (self.notify)(notice);
    }

    /// Whether the child has ended, as far as has been seen.
    pub(crate) fn ended(&self) -> bool {
        self.ended.is_some()
    }

    /// A signal has arrived.
    pub(crate) fn wake(&mut self) -> io::Result<()> {
        let now = Instant::now();
        self.look(now)?;
        for signal in self.watch.take_interrupts() {
            if signal != SIGINT {
                self.send(Signal::TERM);
            }
            if self.interrupt.is_none() {
                let (told, killed) = (false, false);
                self.interrupt = Some(Interrupt { signal, at: now, told, killed });
            } else if self.announce_at().is_none_or(|at| now >= at) {
                self.kill_interrupted();
            }
        }
        Ok(())
    }

    /// Looks whether the child has ended.
    pub(crate) fn look(&mut self, now: Instant) -> io::Result<()> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait()?.map(|status| (status, now));
        }
        Ok(())
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Instant) {
        if self.ended() {
            return;
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| now >= at);
        if due(self.announce_at()) {
            self.tell_interrupted();
        }
        if due(self.interrupt_kill_at()) {
            self.kill_interrupted();
        }
        if self.interrupt.is_some() || matches!(self.stop, Stop::Asked(_)) {
            // It is to end anyway.
            self.judge = None;
        }
        if let Some(judge) = self.judge.as_mut().filter(|judge| now >= judge.at) {
            match (judge.ask)() {
                Some(pause) => judge.at = Instant::now() + pause,
                None => self.end_judged(now),
            }
        }
        match self.stop {
            Stop::At(at) if now >= at => {
                let elapsed = now.duration_since(self.started);
                self.notify(Notice::Stopping { pid: self.child.id(), elapsed });
                self.send(Signal::TERM);
                self.stop = Stop::Asked(now);
            }
            Stop::Asked(at) if due(at.checked_add(self.timing.stop_kill)) => {
                self.notify(Notice::NotStopping { pid: self.child.id() });
                self.kill_tree();
                self.stop = Stop::Killed(at);
            }
            _ => {}
        }
    }

    /// When [`Supervisor::tick`] or [`Supervisor::abandoned`] has something to say next.
    pub(crate) fn next(&self) -> Option<Instant> {
        if self.ended() {
            return self.abandon_at();
        }
        let stop_at = match self.stop {
            Stop::At(at) => Some(at),
            Stop::Asked(at) => at.checked_add(self.timing.stop_kill),
            Stop::Never | Stop::Killed(_) => None,
        };
        let judge_at = self.judge.as_ref().map(|judge| judge.at);
        [self.announce_at(), self.interrupt_kill_at(), stop_at, judge_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether to leave although something keeps the output open: the child has ended, was to end,
    /// and what it left behind had its time.
    pub(crate) fn abandoned(&self, now: Instant) -> bool {
        self.abandon_at().is_some_and(|at| now >= at)
    }

    /// How it ended. Blocks until it has.
    pub(crate) fn finish(mut self) -> io::Result<Exit> {
        let status = match self.ended {
            Some((status, _)) => status,
            None => self.child.wait()?,
        };
        let stopped = matches!(self.stop, Stop::Asked(_) | Stop::Killed(_));
        let mut exit = Exit::new(status, self.interrupt.map(|i| i.signal));
        (exit.judged, exit.stopped) = (self.judged, stopped && !self.judged);
        Ok(exit)
    }

    /// Ends the child because it cannot be watched.
    pub(crate) fn discard(mut self) {
        self.kill_tree();
        // Killed or not, there is nobody to tell.
        let _ = self.child.wait();
    }

    fn abandon_at(&self) -> Option<Instant> {
        let (_, ended) = self.ended?;
        let linger = |since: Instant| since.checked_add(self.timing.linger);
        let interrupted = self.interrupt.as_ref().and_then(|i| linger(ended.max(i.at)));
        let stopped = match self.stop {
            // What it left behind got the signal too.
            Stop::Asked(_) | Stop::Killed(_) if self.judged => linger(ended),
            Stop::Asked(at) | Stop::Killed(at) => {
                let killed = at.checked_add(self.timing.stop_kill);
                killed.and_then(|killed| linger(ended).map(|at| at.max(killed)))
            }
            Stop::Never | Stop::At(_) => None,
        };
        interrupted.into_iter().chain(stopped).min()
    }

    /// Asks the process to end, and all that descend from it.
    fn end_judged(&mut self, now: Instant) {
        self.judge = None;
        self.judged = true;
        if let Some(pid) = self.pid() {
            tree::terminate(pid.as_raw_nonzero().get());
        }
        self.stop = Stop::Asked(now);
    }

    /// When to tell what guild waits for, unless it has.
    fn announce_at(&self) -> Option<Instant> {
        let interrupt = self.interrupt.as_ref().filter(|i| !i.told)?;
        interrupt.at.checked_add(self.timing.announce)
    }

    fn interrupt_kill_at(&self) -> Option<Instant> {
        let interrupt = self.interrupt.as_ref().filter(|i| !i.killed)?;
        interrupt.at.checked_add(self.timing.kill)
    }

    fn tell_interrupted(&mut self) {
        let Some(interrupt) = &mut self.interrupt else { return };
        interrupt.told = true;
        if !self.hush {
            self.notify(Notice::Waiting);
        }
    }

    fn kill_interrupted(&mut self) {
        let Some(interrupt) = &mut self.interrupt else { return };
        if self.ended.is_none() && !interrupt.killed {
            interrupt.killed = true;
            self.notify(Notice::Killing);
            self.kill_tree();
        }
    }

    /// The process id, as long as it cannot have gone to another process: until the end of the
    /// child has been seen.
    fn pid(&self) -> Option<Pid> {
        self.ended.is_none().then(|| Pid::from_child(&self.child))
    }

    fn send(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // It may have ended without our having seen it; then it is our zombie.
            let _ = kill_process(pid, signal);
        }
    }

    fn kill_tree(&self) {
        if let Some(pid) = self.pid() {
            tree::kill(pid);
        }
    }
}
