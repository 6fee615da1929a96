//! Regular expressions as Python's `re` reads them, in the words of the `regex` crate.
//!
//! The two differ in small things that patterns in Guild files use: what `\s`, `\w` and `\Z` mean,
//! `[` and `&&` within a class, `{` that begins no repetition, `a++`, comments. So each pattern is
//! read by Python's rules (CPython 3.11's `re._parser`) and written anew, which also gives
//! Python's words for what is wrong with it. What `regex` cannot do, looking around and back, is
//! left to `fancy-regex`.
//!
//! Not supported are `\N{NAME}` and, under `(?a)`, ASCII rules for `\B` and for case.

mod class;
mod escape;
mod group;
mod pattern;

use std::collections::HashMap;
use std::fmt;

pub use pattern::{Groups, Pattern, Unusable};

/// How deep groups may nest: far beyond anything written by hand, far below what the stack takes.
const MAX_DEPTH: usize = 200;

/// A pattern in the syntax of `regex` and `fancy-regex`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Translated {
    /// The pattern. Its groups have names of their own (`g1`, …), for `fancy-regex` allows no
    /// numbers once one group has a name.
    pub(crate) regex: String,
    /// Whether it takes `fancy-regex`.
    pub(crate) fancy: bool,
    /// The name of each group that captures, from the first.
    pub(crate) groups: Vec<Option<String>>,
}

/// Why Python refuses a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PatternError {
    message: String,
    position: usize,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at position {}", self.message, self.position)
    }
}

type Result<T> = std::result::Result<T, PatternError>;

/// Rewrites a pattern.
pub(crate) fn translate(pattern: &str) -> Result<Translated> {
    let mut reader = Reader {
        chars: pattern.chars().collect(),
        at: 0,
        out: String::new(),
        verbose: false,
        ascii: false,
        fancy: false,
        groups: Vec::new(),
        names: HashMap::new(),
        tested: Vec::new(),
    };
    reader.alternatives(0)?;
    if reader.peek().is_some() {
        return reader.fail("unbalanced parenthesis", reader.at);
    }
    for (group, position) in &reader.tested {
        if *group > reader.groups.len() {
            return reader.fail(format!("invalid group reference {group}"), *position);
        }
    }
    let groups = reader.groups.into_iter().map(|group| group.name).collect();
    Ok(Translated { regex: reader.out, fancy: reader.fancy, groups })
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    out: String,
    /// `(?x)`: white space and comments mean nothing.
    verbose: bool,
    /// `(?a)`: classes are ASCII only.
    ascii: bool,
    fancy: bool,
    groups: Vec<Group>,
    names: HashMap<String, usize>,
    /// The groups that conditions test, which may come later, with where they do.
    tested: Vec<(usize, usize)>,
}

struct Group {
    name: Option<String>,
    open: bool,
}

/// What may come before a repetition.
enum Before {
    Nothing,
    /// `^`, `\b` and their like, which cannot be repeated.
    Position,
    Repeated,
    /// Something whose translation starts here.
    Item(usize),
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    /// Takes what comes as long as `take` says so.
    fn eat_while(&mut self, most: usize, take: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.at - start < most && self.peek().is_some_and(&take) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn fail<T>(&self, message: impl Into<String>, position: usize) -> Result<T> {
        Err(PatternError { message: message.into(), position })
    }

    /// Branches up to the end or a closing parenthesis.
    fn alternatives(&mut self, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return self.fail("too many nested groups", self.at);
        }
        self.branch(depth, depth == 0)?;
        while self.eat('|') {
            self.out.push('|');
            self.branch(depth, false)?;
        }
        Ok(())
    }

