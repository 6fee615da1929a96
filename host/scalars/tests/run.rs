//! Output scalars of a real process.

#![allow(clippy::unwrap_used, reason = "a test's preparations may fail loudly")]

use guild_plugin_api::Value;
use guild_runner::{OutputFiles, Spec, run};
use guild_scalars::OutputScalars;
use guild_scalars::summary::{Point, for_run};

fn scalars_of(script: &str) -> (Vec<(String, Point)>, usize) {
    let dir = tempfile::tempdir().unwrap();
    let guild_dir = dir.path().join(".guild");
    std::fs::create_dir(&guild_dir).unwrap();
    let mut scalars = OutputScalars::for_run(&Value::Null, ["lr"], &guild_dir).unwrap();
    let mut spec = Spec::new("/bin/sh", dir.path());
    spec.args = vec!["-c".into(), script.into()];
    spec.env = vec![("PATH".into(), std::env::var_os("PATH").unwrap())];
    spec.output = Some(OutputFiles::in_dir(&guild_dir));
    spec.quiet = true;
    spec.on_line = Some(&mut scalars);
    assert_eq!(run(spec).unwrap().exit_status(), 0);
    assert!(scalars.finish().is_empty());
    let files = guild_dir.read_dir().unwrap().count();
    (for_run(dir.path()).into_iter().map(|s| (s.key(), s.last)).collect(), files)
}

#[test]
fn both_streams_tell_scalars() {
    let script = "echo 'lr: 0.1'; echo 'loss: 2 (step 1)'; sleep .05; echo 'step: 2' >&2; \
                  sleep .05; echo 'loss: 1'; printf 'acc: 0.5'";
    let (found, _) = scalars_of(script);
    let point = |value, step| Point { value, step };
    assert_eq!(found, [("acc".into(), point(0.5, 2)), ("loss".into(), point(1.0, 2))]);
}

#[test]
fn scalars_are_in_the_file_while_the_process_runs() {
    // The process looks for itself: three files are its output, its index and the events.
    let script = "echo 'loss: 1'; for i in 1 2 3 4 5 6 7 8 9; do sleep .05; \
                  grep -qs loss .guild/events.* && exit 0; done; exit 1";
    assert_eq!(scalars_of(script).1, 3);
}

#[test]
fn without_scalars_there_is_no_event_file() {
    assert_eq!(scalars_of("echo hello; echo lr: 1"), (vec![], 2));
}
