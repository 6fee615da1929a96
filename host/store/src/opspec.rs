//! How a user names the operations of runs: `train`, `model:train`, `package/model:train`, a
//! pattern with `*`, a regular expression.

use fancy_regex::Regex;

/// What `--operation VAL` asks for, to be compared with a run's operation as it is shown.
#[derive(Clone, Debug)]
pub struct OpMatcher(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// `^…` or `…$`: found anywhere. None for an invalid expression, which nothing matches.
    Regex(Option<Box<Regex>>),
    /// Package, model and operation, each of which must match where given.
    Spec([Option<Part>; 3]),
    /// What is no operation name, such as the path of a script in a folder of a folder.
    Whole(Part),
}

#[derive(Clone, Debug)]
enum Part {
    Exactly(String),
    Glob(Option<Box<Regex>>),
}

impl OpMatcher {
    /// The matcher for `reference`, as a user types it.
    ///
    /// A reference that is no operation name (`a/b/train.py`) matches every run in 0.9.0. Here it
    /// must be the whole operation.
    pub fn new(reference: &str) -> OpMatcher {
        if reference.starts_with('^') || reference.ends_with('$') {
            return OpMatcher(Kind::Regex(Regex::new(reference).ok().map(Box::new)));
        }
        OpMatcher(match split(reference) {
            Some(parts) => Kind::Spec(parts.map(|part| part.map(Part::new))),
            None => Kind::Whole(Part::new(reference)),
        })
    }

    /// Whether a run's operation, as [`crate::format::operation`] describes it, is meant.
    pub fn matches(&self, operation: &str) -> bool {
        match &self.0 {
            Kind::Regex(regex) => is_match(regex, operation),
            Kind::Whole(whole) => whole.matches(operation),
            Kind::Spec(wanted) => {
                let parts = split(operation).unwrap_or_default();
                wanted.iter().zip(parts).all(|(wanted, part)| match (wanted, part) {
                    (None, _) => true,
                    (Some(wanted), Some(part)) => wanted.matches(part),
                    (Some(_), None) => false,
                })
            }
        }
    }
}

impl Part {
    fn new(text: &str) -> Part {
        if text.contains('*') {
            return Part::Glob(Regex::new(&glob_to_regex(text)).ok().map(Box::new));
        }
        Part::Exactly(text.to_string())
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Part::Exactly(wanted) => wanted == text,
            Part::Glob(regex) => is_match(regex, text),
        }
    }
}

fn is_match(regex: &Option<Box<Regex>>, text: &str) -> bool {
    // An expression that gives up (catastrophic backtracking) has found nothing.
    regex.as_ref().is_some_and(|r| r.is_match(text).unwrap_or(false))
}

/// Package, model and operation of `[[package/]model:]operation`; parts that are empty are none.
/// None for a text of another form.
fn split(spec: &str) -> Option<[Option<&str>; 3]> {
    let (package_and_model, op) = match spec.rsplit_once(':') {
        Some((left, op)) => (left, op),
        None => match spec.rsplit_once('/') {
            Some(("", _)) => return None,
            Some((package, op)) => (&spec[..=package.len()], op),
            None => ("", spec),
        },
    };
    let (package, model) = match package_and_model.split_once('/') {
        Some((package, model)) => (package, model),
        None => ("", package_and_model),
    };
    let misplaced = [package, model, op].iter().any(|part| part.contains(['/', ':']));
    let incomplete = op.is_empty() && !spec.is_empty();
    let odd = package_and_model.contains('/') && model.contains('?');
    if misplaced || incomplete || odd {
        return None;
    }
    Some([package, model, op].map(|part| Some(part).filter(|p| !p.is_empty())))
}

/// The regular expression for a pattern as Python's `fnmatch` takes it.
fn glob_to_regex(glob: &str) -> String {
    let mut regex = String::from(r"(?s)\A");
    let mut rest = glob;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => match set_end(rest) {
                Some(end) => {
                    push_set(&mut regex, &rest[..end]);
                    rest = &rest[end + 1..];
                }
                None => regex.push_str(r"\["),
            },
            c => regex.push_str(&fancy_regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex + r"\z"
}

/// Where the `]` is that closes a set, which may start with one that does not.
fn set_end(rest: &str) -> Option<usize> {
    let skipped = usize::from(rest.starts_with('!'));
    let skipped = skipped + usize::from(rest[skipped..].starts_with(']'));
    rest[skipped..].find(']').map(|at| at + skipped)
}

fn push_set(regex: &mut String, set: &str) {
    regex.push('[');
    let members = match set.strip_prefix('!') {
        Some(members) => {
            regex.push('^');
            members
        }
        None => set,
    };
    for c in members.chars() {
        if r"\[]^&~|".contains(c) {
            regex.push('\\');
        }
        regex.push(c);
    }
    regex.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_match_part_by_part() {
        for (reference, operation, want) in [
            ("train", "train", true),
            ("train", "train.py", false),
            ("train", "m:train", true),
            ("m:train", "m:train", true),
            ("m:train", "train", false),
            ("m:train", "n:train", false),
            (":train", "m:train", true),
            ("pkg/train", "pkg/m:train", true),
            ("pkg/m:train", "pkg/m:train", true),
            ("pkg/m:train", "other/m:train", false),
            ("train.py", "sub/train.py", true),
            ("sub/train.py", "sub/train.py", true),
            ("train.py", "a/b/train.py", false),
            ("a/b/train.py", "a/b/train.py", true),
            ("a/b/train.py", "c.py", false), // 0.9.0 says yes
            ("a/*.py", "a/b/train.py", false),
            ("a/b/*", "a/b/train.py", true),
            ("", "anything", true),
            ("train.py+", "train.py+", true),
        ] {
            assert_eq!(
                OpMatcher::new(reference).matches(operation),
                want,
                "{reference} {operation}"
            );
        }
    }

    #[test]
    fn patterns() {
        for (reference, operation, want) in [
            ("tr*", "train.py", true),
            ("*.py", "train.py", true),
            ("*.py", "train_py", false),
            ("t?a*", "train.py", true),
            ("*[mn].py", "train.py", true),
            ("*[!mn].py", "train.py", false),
            ("*[a-n].py", "train.py", true),
            ("*[z-a].py", "train.py", false),
            ("*[", "a[", true),
            ("*[]]", "a]", true),
            ("m*:t*", "model:train", true),
            ("m*:t*", "train", false),
            ("^tr", "train", true),
            ("^ain", "train", false),
            ("ain$", "train", true),
            ("^(?!tr)", "train", false),
            ("^(", "train", false),
        ] {
            assert_eq!(
                OpMatcher::new(reference).matches(operation),
                want,
                "{reference} {operation}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_matching_panic(
            reference in "\\PC{0,12}|[\\]\\[!^$*?/:a]{0,12}", operation in "\\PC{0,12}"
        ) {
            OpMatcher::new(&reference).matches(&operation);
        }

        #[test]
        fn a_plain_name_matches_itself(name in "[a-z.+-]{1,8}") {
            prop_assert!(OpMatcher::new(&name).matches(&name));
        }
    }
}
