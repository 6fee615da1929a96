//! Extremely randomized trees: the model of `forest`.
//!
//! Source: Geurts, Ernst and Wehenkel, *Extremely randomized trees* (2006); how far off a prediction
//! may be is the variance of the leaves plus that between the trees, as in scikit-optimize.

use fastrand::Rng;

use crate::model::{self, Explained, Prediction};
use crate::observations::Observations;
use crate::tree::{Growth, Tree};

const TREES: usize = 100;

/// A forest, grown.
pub struct Forest {
    trees: Vec<Tree<(f64, f64)>>,
}

impl Forest {
    /// What the trees, which differ among themselves, do not know of.
    pub const DOUBT: f64 = 0.3;

    /// Learns from observations. What is not known yet is taken for ordinary.
    pub fn learn(choices: &[bool], known: &Observations, chance: &mut Rng) -> Forest {
        let (mut points, mut values) = (known.points.clone(), known.values.clone());
        let ordinary = model::mean(&values);
        values.extend(known.unknown.iter().map(|_| ordinary));
        points.extend(known.unknown.iter().cloned());
        let growth = Growth {
            points: &points,
            values: &values,
            choices,
            // What differs between the trees is what is not known then: nothing at a point that was
            // tried, the more the farther away from all of them.
            least: 1,
            depth: usize::MAX,
            random: true,
        };
        let all: Vec<usize> = (0..points.len()).collect();
        let leaf = |of: &[usize]| {
            let values: Vec<f64> = of.iter().map(|i| values[*i]).collect();
            (model::mean(&values), model::variance(&values))
        };
        let trees = (0..TREES).map(|_| Tree::grow(&growth, &all, chance, &leaf)).collect();
        Forest { trees }
    }
}

impl Explained for Forest {
    fn explain(&self, point: &[f64], matters: &mut [f64]) -> Prediction {
        let (mut means, mut within) = (Vec::with_capacity(TREES), 0.0);
        for tree in &self.trees {
            let (mean, variance) = *tree.leaf_noting(point, |dim, gain| matters[dim] += gain);
            means.push(mean);
            within += variance / TREES as f64;
        }
        let variance = within + model::variance(&means);
        Prediction { mean: model::mean(&means), deviation: variance.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valley_is_found() {
        let points: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i) / 40.0]).collect();
        let values: Vec<f64> = points.iter().map(|p| (p[0] - 0.3).abs()).collect();
        let known = Observations { points, values, ..Observations::default() };
        let forest = Forest::learn(&[false], &known, &mut Rng::with_seed(3));
        let at = |x: f64| forest.explain(&[x], &mut [0.0]);
        assert!(at(0.3).mean < 0.2 && at(0.9).mean > 0.4, "{:?} {:?}", at(0.3), at(0.9));
    }

    #[test]
    fn one_point_is_enough() {
        let known =
            Observations { points: vec![vec![0.5]], values: vec![2.0], ..Observations::default() };
        let forest = Forest::learn(&[false], &known, &mut Rng::with_seed(3));
        assert!((forest.explain(&[0.1], &mut [0.0]).mean - 2.0).abs() < 1e-9);
    }
}
