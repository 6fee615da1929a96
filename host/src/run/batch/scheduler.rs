//! Which trial is run when. One after the other; each is made ready ahead of its turn, so that
//! whoever looks sees what is still to come.

use std::collections::VecDeque;
use std::time::Instant;

use guild_flags::value;
use guild_plugin_api::Value;
use guild_store::{Run, Status, format};
use indexmap::IndexMap;

use super::super::execute::{self, Options};
use super::super::failed;
use super::super::place::Place;
use super::super::sourcecode::Source;
use super::log::Log;
use super::signals::Signals;
use super::trial;
use super::{Batch, KEYBOARD_INTERRUPT, Trials};
use crate::error::Result;
use crate::op::{Kept, Operation};
use crate::session::Session;

/// How many trials are made ready ahead: a list of a million would fill the disk first.
const AHEAD: usize = 100;

/// How a trial is that an earlier start of the batch has left and that is not run again.
const DONE: [Status; 3] = [Status::Completed, Status::Running, Status::Staged];

/// A trial whose run is there.
struct Ready {
    run: Run,
    /// Whether it was started before, by a batch that did not end.
    again: bool,
}

/// How a trial ended, as far as the batch goes on from it.
enum Ended {
    Next,
    /// The batch is over, with this exit status.
    Stop(i32),
}

struct Scheduler<'a> {
    session: &'a Session,
    batch: &'a Batch,
    options: &'a Options,
    run: &'a Run,
    log: Log,
    started: Instant,
}

/// Runs the trials of the batch `run`; `earlier` are those that it has already. Gives the batch's
/// exit status.
pub fn run(
    session: &Session,
    batch: &Batch,
    options: &Options,
    run: &Run,
    mut earlier: Vec<Run>,
) -> Result<i32> {
    let signals = Signals::watch();
    let seed = run.int_attr("random_seed").ok().flatten().unwrap_or_default();
    let mut trials = batch.trials(session, seed)?;
    let log = Log::create(run, options.quiet)?;
    let started = Instant::now();
    let mut scheduler = Scheduler { session, batch, options, run, log, started };
    let mut ready = VecDeque::new();
    let mut ahead = AHEAD;
    if let Trials::Search(search) = &mut trials
        && search.is_sequential()
    {
        ahead = 1;
        // What the search would suggest now depends on what there is: that is gone on with first.
        for run in earlier.drain(..) {
            if DONE.contains(&run.status()) {
                search.tell(&run);
            } else {
                search.note(&run);
                ready.push_back(Ready { run, again: true });
            }
        }
    }
    loop {
        while ready.len() < ahead && signals.arrived().is_none() {
            let Some(flags) = trials.next().transpose()? else { break };
            ready.extend(scheduler.make_ready(flags, &mut earlier)?);
        }
        let ended = match (signals.arrived(), ready.pop_front()) {
            (Some(signal), _) => scheduler.stopped(signal),
            (None, Some(next)) => {
                let ended = scheduler.start(&next)?;
                if let Trials::Search(search) = &mut trials
                    && search.is_sequential()
                {
                    search.tell(&next.run);
                }
                ended
            }
            (None, None) => {
                if let Trials::Search(search) = &trials
                    && let Some(text) = search.missing_objective()
                {
                    scheduler.log.warning(&text);
                }
                return Ok(0);
            }
        };
        if let Ended::Stop(exit_status) = ended {
            return Ok(exit_status);
        }
    }
}

