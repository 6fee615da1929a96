//! Trials that an optimizer of a plugin suggests.

use std::collections::{HashSet, VecDeque};

use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::search::{OptimizerDef, SuggestTrials, SuggestedTrials, Trial};
use guild_plugin_api::{LogRecord, Map, Value};
use guild_store::{Run, Status, format};
use indexmap::IndexMap;

use super::super::failed;
use super::Batch;
use super::objective::Objective;
use super::space::Space;
use super::trial;
use crate::error::{Error, Result};
use crate::op::flag_map;
use crate::plugins::{Call, CallError};
use crate::session::Session;

/// How many trials an optimizer is asked for at once when they do not depend on one another: as many
/// as there are already, within these bounds.
const AT_ONCE: (u64, u64) = (100, 10_000);

/// An optimizer of a plugin, at work for a batch.
#[derive(Clone, Debug, Default)]
pub struct Optimizer {
    /// The plugin's name.
    pub plugin: String,
    /// What the optimizer is.
    pub def: OptimizerDef,
    /// What it searches.
    pub space: Space,
}

impl Optimizer {
    /// The name by which users know it: `skopt:random`.
    pub fn full_name(&self) -> String {
        match self.def.model_name.as_str() {
            "" => self.def.name.clone(),
            model => format!("{model}:{}", self.def.name),
        }
    }
}

/// A search that goes on: which trials were suggested, and what came out of them.
pub struct Search<'a> {
    session: &'a Session,
    optimizer: &'a Optimizer,
    request: SuggestTrials,
    objective: Objective,
    max: u64,
    suggested: VecDeque<IndexMap<String, Value>>,
    log: Vec<LogRecord>,
    done: bool,
}

