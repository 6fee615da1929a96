//! The lists that `range[..]`, `linspace[..]` and `logspace[..]` stand for, number for number as
//! Guild AI 0.9.0 gets them from NumPy.

use guild_plugin_api::Value;

use super::number::float_of_int;
use super::text::repr_value;
use crate::Warnings;

/// The longest list that is made. A text that asks for more stays a text: it is a slip, and would
/// take the memory of the machine.
pub(super) const MAX_ITEMS: usize = 1_000_000;

/// The list of the sequence `name`; none for other functions, and for arguments that Guild AI
/// passes over in silence.
///
/// # Errors
/// What is wrong with the arguments, in words that Guild AI has for it where it has any.
pub(super) fn expand(
    name: &str,
    args: &[Value],
    warnings: &mut Warnings,
) -> Result<Option<Value>, String> {
    let takes = match name {
        "range" | "linspace" => 3,
        "logspace" => 4,
        "geomspace" => return Err("geomspace".into()),
        _ => return Ok(None),
    };
    if let Some(rest) = args.get(takes..).filter(|rest| !rest.is_empty()) {
        let mut rest = rest.iter().map(repr_value).collect::<Vec<_>>().join(", ");
        if args.len() == takes + 1 {
            rest.push(',');
        }
        warnings.push(format!("unsupported arguments for {name} function: ({rest}) - ignoring"));
    }
    let args = &args[..args.len().min(takes)];
    let items = match name {
        "range" => range(args)?,
        "linspace" => linspace(args)?.map(|items| items.into_iter().map(rounded).collect()),
        _ => logspace(args)?,
    };
    Ok(items.map(Value::List))
}

/// A number that a sequence is made from.
#[derive(Clone, Copy)]
enum Number {
    /// Wide enough for a sum of two 64 bit integers.
    Int(i128),
    Float(f64),
}

impl Number {
    fn float(self) -> f64 {
        match self {
            #[allow(clippy::cast_precision_loss)]
            Number::Int(i) => i as f64,
            Number::Float(f) => f,
        }
    }

