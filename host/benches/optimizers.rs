//! How good and how fast the optimizers are: `cargo bench -p guild --bench optimizers`.
//!
//! Each optimizer searches each public test function with each seed; the table has the median of the
//! best loss found, less the function's least, and how likely chance alone would make it look so good
//! beside random search and beside Optuna. Optuna's default and Guild AI 0.9.0's `gp` are beside
//! them where an interpreter that has them is named. Then the CPU time of one suggestion after many
//! trials, and that of ten bare starts of `python3`.
//!
//! `cargo bench -p guild --bench optimizers -- --optuna PYTHON --guildai PYTHON --seeds 20
//! --first-seed 0 --budget 100 --only tpe,gp --functions branin --past 1000`
//!
//! The constants of our optimizers were chosen by seeds from 200 on.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "optimizers/functions.rs"]
mod functions;
mod measure;
#[path = "optimizers/rivals.rs"]
mod rivals;

use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use functions::Function;
use guild_host::plugins::{Call, Registry, SearchPath};
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::search::{
    DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials, Trial,
};
use guild_plugin_api::{Context, Map};
use rivals::Rival;

/// What searches: a plugin's optimizer, or another program.
#[derive(Clone)]
enum Searcher {
    Own(&'static str),
    Rival { name: &'static str, python: PathBuf, script: &'static str },
}

const OWN: [&str; 5] = ["random", "tpe", "gp", "forest", "gbrt"];

struct Options {
    args: Vec<String>,
}

impl Options {
    fn text(&self, name: &str) -> Option<&str> {
        let at = self.args.iter().position(|a| a == name)?;
        self.args.get(at + 1).map(String::as_str)
    }

    fn number(&self, name: &str, default: usize) -> usize {
        self.text(name).map_or(default, |text| text.parse().unwrap())
    }

