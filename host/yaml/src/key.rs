//! Keys of maps as Python takes them: which are equal, and how they sort.

use std::cmp::Ordering;
use std::collections::HashMap;

use guild_plugin_api::Value;

use crate::timestamp;

/// Up to so many keys it is quicker to compare each with each than to hash them.
const FEW: usize = 8;

/// Whether no two of the keys are one; surely so when true.
pub(crate) fn surely_distinct(pairs: &[(Value, Value)]) -> bool {
    let same = |a: &Value, b: &Value| match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Str(_), _) | (_, Value::Str(_)) => false,
        _ => true,
    };
    pairs.len() <= FEW
        && pairs.iter().enumerate().all(|(i, (a, _))| !pairs[..i].iter().any(|(b, _)| same(a, b)))
}

/// For each key its place among the distinct keys, in the order in which they first appear.
pub(crate) fn places<'a>(keys: impl ExactSizeIterator<Item = &'a Value>) -> Vec<usize> {
    let mut seen: HashMap<Identity, usize> = HashMap::with_capacity(keys.len());
    keys.map(|key| {
        let next = seen.len();
        *seen.entry(Identity::of(key)).or_insert(next)
    })
    .collect()
}

/// What makes two keys one: `1`, `1.0` and `true` are, `1` and `"1"` are not.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    Null,
    Int(i64),
    BigInt(String),
    /// A float that is no integer, by its bits.
    Float(u64),
    Str(&'a str),
    Time(&'a str),
    /// A collection, which no document has as a key.
    Other,
}

impl Identity<'_> {
    fn of(key: &Value) -> Identity<'_> {
        match key {
            Value::Null => Identity::Null,
            Value::Bool(b) => Identity::Int(i64::from(*b)),
            Value::Int(i) => Identity::Int(*i),
            Value::BigInt(digits) => Identity::BigInt(digits.clone()),
            Value::Float(f) if f.fract() == 0.0 => {
                let digits = format!("{f:.0}");
                match digits.parse() {
                    Ok(i) => Identity::Int(i),
                    Err(_) => Identity::BigInt(digits),
                }
            }
            Value::Float(f) => Identity::Float(f.to_bits()),
            Value::Str(s) => Identity::Str(s),
            Value::Time(t) => Identity::Time(t),
            _ => Identity::Other,
        }
    }
}

/// The entries in the order in which PyYAML writes them: sorted by key when Python can compare
/// every key with every other, as they are otherwise.
pub(crate) fn sorted(entries: &[(Value, Value)]) -> Vec<&(Value, Value)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    if comparable(entries) {
        sorted.sort_by(|a, b| compare(&a.0, &b.0).unwrap_or(Ordering::Equal));
    }
    sorted
}

fn comparable(entries: &[(Value, Value)]) -> bool {
    let [(first, _), rest @ ..] = entries else { return true };
    // Keys of one kind are comparable if neighbours are; only lists and times need a closer look.
    rest.iter().all(|(key, _)| compare(first, key).is_some())
        && (!matches!(first, Value::List(_)) || all_pairs_compare(entries))
}

fn all_pairs_compare(entries: &[(Value, Value)]) -> bool {
    // So many keys that are lists do not happen; Python would compare only some pairs, and which
    // ones is its secret.
    entries.len() <= 256
        && entries
            .iter()
            .enumerate()
            .all(|(i, (a, _))| entries[i + 1..].iter().all(|(b, _)| compare(a, b).is_some()))
}

/// How Python orders two keys, or nothing where it raises `TypeError` or, with NaN, has no order.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => timestamp::compare(a, b),
        (Value::List(a), Value::List(b)) => {
            for (a, b) in a.iter().zip(b) {
                match compare(a, b) {
                    Some(Ordering::Equal) => {}
                    None if a == b => {}
                    order => return order,
                }
            }
            Some(a.len().cmp(&b.len()))
        }
        _ => compare_numbers(a, b),
    }
}

fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (Number::of(a)?, Number::of(b)?) {
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        (Number::Int(a), Number::Int(b)) => Some(compare_integers(&a, &b)),
        (Number::Int(a), Number::Float(b)) => compare_mixed(&a, b),
        (Number::Float(a), Number::Int(b)) => compare_mixed(&b, a).map(Ordering::reverse),
    }
}

enum Number {
    /// Decimal digits, with `-` when negative.
    Int(String),
    Float(f64),
}

impl Number {
    fn of(value: &Value) -> Option<Number> {
        match value {
            Value::Bool(b) => Some(Number::Int(u8::from(*b).to_string())),
            Value::Int(i) => Some(Number::Int(i.to_string())),
            Value::BigInt(digits) => Some(Number::Int(digits.clone())),
            Value::Float(f) => Some(Number::Float(*f)),
            _ => None,
        }
    }
}

fn compare_integers(a: &str, b: &str) -> Ordering {
    match (a.strip_prefix('-'), b.strip_prefix('-')) {
        (Some(a), Some(b)) => b.len().cmp(&a.len()).then_with(|| b.cmp(a)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
    }
}

/// Compares exactly: Python does not round the integer to a float first.
fn compare_mixed(int: &str, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.is_infinite() {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = format!("{:.0}", float.trunc() + 0.0);
    let whole = if whole == "-0" { "0" } else { &whole };
    let fraction = float.fract();
    let fraction_order = 0.0f64.partial_cmp(&fraction).unwrap_or(Ordering::Equal);
    Some(compare_integers(int, whole).then(fraction_order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_are_one_key() {
        let keys = [
            Value::Int(1),
            Value::from(true),
            Value::Float(1.0),
            Value::str("1"),
            Value::Null,
            Value::Float(-0.0),
            Value::Int(0),
            Value::Float(1e20),
            Value::BigInt("100000000000000000000".into()),
            Value::Float(0.5),
            Value::Float(f64::NAN),
            Value::Float(f64::NAN),
        ];
        assert_eq!(places(keys.iter()), [0, 0, 0, 1, 2, 3, 3, 4, 4, 5, 6, 6]);
    }

    #[test]
    fn numbers_sort_together_and_mixed_kinds_do_not_sort() {
        let order = |keys: &[Value]| -> Vec<Value> {
            let entries: Vec<_> = keys.iter().map(|k| (k.clone(), Value::Null)).collect();
            sorted(&entries).into_iter().map(|(k, _)| k.clone()).collect()
        };
        let big = Value::BigInt("99999999999999999999".into());
        let keys = [big.clone(), Value::Float(1.5), Value::Int(2), Value::from(true)];
        assert_eq!(order(&keys), [Value::from(true), Value::Float(1.5), Value::Int(2), big]);
        let mixed = [Value::str("b"), Value::Int(1), Value::str("a")];
        assert_eq!(order(&mixed), mixed);
        let negative = [Value::Int(-1), Value::Float(-1.5), Value::Int(-10)];
        assert_eq!(order(&negative), [Value::Int(-10), Value::Float(-1.5), Value::Int(-1)]);
    }
}
