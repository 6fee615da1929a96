//! From a request to trials.

use std::ops::Range;

use guild_plugin_api::search::{Direction, SuggestTrials, SuggestedTrials, Trial};
use guild_plugin_api::{Context, HookResult, Map, Value};
use guild_search_space::{Point, Seen, Space, chance};

use crate::parzen::Parzen;

/// How many trials count in full among those that are not the best: the latest. Older ones count the
/// less the older they are.
const RECENT: usize = 25;

/// What share of the trials are the best, and how many of them at most.
const BEST: f64 = 0.2;
const MOST: usize = 25;

/// What one of the best counts at least, where the mean of them counts 1: the others count by how much
/// better they are than the first that is not among the best.
const LEAST: f64 = 0.1;

/// What share of the trials is suggested a flag at a time. What flags have to do with one another is
/// lost then, and so is the way in which a choice that was good once holds all others.
const APART: f64 = 0.25;

/// The trials that look the best. Nothing is tried twice; the search ends when all was.
pub fn trials(cx: &Context, req: &SuggestTrials) -> HookResult<SuggestedTrials> {
    let space = Space::of(req)?;
    let number = |name: &str, default: i64| match req.options.get(name) {
        Some(Value::Int(n)) => u64::try_from(*n).unwrap_or(0),
        _ => default.unsigned_abs(),
    };
    let starts = number("random-starts", 10);
    let candidates = number("candidates", 24).max(1);
    let mut seen = Seen::of(&space, req);
    let mut tried = Tried::of(&space, req);
    let first = (req.history.len() + req.pending.len()) as u64;
    let mut trials = Vec::new();
    for number in first..first.saturating_add(req.count) {
        let mut chance = chance::of_trial(req.seed, number);
        let known = (req.earlier.len() + req.history.len()) as u64;
        let trial = if tried.values.is_empty() || number < starts && known < starts {
            cx.debug(format!("trial {number} is drawn by chance"));
            seen.first_new(&mut chance, |chance| space.draw_trial(chance))
        } else {
            seen.first_new(&mut chance, |chance| tried.best_of(&space, candidates, chance))
        };
        let Some(trial) = trial else {
            return Ok(SuggestedTrials { trials, done: true });
        };
        tried.points.extend(space.point(&trial));
        trials.push(trial);
    }
    Ok(SuggestedTrials { trials, done: false })
}

/// The trials so far, the best first; then those without the objective, of which nothing good is
/// known.
struct Tried {
    points: Vec<Point>,
    /// What those have come to that have the objective.
    values: Vec<f64>,
    /// How late each of those came that have the objective; as many as there are.
    places: Vec<usize>,
}

impl Tried {
    fn of(space: &Space, req: &SuggestTrials) -> Tried {
        let sign = if req.direction == Direction::Maximize { -1.0 } else { 1.0 };
        let value = |trial: &Trial| trial.value.filter(|v| v.is_finite()).map(|v| sign * v);
        let (mut ended, mut others) = (Vec::new(), Vec::new());
        for (i, trial) in req.earlier.iter().chain(&req.history).chain(&req.pending).enumerate() {
            let Some(point) = space.point(&trial.flags) else { continue };
            match value(trial) {
                Some(value) => ended.push((value, i, point)),
                None => others.push(point),
            }
        }
        ended.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
        let places = ended.iter().map(|(_, i, _)| *i).collect();
        let values = ended.iter().map(|(value, ..)| *value).collect();
        let points = ended.into_iter().map(|(.., point)| point).chain(others).collect();
        Tried { points, values, places }
    }

    /// Of some trials that are like the best, the one that is the least like the others.
    fn best_of(&self, space: &Space, candidates: u64, chance: &mut fastrand::Rng) -> Map {
        let many = space.dims().len();
        let mut point = Point::new();
        if chance.f64() < APART {
            for dim in 0..many {
                point.extend(self.best_part(space, dim..dim + 1, candidates, chance));
            }
        } else {
            point = self.best_part(space, 0..many, candidates, chance);
        }
        space.trial(&point)
    }

