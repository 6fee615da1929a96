//! Applying a list of rules to the files and folders of a project.
//!
//! Source: `guild/file_util.py` of 0.9.0, class `FileSelect`.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use crate::rules::{About, Mismatch, Rule};
use crate::sentinel;
use crate::text;

/// Which files of a project are source code.
///
/// For each file and folder the last rule that matches decides. A file that no rule matches is
/// not taken; a folder that none matches is walked.
#[derive(Clone, Debug, Default)]
pub struct Select {
    /// The folder to take files from: relative to the project, or absolute; empty for the project
    /// itself. Paths in rules, manifests and reports are relative to it.
    pub root: PathBuf,
    /// The rules, the strongest last.
    pub rules: Vec<Rule>,
}

impl Select {
    /// Takes files from the project itself.
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { root: PathBuf::new(), rules }
    }

    /// Takes nothing: for operations with `steps`, and where source code is switched off.
    pub fn disabled() -> Self {
        Self::new(vec![Rule::exclude(["*"])])
    }

    /// Whether the rules as a whole take nothing, so that there is no need to look: a rule leaves
    /// out `*` and none after it takes anything.
    pub fn is_disabled(&self) -> bool {
        let decisive = self.rules.iter().rev().find(|rule| rule.includes() || rule.excludes_all());
        decisive.is_some_and(|rule| !rule.includes())
    }
}

/// Rules at work on one tree, counting what they match.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    rules: &'a [Rule],
    matches: Vec<u64>,
    /// Whether the default rule alone decides about files.
    default_only: bool,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Taken,
    Left,
    /// Left out by the default rule alone: there were enough files before it.
    TooMany(u64),
    /// Left out by the default rule alone, for its size.
    TooBig,
}

impl<'a> Selection<'a> {
    pub(crate) fn new(rules: &'a [Rule]) -> Self {
        let mut about_files = rules.iter().filter(|rule| rule.about != Some(About::Dir));
        let default_only = matches!(
            (about_files.next(), about_files.next()),
            (Some(rule), None) if rule.is_default
        );
        Self { rules, matches: vec![0; rules.len()], default_only }
    }

    /// Decides about a file.
    pub(crate) fn file(&mut self, candidate: &Candidate<'_>) -> Verdict {
        match self.last_match(|rule| rule.about != Some(About::Dir), candidate) {
            (Some(true), _) => Verdict::Taken,
            (None, Some((rule, mismatch))) if self.default_only => match mismatch {
                Mismatch::MaxMatches => {
                    Verdict::TooMany(rule.source().max_matches.unwrap_or_default())
                }
                Mismatch::Size => Verdict::TooBig,
                Mismatch::Pattern | Mismatch::Type => Verdict::Left,
            },
            _ => Verdict::Left,
        }
    }

    /// Decides whether a folder is left out with all that is in it.
    pub(crate) fn prunes(&mut self, candidate: &Candidate<'_>) -> bool {
        let is_dir_rule = |rule: &Rule| rule.about == Some(About::Dir);
        self.last_match(is_dir_rule, candidate).0 == Some(false)
    }

    /// What the last of the rules that match says, and a rule that did not match with its reason.
    ///
    /// From the last rule on, as far as needed: what comes before the one that decides is tested
    /// only when it has to count.
    fn last_match(
        &mut self,
        applies: impl Fn(&Rule) -> bool,
        candidate: &Candidate<'_>,
    ) -> (Option<bool>, Option<(&'a Rule, Mismatch)>) {
        let mut decision = None;
        let mut mismatch = None;
        for (rule, matches) in self.rules.iter().zip(&mut self.matches).rev() {
            if !applies(rule) || (decision.is_some() && !rule.counts()) {
                continue;
            }
            match rule.test(*matches, candidate) {
                Ok(()) => {
                    *matches += 1;
                    decision = decision.or(Some(rule.includes()));
                }
                Err(why) => mismatch = Some((rule, why)),
            }
        }
        (decision, mismatch)
    }
}

/// A file or folder that rules are tested on. What they ask is looked up once.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    path: &'a str,
    full: &'a Path,
    text: OnceCell<bool>,
    size: OnceCell<Option<u64>>,
    warning: OnceCell<String>,
}

impl<'a> Candidate<'a> {
    /// `path` is relative to the root, with `/` between its parts; `full` is where that is.
    pub(crate) fn new(path: &'a str, full: &'a Path) -> Self {
        let (text, size, warning) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { path, full, text, size, warning }
    }

    pub(crate) fn path(&self) -> &'a str {
        self.path
    }

    pub(crate) fn is_text(&self) -> bool {
        *self.text.get_or_init(|| {
            text::is_text(self.full).unwrap_or_else(|_| {
                let path = self.full.display();
                let warning =
                    format!("could not check for text file {path}: {path} does not exist");
                let _ = self.warning.set(warning); // Only ever set here.
                false
            })
        })
    }

    pub(crate) fn size(&self) -> Option<u64> {
        *self.size.get_or_init(|| fs::metadata(self.full).map(|meta| meta.len()).ok())
    }

    pub(crate) fn holds(&self, sentinel: &str) -> bool {
        sentinel::holds(self.full, sentinel)
    }

    /// What the user is to know about it after the rules were tested.
    pub(crate) fn into_warning(self) -> Option<String> {
        self.warning.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::model::SourceRule;

    fn rule(json: serde_json::Value) -> Rule {
        Rule::try_from(serde_json::from_value::<SourceRule>(json).unwrap()).unwrap()
    }

    #[test]
    fn disabled_unless_something_is_taken_after_all_is_left_out() {
        let all_out = || Rule::exclude(["x", "*"]);
        let taken = || Rule::include(["a"]);
        let dirs = || Rule::exclude_dirs(["*"]);
        for (rules, expected) in [
            (vec![], false),
            (vec![all_out()], true),
            (vec![taken(), all_out()], true),
            (vec![all_out(), taken()], false),
            (vec![dirs()], false),
            (vec![all_out(), dirs(), Rule::exclude(["y"])], true),
        ] {
            assert_eq!(Select::new(rules).is_disabled(), expected);
        }
        assert!(Select::disabled().is_disabled());
    }

    #[test]
    fn the_last_match_decides_and_all_that_count_do() {
        let rules = [
            rule(serde_json::json!({"include": true, "patterns": ["*"], "max-matches": 2})),
            Rule::exclude(["b"]),
        ];
        let mut selection = Selection::new(&rules);
        let mut verdict = |path| selection.file(&Candidate::new(path, Path::new("none")));
        assert_eq!(verdict("a"), Verdict::Taken);
        assert_eq!(verdict("b"), Verdict::Left);
        // The file that was left out counts as well.
        assert_eq!(verdict("c"), Verdict::Left);
    }

    #[test]
    fn sizes_are_compared_as_in_0_9_0() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "12345").unwrap();
        for (limits, expected) in [
            (serde_json::json!({"size-gt": 4}), Verdict::Taken),
            (serde_json::json!({"size-gt": 5}), Verdict::Left),
            (serde_json::json!({"size-gt": 0}), Verdict::Left),
            (serde_json::json!({"size-lt": 6}), Verdict::Taken),
            (serde_json::json!({"size-lt": 5}), Verdict::Left),
            (serde_json::json!({"size-gt": 9, "size-lt": 6}), Verdict::Taken),
        ] {
            let mut json = limits.clone();
            json["include"] = true.into();
            json["patterns"] = serde_json::json!(["*"]);
            let rules = [rule(json)];
            let verdict = Selection::new(&rules).file(&Candidate::new("f", &path));
            assert_eq!(verdict, expected, "{limits}");
        }
    }
}
