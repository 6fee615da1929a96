//! When values are equal, which is larger, and which count as true: by rules in which
//! `1`, `1.0` and `true` are the same key and the same choice.

use std::cmp::Ordering;

use guild_plugin_api::Value;

use super::number::whole_digits;

/// Whether two values are equal. Numbers and booleans are compared by what they count, lists by
/// their items, maps by their entries in any order.
///
/// ```
/// use guild_flags::value::same;
/// use guild_plugin_api::Value;
/// assert!(same(&Value::Int(1), &Value::Float(1.0)));
/// assert!(same(&Value::Int(1), &Value::Bool(true)));
/// assert!(!same(&Value::Int(1), &Value::str("1")));
/// ```
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let in_b = |k: &Value, v: &Value| b.iter().any(|(bk, bv)| same(k, bk) && same(v, bv));
            a.len() == b.len() && a.iter().all(|(k, v)| in_b(k, v))
        }
        (Value::Set(a), Value::Set(b)) => {
            a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| same(a, b)))
        }
        _ if is_number(a) && is_number(b) => compare_numbers(a, b) == Some(Ordering::Equal),
        _ => a == b,
    }
}

/// Which of two values is smaller; none when they cannot be ordered: a number and a string, maps,
/// anything and NaN.
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) | (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::List(a), Value::List(b)) => match a.iter().zip(b).find(|(a, b)| !same(a, b)) {
            Some((a, b)) => compare(a, b),
            None => Some(a.len().cmp(&b.len())),
        },
        _ if is_number(a) && is_number(b) => compare_numbers(a, b),
        _ => None,
    }
}

/// Whether a value counts as true: not null, false, zero or empty.
pub fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Int(i) => *i != 0,
        Value::Float(f) => *f != 0.0,
        Value::Str(s) => !s.is_empty(),
        Value::List(l) | Value::Set(l) => !l.is_empty(),
        Value::Map(m) => !m.is_empty(),
        _ => true,
    }
}

/// An order for sorting by key that never fails: values that cannot be compared go by the names
/// of their kinds.
pub(super) fn key_order(a: &Value, b: &Value) -> Ordering {
    compare(a, b).unwrap_or_else(|| kind(a).cmp(kind(b)))
}

/// As [`kind`], without the module.
pub(crate) fn short_kind(value: &Value) -> &'static str {
    kind(value).trim_start_matches("datetime.")
}

/// What messages call the kind of a value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Float(_) => "float",
        Value::Str(_) => "str",
        Value::Time(t) if t.contains(':') => "datetime.datetime",
        Value::Time(_) => "datetime.date",
        Value::List(_) => "list",
        Value::Set(_) => "set",
        Value::Map(_) => "dict",
        _ => "int",
    }
}

/// Whether a value counts as a number: booleans do.
pub(crate) fn is_number(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_))
}

/// Compares without rounding: an integer and a fraction differ even where the nearest floating
/// point numbers do not.
fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Float(a), b) => compare_float_to_int(*a, b),
        (a, Value::Float(b)) => compare_float_to_int(*b, a).map(Ordering::reverse),
        _ => Some(compare_digits(&digits(a), &digits(b))),
    }
}

fn compare_float_to_int(float: f64, int: &Value) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.is_infinite() {
        return Some(if float > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let whole = compare_digits(&whole_digits(float), &digits(int));
    Some(whole.then_with(|| float.partial_cmp(&float.trunc()).unwrap_or(Ordering::Equal)))
}

fn digits(int: &Value) -> String {
    match int {
        Value::Bool(b) => u8::from(*b).to_string(),
        Value::Int(i) => i.to_string(),
        Value::BigInt(digits) => digits.clone(),
        _ => String::new(),
    }
}

/// Compares integers given by their decimal digits.
fn compare_digits(a: &str, b: &str) -> Ordering {
    let size = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    match (a.strip_prefix('-'), b.strip_prefix('-')) {
        (None, None) => size(a, b),
        (Some(a), Some(b)) => size(b, a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_different_kinds() {
        let big = Value::BigInt("9007199254740993000000".into());
        assert_eq!(compare(&Value::Int(2), &Value::Float(2.5)), Some(Ordering::Less));
        assert_eq!(compare(&Value::Int(-2), &Value::Float(-2.5)), Some(Ordering::Greater));
        assert_eq!(compare(&Value::Float(0.0), &Value::Bool(false)), Some(Ordering::Equal));
        assert_eq!(compare(&big, &Value::Int(i64::MAX)), Some(Ordering::Greater));
        assert_eq!(compare(&big, &Value::Float(f64::INFINITY)), Some(Ordering::Less));
        assert_eq!(compare(&Value::Float(f64::NAN), &Value::Int(1)), None);
        // 2^53 + 1 has no floating point number of its own.
        assert!(!same(&Value::Int(9_007_199_254_740_993), &Value::Float(9_007_199_254_740_992.0)));
        assert_eq!(compare(&Value::Int(1), &Value::str("1")), None);
    }

    #[test]
    fn maps_in_any_order() {
        let a: Value = serde_json::from_str(r#"{"a": [1], "b": 2}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"b": 2.0, "a": [true]}"#).unwrap();
        assert!(same(&a, &b));
    }
}
