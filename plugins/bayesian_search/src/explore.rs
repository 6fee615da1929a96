//! Which trials are not left to the model.
//!
//! A model that has seen a choice only where it did badly predicts that it always will, and does not
//! ask again; flags that matter for one choice only look as if they did not matter at all. So some
//! trials are drawn by chance all the same, as in SMAC (Hutter, Hoos and Leyton-Brown, *Sequential
//! model-based optimization for general algorithm configuration*, 2011): the more flags there are, the
//! more, and the fewer the longer the search is. And of some trials the best so far is taken, with
//! another value for one flag, which tells the flags apart.

use fastrand::Rng;
use guild_search_space::{Point, Space};

/// What a trial is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Any, by chance.
    Chance,
    /// The best so far, but for one flag.
    Variation,
    /// What the model suggests.
    Model,
}

/// The share of trials by chance at most. Of a hundred trials it is one for each flag.
const BY_CHANCE: f64 = 0.5;

/// The share of trials that are variations.
const VARIATIONS: f64 = 0.15;

impl Source {
    /// That of trial `number` of a search.
    pub fn of(number: u64, space: &Space, chance: &mut Rng) -> Source {
        let drawn = chance.f64();
        let by_chance = (space.dims().len() as f64 / number.max(1) as f64).min(BY_CHANCE);
        if drawn < by_chance {
            Source::Chance
        } else if drawn < by_chance + VARIATIONS {
            Source::Variation
        } else {
            Source::Model
        }
    }
}

/// A point that differs from another by one flag.
pub fn varied(space: &Space, best: &[f64], chance: &mut Rng) -> Point {
    let mut point = best.to_vec();
    let at = chance.usize(0..point.len());
    let dim = &space.dims()[at];
    if let Some(t) = dim.coordinate(&dim.draw(chance)) {
        point[at] = t;
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::search::{Dimension, DimensionKind, SuggestTrials};

    fn space() -> Space {
        let kind = DimensionKind::Int;
        let dim = || Dimension { kind, low: 0.into(), high: 9.into(), ..Dimension::default() };
        let space = ["a", "b", "c"].map(|name| (name.to_string(), dim())).into();
        Space::of(&SuggestTrials { space, ..SuggestTrials::default() }).unwrap()
    }

    #[test]
    fn chance_gives_way_to_the_model() {
        let space = space();
        let mut chance = Rng::with_seed(1);
        let mut count = |number, wanted| {
            let all = (0..1000).map(|_| Source::of(number, &space, &mut chance));
            all.filter(|source| *source == wanted).count()
        };
        assert!((450..550).contains(&count(1, Source::Chance)));
        assert!((15..50).contains(&count(100, Source::Chance)));
        assert!((100..200).contains(&count(100, Source::Variation)));
        assert!(count(100, Source::Model) > 750);
    }

    #[test]
    fn a_variation_differs_by_one_flag_at_most() {
        let space = space();
        let best = space.draw(&mut Rng::with_seed(2));
        let mut chance = Rng::with_seed(3);
        let mut moved = [0; 3];
        for _ in 0..100 {
            let other = varied(&space, &best, &mut chance);
            let apart: Vec<usize> = (0..3).filter(|i| best[*i] != other[*i]).collect();
            assert!(apart.len() <= 1, "{apart:?}");
            apart.iter().for_each(|i| moved[*i] += 1);
        }
        assert!(moved.iter().all(|n| *n > 10), "{moved:?}");
    }
}
