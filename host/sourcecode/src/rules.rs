//! Rules about which files are source code.
//!
//! Source: `guild/file_util.py` of 0.9.0, class `FileSelectRule`.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use guild_flags::shell;
use guild_plugin_api::model::SourceRule;

use crate::error::Error;
use crate::fnmatch::{self, Pattern};
use crate::select::Candidate;

/// One rule: it takes what it matches, or leaves it out. Later rules win over earlier ones.
///
/// Displayed as `guild run --test-sourcecode` lists it: `exclude dir * containing bin/activate`.
#[derive(Clone, Debug)]
pub struct Rule {
    source: SourceRule,
    pub(crate) about: Option<About>,
    patterns: Patterns,
    /// What git ignores. A rule that has it takes everything else, patterns or not.
    ignored: Option<HashSet<String>>,
    /// Whether it is the rule that stands in when nobody says what source code is. Only for that
    /// one is the user told about files that are left out.
    pub(crate) is_default: bool,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Text,
    Binary,
    Dir,
}

/// Why a rule does not match, in the order in which it is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    MaxMatches,
    Pattern,
    Type,
    Size,
}

impl TryFrom<SourceRule> for Rule {
    type Error = Error;

    /// # Errors
    ///
    /// [`Error::RuleType`] for a `type` other than `text`, `binary` and `dir`.
    fn try_from(source: SourceRule) -> Result<Self, Error> {
        let about = match source.kind.as_deref() {
            None => None,
            Some("text") => Some(About::Text),
            Some("binary") => Some(About::Binary),
            Some("dir") => Some(About::Dir),
            Some(other) => return Err(Error::RuleType(other.to_owned())),
        };
        let patterns = Patterns::new(&source.patterns);
        Ok(Self { source, about, patterns, ignored: None, is_default: false })
    }
}

impl Rule {
    /// Takes the files that match one of the patterns.
    pub fn include<S: Into<String>>(patterns: impl IntoIterator<Item = S>) -> Self {
        Self::of_any_type(true, patterns)
    }

    /// Leaves the files out that match one of the patterns.
    pub fn exclude<S: Into<String>>(patterns: impl IntoIterator<Item = S>) -> Self {
        Self::of_any_type(false, patterns)
    }

    /// Leaves the folders out whose path matches one of the patterns, and all that is in them.
    pub fn exclude_dirs<S: Into<String>>(patterns: impl IntoIterator<Item = S>) -> Self {
        let mut rule = Self::exclude(patterns);
        rule.source.kind = Some("dir".into());
        rule.about = Some(About::Dir);
        rule
    }

    fn of_any_type<S: Into<String>>(include: bool, patterns: impl IntoIterator<Item = S>) -> Self {
        let patterns: Vec<String> = patterns.into_iter().map(Into::into).collect();
        let compiled = Patterns::new(&patterns);
        Self {
            source: SourceRule { include, patterns, ..SourceRule::default() },
            about: None,
            patterns: compiled,
            ignored: None,
            is_default: false,
        }
    }

    /// A rule of a Guild file's `sourcecode`: as `rule` says, except that a pattern that is a
    /// folder below `root` stands for all files in it.
    ///
    /// # Errors
    ///
    /// [`Error::RuleType`] for a `type` other than `text`, `binary` and `dir`.
    pub fn configured(root: &Path, mut rule: SourceRule) -> Result<Self, Error> {
        if rule.kind.is_none() {
            for pattern in &mut rule.patterns {
                if root.join(&pattern).is_dir() {
                    pattern.push_str(if pattern.ends_with('/') { "*" } else { "/*" });
                }
            }
        }
        Self::try_from(rule)
    }

    /// For folders: restricts the rule to those that hold something of this name or pattern.
    pub(crate) fn containing(mut self, sentinel: &str) -> Self {
        self.source.sentinel = Some(sentinel.to_owned());
        self
    }

    /// Takes all files but these: paths from the root, `/` between their parts.
    pub(crate) fn not_ignored(ignored: HashSet<String>) -> Self {
        Self { ignored: Some(ignored), ..Self::include::<String>([]) }
    }

    /// What the rule is made of. For git's rule there are no patterns.
    pub fn source(&self) -> &SourceRule {
        &self.source
    }

    /// Whether the rule takes files (`true`) or leaves them out.
    pub fn includes(&self) -> bool {
        self.source.include
    }

    /// Whether the rule leaves everything out.
    pub(crate) fn excludes_all(&self) -> bool {
        !self.source.include
            && self.about.is_none()
            && self.source.patterns.iter().any(|pattern| pattern == "*")
    }

    /// Whether the outcome depends on how much the rule has matched before.
    pub(crate) fn counts(&self) -> bool {
        self.source.max_matches.is_some()
    }

    /// Whether the rule matches, having matched `matches` times before.
    pub(crate) fn test(&self, matches: u64, candidate: &Candidate<'_>) -> Result<(), Mismatch> {
        if let Some(ignored) = &self.ignored {
            let ignored = ignored.contains(candidate.path());
            return if ignored { Err(Mismatch::Pattern) } else { Ok(()) };
        }
        if self.source.max_matches.is_some_and(|max| matches >= max) {
            return Err(Mismatch::MaxMatches);
        }
        if !self.patterns.match_path(candidate.path()) {
            return Err(Mismatch::Pattern);
        }
        let type_matches = match self.about {
            None => true,
            Some(About::Text) => candidate.is_text(),
            Some(About::Binary) => !candidate.is_text(),
            Some(About::Dir) => match self.source.sentinel.as_deref() {
                // An empty sentinel is none, in 0.9.0 too.
                None | Some("") => true,
                Some(sentinel) => candidate.holds(sentinel),
            },
        };
        if !type_matches {
            return Err(Mismatch::Type);
        }
        if self.size_matches(candidate) { Ok(()) } else { Err(Mismatch::Size) }
    }

