//! A queue from its start to its end.

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guild_flags::value;
use guild_plugin_api::Value;
use guild_plugin_api::model::MainRequest;
use guild_runner::{Spec, Streams};
use guild_store::{Run, Store};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::log;
use crate::staged::{gpus, running, staged};

/// How long a queue that waits is deaf at most.
const NAP: Duration = Duration::from_millis(100);

/// Looks for staged runs and starts them; gives what the process ends with.
///
/// # Errors
/// One line about why runs cannot be looked for.
pub fn run(req: &MainRequest) -> Result<i32, String> {
    let own = Run::at(&req.run_dir);
    // As in 0.9.0 it looks like a batch, which comparisons leave out.
    let proto = own.guild_path("proto");
    std::fs::create_dir_all(&proto)
        .map_err(|e| format!("cannot create {}: {e}", proto.display()))?;
    let flag = |name: &str| req.attrs.get("flags")?.get(name).filter(|v| value::is_true(v));
    let interval = match flag("poll-interval") {
        Some(Value::Int(seconds)) => Duration::from_secs(seconds.unsigned_abs()),
        _ => Duration::from_secs(1),
    };
    let mut queue = Queue {
        req,
        store: store(req),
        own,
        run_once: flag("run-once").is_some(),
        wait_for_running: flag("wait-for-running").is_some(),
        gpus: flag("gpus").map(value::text),
        signal: watch_signals()?,
        started: 0,
        waits_told: false,
        mismatches: BTreeSet::new(),
        waiting: BTreeSet::new(),
    };
    log::info("Starting queue");
    let begun = Instant::now();
    if queue.run_once {
        log::info("Processing staged runs");
    }
    let ended = loop {
        match queue.start_all() {
            Ok(None) if queue.run_once => {
                let (started, seconds) = (queue.started, begun.elapsed().as_secs_f64());
                log::info(&format!("queue processed {started} run(s) in {seconds:.6} seconds"));
                break Ok(0);
            }
            Ok(None) => {
                if let Some(status) = queue.nap(interval) {
                    break Ok(status);
                }
            }
            Ok(Some(status)) => break Ok(status),
            Err(e) => break Err(e),
        }
    };
    log::info("Stopping queue");
    ended
}

/// The runs: those of the home, wherever the queue's own run is.
fn store(req: &MainRequest) -> Store {
    let home = env::var_os("GUILD_HOME").map(PathBuf::from);
    let above = || req.run_dir.ancestors().nth(2).unwrap_or(&req.run_dir).to_path_buf();
    Store::new(home.unwrap_or_else(above))
}

fn watch_signals() -> Result<Arc<AtomicUsize>, String> {
    let signal = Arc::new(AtomicUsize::new(0));
    for number in [SIGINT, SIGTERM, SIGHUP] {
        let value = number.unsigned_abs() as usize;
        signal_hook::flag::register_usize(number, Arc::clone(&signal), value)
            .map_err(|e| format!("cannot take note of signals: {e}"))?;
    }
    Ok(signal)
}

struct Queue<'a> {
    req: &'a MainRequest,
    store: Store,
    own: Run,
    run_once: bool,
    wait_for_running: bool,
    gpus: Option<String>,
    signal: Arc<AtomicUsize>,
    started: u32,
    /// Whether it has been told that the queue waits.
    waits_told: bool,
    /// Of which runs it has been told that they want other devices, or that others are waited for.
    mismatches: BTreeSet<String>,
    waiting: BTreeSet<String>,
}

impl Queue<'_> {
    /// What to end with, if the queue is to end: by a signal, or by a mark in its run's folder.
    fn over(&self) -> Option<i32> {
        match self.signal.load(Ordering::SeqCst) {
            0 => self.own.is_stop_asked().then_some(0),
            signal => Some(-i32::try_from(signal).unwrap_or(SIGTERM)),
        }
    }

    /// Waits for the next look, unless the queue is to end.
    fn nap(&self, interval: Duration) -> Option<i32> {
        let end = Instant::now() + interval;
        loop {
            if let Some(status) = self.over() {
                return Some(status);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            thread::sleep(left.min(NAP));
        }
    }

    /// Starts staged runs, one after the other, until there is none that can be started. Gives what
    /// to end with, if the queue is to end.
    fn start_all(&mut self) -> Result<Option<i32>, String> {
        loop {
            if let Some(status) = self.over() {
                return Ok(Some(status));
            }
            let Some(run) = self.next()? else {
                if !self.waits_told && !self.run_once {
                    log::info("Waiting for staged runs");
                }
                self.waits_told = true;
                return Ok(None);
            };
            self.start(&run)?;
            self.waits_told = false;
        }
    }

    /// Takes the next run that can be started.
    fn next(&mut self) -> Result<Option<Run>, String> {
        let staged = staged(&self.store).map_err(|e| e.to_string())?;
        let blocking = match self.wait_for_running {
            true => running(&self.store, self.own.id()).map_err(|e| e.to_string())?,
            false => Vec::new(),
        };
        for run in staged {
            if self.wants_others(&run) || self.has_to_wait(&run, &blocking) {
                continue;
            }
            match run.claim() {
                Ok(true) => return Ok(Some(run)),
                Ok(false) => {}
                Err(e) => log::error(&format!("cannot take staged run: {e}")),
            }
        }
        Ok(None)
    }

    fn wants_others(&mut self, run: &Run) -> bool {
        let (Some(own), Some(wanted)) = (&self.gpus, gpus(run)) else { return false };
        if *own != wanted && self.mismatches.insert(run.id().into()) {
            // The word is 0.9.0's.
            log::info(&format!(
                "Ignorning staged run {} (GPU spec mismatch: run is {wanted}, queue is {own})",
                run.id()
            ));
        }
        *own != wanted
    }

    fn has_to_wait(&mut self, run: &Run, blocking: &[Run]) -> bool {
        if !blocking.is_empty() && self.waiting.insert(run.id().into()) {
            let ids: Vec<_> = blocking.iter().map(Run::id).collect();
            log::info(&format!(
                "Found staged run {} (waiting for runs to finish: {})",
                run.id(),
                ids.join(", ")
            ));
            self.waits_told = true;
        }
        !blocking.is_empty()
    }

    /// Starts a run and stays with it to its end.
    fn start(&mut self, run: &Run) -> Result<(), String> {
        let id = run.id();
        if self.over().is_some() {
            return run.release().map_err(|e| e.to_string());
        }
        log::info(&format!("Starting staged run {id}"));
        let mut spec = Spec::new(&self.req.guild, &self.req.run_dir);
        let mut args: Vec<std::ffi::OsString> = ["run", "-y", "--start", id].map(Into::into).into();
        if let Some(gpus) = &self.gpus {
            args.extend(["--gpus".into(), gpus.into()]);
        }
        spec.args = args;
        spec.env = env::vars_os().collect();
        spec.streams = Streams::Inherited;
        // It tells by itself what it waits for, and lets its run have the time that it needs.
        spec.hush = true;
        spec.timing.kill = Duration::MAX;
        match guild_runner::run(spec) {
            Ok(exit) if exit.exit_status() == 0 => self.started += 1,
            Ok(exit) if exit.interrupted() => {}
            Ok(exit) => {
                log::error(&format!("run {id} failed with exit code {}", exit.process_exit_code()));
            }
            Err(e) => {
                log::error(&format!("cannot start run {id}: {e}"));
                run.release().map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }
}
