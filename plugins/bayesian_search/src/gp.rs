//! A Gaussian process: the model of `gp`.
//!
//! Source: Rasmussen and Williams, *Gaussian Processes for Machine Learning*, chapters 2 and 5. The
//! kernel is learned by climbing its likelihood by the signs of the gradient (Rprop).

use guild_search_space::Point;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use crate::kernel::{Kernel, squares};
use crate::model::{Model, Prediction};
use crate::observations::Observations;

/// How many points the kernel is learned from: it needs fewer than the model itself.
const KERNEL_FROM: usize = 150;

/// How often the kernel is made better.
const STEPS: usize = 40;

/// The bounds of what is learned, and what is expected of it before anything is known: the mean and
/// the standard deviation of its logarithm.
struct Prior {
    low: f64,
    high: f64,
    mean: f64,
    deviation: f64,
}

const VARIANCE: Prior = Prior { low: -4.6, high: 4.6, mean: 0.0, deviation: 1.0 };
const NOISE: Prior = Prior { low: -13.8, high: 0.0, mean: -7.0, deviation: 2.0 };
const LENGTH: Prior = Prior { low: -4.6, high: 4.6, mean: -0.4, deviation: 1.0 };

/// A Gaussian process, learned.
pub struct GaussianProcess {
    choices: Vec<bool>,
    kernel: Kernel,
    points: Vec<Point>,
    root: Cholesky<f64, Dyn>,
    weights: DVector<f64>,
}

impl GaussianProcess {
    /// Learns from observations whose values are about 0 and about 1 apart. `noise` is the variance
    /// of the objective's noise; none where that is learned as well. None where the numbers do not
    /// allow it.
    pub fn learn(choices: Vec<bool>, known: &Observations, noise: Option<f64>) -> Option<Self> {
        let few = known.clone().thinned_to(KERNEL_FROM);
        let kernel = learn_kernel(&choices, &few, noise);
        let mut process =
            GaussianProcess::with(choices, kernel, known.points.clone(), known.values.clone())?;
        if !known.unknown.is_empty() {
            // What is not known yet is believed to come out as expected: that leaves the means as
            // they are, and nothing to be learned there.
            let (mut points, mut values) = (known.points.clone(), known.values.clone());
            for point in &known.unknown {
                values.push(process.predict(point).mean);
                points.push(point.clone());
            }
            process = GaussianProcess::with(process.choices, process.kernel, points, values)?;
        }
        Some(process)
    }

    fn with(
        choices: Vec<bool>,
        kernel: Kernel,
        points: Vec<Point>,
        values: Vec<f64>,
    ) -> Option<Self> {
        let covariances = DMatrix::from_fn(points.len(), points.len(), |i, j| match i.cmp(&j) {
            // The other half is not read.
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => kernel.variance + kernel.noise,
            std::cmp::Ordering::Greater => kernel.covariance(&choices, &points[i], &points[j]),
        });
        let root = Cholesky::new(covariances)?;
        let weights = root.solve(&DVector::from_vec(values));
        Some(GaussianProcess { choices, kernel, points, root, weights })
    }
}

impl Model for GaussianProcess {
    fn predict(&self, point: &[f64]) -> Prediction {
        let mut shared = DVector::from_iterator(
            self.points.len(),
            self.points.iter().map(|p| self.kernel.covariance(&self.choices, p, point)),
        );
        let mean = shared.dot(&self.weights);
        self.root.l_dirty().solve_lower_triangular_mut(&mut shared);
        let variance = self.kernel.variance - shared.norm_squared();
        Prediction { mean, deviation: variance.max(1e-12).sqrt() }
    }
}

/// The kernel by which the observations are most likely.
fn learn_kernel(choices: &[bool], known: &Observations, noise: Option<f64>) -> Kernel {
    let fit = Fit::new(choices, known, noise);
    let mut logs: Vec<f64> = fit.priors.iter().map(|prior| prior.mean).collect();
    let (mut best, mut best_logs) = (f64::NEG_INFINITY, logs.clone());
    let mut steps = vec![0.2; logs.len()];
    let mut before = vec![0.0; logs.len()];
    for _ in 0..STEPS {
        let Some((likelihood, mut gradient)) = fit.likelihood(&logs) else { break };
        if likelihood > best {
            (best, best_logs) = (likelihood, logs.clone());
        }
        for (i, prior) in fit.priors.iter().enumerate() {
            let turned = gradient[i] * before[i];
            if turned < 0.0 {
                steps[i] *= 0.5;
                gradient[i] = 0.0;
            } else {
                steps[i] = (steps[i] * 1.2_f64).min(1.0);
            }
            if gradient[i] != 0.0 {
                logs[i] = (logs[i] + steps[i] * gradient[i].signum()).clamp(prior.low, prior.high);
            }
        }
        before = gradient;
        if steps.iter().all(|step| *step < 0.01) {
            break;
        }
    }
    fit.kernel(&best_logs)
}

/// How likely observations are by a kernel. Kernels are told by logarithms: of the variance, of the
/// noise, of the lengths.
struct Fit {
    dims: usize,
    /// How far apart each pair of points is along each flag, squared: the pairs below the diagonal.
    squares: Vec<f64>,
    values: DVector<f64>,
    noise: Option<f64>,
    priors: Vec<&'static Prior>,
}

