//! The trials that lists of flag values give, without ever having all of them in memory.

use std::collections::BTreeSet;

use guild_plugin_api::Value;
use indexmap::IndexMap;

type FlagValues = IndexMap<String, Value>;

/// Products of flag values: one for each entry of batch files, or one alone.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    parts: Vec<Vec<(String, Vec<Value>)>>,
}

impl Grid {
    /// The trials of `flags`, whose lists are taken apart. The entries of batch files, if there are
    /// any, win over `flags`, and what the user gave (`user_flags`) over both.
    pub fn new(flags: &FlagValues, trials: Option<&[FlagValues]>, user_flags: &FlagValues) -> Grid {
        let merged = |trial: &FlagValues| {
            let mut merged = flags.clone();
            merged.extend(trial.iter().chain(user_flags).map(|(n, v)| (n.clone(), v.clone())));
            part(&merged)
        };
        let parts = match trials {
            Some(trials) => trials.iter().map(merged).collect(),
            None => vec![part(flags)],
        };
        Grid { parts }
    }

    /// How many trials there are; as many as can be counted when there are more.
    pub fn len(&self) -> u64 {
        self.parts.iter().map(|part| count(part)).fold(0, u64::saturating_add)
    }

    /// The flags of trial `index`: by the names of flags, then by the values as listed, the last
    /// flag changing first.
    pub fn at(&self, mut index: u64) -> Option<FlagValues> {
        let part = self.parts.iter().find(|part| {
            let count = count(part);
            let here = index < count;
            if !here {
                index -= count;
            }
            here
        })?;
        let mut flags = FlagValues::new();
        for (name, values) in part.iter().rev() {
            let many = values.len() as u64;
            flags.insert(name.clone(), values[(index % many) as usize].clone());
            index /= many;
        }
        flags.reverse();
        Some(flags)
    }

    /// `count` of the trials, chosen by `seed`: their indexes, in order. All of them when there are
    /// no more.
    pub fn sample(&self, count: u64, seed: u64) -> Vec<u64> {
        let len = self.len();
        if len <= count {
            return (0..len).collect();
        }
        // Floyd's: each subset is as likely as any other, and memory is what the answer takes.
        let mut random = fastrand::Rng::with_seed(seed);
        let mut chosen = BTreeSet::new();
        for last in len - count..len {
            let candidate = random.u64(0..=last);
            if !chosen.insert(candidate) {
                chosen.insert(last);
            }
        }
        chosen.into_iter().collect()
    }
}

fn part(flags: &FlagValues) -> Vec<(String, Vec<Value>)> {
    let mut part: Vec<_> = flags
        .iter()
        .map(|(name, value)| match value {
            Value::List(values) => (name.clone(), values.clone()),
            one => (name.clone(), vec![one.clone()]),
        })
        .collect();
    part.sort_by(|(a, _), (b, _)| a.cmp(b));
    part
}

fn count(part: &[(String, Vec<Value>)]) -> u64 {
    let counts: Vec<u64> = part.iter().map(|(_, values)| values.len() as u64).collect();
    // Before the product, which may be too large to be seen as nothing.
    if counts.contains(&0) { 0 } else { counts.iter().fold(1, |a, b| a.saturating_mul(*b)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(json: &str) -> FlagValues {
        serde_json::from_str(json).unwrap()
    }

    fn all(grid: &Grid) -> Vec<String> {
        (0..grid.len()).map(|i| serde_json::to_string(&grid.at(i).unwrap()).unwrap()).collect()
    }

    #[test]
    fn a_product_goes_by_the_names_of_flags() {
        let grid =
            Grid::new(&flags(r#"{"b": [1, 2], "c": 0, "a": ["x", "y"]}"#), None, &flags("{}"));
        assert_eq!(
            all(&grid),
            [
                r#"{"a":"x","b":1,"c":0}"#,
                r#"{"a":"x","b":2,"c":0}"#,
                r#"{"a":"y","b":1,"c":0}"#,
                r#"{"a":"y","b":2,"c":0}"#
            ]
        );
        assert_eq!(grid.at(4), None);
    }

    #[test]
    fn what_the_user_gives_wins_over_batch_files_and_those_over_defaults() {
        let trials = [flags(r#"{"a": 1}"#), flags(r#"{"a": 2, "b": 3}"#)];
        let grid = Grid::new(
            &flags(r#"{"a": 0, "b": 0, "c": 0}"#),
            Some(&trials),
            &flags(r#"{"c": [5, 6]}"#),
        );
        assert_eq!(
            all(&grid),
            [
                r#"{"a":1,"b":0,"c":5}"#,
                r#"{"a":1,"b":0,"c":6}"#,
                r#"{"a":2,"b":3,"c":5}"#,
                r#"{"a":2,"b":3,"c":6}"#
            ]
        );
    }

    #[test]
    fn none_one_and_more_than_can_be_counted() {
        let none = Grid::new(&flags(r#"{"a": [], "b": [1, 2]}"#), None, &flags("{}"));
        assert_eq!((none.len(), none.at(0)), (0, None));
        assert_eq!(Grid::new(&flags("{}"), None, &flags("{}")).len(), 1);
        let long: Vec<Value> = (0..10_000).map(Value::Int).collect();
        let huge: FlagValues =
            (0..8).map(|i| (format!("f{i}"), Value::List(long.clone()))).collect();
        let grid = Grid::new(&huge, None, &flags("{}"));
        assert_eq!(grid.len(), u64::MAX);
        assert_eq!(grid.at(9_999).unwrap()["f7"], Value::Int(9_999));
        assert_eq!(grid.sample(3, 1).len(), 3);
    }

    #[test]
    fn a_sample_is_the_same_for_the_same_seed_and_in_order() {
        let grid = Grid::new(
            &[("a".into(), Value::List(vec![Value::Int(1); 50]))].into(),
            None,
            &flags("{}"),
        );
        let sample = grid.sample(10, 7);
        assert_eq!((sample.len(), &sample), (10, &grid.sample(10, 7)));
        assert!(sample.is_sorted_by(|a, b| a < b) && sample.iter().all(|i| *i < 50));
        assert_ne!(sample, grid.sample(10, 8));
        assert_eq!(grid.sample(60, 7), (0..50).collect::<Vec<_>>());
    }
}
