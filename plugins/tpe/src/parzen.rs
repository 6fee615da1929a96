//! Densities of places: each place is smeared a little, and all are added up.

use fastrand::Rng;
use guild_search_space::{Dim, Point, chance};

/// The narrowest that a place is smeared, as a share of the range.
const NARROWEST: f64 = 0.01;

/// A density over points.
pub struct Parzen<'a> {
    dims: &'a [Dim],
    kernels: Vec<Kernel>,
}

/// A smeared place, or the whole space.
struct Kernel {
    log_weight: f64,
    marginals: Vec<Marginal>,
}

/// A kernel along one flag.
enum Marginal {
    /// A normal distribution within 0 and 1.
    Normal { mean: f64, deviation: f64, log_mass: f64 },
    /// What share each choice has.
    Shares(Vec<f64>),
}

impl<'a> Parzen<'a> {
    /// The density of `places`, each of which counts by its weight, and of the whole space, which
    /// counts as one of weight 1.
    pub fn of(dims: &'a [Dim], places: &[&[f64]], weights: &[f64]) -> Parzen<'a> {
        let total: f64 = weights.iter().sum::<f64>() + 1.0;
        let deviations: Vec<Vec<f64>> = (0..dims.len())
            .map(|dim| deviations(places.iter().map(|p| p[dim]).collect()))
            .collect();
        let mut kernels: Vec<Kernel> = places
            .iter()
            .zip(weights)
            .enumerate()
            .map(|(i, (place, weight))| Kernel {
                log_weight: libm::log(weight / total),
                marginals: (0..dims.len())
                    .map(|d| match dims[d].choices() {
                        Some(many) => shares(many, place[d] as usize, places.len()),
                        None => normal(place[d], deviations[d][i]),
                    })
                    .collect(),
            })
            .collect();
        let whole = dims.iter().map(|dim| match dim.choices() {
            Some(many) => Marginal::Shares(vec![1.0 / many as f64; many]),
            None => normal(0.5, 1.0),
        });
        kernels.push(Kernel { log_weight: -libm::log(total), marginals: whole.collect() });
        Parzen { dims, kernels }
    }

    /// A point by chance.
    pub fn draw(&self, chance: &mut Rng) -> Point {
        let mut rest = chance.f64();
        let kernel = self.kernels.iter().find(|kernel| {
            rest -= libm::exp(kernel.log_weight);
            rest < 0.0
        });
        let Some(kernel) = kernel.or(self.kernels.last()) else { return Point::new() };
        kernel.marginals.iter().map(|marginal| marginal.draw(chance)).collect()
    }

    /// The logarithm of the density at a point; of the probability for whole numbers and choices.
    pub fn log_density(&self, point: &[f64]) -> f64 {
        let logs: Vec<f64> = self
            .kernels
            .iter()
            .map(|kernel| {
                let parts = kernel.marginals.iter().zip(self.dims).zip(point);
                kernel.log_weight + parts.map(|((m, dim), t)| m.log_density(dim, *t)).sum::<f64>()
            })
            .collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + libm::log(logs.iter().map(|log| libm::exp(log - most)).sum())
    }
}

/// How far each of some places between 0 and 1 is smeared: as far as the farther of its neighbours.
fn deviations(places: Vec<f64>) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
    let least = 1.0 / (2.0 + places.len() as f64).min(1.0 / NARROWEST);
    let mut all = vec![1.0; places.len()];
    for (i, at) in order.iter().enumerate() {
        let here = places[*at];
        let below = i.checked_sub(1).map(|i| here - places[order[i]]);
        let above = order.get(i + 1).map(|next| places[*next] - here);
        let reach = match (below, above) {
            (Some(below), Some(above)) => below.max(above),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => here.max(1.0 - here),
        };
        all[*at] = reach.clamp(least, 1.0);
    }
    all
}

fn normal(mean: f64, deviation: f64) -> Marginal {
    let mean = mean.clamp(0.0, 1.0);
    let mass = cumulative((1.0 - mean) / deviation) - cumulative(-mean / deviation);
    Marginal::Normal { mean, deviation, log_mass: libm::log(mass) }
}

