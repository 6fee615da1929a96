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

use super::environment::Environment;
use super::execute::Options;
use super::failed;
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

/// Starts the process and stays with it to its end.
///
/// `reader` takes the lines of its output, beside the run's own record.
pub fn start(
    session: &Session,
    operation: &Operation,
    options: &Options,
    prepared: Prepared,
    reader: Option<&mut dyn Lines>,
) -> Result<Exit> {
    let Prepared { run, event, environment } = prepared;
    let run = &run;
    // It is another start: how the last one ended says nothing any more.
    for name in ["exit_status", "stopped"] {
        run.del_attr(name).map_err(failed)?;
    }
    run.set_started().map_err(failed)?;
    let subject = operation.resolved.opref.to_opspec(Some(&session.cwd));
    let [program, args @ ..] = operation.args.as_slice() else {
        return Err(Error::new(format!("error running {subject}: the command is empty")));
    };
    let mut scalars = OutputScalars::for_run(
        &operation.resolved.op.output_scalars,
        operation.flags.keys(),
        &run.guild_path(""),
    );
    let mut readers = Readers(Vec::new());
    readers.0.extend(scalars.as_mut().map(|s| s as &mut dyn Lines));
    readers.0.extend(reader.map(|r| r as &mut dyn Lines));
    let mut spec = Spec::new(program, run.dir());
    spec.args = args.iter().map(OsString::from).collect();
    spec.env = environment.into_iter().collect();
    if !options.quiet {
        spec.env.extend(terminal_size(&spec.env));
    }
    spec.quiet = options.quiet;
    spec.output = Some(OutputFiles::in_dir(run.guild_path("")));
    spec.stop_after = options.stop_after;
    // Who presses Ctrl-C may have hours of work saved now: only a further Ctrl-C kills.
    spec.timing.kill = Duration::MAX;
    // Between the two marks a run would look as if it had failed, so the lock comes first.
    spec.on_started = Some(Box::new(|pid| {
        if let Err(e) = run.lock(pid).and_then(|()| run.clear_pending()) {
            terminal::error(&format!("{e}: stopping the run, which nobody could see"));
            guild_runner::terminate(pid.cast_signed());
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
        let error = Error::new(format!("error running {subject}: {e}"));
        let errno = match e {
            guild_runner::Error::Start { errno, .. } => errno,
            _ => None,
        };
        match errno.map(|n| io::Error::from_raw_os_error(n).kind()) {
            Some(io::ErrorKind::ArgumentListTooLong) => error.hint(too_long(operation)),
            _ => error,
        }
    })?;
    if let Some(scalars) = scalars {
        scalars.finish().iter().for_each(|w| terminal::warning(w));
    }
    finish(session, operation, run, event, exit.exit_status())?;
    Ok(exit)
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
