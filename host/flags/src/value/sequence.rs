//! The lists that `range[..]`, `linspace[..]` and `logspace[..]` stand for, number for number as
//! Guild AI 0.9.0 gets them from NumPy.

use guild_plugin_api::Value;

use super::arange::{Number, arange, number, rounded};
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
        "geomspace" => return Err("geomspace is not supported".into()),
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
                "error decoding 'geomspace[1]': geomspace is not supported",
            ]
        );
    }
}
