//! The process of a run, from its start to what is written down about its end.

use std::env;
use std::ffi::OsString;
use std::io;
use std::time::Duration;

use guild_plugin_api::Value;
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{RunChanges, RunEvent};
use guild_runner::{Exit, Lines, OutputFiles, Spec, Stream};
use guild_scalars::OutputScalars;
use guild_store::Run;
use rustix::termios::tcgetwinsize;

use super::batch::STOPPED_EARLY;
use super::environment::Environment;
use super::execute::Options;
use super::failed;
use super::place::Claim;
use crate::error::{Error, Result};
use crate::op::Operation;
use crate::session::Session;
use crate::terminal;

/// A run whose folder is complete.
pub struct Prepared {
    /// The run.
    pub run: Run,
    /// What plugins are told about it.
    pub event: RunEvent,
    /// The environment of its process.
    pub environment: Environment,
    /// What keeps others from starting it.
    pub claim: Claim,
}

/// Several readers of one output.
struct Readers<'a>(Vec<&'a mut dyn Lines>);

impl Lines for Readers<'_> {
    fn line(&mut self, line: &[u8], stream: Stream) {
        self.0.iter_mut().for_each(|reader| reader.line(line, stream));
    }

    fn flush(&mut self) {
        self.0.iter_mut().for_each(|reader| reader.flush());
    }
}

/// A run whose process can be started: all that a thread of its own needs to do it.
pub struct Launch {
    run: Run,
    event: RunEvent,
    args: Vec<String>,
    environment: Environment,
    scalars: Option<OutputScalars>,
    subject: String,
    too_long: String,
    quiet: bool,
    stop_after: Option<Duration>,
    /// Held until the end is written down.
    _claim: Claim,
}

/// Who stays with a process.
#[derive(Default)]
pub struct Attendance<'a> {
    /// Takes the lines of its output, beside the run's own record.
    pub reader: Option<&'a mut dyn Lines>,
    /// Whether the output is left to the reader, which shows it in its own way.
    pub silent: bool,
    /// Told the number of the process as soon as there is one.
    pub on_started: Option<Box<dyn FnOnce(u32) + 'a>>,
    /// Says whether it may go on ([`Spec::judge`]).
    pub judge: Option<Box<dyn FnMut() -> Option<Duration> + 'a>>,
}

/// Makes a prepared run's process ready to be started.
pub fn launch(
    session: &Session,
    operation: &Operation,
    options: &Options,
    prepared: Prepared,
) -> Result<Launch> {
    let Prepared { run, event, environment, claim } = prepared;
    // It is another start: how the last one ended says nothing any more.
    for name in ["exit_status", "stopped", STOPPED_EARLY] {
        run.del_attr(name).map_err(failed)?;
    }
    run.clear_stop().map_err(failed)?;
    run.set_started().map_err(failed)?;
    let scalars = OutputScalars::for_run(
        &operation.resolved.op.output_scalars,
        operation.flags.keys(),
        &run.guild_path(""),
    );
    Ok(Launch {
        run,
        event,
        args: operation
            .shortcuts
            .iter()
            .find_map(|shortcut| shortcut.of(&operation.args))
            .unwrap_or_else(|| operation.args.clone()),
        environment,
        scalars,
        subject: operation.resolved.opref.to_opspec(Some(&session.cwd)),
        too_long: too_long(operation),
        quiet: options.quiet,
        stop_after: options.stop_after,
        _claim: claim,
    })
}

impl Launch {
    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Starts the process and stays with it to its end.
    pub fn attend(&mut self, attendance: Attendance) -> Result<Exit> {
        let run = &self.run;
        let [program, args @ ..] = self.args.as_slice() else {
            return Err(Error::new(format!(
                "error running {}: the command is empty",
                self.subject
            )));
        };
        let mut readers = Readers(Vec::new());
        readers.0.extend(self.scalars.as_mut().map(|s| s as &mut dyn Lines));
        readers.0.extend(attendance.reader.map(|r| r as &mut dyn Lines));
        let mut spec = Spec::new(program, run.dir());
        spec.args = args.iter().map(OsString::from).collect();
        spec.env = std::mem::take(&mut self.environment).into_iter().collect();
        spec.quiet = self.quiet || attendance.silent;
        if !spec.quiet {
            spec.env.extend(terminal_size(&spec.env));
        }
        spec.hush = attendance.silent;
        spec.output = Some(OutputFiles::in_dir(run.guild_path("")));
        spec.stop_after = self.stop_after;
        spec.judge = attendance.judge;
        // Who presses Ctrl-C may have hours of work saved now: only a further Ctrl-C kills.
        spec.timing.kill = Duration::MAX;
        // Between the two marks a run would look as if it had failed, so the lock comes first.
        spec.on_started = Some(Box::new(|pid| {
            if let Err(e) = run.lock(pid).and_then(|()| run.clear_pending()) {
                terminal::error(&format!("{e}: stopping the run, which nobody could see"));
                guild_runner::terminate(pid.cast_signed());
            }
            if let Some(on_started) = attendance.on_started {
                on_started(pid);
            }
        }));
        spec.on_line = (!readers.0.is_empty()).then_some(&mut readers as &mut dyn Lines);
        spec.on_notice = Some(Box::new(|notice| match notice.level() {
            guild_runner::Level::Info => terminal::err(&notice.to_string()),
            guild_runner::Level::Warning => terminal::warning(&notice.to_string()),
        }));
        for warning in spec.apply_env(|name| env::var(name).ok()) {
            terminal::warning(&warning);
        }
        let exit = guild_runner::run(spec).map_err(|e| {
            let error = Error::new(format!("error running {}: {e}", self.subject));
            let errno = match e {
                guild_runner::Error::Start { errno, .. } => errno,
                _ => None,
            };
            match errno.map(|n| io::Error::from_raw_os_error(n).kind()) {
                Some(io::ErrorKind::ArgumentListTooLong) => error.hint(&self.too_long),
                Some(io::ErrorKind::NotFound) if program.contains('/') => {
                    error.did_you_mean(guild_flags::nearest_path(run.dir(), program.as_ref()))
                }
                _ => error,
            }
        })?;
        if let Some(scalars) = self.scalars.take() {
            scalars.finish().iter().for_each(|w| terminal::warning(w));
        }
        Ok(exit)
    }

