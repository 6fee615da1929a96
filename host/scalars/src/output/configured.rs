//! The patterns of a Guild file.

use guild_flags::value::{parse_float, repr};

use crate::python_re::{PatternError, Translated, translate};

/// How large a compiled pattern may get: enough for `\w{1,1000}`.
const SIZE_LIMIT: usize = 64 << 20;

/// A pattern, compiled when it is first used.
#[derive(Debug)]
pub(super) struct Pattern {
    rule: Rule,
    regex: State,
}

#[derive(Debug)]
struct Rule {
    /// The name in the map that the pattern comes from.
    key: Option<String>,
    /// The pattern as Python has it.
    source: String,
    translated: Translated,
}

#[derive(Debug)]
enum State {
    New,
    Plain(regex::Regex),
    Fancy(Box<fancy_regex::Regex>),
    /// Of no use, which has been told.
    Bad,
}

/// What the lines' values are by name; names come from the line or from the pattern.
pub(super) type Values<'l> = Vec<(&'l str, f64)>;

impl Pattern {
    /// A pattern of Python's, for the name `key`.
    pub(super) fn new(key: Option<String>, source: &str) -> Result<Pattern, PatternError> {
        let translated = translate(source)?;
        let rule = Rule { key, source: source.into(), translated };
        Ok(Pattern { rule, regex: State::New })
    }

    /// The pattern as Python has it.
    pub(super) fn source(&self) -> String {
        self.rule.source.clone()
    }

    /// Sets what the matches in `line` tell. What is wrong is told once.
    pub(super) fn find<'l>(
        &'l mut self,
        line: &'l str,
        values: &mut Values<'l>,
        warnings: &mut Vec<String>,
    ) {
        self.find_groups(line, values, warnings, None);
    }

    /// As [`Pattern::find`]; also gives the groups of each match.
    pub(super) fn find_groups<'l>(
        &'l mut self,
        line: &'l str,
        values: &mut Values<'l>,
        warnings: &mut Vec<String>,
        mut groups: Option<&mut Vec<Vec<Option<&'l str>>>>,
    ) {
        let Pattern { rule, regex } = self;
        let rule: &'l Rule = rule;
        let mut note = |group: &dyn Fn(usize) -> Option<&'l str>| {
            if let Some(groups) = &mut groups {
                groups.push((1..=rule.translated.groups.len()).map(group).collect());
            }
        };
        if matches!(regex, State::New) {
            *regex = rule.compile(warnings);
        }
        let mut matched = false;
        let mut wrong = None;
        match regex {
            State::New | State::Bad => {}
            State::Plain(regex) => {
                for found in regex.captures_iter(line) {
                    matched = true;
                    note(&|group| found.get(group).map(|m| m.as_str()));
                    rule.take(|group| found.get(group).map(|m| m.as_str()), values);
                }
            }
            State::Fancy(regex) => {
                for found in regex.captures_iter(line) {
                    match found {
                        Ok(found) => {
                            matched = true;
                            note(&|group| found.get(group).map(|m| m.as_str()));
                            rule.take(|group| found.get(group).map(|m| m.as_str()), values);
                        }
                        // It took too many steps; what it found before that counts.
                        Err(error) => {
                            wrong = Some(format!("error in pattern {}: {error}", rule.source));
                            break;
                        }
                    }
                }
            }
        }
        if matched && !rule.has_use() {
            let (count, source) = (rule.translated.groups.len(), repr(&rule.source));
            wrong = Some(format!(
                "bad unnamed group count {count} for {source} (expected 1 or 2) skipping"
            ));
        }
        if let Some(wrong) = wrong {
            warnings.push(wrong);
            *regex = State::Bad;
        }
    }
}

impl Rule {
    fn compile(&self, warnings: &mut Vec<String>) -> State {
        let pattern = &self.translated.regex;
        let compiled = if self.translated.fancy {
            let mut builder = fancy_regex::RegexBuilder::new(pattern);
            let built = builder.delegate_size_limit(SIZE_LIMIT).build();
            built.map(|regex| State::Fancy(Box::new(regex))).map_err(|error| error.to_string())
        } else {
            let mut builder = regex::RegexBuilder::new(pattern);
            let built = builder.size_limit(SIZE_LIMIT).build();
            built.map(State::Plain).map_err(|error| error.to_string())
        };
        compiled.unwrap_or_else(|error| {
            warnings.push(format!("error compiling pattern {}: {error}", self.source));
            State::Bad
        })
    }

    fn has_names(&self) -> bool {
        self.translated.groups.iter().any(Option::is_some)
    }

    /// Whether a match can tell anything.
    fn has_use(&self) -> bool {
        self.has_names() || matches!(self.translated.groups.len(), 1 | 2)
    }

    /// Sets what one match tells: by the names of its groups, else by how many there are.
    fn take<'l>(&'l self, group: impl Fn(usize) -> Option<&'l str>, values: &mut Values<'l>) {
        let key = self.key.as_deref();
        if !self.has_names() {
            match self.translated.groups.len() {
                1 => set(key, group(1), values),
                2 => set(group(1), group(2), values),
                _ => {}
            }
            return;
        }
        let names = self.translated.groups.iter().enumerate();
        let named = names.filter_map(|(i, name)| Some((name.as_deref()?, group(i + 1))));
        let called = |called: &str| named.clone().find(|(name, _)| *name == called);
        match (called("_key"), called("_val")) {
            (Some((_, key)), Some((_, value))) => set(key, value, values),
            _ => named.clone().for_each(|(name, value)| set(Some(name), value, values)),
        }
    }
}

/// Sets a name to what `text` says, if that is a number. What has no name gets the empty one, as
/// event files have it.
fn set<'l>(name: Option<&'l str>, text: Option<&str>, values: &mut Values<'l>) {
    let Some(value) = text.and_then(parse_float) else { return };
    let name = name.unwrap_or_default();
    match values.iter_mut().find(|(known, _)| *known == name) {
        Some((_, known)) => *known = value,
        None => values.push((name, value)),
    }
}
