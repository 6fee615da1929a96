//! The order of rows.

use std::cmp::Ordering;

use guild_flags::value;
use guild_plugin_api::Value;
use guild_store::{Run, clock};
use indexmap::IndexSet;

use super::{Sections, Sort};

/// Sorts rows by the first column that is headed as `sort` says. Rows of the same value keep their
/// order; those without one come last.
pub fn sort(rows: &mut [(Run, Sections)], names: &IndexSet<String>, sort: &Sort) {
    let (name, descending) = match sort {
        Sort::Min(name) => (name, false),
        Sort::Max(name) => (name, true),
    };
    let Some(heading) = names.get_index_of(name.as_str()) else { return };
    rows.sort_by(|(_, a), (_, b)| missing_last(key(a, heading), key(b, heading), descending));
}

/// [`compare`], or the other way round; what is no value is last both ways.
pub fn missing_last(a: &Value, b: &Value, descending: bool) -> Ordering {
    match (is_missing(a), is_missing(b)) {
        (false, false) if descending => compare(b, a),
        (false, false) => compare(a, b),
        (a, b) => a.cmp(&b),
    }
}

/// What is in the first column of this heading.
fn key(sections: &Sections, heading: usize) -> &Value {
    let found = sections.iter().flatten().find(|(at, _)| *at == heading);
    found.map_or(&Value::Null, |(_, value)| value)
}

/// The empty text, then numbers by what they count, then durations as the column `time` has them,
/// then everything else by its text.
///
/// Guild AI 0.9.0 compares a number with a text as texts, which is no order: 9 < 10 < 1x < 9; and
/// durations as texts, so that ten hours are less than two.
fn compare(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Str(text) if text.is_empty() => 0,
        value if is_number(value) => 1,
        value if duration(value).is_some() => 2,
        _ => 3,
    };
    match (rank(a), rank(b)) {
        (1, 1) => value::compare(a, b).unwrap_or(Ordering::Equal),
        (2, 2) => duration(a).cmp(&duration(b)),
        (3, 3) => value::text(a).cmp(&value::text(b)),
        (a, b) => a.cmp(&b),
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_))
}

/// Whether it is no value by which anything is sorted: nothing, or no number.
fn is_missing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Float(number) => number.is_nan(),
        _ => false,
    }
}

fn duration(value: &Value) -> Option<u64> {
    let Value::Str(text) = value else { return None };
    clock::parse_duration(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_then_durations_then_texts() {
        let sorted = ["", "0:59:59", "2:00:00", "10:00:00", "100:00:00", "1:2", "1:2:x", "b"];
        let mut values: Vec<Value> = sorted.iter().map(|text| Value::str(*text)).collect();
        values.insert(1, Value::Float(-1.0));
        values.insert(2, Value::Int(9));
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a:?} {b:?}");
            }
        }
    }
}
