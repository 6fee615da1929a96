//! What all models of the objective have in common.

use guild_search_space::{Dim, Point};

use crate::kernel;
use crate::observations::Observations;

/// What a model says of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// What is expected.
    pub mean: f64,
    /// How far off that may be: a standard deviation.
    pub deviation: f64,
}

/// A model of the objective, learned from trials.
pub trait Model {
    /// What is to be expected at a point.
    fn predict(&self, point: &[f64]) -> Prediction;
}

/// A model of steps, which knows of no doubt between and beyond the points that it was learned from:
/// the farther away from those, the more there is.
pub struct Doubtful<M> {
    model: M,
    choices: Vec<bool>,
    points: Vec<Point>,
}

/// The doubt about a point that has nothing in common with any that is known.
const DOUBT: f64 = 1.5;

impl<M: Model> Doubtful<M> {
    /// The model, with the points that it was learned from and those that are still to come out.
    pub fn new(model: M, choices: Vec<bool>, known: &Observations) -> Doubtful<M> {
        let points = known.points.iter().chain(&known.unknown).cloned().collect();
        Doubtful { model, choices, points }
    }
}

impl<M: Model> Model for Doubtful<M> {
    fn predict(&self, point: &[f64]) -> Prediction {
        let Prediction { mean, deviation } = self.model.predict(point);
        let square = |known: &Point| kernel::squares(&self.choices, known, point).sum::<f64>();
        let nearest = self.points.iter().map(square).fold(f64::INFINITY, f64::min);
        let share = (nearest / self.choices.len() as f64).min(1.0);
        Prediction { mean, deviation: (deviation * deviation + DOUBT * DOUBT * share).sqrt() }
    }
}

/// Which numbers of a point stand for choices, that is, have no order.
pub fn choices(dims: &[Dim]) -> Vec<bool> {
    dims.iter().map(|dim| dim.choices().is_some()).collect()
}

/// The mean of some numbers; 0 of none.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The variance of some numbers about their mean.
pub fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    values.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Flat;

    impl Model for Flat {
        fn predict(&self, _: &[f64]) -> Prediction {
            Prediction { mean: 2.0, deviation: 0.5 }
        }
    }

    #[test]
    fn doubt_grows_with_the_distance() {
        let known = Observations { points: vec![vec![0.0, 1.0]], ..Observations::default() };
        let model = Doubtful::new(Flat, vec![false, true], &known);
        let at = |x, c| model.predict(&[x, c]).deviation;
        assert_eq!((at(0.0, 1.0), model.predict(&[0.3, 0.0]).mean), (0.5, 2.0));
        assert!(at(0.1, 1.0) > 0.5 && at(0.5, 1.0) > at(0.1, 1.0) && at(0.5, 0.0) > at(0.5, 1.0));
    }
}