    /// The same for some of the flags.
    fn best_part(
        &self,
        space: &Space,
        part: Range<usize>,
        candidates: u64,
        chance: &mut fastrand::Rng,
    ) -> Point {
        let best = ((self.values.len() as f64 * BEST).ceil() as usize).min(MOST);
        let dims = &space.dims()[part.clone()];
        let places: Vec<&[f64]> = self.points.iter().map(|point| &point[part.clone()]).collect();
        let good = Parzen::of(dims, &places[..best], &self.merits(best));
        let other = Parzen::of(dims, &places[best..], &self.ages(best));
        let promising = (0..candidates).map(|_| {
            let drawn = good.draw(chance);
            let point: Point = dims.iter().zip(drawn).map(|(dim, t)| dim.snap(t)).collect();
            (good.log_density(&point) - other.log_density(&point), point)
        });
        promising
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, point)| point)
            .unwrap_or_default()
    }

    /// How much each of the best counts, by what it has come to.
    fn merits(&self, best: usize) -> Vec<f64> {
        // Halves, since the difference of two large numbers may be too large.
        let bar = self.values.get(best).or(self.values.last()).map_or(0.0, |value| value / 2.0);
        let better = |value: &f64| bar - value / 2.0;
        let mean = self.values[..best].iter().map(|v| better(v) / best as f64).sum::<f64>();
        if mean <= 0.0 {
            return vec![1.0; best];
        }
        self.values[..best].iter().map(|value| (better(value) / mean).max(LEAST)).collect()
    }

    /// How much each of those counts that are not the best, by how late it came.
    fn ages(&self, best: usize) -> Vec<f64> {
        let many = self.points.len() - best;
        let mut latest: Vec<usize> = (0..many).collect();
        let age = |i: &usize| self.places.get(best + i).copied().unwrap_or(usize::MAX);
        latest.sort_by_key(|i| std::cmp::Reverse(age(i)));
        let mut weights = vec![1.0; many];
        for (rank, i) in latest.into_iter().enumerate().skip(RECENT) {
            let old = many - RECENT;
            let share = (many - 1 - rank) as f64 / old.max(1) as f64;
            weights[i] = share + (1.0 - share) / many as f64;
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::search::{Dimension, DimensionKind};

    fn request() -> SuggestTrials {
        let kind = DimensionKind::Float;
        let x = Dimension { kind, low: 0.into(), high: 1.into(), ..Dimension::default() };
        let c = Dimension { choices: vec!["a".into(), "b".into()], ..Dimension::default() };
        SuggestTrials {
            space: [("x".to_string(), x), ("c".to_string(), c)].into(),
            count: 1,
            seed: 3,
            ..SuggestTrials::default()
        }
    }

    fn loss(trial: &Map) -> f64 {
        let x = match trial.get("x") {
            Some(Value::Float(x)) => *x,
            other => panic!("{other:?}"),
        };
        (x - 0.7).abs() + if trial.get("c") == Some(&"b".into()) { 0.0 } else { 0.5 }
    }

    fn run(mut req: SuggestTrials, trials: usize) -> Vec<f64> {
        for _ in 0..trials {
            let flags = super::trials(&Context::default(), &req).unwrap().trials.remove(0);
            let sign = if req.direction == Direction::Maximize { -1.0 } else { 1.0 };
            let value = Some(sign * loss(&flags));
            req.history.push(Trial { flags, value, status: "completed".into(), seconds: None });
        }
        req.history.iter().map(|trial| trial.value.unwrap().abs()).collect()
    }

    #[test]
    fn it_gets_better_in_either_direction() {
        for direction in [Direction::Minimize, Direction::Maximize] {
            let losses = run(SuggestTrials { direction, ..request() }, 60);
            let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
            assert!(mean(&losses[40..]) < mean(&losses[..10]) / 2.0, "{losses:?}");
            assert!(losses.iter().any(|loss| *loss < 0.01), "{losses:?}");
        }
    }

    #[test]
    fn several_at_once_are_apart_and_the_same_as_one_by_one() {
        let mut req = request();
        let drawn = super::trials(&Context::default(), &SuggestTrials { count: 20, ..req.clone() });
        for flags in drawn.unwrap().trials {
            let value = Some(loss(&flags));
            req.history.push(Trial { flags, value, ..Trial::default() });
        }
        let all = SuggestTrials { count: 4, ..req.clone() };
        let all = super::trials(&Context::default(), &all).unwrap().trials;
        for flags in &all {
            let one = super::trials(&Context::default(), &req).unwrap().trials.remove(0);
            assert_eq!(one, *flags);
            req.pending.push(Trial { flags: one, ..Trial::default() });
        }
    }

    #[test]
    fn trials_without_the_objective_are_no_reason_to_stop() {
        let mut req = request();
        let nan = [None, Some(f64::NAN), Some(f64::INFINITY), None];
        for (i, value) in nan.into_iter().cycle().take(30).enumerate() {
            let x = Value::Float(i as f64 / 30.0);
            let flags = [("x", x), ("c", "a".into())].into_iter().collect();
            req.history.push(Trial { flags, value, ..Trial::default() });
        }
        assert_eq!(super::trials(&Context::default(), &req).unwrap().trials.len(), 1);
    }
}
