//! What early stopping saves and what it loses: `cargo bench -p guild --bench early_stopping`.
//!
//! Simulated learning curves (`early_stopping/curves.rs`), the same for each rule. For each kind: the
//! share of the steps that was made, and by how much the best that was found is worse than the best of
//! the full search: the median of all sets, and in how many of them it is within 1 %.
//!
//! `cargo bench -p guild --bench early_stopping -- --sets 20 --grace-period 6 --reduction-factor 4`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "early_stopping/curves.rs"]
mod curves;

use curves::{KINDS, Kind, STEPS, TRIALS, search};
use guild_early_stopping::{Algorithm, Rule};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: i64| {
        let at = args.iter().position(|a| a == name);
        at.and_then(|i| args.get(i + 1)).map_or(default, |text| text.parse().unwrap())
    };
    let sets = number("--sets", 20);
    let (grace_period, reduction_factor) = (
        number("--grace-period", STEPS / 10),
        number("--reduction-factor", Rule::REDUCTION_FACTOR),
    );
    println!(
        "{TRIALS} trials of {STEPS} steps, {sets} sets; grace period {grace_period}, reduction \
         factor {reduction_factor}\n\nSteps made, median distance from the best, and sets within 1 %\n"
    );
    let columns = [1, 8].map(|jobs| format!("{:>22}", format!("jobs {jobs}"))).concat();
    println!("{:<16}{:<8}{columns}", "curves", "rule");
    for kind in &KINDS {
        for algorithm in [Algorithm::Asha, Algorithm::Median] {
            let rule = Rule { algorithm, grace_period, reduction_factor };
            let cells = [1, 8].map(|jobs| cell(kind, sets, jobs, rule)).concat();
            println!("{:<16}{:<8}{cells}", kind.name, algorithm.to_string());
        }
    }
}

fn cell(kind: &Kind, sets: i64, jobs: usize, rule: Rule) -> String {
    let (mut steps, mut all, mut far) = (0, 0, Vec::new());
    for set in 0..sets {
        let (full, raced) = (search(kind, set, jobs, None), search(kind, set, jobs, Some(rule)));
        steps += raced.steps;
        all += full.steps;
        far.push(100.0 * (raced.best / full.best - 1.0));
    }
    far.sort_by(f64::total_cmp);
    let median = (far[(far.len() - 1) / 2] + far[far.len() / 2]) / 2.0;
    let within = far.iter().filter(|far| **far <= 1.0).count();
    let share = steps as f64 / all as f64;
    format!("{share:>8.2}{median:>7.1} % {within:>3}/{}", far.len())
}
