//! The order in which people expect file names: `a2` before `a10` (Guild AI 0.9.0's `natsorted`).

use std::cmp::Ordering;

/// Compares texts with the numbers in them taken as numbers. Names that differ in leading zeros
/// alone are told apart as text.
pub fn compare(a: &str, b: &str) -> Ordering {
    parts(a).cmp(parts(b)).then_with(|| a.cmp(b))
}

/// A text before a number, then the number: its digits without leading zeros, by their count.
/// A name that starts with a number has an empty text first, and so comes before others.
fn parts(text: &str) -> impl Iterator<Item = (&str, Option<(usize, &str)>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (before, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(end);
        rest = tail;
        let digits = number.trim_start_matches('0');
        Some((before, (!number.is_empty()).then_some((digits.len(), digits))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let mut names = ["b", "a10", "a2", "a", "10", "9", "a2b", "a02", "A1", "a1.txt", "a1/x"];
        names.sort_by(|a, b| compare(a, b));
        // As natsort 8 sorts them.
        assert_eq!(names, ["9", "10", "A1", "a", "a1.txt", "a1/x", "a02", "a2", "a2b", "a10", "b"]);
    }
}
