//! The order of rows.

use std::cmp::Ordering;

use guild_flags::value;
use guild_plugin_api::Value;
use guild_store::Run;
use indexmap::IndexSet;

use super::{Sections, Sort};

/// Sorts rows by the first column that is headed as `sort` says. Rows of the same value keep their
/// order; those without one come last.
pub fn sort(rows: &mut [(Run, Sections)], names: &IndexSet<String>, sort: &Sort) {
    let name = match sort {
        Sort::Min(name) | Sort::Max(name) => name,
    };
    let Some(heading) = names.get_index_of(name.as_str()) else { return };
    rows.sort_by(|(_, a), (_, b)| match (key(a, heading), key(b, heading)) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Greater,
        (_, None) => Ordering::Less,
        (Some(a), Some(b)) => match sort {
            Sort::Min(_) => compare(a, b),
            Sort::Max(_) => compare(b, a),
        },
    });
}

/// What is in the first column of this heading.
fn key(sections: &Sections, heading: usize) -> Option<&Value> {
    let (_, value) = sections.iter().flatten().find(|(at, _)| *at == heading)?;
    Some(value).filter(|value| !value.is_null())
}

/// The empty text, then numbers by what they count, then everything else by its text.
///
/// Guild AI 0.9.0 compares a number with a text as texts, which is no order: 9 < 10 < 1x < 9.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Str(text) if text.is_empty() => 0,
        value if is_number(value) => 1,
        _ => 2,
    };
    match (rank(a), rank(b)) {
        (1, 1) => value::compare(a, b).unwrap_or(Ordering::Equal),
        (2, 2) => value::text(a).cmp(&value::text(b)),
        (a, b) => a.cmp(&b),
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_))
}
