//! Shell patterns as Python's `fnmatch` module reads them.
//!
//! `*` and `?` match any character, `/` and leading dots included; `[a-z]` and `[!a-z]` are sets.
//! Source: the documentation and the behaviour of `fnmatch` in Python 3.11, odd cases included:
//! `[` without `]` is itself, `[z-a]` matches nothing.

/// Whether `name` as a whole matches `pattern`.
pub fn fnmatch(name: &str, pattern: &str) -> bool {
    Pattern::new(pattern).matches(name)
}

/// A pattern, taken apart.
#[derive(Clone, Debug)]
pub struct Pattern {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug)]
enum Token {
    Star,
    Any,
    Char(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    fn accepts(&self, c: char) -> bool {
        match self {
            Token::Star | Token::Any => true,
            Token::Char(own) => *own == c,
            Token::Set { negated, ranges } => {
                ranges.iter().any(|&(low, high)| low <= c && c <= high) != *negated
            }
        }
    }
}

impl Pattern {
    /// Takes a pattern apart. Every string is a pattern.
    pub fn new(pattern: &str) -> Self {
        let chars: Vec<char> = pattern.chars().collect();
        let mut tokens = Vec::with_capacity(chars.len());
        let mut at = 0;
        while at < chars.len() {
            let c = chars[at];
            at += 1;
            match c {
                '*' if matches!(tokens.last(), Some(Token::Star)) => {}
                '*' => tokens.push(Token::Star),
                '?' => tokens.push(Token::Any),
                '[' => match set_end(&chars, at) {
                    Some(end) => {
                        tokens.push(set(&chars[at..end]));
                        at = end + 1;
                    }
                    None => tokens.push(Token::Char('[')),
                },
                c => tokens.push(Token::Char(c)),
            }
        }
        Self { tokens }
    }

    /// Whether `name` as a whole matches.
    pub fn matches(&self, name: &str) -> bool {
        let mut at = 0;
        let mut rest = name;
        // Where to go on when what follows the last star did not fit: the star takes one more.
        let mut retry: Option<(usize, &str)> = None;
        loop {
            match (self.tokens.get(at), rest.chars().next()) {
                (Some(Token::Star), _) => {
                    at += 1;
                    if at == self.tokens.len() {
                        return true;
                    }
                    retry = Some((at, rest));
                    continue;
                }
                (None, None) => return true,
                (Some(token), Some(c)) if token.accepts(c) => {
                    at += 1;
                    rest = &rest[c.len_utf8()..];
                    continue;
                }
                _ => {}
            }
            let Some((after_star, from)) = retry else { return false };
            let mut taken = from.chars();
            if taken.next().is_none() {
                return false;
            }
            retry = Some((after_star, taken.as_str()));
            (at, rest) = (after_star, taken.as_str());
        }
    }
}

/// Whether `text` has characters that mean more than themselves.
pub(crate) fn has_magic(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// A pattern that matches `text` and nothing else.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '*' | '?' | '[' => out.extend(['[', c, ']']),
            c => out.push(c),
        }
    }
    out
}

/// Finds the `]` of the set that starts after `[` at `start`. One that comes first is a member.
fn set_end(chars: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    if chars.get(at) == Some(&'!') {
        at += 1;
    }
    if chars.get(at) == Some(&']') {
        at += 1;
    }
    (at..chars.len()).find(|&at| chars[at] == ']')
}

/// Reads what stands between the brackets of a set.
fn set(body: &[char]) -> Token {
    let mut chunks = hyphenated_chunks(body);
    drop_empty_ranges(&mut chunks);
    // Negation is looked for only now, as Python does: in `[z-a!b]` it shows up by the removal.
    let negated = chunks[0].first() == Some(&'!');
    if negated {
        chunks[0].remove(0);
    }
    let mut ranges: Vec<(char, char)> = chunks.iter().flatten().map(|&c| (c, c)).collect();
    for pair in chunks.windows(2) {
        match (pair[0].last(), pair[1].first()) {
            (Some(&low), Some(&high)) => ranges.push((low, high)),
            _ => ranges.push(('-', '-')),
        }
    }
    Token::Set { negated, ranges }
}

/// Splits a set at the hyphens that make ranges. Each range goes from the last character of a
/// chunk to the first of the next.
fn hyphenated_chunks(body: &[char]) -> Vec<Vec<char>> {
    let mut chunks: Vec<Vec<char>> = Vec::new();
    let mut start = 0;
    let mut search = if body.first() == Some(&'!') { 2 } else { 1 };
    while let Some(hyphen) = (search..body.len()).find(|&at| body[at] == '-') {
        chunks.push(body[start..hyphen].to_vec());
        start = hyphen + 1;
        search = hyphen + 3;
    }
    match chunks.last_mut() {
        // A hyphen at the very end is a member.
        Some(last) if start == body.len() => last.push('-'),
        _ => chunks.push(body[start..].to_vec()),
    }
    chunks
}

/// Removes ranges that run backwards, both ends with them.
fn drop_empty_ranges(chunks: &mut Vec<Vec<char>>) {
    for at in (1..chunks.len()).rev() {
        let backwards = match (chunks[at - 1].last(), chunks[at].first()) {
            (Some(low), Some(high)) => low > high,
            _ => false,
        };
        if backwards {
            let next = chunks.remove(at);
            chunks[at - 1].pop();
            chunks[at - 1].extend(&next[1..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_like_python() {
        for (name, pattern) in [
            ("", ""),
            ("", "*"),
            ("a/b/c.py", "*.py"),
            (".hidden", "*"),
            ("ab", "a?"),
            ("a\nb", "a?b"),
            ("b", "[abc]"),
            ("d", "[!abc]"),
            ("]", "[]]"),
            ("-", "[a-]"),
            ("-", "[-a]"),
            ("[", "["),
            ("[!]", "[!]"),
            ("b", "[a-c]"),
            ("x", "[!z-a]"),
            ("a", "[z-a!b]"),
            ("^", "[^]"),
            ("\\", "[\\]"),
            ("ä", "[à-ü]"),
            ("aXbXc", "a*b*c"),
        ] {
            assert!(fnmatch(name, pattern), "{name:?} {pattern:?}");
        }
        for (name, pattern) in [
            ("a", ""),
            ("a.pyc", "*.py"),
            ("a", "A"),
            ("m", "[z-a]"),
            ("b", "[z-a!b]"),
            ("-", "[!-a]"),
            ("", "?"),
            ("ab", "a"),
        ] {
            assert!(!fnmatch(name, pattern), "{name:?} {pattern:?}");
        }
    }

    #[test]
    fn many_stars_end() {
        assert!(!fnmatch(&"a".repeat(2000), &("*a".repeat(50) + "b")));
    }

    proptest! {
        #[test]
        fn never_panics(name in ".*", pattern in "[a-c!^\\]\\[*?\\\\&|~é-]{0,12}") {
            fnmatch(&name, &pattern);
        }

        #[test]
        fn escaped_matches_itself_only(name in "[a-c*?\\[\\]!]{0,6}", other in "[a-c*?\\[\\]!]{0,6}") {
            prop_assert!(fnmatch(&name, &escape(&name)));
            prop_assert_eq!(fnmatch(&other, &escape(&name)), other == name);
        }

        #[test]
        fn a_star_takes_the_place_of_any_part(a in "[a-c/.]{0,5}", b in "[a-c/.]{0,5}", c in "[a-c/.]{0,5}") {
            let (name, pattern) = (format!("{a}{b}{c}"), format!("{a}*{c}"));
            prop_assert!(fnmatch(&name, &pattern));
        }
    }
}
