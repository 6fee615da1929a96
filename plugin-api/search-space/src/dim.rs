//! The values of one flag.

use fastrand::Rng;
use guild_plugin_api::Value;
use guild_plugin_api::search::{Dimension, DimensionKind};

/// The values that a flag may have, and numbers that stand for them.
#[derive(Clone, Debug, PartialEq)]
pub enum Dim {
    /// One of these, which have no order. The number is the index.
    Choices(Vec<Value>),
    /// A whole number, bounds included. The number is where it is between 0 and 1, each value in the
    /// middle of its share.
    Ints {
        /// The least.
        low: i64,
        /// The greatest.
        high: i64,
        /// Whether it is the logarithms that are evenly distributed.
        log: bool,
    },
    /// A number, bounds included. The number is where it is between 0 and 1.
    Floats {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
        /// Whether it is the logarithms that are evenly distributed.
        log: bool,
    },
}

impl Dim {
    /// Reads what the host tells of a flag; none where it makes no sense.
    pub fn of(dim: &Dimension) -> Option<Dim> {
        match (dim.kind, &dim.low, &dim.high) {
            (DimensionKind::Choice, ..) if !dim.choices.is_empty() => {
                Some(Dim::Choices(dim.choices.clone()))
            }
            (DimensionKind::Int, Value::Int(low), Value::Int(high))
                if low <= high && (!dim.log || *low > 0) =>
            {
                Some(Dim::Ints { low: *low, high: *high, log: dim.log })
            }
            (DimensionKind::Float, low, high) => {
                let (low, high) = (number(low)?, number(high)?);
                (low <= high && (!dim.log || low > 0.0)).then_some(Dim::Floats {
                    low,
                    high,
                    log: dim.log,
                })
            }
            _ => None,
        }
    }

    /// How many values there are; none for more than can be told apart.
    pub fn count(&self) -> Option<u64> {
        match self {
            Dim::Choices(values) => Some(values.len() as u64),
            Dim::Ints { low, high, .. } => high.wrapping_sub(*low).cast_unsigned().checked_add(1),
            Dim::Floats { .. } => None,
        }
    }

    /// How many choices there are; none where the values have an order.
    pub fn choices(&self) -> Option<usize> {
        match self {
            Dim::Choices(values) => Some(values.len()),
            _ => None,
        }
    }

    /// The value of an index below the count.
    pub fn at(&self, index: u64) -> Value {
        match self {
            Dim::Choices(values) => values.get(index as usize).cloned().unwrap_or_default(),
            Dim::Ints { low, .. } => Value::Int(low.wrapping_add_unsigned(index)),
            Dim::Floats { low, .. } => Value::Float(*low),
        }
    }

    /// A value by chance, as the range is distributed.
    pub fn draw(&self, chance: &mut Rng) -> Value {
        match self {
            Dim::Choices(values) => self.at(chance.u64(0..values.len() as u64)),
            Dim::Ints { low, high, log: false } => Value::Int(chance.i64(*low..=*high)),
            _ => self.value(chance.f64()),
        }
    }

    /// The number of a value; none where it is not among the choices, or no number that the range
    /// could have. What lies beyond the bounds of a range is below 0 or above 1.
    pub fn coordinate(&self, value: &Value) -> Option<f64> {
        match self {
            Dim::Choices(values) => {
                let same = |choice: &Value| choice == value || same_number(choice, value);
                values.iter().position(same).map(|i| i as f64)
            }
            Dim::Ints { .. } | Dim::Floats { .. } => {
                let (from, to, log) = self.ends();
                let x = number(value)?;
                let x = match log {
                    true if x <= 0.0 => return None,
                    true => libm::log(x),
                    false => x,
                };
                // Neither the sum nor the difference of two large bounds may be a float.
                let (half, whole) = (x / 2.0 - from / 2.0, to / 2.0 - from / 2.0);
                Some(if whole > 0.0 { half / whole } else { 0.5 })
            }
        }
    }

    /// The value that a number stands for; the nearest one for a number out of bounds.
    pub fn value(&self, coordinate: f64) -> Value {
        match self {
            Dim::Choices(_) => self.at(coordinate as u64),
            Dim::Ints { low, high, .. } => {
                let value = self.between(coordinate).round();
                Value::Int((value as i64).clamp(*low, *high))
            }
            Dim::Floats { low, high, .. } => {
                Value::Float(self.between(coordinate).clamp(*low, *high))
            }
        }
    }