/// A choice that was made, the others having a share that shrinks as there are more places.
fn shares(many: usize, chosen: usize, places: usize) -> Marginal {
    let other = 1.0 / (places as f64 + 1.0);
    let total = 1.0 + other * many as f64;
    let mut shares = vec![other / total; many];
    if let Some(share) = shares.get_mut(chosen) {
        *share += 1.0 / total;
    }
    Marginal::Shares(shares)
}

impl Marginal {
    fn draw(&self, chance: &mut Rng) -> f64 {
        match self {
            // At least a third of it is within, since its mean is.
            Marginal::Normal { mean, deviation, .. } => loop {
                let t = mean + deviation * chance::normal(chance);
                if (0.0..=1.0).contains(&t) {
                    break t;
                }
            },
            Marginal::Shares(shares) => {
                let mut rest = chance.f64();
                let at = shares.iter().position(|share| {
                    rest -= share;
                    rest < 0.0
                });
                at.unwrap_or(0) as f64
            }
        }
    }

    fn log_density(&self, dim: &Dim, t: f64) -> f64 {
        match (self, dim.count()) {
            (Marginal::Shares(shares), _) => {
                libm::log(shares.get(t as usize).copied().unwrap_or(f64::MIN_POSITIVE))
            }
            (Marginal::Normal { mean, deviation, log_mass }, Some(many)) if many < 1000 => {
                // The share of the number's place.
                let half = 0.5 / many as f64;
                let (low, high) = ((t - half - mean) / deviation, (t + half - mean) / deviation);
                let mass = (cumulative(high) - cumulative(low)).max(1e-300);
                libm::log(mass) - log_mass
            }
            (Marginal::Normal { mean, deviation, log_mass }, _) => {
                let z = (t - mean) / deviation;
                -0.5 * z * z - libm::log(*deviation) - log_mass - LOG_SQRT_TAU
            }
        }
    }
}

const LOG_SQRT_TAU: f64 = 0.918_938_533_204_672_7;

fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dims() -> Vec<Dim> {
        vec![
            Dim::Floats { low: 0.0, high: 1.0, log: false },
            Dim::Ints { low: 1, high: 4, log: false },
            Dim::Choices(vec!["a".into(), "b".into(), "c".into()]),
        ]
    }

    #[test]
    fn a_density_adds_up_to_one() {
        let dims = dims();
        let places = [vec![0.1, 0.125, 0.0], vec![0.9, 0.875, 2.0], vec![0.95, 0.875, 2.0]];
        let parzen = Parzen::of(&dims, &places.each_ref().map(|p| &p[..]), &[1.0, 0.5, 1.0]);
        let mut sum = 0.0;
        for x in 0..400 {
            for n in 0..4 {
                for c in 0..3 {
                    let point =
                        [(f64::from(x) + 0.5) / 400.0, (f64::from(n) + 0.5) / 4.0, f64::from(c)];
                    sum += libm::exp(parzen.log_density(&point)) / 400.0;
                }
            }
        }
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    }

    #[test]
    fn points_are_drawn_where_the_density_is() {
        let dims = dims();
        let parzen = Parzen::of(&dims, &[&[0.2, 0.125, 1.0][..]; 20], &[1.0; 20]);
        let mut chance = Rng::with_seed(1);
        let drawn: Vec<Point> = (0..500).map(|_| parzen.draw(&mut chance)).collect();
        let near = |p: &&Point| (p[0] - 0.2).abs() < 0.15 && p[1] < 0.3 && p[2] == 1.0;
        assert!(drawn.iter().filter(near).count() > 400);
        assert!(drawn.iter().all(|p| (0.0..=1.0).contains(&p[0]) && p[2] < 3.0));
        assert!(
            parzen.log_density(&[0.2, 0.125, 1.0]) > parzen.log_density(&[0.8, 0.875, 2.0]) + 3.0
        );
    }
}