impl Scheduler<'_> {
    /// The trial with these flags, ready to be started; none when it is done already.
    fn make_ready(
        &self,
        flags: IndexMap<String, Value>,
        earlier: &mut Vec<Run>,
    ) -> Result<Option<Ready>> {
        if let Some(at) = earlier.iter().position(|run| trial::has_flags(run, &flags)) {
            let run = earlier.remove(at);
            return Ok((!DONE.contains(&run.status())).then_some(Ready { run, again: true }));
        }
        let mut operation = self.batch.proto.clone();
        operation.set_flags(flags)?;
        let store = self.session.store_for_writing()?;
        let run = trial::init(&store, self.run, &operation)?;
        Ok(Some(Ready { run, again: false }))
    }

    /// Runs or stages a trial.
    fn start(&mut self, trial: &Ready) -> Result<Ended> {
        let run = &trial.run;
        // It was there to be seen for a while: somebody may have started or deleted it.
        let status = run.status();
        if !trial.again && status != Status::Pending {
            let id = run.id();
            self.log.info(&format!("Skipping {id} because its status is {}", status.as_str()));
            return Ok(Ended::Next);
        }
        let kept = Kept::of(run)?;
        let doing = if self.batch.stage_trials { "Staging" } else { "Running" };
        self.log.info(&format!(
            "{doing} trial {}: {} ({})",
            run.id(),
            format::operation(run),
            description(&kept.flags)
        ));
        let operation = self.operation(kept)?;
        let options = Options {
            place: Place::Again(run.clone()),
            source: Source::Kept,
            comment: None,
            stop_after: self
                .options
                .stop_after
                .map(|all| all.saturating_sub(self.started.elapsed())),
            ..self.options.clone()
        };
        if self.batch.stage_trials {
            execute::stage(self.session, &operation, &options)?;
            return Ok(Ended::Next);
        }
        match execute::execute_with(self.session, &operation, &options, &mut self.log) {
            Ok(exit) if exit.stopped => Ok(self.out_of_time(exit.exit_status())),
            Ok(exit) => match exit.interrupted_by {
                Some(signal) => Ok(self.stopped(signal)),
                None => Ok(self.ended(run, exit.exit_status(), "")),
            },
            // The signal came while the trial was being prepared, and has been noted.
            Err(e) if e.message.is_empty() => Ok(Ended::Next),
            Err(e) => {
                run.set_attr("exit_status", &1.into()).map_err(failed)?;
                let text = e.hints.iter().fold(e.message, |text, hint| text + "\n" + hint);
                Ok(self.ended(run, 1, &text))
            }
        }
    }

    fn operation(&self, kept: Kept) -> Result<Operation> {
        let mut operation = self.batch.proto.clone();
        operation.set_flags(kept.flags.clone())?;
        operation.user_flags = IndexMap::new();
        operation.trials = None;
        operation.kept = Some(kept);
        Ok(operation)
    }

    fn ended(&mut self, run: &Run, exit_status: i32, message: &str) -> Ended {
        let id = run.id();
        match exit_status {
            0 => return Ended::Next,
            -15 => {
                self.log.info(&format!("Trial {id} was terminated"));
                return Ended::Next;
            }
            _ if message.is_empty() => self.log.error(&format!(
                "Trial {id} exited with an error ({exit_status}) - see log for details"
            )),
            _ => self
                .log
                .error(&format!("Trial {id} exited with an error: ({exit_status}) {message}")),
        }
        if !self.batch.fail_on_trial_error {
            return Ended::Next;
        }
        self.log.error(
            "Stopping batch because a trial failed (pending trials can be started as needed)",
        );
        Ended::Stop(exit_status)
    }

    fn stopped(&mut self, signal: i32) -> Ended {
        if signal == signal_hook::consts::SIGINT {
            self.log.info("Stopping batch");
            return Ended::Stop(KEYBOARD_INTERRUPT);
        }
        self.log.info("Stopping batch (pending trials can be started as needed)");
        Ended::Stop(-signal)
    }

    fn out_of_time(&mut self, exit_status: i32) -> Ended {
        self.log.info("Stopping batch because its time is up");
        Ended::Stop(exit_status)
    }
}

/// A trial's flags as Guild AI 0.9.0 shows them.
fn description(flags: &IndexMap<String, Value>) -> String {
    let shown = flags.iter().filter(|(_, value)| !value.is_null());
    let shown: IndexMap<String, Value> = shown.map(|(n, v)| (n.clone(), v.clone())).collect();
    value::assigns(&shown, false, false).join(", ")
}