impl<'a> Search<'a> {
    /// The search of `batch` by `optimizer`.
    ///
    /// # Errors
    /// When the objective is no column.
    pub fn new(
        session: &'a Session,
        batch: &Batch,
        optimizer: &'a Optimizer,
        seed: i64,
    ) -> Result<Search<'a>> {
        let objective = Objective::parse(&batch.objective)?;
        let request = SuggestTrials {
            optimizer: optimizer.def.name.clone(),
            options: flag_map(&batch.operation.flags),
            space: optimizer.space.dimensions.clone(),
            objective: objective.name.clone(),
            direction: objective.direction,
            seed,
            max_trials: batch.max_trials,
            params: batch.proto.params.clone(),
            ..SuggestTrials::default()
        };
        Ok(Search {
            session,
            optimizer,
            request,
            objective,
            max: batch.max_trials.unwrap_or(u64::MAX),
            suggested: VecDeque::new(),
            log: Vec::new(),
            done: false,
        })
    }

    /// Whether a trial has to end before the next is known.
    pub fn is_sequential(&self) -> bool {
        self.optimizer.def.sequential
    }

    /// The flags of the next trial; none after the last.
    pub fn next(&mut self) -> Result<Option<IndexMap<String, Value>>> {
        let (history, pending) = (self.request.history.len(), self.request.pending.len());
        let before = (history + pending) as u64;
        if self.suggested.is_empty() && !self.done && before < self.max {
            self.ask(before)?;
        }
        Ok(self.suggested.pop_front())
    }

    fn ask(&mut self, before: u64) -> Result<()> {
        let at_once = if self.is_sequential() { 1 } else { before.clamp(AT_ONCE.0, AT_ONCE.1) };
        self.request.count = at_once.min(self.max - before);
        let plugin = &self.optimizer.plugin;
        let call: Call<Option<SuggestedTrials>> = self
            .session
            .plugins
            .call(plugin, hooks::SUGGEST_TRIALS, self.session.context(), &self.request)
            .map_err(|e| cannot_search(&self.optimizer.def.name, e))?;
        self.log.extend(call.log);
        let Some(answer) = call.result.flatten() else {
            return Err(self.broken("it has no trials for its own optimizer"));
        };
        self.done = answer.done || answer.trials.is_empty();
        for (i, mut trial) in
            answer.trials.into_iter().take(self.request.count as usize).enumerate()
        {
            if before == 0 && i == 0 {
                for (name, value) in &self.optimizer.space.initial {
                    trial.insert(name.as_str(), value.clone());
                }
            }
            let flags = self.flags(&trial)?;
            self.suggested.push_back(flags);
            let status = Status::Pending.as_str().into();
            self.request.pending.push(Trial { flags: trial, status, ..Trial::default() });
        }
        Ok(())
    }

    /// All flags of a trial: those that are searched, in the order of names, and the others.
    fn flags(&self, trial: &Map) -> Result<IndexMap<String, Value>> {
        let dimensions = &self.optimizer.space.dimensions;
        if let Some(unknown) = trial.iter().find_map(|(name, _)| {
            let name = name.as_str().unwrap_or_default();
            (!dimensions.contains_key(name)).then_some(name)
        }) {
            return Err(
                self.broken(&format!("it has a value for '{unknown}', which is not searched"))
            );
        }
        let mut flags = self.optimizer.space.fixed.clone();
        for name in dimensions.keys() {
            let Some(value) = trial.get(name) else {
                return Err(self.broken(&format!("a trial has no value for '{name}'")));
            };
            flags.insert(name.clone(), value.clone());
        }
        flags.sort_keys();
        Ok(flags)
    }

    fn broken(&self, reason: &str) -> Error {
        Error::from(CallError::Broken {
            plugin: self.optimizer.plugin.clone(),
            hook: hooks::SUGGEST_TRIALS.into(),
            reason: reason.into(),
        })
    }

    /// Notes a trial of an earlier start of the batch, which is there already.
    pub fn note(&mut self, run: &Run) {
        let trial = self.trial(run);
        self.request.pending.push(trial);
    }

    /// A run as optimizers are told of it, without the objective.
    fn trial(&self, run: &Run) -> Trial {
        let flags = run.attr("flags").ok().flatten().unwrap_or_default();
        let named = |name: &String| Some((name.clone(), flags.get(name)?.clone()));
        let time = |name| run.int_attr(name).ok().flatten();
        let seconds = time("started").zip(time("stopped"));
        Trial {
            flags: self.optimizer.space.dimensions.keys().filter_map(named).collect(),
            value: None,
            status: run.status().as_str().into(),
            seconds: seconds.map(|(from, to)| to.saturating_sub(from) as f64 / 1e6),
        }
    }

    /// Finds the runs beside the trials of the batch `run` that the optimizer is to know of.
    ///
    /// # Errors
    /// When the prototype has no digest of its source code and that is what runs are found by.
    pub fn look_back(&mut self, run: &Run) -> Result<()> {
        let flag = self.optimizer.def.prev_trials_flag.as_deref();
        let wanted = flag.and_then(|flag| self.request.options.get(flag)).and_then(Value::as_str);
        let proto = Run::at(run.guild_path("proto"));
        let digest = |run: &Run| run.attr("sourcecode_digest").ok().flatten();
        let alike: Box<dyn Fn(&Run) -> bool> = match wanted {
            Some("sourcecode") => {
                let wanted =
                    digest(&proto).filter(|digest| !digest.is_null()).ok_or_else(|| {
                        let dir = proto.dir().display();
                        let why = "missing sourcecode digest";
                        Error::new(format!("Cannot find runs for batch proto in {dir}: {why}"))
                            .logged()
                    })?;
                Box::new(move |run| digest(run).as_ref() == Some(&wanted))
            }
            Some("operation") => {
                let wanted = format::operation(&proto);
                Box::new(move |run| format::operation(run) == wanted)
            }
            _ => return Ok(()),
        };
        let own: HashSet<String> =
            trial::of_batch(run).iter().map(|trial| trial.id().to_string()).collect();
        let mut runs = self.session.index().runs().map_err(failed)?;
        runs.retain(|run| {
            !own.contains(run.id()) && run.status() == Status::Completed && alike(run)
        });
        runs.sort_by_cached_key(|run| (run.timestamp(), run.id().to_string()));
        self.request.earlier = runs
            .iter()
            .map(|run| Trial { value: self.objective.value(self.session, run), ..self.trial(run) })
            .collect();
        Ok(())
    }

    /// What the optimizer has said since this was asked the last time.
    pub fn take_log(&mut self) -> Vec<LogRecord> {
        std::mem::take(&mut self.log)
    }

    /// Notes what came out of the trial `run`, which was suggested or noted.
    pub fn tell(&mut self, run: &Run) {
        self.note(run);
        let Some(mut told) = self.request.pending.pop() else { return };
        told.value = self.objective.value(self.session, run);
        let suggested = self.request.pending.iter().position(|trial| trial.flags == told.flags);
        if let Some(at) = suggested {
            self.request.pending.remove(at);
        }
        self.request.history.push(told);
    }

    /// What to say at the end when no trial had the objective.
    pub fn missing_objective(&self) -> Option<String> {
        let history = &self.request.history;
        let none = !history.is_empty() && history.iter().all(|trial| trial.value.is_none());
        (self.is_sequential() && none).then(|| {
            format!(
                "cannot find objective '{}' in any trial: they were chosen without it",
                self.request.objective
            )
        })
    }
}

fn cannot_search(name: &str, e: CallError) -> Error {
    match e {
        CallError::Failed(e) => {
            let error = Error::new(format!("optimizer '{name}': {}", e.message));
            e.hint.into_iter().fold(error, Error::hint)
        }
        e => Error::from(e),
    }
}
