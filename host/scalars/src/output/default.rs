//! What the default patterns find, without a regular expression.
//!
//! Both are anchored so that each character has one role only, which leaves nothing to search:
//! `NAME: NUMBER`, perhaps with something in parentheses, is the whole line, and
//! `NAME: NUMBER (step DIGITS)` is its end. `tests` holds this against the patterns themselves.
//!
//! Of a line that a progress bar drew over only what stands there in the end is looked at. 0.9.0 takes
//! the carriage return for a letter, and so the whole bar for a part of the name.

use super::is_space;

/// Whether a line may hold anything: the cheap look that most lines do not pass. Nothing matches
/// without a colon, and no decoding makes one.
pub(super) fn candidate(line: &[u8]) -> Option<&[u8]> {
    memchr::memchr(b':', line).map(|_| line)
}

/// The step that the end of the line tells, and the name and number that the line is.
pub(super) fn find(line: &str) -> (Option<f64>, Option<(&str, f64)>) {
    let line = line.trim_end_matches(is_space);
    let line = line.rsplit('\r').next().unwrap_or(line);
    (step(line), scalar(line))
}

fn in_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | 'e' | '-')
}

/// `^([^ \t]+):\s+([0-9\.e\-]+)(?:\s+\(.*\))?$`
fn scalar(line: &str) -> Option<(&str, f64)> {
    let name_end = line.find([' ', '\t']).unwrap_or(line.len());
    // Other white space may be part of a name, so several colons may be the one that counts. The
    // pattern is greedy and takes the last.
    for (at, _) in line[..name_end].rmatch_indices(':').filter(|(at, _)| *at > 0) {
        let after = &line[at + 1..];
        let number = after.trim_start_matches(is_space);
        let number_end = number.find(|c| !in_number(c)).unwrap_or(number.len());
        if number.len() == after.len() || number_end == 0 {
            continue;
        }
        let (number, rest) = number.split_at(number_end);
        let remark = rest.trim_start_matches(is_space);
        let in_parentheses = remark.len() < rest.len()
            && remark.strip_prefix('(').is_some_and(|r| r.ends_with(')') && !r.contains('\n'));
        if rest.is_empty() || in_parentheses {
            // Of characters that all are in a number: what Python's `float` reads Rust reads too.
            return number.parse().ok().map(|number| (&line[..at], number));
        }
    }
    None
}

/// `[^ \t]+: +[0-9\.e\-]+\s+\((?:step\s+)?(?P<step>[0-9]+)\)$`, from the end.
fn step(line: &str) -> Option<f64> {
    let line = line.strip_suffix(')')?;
    let rest = line.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &line[rest.len()..];
    if digits.is_empty() {
        return None;
    }
    let rest = match rest.strip_suffix('(') {
        Some(rest) => rest,
        None => strip_space(rest)?.strip_suffix("(step")?,
    };
    let rest = strip_space(rest)?;
    let before_number = rest.trim_end_matches(in_number);
    let before_space = before_number.trim_end_matches(' ');
    if before_number.len() == rest.len() || before_space.len() == before_number.len() {
        return None;
    }
    let name = before_space.strip_suffix(':')?;
    let named = name.chars().next_back().is_some_and(|c| !matches!(c, ' ' | '\t'));
    if named { digits.parse().ok() } else { None }
}

/// What is before the white space at the end, if there is any.
fn strip_space(text: &str) -> Option<&str> {
    let rest = text.trim_end_matches(is_space);
    (rest.len() < text.len()).then_some(rest)
}
