//! Which trial is run when. As many at a time as there are jobs, in the order in which they were made
//! ready; each is made ready ahead of its turn, so that whoever looks sees what is still to come.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use guild_flags::value;
use guild_plugin_api::Value;
use guild_runner::Exit;
use guild_store::{Run, Status, format};
use indexmap::IndexMap;

use super::super::execute::{self, Options};
use super::super::failed;
use super::super::place::Place;
use super::super::process::{Attendance, Launch};
use super::super::sourcecode::Source;
use super::board::{Board, Outcome, TrialOutput, locked};
use super::devices::Devices;
use super::log::Log;
use super::objective::Objective;
use super::orphans::end_orphans;
use super::signals::Signals;
use super::stopping::{self, Stopper};
use super::trial;
use super::{Batch, KEYBOARD_INTERRUPT, Trials};
use crate::error::{Error, Result};
use crate::op::{Kept, Operation};
use crate::session::Session;

/// How many trials are made ready ahead: a list of a million would fill the disk first.
const AHEAD: usize = 100;

/// How often what is shown of running trials is brought up to date.
const REFRESH: Duration = Duration::from_millis(500);

/// Whether a trial that an earlier start of the batch has left is not run again.
fn is_done(run: &Run) -> bool {
    matches!(run.status(), Status::Completed | Status::Running | Status::Staged)
        || stopping::was_stopped_early(run)
}

/// A trial whose run is there.
struct Ready {
    run: Run,
    /// Whether it was started before, by a batch that did not end.
    again: bool,
}

/// A trial that is running.
struct Running {
    run: Run,
    operation: Operation,
    slot: usize,
}

/// A trial whose process has ended, or could not be started.
struct Ended {
    slot: usize,
    launch: Launch,
    exit: Result<Exit>,
    /// Why it was ended early, in a line and as its run keeps it.
    behind: Option<(String, Value)>,
}

struct Scheduler<'a> {
    session: &'a Session,
    batch: &'a Batch,
    options: &'a Options,
    run: &'a Run,
    /// What trials run, but for their flags.
    trial: Operation,
    objective: Option<&'a Objective>,
    board: &'a Mutex<Board<'a>>,
    signals: &'a Signals,
    stopper: Option<&'a Stopper>,
    started: Instant,
    devices: Devices,
    running: Vec<Running>,
    /// What the batch ends with, once it is to start no more trials.
    over: Option<Result<i32>>,
}

/// Runs the trials of the batch `run`; `earlier` are those that it has already. Gives the batch's
/// exit status.
pub fn run(
    session: &Session,
    batch: &Batch,
    options: &Options,
    run: &Run,
    earlier: Vec<Run>,
) -> Result<i32> {
    let signals = Signals::watch();
    let orphans = end_orphans(&earlier);
    let seed = run.int_attr("random_seed").ok().flatten().unwrap_or_default();
    let mut trials = batch.trials(session, seed)?;
    if let Trials::Search(search) = &mut trials {
        search.look_back(run)?;
    }
    let stopper = batch.stopper()?;
    if let Some(stopper) = &stopper {
        earlier.iter().filter(|run| is_done(run)).for_each(|run| stopper.note(run));
    }
    let log = Log::create(run, options.quiet)?;
    let objective = Objective::parse(&batch.objective).ok();
    let total = Some(batch.count()).filter(|count| *count < u64::MAX);
    let board = Board::new(log, options.quiet, batch.jobs, total, objective.as_ref());
    let board = Mutex::new(board);
    for id in orphans {
        let text = format!("Ended trial {id}, which the batch's earlier start had left running");
        locked(&board).say(|log| log.info(&text));
    }
    let scheduler = Scheduler {
        session,
        batch,
        options,
        run,
        trial: batch.trial(),
        objective: objective.as_ref(),
        board: &board,
        signals: &signals,
        stopper: stopper.as_ref(),
        started: Instant::now(),
        devices: Devices::new(&batch.devices, batch.jobs),
        running: Vec::new(),
        over: None,
    };
    thread::scope(|scope| scheduler.run(scope, trials, earlier))
}

