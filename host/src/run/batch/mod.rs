//! Batches: an operation run once for each of many sets of flag values.
//!
//! A [`Batch`] is a run itself. Its prototype, in `.guild/proto`, is what each trial is a copy of;
//! links in its folder lead to the trials. What trials there are says a [`Grid`], or an optimizer of
//! a plugin; which are missing, the scheduler; how one is run, the same code that runs any operation.

mod board;
mod devices;
mod grid;
mod log;
mod objective;
mod orphans;
mod program;
mod scheduler;
mod search;
mod signals;
mod space;
mod stopping;
mod trial;

use std::fs;
use std::process;

use guild_early_stopping::Rule;
use guild_plugin_api::{Map, Value};
use guild_store::{Run, Status, clock};
use indexmap::IndexMap;

use super::attributes::attributes;
use super::environment::{environment, kept_environment, write_env_file};
use super::execute::Options;
use super::failed;
use super::interrupts::Interrupts;
use super::place::{Claim, Place};
use super::sourcecode::write_sourcecode;
use crate::error::{Error, Result};
use crate::op::Operation;
use crate::session::Session;

pub use grid::Grid;
pub use search::Optimizer;
use search::Search;
pub use space::{Space, from_definitions};
pub use stopping::ATTRIBUTE as STOPPED_EARLY;
use stopping::Stopper;
pub use trial::has_flags;

/// What Ctrl-C leaves as exit status, as for a single run.
const KEYBOARD_INTERRUPT: i32 = -16;

/// A batch to be run.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The batch's own operation.
    pub operation: Operation,
    /// What its trials run.
    pub proto: Operation,
    /// What chooses the trials, unless all combinations are run.
    pub optimizer: Option<Optimizer>,
    /// Whether its operation is a program that makes the trials itself.
    pub program: bool,
    /// How many trials to run at most.
    pub max_trials: Option<u64>,
    /// The scalar that a search minimizes; with a `-` before it, maximizes.
    pub objective: String,
    /// How many trials run at a time.
    pub jobs: usize,
    /// When trials that are behind the others are ended.
    pub stop_early: Option<Rule>,
    /// The devices that the user named, which trials that run at the same time share.
    pub devices: Vec<String>,
    /// Whether trials are prepared only.
    pub stage_trials: bool,
    /// Whether a trial that fails ends the batch.
    pub fail_on_trial_error: bool,
    /// A comment on the batch.
    pub comment: Option<String>,
}

/// The trials of a batch, made when they are asked for.
pub enum Trials<'a> {
    /// All combinations, or some of them.
    Grid(Box<dyn Iterator<Item = IndexMap<String, Value>> + 'a>),
    /// What an optimizer suggests.
    Search(Box<Search<'a>>),
}

impl Iterator for Trials<'_> {
    type Item = Result<IndexMap<String, Value>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Trials::Grid(trials) => trials.next().map(Ok),
            Trials::Search(search) => search.next().transpose(),
        }
    }
}

