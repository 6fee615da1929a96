//! The numbers from one to another at equal steps, as NumPy's `arange` has them.

use guild_plugin_api::Value;

use super::sequence::MAX_ITEMS;
use super::text::repr_value;

const TOO_LARGE: &str = "integer is too large for a sequence";

/// A number that a sequence is made from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// Up to a hundred bits, so that sums and differences always fit.
    Int(i128),
    Float(f64),
}

/// The number that `value` is.
///
/// # Errors
/// When it is none, with Guild AI's words; and when it is too large.
pub(super) fn number(value: &Value) -> Result<Number, String> {
    match value {
        Value::Bool(b) => Ok(Number::Int((*b).into())),
        Value::Int(i) => Ok(Number::Int((*i).into())),
        Value::Float(f) => Ok(Number::Float(*f)),
        Value::BigInt(digits) => match digits.parse::<i128>() {
            Ok(i) if i.unsigned_abs() < 1 << 100 => Ok(Number::Int(i)),
            _ => Err(TOO_LARGE.into()),
        },
        other => Err(format!("invalid arg {}: expected a number", repr_value(other))),
    }
}

impl Number {
    pub(super) fn float(self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Number::Int(i) => i as f64,
            Number::Float(f) => f,
        }
    }

    pub(super) fn plus(self, other: Number) -> Number {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Number::Int(a + b),
            (a, b) => Number::Float(a.float() + b.float()),
        }
    }

    fn minus(self, other: Number) -> Number {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Number::Int(a - b),
            (a, b) => Number::Float(a.float() - b.float()),
        }
    }

    fn is_zero(self) -> bool {
        match self {
            Number::Int(i) => i == 0,
            Number::Float(f) => f == 0.0,
        }
    }
}

/// What an array has as items.
#[derive(Clone, Copy, PartialEq)]
enum Items {
    Signed,
    Unsigned,
    Float,
    /// Whatever does not fit 64 bits; there is no sequence of these.
    Other,
}

impl Items {
    /// The kind that holds all `numbers`; signed and unsigned integers meet in floats.
    fn of(numbers: [Number; 3]) -> Items {
        let kinds = numbers.map(|number| match number {
            Number::Float(_) => Items::Float,
            Number::Int(i) if i64::try_from(i).is_ok() => Items::Signed,
            Number::Int(i) if u64::try_from(i).is_ok() => Items::Unsigned,
            Number::Int(_) => Items::Other,
        });
        match kinds {
            _ if kinds.contains(&Items::Other) => Items::Other,
            [first, ..] if kinds.iter().all(|kind| *kind == first) => first,
            _ => Items::Float,
        }
    }
}

/// The numbers from `start` to below `end`; none where NumPy refuses in a way that Guild AI passes
/// over in silence.
///
/// # Errors
/// When there are too many, or they are too large.
pub(super) fn arange(
    start: Number,
    end: Number,
    step: Number,
) -> Result<Option<Vec<Value>>, String> {
    if step.is_zero() {
        return Err("division by zero".into());
    }
    let Some(length) = length(end.minus(start), step)? else { return Ok(None) };
    let items = Items::of([start, end, step]);
    if length > 0 && items == Items::Other {
        return Err(TOO_LARGE.into());
    }
    let next = start.plus(step);
    if let (Number::Int(start), Number::Int(next), Items::Signed | Items::Unsigned) =
        (start, next, items)
    {
        let at = |i: usize| start + (next - start) * i as i128;
        return Ok(Some((0..length).map(|i| integer(at(i))).collect()));
    }
    // The difference, not the step: NumPy works from the first two items.
    let (start, next) = (start.float(), next.float());
    let delta = next - start;
    #[allow(clippy::cast_precision_loss)]
    let at = |i: usize| match i {
        0 => start,
        1 => next,
        _ => start + i as f64 * delta,
    };
    Ok(Some((0..length).map(|i| rounded(at(i))).collect()))
}

fn integer(i: i128) -> Value {
    i64::try_from(i).map_or_else(|_| Value::BigInt(i.to_string()), Value::Int)
}

/// How many steps fit into `distance`, a part of one included; none when that is not a number.
fn length(distance: Number, step: Number) -> Result<Option<usize>, String> {
    // The limits of a 64 bit integer as floating point has them: the upper one is one too large,
    // and NumPy runs over there, to a negative length.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let quotient = match (distance, step) {
        (Number::Int(distance), Number::Int(step)) => quotient(distance, step),
        _ => distance.float() / step.float(),
    };
    if quotient.is_nan() {
        return Ok(None);
    }
    if quotient == 0.0 && !distance.is_zero() {
        // The distance was too small, or the step too large, for a quotient of their own.
        return Ok(Some(usize::from(!quotient.is_sign_negative())));
    }
    let length = quotient.ceil();
    if length.abs() > LIMIT {
        return Err("Maximum allowed size exceeded".into());
    }
    if length <= 0.0 || length == LIMIT {
        return Ok(Some(0));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let length = length as usize;
    if length > MAX_ITEMS {
        return Err("Maximum allowed size exceeded".into());
    }
    Ok(Some(length))
}

/// The quotient of two integers, rounded once: the way to floating point does not lose what
/// decides over the last item.
fn quotient(distance: i128, step: i128) -> f64 {
    const BITS: u32 = 60;
    let negative = (distance < 0) != (step < 0);
    let (distance, step) = (distance.unsigned_abs(), step.unsigned_abs());
    #[allow(clippy::cast_precision_loss)]
    let quotient = if distance >> 66 == 0 && step >> 66 == 0 {
        let scaled = (distance % step) << BITS;
        // One bit more that says whether anything is left keeps halves and more than halves apart.
        let fraction = ((scaled / step) << 1) | u128::from(!scaled.is_multiple_of(step));
        (((distance / step) << (BITS + 1)) | fraction) as f64 / (1u128 << (BITS + 1)) as f64
    } else {
        distance as f64 / step as f64
    };
    if negative { -quotient } else { quotient }
}

/// Numbers come with eight decimals, save the very small ones, which would be lost.
pub(super) fn rounded(x: f64) -> Value {
    if x > 1e-8 && x.is_finite() {
        return Value::Float(format!("{x:.8}").parse().unwrap_or(x));
    }
    Value::Float(x)
}