impl Fit {
    fn new(choices: &[bool], known: &Observations, noise: Option<f64>) -> Fit {
        let points = &known.points;
        let mut all = Vec::new();
        for i in 0..points.len() {
            for j in 0..i {
                all.extend(squares(choices, &points[i], &points[j]));
            }
        }
        let lengths = std::iter::repeat_n(&LENGTH, choices.len());
        Fit {
            dims: choices.len(),
            squares: all,
            values: DVector::from_vec(known.values.clone()),
            noise,
            priors: [&VARIANCE, &NOISE].into_iter().chain(lengths).collect(),
        }
    }

    fn kernel(&self, logs: &[f64]) -> Kernel {
        Kernel {
            variance: libm::exp(logs[0]),
            // Without any the matrix of covariances may be none that has a root.
            noise: self.noise.map_or_else(|| libm::exp(logs[1]), |noise| noise.max(1e-6)),
            lengths: logs[2..].iter().map(|log| libm::exp(*log)).collect(),
        }
    }

    /// The logarithm of the likelihood, and its gradient.
    fn likelihood(&self, logs: &[f64]) -> Option<(f64, Vec<f64>)> {
        let kernel = self.kernel(logs);
        let n = self.values.len();
        let mut covariances = DMatrix::zeros(n, n);
        let mut slopes = Vec::with_capacity(n * n / 2);
        let mut pairs = self.squares.chunks_exact(self.dims);
        for i in 0..n {
            for j in 0..i {
                let (covariance, slope) = kernel.of_squares(pairs.next()?.iter().copied());
                covariances[(i, j)] = covariance;
                slopes.push(slope);
            }
            covariances[(i, i)] = kernel.variance + kernel.noise;
        }
        let matrix = covariances.clone();
        let root = Cholesky::new(covariances)?;
        let weights = root.solve(&self.values);
        let log_determinant: f64 = root.l_dirty().diagonal().iter().map(|d| libm::log(*d)).sum();
        let mut likelihood = -0.5 * self.values.dot(&weights) - log_determinant;
        let inverse = root.inverse();
        let mut gradient = vec![0.0; logs.len()];
        let mut pairs = self.squares.chunks_exact(self.dims).zip(slopes);
        for i in 0..n {
            for j in 0..i {
                let (squares, slope) = pairs.next()?;
                // Twice a half: a pair counts from both sides.
                let weight = weights[i] * weights[j] - inverse[(i, j)];
                gradient[0] += weight * matrix[(i, j)];
                for ((part, square), length) in
                    gradient[2..].iter_mut().zip(squares).zip(&kernel.lengths)
                {
                    *part += weight * slope * square / (length * length);
                }
            }
            let weight = 0.5 * (weights[i] * weights[i] - inverse[(i, i)]);
            gradient[0] += weight * kernel.variance;
            gradient[1] += weight * kernel.noise;
        }
        if self.noise.is_some() {
            gradient[1] = 0.0;
        }
        for ((prior, log), part) in self.priors.iter().zip(logs).zip(&mut gradient) {
            let z = (log - prior.mean) / prior.deviation;
            likelihood -= 0.5 * z * z;
            *part -= z / prior.deviation;
        }
        likelihood.is_finite().then_some((likelihood, gradient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observations(of: impl Fn(f64, f64) -> f64) -> Observations {
        let mut chance = guild_search_space::chance::of_trial(1, 1);
        let points: Vec<Point> = (0..30).map(|_| vec![chance.f64(), chance.f64()]).collect();
        let values: Vec<f64> = points.iter().map(|p| of(p[0], p[1])).collect();
        Observations { points, values, ..Observations::default() }
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let known = observations(|x, y| (5.0 * x).sin() + y * y);
        let fit = Fit::new(&[false, false], &known, None);
        let logs = [0.3, -3.0, -0.7, 0.4];
        let (_, gradient) = fit.likelihood(&logs).unwrap();
        for i in 0..logs.len() {
            let at = |step: f64| {
                let mut moved = logs;
                moved[i] += step;
                fit.likelihood(&moved).unwrap().0
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - gradient[i]).abs() < 1e-4 * slope.abs().max(1.0), "{i}: {slope}");
        }
    }

    #[test]
    fn what_matters_is_told_from_what_does_not() {
        let known = observations(|x, _| (6.0 * x).sin());
        let process = GaussianProcess::learn(vec![false, false], &known, None).unwrap();
        let lengths = &process.kernel.lengths;
        assert!(lengths[1] > 3.0 * lengths[0], "{lengths:?}");
        for x in [0.2, 0.5, 0.8] {
            let Prediction { mean, deviation } = process.predict(&[x, 0.5]);
            assert!((mean - (6.0 * x).sin()).abs() < 0.1 && deviation < 0.2, "{x}: {mean}");
        }
    }

    #[test]
    fn what_is_pending_is_less_unknown_and_as_expected() {
        let mut known = observations(|x, y| x + y);
        let corner = [1.4, 1.4];
        let before = GaussianProcess::learn(vec![false, false], &known, None).unwrap();
        known.unknown.push(corner.to_vec());
        let after = GaussianProcess::learn(vec![false, false], &known, None).unwrap();
        let (a, b) = (before.predict(&corner), after.predict(&corner));
        assert!((a.mean - b.mean).abs() < 1e-3, "{a:?} {b:?}");
        assert!(b.deviation < a.deviation / 2.0, "{a:?} {b:?}");
    }

    #[test]
    fn the_same_point_many_times_is_noise() {
        let points = vec![vec![0.5]; 8];
        let values = vec![-1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0];
        let known = Observations { points, values, ..Observations::default() };
        let process = GaussianProcess::learn(vec![false], &known, None).unwrap();
        assert!(process.predict(&[0.5]).mean.abs() < 0.1);
        assert!(GaussianProcess::learn(vec![false], &known, Some(0.0)).is_some());
    }
}
