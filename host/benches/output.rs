//! What much output and many scalars cost: `cargo bench -p guild --bench output`.
//!
//! Rows:
//! * a million lines that a script prints, beside the same script writing to a pipe that `cat` copies:
//!   without a buffer (as Guild AI 0.9.0 has scripts write), line by line (as ours has them, so that
//!   nothing is lost and stays in order), and with Python's buffer for pipes, which shows late;
//! * two hundred thousand lines with a scalar each;
//! * `runs info` of a run with a million event records.
//!
//! CPU is user plus system time of the process and all its children; memory is the largest resident
//! set of one of them. Each figure is the median of the rounds.
//!
//! `cargo bench -p guild --bench output -- --rounds 5`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use guild_scalars::events::EventWriter;
use measure::{Cost, interpreter, oracle};

/// As a training script prints: nothing that is a scalar, and nothing flushed by hand.
const LINES: &str = "for i in range(1000000):\n    print('batch', i, 'of the epoch is done')\n";
const SCALARS: &str =
    "for i in range(200000):\n    print('loss: %f (step %d)' % (1 / (i + 1), i))\n";
const RECORDS: i64 = 1_000_000;

/// Runs the script that is named so that each line is written at once.
const BY_LINE: &str = "import runpy, sys; sys.stdout.reconfigure(line_buffering=True); \
                       runpy.run_path(sys.argv[1])";

struct Bench {
    rounds: usize,
    project: PathBuf,
    python: PathBuf,
}

fn main() {
    if measure::measures() {
        return;
    }
    let args: Vec<String> = std::env::args().collect();
    let rounds = args.iter().position(|a| a == "--rounds");
    let rounds = rounds.and_then(|i| args.get(i + 1)?.parse().ok()).unwrap_or(3);
    let oracle = oracle();
    let work = tempfile::tempdir().unwrap();
    let project = work.path().join("project");
    fs::create_dir(&project).unwrap();
    for (name, text) in
        [("lines.py", LINES), ("scalars.py", SCALARS), ("one.py", "print('a: 1')\n")]
    {
        fs::write(project.join(name), text).unwrap();
    }
    let bench = Bench { rounds, project, python: interpreter(oracle.as_deref()) };
    let ours = Path::new(env!("CARGO_BIN_EXE_guild"));
    println!("CPU ms, median of {rounds} rounds; memory in MiB");
    println!(
        "{:34} {:>9} {:>7} {:>9} {:>9} {:>8}",
        "", "guild", "memory", "guildai", "bare", "ratio"
    );

    for (name, script) in [("1,000,000 lines", "lines.py"), ("200,000 scalar lines", "scalars.py")]
    {
        let bare = |unbuffered: &str| {
            let line = format!("\"$0\" {unbuffered} {script} | cat > /dev/null");
            let mut command = Command::new("sh");
            command.args(["-c", &line]).arg(&bench.python).env_remove("PYTHONUNBUFFERED");
            command
        };
        let unbuffered = bench.cost(&mut bare("-u")).0;
        let row = bench.run(ours, work.path(), &["run", script, "-y"]);
        let theirs = oracle.as_ref().map(|o| bench.run(o, work.path(), &["run", script, "-y"]).0);
        print_row(name, row, theirs, Some(unbuffered));
        let by_line = bench.cost(&mut bare(&format!("-c '{BY_LINE}'"))).0;
        print_row("  bare, line by line", row, None, Some(by_line));
        print_row("  bare with buffered output", row, None, Some(bench.cost(&mut bare("")).0));
    }

    bench.run(ours, work.path(), &["run", "one.py", "-y", "--label", "events"]);
    let run = fs::read_dir(work.path().join("guild/runs")).unwrap().map(|e| e.unwrap().path());
    let run = run.filter(|p| {
        fs::read_to_string(p.join(".guild/attrs/label")).is_ok_and(|l| l.contains("events"))
    });
    let run = run.last().expect("the run");
    let mut writer = EventWriter::new(run.join("logs"));
    for step in 0..RECORDS / 4 {
        for tag in ["loss", "val_loss", "accuracy", "val_accuracy"] {
            writer.add(tag, 1.0 / (step + 1) as f32, step).unwrap();
        }
    }
    drop(writer);
    let id = run.file_name().unwrap().to_str().unwrap();
    let row = bench.run(ours, work.path(), &["runs", "info", id]);
    // They read one home in turn; what either keeps beside the runs is the other's no business.
    let theirs = oracle
        .as_ref()
        .map(|o| bench.run_in(o, &work.path().join("guild"), &["runs", "info", id]).0);
    print_row("runs info, 1,000,000 records", row, theirs, None);
}

fn print_row(name: &str, (cpu, memory): (f64, f64), theirs: Option<f64>, bare: Option<f64>) {
    let cell = |v: Option<f64>| v.map(|v| format!("{v:.0}")).unwrap_or_default();
    let ratio = match (theirs, bare) {
        (_, Some(bare)) => format!("{:.2}", cpu / bare),
        (Some(theirs), None) => format!("1/{:.0}", theirs / cpu),
        _ => String::new(),
    };
    println!("{name:34} {cpu:>9.0} {memory:>7.1} {:>9} {:>9} {ratio:>8}", cell(theirs), cell(bare));
}

impl Bench {
    /// CPU in ms and memory in MiB of a guild in a home of its own.
    fn run(&self, program: &Path, work: &Path, args: &[&str]) -> (f64, f64) {
        self.run_in(program, &work.join(program.file_name().unwrap()), args)
    }

    fn run_in(&self, program: &Path, home: &Path, args: &[&str]) -> (f64, f64) {
        fs::create_dir_all(home).unwrap();
        let mut command = Command::new(program);
        command.args(args).env("GUILD_HOME", home).env("GUILD_PYTHON", &self.python);
        command.env_remove("PYTHONUNBUFFERED");
        self.cost(&mut command)
    }

    /// The medians of the rounds: CPU in ms, memory in MiB.
    fn cost(&self, command: &mut Command) -> (f64, f64) {
        command.current_dir(&self.project);
        let costs: Vec<_> = (0..self.rounds).map(|_| measure::cost(command)).collect();
        let median = |of: fn(&Cost) -> f64| {
            let mut all: Vec<_> = costs.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        (median(|c| c.cpu.as_secs_f64() * 1e3), median(|c| c.peak as f64 / 1024.0))
    }
}
