//! What copying costs. Not a test but a measurement:
//! `cargo test --release -p guild-sourcecode --test cost -- --ignored --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test's preparations may fail loudly"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use guild_sourcecode::{Select, copy, default_rules, vcs};

fn measure(name: &str, rounds: u32, mut work: impl FnMut(u32)) {
    let mut times: Vec<_> = (0..rounds)
        .map(|round| {
            let start = Instant::now();
            work(round);
            start.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    eprintln!("{name}: {} µs, at best {} µs", times[times.len() / 2], times[0]);
}

fn measure_project(kind: &str, project: &Path, rounds: u32) {
    let runs = tempfile::tempdir().unwrap();
    measure(&format!("{kind}: rules"), rounds, |_| {
        default_rules(project, &[]).unwrap();
    });
    let select = Select::new(default_rules(project, &[]).unwrap().rules);
    measure(&format!("{kind}: copy"), rounds, |round| {
        copy(project, &runs.path().join(round.to_string()), &select, &[]).unwrap();
    });
    measure(&format!("{kind}: commit"), rounds, |_| {
        vcs::commit(project).unwrap();
    });
    measure(&format!("{kind}: all, at once where it can be"), rounds, |round| {
        let commit = vcs::begin(project);
        let select = Select::new(default_rules(project, &[]).unwrap().rules);
        copy(project, &runs.path().join(format!("all-{round}")), &select, &[]).unwrap();
        commit.finish().unwrap();
    });
}

#[test]
#[ignore = "a measurement"]
fn cost() {
    let project = tempfile::tempdir().unwrap();
    let text = "def f(x):\n    return x + 1\n".repeat(60);
    for name in ["train.py", "model.py", "README.md"] {
        fs::write(project.path().join(name), &text).unwrap();
    }
    measure_project("3 files", project.path(), 200);
    for args in [&["init", "-q"][..], &["add", "."]] {
        Command::new("git").args(args).current_dir(project.path()).status().unwrap();
    }
    let commit = ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"];
    Command::new("git").args(commit).current_dir(project.path()).status().unwrap();
    measure_project("3 files in git", project.path(), 50);

    let large = tempfile::tempdir().unwrap();
    for at in 0..2000 {
        let folder = large.path().join(format!("{}", at % 40));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{at}.py")), &text).unwrap();
    }
    Command::new("git").args(["init", "-q"]).current_dir(large.path()).status().unwrap();
    measure_project("2000 files in git", large.path(), 5);
}
