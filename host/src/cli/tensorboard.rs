//! `guild tensorboard`: runs in TensorBoard, which the user has installed.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guild_flags::{label, value};
use guild_plugin_api::Value;
use guild_scalars::events;
use guild_store::format::Context;
use guild_store::{Run, batch, paths};
use indexmap::IndexMap;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::filters::FilterArgs;
use super::runs::selected;
use crate::error::{Error, Result};
use crate::logdir;
use crate::session::Session;
use crate::terminal;

/// How often it is looked whether TensorBoard has ended.
const LOOK: Duration = Duration::from_millis(100);

/// Visualize runs with TensorBoard.
///
/// TensorBoard is started on the runs that match the filters, and shown in a browser. It follows the
/// runs until Ctrl-C. Its program, tensorboard, is looked for on PATH and in the environment of the
/// current directory (.venv or venv).
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// The runs to show.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    /// Name of host interface to listen on.
    #[arg(short = 'h', long, value_name = "HOST", default_value = "0.0.0.0")]
    host: String,

    /// Port to listen on; a free one if none is given.
    #[arg(short, long, value_name = "PORT")]
    port: Option<u16>,

    /// Include batch runs.
    #[arg(long)]
    include_batch: bool,

    /// Refresh interval (defaults to 5 seconds).
    #[arg(long, value_name = "SECONDS", default_value = "5", hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86400))]
    refresh_interval: u64,

    /// Comma or space delimited list of flags used for run names.
    #[arg(long, value_name = "FLAGS")]
    run_name_flags: Option<String>,

    /// Don't open TensorBoard in a browser.
    #[arg(short, long)]
    no_open: bool,

    /// An option that is passed through to TensorBoard as --OPTION=VALUE. May be used multiple
    /// times.
    #[arg(short = 'O', value_name = "OPTION=VALUE")]
    options: Vec<String>,

    /// Don't include run images as TF summaries, which guild never does.
    #[arg(long)]
    skip_images: bool,

    /// Don't generate HParam TF summaries, which guild never does.
    #[arg(long)]
    skip_hparams: bool,

    /// Open with an initially selected tab.
    #[arg(long, value_name = "TAB")]
    tab: Option<String>,

    /// Export all scalars for a run to a CSV file. Use '-' to write to standard output.
    #[arg(long, value_name = "PATH")]
    export_scalars: Option<PathBuf>,

    /// Don't delete the log directory on exit.
    #[arg(long, hide = true)]
    keep_logdir: bool,

    /// Prepare the log directory and exit.
    #[arg(long, hide = true)]
    test_logdir: bool,

    #[command(flatten)]
    filters: FilterArgs,

    /// Show this message and exit.
    // The letter is taken by --host.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    if let Some(path) = &args.export_scalars {
        return export(session, &runs(session, args)?, path);
    }
    if let Some(option) = args.options.iter().find(|option| !option.contains('=')) {
        let option = value::repr(option);
        return Err(Error::new(format!(
            "invalid TensorBoard option {option} - must be OPTION=VALUE"
        )));
    }
    let program = if args.test_logdir { PathBuf::new() } else { program(session)? };
    let failed = |e: std::io::Error| Error::new(format!("cannot prepare the log directory: {e}"));
    let mut folder =
        tempfile::Builder::new().prefix("guild-tensorboard-").tempdir().map_err(failed)?;
    folder.disable_cleanup(args.keep_logdir || args.test_logdir);
    let logdir = folder.path();
    terminal::out("Preparing runs for TensorBoard");
    let refresh = || logdir::refresh(logdir, &named(session, args)?).map_err(failed);
    refresh()?;
    if args.test_logdir {
        terminal::out(&format!("Initialized log dir {}", logdir.display()));
        return Ok(());
    }
    serve(session, args, &program, logdir, refresh)?;
    if args.keep_logdir {
        terminal::out(&format!("TensorBoard logs saved in {}", logdir.display()));
    }
    Ok(())
}

fn runs(session: &Session, args: &Args) -> Result<Vec<Run>> {
    let mut runs = selected(session, &args.filters, &args.runs, false)?;
    runs.retain(|run| args.include_batch || !batch::is_batch(run));
    Ok(runs)
}

/// The runs and the names under which they are shown.
fn named(session: &Session, args: &Args) -> Result<Vec<(Run, String)>> {
    let context = Context::of_process(&session.cwd);
    let name = |run: Run| {
        let label = match &args.run_name_flags {
            Some(flags) => flag_label(&run, flags),
            None => match run.attr("label") {
                Ok(Some(label)) => value::text(&label),
                _ => String::new(),
            },
        };
        let name = logdir::run_name(&run, &label, &context);
        (run, name)
    };
    Ok(runs(session, args)?.into_iter().map(name).collect())
}

