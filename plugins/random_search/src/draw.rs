//! Drawing trials.

use guild_plugin_api::HookResult;
use guild_plugin_api::search::{SuggestTrials, SuggestedTrials};
use guild_search_space::{Seen, Space, chance};

/// Trials that were not there before.
pub fn trials(req: &SuggestTrials) -> HookResult<SuggestedTrials> {
    let space = Space::of(req)?;
    let mut seen = Seen::of(&space, req);
    let first = (req.history.len() + req.pending.len()) as u64;
    let mut trials = Vec::new();
    for number in first..first.saturating_add(req.count) {
        let mut chance = chance::of_trial(req.seed, number);
        match seen.first_new(&mut chance, |chance| space.draw_trial(chance)) {
            Some(trial) => trials.push(trial),
            None => return Ok(SuggestedTrials { trials, done: true }),
        }
    }
    Ok(SuggestedTrials { trials, done: false })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use guild_plugin_api::search::{Dimension, DimensionKind, Trial};
    use guild_plugin_api::{Map, Value};

    fn dim(kind: DimensionKind, low: impl Into<Value>, high: impl Into<Value>) -> Dimension {
        Dimension { kind, low: low.into(), high: high.into(), ..Dimension::default() }
    }

    fn request(dims: Vec<Dimension>, seed: i64, count: u64) -> SuggestTrials {
        let names = ["a", "b", "c", "d"].map(String::from);
        let space = names.into_iter().zip(dims).collect();
        SuggestTrials { space, seed, count, ..SuggestTrials::default() }
    }

    fn all_kinds() -> Vec<Dimension> {
        let log = dim(DimensionKind::Float, 1e-9, 1);
        vec![
            dim(DimensionKind::Float, -1.5, 2),
            Dimension { log: true, ..log },
            dim(DimensionKind::Int, 1, 5),
            Dimension { choices: vec!["x".into(), true.into()], ..Dimension::default() },
        ]
    }

    fn number(trial: &Map, name: &str) -> f64 {
        match trial.get(name) {
            Some(Value::Int(n)) => *n as f64,
            Some(Value::Float(x)) => *x,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_are_within_their_bounds_and_distributed() {
        let all = trials(&request(all_kinds(), 7, 2000)).unwrap();
        assert_eq!((all.trials.len(), all.done), (2000, false));
        let share = |wanted: &dyn Fn(&Map) -> bool| {
            all.trials.iter().filter(|t| wanted(t)).count() as f64 / 2000.0
        };
        assert!(all.trials.iter().all(|t| (-1.5..=2.0).contains(&number(t, "a"))));
        assert!(all.trials.iter().all(|t| (1e-9..=1.0).contains(&number(t, "b"))));
        // The middle of a range, of the logarithms of one, of five numbers and of two choices.
        for (name, middle, expected) in [("a", 0.25, 0.5), ("b", 3.2e-5, 0.5), ("c", 2.5, 0.4)] {
            let below = share(&|t| number(t, name) < middle);
            assert!((below - expected).abs() < 0.05, "{name}: {below}");
        }
        assert!((share(&|t| t.get("d") == Some(&true.into())) - 0.5).abs() < 0.05);
    }

    #[test]
    fn a_seed_has_the_same_trials_on_every_machine_however_they_are_asked_for() {
        let whole = trials(&request(all_kinds(), 3, 9)).unwrap().trials;
        let mut one_by_one = request(all_kinds(), 3, 1);
        for trial in &whole {
            let next = trials(&one_by_one).unwrap().trials;
            assert_eq!(&next[..], std::slice::from_ref(trial));
            one_by_one.pending.push(Trial { flags: next[0].clone(), ..Trial::default() });
        }
        assert_ne!(whole, trials(&request(all_kinds(), 4, 9)).unwrap().trials);
        let values = ["a", "b", "c"].map(|name| number(&whole[0], name));
        assert_eq!(values, [-0.2003179944873299, 0.001126294066088739, 5.0]);
    }

    #[test]
    fn no_trial_comes_twice_and_a_space_has_an_end() {
        let dims = || vec![dim(DimensionKind::Int, 1, 4), dim(DimensionKind::Int, -1, 1)];
        let all = trials(&request(dims(), 1, 100)).unwrap();
        let different: HashSet<String> = all.trials.iter().map(|t| format!("{t:?}")).collect();
        assert_eq!((all.trials.len(), different.len(), all.done), (12, 12, true));
        let two = vec![dim(DimensionKind::Float, 1.0, 1.0 + f64::EPSILON)];
        let all = trials(&request(two, 1, 100)).unwrap();
        assert!(all.done && all.trials.len() <= 2, "{all:?}");
    }

    #[test]
    fn bounds_as_far_apart_as_numbers_go() {
        for dims in [
            vec![dim(DimensionKind::Int, i64::MIN, i64::MAX)],
            vec![dim(DimensionKind::Float, f64::MIN, f64::MAX)],
        ] {
            let all = trials(&request(dims, 1, 50)).unwrap().trials;
            assert!(all.iter().all(|t| number(t, "a").is_finite()));
            assert!(all.iter().any(|t| number(t, "a") < 0.0));
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let log = Dimension { log: true, ..dim(DimensionKind::Float, 0, 1) };
        for dim in [
            log,
            Dimension::default(),
            dim(DimensionKind::Int, 2, 1),
            dim(DimensionKind::Float, f64::NAN, 1),
            dim(DimensionKind::Other, 0, 1),
        ] {
            let error = trials(&request(vec![dim], 1, 1)).unwrap_err();
            assert_eq!(error.message, "cannot draw values for flag 'a'");
        }
    }
}