impl Batch {
    /// The trials that the prototype's flags and batch files give.
    ///
    /// # Errors
    /// When a range among the values is wrong.
    fn grid(&self, seed: i64) -> Result<Grid<'_>> {
        let trials = self.proto.trials.as_deref();
        Grid::new(&self.proto.flags, trials, &self.proto.user_flags, seed)
    }

    /// What ends trials that are behind the others, if something does.
    ///
    /// # Errors
    /// When the objective is nothing that a trial comes to step by step.
    pub fn stopper(&self) -> Result<Option<Stopper>> {
        let Some(rule) = self.stop_early else { return Ok(None) };
        Stopper::new(rule, &objective::Objective::parse(&self.objective)?).map(Some)
    }

    /// What trials run, before [`Operation::set_flags`]: without the values for all of them, which may
    /// be many.
    pub fn trial(&self) -> Operation {
        Operation {
            flags: IndexMap::new(),
            user_flags: IndexMap::new(),
            trials: None,
            args: Vec::new(),
            env: IndexMap::new(),
            label: String::new(),
            kept: None,
            ..self.proto.clone()
        }
    }

    /// How many trials will be run, or may be by an optimizer. None where a range is wrong, which
    /// [`Batch::trials`] tells.
    pub fn count(&self) -> u64 {
        let max = self.max_trials.unwrap_or(u64::MAX);
        if self.optimizer.is_some() || self.program {
            return max;
        }
        self.grid(0).map_or(0, |grid| grid.len().min(max))
    }

    /// The flags of each trial, made when they are asked for.
    ///
    /// # Errors
    /// When a range among the values is wrong, or there is nothing to search.
    pub fn trials<'a>(&'a self, session: &'a Session, seed: i64) -> Result<Trials<'a>> {
        if let Some(optimizer) = &self.optimizer {
            let search = Search::new(session, self, optimizer, seed)?;
            return Ok(Trials::Search(Box::new(search)));
        }
        let grid = self.grid(seed)?;
        Ok(Trials::Grid(match self.max_trials {
            Some(max) if max < grid.len() => {
                let chosen = grid.sample(max, seed.cast_unsigned());
                Box::new(chosen.into_iter().filter_map(move |i| grid.at(i)))
            }
            _ => Box::new((0..grid.len()).map_while(move |i| grid.at(i))),
        }))
    }

    /// Runs the batch to its end and gives what guild exits with.
    pub fn run(&self, session: &Session, options: &Options) -> Result<u8> {
        if self.program {
            return program::run(self, session, options);
        }
        // Before anything is renewed: the trials of a batch that did not end are gone on with.
        let earlier = match &options.place {
            Place::Again(run) if run.status() != Status::Completed => trial::of_batch(run),
            _ => Vec::new(),
        };
        let (run, _claim) = self.prepare(session, options)?;
        for name in ["exit_status", "stopped"] {
            run.del_attr(name).map_err(failed)?;
        }
        run.clear_stop().map_err(failed)?;
        run.set_started().map_err(failed)?;
        run.lock(process::id()).map_err(failed)?;
        run.clear_pending().map_err(failed)?;
        let exit_status = scheduler::run(session, self, options, &run, earlier);
        let written = run.guild_path("").is_dir().then(|| {
            run.set_attr("stopped", &clock::now().into()).map_err(failed)?;
            let status = exit_status.as_ref().copied().unwrap_or(1);
            run.set_attr("exit_status", &i64::from(status).into()).map_err(failed)?;
            run.unlock().map_err(failed)
        });
        let exit_status = exit_status?;
        written.transpose()?;
        if exit_status == 0 && self.operation.delete_on_success {
            // That a batch is one is nothing to tell.
            let deleted = super::execute::delete_interim(session, &run)?;
            session.say_debug(|| deleted.unwrap_or_default());
        }
        Ok((exit_status & 0xff) as u8)
    }

    /// Prepares the batch for a later start.
    pub fn stage(&self, session: &Session, options: &Options) -> Result<Run> {
        if self.program {
            return program::stage(self, session, options);
        }
        let (run, _claim) = self.prepare(session, options)?;
        write_env_file(&environment(session, &self.operation, &run), &run)?;
        run.set_staged().map_err(failed)?;
        Ok(run)
    }

    /// Makes the batch's folder whole, with the prototype in it. It is `PENDING` afterwards.
    fn prepare(&self, session: &Session, options: &Options) -> Result<(Run, Claim)> {
        let store = session.store_for_writing()?;
        let interrupts = Interrupts::watch();
        let ready = options.place.prepare(&store)?;
        let filled = self.fill(session, options, &ready.run, &interrupts);
        filled.inspect_err(|_| ready.give_up())?;
        Ok((ready.run, ready.claim))
    }

    fn fill(
        &self,
        session: &Session,
        options: &Options,
        run: &Run,
        interrupts: &Interrupts,
    ) -> Result<()> {
        run.set_pending().map_err(failed)?;
        run.write_opref(&self.operation.resolved.opref).map_err(failed)?;
        let own = Options { comment: self.comment.clone(), ..options.clone() };
        let mut batch = self.operation.clone();
        batch.args = ["guild", "run", "--start", run.id()].map(Into::into).into();
        let mut attrs = attributes(&batch, &own);
        if let Some(max) = self.max_trials {
            attrs.insert("max_trials".into(), i64::try_from(max).unwrap_or(i64::MAX).into());
        }
        attrs.insert("objective".into(), self.objective.as_str().into());
        if self.jobs > 1 {
            attrs.insert("jobs".into(), i64::try_from(self.jobs).unwrap_or(i64::MAX).into());
        }
        if let Some(rule) = self.stop_early {
            attrs.insert("stop_early".into(), rule.to_value());
        }
        if self.stage_trials {
            attrs.insert("stage_trials".into(), true.into());
        }
        attrs.insert("sourcecode_digest".into(), Value::Null);
        attrs.insert("deps".into(), Value::Map(Map::new()));
        for (name, value) in attrs {
            run.set_attr(&name, &value).map_err(failed)?;
        }
        let manifest = run.guild_path("manifest");
        fs::write(&manifest, "")
            .map_err(|e| Error::new(format!("cannot write {}: {e}", manifest.display())))?;
        self.fill_proto(session, options, &Run::at(run.guild_path("proto")), interrupts)?;
        // What is a secret of the trials is one here: it may come from the user's environment.
        let environment = environment(session, &self.operation, run);
        let kept = kept_environment(&environment, &self.proto.resolved.op);
        run.set_attr("env", &kept.into()).map_err(failed)?;
        interrupts.check()
    }

    fn fill_proto(
        &self,
        session: &Session,
        options: &Options,
        proto: &Run,
        interrupts: &Interrupts,
    ) -> Result<()> {
        proto.init().map_err(failed)?;
        proto.set_pending().map_err(failed)?;
        proto.write_opref(&self.proto.resolved.opref).map_err(failed)?;
        for (name, value) in attributes(&self.proto, options) {
            proto.set_attr(&name, &value).map_err(failed)?;
        }
        if let Some(trials) = &self.proto.trials {
            let trials = trials.iter().map(|trial| crate::op::flag_map(trial).into()).collect();
            proto.set_attr("trials", &Value::List(trials)).map_err(failed)?;
        }
        interrupts.check()?;
        write_sourcecode(session, &self.proto, &options.source, proto)?;
        interrupts.check()
    }
}
