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

/// A model that says what its predictions rest on.
pub trait Explained {
    /// What is to be expected at a point; how much each flag has to do with it is added to `matters`.
    fn explain(&self, point: &[f64], matters: &mut [f64]) -> Prediction;
}

/// A model of steps, which knows of little doubt between and beyond the points that it was learned
/// from: the farther away from those, by the flags that matter there, the more there is.
pub struct Doubtful<M> {
    model: M,
    choices: Vec<bool>,
    points: Vec<Point>,
    doubt: f64,
}

/// How much flags count at least that have nothing to do with a prediction: what they are together
/// for all others. They may not have been tried there.
const UNEXPLAINED: f64 = 0.1;

impl<M: Explained> Doubtful<M> {
    /// The model, with the points that it was learned from and those that are still to come out.
    /// `doubt` is that about a point that has nothing in common with any that is known.
    pub fn new(model: M, choices: Vec<bool>, known: &Observations, doubt: f64) -> Doubtful<M> {
        let points = known.points.iter().chain(&known.unknown).cloned().collect();
        Doubtful { model, choices, points, doubt }
    }
}

impl<M: Explained> Model for Doubtful<M> {
    fn predict(&self, point: &[f64]) -> Prediction {
        let mut shares = vec![0.0; self.choices.len()];
        let Prediction { mean, deviation } = self.model.explain(point, &mut shares);
        let (all, even) = (shares.iter().sum::<f64>(), 1.0 / self.choices.len() as f64);
        for share in &mut shares {
            let own = if all > 0.0 { *share / all } else { even };
            *share = own * (1.0 - UNEXPLAINED) + even * UNEXPLAINED;
        }
        let far = |known: &Point| -> f64 {
            kernel::squares(&self.choices, known, point).zip(&shares).map(|(s, w)| s * w).sum()
        };
        let nearest = self.points.iter().map(far).fold(1.0, f64::min);
        let doubt = self.doubt * self.doubt * nearest;
        Prediction { mean, deviation: (deviation * deviation + doubt).sqrt() }
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

    impl Explained for Flat {
        fn explain(&self, _: &[f64], _: &mut [f64]) -> Prediction {
            Prediction { mean: 2.0, deviation: 0.5 }
        }
    }

    /// Only the first flag matters.
    struct OfFirst;

    impl Explained for OfFirst {
        fn explain(&self, _: &[f64], matters: &mut [f64]) -> Prediction {
            matters[0] += 3.0;
            Prediction { mean: 0.0, deviation: 0.0 }
        }
    }

    #[test]
    fn doubt_grows_with_the_distance() {
        let known = Observations { points: vec![vec![0.0, 1.0]], ..Observations::default() };
        let model = Doubtful::new(Flat, vec![false, true], &known, 1.5);
        let at = |x, c| model.predict(&[x, c]).deviation;
        assert_eq!((at(0.0, 1.0), model.predict(&[0.3, 0.0]).mean), (0.5, 2.0));
        assert!(at(0.1, 1.0) > 0.5 && at(0.5, 1.0) > at(0.1, 1.0) && at(0.5, 0.0) > at(0.5, 1.0));
    }
    #[test]
    fn what_matters_counts() {
        let known = Observations { points: vec![vec![0.0, 0.0]], ..Observations::default() };
        let model = Doubtful::new(OfFirst, vec![false, false], &known, 1.0);
        let at = |x, y| model.predict(&[x, y]).deviation;
        assert!(at(0.5, 0.0) > 4.0 * at(0.0, 0.5), "{} {}", at(0.5, 0.0), at(0.0, 0.5));
    }
}
