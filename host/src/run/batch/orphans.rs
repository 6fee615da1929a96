//! Processes of trials that were left behind when the batch's guild was killed.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use guild_store::{Run, Status};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::super::place::Claim;

/// How long what is to end has for it, before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Ends what still runs of those trials that no guild stays with, so that they can be run again:
/// nobody would write down how they ended. Gives the ids of the trials.
///
/// A process is a trial's when its environment says so. Where that cannot be read (there is no
/// `/proc`), nothing is ended.
pub fn end_orphans(trials: &[Run]) -> Vec<String> {
    let open = |run: &&Run| !matches!(run.status(), Status::Completed | Status::Staged);
    let mut left: HashMap<&str, &Run> =
        trials.iter().filter(open).map(|run| (run.id(), run)).collect();
    if left.is_empty() {
        return Vec::new();
    }
    // What guild stays with, it has claimed.
    let end = Instant::now() + Claim::LEFT_BEHIND;
    left.retain(|_, run| Claim::of(run, end, || false).is_some());
    let mut orphans: Vec<(Pid, String)> = Vec::new();
    for (pid, id) in processes() {
        if left.contains_key(id.as_str()) {
            orphans.push((pid, id));
        }
    }
    // Guild AI 0.9.0 claims nothing: what it stays with has it as parent.
    let attended: Vec<String> =
        orphans.iter().filter(|(pid, _)| is_child_of_guild(*pid)).map(|o| o.1.clone()).collect();
    orphans.retain(|(_, id)| !attended.contains(id));
    for signal in [Signal::TERM, Signal::KILL] {
        for (pid, _) in &orphans {
            // It may have ended meanwhile.
            let _ = kill_process(*pid, signal);
        }
        let end = Instant::now() + GRACE;
        while Instant::now() < end && orphans.iter().any(|(pid, _)| lives(*pid)) {
            thread::sleep(Duration::from_millis(10));
        }
    }
    let mut ids: Vec<String> = orphans.into_iter().map(|(_, id)| id).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// The processes of runs, each with the run's id.
fn processes() -> Vec<(Pid, String)> {
    let own = rustix::process::getpid();
    let listed = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let mut entries = environment.split(|b| *b == 0);
        let id = entries.find_map(|entry| entry.strip_prefix(b"RUN_ID="))?;
        Some((Pid::from_raw(pid)?, String::from_utf8(id.to_vec()).ok()?))
    })
    .filter(|(pid, _)| *pid != own)
    .collect()
}

fn is_child_of_guild(pid: Pid) -> bool {
    let Some(parent) = guild_runner::parent(pid.as_raw_nonzero().get()) else { return false };
    let words = fs::read(format!("/proc/{parent}/cmdline")).unwrap_or_default();
    words.split(|b| *b == 0).any(|word| {
        let word = String::from_utf8_lossy(word);
        let name = Path::new(&*word).file_name().unwrap_or_default().to_string_lossy();
        name == "guild" || name.starts_with("guild.")
    })
}

/// Whether a process is there, and not only waits for its parent to take note of its end.
fn lives(pid: Pid) -> bool {
    if test_kill_process(pid).is_err() {
        return false;
    }
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let state = stat.ok().and_then(|stat| stat.rsplit_once(')').map(|(_, rest)| rest.to_string()));
    state.is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X']))
}
