//! Drawing trials.

use std::collections::HashSet;

use fastrand::Rng;
use guild_plugin_api::search::{Dimension, DimensionKind, SuggestTrials, SuggestedTrials};
use guild_plugin_api::{HookError, HookResult, Map, Value};

/// How often a trial is drawn again that was there already, before it counts as the end.
const ATTEMPTS: usize = 1000;

/// Trials that were not there before.
pub fn trials(req: &SuggestTrials) -> HookResult<SuggestedTrials> {
    let dims = req
        .space
        .iter()
        .map(|(name, dim)| Ok((name.as_str(), Values::of(name, dim)?)))
        .collect::<HookResult<Vec<_>>>()?;
    let before = req.history.iter().chain(&req.pending);
    let mut seen: HashSet<String> =
        before.map(|trial| key(dims.iter().map(|(name, _)| trial.flags.get(name)))).collect();
    let first = req.history.len() + req.pending.len();
    let all = dims.iter().try_fold(1_u64, |n, (_, dim)| n.checked_mul(dim.count()?));
    let mut trials = Vec::new();
    for number in first as u64..(first as u64).saturating_add(req.count) {
        // Each trial has chance of its own, so that it does not matter how many are asked for.
        let mut chance = Rng::with_seed(mix(req.seed.cast_unsigned(), number));
        let crowded = all.is_some_and(|all| seen.len() as u64 > all / 2);
        let drawn = if crowded {
            rest(&dims, &mut chance, &mut seen, all.unwrap_or_default())
        } else {
            (0..ATTEMPTS).find_map(|_| {
                let values: Vec<Value> =
                    dims.iter().map(|(_, dim)| dim.draw(&mut chance)).collect();
                seen.insert(key(values.iter().map(Some))).then_some(values)
            })
        };
        let Some(values) = drawn else {
            return Ok(SuggestedTrials { trials, done: true });
        };
        trials.push(dims.iter().map(|(name, _)| *name).zip(values).collect::<Map>());
    }
    Ok(SuggestedTrials { trials, done: false })
}

/// One of the combinations that are left where most are gone.
fn rest(
    dims: &[(&str, Values)],
    chance: &mut Rng,
    seen: &mut HashSet<String>,
    all: u64,
) -> Option<Vec<Value>> {
    let start = chance.u64(0..all);
    (0..all).find_map(|i| {
        let mut index = (start + i) % all;
        let mut values: Vec<Value> = dims
            .iter()
            .rev()
            .map(|(_, dim)| {
                let count = dim.count().unwrap_or(1);
                let value = dim.at(index % count);
                index /= count;
                value
            })
            .collect();
        values.reverse();
        seen.insert(key(values.iter().map(Some))).then_some(values)
    })
}

/// What is the same for trials that are the same.
fn key<'a>(values: impl Iterator<Item = Option<&'a Value>>) -> String {
    values.map(|v| format!("{v:?}\n")).collect()
}

/// One number of two, each bit of which depends on all of theirs (SplitMix64's finalizer).
fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed ^ number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The values of a dimension.
enum Values {
    Choices(Vec<Value>),
    Ints { low: i64, high: i64 },
    Floats { low: f64, high: f64, log: bool },
}

impl Values {
    fn of(name: &str, dim: &Dimension) -> HookResult<Values> {
        let values = match (dim.kind, &dim.low, &dim.high) {
            (DimensionKind::Choice, ..) if !dim.choices.is_empty() => {
                Some(Values::Choices(dim.choices.clone()))
            }
            (DimensionKind::Int, Value::Int(low), Value::Int(high)) if low <= high && !dim.log => {
                Some(Values::Ints { low: *low, high: *high })
            }
            (DimensionKind::Float, low, high) => match (float(low), float(high)) {
                (Some(low), Some(high)) if low <= high && (!dim.log || low > 0.0) => {
                    Some(Values::Floats { low, high, log: dim.log })
                }
                _ => None,
            },
            _ => None,
        };
        values.ok_or_else(|| HookError::new(format!("cannot draw values for flag '{name}'")))
    }

    /// How many values there are; none for more than can be told apart.
    fn count(&self) -> Option<u64> {
        match self {
            Values::Choices(values) => Some(values.len() as u64),
            Values::Ints { low, high } => high.wrapping_sub(*low).cast_unsigned().checked_add(1),
            Values::Floats { .. } => None,
        }
    }

    /// The value of an index below the count.
    fn at(&self, index: u64) -> Value {
        match self {
            Values::Choices(values) => values.get(index as usize).cloned().unwrap_or_default(),
            Values::Ints { low, .. } => Value::Int(low.wrapping_add_unsigned(index)),
            Values::Floats { low, .. } => Value::Float(*low),
        }
    }

    fn draw(&self, chance: &mut Rng) -> Value {
        match self {
            Values::Floats { low, high, log: false } => {
                // Neither the sum nor the difference of two large bounds may be a float.
                let t = chance.f64();
                Value::Float((low * (1.0 - t) + high * t).clamp(*low, *high))
            }
            Values::Floats { low, high, log: true } => {
                let (from, to) = (libm::log(*low), libm::log(*high));
                let value = libm::exp(from + (to - from) * chance.f64());
                Value::Float(value.clamp(*low, *high))
            }
            Values::Ints { low, high } => Value::Int(chance.i64(*low..=*high)),
            Values::Choices(values) => self.at(chance.u64(0..values.len() as u64)),
        }
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) => Some(*x).filter(|x| x.is_finite()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::search::Trial;

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
        float(trial.get(name).unwrap()).unwrap()
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
