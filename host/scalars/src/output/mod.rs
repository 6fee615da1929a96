//! Numbers in a run's output.

mod configured;
mod default;
mod tested;

use std::borrow::Cow;
use std::collections::HashSet;

use guild_flags::value::repr_value;
use guild_plugin_api::Value;

use configured::Pattern;

pub use tested::Tester;

/// The patterns that Guild AI 0.9.0 uses for an operation without `output-scalars`, `\key` and its
/// like as they are written in a Guild file. [`Patterns`] finds what these find without a regular
/// expression.
pub const DEFAULT: [&str; 2] =
    [r"\key: +\value\s+\((?:step\s+)?(?P<step>\step)\)$", r"^(\key):\s+(\value)(?:\s+\(.*\))?$"];

/// What in a pattern stands for what.
const ALIASES: [(&str, &str); 3] =
    [("\\key", "[^ \t]+"), ("\\value", r"[0-9\.e\-]+"), ("\\step", "[0-9]+")];

/// A number that a line tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalar<'a> {
    /// Its name.
    pub tag: &'a str,
    /// The number, in the precision of an event file.
    pub value: f32,
    /// The last step that this line or one before it told; 0 when none did.
    pub step: i64,
}

/// Finds scalars in lines of output.
///
/// A line gives each name at most one number, the last that its patterns find. The name `step`
/// gives no scalar but the step of those that follow, this line's included; it is cut to a whole
/// number. (One beyond 64 bits, over which 0.9.0 stops looking for scalars, is passed over.)
///
/// ```
/// use guild_plugin_api::Value;
/// use guild_scalars::output::Patterns;
/// let mut patterns = Patterns::new(&Value::Null, ["lr"]).unwrap();
/// let mut found = Vec::new();
/// for line in ["step: 3", "lr: 0.1", "loss: 1.5"] {
///     patterns.line(line.as_bytes(), |scalar| found.push((scalar.tag.to_string(), scalar.step)));
/// }
/// assert_eq!(found, [("loss".to_string(), 3)]);
/// ```
#[derive(Debug)]
pub struct Patterns {
    rules: Rules,
    step: i64,
    warnings: Vec<String>,
}

#[derive(Debug)]
enum Rules {
    /// Those of [`DEFAULT`], for all names but these.
    Default {
        ignored: HashSet<String>,
    },
    Configured(Vec<Pattern>),
}

impl Patterns {
    /// The patterns of an operation's `output-scalars`; none when these are disabled.
    ///
    /// `config` is as a Guild file has it: null for the default patterns, which leave out the
    /// names of flags; `false` or an empty list for none; a pattern, a map from names to patterns,
    /// or a list of these. In a pattern `\key`, `\value` and `\step` stand for a name, a number
    /// and digits. With named groups each gives the number of its name, except that the groups
    /// `_key` and `_val` give one together. Else two groups are name and number, and one is the
    /// number for the name in the map (without a map, for the empty name).
    ///
    /// What is wrong with the configuration is told by [`Patterns::take_warnings`] and left out.
    pub fn new<S: AsRef<str>>(
        config: &Value,
        flags: impl IntoIterator<Item = S>,
    ) -> Option<Patterns> {
        let mut warnings = Vec::new();
        let rules = match config {
            Value::Null => {
                let ignored = flags.into_iter().map(|name| name.as_ref().to_string()).collect();
                Rules::Default { ignored }
            }
            Value::Bool(false) => return None,
            Value::List(items) if items.is_empty() => return None,
            Value::List(items) => Rules::Configured(configured(items, &mut warnings)),
            Value::Str(_) | Value::Map(_) => {
                Rules::Configured(configured(std::slice::from_ref(config), &mut warnings))
            }
            other => {
                let shown = repr_value(other);
                let expected = "expected a mapping, list, string, or false";
                warnings.push(format!("invalid output-scalars {shown}: {expected}"));
                Rules::Configured(Vec::new())
            }
        };
        Some(Patterns { rules, step: 0, warnings })
    }

    /// Gives the scalars of a line, in the order of their names, to `found`.
    ///
    /// The line may end with white space such as `\n`; bytes that are not UTF-8 are passed over.
    pub fn line(&mut self, line: &[u8], mut found: impl FnMut(Scalar)) {
        let Patterns { rules, step, warnings } = self;
        match rules {
            Rules::Default { ignored } => {
                let Some(line) = default::candidate(line) else { return };
                let text = decode(line);
                let (told, scalar) = default::find(&text);
                set_step(step, told);
                match scalar {
                    Some(("step", value)) => set_step(step, Some(value)),
                    Some((tag, value)) if !ignored.contains(tag) => {
                        found(Scalar { tag, value: value as f32, step: *step });
                    }
                    _ => {}
                }
            }
            Rules::Configured(patterns) => {
                let text = decode(line);
                let text = text.trim_end_matches(is_space);
                let mut values = Vec::new();
                for pattern in patterns {
                    pattern.find(text, &mut values, warnings);
                }
                if let Some(at) = values.iter().position(|(tag, _)| *tag == "step") {
                    set_step(step, Some(values.swap_remove(at).1));
                }
                values.sort_unstable_by_key(|(tag, _)| *tag);
                for (tag, value) in values {
                    found(Scalar { tag, value: value as f32, step: *step });
                }
            }
        }
    }

    /// What the user should be told, once. Patterns are compiled when there is output to look at,
    /// so there may be more after the first line.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }
}

fn configured(items: &[Value], warnings: &mut Vec<String>) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    let mut add = |key: Option<String>, pattern: &Value| match pattern {
        Value::Str(pattern) => {
            let written = ALIASES.iter().fold(pattern.clone(), |pattern, (alias, stands_for)| {
                pattern.replace(alias, stands_for)
            });
            match Pattern::new(key, &written) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    warnings.push(format!("error compiling pattern {written}: {error}"));
                }
            }
        }
        other => {
            warnings.push(format!("invalid output scalar pattern: {}", repr_value(other)));
        }
    };
    let mut odd = Vec::new();
    for item in items {
        match item {
            Value::Str(_) => add(None, item),
            Value::Map(map) => {
                let key = |key: &Value| guild_flags::value::text(key);
                let mut entries: Vec<_> = map.iter().map(|(k, v)| (key(k), v)).collect();
                entries.sort_by(|(a, _), (b, _)| a.cmp(b));
                for (key, pattern) in entries {
                    add(Some(key), pattern);
                }
            }
            other => odd.push(format!("invalid item config: {}", repr_value(other))),
        }
    }
    warnings.append(&mut odd);
    patterns
}

/// A line as text: what is no UTF-8 is left out, as Python's `decode(errors="ignore")` does.
fn decode(line: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(line) {
        Ok(text) => text.into(),
        Err(_) => line.utf8_chunks().map(|chunk| chunk.valid()).collect::<String>().into(),
    }
}

/// What Python's `str.isspace` says, which is Unicode's property and four more.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// Takes a step that is a 64 bit number once it is cut to a whole one.
fn set_step(step: &mut i64, told: Option<f64>) {
    // Exactly -2^63 and 2^63.
    const RANGE: std::ops::Range<f64> = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
    if let Some(told) = told.filter(|told| RANGE.contains(told)) {
        *step = told as i64;
    }
}

#[cfg(test)]
mod tests;
