//! What commands on many runs cost: `cargo bench -p guild --bench store`.
//!
//! Makes runs in a home for our binary, and the same in one for Guild AI 0.9.0 where it is installed
//! (`GUILD_ORACLE_BIN`, or the folder where the tests look for it). Prints the CPU time of each
//! command with the ratio, and the memory that ours had at most. CPU is user plus system time of the
//! process and all its children; each figure is the median of the rounds, in which the two take
//! turns.
//!
//! What no program can be faster than stands below: reading the attribute `started` of every run,
//! and reading every file that a comparison is about, in this process' own code.
//!
//! The homes are where temporary files are (`TMPDIR`). It matters: nearly all that `runs` costs is one
//! look at the folder of each run, which is as dear in a file system in memory, while files, which
//! Guild AI opens, are cheaper to open there than on a disk.
//!
//! With `--alone`, or without Guild AI 0.9.0, only ours is measured.
//!
//! `cargo bench -p guild --bench store -- --runs 100,1000,10000 --rounds 5 --oracle-rounds 1
//! --only compare --guild target/release/guild`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod generate;
mod measure;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use measure::{Cost, oracle};

/// The argument with which this program is started again to read runs.
const READ: &str = "--read";

struct Bench {
    ours: PathBuf,
    oracle: Option<PathBuf>,
    rounds: usize,
    oracle_rounds: usize,
    only: Option<String>,
    work: tempfile::TempDir,
    /// The ids of the runs; those that a row deletes are taken from the end.
    ids: Vec<String>,
}

/// A row of the table.
struct Row {
    name: &'static str,
    /// The command line; `RUN` is the id of a run, another one in each round.
    line: &'static str,
    /// Whether each round begins without what is kept of former ones.
    cold: bool,
}

const ROWS: [Row; 9] = [
    Row { name: "runs", line: "runs", cold: false },
    Row { name: "runs --all", line: "runs --all", cold: false },
    Row { name: "select", line: "select", cold: false },
    Row { name: "runs -F x=3", line: "runs -F x=3", cold: false },
    Row { name: "label", line: "label --set better RUN -y", cold: false },
    Row { name: "rm", line: "runs rm RUN -y", cold: false },
    Row { name: "compare, cold", line: "compare --csv out.csv", cold: true },
    Row { name: "compare, warm", line: "compare --csv out.csv", cold: false },
    Row { name: "runs, cold", line: "runs", cold: true },
];

fn main() {
    if measure::measures() || reads() {
        return;
    }
    let args: Vec<String> = std::env::args().collect();
    let option = |name: &str| {
        let at = args.iter().position(|a| a == name)?;
        args.get(at + 1).cloned()
    };
    let number = |name: &str, default| option(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let alone = args.iter().any(|a| a == "--alone");
    let oracle = if alone { None } else { oracle() };
    if oracle.is_none() {
        println!("Guild AI 0.9.0 is not here (GUILD_ORACLE_BIN): its columns stay empty.");
    }
    let sizes = option("--runs").unwrap_or_else(|| "100,1000".into());
    for count in sizes.split(',').filter_map(|n| n.parse().ok()) {
        let rounds = number("--rounds", 5);
        let mut bench = Bench {
            ours: option("--guild").unwrap_or(env!("CARGO_BIN_EXE_guild").into()).into(),
            oracle: oracle.clone(),
            rounds,
            oracle_rounds: number("--oracle-rounds", rounds).min(rounds),
            only: option("--only"),
            work: tempfile::tempdir().unwrap(),
            ids: Vec::new(),
        };
        bench.table(count);
    }
}

impl Bench {
    fn table(&mut self, count: usize) {
        self.ids = generate::runs(&self.home("ours"), count).unwrap();
        if self.oracle.is_some() {
            generate::runs(&self.home("oracle"), count).unwrap();
        }
        println!("\n{count} runs: CPU ms, median of {} rounds", self.rounds);
        println!("{:28} {:>9} {:>9} {:>8} {:>9}", "", "guild", "guildai", "ratio", "peak MiB");
        let wanted = |row: &&Row| self.only.as_ref().is_none_or(|only| row.name.contains(only));
        for row in ROWS.iter().filter(wanted).collect::<Vec<_>>() {
            self.row(row);
        }
        for (name, what) in
            [("reading every `started`", "started"), ("reading what compare reads", "all")]
        {
            let costs: Vec<Cost> = (0..self.rounds).map(|_| self.reading(what)).collect();
            println!("{name:28} {:>9.1}", cpu(&costs));
        }
    }

    fn row(&mut self, row: &Row) {
        let (mut ours, mut oracles) = (Vec::new(), Vec::new());
        for round in 0..=self.rounds {
            let id =
                if row.line.contains(" rm ") { self.ids.pop() } else { self.ids.first().cloned() };
            let line = row.line.replace("RUN", &id.expect("runs enough"));
            let cost = self.cost(&self.ours, "ours", row, &line);
            let oracle = self.oracle.as_ref().filter(|_| round <= self.oracle_rounds);
            let oracle = oracle.map(|oracle| self.cost(oracle, "oracle", row, &line));
            if round > 0 {
                ours.push(cost); // the first round only warms up
                oracles.extend(oracle);
            }
        }
        let peak = ours.iter().map(|c| c.peak).max().unwrap_or_default() as f64 / 1024.0;
        let mut line = format!("{:28} {:>9.1}", row.name, cpu(&ours));
        if !oracles.is_empty() {
            let (ours, oracle) = (cpu(&ours), cpu(&oracles));
            line += &format!(" {oracle:>9.1} {:>8.1}", oracle / ours);
        } else {
            line += &format!(" {:>9} {:>8}", "", "");
        }
        println!("{line} {peak:>9.1}");
    }

    fn cost(&self, program: &Path, home: &str, row: &Row, line: &str) -> Cost {
        let home = self.home(home);
        if row.cold {
            let _ = fs::remove_dir_all(home.join("cache"));
        }
        measure::cost(
            Command::new(program)
                .args(line.split(' '))
                .current_dir(self.work.path())
                .env("GUILD_HOME", home)
                .env_remove("VIRTUAL_ENV"),
        )
    }

    fn reading(&self, what: &str) -> Cost {
        let this = std::env::current_exe().unwrap();
        measure::cost(Command::new(this).args([READ, what]).arg(self.home("ours").join("runs")))
    }

    fn home(&self, name: &str) -> PathBuf {
        let home = self.work.path().join(name);
        fs::create_dir_all(&home).unwrap();
        home
    }
}

/// The median, in milliseconds.
fn cpu(costs: &[Cost]) -> f64 {
    let mut times: Vec<_> = costs.iter().map(|c| c.cpu).collect();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Whether this process was started to read runs, and has done so.
fn reads() -> bool {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [option, what, runs] = &args[..] else { return false };
    if option != READ {
        return false;
    }
    let mut buffer = vec![0; 1 << 16];
    let mut read = |path: &Path| {
        let Ok(mut file) = fs::File::open(path) else { return };
        while file.read(&mut buffer).unwrap() > 0 {}
    };
    for run in fs::read_dir(runs).unwrap() {
        let guild = run.unwrap().path().join(".guild");
        if what == "started" {
            read(&guild.join("attrs/started"));
            continue;
        }
        read(&guild.join("opref"));
        for name in ["started", "stopped", "exit_status", "label", "flags", "op"] {
            read(&guild.join("attrs").join(name));
        }
        for entry in fs::read_dir(&guild).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().contains(".tfevents.") {
                read(&path);
            }
        }
    }
    true
}
