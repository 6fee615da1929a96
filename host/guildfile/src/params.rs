//! `{{name}}`: references to `params` of a model.
//!
//! Source: `_resolve_param_refs` and its neighbours in `guildfile.py` of 0.9.0.

use std::collections::HashSet;
use std::path::Path;

use guild_flags::value::text;
use guild_plugin_api::{Map, Value};

use crate::context::{Context, invalid, limit, size};
use crate::error::{Error, Warning};
use crate::place::Step;

/// How often a parameter's value is resolved anew, and how long it may become, before it is taken
/// for one that never ends.
const MAX_ROUNDS: usize = 100;
const MAX_LENGTH: usize = 1 << 20;

/// Puts the values of `params` in `data` for the references to them, in all texts of `data` that
/// are no keys. A text that is one reference becomes the parameter's value, whatever its kind;
/// references to what is no parameter stay.
pub(crate) fn resolve(data: Map, context: &Context, path: &Path) -> Result<Map, Error> {
    let mut params = Map::new();
    match data.get("params") {
        Some(Value::Map(given)) => {
            for (name, value) in given {
                let in_params =
                    || context.within(|| Step::Key(text(name)), || param(value, given, path));
                params.push(name.clone(), context.within(|| Step::key("params"), in_params)?);
            }
        }
        None | Some(Value::Null) => {}
        Some(other) if !guild_flags::value::is_true(other) => {}
        Some(other) => {
            let other = guild_flags::value::repr_value(other);
            let message = format!("invalid params value {other}: expected a mapping");
            return Err(invalid(path, message).at(Step::key("params")));
        }
    }
    if params.is_empty() {
        return Ok(data);
    }
    let in_data = Resolve { params: &params, context, path };
    in_data.map(data)
}

/// A parameter's own value, in which others may be referred to.
fn param(value: &Value, params: &Map, path: &Path) -> Result<Value, Error> {
    let Value::Str(start) = value else { return Ok(value.clone()) };
    let mut seen = HashSet::from([start.clone()]);
    let mut value = value.clone();
    for _ in 0..MAX_ROUNDS {
        // Other than a text, a value is made one when it is looked at again: `x: '{{y}}'` is '1'
        // where y is 1.
        let next = in_text(&text(&value), params);
        if let Value::List(_) | Value::Map(_) = next {
            return Ok(next);
        }
        if let Value::Str(next) = &next {
            if next.len() > MAX_LENGTH {
                return Err(limit(path, "'params' stand for too much data"));
            }
            if !seen.insert(next.clone()) {
                return Ok(Value::str(next.as_str()));
            }
        }
        value = next;
    }
    Err(limit(path, "'params' refer to each other without end"))
}

struct Resolve<'a> {
    params: &'a Map,
    context: &'a Context<'a>,
    path: &'a Path,
}

impl Resolve<'_> {
    fn value(&self, value: Value) -> Result<Value, Error> {
        match value {
            Value::Map(map) => self.map(map).map(Value::Map),
            Value::List(items) => self.list(items).map(Value::List),
            Value::Str(s) if s.contains("{{") => {
                let resolved = in_text(&s, self.params);
                self.warn_of_undefined(&s);
                self.context.spend_values(self.path, size(&resolved))?;
                Ok(resolved)
            }
            other => Ok(other),
        }
    }

    /// A loop, because iterators take much of the stack for each list within a list.
    fn list(&self, items: Vec<Value>) -> Result<Vec<Value>, Error> {
        let mut out = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            out.push(self.context.within(|| Step::Index(i), || self.value(item))?);
        }
        Ok(out)
    }

    fn map(&self, map: Map) -> Result<Map, Error> {
        let mut out = Map::new();
        for (key, value) in map {
            let value = self.context.within(|| Step::Key(text(&key)), || self.value(value))?;
            out.push(key, value);
        }
        Ok(out)
    }

    /// A name that is no parameter stays as it is, as in 0.9.0, which says nothing of it.
    fn warn_of_undefined(&self, s: &str) {
        let names = split(s).into_iter().filter_map(name_of);
        let is_name = |name: &&str| {
            let in_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            !name.is_empty() && name.chars().all(in_name) && self.params.get(name).is_none()
        };
        for name in names.filter(is_name) {
            let known = self.params.iter().filter_map(|(name, _)| name.as_str());
            let message = format!("undefined parameter '{name}' is left as '{{{{{name}}}}}'");
            self.context.warn(Warning::new(message).near(name, known));
        }
    }
}

/// The name in a part that is a reference.
fn name_of(part: &str) -> Option<&str> {
    part.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim)
}

fn in_text(s: &str, params: &Map) -> Value {
    let parts = split(s);
    let resolve = |part: &str| -> Value {
        let found = name_of(part).and_then(|name| params.get(name));
        found.cloned().unwrap_or_else(|| Value::str(part))
    };
    match parts.as_slice() {
        [] => Value::str(""),
        [one] => resolve(one),
        many => Value::Str(many.iter().map(|part| text(&resolve(part))).collect()),
    }
}

/// Splits a text into references and what is between them. A reference ends on its line.
fn split(s: &str) -> Vec<&str> {
    let (mut parts, mut done, mut from) = (Vec::new(), 0, 0);
    while let Some(open) = s[from..].find("{{").map(|at| from + at) {
        let Some(close) = s[open + 2..].find("}}").map(|at| open + 2 + at + 2) else { break };
        if let Some(end) = s[open..close].find('\n') {
            // Nothing else that opens on this line is closed on it.
            from = open + end;
            continue;
        }
        if done < open {
            parts.push(&s[done..open]);
        }
        parts.push(&s[open..close]);
        (done, from) = (close, close);
    }
    if done < s.len() {
        parts.push(&s[done..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Options;

    #[test]
    fn texts_are_split_at_references() {
        assert_eq!(split("a{{b}}c{{d}}"), ["a", "{{b}}", "c", "{{d}}"]);
        assert_eq!(split("{{{a}}}"), ["{{{a}}", "}"]);
        assert_eq!(split("{{a\n}} {{b}}"), ["{{a\n}} ", "{{b}}"]);
        assert_eq!(split("{{}}"), ["{{}}"]);
        assert!(split("").is_empty());
    }

    fn resolved(yaml: &str) -> Result<Value, Error> {
        let Value::Map(map) = guild_yaml::decode(yaml).unwrap() else { panic!("no mapping") };
        let options = Options::new();
        resolve(map, &Context::new(&options), Path::new("g")).map(Value::Map)
    }

    #[test]
    fn a_lone_reference_keeps_the_kind() {
        let data = resolved(
            "params: {a: 1, b: x, c: '{{a}}'}\nv: ['{{a}}', '{{ b }}-{{a}}', '{{c}}', '{{z}}']",
        )
        .unwrap();
        let expected = guild_yaml::decode("[1, x-1, '1', '{{z}}']").unwrap();
        assert_eq!(data.get("v"), Some(&expected));
    }

    #[test]
    fn growth_ends_in_an_error() {
        assert!(resolved("params: {a: '{{a}}{{a}}'}").is_err());
        assert_eq!(
            resolved("params: {a: '{{b}}', b: '{{a}}'}\nv: '{{a}}'").unwrap().get("v"),
            Some(&Value::str("{{b}}"))
        );
    }
}
