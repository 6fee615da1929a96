//! What all models of the objective have in common.

use guild_search_space::Dim;

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
