//! What a point promises, of what a model says about it.

use crate::model::Prediction;

/// How to measure what a point promises. The objective is to be small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquisition {
    /// By how much it is expected to be better than the target, on average over all that may be.
    Improvement,
    /// How likely it is better than the target.
    Probability,
    /// How good it may be at best: the mean, less `kappa` times the standard deviation.
    LowerBound,
}

/// What the measure depends on beside the point.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// What there is to be better than.
    pub target: f64,
    /// How much what is not known attracts.
    pub kappa: f64,
}

impl Acquisition {
    /// What a point promises; more is better. Values compare with those of the same measure only:
    /// they are logarithms where those keep apart what is next to nothing.
    pub fn of(self, point: Prediction, goal: Goal) -> f64 {
        let Prediction { mean, deviation } = point;
        let deviation = deviation.max(1e-12);
        let z = (goal.target - mean) / deviation;
        match self {
            Acquisition::LowerBound => goal.kappa * deviation - mean,
            Acquisition::Probability => log_cumulative(z),
            Acquisition::Improvement => libm::log(deviation) + log_improvement(z),
        }
    }
}

const LOG_SQRT_TAU: f64 = 0.918_938_533_204_672_7;

/// Below this many standard deviations the tail's leading term is as good.
const TAIL: f64 = -20.0;

fn log_density(z: f64) -> f64 {
    -0.5 * z * z - LOG_SQRT_TAU
}

fn cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

fn log_cumulative(z: f64) -> f64 {
    if z < TAIL { log_density(z) - libm::log(-z) } else { libm::log(cumulative(z)) }
}

/// The logarithm of the expected excess over `-z` of a normal number.
fn log_improvement(z: f64) -> f64 {
    if z < TAIL {
        return log_density(z) - 2.0 * libm::log(-z);
    }
    libm::log((z * cumulative(z) + libm::exp(log_density(z))).max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOAL: Goal = Goal { target: 1.0, kappa: 2.0 };

    fn of(measure: Acquisition, mean: f64, deviation: f64) -> f64 {
        measure.of(Prediction { mean, deviation }, GOAL)
    }

    #[test]
    fn values_that_are_known() {
        let improvement = libm::exp(of(Acquisition::Improvement, 1.0, 1.0));
        assert!((improvement - 0.398_942).abs() < 1e-6, "{improvement}");
        assert!((of(Acquisition::Improvement, 0.0, 1e-9)).abs() < 1e-6);
        assert!((libm::exp(of(Acquisition::Probability, 1.0, 3.0)) - 0.5).abs() < 1e-12);
        assert_eq!(of(Acquisition::LowerBound, 3.0, 2.0), 1.0);
    }

    #[test]
    fn what_is_better_or_less_known_promises_more_however_unlikely() {
        for measure in [Acquisition::Improvement, Acquisition::Probability] {
            for deviation in [1e-3, 0.1, 1.0] {
                let all: Vec<f64> =
                    (0..60).map(|i| of(measure, 1.0 + f64::from(i), deviation)).collect();
                assert!(all.is_sorted_by(|a, b| a > b && b.is_finite()), "{measure:?} {all:?}");
            }
            assert!(of(measure, 5.0, 1.0) > of(measure, 5.0, 0.5));
        }
    }
}