    /// Writes down how the run ended.
    pub fn finish(self, session: &Session, operation: &Operation, exit_status: i32) -> Result<()> {
        finish(session, operation, &self.run, self.event, exit_status)
    }
}

/// The size of the terminal that the output is copied to, which the process cannot ask its pipes for:
/// without it progress bars guess how much room they have. What the environment says already stays.
///
/// Not a part of the run's kept environment: it is of this start's terminal.
fn terminal_size(env: &[(OsString, OsString)]) -> Vec<(OsString, OsString)> {
    let size = tcgetwinsize(io::stderr()).or_else(|_| tcgetwinsize(io::stdout()));
    let Ok(size) = size else { return Vec::new() };
    let sizes = [("COLUMNS", size.ws_col), ("LINES", size.ws_row)];
    let told = |name: &str| env.iter().any(|(told, _)| told == name);
    let said = sizes.into_iter().filter(|(name, number)| *number > 0 && !told(name));
    said.map(|(name, number)| (name.into(), number.to_string().into())).collect()
}

/// What to do about a command that the system does not take because of its length.
fn too_long(operation: &Operation) -> String {
    let length = |value: &Value| guild_flags::value::encode(value).len();
    match operation.flags.iter().map(|(name, value)| (length(value), name)).max() {
        Some((bytes, name)) => format!(
            "The longest value is that of flag '{name}', {bytes} bytes: put it into a file and \
             name the file instead."
        ),
        None => "Its arguments and its environment together are too long.".into(),
    }
}

/// Writes down how the run ended.
fn finish(
    session: &Session,
    operation: &Operation,
    run: &Run,
    mut event: RunEvent,
    exit_status: i32,
) -> Result<()> {
    if !run.guild_path("").is_dir() {
        terminal::warning("run directory has been deleted, unable to finalize");
        return Ok(());
    }
    let written = run.finish(exit_status).map_err(failed);
    event.exit_status = Some(exit_status);
    // The run is over and kept: a plugin that fails now changes nothing about how it ended.
    if let Err(e) = tell_plugins(session, operation, hooks::RUN_STOPPED, &event, run) {
        terminal::warning(&e.message);
    }
    written
}

/// Attributes that are the host's to write.
const OWN: [&str; 9] =
    ["id", "initialized", "started", "stopped", "exit_status", "cmd", "deps", "env", "flags"];

/// The attribute with what is needed to make the command again: plugins may add to it.
const OP: &str = "op";

/// Tells the operation's plugins about the run and writes what they want written.
pub fn tell_plugins(
    session: &Session,
    operation: &Operation,
    hook: &str,
    event: &RunEvent,
    run: &Run,
) -> Result<()> {
    for plugin in &operation.plugins {
        let changes: Option<RunChanges> = session.call(plugin, hook, event)?;
        for (name, value) in changes.unwrap_or_default().attrs {
            let Some(name) = name.as_str() else { continue };
            if OWN.contains(&name) {
                terminal::warning(&format!("plugin '{plugin}' may not set attribute '{name}'"));
                continue;
            }
            let held = run.attr(name).ok().flatten();
            let value = match (name, held) {
                (OP, Some(held @ Value::Map(_))) if value.as_map().is_some() => {
                    merged(Some(value), held)
                }
                (OP, _) => {
                    terminal::warning(&format!(
                        "plugin '{plugin}' may only add to attribute '{OP}'"
                    ));
                    continue;
                }
                (_, held) => merged(held, value),
            };
            run.set_attr(name, &value).map_err(failed)?;
        }
    }
    Ok(())
}

/// A map goes into the map that is there; anything else replaces it.
fn merged(held: Option<Value>, value: Value) -> Value {
    match (held, value) {
        (Some(Value::Map(mut held)), Value::Map(more)) => {
            for (name, value) in more {
                held.insert(name, value);
            }
            Value::Map(held)
        }
        (_, value) => value,
    }
}
