//! The order of values in which numbers inside texts count as numbers: `run-9` before `run-10`.

use std::cmp::Ordering;

use guild_flags::value;
use guild_plugin_api::Value;

/// Which of two values comes first: nothing and NaN, then numbers, then texts part by part, then
/// everything else by its text.
///
/// ```
/// use guild_query::order::natural;
/// use std::cmp::Ordering::Less;
/// assert_eq!(natural(&"run-9".into(), &"run-10".into()), Less);
/// assert_eq!(natural(&2.into(), &"a".into()), Less);
/// ```
pub fn natural(a: &Value, b: &Value) -> Ordering {
    let (a, b) = (Key::of(a), Key::of(b));
    a.rank().cmp(&b.rank()).then_with(|| match (a, b) {
        (Key::Number(a), Key::Number(b)) => value::compare(a, b).unwrap_or(Ordering::Equal),
        (Key::Text(a), Key::Text(b)) => texts(&a, &b),
        _ => Ordering::Equal,
    })
}

enum Key<'a> {
    Nothing,
    Number(&'a Value),
    Text(String),
}

impl<'a> Key<'a> {
    fn of(value: &'a Value) -> Key<'a> {
        match value {
            Value::Null => Key::Nothing,
            Value::Float(f) if f.is_nan() => Key::Nothing,
            Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
                Key::Number(value)
            }
            other => Key::Text(value::text(other)),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Key::Nothing => 0,
            Key::Number(_) => 1,
            Key::Text(_) => 2,
        }
    }
}

fn texts(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let ((a_part, a_rest), (b_part, b_rest)) = (part(a), part(b));
        let number = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
        let ordering = match (number(a_part), number(b_part)) {
            (true, true) => {
                let (x, y) = (a_part.trim_start_matches('0'), b_part.trim_start_matches('0'));
                x.len().cmp(&y.len()).then_with(|| x.cmp(y))
            }
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => a_part.cmp(b_part),
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
        (a, b) = (a_rest, b_rest);
    }
    a.len().cmp(&b.len())
}

/// The digits, or what is before the next digit, and the rest.
fn part(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_order() {
        let values: Vec<Value> = vec![
            Value::Null,
            Value::Float(-1.5),
            Value::Int(0),
            Value::Bool(true),
            Value::Float(1.5),
            Value::Int(10),
            "".into(),
            "2 apples".into(),
            "10".into(),
            "a".into(),
            "a9".into(),
            "a10".into(),
            "a10b".into(),
            "b".into(),
        ];
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(natural(a, b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
        assert_eq!(natural(&Value::Float(f64::NAN), &Value::Null), Ordering::Equal);
        assert_eq!(natural(&"007".into(), &"7".into()), Ordering::Equal);
    }
}
