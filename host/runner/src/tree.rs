//! A process with all that descend from it.

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

/// Kills a process and everything that descends from it, as `util.kill_process_tree` does with
/// `force`.
pub(crate) fn kill(root: Pid) {
    send(root, Signal::KILL);
}

/// Asks a process and everything that descends from it to end, as Guild AI 0.9.0 does before it
/// deletes a run that is still running. `pid` is what the run's lock file says.
pub fn terminate(pid: i32) {
    if let Some(root) = Pid::from_raw(pid) {
        send(root, Signal::TERM);
    }
}

/// The process that started this one, or that took it over; none when there is no such process.
pub fn parent(pid: i32) -> Option<i32> {
    let child = Pid::from_raw(pid.max(0))?;
    let parents = parents();
    let (_, parent) = parents.iter().find(|(pid, _)| *pid == child)?;
    Some(parent.as_raw_nonzero().get())
}

/// The processes are those of this moment, and `root` goes first.
fn send(root: Pid, signal: Signal) {
    // Looked up before the first signal: what loses its parent cannot be found by it any more.
    let family = descendants(root, &parents());
    for pid in std::iter::once(root).chain(family) {
        // It may have ended meanwhile.
        let _ = kill_process(pid, signal);
    }
}

fn descendants(root: Pid, parents: &[(Pid, Pid)]) -> Vec<Pid> {
    let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
    for (pid, parent) in parents {
        children.entry(*parent).or_default().push(*pid);
    }
    let mut family = Vec::new();
    let mut generation = vec![root];
    while let Some(pid) = generation.pop() {
        let born = children.remove(&pid).unwrap_or_default();
        family.extend(&born);
        generation.extend(born);
    }
    family
}

/// Every process with its parent.
fn parents() -> Vec<(Pid, Pid)> {
    let listed: Vec<_> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let pid = pid(name.to_str()?)?;
            let stat = fs::read_to_string(format!("/proc/{pid}/stat", pid = pid.as_raw_nonzero()));
            Some((pid, parent_in_stat(&stat.ok()?)?))
        })
        .collect();
    if !listed.is_empty() {
        return listed;
    }
    // No /proc, as on macOS.
    let Ok(ps) = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output() else {
        return Vec::new();
    };
    String::from_utf8_lossy(&ps.stdout)
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((pid(words.next()?)?, pid(words.next()?)?))
        })
        .collect()
}

fn pid(text: &str) -> Option<Pid> {
    text.parse().ok().and_then(Pid::from_raw)
}

/// The fourth field. The second is the program's name in parentheses, which may hold anything.
fn parent_in_stat(stat: &str) -> Option<Pid> {
    let (_, rest) = stat.rsplit_once(')')?;
    pid(rest.split_whitespace().nth(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_is_no_obstacle() {
        assert_eq!(parent_in_stat("12 (a) b (c)) S 7 12 12 0"), pid("7"));
        assert_eq!(parent_in_stat("12 (a S 7"), None);
        assert_eq!(parent_in_stat("1 (init) S 0 1"), None);
    }

    #[test]
    fn all_generations_are_found() {
        let p = |n| Pid::from_raw(n).unwrap();
        let parents = [(p(2), p(1)), (p(3), p(2)), (p(4), p(2)), (p(5), p(4)), (p(6), p(1))];
        let mut family = descendants(p(2), &parents);
        family.sort_by_key(|pid| pid.as_raw_nonzero());
        assert_eq!(family, [p(3), p(4), p(5)]);
    }

    #[test]
    fn this_process_is_listed() {
        let me = rustix::process::getpid();
        assert!(parents().iter().any(|(pid, _)| *pid == me));
        let parent = rustix::process::getppid().map(|p| p.as_raw_nonzero().get());
        assert_eq!(super::parent(me.as_raw_nonzero().get()), parent);
        assert_eq!(super::parent(-1), None);
    }
}