    /// Sizes of 0 count as none when there is another limit, and match nothing when there is not:
    /// so it is in 0.9.0.
    fn size_matches(&self, candidate: &Candidate<'_>) -> bool {
        let (more, less) = (self.source.size_gt, self.source.size_lt);
        if more.is_none() && less.is_none() {
            return true;
        }
        match candidate.size() {
            None => true,
            Some(size) => {
                more.is_some_and(|more| more != 0 && size > more)
                    || less.is_some_and(|less| size < less)
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ignored.is_some() {
            return f.write_str("gitignore + guildignore patterns");
        }
        let source = &self.source;
        f.write_str(if source.include { "include " } else { "exclude " })?;
        if let Some(kind) = &source.kind {
            write!(f, "{kind} ")?;
        }
        let patterns: Vec<String> = source.patterns.iter().map(|p| quote_pattern(p)).collect();
        f.write_str(&patterns.join(", "))?;

        let sentinel = source.sentinel.as_deref().filter(|sentinel| !sentinel.is_empty());
        let positive = |number: Option<u64>| number.filter(|&number| number != 0);
        let extras: Vec<String> = [
            sentinel.map(|sentinel| format!("containing {}", quote_pattern(sentinel))),
            positive(source.size_gt).map(|size| format!("size > {size}")),
            positive(source.size_lt).map(|size| format!("size < {size}")),
            positive(source.max_matches).map(|max| format!("max match {max}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if extras.is_empty() { Ok(()) } else { write!(f, " {}", extras.join(", ")) }
    }
}

/// Quotes a pattern that has a space in it.
fn quote_pattern(pattern: &str) -> String {
    if pattern.contains(' ') { shell::quote_short(pattern).into_owned() } else { pattern.into() }
}

/// Patterns for paths: one without a `/` is about the last part, others are about the whole path.
#[derive(Clone, Debug, Default)]
struct Patterns {
    // Those that only match themselves are kept aside: git can name thousands of folders.
    literal_names: HashSet<String>,
    literal_paths: HashSet<String>,
    for_names: Vec<Pattern>,
    for_paths: Vec<Pattern>,
}

impl Patterns {
    fn new(patterns: &[String]) -> Self {
        let mut sorted = Self::default();
        for pattern in patterns {
            let text = pattern.trim_start_matches('/');
            match (pattern.contains('/'), fnmatch::has_magic(text)) {
                (false, false) => drop(sorted.literal_names.insert(text.to_owned())),
                (true, false) => drop(sorted.literal_paths.insert(text.to_owned())),
                (false, true) => sorted.for_names.push(Pattern::new(text)),
                (true, true) => sorted.for_paths.push(Pattern::new(text)),
            }
        }
        sorted
    }

    fn match_path(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.literal_names.contains(name)
            || self.literal_paths.contains(path)
            || self.for_names.iter().any(|pattern| pattern.matches(name))
            || self.for_paths.iter().any(|pattern| pattern.matches(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: serde_json::Value) -> Rule {
        Rule::try_from(serde_json::from_value::<SourceRule>(json).unwrap()).unwrap()
    }

    #[test]
    fn shown_like_0_9_0_does() {
        for (json, expected) in [
            (
                serde_json::json!({"include": true, "patterns": ["*"], "type": "text",
                "size-lt": 1_048_577, "max-matches": 100}),
                "include text * size < 1048577, max match 100",
            ),
            (
                serde_json::json!({"patterns": ["*"], "type": "dir", "sentinel": "bin/activate"}),
                "exclude dir * containing bin/activate",
            ),
            (
                serde_json::json!({"patterns": ["a b", "c"], "size-gt": 5}),
                "exclude 'a b', c size > 5",
            ),
            (serde_json::json!({"patterns": ["'a b'"]}), "exclude \"'a b'\""),
            (serde_json::json!({"patterns": [], "max-matches": 0}), "exclude "),
        ] {
            assert_eq!(rule(json).to_string(), expected);
        }
        let git = Rule::not_ignored(HashSet::new());
        assert_eq!(git.to_string(), "gitignore + guildignore patterns");
    }

    #[test]
    fn an_unknown_type_is_an_error() {
        let source = SourceRule { kind: Some("file".into()), ..SourceRule::default() };
        assert_eq!(
            Rule::try_from(source).unwrap_err().to_string(),
            "invalid value for type 'file': expected one of text, binary, dir"
        );
    }

    #[test]
    fn a_slash_makes_a_pattern_about_the_whole_path() {
        for (pattern, path, expected) in [
            ("*.py", "a/b.py", true),
            ("a/*.py", "a/b/c.py", true),
            ("/*.py", "a/b.py", true),
            ("/a", "a", true),
            ("/a", "b/a", false),
            ("a", "b/a", true),
            ("b/a", "c/b/a", false),
        ] {
            let patterns = Patterns::new(&[pattern.to_owned()]);
            assert_eq!(patterns.match_path(path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_configured_folder_stands_for_its_files() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("lib")).unwrap();
        let shown = |source| Rule::configured(dir.path(), source).unwrap().to_string();
        let patterns = vec!["lib".to_owned(), "lib/".to_owned(), "other".to_owned()];
        let any = SourceRule { patterns: patterns.clone(), ..SourceRule::default() };
        assert_eq!(shown(any), "exclude lib/*, lib/*, other");
        let dirs = SourceRule { patterns, kind: Some("dir".into()), ..SourceRule::default() };
        assert_eq!(shown(dirs), "exclude dir lib, lib/, other");
    }
}
