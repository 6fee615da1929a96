//! Chance that can be repeated.

use fastrand::Rng;

/// The chance of trial `number` of a search. Each trial has chance of its own, so that it does not
/// matter how many are asked for at once, or whether the search was stopped in between.
pub fn of_trial(seed: i64, number: u64) -> Rng {
    Rng::with_seed(mix(seed.cast_unsigned(), number))
}

/// One number of two, each bit of which depends on all of theirs (SplitMix64's finalizer).
fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed ^ number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number of the normal distribution (Marsaglia's polar method).
pub fn normal(chance: &mut Rng) -> f64 {
    loop {
        let (x, y) = (2.0 * chance.f64() - 1.0, 2.0 * chance.f64() - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * libm::log(square) / square).sqrt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_are_as_far_from_zero_as_they_should_be() {
        let mut chance = of_trial(1, 2);
        let all: Vec<f64> = (0..4000).map(|_| normal(&mut chance)).collect();
        let mean = all.iter().sum::<f64>() / 4000.0;
        let spread = (all.iter().map(|x| x * x).sum::<f64>() / 4000.0).sqrt();
        assert!(mean.abs() < 0.05 && (spread - 1.0).abs() < 0.05, "{mean} {spread}");
    }
}
