//! The way to the point that promises most: many points by chance and near the best trials, then
//! smaller and smaller steps from the best of those.

use fastrand::Rng;
use guild_search_space::{Dim, Point, Space, chance};

/// How many points are drawn from the whole space.
const EVERYWHERE: usize = 1000;

/// How many points are drawn near each of the best trials, for each of [`STEPS`].
const NEARBY: usize = 20;

/// How far: in shares of a flag's range.
const STEPS: [f64; 5] = [0.2, 0.06, 0.02, 0.006, 0.002];

/// From how many points it goes on in smaller steps.
const CLIMBERS: usize = 4;

/// Points with what they promise, the best first. `best` are trials to look near to.
pub fn ranked(
    space: &Space,
    best: &[Point],
    chance: &mut Rng,
    promise: impl Fn(&[f64]) -> f64,
) -> Vec<(f64, Point)> {
    let measured = |mut point: Point| {
        space.snap(&mut point);
        (promise(&point), point)
    };
    let mut all: Vec<(f64, Point)> =
        (0..EVERYWHERE).map(|_| measured(space.draw(chance))).collect();
    for point in best {
        for step in STEPS {
            all.extend((0..NEARBY).map(|_| measured(moved(space, point, step, chance))));
        }
    }
    sort(&mut all);
    let climbers: Vec<(f64, Point)> = all.iter().take(CLIMBERS).cloned().collect();
    for mut climber in climbers {
        for step in STEPS {
            for _ in 0..NEARBY {
                let next = measured(moved(space, &climber.1, step, chance));
                if next.0 > climber.0 {
                    climber = next;
                }
            }
        }
        all.push(climber);
    }
    sort(&mut all);
    all
}

fn sort(points: &mut [(f64, Point)]) {
    points.sort_by(|(a, _), (b, _)| b.total_cmp(a));
}

/// A point near another: one flag differs at least, others perhaps.
fn moved(space: &Space, from: &[f64], step: f64, chance: &mut Rng) -> Point {
    let dims = space.dims();
    let always = chance.usize(0..dims.len());
    let mut point = from.to_vec();
    for (i, (dim, t)) in dims.iter().zip(&mut point).enumerate() {
        if i != always && chance.f64() < 0.5 {
            continue;
        }
        *t = match dim {
            // A step is one of many only where it is large.
            Dim::Choices(values) if i == always || chance.f64() < step => {
                chance.usize(0..values.len()) as f64
            }
            Dim::Choices(_) => *t,
            _ => (*t + step * chance::normal(chance)).clamp(0.0, 1.0),
        };
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::search::{Dimension, DimensionKind, SuggestTrials};

    #[test]
    fn a_narrow_hill_is_climbed() {
        let kind = DimensionKind::Float;
        let range = Dimension { kind, low: 0.into(), high: 1.into(), ..Dimension::default() };
        let choices = vec!["a".into(), "b".into(), "c".into()];
        let choice = Dimension { choices, ..Dimension::default() };
        let dims = [range.clone(), range, choice];
        let space = ["x", "y", "c"].map(String::from).into_iter().zip(dims).collect();
        let space = Space::of(&SuggestTrials { space, ..SuggestTrials::default() }).unwrap();
        let hill = |p: &[f64]| {
            let other = if p[2] == 2.0 { 0.0 } else { 1.0 };
            -(p[0] - 0.123).abs() - (p[1] - 0.9).abs() - other
        };
        let near = vec![0.5, 0.5, 0.0];
        let all = ranked(&space, &[near], &mut Rng::with_seed(1), hill);
        assert!(all[0].0 > -0.01, "{:?}", all[0]);
        assert!(all.is_sorted_by(|a, b| a.0 >= b.0));
    }
}
