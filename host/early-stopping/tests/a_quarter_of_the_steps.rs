//! What a quarter of the steps finds.

#[path = "../../benches/early_stopping/curves.rs"]
mod curves;

use curves::{KINDS, STEPS, TRIALS, search};
use guild_early_stopping::{Algorithm, Rule};

const SETS: i64 = 20;

#[test]
fn finds_what_all_of_them_do() {
    for kind in &KINDS {
        for algorithm in [Algorithm::Asha, Algorithm::Median] {
            let reduction_factor = Rule::REDUCTION_FACTOR;
            let rule = Rule { algorithm, grace_period: STEPS / 10, reduction_factor };
            let name = format!("{algorithm}, {}", kind.name);
            let (mut steps, mut far) = (0, Vec::new());
            for set in 0..SETS {
                let jobs = if set % 2 == 0 { 1 } else { 8 };
                let full = search(kind, set, jobs, None);
                assert_eq!(full.steps, TRIALS as i64 * STEPS);
                let raced = search(kind, set, jobs, Some(rule));
                steps += raced.steps;
                far.push(raced.best / full.best - 1.0);
            }
            far.sort_by(f64::total_cmp);
            let share = steps as f64 / (SETS * TRIALS as i64 * STEPS) as f64;
            assert!(share <= 0.25, "{name}: {share:.3} of the steps");
            // Curves that end better begin worse there: no rule can know.
            let few = if kind.name == "learning rate" { 0.1 } else { 0.01 };
            let median = (far[far.len() / 2 - 1] + far[far.len() / 2]) / 2.0;
            assert!(median <= few, "{name}: {far:.3?} from the best");
        }
    }
}
