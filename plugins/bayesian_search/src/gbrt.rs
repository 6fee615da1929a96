//! Gradient boosted trees for quantiles: the model of `gbrt`.
//!
//! Source: Friedman, *Greedy function approximation* (2001). Three series of trees say where 16, 50
//! and 84 of a hundred values are below, which is the mean and a standard deviation either way, as in
//! scikit-optimize.

use fastrand::Rng;
use guild_search_space::Point;

use crate::model::{self, Explained, Prediction};
use crate::observations::Observations;
use crate::tree::{Growth, Tree};

const TREES: usize = 30;
const RATE: f64 = 0.1;
const DEPTH: usize = 3;

/// Where so many of the values are below.
const QUANTILES: [f64; 3] = [0.16, 0.5, 0.84];

/// Boosted trees, grown.
pub struct BoostedTrees {
    series: [Series; 3],
}

/// Trees that add up to a quantile.
struct Series {
    base: f64,
    trees: Vec<Tree<f64>>,
}

impl BoostedTrees {
    /// What three quantiles do not know of where nothing was tried.
    pub const DOUBT: f64 = 0.5;

    /// Learns from observations. What is not known yet is taken for ordinary.
    pub fn learn(choices: &[bool], known: &Observations, chance: &mut Rng) -> BoostedTrees {
        let (mut points, mut values) = (known.points.clone(), known.values.clone());
        let ordinary = model::mean(&values);
        values.extend(known.unknown.iter().map(|_| ordinary));
        points.extend(known.unknown.iter().cloned());
        let series =
            QUANTILES.map(|quantile| Series::learn(choices, &points, &values, quantile, chance));
        BoostedTrees { series }
    }
}

impl Series {
    fn learn(
        choices: &[bool],
        points: &[Point],
        values: &[f64],
        share: f64,
        chance: &mut Rng,
    ) -> Series {
        let base = quantile(values.to_vec(), share);
        let mut rest: Vec<f64> = values.iter().map(|v| v - base).collect();
        let all: Vec<usize> = (0..points.len()).collect();
        let mut trees = Vec::new();
        for _ in 0..TREES {
            let signs: Vec<f64> =
                rest.iter().map(|r| if *r > 0.0 { share } else { share - 1.0 }).collect();
            let growth =
                Growth { points, values: &signs, choices, least: 1, depth: DEPTH, random: false };
            let leaf = |of: &[usize]| quantile(of.iter().map(|i| rest[*i]).collect(), share);
            let tree = Tree::grow(&growth, &all, chance, &leaf);
            for (rest, point) in rest.iter_mut().zip(points) {
                *rest -= RATE * tree.leaf(point);
            }
            trees.push(tree);
        }
        Series { base, trees }
    }

    fn at(&self, point: &[f64], matters: &mut [f64]) -> f64 {
        let leaves =
            self.trees.iter().map(|tree| tree.leaf_noting(point, |dim, gain| matters[dim] += gain));
        self.base + RATE * leaves.sum::<f64>()
    }
}

impl Explained for BoostedTrees {
    fn explain(&self, point: &[f64], matters: &mut [f64]) -> Prediction {
        let [low, middle, high] = [0, 1, 2].map(|i| self.series[i].at(point, matters));
        Prediction { mean: middle, deviation: ((high - low) / 2.0).max(0.0) }
    }
}

/// The value below which a share of the values is.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = share * (values.len().max(1) - 1) as f64;
    let at = |i: usize| values.get(i).or(values.last()).copied().unwrap_or(0.0);
    let (below, above) = (at(place as usize), at(place as usize + 1));
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_values() {
        let values = vec![4.0, 1.0, 3.0, 2.0];
        let at = |share| quantile(values.clone(), share);
        assert_eq!((at(0.0), at(0.5), at(1.0)), (1.0, 2.5, 4.0));
        assert_eq!((quantile(vec![], 0.5), quantile(vec![7.0], 0.84)), (0.0, 7.0));
    }

    #[test]
    fn a_valley_is_found_and_noise_is_uncertain() {
        let mut chance = Rng::with_seed(5);
        let points: Vec<Point> = (0..200).map(|_| vec![chance.f64()]).collect();
        let noisy = |x: f64, t: f64| if x > 0.5 { 2.0 + t } else { (x - 0.2).abs() };
        let values: Vec<f64> = points.iter().map(|p| noisy(p[0], chance.f64())).collect();
        let known = Observations { points, values, ..Observations::default() };
        let model = BoostedTrees::learn(&[false], &known, &mut chance);
        let at = |x: f64| model.explain(&[x], &mut [0.0]);
        let (valley, hill) = (at(0.2), at(0.8));
        assert!(valley.mean < 0.3 && hill.mean > 2.0, "{valley:?} {hill:?}");
        assert!(hill.deviation > valley.deviation, "{valley:?} {hill:?}");
    }
}
