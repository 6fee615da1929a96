//! What is known of the objective.

use guild_plugin_api::search::{Direction, SuggestTrials};
use guild_search_space::{Point, Space};

use crate::model;

/// How many trials a model is learned from at most. Of more, the best half of this and others that
/// are spread evenly over the rest: what a suggestion costs does not grow without end.
const AT_MOST: usize = 500;

/// Points and what came out there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observations {
    /// Where.
    pub points: Vec<Point>,
    /// The objective, which is to be small.
    pub values: Vec<f64>,
    /// The seconds that it took; 1 where nobody knows.
    pub seconds: Vec<f64>,
    /// Where trials are still running, or ended without the objective.
    pub unknown: Vec<Point>,
}

impl Observations {
    /// What a request tells, as far as it is in the space.
    pub fn of(space: &Space, req: &SuggestTrials) -> Observations {
        let sign = if req.direction == Direction::Maximize { -1.0 } else { 1.0 };
        let mut all = Observations::default();
        for trial in req.earlier.iter().chain(&req.history) {
            let Some(point) = space.point(&trial.flags) else { continue };
            match trial.value {
                Some(value) if value.is_finite() => {
                    all.points.push(point);
                    all.values.push(sign * value);
                    all.seconds.push(trial.seconds.unwrap_or(1.0));
                }
                _ => all.unknown.push(point),
            }
        }
        all.unknown.extend(req.pending.iter().filter_map(|trial| space.point(&trial.flags)));
        all
    }

    /// The indexes of the points, the best first.
    pub fn ranked(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|a, b| self.values[*a].total_cmp(&self.values[*b]));
        order
    }

    /// Those that a model is learned from.
    pub fn thinned(self) -> Observations {
        self.thinned_to(AT_MOST)
    }

    /// At most `most` of them, in the order in which they came.
    pub fn thinned_to(self, most: usize) -> Observations {
        if self.points.len() <= most {
            return self;
        }
        let order = self.ranked();
        let (best, rest) = order.split_at(most / 2);
        let others = most - best.len();
        let spread = (0..others).map(|i| rest[i * rest.len() / others]);
        let mut kept: Vec<usize> = best.iter().copied().chain(spread).collect();
        kept.sort_unstable();
        Observations {
            points: kept.iter().map(|i| self.points[*i].clone()).collect(),
            values: kept.iter().map(|i| self.values[*i]).collect(),
            seconds: kept.iter().map(|i| self.seconds[*i]).collect(),
            unknown: self.unknown,
        }
    }
}

/// Makes values of any size fit for a model: about 0, about 1 apart. What is worse than the middle is
/// drawn together, so that a few terrible trials do not hide what is to be told apart among the good.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    middle: f64,
    spread: f64,
    mean: f64,
    deviation: f64,
}

impl Scale {
    /// The scale for some values.
    pub fn of(values: &[f64]) -> Scale {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            sorted.get((share * (sorted.len().max(1) - 1) as f64) as usize).copied().unwrap_or(0.0)
        };
        let middle = at(0.5);
        // Halves, since the difference of two large numbers may be too large.
        let spreads = [middle / 2.0 - at(0.0) / 2.0, at(1.0) / 2.0 - middle / 2.0, 0.5];
        let spread = spreads.into_iter().find(|s| *s > 0.0).unwrap_or(1.0);
        let mut scale = Scale { middle, spread, mean: 0.0, deviation: 1.0 };
        let drawn: Vec<f64> = values.iter().map(|v| scale.apply(*v)).collect();
        let deviation = model::variance(&drawn).sqrt();
        scale.mean = model::mean(&drawn);
        scale.deviation = if deviation > 1e-12 { deviation } else { 1.0 };
        scale
    }

    /// What a value becomes.
    pub fn apply(self, value: f64) -> f64 {
        let z = (value / 2.0 - self.middle / 2.0) / self.spread;
        let drawn = if z > 0.0 { libm::log1p(z) } else { z };
        (drawn - self.mean) / self.deviation
    }

    /// What the variance of values about the best ones becomes.
    pub fn apply_variance(self, variance: f64) -> f64 {
        let factor = 2.0 * self.spread * self.deviation;
        variance / (factor * factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::Value;
    use guild_plugin_api::search::{Dimension, DimensionKind, Trial};

    #[test]
    fn what_is_told_of_trials() {
        let kind = DimensionKind::Float;
        let dim = Dimension { kind, low: 0.into(), high: 2.into(), ..Dimension::default() };
        let trial = |x: Value, value| Trial {
            flags: [("x", x)].into_iter().collect(),
            value,
            ..Trial::default()
        };
        let req = SuggestTrials {
            space: [("x".to_string(), dim)].into(),
            direction: Direction::Maximize,
            earlier: vec![trial(1.into(), Some(3.0)), trial("a".into(), Some(4.0))],
            history: vec![trial(2.into(), None), trial(0.into(), Some(f64::NAN))],
            pending: vec![trial(Value::Float(0.5), None)],
            ..SuggestTrials::default()
        };
        let all = Observations::of(&Space::of(&req).unwrap(), &req);
        assert_eq!((all.points, all.values), (vec![vec![0.5]], vec![-3.0]));
        assert_eq!(all.unknown, [[1.0], [0.0], [0.25]]);
    }

    #[test]
    fn the_best_are_kept_of_many() {
        let values: Vec<f64> = (0..2000).map(|i| f64::from((i * 7) % 2000)).collect();
        let points = values.iter().map(|v| vec![*v]).collect();
        let all = Observations { points, seconds: values.clone(), values, ..Default::default() };
        let kept = all.thinned();
        assert_eq!(kept.points.len(), AT_MOST);
        assert!((0..250).all(|v| kept.values.contains(&f64::from(v))));
        assert!(kept.points.iter().zip(&kept.values).all(|(p, v)| p[0] == *v));
    }

    #[test]
    fn values_of_any_size_are_scaled_and_stay_in_order() {
        for values in [
            vec![1e-9, 2e-9, 5e-9, 1.0],
            vec![-1e300, 0.0, 1e300],
            vec![f64::MIN, f64::MAX],
            vec![3.0, 3.0, 3.0],
            vec![7.0],
            vec![],
        ] {
            let scale = Scale::of(&values);
            let scaled: Vec<f64> = values.iter().map(|v| scale.apply(*v)).collect();
            assert!(scaled.is_sorted(), "{values:?} {scaled:?}");
            assert!(scaled.iter().all(|v| v.abs() < 10.0), "{values:?} {scaled:?}");
        }
    }
}
