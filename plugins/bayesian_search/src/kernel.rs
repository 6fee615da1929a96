//! How alike the objective is at two points: a Matern kernel with a length for each flag.

/// What is learned of the objective's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// The variance of the objective.
    pub variance: f64,
    /// The variance of its noise.
    pub noise: f64,
    /// How far apart points are along each flag when they have little in common. Two choices are 1
    /// apart.
    pub lengths: Vec<f64>,
}

const SQRT_5: f64 = 2.236_067_977_499_79;

/// How far apart two points are along each flag, squared.
pub fn squares<'a>(
    choices: &'a [bool],
    a: &'a [f64],
    b: &'a [f64],
) -> impl Iterator<Item = f64> + 'a {
    choices.iter().zip(a.iter().zip(b)).map(|(choice, (a, b))| match choice {
        true => f64::from(u8::from(a != b)),
        false => (a - b) * (a - b),
    })
}

impl Kernel {
    /// The covariance of two points, without noise (Matern, smoothness 5/2).
    pub fn covariance(&self, choices: &[bool], a: &[f64], b: &[f64]) -> f64 {
        self.of_squares(squares(choices, a, b)).0
    }

    /// The covariance at these distances; and what its derivative by the logarithm of a length is,
    /// divided by that flag's part of the squared distance.
    pub fn of_squares(&self, squares: impl Iterator<Item = f64>) -> (f64, f64) {
        let square: f64 = squares.zip(&self.lengths).map(|(s, l)| s / (l * l)).sum();
        let r = SQRT_5 * square.sqrt();
        let fall = self.variance * libm::exp(-r);
        (fall * (1.0 + r + r * r / 3.0), fall * (1.0 + r) * (5.0 / 3.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_the_less_alike_the_farther_apart() {
        let kernel = Kernel { variance: 2.0, noise: 0.0, lengths: vec![0.5, 1.0] };
        let at = |x: f64, c: f64| kernel.covariance(&[false, true], &[0.0, 0.0], &[x, c]);
        assert_eq!(at(0.0, 0.0), 2.0);
        assert!(at(0.1, 0.0) > at(0.2, 0.0) && at(0.2, 0.0) > at(0.2, 1.0));
        assert_eq!(at(0.2, 1.0), at(0.2, 7.0));
        // 1 + √5 + 5/3, divided by e^√5.
        assert!((at(0.5, 0.0) / 2.0 - 0.523_994_1).abs() < 1e-6, "{}", at(0.5, 0.0));
    }
}
