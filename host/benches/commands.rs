//! What commands cost: `cargo bench -p guild`.
//!
//! Runs our binary, Guild AI 0.9.0 where it is installed (`GUILD_ORACLE_BIN`, or the folder where
//! the tests look for it) and the bare interpreter, in turn, and prints the CPU time of each with
//! the ratios. CPU is user plus system time of the process and all its children, as the operating
//! system accounts it; each figure is the median of the rounds.
//!
//! `cargo bench -p guild --bench commands -- --rounds 11 --runs 1000 --only Tab`
//!
//! Disks differ by much more than programs do, and ext4 is slow for minutes after files were deleted:
//! with `TMPDIR` on a file system in memory, what is left is what the programs do.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod measure;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use measure::{interpreter, oracle};

struct Bench {
    rounds: usize,
    /// Measures only rows with this in their name.
    only: Option<String>,
    ours: PathBuf,
    oracle: Option<PathBuf>,
    python: PathBuf,
    work: tempfile::TempDir,
}

/// What each took, in milliseconds.
struct Times {
    guild: f64,
    guildai: Option<f64>,
    python: Option<f64>,
}

impl Times {
    fn print(&self, name: &str) {
        let cell = |v: Option<f64>| v.map(|v| format!("{v:.1}")).unwrap_or_default();
        println!(
            "{name:28} {:>9} {:>9} {:>9} {:>10} {:>10}",
            cell(Some(self.guild)),
            cell(self.guildai),
            cell(self.python),
            cell(self.guildai.map(|o| o / self.guild)),
            self.python.map(|p| format!("{:.2}", self.guild / p)).unwrap_or_default()
        );
    }
}

/// In milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// One thing to measure: a name and how to start it.
struct Contender<'a> {
    name: &'a str,
    program: &'a Path,
    args: Vec<String>,
    env: Vec<(&'static str, String)>,
    home: PathBuf,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let at = args.iter().position(|a| a == name);
        at.and_then(|i| args.get(i + 1)?.parse().ok()).unwrap_or(default)
    };
    let oracle = oracle();
    let bench = Bench {
        rounds: number("--rounds", 5),
        only: args.iter().position(|a| a == "--only").and_then(|i| args.get(i + 1).cloned()),
        ours: env!("CARGO_BIN_EXE_guild").into(),
        python: interpreter(oracle.as_deref()),
        oracle,
        work: tempfile::tempdir().unwrap(),
    };
    if bench.oracle.is_none() {
        println!("Guild AI 0.9.0 is not here (GUILD_ORACLE_BIN): its columns stay empty.");
    }
    println!("CPU ms, median of {} rounds; python is {}", bench.rounds, bench.python.display());
    println!(
        "{:28} {:>9} {:>9} {:>9} {:>10} {:>10}",
        "", "guild", "guildai", "python", "guildai/", "/python"
    );
    println!("{:28} {:>9} {:>9} {:>9} {:>10} {:>10}", "", "", "", "", "guild", "guild");
    let project = bench.work.path().join("project");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("empty.py"), "").unwrap();
    fs::write(
        project.join("simple.py"),
        "layers = 32\nname = 'foo'\nnoise = 3\nskip_connections = True\n",
    )
    .unwrap();

    fs::write(project.join("one.py"), "x = 1\n").unwrap();
    // What fifty trials cost without anybody watching: as many bare interpreters.
    let fifty = "import subprocess, sys\nfor i in range(50):\n    \
                 subprocess.run([sys.executable, 'one.py'])\n";
    fs::write(project.join("fifty.py"), fifty).unwrap();
    fs::write(project.join("sleep.py"), "import time\nx = 1\ntime.sleep(1)\n").unwrap();

    bench.row("--version", &["--version"], None);
    bench.row("--help", &["--help"], None);
    bench.tab("Tab for a command", "guild ru");
    bench.tab("Tab for a command below", "guild runs re");
    bench.tab("Tab for an option", "guild run --pr");
    bench.tab("Tab for an operation", "guild run si");
    bench.tab("Tab for a flag", "guild run simple.py la");
    bench.row("run empty script", &["run", "empty.py", "-y"], Some("empty.py"));
    bench.row("run script with flags", &["run", "simple.py", "-y", "layers=4"], Some("simple.py"));
    bench.trials();
    bench.sleepers();
    bench.row("run --print-cmd", &["run", "simple.py", "--print-cmd"], None);
    bench.fill_projects();
    bench.row_in("operations", "ops, of 200 with 2,000 flags", &["ops"], None);
    bench.row_in("large", "run, 100 MB in 5,000 files", &["run", "op", "-y"], None);
    bench.row_in("excluded", "run, 100,000 excluded files", &["run", "op", "-y"], None);
    let runs = number("--runs", 1000);
    bench.fill(runs);
    bench.row(&format!("runs, of {runs}"), &["runs"], None);
    bench.row("runs info, of the same", &["runs", "info"], None);
    bench.tab("Tab for a run, of the same", "guild runs info 0");
}