/// `lr=0.1 x=2`, of the flags that are named.
fn flag_label(run: &Run, names: &str) -> String {
    let names = names.split([' ', ',']).filter(|name| !name.is_empty());
    let template: Vec<String> = names.map(|name| format!("{name}=${{{name}}}")).collect();
    if template.is_empty() {
        return String::new();
    }
    let flags: IndexMap<String, Value> = match run.attr("flags") {
        Ok(Some(Value::Map(flags))) => {
            flags.iter().map(|(name, value)| (value::text(name), value.clone())).collect()
        }
        _ => IndexMap::new(),
    };
    label::render_label(Some(&template.join(" ")), &flags)
}

/// The user's TensorBoard.
fn program(session: &Session) -> Result<PathBuf> {
    let near = [".venv/bin", "venv/bin"].map(|dir| session.cwd.join(dir));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut programs =
        near.into_iter().chain(env::split_paths(&path)).map(|d| d.join("tensorboard"));
    programs.find(|program| program.is_file()).ok_or_else(|| {
        Error::new("cannot find TensorBoard: there is no program 'tensorboard' on PATH")
            .hint("Install it with 'pip install tensorboard' and try again.")
            .hint("Without it, 'guild compare' shows scalars, and --export-scalars writes them.")
    })
}

/// Runs TensorBoard to its end, and keeps the log directory in step with the runs.
fn serve(
    session: &Session,
    args: &Args,
    program: &Path,
    logdir: &Path,
    refresh: impl Fn() -> Result<()>,
) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|e| Error::new(format!("cannot watch for signals: {e}")))?;
    }
    let free = || TcpListener::bind((args.host.as_str(), 0)).and_then(|l| l.local_addr());
    let port = match args.port.filter(|port| *port > 0) {
        Some(port) => port,
        None => {
            free().map_err(|e| Error::new(format!("cannot listen on {}: {e}", args.host)))?.port()
        }
    };
    let mut child = Command::new(program)
        .arg("--logdir")
        .arg(logdir)
        .args(["--host", &args.host, "--port", &port.to_string()])
        .args(["--reload_interval", &args.refresh_interval.to_string()])
        .args(args.options.iter().map(|option| format!("--{option}")))
        .current_dir(&session.cwd)
        .spawn()
        .map_err(|e| Error::new(format!("cannot start {}: {e}", program.display())))?;
    let interval = Duration::from_secs(args.refresh_interval);
    let (mut refreshed, mut opened) = (Instant::now(), args.no_open);
    let status = loop {
        if let Ok(Some(status)) = child.try_wait() {
            break status;
        }
        if stop.load(Ordering::Relaxed) {
            end(&mut child);
            return Ok(());
        }
        if !opened && TcpStream::connect(("127.0.0.1", port)).is_ok() {
            open_browser(args, port);
            opened = true;
        }
        if refreshed.elapsed() >= interval {
            if let Err(e) = refresh() {
                terminal::warning(&e.message);
            }
            refreshed = Instant::now();
        }
        thread::sleep(LOOK);
    };
    match status.success() || stop.load(Ordering::Relaxed) {
        true => Ok(()),
        false => Err(Error::new(format!("TensorBoard ended with {status}"))),
    }
}

/// Asks TensorBoard to end, and ends it if it does not.
fn end(child: &mut Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(LOOK);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn open_browser(args: &Args, port: u16) {
    let host = if args.host == "0.0.0.0" { "localhost" } else { &args.host };
    let tab = args.tab.as_ref().map(|tab| format!("#{tab}")).unwrap_or_default();
    let url = format!("http://{host}:{port}/{tab}");
    let system = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = || Stdio::null();
    let started = Command::new(system).arg(&url).stdout(quiet()).stderr(quiet()).spawn();
    match started {
        // Whatever becomes of it, TensorBoard is there.
        Ok(mut browser) => drop(thread::spawn(move || browser.wait())),
        Err(_) => terminal::err(&format!("TensorBoard is at {url}")),
    }
}

/// All scalars of the runs as they were logged.
fn export(session: &Session, runs: &[Run], path: &Path) -> Result<()> {
    let failed =
        |e: &dyn std::fmt::Display| Error::new(format!("error opening {}: {e}", path.display()));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(["run", "path", "tag", "value", "step"]).map_err(|e| failed(&e))?;
    for run in runs {
        for file in logdir::event_files(run) {
            let folder = paths::relative(file.parent().unwrap_or(&file), run.dir());
            let folder = folder.display().to_string();
            let mut rows = Vec::new();
            let read = events::read(&file, |tag, value, step| {
                rows.push([tag.to_string(), value::text(&value.into()), step.to_string()]);
            });
            if let Err(e) = read {
                terminal::warning(&format!("cannot read {}: {e}", file.display()));
            }
            for [tag, value, step] in rows {
                writer
                    .write_record([run.id(), &folder, &tag, &value, &step])
                    .map_err(|e| failed(&e))?;
            }
        }
    }
    let text = writer.into_inner().map_err(|e| failed(&e))?;
    if path == Path::new("-") {
        terminal::print(&String::from_utf8_lossy(&text));
        return Ok(());
    }
    let path = session.cwd.join(path);
    let written = path.parent().map_or(Ok(()), fs::create_dir_all);
    written.and_then(|()| fs::write(&path, text)).map_err(|e| failed(&e))
}
