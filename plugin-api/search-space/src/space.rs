//! All that is searched.

use fastrand::Rng;
use guild_plugin_api::search::SuggestTrials;
use guild_plugin_api::{HookError, HookResult, Map};

use crate::Dim;

/// A trial as numbers, one for each flag in the order of the space: where it is between 0 and 1, for
/// choices the index.
pub type Point = Vec<f64>;

/// The flags that are searched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    names: Vec<String>,
    dims: Vec<Dim>,
}

impl Space {
    /// Reads the space of a request.
    ///
    /// # Errors
    /// When the values of a flag make no sense, such as bounds that contradict each other.
    pub fn of(req: &SuggestTrials) -> HookResult<Space> {
        let mut space = Space::default();
        for (name, dim) in &req.space {
            let dim = Dim::of(dim)
                .ok_or_else(|| HookError::new(format!("cannot draw values for flag '{name}'")))?;
            space.names.push(name.clone());
            space.dims.push(dim);
        }
        Ok(space)
    }

    /// The flags' values, in order.
    pub fn dims(&self) -> &[Dim] {
        &self.dims
    }

    /// The flags' names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// How many trials there are; none for more than can be counted.
    pub fn count(&self) -> Option<u64> {
        self.dims.iter().try_fold(1_u64, |n, dim| n.checked_mul(dim.count()?))
    }

    /// The trial of an index below the count.
    pub fn at(&self, mut index: u64) -> Map {
        let mut values = Vec::new();
        for dim in self.dims.iter().rev() {
            let count = dim.count().unwrap_or(1).max(1);
            values.push(dim.at(index % count));
            index /= count;
        }
        self.names().zip(values.into_iter().rev()).collect()
    }

    /// A trial by chance, as the ranges are distributed.
    pub fn draw_trial(&self, chance: &mut Rng) -> Map {
        self.names().zip(self.dims.iter().map(|dim| dim.draw(chance))).collect()
    }

    /// A point by chance, of which each trial has its share.
    pub fn draw(&self, chance: &mut Rng) -> Point {
        let draw = |dim: &Dim| match dim.choices() {
            Some(many) => chance.usize(0..many) as f64,
            None => chance.f64(),
        };
        self.dims.iter().map(draw).collect()
    }

    /// The point of a trial; none where a value is missing or not in the space.
    pub fn point(&self, trial: &Map) -> Option<Point> {
        self.names().zip(&self.dims).map(|(name, dim)| dim.coordinate(trial.get(name)?)).collect()
    }

    /// The trial that a point stands for.
    pub fn trial(&self, point: &[f64]) -> Map {
        self.names().zip(self.dims.iter().zip(point).map(|(dim, t)| dim.value(*t))).collect()
    }

    /// Moves a point to where the trial is that it stands for.
    pub fn snap(&self, point: &mut [f64]) {
        for (dim, t) in self.dims.iter().zip(point) {
            *t = dim.snap(*t);
        }
    }
}
