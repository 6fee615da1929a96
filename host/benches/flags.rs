//! What finding a script's flags costs: `cargo bench -p guild --bench flags`.
//!
//! Runs our binary and Guild AI 0.9.0, where it is installed (`GUILD_ORACLE_BIN`, or the folder
//! where the tests look for it), in turn, and prints the CPU time of each: user plus system time of
//! the process and all its children, the median of the rounds. Neither keeps what it found.
//!
//! `cargo bench -p guild --bench flags -- --rounds 11 --operations 200`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod measure;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::oracle;

/// Burns a second of CPU, as the import of a large library does.
const HEAVY: &str = "import time\nend = time.process_time() + 1\n\
                     while time.process_time() < end:\n    pass\n";

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let at = args.iter().position(|a| a == name);
        at.and_then(|i| args.get(i + 1)?.parse().ok()).unwrap_or(default)
    };
    let (rounds, operations) = (number("--rounds", 3), number("--operations", 200));
    let work = tempfile::tempdir().unwrap();
    let heavy = folder(work.path(), "heavy");
    fs::write(heavy.join("heavy.py"), HEAVY).unwrap();
    fs::write(heavy.join("train.py"), script("import heavy\n", 20)).unwrap();
    let options = folder(work.path(), "options");
    fs::write(options.join("train.py"), script("", 2000)).unwrap();
    let many = folder(work.path(), "many");
    let mut guildfile = String::new();
    for i in 0..operations {
        fs::write(many.join(format!("train_{i}.py")), script("", 5)).unwrap();
        writeln!(guildfile, "op_{i}: {{main: train_{i}, flags-import: all}}").unwrap();
    }
    fs::write(many.join("guild.yml"), guildfile).unwrap();

    let oracle = oracle();
    println!("CPU ms, median of {rounds} rounds, nothing kept from one to the next");
    println!("{:36} {:>9} {:>9} {:>8}", "", "guild", "guildai", "ratio");
    for (name, folder, args) in [
        ("flags behind a slow import", &heavy, "run train.py --help-op"),
        ("--print-cmd behind a slow import", &heavy, "run train.py --print-cmd"),
        ("2,000 options", &options, "run train.py --help-op"),
        (&format!("one of {operations} operations"), &many, "run op_7 --help-op"),
        (&format!("list of {operations} operations"), &many, "ops"),
    ] {
        let ours = median(rounds, Path::new(env!("CARGO_BIN_EXE_guild")), folder, args);
        // It runs every script: that takes minutes.
        let once = if folder == &many { 1 } else { rounds };
        let theirs = oracle.as_ref().map(|oracle| median(once, oracle, folder, args));
        let cell = |v: Option<f64>| v.map(|v| format!("{v:.1}")).unwrap_or_default();
        let ratio = cell(theirs.map(|theirs| theirs / ours));
        println!("{name:36} {:>9} {:>9} {ratio:>8}", cell(Some(ours)), cell(theirs));
    }
}

fn folder(work: &Path, name: &str) -> PathBuf {
    let folder = work.join(name);
    fs::create_dir(&folder).unwrap();
    folder
}

/// A script with this many options.
fn script(first: &str, options: usize) -> String {
    let mut text = format!("{first}import argparse\np = argparse.ArgumentParser()\n");
    for i in 0..options {
        writeln!(text, "p.add_argument('--option-{i}', type=int, default={i}, help='the {i}th')")
            .unwrap();
    }
    text + "p.parse_args()\n"
}

/// The median CPU time in milliseconds.
fn median(rounds: usize, program: &Path, folder: &Path, args: &str) -> f64 {
    let mut times: Vec<_> = (0..rounds)
        .map(|_| {
            let home = tempfile::tempdir().unwrap();
            measure::cpu(
                Command::new(program)
                    .args(args.split(' '))
                    .current_dir(folder)
                    .env("GUILD_HOME", home.path())
                    .env("NO_IMPORT_FLAGS_CACHE", "1")
                    // With it, a new home is given its Python package compiled.
                    .env_remove("PYTHONDONTWRITEBYTECODE"),
            )
        })
        .collect();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}
