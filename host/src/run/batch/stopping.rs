//! Trials that are ended early because they promise nothing.
//!
//! A trial's own thread reads the objective as the trial writes it and asks the [`Stopper`], which
//! all trials of the batch share, whether it may go on. The script has no part in it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use guild_early_stopping::{Behind, Race, Rule};
use guild_plugin_api::{Map, Value};
use guild_query::columns::{Qualifier, Source};
use guild_scalars::CurveReader;
use guild_scalars::summary::{Point, shown};
use guild_store::{Run, Status};

use super::objective::Objective;
use crate::error::{Error, Result};

/// The attribute of a run that was ended early: which scalar, its step and value, and why.
pub const ATTRIBUTE: &str = "stopped_early";

/// How long a trial is left alone between two looks, at least.
const PAUSE: Duration = Duration::from_millis(100);

/// How much longer than a look a pause is, at least: looking is to take little of the machine.
const SHARE: u32 = 20;

/// Whether a run was ended because it was behind the other trials of its batch.
pub fn was_stopped_early(run: &Run) -> bool {
    run.has_attr(ATTRIBUTE) && run.status() == Status::Terminated
}

/// Ends trials that are behind the others.
#[derive(Debug)]
pub struct Stopper {
    rule: Rule,
    objective: String,
    key: String,
    best_so_far: bool,
    race: Mutex<Race>,
}

impl Stopper {
    /// For a batch with this objective.
    ///
    /// # Errors
    /// When the objective is nothing that a trial comes to step by step.
    pub fn new(rule: Rule, objective: &Objective) -> Result<Stopper> {
        let invalid = || {
            let name = &objective.name;
            Error::new(format!("cannot stop trials early by '{name}'")).hint(
                "It has to be a scalar, or its least or greatest value so far ('min NAME', 'max \
                 NAME'). Name one by --minimize or --maximize.",
            )
        };
        let Source::Scalar { key, qualifier, step: false } = &objective.column.source else {
            return Err(invalid());
        };
        let best_so_far = match qualifier {
            None | Some(Qualifier::Last) => false,
            Some(Qualifier::Min | Qualifier::Max) => true,
            Some(_) => return Err(invalid()),
        };
        let race = Mutex::new(Race::new(rule, objective.direction));
        Ok(Stopper { rule, objective: objective.name.clone(), key: key.clone(), best_so_far, race })
    }

    /// Notes a trial of an earlier start of the batch.
    pub fn note(&self, run: &Run) {
        self.watch(run).look();
    }

    /// Somebody who watches a trial.
    pub fn watch(&self, run: &Run) -> Watch<'_> {
        let reader = CurveReader::new(run.dir(), &self.key);
        Watch { stopper: self, id: run.id().into(), reader, behind: None }
    }

    /// What to say at the end when no trial had the objective.
    pub fn missing_objective(&self) -> Option<String> {
        let race = self.race.lock().unwrap_or_else(PoisonError::into_inner);
        (!race.has_begun()).then(|| {
            format!(
                "cannot find objective '{}' in any trial: none was stopped early",
                self.objective
            )
        })
    }

    /// Makes of each value the best up to its step.
    fn keep_best(&self, curve: &mut [Point]) {
        let race = self.race.lock().unwrap_or_else(PoisonError::into_inner);
        for i in 1..curve.len() {
            if !race.is_better(curve[i].value, curve[i - 1].value) {
                curve[i].value = curve[i - 1].value;
            }
        }
    }

    fn update(&self, id: &str, curve: &[Point]) -> Option<Behind> {
        self.race.lock().unwrap_or_else(PoisonError::into_inner).update(id, curve)
    }
}

/// Watches one trial.
pub struct Watch<'a> {
    stopper: &'a Stopper,
    id: String,
    reader: CurveReader,
    behind: Option<Behind>,
}

impl Watch<'_> {
    /// Reads what the trial has come to. Gives when to look again, none when it is to end.
    pub fn look(&mut self) -> Option<Duration> {
        let started = Instant::now();
        let mut curve = self.reader.read();
        if self.stopper.best_so_far {
            self.stopper.keep_best(&mut curve);
        }
        self.behind = self.stopper.update(&self.id, &curve);
        self.behind.is_none().then(|| PAUSE.max(started.elapsed() * SHARE))
    }

    /// Why the trial was ended, in a line, and as its run keeps it.
    pub fn reason(&self) -> Option<(String, Value)> {
        let behind = self.behind.as_ref()?;
        let (objective, rule) = (&self.stopper.objective, self.stopper.rule);
        let Behind { step, value, reason } = behind;
        let text =
            format!("{objective}={} at step {step}: {reason} ({})", shown(*value), rule.algorithm);
        let mut kept = Map::new();
        kept.insert("reason", text.as_str());
        kept.insert("objective", objective.as_str());
        kept.insert("step", *step);
        kept.insert("value", shown(*value).parse().unwrap_or(*value));
        Some((text, Value::Map(kept)))
    }
}