    fn has(&self, option: &str, name: &str) -> bool {
        self.text(option).is_none_or(|names| names.split(',').any(|n| n == name))
    }
}

fn main() {
    let options = Options { args: std::env::args().collect() };
    let (seeds, budget) = (options.number("--seeds", 20), options.number("--budget", 100));
    let first = options.number("--first-seed", 0) as i64;
    let mut searchers: Vec<Searcher> =
        OWN.into_iter().filter(|name| options.has("--only", name)).map(Searcher::Own).collect();
    for (name, option, script) in [
        ("optuna", "--optuna", include_str!("optimizers/optuna_default.py")),
        ("guildai gp", "--guildai", include_str!("optimizers/guildai_gp.py")),
    ] {
        if let Some(python) = options.text(option) {
            searchers.push(Searcher::Rival { name, python: python.into(), script });
        }
    }
    if seeds > 0 {
        quality(&options, &searchers, first..first + seeds as i64, budget);
    }
    let past = options.number("--past", 1000);
    if past > 0 {
        speed(&searchers, past);
    }
}

fn quality(options: &Options, searchers: &[Searcher], seeds: Range<i64>, budget: usize) {
    println!("Median of the best of {budget} trials, less the least there is; seeds {seeds:?}\n");
    let row = |name: &str, cell: &dyn Fn(usize) -> String| {
        let cells: String = (0..searchers.len()).map(|i| format!("{:>12}", cell(i))).collect();
        println!("{name:<16}{cells}");
    };
    let names = || row("function", &|i| searchers[i].name().into());
    names();
    let mut all: Vec<(&str, Vec<Vec<f64>>)> = Vec::new();
    for function in functions::all() {
        if options.has("--functions", function.name) {
            let found: Vec<Vec<f64>> =
                searchers.iter().map(|s| found(s, &function, seeds.clone(), budget)).collect();
            row(function.name, &|i| format!("{:.5}", median(&found[i])));
            all.push((function.name, found));
        }
    }
    for rival in ["random", "optuna"] {
        let Some(other) = searchers.iter().position(|s| s.name() == rival) else { continue };
        println!("\nHow likely it is by chance to look so good beside {rival}\n");
        names();
        for (function, found) in &all {
            row(function, &|i| format!("{:.2e}", by_chance(&found[i], &found[other])));
        }
        let no_worse = |i: usize| {
            all.iter().filter(|(_, found)| median(&found[i]) <= median(&found[other])).count()
        };
        row("median no worse", &|i| format!("{} of {}", no_worse(i), all.len()));
    }
}

/// What was found with each seed, in order; seeds take turns on as many threads as there are
/// processors.
fn found(searcher: &Searcher, function: &Function, seeds: Range<i64>, budget: usize) -> Vec<f64> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let seeds: Vec<i64> = seeds.collect();
    let mut all: Vec<f64> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let mine = seeds.iter().skip(worker).step_by(threads);
                scope.spawn(move || {
                    mine.map(|seed| best(searcher, function, *seed, budget)).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    all.sort_by(f64::total_cmp);
    all
}

fn median(sorted: &[f64]) -> f64 {
    (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0
}

/// How likely `own` values would be as small as they are if they were like the others (Mann and
/// Whitney's test, by the normal distribution). Near 1 they are larger.
fn by_chance(own: &[f64], others: &[f64]) -> f64 {
    let pairs = own.iter().flat_map(|a| others.iter().map(move |b| a.total_cmp(b)));
    let wins: f64 = pairs.map(|order| f64::from(1 - order as i8) / 2.0).sum();
    let (n, m) = (own.len() as f64, others.len() as f64);
    let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
    0.5 * libm::erfc((wins - n * m / 2.0) / deviation / std::f64::consts::SQRT_2)
}

fn best(searcher: &Searcher, function: &Function, seed: i64, budget: usize) -> f64 {
    let mut losses = Vec::new();
    match searcher {
        Searcher::Own(name) => {
            let own = Own::new(name);
            let mut request = own.request(function, seed);
            for _ in 0..budget {
                let flags = own.suggest(&request);
                let loss = (function.loss)(&flags);
                losses.push(loss);
                let status = "completed".to_string();
                let trial = Trial { flags, value: Some(loss), status, seconds: Some(1.0) };
                request.history.push(trial);
            }
        }
        Searcher::Rival { python, script, .. } => {
            let mut rival = Rival::start(python, script, function, seed);
            for _ in 0..budget {
                let loss = (function.loss)(&rival.ask());
                losses.push(loss);
                rival.tell(loss);
            }
        }
    }
    losses.into_iter().fold(f64::INFINITY, f64::min) - function.least
}

/// An optimizer of a plugin, asked as guild asks it.
struct Own {
    registry: Registry,
    context: Context,
    plugin: String,
    def: OptimizerDef,
}

impl Own {
    fn new(name: &str) -> Own {
        let program = std::env::current_exe().unwrap();
        let registry = Registry::new(SearchPath::new(None, None, &program));
        let context = Context::new("/", "/nonexistent");
        let plugin = registry.for_optimizer(name).first().map(|p| p.to_string()).unwrap();
        let request = DescribeOptimizer { name: name.into() };
        let call: Call<Option<OptimizerDef>> =
            registry.call(&plugin, hooks::DESCRIBE_OPTIMIZER, &context, &request).unwrap();
        Own { def: call.result.flatten().unwrap(), registry, context, plugin }
    }

    fn request(&self, function: &Function, seed: i64) -> SuggestTrials {
        let default = |(name, flag): (&String, &guild_plugin_api::model::FlagDef)| {
            (name.clone(), flag.default.clone())
        };
        SuggestTrials {
            optimizer: self.def.name.clone(),
            options: self.def.flags.iter().map(default).collect(),
            space: function.space(),
            objective: "loss".into(),
            seed,
            count: 1,
            ..SuggestTrials::default()
        }
    }

    fn suggest(&self, request: &SuggestTrials) -> Map {
        let call: Call<Option<SuggestedTrials>> = self
            .registry
            .call(&self.plugin, hooks::SUGGEST_TRIALS, &self.context, request)
            .unwrap();
        call.result.flatten().unwrap().trials.remove(0)
    }
}

impl Searcher {
    fn name(&self) -> &str {
        match self {
            Searcher::Own(name) | Searcher::Rival { name, .. } => name,
        }
    }
}

/// The CPU time of a suggestion after `past` trials.
fn speed(searchers: &[Searcher], past: usize) {
    println!("\nCPU time of a suggestion after {past} trials\n");
    let function = functions::all().into_iter().find(|f| f.name == "hartmann6").unwrap();
    let random = Own::new("random");
    let mut request = random.request(&function, 1);
    for _ in 0..past {
        let flags = random.suggest(&request);
        let value = Some((function.loss)(&flags));
        let status = "completed".to_string();
        request.history.push(Trial { flags, value, status, seconds: Some(1.0) });
    }
    for searcher in searchers {
        let time = match searcher {
            Searcher::Own(name) => {
                let own = Own::new(name);
                let request =
                    SuggestTrials { history: request.history.clone(), ..own.request(&function, 1) };
                own.suggest(&own.request(&function, 1));
                let before = measure::own_cpu();
                own.suggest(&request);
                measure::own_cpu() - before
            }
            Searcher::Rival { python, script, .. } => {
                let mut rival = Rival::start(python, script, &function, 1);
                for trial in &request.history {
                    rival.add(&trial.flags, trial.value.unwrap());
                }
                let _ = rival.ask();
                let before = rival.cpu();
                let _ = rival.ask();
                rival.cpu() - before
            }
        };
        println!("{:<14}{:>10.1} ms", searcher.name(), 1e3 * time.as_secs_f64());
    }
    let interpreter = measure::interpreter(None);
    let python = || {
        let mut child = Command::new(&interpreter);
        child.args(["-c", "pass"]);
        measure::cpu(&mut child)
    };
    let mut times: Vec<Duration> = (0..11).map(|_| python()).collect();
    times.sort();
    println!("{:<14}{:>10.1} ms", "10 x python3", 1e4 * times[5].as_secs_f64());
}
