//! `guild watch`: shows a run's output as it comes.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use guild_store::{Run, Status, select};

use super::filters::CommonFilterArgs;
use super::refused;
use super::runs::not_selected;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// How often a run is looked at.
const PAUSE: Duration = Duration::from_millis(100);
/// How long guild may take to write down how a run ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// Watch run output.
///
/// By default, the output of the latest run that is running is shown until the run ends. What RUN
/// names is shown even when it is not running any more.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run: an ID, the start of one, or a one-based index into the list of runs.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    #[command(flatten)]
    filters: CommonFilterArgs,

    /// Watch the run associated with the specified process. PID may be a process ID or a path to a
    /// file containing a process ID.
    #[arg(short, long, value_name = "PID")]
    pid: Option<String>,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let all = session.index().runs().map_err(|e| Error::new(e.to_string()))?;
    let run = if let Some(pid) = args.pid.as_deref().filter(|pid| !pid.is_empty()) {
        if args.run.is_some() || args.filters.is_used() {
            return Err(Error::new("--pid may not be used with other options"));
        }
        run_of_process(&all, pid)?
    } else if let Some(spec) = &args.run {
        let runs = args.filters.apply(session, all, &[])?;
        select::select_one(&runs, Some(spec)).map_err(|e| not_selected(&e, &session.command))?
    } else {
        let running = args.filters.apply(session, all, &[Status::Running])?;
        running.into_iter().next().ok_or_else(|| {
            Error::new("nothing to watch")
                .hint("You can view the output of a specific run using 'guild watch RUN'.")
        })?
    };
    watch(&run)
}

/// The run whose process has the number `pid` or writes it to the file `pid`, or is a child of it.
fn run_of_process(runs: &[Run], pid: &str) -> Result<Run> {
    let path = Path::new(pid);
    if let Some(dir) = path.to_str().and_then(|p| p.strip_suffix("/.guild/JOB")) {
        return Ok(Run::at(dir));
    }
    let number =
        match fs::read_to_string(path) {
            Ok(text) => {
                text.lines().next().unwrap_or_default().trim().parse().map_err(|_| {
                    Error::new(format!("pidfile {pid} does not contain a valid pid"))
                })?
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                pid.parse::<i32>().map_err(|_| Error::new(format!("{pid} does not exist")))?
            }
            Err(e) => return Err(Error::new(format!("cannot read {pid}: {e}"))),
        };
    let is_meant = |run: &&Run| {
        run.pid().is_some_and(|own| own == number || guild_runner::parent(own) == Some(number))
    };
    let found = runs.iter().find(is_meant).cloned();
    found.ok_or_else(|| Error::new(format!("cannot find run for pid {number}")))
}

fn watch(run: &Run) -> Result<()> {
    if std::env::var("NO_WATCHING_MSG").as_deref() != Ok("1") {
        terminal::err(&format!("Watching run {}", run.id()));
    }
    let mut output = Output { path: run.guild_path("output"), file: None };
    let (mut seen_running, mut ended) = (false, None);
    loop {
        // Looked at before the output is: what comes later than the end is shown, too.
        let over = !matches!(run.status(), Status::Running | Status::Pending);
        if !output.show().map_err(|e| Error::new(format!("cannot show the output: {e}")))? {
            return Ok(());
        }
        // Between the end of a process and what is written down about it a run reads as failed.
        let unsettled = seen_running && run.pid().is_some() && !run.has_attr("exit_status");
        if over && !unsettled {
            break;
        }
        if over && ended.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
            terminal::warning(&format!("exit status for {} not written", run.id()));
            break;
        }
        seen_running |= !over;
        thread::sleep(PAUSE);
    }
    let status = run.status();
    terminal::err(&format!("Run {} stopped with a status of '{status}'", run.id()));
    Ok(())
}

/// A run's output, as far as it was not shown yet.
struct Output {
    path: std::path::PathBuf,
    file: Option<File>,
}

impl Output {
    /// Shows what is new; false when nobody reads it any more.
    fn show(&mut self) -> io::Result<bool> {
        if self.file.is_none() {
            match File::open(&self.path) {
                Ok(file) => self.file = Some(file),
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(true),
                Err(e) => return Err(e),
            }
        }
        self.file.as_mut().map_or(Ok(true), terminal::follow)
    }
}