    /// One branch. Only the first of the whole pattern may begin with flags for all of it.
    fn branch(&mut self, depth: usize, first: bool) -> Result<()> {
        let mut before = Before::Nothing;
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            let (from, position) = (self.out.len(), self.at);
            self.at += 1;
            match c {
                ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c' if self.verbose => continue,
                '#' if self.verbose => {
                    self.eat_while(usize::MAX, |c| c != '\n');
                    continue;
                }
                '*' | '+' | '?' => {
                    before = self.repeat(before, &c.to_string(), position)?;
                    continue;
                }
                '{' => {
                    if let Some(bounds) = self.bounds()? {
                        before = self.repeat(before, &bounds, position)?;
                        continue;
                    }
                    self.literal('{');
                }
                '.' => self.out.push('.'),
                '^' | '$' => {
                    self.out.push(c);
                    before = Before::Position;
                    continue;
                }
                '[' => self.class(position)?,
                '(' => {
                    let may_set_flags = first && matches!(before, Before::Nothing);
                    if !self.group(position, depth, may_set_flags)? {
                        continue;
                    }
                }
                '\\' => {
                    if self.escape(position)? {
                        before = Before::Position;
                        continue;
                    }
                }
                c => self.literal(c),
            }
            before = Before::Item(from);
        }
        Ok(())
    }

    /// `{m,n}` after its brace, as `regex` wants it; none when the brace is a plain character.
    fn bounds(&mut self) -> Result<Option<String>> {
        let inside = self.at;
        if self.peek() == Some('}') {
            return Ok(None);
        }
        let digit = |c: char| c.is_ascii_digit();
        let low = self.eat_while(usize::MAX, digit);
        let comma = self.eat(',');
        let high = if comma { self.eat_while(usize::MAX, digit) } else { low.clone() };
        if !self.eat('}') {
            self.at = inside;
            return Ok(None);
        }
        let number = |text: &str, otherwise: u32| match text {
            "" => Ok(otherwise),
            text => {
                text.parse().or_else(|_| self.fail("the repetition number is too large", inside))
            }
        };
        let (least, most) = (number(&low, 0)?, number(&high, u32::MAX)?);
        if most < least {
            return self.fail("min repeat greater than max repeat", inside);
        }
        Ok(Some(match (comma, high.is_empty()) {
            (false, _) => format!("{{{least}}}"),
            (true, true) => format!("{{{least},}}"),
            (true, false) => format!("{{{least},{most}}}"),
        }))
    }

    /// Repeats what came before.
    fn repeat(&mut self, before: Before, how: &str, position: usize) -> Result<Before> {
        let start = match before {
            Before::Nothing | Before::Position => {
                return self.fail("nothing to repeat", position);
            }
            Before::Repeated => return self.fail("multiple repeat", position),
            Before::Item(start) => start,
        };
        self.out.push_str(how);
        if self.eat('?') {
            self.out.push('?');
        } else if self.eat('+') {
            // Possessive; `regex` would repeat twice.
            self.fancy = true;
            self.out.insert_str(start, "(?>");
            self.out.push(')');
        }
        Ok(Before::Repeated)
    }

    /// A character that stands for itself.
    fn literal(&mut self, c: char) {
        let plain = c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
        if plain {
            self.out.push(c);
        } else {
            self.out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> String {
        let translated = translate(pattern).unwrap();
        assert!(!translated.fancy, "{pattern}");
        regex::Regex::new(&translated.regex).unwrap();
        translated.regex
    }

    fn error(pattern: &str) -> String {
        translate(pattern).unwrap_err().to_string()
    }

    #[test]
    fn what_is_alike_stays() {
        assert_eq!(regex("^a.b*?c+|d{2,3}$"), "^a.b*?c+|d{2,3}$");
        assert_eq!(regex("(a)(?:b)(?P<n>c)"), "(?P<g1>a)(?:b)(?P<g2>c)");
        assert_eq!(translate("(a)(?P<n>c)").unwrap().groups, [None, Some("n".into())]);
    }

    #[test]
    fn braces_that_repeat_nothing_are_characters() {
        assert_eq!(regex("a{}b{x}{,"), r"a\x{7b}\x{7d}b\x{7b}x\x{7d}\x{7b}\x{2c}");
        assert_eq!(regex("a{,2}b{,}c{3}d{1,}"), "a{0,2}b{0,}c{3}d{1,}");
    }

    #[test]
    fn verbose_patterns_lose_their_space() {
        assert_eq!(regex("(?x) a b # c\n [ #] d"), r"ab[\x{20}\x{23}]d");
        assert_eq!(regex("a(?#comment)*"), "a*");
    }

    #[test]
    fn what_regex_cannot_do_is_for_fancy_regex() {
        for pattern in [
            r"(?<=a)b",
            r"(?<!a)b",
            "(?=a)a",
            "(?!a)b",
            r"(a)\1",
            "(?P<n>a)(?P=n)",
            "a++",
            "a{2}+",
            "(?>a)",
            "(a)?(?(1)b|c)",
            "(?P<n>a)?(?(n)b)",
        ] {
            let translated = translate(pattern).unwrap();
            assert!(translated.fancy, "{pattern}");
            fancy_regex::Regex::new(&translated.regex).unwrap();
        }
    }

    #[test]
    fn errors_are_pythons() {
        for (pattern, text) in [
            ("*", "nothing to repeat at position 0"),
            ("a|^*", "nothing to repeat at position 3"),
            ("a**", "multiple repeat at position 2"),
            ("(", "missing ), unterminated subpattern at position 0"),
            (")", "unbalanced parenthesis at position 0"),
            ("[a", "unterminated character set at position 0"),
            ("[b-a]", "bad character range b-a at position 1"),
            ("a{3,2}", "min repeat greater than max repeat at position 2"),
            ("\\", "bad escape (end of pattern) at position 0"),
            (r"\q", r"bad escape \q at position 0"),
            (r"\1", "invalid group reference 1 at position 1"),
            (r"(a\1)", "cannot refer to an open group at position 2"),
            ("(?<n>a)", "unknown extension ?<n at position 1"),
            (
                "(?P<n>a)(?P<n>b)",
                "redefinition of group name 'n' as group 2; was group 1 at position 12",
            ),
            ("a(?i)", "global flags not at the start of the expression at position 1"),
            ("(?(2)a)(b)", "invalid group reference 2 at position 3"),
        ] {
            assert_eq!(error(pattern), text, "{pattern}");
        }
        assert!(translate(&"(".repeat(100_000)).is_err());
    }
}
