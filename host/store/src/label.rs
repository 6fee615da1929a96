//! Changing a run's label.

use fancy_regex::{Regex, escape};

/// A label without the parts that `pattern` matches: a regular expression for what stands between
/// blanks, as in Guild AI 0.9.0. What is no regular expression stands for itself.
///
/// ```
/// use guild_store::label::without;
/// assert_eq!(without("best lr=0.1 best", "best"), "lr=0.1");
/// assert_eq!(without("a lr=0.1 b", "lr=.*?"), "a b");
/// assert_eq!(without("a c++ b", "c++"), "a b");
/// ```
pub fn without(label: &str, pattern: &str) -> String {
    let between_blanks = |pattern: &str| Regex::new(&format!(r"(?<!\S)(?:{pattern})(?!\S)"));
    // A pattern such as `c++` is valid to some engines only, and nobody means it as one.
    let literal = label.split_whitespace().any(|part| part == pattern);
    let regex = if literal {
        between_blanks(&escape(pattern))
    } else {
        between_blanks(pattern).or_else(|_| between_blanks(&escape(pattern)))
    };
    let rest = match &regex {
        Ok(regex) => match regex.try_replacen(label, 0, " ") {
            Ok(rest) => rest.into_owned(),
            Err(_) => label.to_string(),
        },
        Err(_) => label.to_string(),
    };
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_go() {
        for (label, pattern, want) in [
            ("a b c", "b", "a c"),
            ("a  b   c", "x", "a b c"),
            ("ab b", "b", "ab"),
            ("a a b", "a", "b"),
            ("a b", "a|b", ""),
            ("x(y", "x(y", ""),
            ("", "a", ""),
            ("a.b acb", "a.b", "acb"),
        ] {
            assert_eq!(without(label, pattern), want, "{label} - {pattern}");
        }
    }
}