impl Bench {
    fn row(&self, name: &str, args: &[&str], script: Option<&str>) -> Option<Times> {
        self.row_in("project", name, args, script)
    }

    /// A batch of an empty script, and what each of its trials costs beside the script itself.
    fn trials(&self) {
        let args = ["run", "one.py", "x=range[1:50]", "-y"];
        let Some(times) = self.row("run 50 trials", &args, Some("fifty.py")) else { return };
        let python = times.python.unwrap_or_default();
        let beside = |time: f64| (time - python) / 50.0;
        Times { guild: beside(times.guild), guildai: times.guildai.map(beside), python: None }
            .print("  beside python, a trial");
    }

    /// Trials side by side, which take hardly longer than one alone: by the clock, not CPU time.
    fn sleepers(&self) {
        let name = "8 sleepers, --jobs 8, clock";
        if !self.wants(name) {
            return;
        }
        let clock = |program: &Path, args: &[&str]| {
            let args = args.iter().map(|a| a.to_string()).collect();
            let contender =
                Contender { name, program, args, env: Vec::new(), home: self.home("ours") };
            let started = Instant::now();
            self.cpu(&contender, "project");
            started.elapsed()
        };
        let (mut guild, mut python) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let args = ["run", "sleep.py", "x=range[1:8]", "--jobs", "8", "-y"];
            guild.push(clock(&self.ours, &args));
            python.push(clock(&self.python, &["sleep.py"]));
        }
        Times { guild: median(guild), guildai: None, python: Some(median(python)) }.print(name);
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only))
    }

    /// Measures in the project of this name.
    fn row_in(
        &self,
        project: &str,
        name: &str,
        args: &[&str],
        script: Option<&str>,
    ) -> Option<Times> {
        let strings = |a: &[&str]| a.iter().map(|s| s.to_string()).collect::<Vec<_>>();
        let mut contenders = vec![Contender {
            name: "guild",
            program: &self.ours,
            args: strings(args),
            env: Vec::new(),
            home: self.home("ours"),
        }];
        if let Some(oracle) = &self.oracle {
            contenders.push(Contender {
                name: "guildai",
                program: oracle,
                args: strings(args),
                env: Vec::new(),
                home: self.home("oracle"),
            });
        }
        if let Some(script) = script {
            contenders.push(Contender {
                name: "python",
                program: &self.python,
                args: strings(&[script]),
                env: Vec::new(),
                home: self.home("ours"),
            });
        }
        self.compare(name, project, &contenders)
    }

    /// What bash starts for a Tab at the end of `line`: the values alone are what is inserted.
    fn tab(&self, name: &str, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let mut contenders = vec![Contender {
            name: "guild",
            program: &self.ours,
            args: ["completion", "--values", "--line", line].map(String::from).into(),
            env: Vec::new(),
            home: self.home("ours"),
        }];
        if let Some(oracle) = &self.oracle {
            contenders.push(Contender {
                name: "guildai",
                program: oracle,
                args: Vec::new(),
                env: vec![
                    ("_GUILD_COMPLETE", "bash_complete".into()),
                    ("COMP_WORDS", words.join("\n")),
                    ("COMP_CWORD", (words.len() - 1).to_string()),
                ],
                home: self.home("oracle"),
            });
        }
        self.compare(name, "project", &contenders);
    }

    fn compare(&self, name: &str, project: &str, contenders: &[Contender]) -> Option<Times> {
        if !self.wants(name) {
            return None;
        }
        let mut times = vec![Vec::new(); contenders.len()];
        for round in 0..=self.rounds {
            for (contender, times) in contenders.iter().zip(&mut times) {
                let time = self.cpu(contender, project);
                if round > 0 {
                    times.push(time); // the first round only warms up
                }
            }
        }
        let of = |name: &str| {
            let i = contenders.iter().position(|c| c.name == name)?;
            Some(median(times[i].clone()))
        };
        let times = Times { guild: of("guild")?, guildai: of("guildai"), python: of("python") };
        times.print(name);
        Some(times)
    }

    fn home(&self, name: &str) -> PathBuf {
        let home = self.work.path().join(name);
        fs::create_dir_all(&home).unwrap();
        home
    }

    fn cpu(&self, contender: &Contender, project: &str) -> Duration {
        measure::cpu(
            Command::new(contender.program)
                .args(&contender.args)
                .envs(contender.env.iter().map(|(name, value)| (name, value)))
                .current_dir(self.work.path().join(project))
                .env("GUILD_HOME", &contender.home)
                .env("GUILD_PYTHON", &self.python)
                .env_remove("VIRTUAL_ENV"),
        )
    }

    /// Makes projects with much in them.
    fn fill_projects(&self) {
        let write = |path: &str, bytes: &[u8]| {
            let path = self.work.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let operations: String = (0..200)
            .map(|op| {
                let flags = (0..10).map(|flag| {
                    format!(
                        "    flag{flag}: {{description: Flag {flag}, default: {flag}, type: int}}\n"
                    )
                });
                let flags: String = flags.collect();
                format!("op{op}:\n  description: Operation {op}\n  exec: 'true'\n  flags:\n{flags}")
            })
            .collect();
        write("operations/guild.yml", operations.as_bytes());
        let op = |rule: &str| format!("op:\n  exec: 'true'\n  sourcecode: [{rule}]\n");
        write("large/guild.yml", op("include: '*'").as_bytes());
        let line = "x = 'twenty thousand bytes of such lines make one of these files'\n";
        for i in 0..5_000 {
            let text = format!("i = {i}\n{}", line.repeat(20_000 / line.len()));
            write(&format!("large/folder{}/file{i}.py", i % 50), text.as_bytes());
        }
        write("excluded/guild.yml", op("exclude: {dir: data}").as_bytes());
        for i in 0..100_000 {
            write(&format!("excluded/data/{}/file{i}", i % 100), b"");
        }
    }

    /// Makes `count` runs for both, copies of one with other ids and times.
    fn fill(&self, count: usize) {
        let runs = self.home("ours").join("runs");
        // One there is, also where the rows that make some are not wanted.
        let run = ["run", "simple.py", "-y"].map(String::from).into();
        let (program, home) = (&*self.ours, self.home("ours"));
        self.cpu(
            &Contender { name: "guild", program, args: run, env: Vec::new(), home },
            "project",
        );
        let mut model = fs::read_dir(&runs).unwrap().map(|e| e.unwrap().path());
        let model = model.next().expect("a run to copy");
        let made = self.work.path().join("made");
        for i in 0..count {
            // Spread like those of real runs.
            let id = format!(
                "{:032x}",
                (i as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            );
            let dir = made.join(&id).join(".guild");
            fs::create_dir_all(dir.join("attrs")).unwrap();
            fs::copy(model.join(".guild/opref"), dir.join("opref")).unwrap();
            for attr in fs::read_dir(model.join(".guild/attrs")).unwrap() {
                let attr = attr.unwrap();
                fs::copy(attr.path(), dir.join("attrs").join(attr.file_name())).unwrap();
            }
            let time = 1_700_000_000_000_000 + 1_000_000 * i;
            fs::write(dir.join("attrs/id"), format!("{id}\n")).unwrap();
            fs::write(dir.join("attrs/started"), format!("{time}\n")).unwrap();
            fs::write(dir.join("attrs/label"), format!("layers={i}\n")).unwrap();
        }
        for home in ["ours", "oracle"] {
            let runs = self.home(home).join("runs");
            let _ = fs::remove_dir_all(&runs);
            std::os::unix::fs::symlink(&made, &runs).unwrap();
        }
    }
}
