//! `--background`: a run that goes on when the terminal is closed.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use guild_store::{Run, Status};

use super::Args;
use crate::error::{Error, Result};
use crate::op::Operation;
use crate::session::Session;
use crate::terminal;

/// How long a command waits at most for the run that it has started in the background to begin.
const BEGINS: Duration = Duration::from_secs(5);

/// Leaves the terminal's session, so that neither its end nor Ctrl-C reaches the run.
pub fn detach() {
    // Only the leader of a group cannot leave; then it has a session of its own already.
    let _ = rustix::process::setsid();
}

/// Starts the staged run `run` by a process of its own and says where it is.
pub fn start(session: &Session, args: &Args, operation: &Operation, run: &Run) -> Result<()> {
    let named = match &args.pidfile {
        Some(path) => path.clone(),
        None => env::temp_dir().join(format!("guild-pid-{}", run.short_id())),
    };
    let pidfile = session.cwd.join(&named);
    let cannot = |what: &str, e: std::io::Error| {
        Error::new(format!("cannot run in background: {what}: {e}")).hint(format!(
            "The run is staged: to start the operation, use 'guild run --start {}'.",
            run.id()
        ))
    };
    let mut command = Command::new(&session.program);
    command.arg("-H").arg(session.home()).arg("-C").arg(&session.cwd);
    command.args(["run", "--yes", "--quiet", "--start"]).arg(run.dir());
    command.arg("--background-pidfile").arg(&pidfile);
    if let Some(minutes) = args.stop_after {
        command.arg("--stop-after").arg(minutes.to_string());
    }
    if args.force_deps {
        command.arg("--force-deps");
    }
    if args.keep_run {
        command.arg("--keep-run");
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // The file is there before the process is, which removes it at its end.
    fs::write(&pidfile, "").map_err(|e| cannot(&pidfile.display().to_string(), e))?;
    let mut child = command.spawn().map_err(|e| cannot("guild", e))?;
    if pidfile.exists() {
        write_pid(&pidfile, child.id()).map_err(|e| cannot(&pidfile.display().to_string(), e))?;
    }
    until_started(&mut child, run);
    if !args.quiet {
        terminal::err(&format!(
            "{} started in background as {} (pidfile {})",
            operation.resolved.opref.to_opspec(Some(&session.cwd)),
            run.id(),
            named.display()
        ));
    }
    Ok(())
}

/// Waits until the run is running or at its end, so that the next command finds it so. Where a lot has
/// to be prepared first, that goes on in the background.
fn until_started(child: &mut Child, run: &Run) {
    let end = Instant::now() + BEGINS;
    let waits = || matches!(run.status(), Status::Staged | Status::Pending);
    while waits() && Instant::now() < end && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Into the file as it is: a process that has ended already has removed it.
fn write_pid(pidfile: &PathBuf, pid: u32) -> std::io::Result<()> {
    use std::io::Write;
    match fs::File::options().write(true).open(pidfile) {
        Ok(mut file) => writeln!(file, "{pid}"),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}