    /// The number of the value that a number stands for.
    pub fn snap(&self, coordinate: f64) -> f64 {
        match self {
            Dim::Floats { .. } => coordinate.clamp(0.0, 1.0),
            Dim::Choices(_) => coordinate,
            Dim::Ints { .. } => self.coordinate(&self.value(coordinate)).unwrap_or(coordinate),
        }
    }

    fn between(&self, t: f64) -> f64 {
        let (from, to, log) = self.ends();
        let x = from * (1.0 - t) + to * t;
        if log { libm::exp(x) } else { x }
    }

    /// What 0 and 1 stand for, and whether these are logarithms.
    fn ends(&self) -> (f64, f64, bool) {
        let (low, high, log) = match self {
            Dim::Choices(values) => (0.0, values.len() as f64, false),
            Dim::Ints { low, high, log } => (*low as f64 - 0.5, *high as f64 + 0.5, *log),
            Dim::Floats { low, high, log } => (*low, *high, *log),
        };
        if log { (libm::log(low), libm::log(high), log) } else { (low, high, log) }
    }
}

/// A finite number.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) => Some(*x).filter(|x| x.is_finite()),
        _ => None,
    }
}

fn same_number(a: &Value, b: &Value) -> bool {
    matches!((number(a), number(b)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dims() -> Vec<Dim> {
        vec![
            Dim::Choices(vec!["a".into(), 1.into(), true.into()]),
            Dim::Ints { low: -3, high: 8, log: false },
            Dim::Ints { low: 1, high: 1000, log: true },
            Dim::Ints { low: 4, high: 4, log: false },
            Dim::Floats { low: -1.5, high: 2.0, log: false },
            Dim::Floats { low: 1e-9, high: 1.0, log: true },
        ]
    }

    #[test]
    fn a_value_has_its_number_and_a_number_its_value() {
        for dim in dims() {
            let mut chance = crate::chance::of_trial(3, 0);
            for _ in 0..300 {
                let value = dim.draw(&mut chance);
                let t = dim.coordinate(&value).unwrap();
                assert!(dim.choices().is_some() || (0.0..=1.0).contains(&t), "{dim:?}: {t}");
                let again = dim.value(t);
                match (&value, &again) {
                    (Value::Float(a), Value::Float(b)) => assert!((a - b).abs() <= 1e-12 * a.abs()),
                    _ => assert_eq!(value, again, "{dim:?}"),
                }
            }
        }
    }

    #[test]
    fn whole_numbers_have_even_shares_and_ends_are_kept() {
        let dim = Dim::Ints { low: 1, high: 4, log: false };
        let values: Vec<Value> = (0..8).map(|i| dim.value((f64::from(i) + 0.5) / 8.0)).collect();
        assert_eq!(values, [1, 1, 2, 2, 3, 3, 4, 4].map(Value::Int));
        assert_eq!((dim.value(-5.0), dim.value(7.0)), (1.into(), 4.into()));
        let log = Dim::Ints { low: 1, high: 100, log: true };
        assert_eq!((log.value(0.0), log.value(1.0)), (1.into(), 100.into()));
        assert_eq!(
            Dim::Floats { low: 0.0, high: 2.0, log: false }.coordinate(&3.into()),
            Some(1.5)
        );
    }

    #[test]
    fn bounds_as_far_apart_as_numbers_go() {
        for dim in [
            Dim::Ints { low: i64::MIN, high: i64::MAX, log: false },
            Dim::Floats { low: f64::MIN, high: f64::MAX, log: false },
        ] {
            let quarter = dim.coordinate(&dim.value(0.25)).unwrap();
            assert!((quarter - 0.25).abs() < 1e-12, "{quarter}");
            assert_eq!((dim.coordinate(&dim.value(0.0)), dim.count()), (Some(0.0), None));
        }
    }

    #[test]
    fn what_is_not_in_the_space_has_no_number() {
        let dims = dims();
        assert_eq!(dims[0].coordinate(&"b".into()), None);
        assert_eq!(dims[0].coordinate(&Value::Float(1.0)), Some(1.0));
        assert_eq!(dims[5].coordinate(&0.into()), None);
        assert_eq!(dims[4].coordinate(&Value::Float(f64::NAN)), None);
        assert_eq!(dims[4].coordinate(&"1".into()), None);
        assert_eq!(dims[3].coordinate(&4.into()), Some(0.5));
    }
}
