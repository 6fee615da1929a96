//! A pipeline from its first step to its last.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use guild_plugin_api::Value;
use guild_plugin_api::model::MainRequest;

use crate::check::check;
use crate::progress::{Begun, Progress, is_pipeline};
use crate::step::{Parent, Step, read_all};
use guild_plugin_program::Processes;
use guild_plugin_program::log::{Level, line, log};

/// What a check that failed leaves as exit code, as in Guild AI 0.9.0.
const TEST_FAILED: i32 = 3;

/// How many pipelines may run within one another. One that runs itself would never end.
const MOST_NESTED: usize = 50;

/// Says a process how many pipelines it is in.
const NESTED: &str = "GUILD_STEPS_NESTED";

/// Runs the steps; gives what the process ends with.
///
/// # Errors
/// One line about why a step cannot be run.
pub fn run(req: &MainRequest, steps: &Value) -> Result<i32, String> {
    let steps = read_all(steps)?;
    steps.iter().flat_map(|s| &s.warnings).for_each(|w| log(Level::Warning, w));
    if steps.is_empty() {
        log(Level::Warning, &format!("no steps defined for run {}", req.run_id));
        return Ok(0);
    }
    let nested = env::var(NESTED).ok().and_then(|n| n.parse().ok()).unwrap_or(0) + 1;
    if nested > MOST_NESTED {
        return Err(format!(
            "there are more than {MOST_NESTED} pipelines within one another: does '{}' run itself?",
            req.name
        ));
    }
    let parent = Parent::of(req);
    let words = steps.iter().map(|step| step.words(&parent)).collect::<Result<Vec<_>, _>>()?;
    let processes = Processes::watch().map_err(|e| format!("cannot take note of signals: {e}"))?;
    let runs_dir = req.run_dir.parent().unwrap_or(Path::new("/")).to_path_buf();
    let mut pipeline = Pipeline { req, runs_dir, nested, processes, progress: Progress::default() };
    pipeline.run(&steps, &words)
}

struct Pipeline<'a> {
    req: &'a MainRequest,
    runs_dir: PathBuf,
    nested: usize,
    processes: Processes,
    progress: Progress,
}

impl Pipeline<'_> {
    fn run(&mut self, steps: &[Step], words: &[Vec<String>]) -> Result<i32, String> {
        let earlier = Progress::read(&self.req.run_dir);
        let is_there = |run: &str| self.runs_dir.join(run).join(".guild/opref").is_file();
        let done = earlier.done(words, is_there);
        // A pipeline within this one that did not end goes on as well.
        let resumed = earlier.steps().get(done).filter(|begun| {
            !begun.done
                && Some(&begun.words) == words.get(done)
                && is_pipeline(&self.runs_dir.join(&begun.run))
        });
        let kept = done + usize::from(resumed.is_some());
        for begun in earlier.steps().iter().skip(kept) {
            self.unlink(&begun.link);
        }
        for (index, (step, words)) in steps.iter().zip(words).enumerate() {
            let begun = earlier.steps().get(index).filter(|_| index < kept).cloned();
            if let (Some(begun), true) = (&begun, index < done) {
                let id: String = begun.run.chars().take(8).collect();
                log(Level::Info, &format!("skipping {}: done by run {id}", step.name));
                self.progress.set(&self.req.run_dir, index, begun.clone())?;
                continue;
            }
            if let Some(signal) = self.processes.interrupted() {
                return Ok(-signal);
            }
            let resumes = begun.is_some();
            let mut begun = match begun {
                Some(begun) => begun,
                None => self.begin(step, words)?,
            };
            self.progress.set(&self.req.run_dir, index, begun.clone())?;
            let status = self.run_step(step, &begun, resumes)?;
            if !self.runs_dir.join(&begun.run).exists() {
                // It was not needed, or could not even begin.
                self.unlink(&begun.link);
                begun.link.clear();
            }
            if status != 0 {
                return Ok(status);
            }
            self.progress.set(&self.req.run_dir, index, Begun { done: true, ..begun })?;
        }
        Ok(0)
    }

    /// Gives a step a run, which is not there yet, and links it.
    fn begin(&self, step: &Step, words: &[String]) -> Result<Begun, String> {
        let run = format!("{:032x}", fastrand::u128(..));
        let link = link(&self.req.run_dir, &step.name, &run).map_err(|e| {
            format!("cannot link step '{}' in {}: {e}", step.name, self.req.run_dir.display())
        })?;
        Ok(Begun { words: words.to_vec(), run, link, done: false })
    }

    /// Runs a step and checks its run; gives what the pipeline ends with, 0 to go on.
    fn run_step(&mut self, step: &Step, begun: &Begun, resumes: bool) -> Result<i32, String> {
        let dir = self.runs_dir.join(&begun.run);
        log(Level::Info, &format!("running {}: {}", step.name, begun.words.join(" ")));
        let mut command = self.command(step);
        if resumes {
            command.args(["--restart", &begun.run]);
        } else {
            command.arg("--run-dir").arg(&dir).args(&begun.words);
        }
        log(Level::Debug, &format!("step command: {command:?}"));
        let status = self.processes.run(&mut command).map_err(|e| {
            format!("cannot run step '{}': {}: {e}", step.name, self.req.guild.display())
        })?;
        if let Some(signal) = self.processes.interrupted() {
            return Ok(-signal);
        }
        if !status.success() {
            let code = status.code().or_else(|| status.signal().map(|signal| -signal));
            return Ok(code.unwrap_or(1) & 0xff);
        }
        if !dir.exists() {
            if !step.checks.is_empty() {
                log(Level::Info, &format!("skipping checks for {}", step.name));
            }
            return Ok(0);
        }
        if !step.checks.is_empty() && !check(&step.checks, &begun.run, &dir) {
            line("guild: stopping because a check failed");
            return Ok(TEST_FAILED);
        }
        Ok(0)
    }

    fn command(&self, step: &Step) -> Command {
        let mut command = Command::new(&self.req.guild);
        command.args(["run", "-y"]).current_dir(&self.req.project_dir);
        command.env("NO_WARN_RUNDIR", "1").env(NESTED, self.nested.to_string());
        if step.isolate_runs {
            command.env("GUILD_RUNS_PARENT", &self.req.run_id);
        }
        command
    }

    /// Takes a link to a step's run away; the run stays.
    fn unlink(&self, link: &str) {
        let path = self.req.run_dir.join(link);
        if !link.is_empty() && path.is_symlink() {
            // If it stays, the step gets another name.
            let _ = fs::remove_file(path);
        }
    }
}

/// Links a run among the pipeline's own files, under a name that is not taken; gives the name.
fn link(run_dir: &Path, step: &str, run: &str) -> io::Result<String> {
    let base = step.replace([' ', ':', '/', '\\'], "-");
    let mut name = base.clone();
    for n in 2_u32.. {
        match symlink(Path::new("..").join(run), run_dir.join(&name)) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => name = format!("{base}_{n}"),
            done => return done.map(|()| name),
        }
    }
    Ok(name)
}
