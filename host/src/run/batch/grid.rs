//! The trials that lists of flag values give, without ever having all of them in memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use guild_flags::value;
use guild_plugin_api::Value;
use guild_search_space::{Dim, chance};
use indexmap::IndexMap;

use super::space;
use crate::error::Result;

type FlagValues = IndexMap<String, Value>;

/// Products of flag values: one for each entry of batch files, or one alone.
#[derive(Clone, Debug)]
pub struct Grid<'a> {
    /// What is the same in all products.
    base: BTreeMap<&'a str, Vec<Item>>,
    entries: Option<&'a [FlagValues]>,
    user_flags: &'a FlagValues,
    /// How many trials there are up to the end of each product.
    ends: Vec<u64>,
    /// What makes chance repeatable.
    seed: i64,
}

/// What a flag has in some of the trials.
#[derive(Clone, Debug)]
enum Item {
    Value(Value),
    Range(Box<Range>),
}

/// A range, from which each trial has a value by chance.
#[derive(Clone, Debug)]
struct Range {
    dim: Dim,
    /// What the first of these trials has: `[0:1:0.5]`.
    initial: Option<Value>,
}

/// A product: the flags, by name, each with what it goes through.
type Product<'g> = Vec<(&'g str, Cow<'g, [Item]>)>;

