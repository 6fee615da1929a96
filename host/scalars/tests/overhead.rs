//! What looking for scalars costs. Not checked, only told:
//! `cargo test --release -p guild-scalars --test overhead -- --ignored --nocapture`

#![allow(clippy::unwrap_used, reason = "a test's preparations may fail loudly")]
#![allow(clippy::print_stderr, reason = "tells what it measured")]

use std::time::Instant;

use guild_plugin_api::Value;
use guild_runner::{Lines, Stream};
use guild_scalars::OutputScalars;
use guild_scalars::summary::for_run;

const LINES: usize = 200_000;

#[test]
#[ignore = "measures"]
fn two_hundred_thousand_lines() {
    let flags = ["lr", "batch_size"];
    let pattern = Value::str(r"^(\key):\s+(\value)");
    let look_around = Value::str(r"(?<=: )(\d+\.\d+)(?! %)");
    for (name, config, line) in [
        ("scalars, by default", &Value::Null, "loss: 0.123456\n"),
        ("scalars with steps, by default", &Value::Null, "loss: 0.123456 (step 17)\n"),
        ("other lines, by default", &Value::Null, "Reading 17 files of the data set ...\n"),
        ("scalars, by a pattern", &pattern, "loss: 0.123456\n"),
        ("other lines, by a pattern", &pattern, "Reading 17 files of the data set ...\n"),
        ("scalars, by looking around", &look_around, "loss: 0.123456\n"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let started = Instant::now();
        let mut scalars = OutputScalars::for_run(config, flags, dir.path()).unwrap();
        for i in 0..LINES {
            scalars.line(line.as_bytes(), Stream::Stdout);
            if i % 2000 == 0 {
                scalars.flush();
            }
        }
        assert!(scalars.finish().is_empty());
        let wrote = started.elapsed();
        let started = Instant::now();
        let count: i64 = for_run(dir.path()).iter().map(|s| s.count).sum();
        eprintln!("{name:32} {wrote:>12?}, reading {count:6} back {:>12?}", started.elapsed());
    }
}