    fn plus(self, other: Number) -> Number {
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

    /// Zero when a number is wanted for it being zero.
    fn is_zero(self) -> bool {
        match self {
            Number::Int(i) => i == 0,
            Number::Float(f) => f == 0.0,
        }
    }
}

fn number(value: &Value) -> Result<Number, String> {
    match value {
        Value::Bool(b) => Ok(Number::Int((*b).into())),
        Value::Int(i) => Ok(Number::Int((*i).into())),
        Value::Float(f) => Ok(Number::Float(*f)),
        // Twice 64 bits hold sums of what NumPy has as unsigned integers; it has no array for
        // anything larger.
        Value::BigInt(digits) => match digits.parse::<i128>() {
            Ok(i) if i <= u64::MAX.into() && i >= 0 => Ok(Number::Int(i)),
            _ => Err("integer is too large for a sequence".into()),
        },
        other => Err(format!("invalid arg {}: expected a number", repr_value(other))),
    }
}

/// As [`number`], for a sequence that is floating point anyway.
fn float(value: &Value) -> Result<f64, String> {
    match value {
        Value::Float(f) => Ok(*f),
        Value::BigInt(_) => float_of_int(value).ok_or("int too large to convert to float".into()),
        other => number(other).map(Number::float),
    }
}

fn required(args: &[Value], count: usize) -> Result<(), String> {
    if args.len() >= count && !args[..count].iter().any(Value::is_null) {
        return Ok(());
    }
    Err(format!("function requires at least {count} arg(s)"))
}

/// `range[START:END:STEP]`, the end included; `range[N]` counts from zero up to below N.
fn range(args: &[Value]) -> Result<Option<Vec<Value>>, String> {
    required(args, 1)?;
    let start = number(&args[0])?;
    let step = args.get(2).map_or(Ok(Number::Int(1)), number)?;
    match args.get(1).filter(|end| !end.is_null()) {
        None => arange(Number::Int(0), start, step),
        Some(end) => {
            let one = Number::Int(1);
            let at_most_one = if step.float() > 1.0 { one } else { step };
            arange(start, number(end)?.plus(at_most_one), step)
        }
    }
}

/// The numbers from `start` to below `end`.
fn arange(start: Number, end: Number, step: Number) -> Result<Option<Vec<Value>>, String> {
    if step.is_zero() {
        return Err("division by zero".into());
    }
    let distance = end.minus(start);
    let quotient = match (distance, step) {
        (Number::Int(distance), Number::Int(step)) => quotient(distance, step),
        _ => distance.float() / step.float(),
    };
    let length = match quotient {
        // The distance was too small or the step too large for a quotient of their own.
        q if q == 0.0 && !distance.is_zero() => usize::from(!q.is_sign_negative()),
        q if q.is_nan() => return Ok(None),
        q if q.ceil() <= 0.0 => 0,
        #[allow(clippy::cast_precision_loss)]
        q if q.ceil() > MAX_ITEMS as f64 => return Err("Maximum allowed size exceeded".into()),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        q => q.ceil() as usize,
    };
    let next = start.plus(step);
    let fits = |i: &i128| i64::try_from(*i).is_ok();
    let items = match (start, next, end) {
        (Number::Int(start), Number::Int(next), Number::Int(end))
            if [start, end, next - start].iter().all(fits) =>
        {
            let at = |i: usize| start + (next - start) * i as i128;
            (0..length).map(|i| int(at(i))).collect()
        }
        _ => {
            // The difference, not the step: NumPy works from the first two items.
            let (start, next) = (start.float(), next.float());
            let delta = next - start;
            #[allow(clippy::cast_precision_loss)]
            let at = |i: usize| match i {
                0 => start,
                1 => next,
                _ => start + i as f64 * delta,
            };
            (0..length).map(|i| rounded(at(i))).collect()
        }
    };
    Ok(Some(items))
}

fn int(i: i128) -> Value {
    i64::try_from(i).map_or_else(|_| Value::BigInt(i.to_string()), Value::Int)
}

/// The quotient of two integers, rounded once: the way to floating point does not lose what
/// decides over the last item.
fn quotient(distance: i128, step: i128) -> f64 {
    const BITS: u32 = 60;
    let negative = (distance < 0) != (step < 0);
    let (distance, step) = (distance.unsigned_abs(), step.unsigned_abs());
    let whole = distance / step;
    let scaled = (distance % step) << BITS;
    // One bit more that says whether anything is left keeps halves and more than halves apart.
    let fraction = (scaled / step) << 1 | u128::from(!scaled.is_multiple_of(step));
    #[allow(clippy::cast_precision_loss)]
    let quotient = if whole >> 66 == 0 {
        (whole << (BITS + 1) | fraction) as f64 / (1u128 << (BITS + 1)) as f64
    } else {
        whole as f64
    };
    if negative { -quotient } else { quotient }
}

/// `linspace[START:END:COUNT]`, five numbers unless the count is given.
fn linspace(args: &[Value]) -> Result<Option<Vec<f64>>, String> {
    required(args, 2)?;
    let (start, end) = (float(&args[0])?, float(&args[1])?);
    let count = match args.get(2).map(number).transpose()? {
        None => 5,
        Some(Number::Int(count)) if count < 0 => return Ok(None),
        Some(Number::Int(count)) => usize::try_from(count).unwrap_or(usize::MAX),
        Some(Number::Float(_)) => {
            return Err("'float' object cannot be interpreted as an integer".into());
        }
    };
    if count > MAX_ITEMS {
        return Err("Maximum allowed size exceeded".into());
    }
    let distance = end - start;
    #[allow(clippy::cast_precision_loss)]
    let parts = count.saturating_sub(1) as f64;
    let step = distance / parts;
    #[allow(clippy::cast_precision_loss)]
    let at = |i: usize| {
        let i = i as f64;
        let offset = match parts {
            0.0 => i * distance,
            _ if step == 0.0 => i / parts * distance,
            _ => i * step,
        };
        offset + start
    };
    let mut items: Vec<f64> = (0..count).map(at).collect();
    if let [_, .., last] = items.as_mut_slice() {
        *last = end;
    }
    Ok(Some(items))
}

/// `logspace[START:END:COUNT:BASE]`: ten, or the base, to the power of each of a linear space.
fn logspace(args: &[Value]) -> Result<Option<Vec<Value>>, String> {
    let exponents = linspace(&args[..args.len().min(3)])?;
    let base = match args.get(3) {
        None => 10.0,
        Some(base) => number(base)?.float(),
    };
    Ok(exponents.map(|e| e.into_iter().map(|e| rounded(base.powf(e))).collect()))
}

/// Numbers come with eight decimals, save the very small ones, which would be lost.
fn rounded(x: f64) -> Value {
    if x > 1e-8 && x.is_finite() {
        return Value::Float(format!("{x:.8}").parse().unwrap_or(x));
    }
    Value::Float(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{decode_noting, text};

    fn list(source: &str) -> String {
        text(&decode_noting(source, None, &mut Warnings::new()))
    }

    #[test]
    fn lists_as_the_oracle_makes_them() {
        for (source, expected) in [
            ("range[1:3]", "[1, 2, 3]"),
            ("range[3]", "[0, 1, 2]"),
            ("range[5:1:-2]", "[5, 3, 1]"),
            ("range[0:1:0.25]", "[0.0, 0.25, 0.5, 0.75, 1.0]"),
            ("range[1:0]", "[]"),
            ("range[1:3]*2", "[1, 2, 3]"),
            ("linspace[0:1]", "[0.0, 0.25, 0.5, 0.75, 1.0]"),
            ("linspace[0:1:1]", "[0.0]"),
            ("linspace[0:1:0]", "[]"),
            ("logspace[0:2:3]", "[1.0, 10.0, 100.0]"),
            ("logspace[-1:1:3:2]", "[0.5, 1.0, 2.0]"),
            ("linspace[0:1:2.0]", "linspace[0:1:2.0]"),
            ("range[0:1:0]", "range[0:1:0]"),
            ("range[a]", "range[a]"),
            ("geomspace[1:2]", "geomspace[1:2]"),
            ("range[0:1e300]", "range[0:1e300]"),
            ("range[0:nan]", "range[0:nan]"),
        ] {
            assert_eq!(list(source), expected, "{source}");
        }
    }

    #[test]
    fn a_wrong_call_is_noted() {
        let mut warnings = Warnings::new();
        for source in ["range[a]", "range[]", "linspace[1]", "range[1:2:1:7]", "geomspace[1]"] {
            decode_noting(source, None, &mut warnings);
        }
        assert_eq!(
            warnings,
            [
                "error decoding 'range[a]': invalid arg 'a': expected a number",
                "error decoding 'range[]': function requires at least 1 arg(s)",
                "error decoding 'linspace[1]': function requires at least 2 arg(s)",
                "unsupported arguments for range function: (7,) - ignoring",
                "error decoding 'geomspace[1]': geomspace",
            ]
        );
    }
}