impl<'a> Grid<'a> {
    /// The trials of `flags`, whose lists are taken apart. The entries of batch files, if there are
    /// any, win over `flags`, and what the user gave (`user_flags`) over both. `seed` is for the values
    /// of ranges.
    ///
    /// # Errors
    /// When a range is wrong.
    pub fn new(
        flags: &'a FlagValues,
        entries: Option<&'a [FlagValues]>,
        user_flags: &'a FlagValues,
        seed: i64,
    ) -> Result<Grid<'a>> {
        let given = user_flags.iter().filter(|_| entries.is_some());
        let base = flags.iter().chain(given);
        let base = base.map(|(name, value)| Ok((name.as_str(), items(name, value)?)));
        let mut grid = Grid {
            base: base.collect::<Result<_>>()?,
            entries,
            user_flags,
            ends: Vec::new(),
            seed,
        };
        let mut end = 0_u64;
        for product in 0..entries.map_or(1, <[_]>::len) {
            let counts: Vec<u64> =
                grid.product(product)?.iter().map(|(_, items)| items.len() as u64).collect();
            // Before the product, which may be too large to be seen as nothing.
            let none = counts.contains(&0);
            let count = counts.iter().fold(u64::from(!none), |a, b| a.saturating_mul(*b));
            end = end.saturating_add(count);
            grid.ends.push(end);
        }
        Ok(grid)
    }

    fn product(&self, number: usize) -> Result<Product<'_>> {
        let mut product: BTreeMap<&str, Cow<[Item]>> =
            self.base.iter().map(|(name, items)| (*name, Cow::Borrowed(&**items))).collect();
        let entry = self.entries.and_then(|entries| entries.get(number)).into_iter().flatten();
        for (name, value) in entry.filter(|(name, _)| !self.user_flags.contains_key(*name)) {
            product.insert(name, Cow::Owned(items(name, value)?));
        }
        Ok(product.into_iter().collect())
    }

    /// How many trials there are; as many as can be counted when there are more.
    pub fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// The flags of trial `index`: by the names of flags, then by the values as listed, the last
    /// flag changing first.
    pub fn at(&self, index: u64) -> Option<FlagValues> {
        let number = self.ends.partition_point(|end| *end <= index);
        self.ends.get(number)?;
        let product = self.product(number).ok()?;
        let mut left = index - number.checked_sub(1).map_or(0, |before| self.ends[before]);
        let mut chosen = Vec::new();
        for (name, items) in product.iter().rev() {
            let many = items.len() as u64;
            chosen.push((*name, &items[(left % many) as usize], left % many));
            left /= many;
        }
        // The first trial with an item is the one where all other flags have their first.
        let later = chosen.iter().filter(|(.., at)| *at > 0).count();
        let mut chance = chance::of_trial(self.seed, index);
        let mut value = |item: &Item, at: u64| match item {
            Item::Value(value) => value.clone(),
            Item::Range(range) => {
                let drawn = range.dim.draw(&mut chance);
                let first = later == usize::from(at > 0);
                range.initial.clone().filter(|_| first).unwrap_or(drawn)
            }
        };
        let flags = chosen.into_iter().rev();
        Some(flags.map(|(name, item, at)| (name.to_string(), value(item, at))).collect())
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

fn items(name: &str, value: &Value) -> Result<Vec<Item>> {
    let values = value.as_list().unwrap_or(std::slice::from_ref(value));
    values.iter().map(|value| item(name, value)).collect()
}

fn item(flag: &str, value: &Value) -> Result<Item> {
    let Some(function) = value.as_str().and_then(value::parse_function) else {
        return Ok(Item::Value(value.clone()));
    };
    let (dimension, initial) = space::range(flag, &function)?;
    // What makes no sense was refused.
    let range = |dim| Item::Range(Box::new(Range { dim, initial }));
    Ok(Dim::of(&dimension).map_or_else(|| Item::Value(value.clone()), range))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(json: &str) -> FlagValues {
        serde_json::from_str(json).unwrap()
    }

    /// A grid whose flags stay for the rest of the tests.
    fn grid(
        flags: &FlagValues,
        trials: Option<&[FlagValues]>,
        user_flags: &FlagValues,
    ) -> Grid<'static> {
        let flags = Box::leak(Box::new(flags.clone()));
        let user_flags = Box::leak(Box::new(user_flags.clone()));
        let trials = trials.map(|trials| &*trials.to_vec().leak());
        Grid::new(flags, trials, user_flags, 1).unwrap()
    }

    fn all(grid: &Grid) -> Vec<String> {
        (0..grid.len()).map(|i| serde_json::to_string(&grid.at(i).unwrap()).unwrap()).collect()
    }

    #[test]
    fn a_product_goes_by_the_names_of_flags() {
        let grid = grid(&flags(r#"{"b": [1, 2], "c": 0, "a": ["x", "y"]}"#), None, &flags("{}"));
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
        let grid =
            grid(&flags(r#"{"a": 0, "b": 0, "c": 0}"#), Some(&trials), &flags(r#"{"c": [5, 6]}"#));
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
        let none = grid(&flags(r#"{"a": [], "b": [1, 2]}"#), None, &flags("{}"));
        assert_eq!((none.len(), none.at(0)), (0, None));
        assert_eq!(grid(&flags("{}"), None, &flags("{}")).len(), 1);
        let long: Vec<Value> = (0..10_000).map(Value::Int).collect();
        let huge: FlagValues =
            (0..8).map(|i| (format!("f{i}"), Value::List(long.clone()))).collect();
        let grid = grid(&huge, None, &flags("{}"));
        assert_eq!(grid.len(), u64::MAX);
        assert_eq!(grid.at(9_999).unwrap()["f7"], Value::Int(9_999));
        assert_eq!(grid.sample(3, 1).len(), 3);
    }

    #[test]
    fn a_sample_is_the_same_for_the_same_seed_and_in_order() {
        let grid =
            grid(&[("a".into(), Value::List(vec![Value::Int(1); 50]))].into(), None, &flags("{}"));
        let sample = grid.sample(10, 7);
        assert_eq!((sample.len(), &sample), (10, &grid.sample(10, 7)));
        assert!(sample.is_sorted_by(|a, b| a < b) && sample.iter().all(|i| *i < 50));
        assert_ne!(sample, grid.sample(10, 8));
        assert_eq!(grid.sample(60, 7), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn ranges_have_a_value_by_chance_for_each_trial() {
        let given = flags(r#"{"x": "uniform[1:1000000]", "y": [1, 2], "z": ["[0.5:1.5:1]", 7]}"#);
        let none = FlagValues::new();
        let of = |seed| Grid::new(&given, None, &none, seed).unwrap();
        let (one, again, other) = (all(&of(1)), all(&of(1)), all(&of(2)));
        assert_eq!((one.len(), &one), (4, &again));
        assert!(one.iter().zip(&other).all(|(a, b)| a != b), "{one:?} {other:?}");
        let trials: Vec<_> = (0..4).map(|i| of(1).at(i).unwrap()).collect();
        assert!(trials.iter().all(|t| matches!(t["x"], Value::Int(1..=1_000_000))), "{trials:?}");
        assert_ne!(trials[0]["x"], trials[1]["x"]);
        // The first of those with the range has what it starts with.
        assert_eq!((&trials[0]["z"], &trials[1]["z"]), (&Value::Int(1), &Value::Int(7)));
        assert!(matches!(trials[2]["z"], Value::Float(z) if (0.5..1.5).contains(&z)));
        let wrong = Grid::new(&flags(r#"{"x": "[2:1]"}"#), None, &none, 1).unwrap_err();
        assert!(wrong.message.starts_with("invalid function args in 'x=uniform[2:1]'"));
    }
}
