//! `guild run --test-output-scalars`: what an operation's patterns find in a line.

use guild_flags::value::{python_float_repr, repr};
use guild_plugin_api::Value;

use super::configured::{Pattern, Values};
use super::{DEFAULT, configured, decode, is_space};

/// Tells what patterns find, in the words of Guild AI 0.9.0.
#[derive(Debug)]
pub struct Tester {
    patterns: Vec<Pattern>,
    warnings: Vec<String>,
}

impl Tester {
    /// For the patterns of an operation's `output-scalars`, as [`Patterns::new`] takes them; none
    /// where these are disabled.
    ///
    /// [`Patterns::new`]: super::Patterns::new
    pub fn new(config: &Value) -> Option<Tester> {
        let mut warnings = Vec::new();
        let defaults = || DEFAULT.map(Value::from).to_vec();
        let items = match config {
            Value::Bool(false) => return None,
            Value::List(items) if items.is_empty() => return None,
            Value::Null => defaults(),
            Value::List(items) => items.clone(),
            other => vec![other.clone()],
        };
        let patterns = configured(&items, &mut warnings);
        Some(Tester { patterns, warnings })
    }

    /// The line as it is looked at, and a line for each pattern about what it finds.
    pub fn line(&mut self, line: &[u8]) -> Vec<String> {
        let line = decode(line);
        let line = line.trim_end_matches(is_space);
        let mut told = vec![line.to_string()];
        for pattern in &mut self.patterns {
            let (source, mut values, mut matches) =
                (repr(&pattern.source()), Values::new(), Vec::new());
            pattern.find_groups(line, &mut values, &mut self.warnings, Some(&mut matches));
            if matches.is_empty() {
                told.push(format!("  {source}: <no matches>"));
                continue;
            }
            let groups: Vec<_> = matches.iter().map(|groups| tuple(groups)).collect();
            values.sort_by_key(|(name, _)| *name);
            let value = |(name, value): &(&str, f64)| {
                let name = if name.is_empty() { "None" } else { name };
                format!("{name}={}", python_float_repr(*value))
            };
            let values = values.iter().map(value);
            let values = values.collect::<Vec<_>>().join(", ");
            told.push(format!("  {source}: [{}] ({values})", groups.join(", ")));
        }
        told
    }

    /// What the user should be told, once.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }
}

/// The groups of a match as a tuple.
fn tuple(groups: &[Option<&str>]) -> String {
    let group = |group: &Option<&str>| group.map_or_else(|| "None".into(), repr);
    let groups: Vec<_> = groups.iter().map(group).collect();
    match groups.as_slice() {
        [one] => format!("({one},)"),
        many => format!("({})", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_told_by_pattern() {
        let config = Value::from(vec![Value::from(r"^(\key): (\value)"), Value::from("x(y)?z")]);
        let mut tester = Tester::new(&config).unwrap();
        assert_eq!(
            tester.line(b"loss: 1.50\n"),
            [
                "loss: 1.50",
                r"  '^([^ \t]+): ([0-9\\.e\\-]+)': [('loss', '1.50')] (loss=1.5)",
                "  'x(y)?z': <no matches>"
            ]
        );
        assert_eq!(tester.line(b"xz xyz")[2], "  'x(y)?z': [(None,), ('y',)] ()");
        assert!(Tester::new(&Value::Bool(false)).is_none());
        assert_eq!(Tester::new(&Value::Null).unwrap().line(b"a: 1").len(), 3);
    }
}
