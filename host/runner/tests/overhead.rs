//! What copying costs guild. Not checked, only told:
//! `cargo test --release -p guild-runner --test overhead -- --ignored --nocapture`

#![allow(clippy::unwrap_used, reason = "a test's preparations may fail loudly")]

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use guild_runner::{OutputFiles, Spec, Stream, run};

const LINES: usize = 1_000_000;

/// How long this thread has been on a processor (Linux only).
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

#[test]
#[ignore = "measures"]
fn a_million_lines() {
    let dir = tempfile::tempdir().unwrap();
    let text: String = (0..LINES).map(|i| format!("step {i}: loss: 0.123456 acc: 0.9\n")).collect();
    fs::write(dir.path().join("text"), &text).unwrap();
    let null = File::options().write(true).open("/dev/null").unwrap();
    let one_by_one = "import os\nline = b'step 123456: loss: 0.123456 acc: 0.9\\n'\n\
                      for _ in range(1000000): os.write(1, line)";
    for (name, script) in [
        ("by cat", "cat text".to_string()),
        ("by cat through a slow pipe", "cat text | cat".to_string()),
        ("by one write a line", format!("exec python3 -c \"{one_by_one}\"")),
        ("no output", ":".to_string()),
    ] {
        for lines in [false, true] {
            let mut bytes = 0;
            let mut on_line = |line: &[u8], _: Stream| bytes += line.len();
            let mut spec = Spec::new("/bin/sh", dir.path());
            spec.args = vec!["-c".into(), (&script).into()];
            spec.env = vec![("PATH".into(), std::env::var_os("PATH").unwrap())];
            spec.output = Some(OutputFiles::in_dir(dir.path()));
            spec.stdout = null.as_fd();
            if lines {
                spec.on_line = Some(&mut on_line);
            }
            let (before, started) = (cpu(), Instant::now());
            assert_eq!(run(spec).unwrap().exit_status(), 0);
            let (used, took) = (cpu() - before, started.elapsed());
            let index = fs::metadata(dir.path().join("output.index")).unwrap().len();
            assert!(index == 0 || index == 9 * LINES as u64);
            eprintln!("{name:28} lines seen: {lines:5} cpu {used:>12?} of {took:>12?}");
        }
    }
}