impl<'a> Scheduler<'a> {
    fn run<'s>(
        mut self,
        scope: &'s Scope<'s, '_>,
        mut trials: Trials,
        mut earlier: Vec<Run>,
    ) -> Result<i32>
    where
        'a: 's,
    {
        let (sender, ended) = mpsc::channel();
        let mut ready = VecDeque::new();
        let sequential = match &mut trials {
            Trials::Search(search) if search.is_sequential() => {
                // What the search would suggest now depends on what there is: that is gone on with
                // first.
                for run in earlier.drain(..) {
                    if is_done(&run) {
                        search.tell(&run);
                        locked(self.board).found();
                    } else {
                        search.note(&run);
                        ready.push_back(Ready { run, again: true });
                    }
                }
                true
            }
            _ => false,
        };
        let ahead = if sequential { 1 } else { AHEAD };
        loop {
            let free = self.running.len() < self.batch.jobs;
            // What is suggested once a trial has ended is better founded.
            while self.goes_on() && ready.len() < ahead && (free || !sequential) {
                match self.next_ready(&mut trials, &mut earlier) {
                    Ok(Some(next)) => ready.push_back(next),
                    Ok(None) => break,
                    Err(e) => self.over = Some(Err(e)),
                }
            }
            if self.goes_on()
                && free
                && let Some(next) = ready.pop_front()
            {
                match self.start(&next) {
                    Ok(Some(launch)) => self.attend(scope, &sender, launch),
                    // It needs no process, or could not get as far as that.
                    Ok(None) => Self::tell(&mut trials, &next.run),
                    Err(e) => self.over = Some(Err(e)),
                }
                continue;
            }
            if self.running.is_empty() {
                break;
            }
            let (run, interim) = self.wait(&ended)?;
            Self::tell(&mut trials, &run);
            if interim {
                self.delete(&run);
            }
        }
        locked(self.board).close();
        if self.goes_on() {
            let searched = match &trials {
                Trials::Search(search) => search.missing_objective(),
                Trials::Grid(_) => None,
            };
            let raced = self.stopper.and_then(Stopper::missing_objective);
            searched.iter().chain(&raced).for_each(|text| self.say(|log| log.warning(text)));
        }
        match (self.over.take(), self.signals.arrived()) {
            (Some(over), _) => over,
            (None, Some(signal)) => Ok(self.stopped(signal)),
            (None, None) if self.run.is_stop_asked() => {
                Ok(self.stopped(signal_hook::consts::SIGTERM))
            }
            (None, None) => Ok(0),
        }
    }

    /// Whether more trials are to be started.
    fn goes_on(&self) -> bool {
        self.over.is_none() && self.signals.arrived().is_none() && !self.run.is_stop_asked()
    }

    /// Tells a search that waits for it what came out of a trial.
    fn tell(trials: &mut Trials, run: &Run) {
        if let Trials::Search(search) = trials
            && search.is_sequential()
        {
            search.tell(run);
        }
    }

    fn say(&self, say: impl FnOnce(&mut Log)) {
        locked(self.board).say(say);
    }

    /// The next trial that is not done already; none after the last.
    fn next_ready(&self, trials: &mut Trials, earlier: &mut Vec<Run>) -> Result<Option<Ready>> {
        while self.goes_on() {
            let next = trials.next().transpose();
            if let Trials::Search(search) = trials {
                for record in search.take_log() {
                    self.say(|log| log.record(&record, self.session));
                }
            }
            let Some(flags) = next? else { break };
            if let Some(ready) = self.make_ready(flags, earlier)? {
                return Ok(Some(ready));
            }
        }
        Ok(None)
    }

    /// The trial with these flags, ready to be started; none when it is done already.
    fn make_ready(
        &self,
        flags: IndexMap<String, Value>,
        earlier: &mut Vec<Run>,
    ) -> Result<Option<Ready>> {
        if let Some(at) = earlier.iter().position(|run| trial::has_flags(run, &flags)) {
            let run = earlier.remove(at);
            if is_done(&run) {
                locked(self.board).found();
                return Ok(None);
            }
            return Ok(Some(Ready { run, again: true }));
        }
        let mut operation = self.trial.clone();
        operation.set_flags(flags)?;
        let store = self.session.store_for_writing()?;
        let run = trial::init(&store, self.run, &operation)?;
        Ok(Some(Ready { run, again: false }))
    }

    /// Stages a trial, or gets it as far as its process.
    fn start(&mut self, trial: &Ready) -> Result<Option<Launch>> {
        let run = &trial.run;
        // It was there to be seen for a while: somebody may have started or deleted it.
        let status = run.status();
        if !trial.again && status != Status::Pending {
            let id = run.id();
            let text = format!("Skipping {id} because its status is {}", status.as_str());
            self.say(|log| log.info(&text));
            return Ok(None);
        }
        let kept = Kept::of(run)?;
        let doing = if self.batch.stage_trials { "Staging" } else { "Running" };
        let flags = description(&kept.flags);
        let text = format!("{doing} trial {}: {} ({flags})", run.id(), format::operation(run));
        self.say(|log| log.info(&text));
        let mut operation = self.operation(kept)?;
        let options = Options {
            place: Place::Again(run.clone()),
            source: Source::Kept,
            trial: true,
            comment: None,
            stop_after: self
                .options
                .stop_after
                .map(|all| all.saturating_sub(self.started.elapsed())),
            ..self.options.clone()
        };
        if self.batch.stage_trials {
            execute::stage(self.session, &operation, &options)?;
            return Ok(None);
        }
        let slot = (0..).find(|slot| self.running.iter().all(|r| r.slot != *slot)).unwrap_or(0);
        self.devices.assign(slot, &mut operation);
        match execute::ready(self.session, &operation, &options) {
            Ok(launch) => {
                locked(self.board).started(run.id(), &flags);
                self.running.push(Running { run: run.clone(), operation, slot });
                Ok(Some(launch))
            }
            // The signal came while the trial was being prepared, and has been noted.
            Err(e) if e.message.is_empty() => Ok(None),
            Err(e) => {
                self.broken(run, e);
                Ok(None)
            }
        }
    }

    /// Has a thread of its own stay with a trial's process.
    fn attend<'s>(&mut self, scope: &'s Scope<'s, '_>, sender: &Sender<Ended>, mut launch: Launch)
    where
        'a: 's,
    {
        let Some(slot) = self.running.last().map(|running| running.slot) else { return };
        let alone = self.batch.jobs == 1;
        let prefix = (!alone).then(|| format!("[{}] ", launch.run().short_id()));
        let (board, signals) = (self.board, self.signals);
        let mut watch = self.stopper.map(|stopper| stopper.watch(launch.run()));
        let sender = sender.clone();
        scope.spawn(move || {
            let mut output = TrialOutput { board, prefix };
            let exit = launch.attend(Attendance {
                reader: Some(&mut output),
                silent: !alone,
                on_started: Some(Box::new(|pid| {
                    // Who watches for signals has only seen those that came since.
                    if signals.arrived().is_some() {
                        guild_runner::terminate(pid.cast_signed());
                    }
                })),
                judge: watch.as_mut().map(|watch| Box::new(|| watch.look()) as _),
            });
            let judged = exit.as_ref().is_ok_and(|exit| exit.judged);
            let behind = watch.as_mut().filter(|_| judged).and_then(|watch| watch.reason());
            if let Some(mut watch) = watch.filter(|_| !judged) {
                // The others are held against what it came to in the end.
                watch.look();
            }
            // Whoever waits for it is there until all have ended.
            let _ = sender.send(Ended { slot, launch, exit, behind });
        });
    }

    /// Waits until a trial has ended, and writes down how. Gives the trial, and whether it is to be
    /// deleted now.
    fn wait(&mut self, ended: &Receiver<Ended>) -> Result<(Run, bool)> {
        let live = locked(self.board).is_live();
        let Ended { slot, launch, exit, behind } = loop {
            // The thread that would send is among those that run.
            let lost = || Error::new("a trial was lost sight of");
            if !live {
                break ended.recv().map_err(|_| lost())?;
            }
            match ended.recv_timeout(REFRESH) {
                Ok(ended) => break ended,
                Err(RecvTimeoutError::Timeout) => locked(self.board).draw(),
                Err(RecvTimeoutError::Disconnected) => return Err(lost()),
            }
        };
        let at = self.running.iter().position(|running| running.slot == slot);
        let Running { run, operation, .. } = self.running.remove(at.unwrap_or_default());
        let written = exit.and_then(|exit| {
            if let Some((_, kept)) = &behind {
                run.set_attr(stopping::ATTRIBUTE, kept).map_err(failed)?;
            }
            launch.finish(self.session, &operation, exit.exit_status()).map(|()| exit)
        });
        let exit = match written {
            Ok(exit) => exit,
            Err(e) => {
                self.broken(&run, e);
                return Ok((run, false));
            }
        };
        let outcome = match exit.exit_status() {
            _ if behind.is_some() => Outcome::Stopped,
            0 => Outcome::Completed,
            _ => Outcome::Failed,
        };
        // Where trials follow one another nothing is told of it.
        let value = self.objective.filter(|_| self.batch.jobs > 1);
        let value = value.and_then(|objective| objective.value(self.session, &run));
        locked(self.board).ended(run.id(), outcome, value);
        if let Some((text, _)) = behind {
            let text = format!("Stopped trial {} early: {text}", run.id());
            self.say(|log| log.info(&text));
        } else if exit.stopped {
            self.out_of_time(exit.exit_status());
        } else if exit.interrupted_by.is_none() {
            self.ended(&run, exit.exit_status(), "");
        }
        Ok((run, outcome == Outcome::Completed && operation.delete_on_success))
    }

    /// Deletes a trial that was a means to an end.
    fn delete(&mut self, run: &Run) {
        match execute::delete_interim(self.session, run) {
            Ok(Some(text)) => self.say(|log| log.info(&text)),
            Ok(None) => {}
            Err(e) => self.say(|log| log.warning(&e.to_string())),
        }
    }

    /// Notes that a trial could not be run.
    fn broken(&mut self, run: &Run, e: Error) {
        // A full disk: the others are to have their end written down all the same.
        if let Err(e) = run.set_attr("exit_status", &1.into()) {
            self.say(|log| log.warning(&e.to_string()));
        }
        let text = e.hints.iter().fold(e.message, |text, hint| text + "\n" + hint);
        locked(self.board).ended(run.id(), Outcome::Failed, None);
        self.ended(run, 1, &text);
    }

    fn operation(&self, kept: Kept) -> Result<Operation> {
        let mut operation = self.trial.clone();
        operation.set_flags(kept.flags.clone())?;
        operation.kept = Some(kept);
        Ok(operation)
    }

    fn ended(&mut self, run: &Run, exit_status: i32, message: &str) {
        let id = run.id();
        let text = match exit_status {
            0 => return,
            -15 => {
                let text = format!("Trial {id} was terminated");
                return self.say(|log| log.info(&text));
            }
            _ if message.is_empty() => {
                format!("Trial {id} exited with an error ({exit_status}) - see log for details")
            }
            _ => format!("Trial {id} exited with an error: ({exit_status}) {message}"),
        };
        self.say(|log| log.error(&text));
        if self.batch.fail_on_trial_error && self.over.is_none() {
            self.say(|log| {
                log.error(
                    "Stopping batch because a trial failed (pending trials can be started as \
                     needed)",
                );
            });
            self.over = Some(Ok(exit_status));
        }
    }

    fn stopped(&mut self, signal: i32) -> i32 {
        if signal == signal_hook::consts::SIGINT {
            self.say(|log| log.info("Stopping batch"));
            return KEYBOARD_INTERRUPT;
        }
        self.say(|log| log.info("Stopping batch (pending trials can be started as needed)"));
        -signal
    }

    fn out_of_time(&mut self, exit_status: i32) {
        if self.over.is_none() {
            self.say(|log| log.info("Stopping batch because its time is up"));
            self.over = Some(Ok(exit_status));
        }
    }
}

/// A trial's flags as Guild AI 0.9.0 shows them.
fn description(flags: &IndexMap<String, Value>) -> String {
    let shown = flags.iter().filter(|(_, value)| !value.is_null());
    let shown: IndexMap<String, Value> = shown.map(|(n, v)| (n.clone(), v.clone())).collect();
    value::assigns(&shown, false, false).join(", ")
}
