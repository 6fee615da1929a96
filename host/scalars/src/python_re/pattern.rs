//! A pattern that is ready to be looked for.

use std::fmt;

use super::{PatternError, Translated, translate};

/// How large a compiled pattern may get: enough for `\w{1,1000}`.
const SIZE_LIMIT: usize = 64 << 20;

/// A regular expression of Python's.
///
/// ```
/// use guild_scalars::python_re::Pattern;
/// let pattern = Pattern::new(r"(\w+)\.(?P<end>txt|csv)").unwrap();
/// assert_eq!(pattern.replace_first("a.txt", r"\g<end>.\1"), Ok("txt.a".into()));
/// assert!(pattern.matches_start("xa.txt").is_some() && pattern.matches_start(".a.txt").is_none());
/// ```
#[derive(Debug)]
pub struct Pattern {
    translated: Translated,
    regex: Regex,
}

#[derive(Debug)]
enum Regex {
    Plain(regex::Regex),
    Fancy(Box<fancy_regex::Regex>),
}

/// What a pattern found: where each group is, the whole match first.
pub type Groups = Vec<Option<std::ops::Range<usize>>>;

/// Why a pattern, or what is to be put for what it finds, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable(String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

impl From<PatternError> for Unusable {
    fn from(e: PatternError) -> Unusable {
        Unusable(e.to_string())
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// In Python's words where it refuses the pattern.
    pub fn new(source: &str) -> Result<Pattern, Unusable> {
        let translated = translate(source)?;
        let text = &translated.regex;
        let regex = if translated.fancy {
            let mut builder = fancy_regex::RegexBuilder::new(text);
            let built = builder.delegate_size_limit(SIZE_LIMIT).build();
            Regex::Fancy(Box::new(built.map_err(|e| Unusable(e.to_string()))?))
        } else {
            let mut builder = regex::RegexBuilder::new(text);
            let built = builder.size_limit(SIZE_LIMIT).build();
            Regex::Plain(built.map_err(|e| Unusable(e.to_string()))?)
        };
        Ok(Pattern { translated, regex })
    }

    /// What is found first in `text`. A pattern that takes too many steps has found nothing.
    pub fn find(&self, text: &str) -> Option<Groups> {
        match &self.regex {
            Regex::Plain(regex) => {
                let found = regex.captures(text)?;
                Some(found.iter().map(|m| m.map(|m| m.range())).collect())
            }
            Regex::Fancy(regex) => {
                let found = regex.captures(text).ok().flatten()?;
                Some(found.iter().map(|m| m.map(|m| m.range())).collect())
            }
        }
    }

    /// What is found at the start of `text`, as by Python's `match`.
    pub fn matches_start(&self, text: &str) -> Option<Groups> {
        // The leftmost match is at the start whenever there is one there.
        let found = self.find(text)?;
        found.first()?.as_ref().is_some_and(|whole| whole.start == 0).then_some(found)
    }

    /// `text` with the first match replaced by `template`, in which `\1`, `\g<1>` and `\g<name>`
    /// stand for groups.
    ///
    /// # Errors
    /// In Python's words where it refuses the template.
    pub fn replace_first(&self, text: &str, template: &str) -> Result<String, Unusable> {
        let parts = self.template(template)?;
        let Some(found) = self.find(text) else { return Ok(text.into()) };
        let Some(Some(whole)) = found.first() else { return Ok(text.into()) };
        let mut out = text[..whole.start].to_string();
        for part in parts {
            match part {
                Part::Text(c) => out.push(c),
                Part::Group(i) => {
                    out.push_str(found.get(i).cloned().flatten().map_or("", |r| &text[r]));
                }
            }
        }
        out.push_str(&text[whole.end..]);
        Ok(out)
    }

    fn template(&self, template: &str) -> Result<Vec<Part>, Unusable> {
        let mut parts = Vec::new();
        let mut chars = template.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c != '\\' {
                parts.push(Part::Text(c));
                continue;
            }
            let rest = &template[at + 1..];
            let Some((_, next)) = chars.next() else {
                return Err(Unusable(format!("bad escape (end of pattern) at position {at}")));
            };
            match next {
                'g' => {
                    let name = rest.strip_prefix("g<").and_then(|r| r.split_once('>'));
                    let Some((name, _)) = name else {
                        return Err(Unusable(format!("missing < at position {}", at + 2)));
                    };
                    parts.push(Part::Group(self.group(name, at + 3)?));
                    for _ in 0..name.chars().count() + 2 {
                        chars.next();
                    }
                }
                '1'..='9' => {
                    let second = chars.next_if(|(_, c)| c.is_ascii_digit());
                    let number: String =
                        [Some(next), second.map(|(_, c)| c)].iter().flatten().collect();
                    parts.push(Part::Group(self.group(&number, at + 1)?));
                }
                '0' => parts.push(Part::Text('\0')),
                'n' => parts.push(Part::Text('\n')),
                't' => parts.push(Part::Text('\t')),
                'r' => parts.push(Part::Text('\r')),
                'a' => parts.push(Part::Text('\x07')),
                'b' => parts.push(Part::Text('\x08')),
                'f' => parts.push(Part::Text('\x0c')),
                'v' => parts.push(Part::Text('\x0b')),
                c if c.is_ascii_alphabetic() => {
                    return Err(Unusable(format!("bad escape \\{c} at position {at}")));
                }
                '\\' => parts.push(Part::Text('\\')),
                c => parts.extend([Part::Text('\\'), Part::Text(c)]),
            }
        }
        Ok(parts)
    }

    fn group(&self, name: &str, at: usize) -> Result<usize, Unusable> {
        let groups = &self.translated.groups;
        if let Ok(number) = name.parse::<usize>() {
            return match number <= groups.len() {
                true => Ok(number),
                false => {
                    Err(Unusable(format!("invalid group reference {number} at position {at}")))
                }
            };
        }
        let place = groups.iter().position(|g| g.as_deref() == Some(name));
        place.map(|p| p + 1).ok_or_else(|| Unusable(format!("unknown group name '{name}'")))
    }
}

enum Part {
    Text(char),
    Group(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, template: &str, text: &str) -> String {
        let replaced = Pattern::new(pattern).and_then(|p| p.replace_first(text, template));
        replaced.unwrap_or_else(|e| format!("error: {e}"))
    }

    #[test]
    fn the_first_match_is_replaced() {
        for (pattern, template, text, want) in [
            ("a", "b", "aa", "ba"),
            ("x", "b", "aa", "aa"),
            (r"(.*)\.txt", r"\1.csv", "d.txt", "d.csv"),
            (r"(?P<n>\d)(x)?", r"<\g<n>\2\g<0>>", "a1b", "a<11>b"),
            ("(?<=a)b", "c", "ab", "ac"),
            (".*", "all", "x", "all"),
            ("a", r"\\", "a", "\\"),
            ("a", r"\.", "a", r"\."),
            ("a", r"\1", "a", "error: invalid group reference 1 at position 1"),
            ("a", r"\g<n>", "a", "error: unknown group name 'n'"),
            ("a", r"\q", "a", r"error: bad escape \q at position 0"),
            ("a", r"\", "a", "error: bad escape (end of pattern) at position 0"),
            ("(", "", "a", "error: missing ), unterminated subpattern at position 0"),
        ] {
            assert_eq!(replaced(pattern, template, text), want, "{pattern} {template}");
        }
    }
}
