//! Whether the process that a run's `LOCK` names is still the run's.
//!
//! Guild AI 0.9.0 only asks whether any process has that number, so a run that was killed with its
//! supervisor reads as running for as long as another process happens to have it. Here the
//! process must also be as old as the lock.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::Pid;
use rustix::time::{ClockId, clock_gettime};

/// By how much a process may seem younger than the lock that was written for it: clock ticks,
/// the disk's time stamps (two seconds on some file systems), a file server's clock.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Whether process `pid` exists and is the one for which run `id` in the directory `dir` was
/// locked at the time `locked`.
pub(crate) fn is_of_run(pid: i32, locked: Option<SystemTime>, id: &str, dir: &Path) -> bool {
    // `Pid` refuses negative numbers with a panic.
    let Some(known) = Pid::from_raw(pid.max(0)) else { return false };
    let proc = Path::new("/proc").join(pid.to_string());
    let Ok(stat) = fs::read(proc.join("stat")) else {
        // Without /proc (macOS) the process table is asked, and a reused number goes unnoticed.
        return !Path::new("/proc/self/stat").exists()
            && rustix::process::test_kill_process(known) != Err(rustix::io::Errno::SRCH);
    };
    if is_zombie(&stat) {
        return false;
    }
    match (started(&stat), locked) {
        (Some(started), Some(locked)) => {
            let at_latest = locked.checked_add(TOLERANCE);
            at_latest.is_none_or(|latest| started <= latest) || bears_id(&proc, id, dir)
        }
        _ => true,
    }
}

/// Whether the process has ended and is only still listed, as happens for long where nobody takes
/// care of orphans: in many a container.
fn is_zombie(stat: &[u8]) -> bool {
    fields(stat).is_some_and(|mut fields| fields.next() == Some("Z"))
}

/// The fields of `/proc/PID/stat` after the second, which is the program's name in parentheses and
/// may hold anything.
fn fields(stat: &[u8]) -> Option<std::str::SplitAsciiWhitespace<'_>> {
    let end = stat.iter().rposition(|b| *b == b')')?;
    Some(std::str::from_utf8(stat.get(end + 1..)?).ok()?.split_ascii_whitespace())
}

/// When the process with this `/proc/PID/stat` was started.
fn started(stat: &[u8]) -> Option<SystemTime> {
    let ticks: u64 = fields(stat)?.nth(19)?.parse().ok()?;
    let hz = rustix::param::clock_ticks_per_second().max(1);
    let since_boot = Duration::from_millis(ticks.saturating_mul(1000) / hz);
    boot_time()?.checked_add(since_boot)
}

/// When the machine was started, by its present idea of the time.
fn boot_time() -> Option<SystemTime> {
    let span = |t: rustix::time::Timespec| {
        Some(Duration::new(u64::try_from(t.tv_sec).ok()?, u32::try_from(t.tv_nsec).ok()?))
    };
    let now = span(clock_gettime(ClockId::Realtime))?;
    UNIX_EPOCH.checked_add(now.checked_sub(span(clock_gettime(ClockId::Boottime))?)?)
}

/// Whether a process that seems too young says itself that it belongs to the run: by its
/// environment or by where it works. It seems so when the machine's clock was set forward, or
/// when the disk's own clock is behind.
fn bears_id(proc: &Path, id: &str, dir: &Path) -> bool {
    let entry = format!("RUN_ID={id}");
    let in_environment = fs::read(proc.join("environ"))
        .is_ok_and(|env| env.split(|b| *b == 0).any(|e| e == entry.as_bytes()));
    in_environment
        || match (fs::read_link(proc.join("cwd")), fs::canonicalize(dir)) {
            (Ok(cwd), Ok(dir)) => cwd.starts_with(dir),
            _ => false,
        }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    struct Sleeper(Child);

    impl Sleeper {
        fn new(configure: impl FnOnce(&mut Command)) -> Sleeper {
            let mut command = Command::new("sleep");
            command.arg("60");
            configure(&mut command);
            Sleeper(command.spawn().unwrap())
        }

        fn is_of_run(&self, locked_ago: u64, dir: &Path) -> bool {
            let locked = SystemTime::now() - Duration::from_secs(locked_ago);
            is_of_run(self.0.id() as i32, Some(locked), "abc", dir)
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_process_as_old_as_the_lock_is_the_runs() {
        let p = Sleeper::new(|_| {});
        assert!(p.is_of_run(0, Path::new("/none")));
        assert!(is_of_run(p.0.id() as i32, None, "abc", Path::new("/none")));
    }

    #[test]
    fn a_younger_process_is_another() {
        assert!(!Sleeper::new(|_| {}).is_of_run(3600, Path::new("/none")));
    }

    #[test]
    fn a_younger_process_that_bears_the_runs_marks_is_the_runs() {
        let with_id = Sleeper::new(|c| {
            c.env("RUN_ID", "abc");
        });
        // `spawn` returns a moment before the new program's environment can be seen.
        let mut tries = (0..100).map(|_| std::thread::sleep(Duration::from_millis(20)));
        assert!(tries.any(|()| with_id.is_of_run(3600, Path::new("/none"))));
        let dir = tempfile::tempdir().unwrap();
        let inside = Sleeper::new(|c| {
            c.current_dir(dir.path());
        });
        assert!(inside.is_of_run(3600, dir.path()));
    }

    #[test]
    fn numbers_that_no_process_has() {
        for pid in [0, -1, i32::MIN, i32::MAX] {
            assert!(!is_of_run(pid, None, "abc", Path::new("/none")), "{pid}");
        }
    }

    #[test]
    fn a_name_full_of_parentheses_is_no_trap() {
        let own = fs::read_to_string("/proc/self/stat").unwrap();
        let rest = &own[own.rfind(')').unwrap()..];
        let odd = format!("1 (a) b (c) 1 2 3 {rest}");
        assert_eq!(started(odd.as_bytes()).is_some(), started(own.as_bytes()).is_some());
        for stat in
            ["", ")", "1 (x", "1 (x) S 1 2", "1 (x) S a a a a a a a a a a a a a a a a a a a"]
        {
            assert_eq!(started(stat.as_bytes()), None);
        }
    }
}
