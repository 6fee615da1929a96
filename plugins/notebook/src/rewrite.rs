//! The values of flags, put into the cells of a notebook.
//!
//! Behaviour of Guild AI 0.9.0's `nbexec`, but for two things: what a flag's value would not change
//! is left as it is written, and so are the lines of IPython.

use guild_flags::command::{CmdFlag, OpCmd};
use guild_flags::value::{decode, encode, repr_value, same, split_encoded};
use guild_plugin_api::model::{FlagDef, Flags};
use guild_plugin_api::{Map, Value};
use guild_scalars::python_re::Pattern;

use crate::cell;
use crate::document::Notebook;
use crate::flags::{self, PATTERNS};

/// What a notebook gets for a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The name that is assigned to.
    pub name: String,
    /// The value.
    pub value: Value,
    /// Patterns of the places where it is put as well.
    pub patterns: Vec<String>,
}

/// What a notebook gets for the flags of a run, by the run's attributes. A flag whose value is what
/// the notebook says changes nothing.
pub fn given(notebook: &Notebook, attrs: &Map) -> Vec<Given> {
    let Some(Value::Map(values)) = attrs.get("flags") else { return Vec::new() };
    let op = attrs.get("op");
    let extra = op.and_then(|op| op.get("flags-extra"));
    let command = op.and_then(|op| op.get("op-cmd"));
    let command = command.and_then(|c| OpCmd::from_value(c).ok()).unwrap_or_default();
    let patterns_of = |name: &str| {
        let patterns = extra.and_then(|extra| extra.get(name)?.get(PATTERNS));
        patterns.map(flags::patterns).unwrap_or_default()
    };
    let defined: Flags = values
        .iter()
        .filter_map(|(name, _)| {
            let name = name.as_str()?;
            let patterns = patterns_of(name).into_iter().map(Value::Str).collect();
            let other = [(PATTERNS.to_string(), Value::List(patterns))].into();
            Some((name.to_string(), FlagDef { other, ..FlagDef::default() }))
        })
        .collect();
    let (own, _) = flags::flags(notebook, &defined);
    let mut given = Vec::new();
    for (name, value) in values.iter().filter_map(|(name, value)| Some((name.as_str()?, value))) {
        let flag = command.flags.get(name).cloned().unwrap_or_default();
        let arg = flag.arg_name.clone().filter(|arg| !arg.is_empty());
        let arg = arg.unwrap_or_else(|| name.to_string());
        let is_own = own.get(&arg).is_some_and(|own| own.default == *value);
        if flag.arg_skip || is_own {
            continue;
        }
        if let Some(value) = passed(value, &flag) {
            given.push(Given { name: arg, value, patterns: patterns_of(name) });
        }
    }
    given.sort_by(|a, b| a.name.cmp(&b.name));
    given
}

/// What a flag's value is for the program; none where it gets nothing.
fn passed(value: &Value, flag: &CmdFlag) -> Option<Value> {
    if !flag.arg_switch.is_null() {
        return same(&flag.arg_switch, value).then_some(Value::Bool(true));
    }
    if value.is_null() {
        return None;
    }
    if !flag.arg_split.is_null() && value.as_list().is_none() {
        let text = match value {
            Value::Str(text) => text.clone(),
            other => encode(other),
        };
        let parts = split_encoded(&text, &flag.arg_split).unwrap_or_else(|_| vec![text]);
        return Some(Value::List(parts.iter().map(|part| decode(part, None)).collect()));
    }
    let encoded = flag.arg_encoding.iter().find(|(key, _)| same(key, value));
    Some(match encoded {
        Some((_, Value::Str(text))) => decode(text, None),
        Some((_, other)) => other.clone(),
        None => value.clone(),
    })
}

/// The cells that change, by their place in [`Notebook::code`], with what they change to.
pub fn rewritten(notebook: &Notebook, given: &[Given]) -> Vec<(usize, String)> {
    if given.is_empty() {
        return Vec::new();
    }
    let patterns: Vec<(&Given, Pattern)> = given
        .iter()
        .flat_map(|one| one.patterns.iter().map(move |pattern| (one, pattern)))
        .filter_map(|(one, pattern)| Some((one, Pattern::new(pattern).ok()?)))
        .collect();
    let is_python = notebook.language().is_none_or(|name| flags::is_python(&name));
    let cells = notebook.code.iter().enumerate();
    cells
        .filter_map(|(at, code)| {
            let mut source = code.source.clone();
            for (one, pattern) in &patterns {
                put_matches(&mut source, pattern, &literal(&one.value));
            }
            if is_python {
                put_constants(&mut source, given);
            }
            (source != code.source).then_some((at, source))
        })
        .collect()
}

/// Puts a text in the place of each group of what a pattern finds first, or of all it finds.
fn put_matches(source: &mut String, pattern: &Pattern, text: &str) {
    let Some(mut places) = pattern.find(source) else { return };
    if places.len() > 1 {
        places.remove(0);
    }
    let mut places: Vec<_> = places.into_iter().flatten().collect();
    places.sort_by_key(|place| place.start);
    let mut taken = 0;
    places.retain(|place| {
        // A group in another is replaced with that.
        let free = place.start >= taken;
        taken = taken.max(place.end);
        free
    });
    for place in places.into_iter().rev() {
        source.replace_range(place, text);
    }
}

fn put_constants(source: &mut String, given: &[Given]) {
    // What cannot be read was told of when the flags were looked for.
    for found in cell::assignments(source).unwrap_or_default().into_iter().rev() {
        let Some(one) = given.iter().find(|one| one.name == found.name) else { continue };
        let value = match (&found.value, &one.value) {
            // One item was given.
            (Value::List(_), value) if value.as_list().is_none() => {
                Value::List(vec![value.clone()])
            }
            (_, value) => value.clone(),
        };
        source.replace_range(found.at, &literal(&value));
    }
}

/// A value as Python writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Float(number) if !number.is_finite() => {
            format!("float('{}')", repr_value(value))
        }
        other => repr_value(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook(cells: &[&str]) -> Notebook {
        let cells: Vec<_> = cells
            .iter()
            .map(|source| serde_json::json!({"cell_type": "code", "source": source}))
            .collect();
        Notebook::parse(serde_json::json!({ "cells": cells }).to_string()).unwrap()
    }

    /// The only cell with values put in.
    fn put(source: &str, attrs: &str) -> String {
        let notebook = notebook(&[source]);
        let attrs: Map = match serde_json::from_str(attrs).unwrap() {
            Value::Map(map) => map,
            other => panic!("{other:?}"),
        };
        let changed = rewritten(&notebook, &given(&notebook, &attrs));
        changed.into_iter().next().map_or(source.into(), |(_, text)| text)
    }

    fn flags(source: &str, flags: &str) -> String {
        put(source, &format!("{{\"flags\": {flags}}}"))
    }

    #[test]
    fn values_take_the_place_of_constants() {
        let cell =
            "%cd ~\nx  = -1  # one\ny: float = 1.5; s = 'a'\nfor i in x:\n    x = 3\nx = 2\n!ls\n";
        assert_eq!(
            flags(cell, r#"{"x": 10, "y": 0.25, "s": "it's"}"#),
            "%cd ~\nx  = 10  # one\ny: float = 0.25; s = \"it's\"\nfor i in x:\n    x = 3\nx = 10\n!ls\n"
        );
        assert_eq!(flags("a = b = 1", r#"{"a": 2, "b": 3}"#), "a = b = 3");
        assert_eq!(flags("x = '''a\nb''' # c", r#"{"x": "d\ne"}"#), "x = 'd\\ne' # c");
        assert_eq!(flags("x = (\n  1\n)", r#"{"x": true}"#), "x = (\n  True\n)");
        assert_eq!(flags("x = 1", r#"{"x": {"$float": "inf"}}"#), "x = float('inf')");
    }

    #[test]
    fn what_a_notebook_says_stays_as_it_says_it() {
        let cell = "x = 1\nx = 2\nlr = 1e-3; f = True; s = \"a\"; l = [1, 2]; n = 5\n";
        let same = r#"{"x": 2, "lr": 0.001, "f": true, "s": "a", "l": "1 2", "n": null}"#;
        assert_eq!(flags(cell, same), cell);
        let other = flags(cell, r#"{"x": 1}"#);
        assert!(other.starts_with("x = 1\nx = 1\nlr = 1e-3;"), "{other}");
        // Another type is another value.
        assert_eq!(flags("x = 1", r#"{"x": {"$float": "1.0"}}"#), "x = 1.0");
    }

    #[test]
    fn values_go_the_way_of_arguments() {
        let attrs = |cmd_flags: &str, flags: &str| {
            format!(
                "{{\"flags\": {flags}, \"op\": {{\"op-cmd\": {{\"cmd-flags\": {cmd_flags}}}}}}}"
            )
        };
        let named = attrs(r#"{"lr": {"arg-name": "rate"}}"#, r#"{"lr": 0.5}"#);
        assert_eq!(put("lr = 1; rate = 2", &named), "lr = 1; rate = 0.5");
        let skipped = attrs(r#"{"x": {"arg-skip": true}}"#, r#"{"x": 5}"#);
        assert_eq!(put("x = 1", &skipped), "x = 1");
        let split = attrs(r#"{"x": {"arg-split": true}}"#, r#"{"x": "1 'b c' '[2]'"}"#);
        assert_eq!(put("x = []", &split), "x = [1, 'b c', [2]]");
        let one = attrs(r#"{"x": {}}"#, r#"{"x": 7}"#);
        assert_eq!(put("x = [1]", &one), "x = [7]");
        let encoded = attrs(r#"{"x": {"arg-encoding": {"big": "100"}}}"#, r#"{"x": "big"}"#);
        assert_eq!(put("x = 1", &encoded), "x = 100");
        let switch = attrs(r#"{"x": {"arg-switch": "on"}}"#, r#"{"x": "on"}"#);
        assert_eq!(put("x = False", &switch), "x = True");
    }

    #[test]
    fn patterns_say_where_else_values_go() {
        let attrs = |patterns: &str, value: &str| {
            format!(
                "{{\"flags\": {{\"x\": {value}}}, \
                 \"op\": {{\"flags-extra\": {{\"x\": {{\"nb-replace\": {patterns}}}}}}}}}"
            )
        };
        let f = "def f(a1='a1', a2='a2'):\n    pass\n";
        let both = attrs(r#""a1=('.*'), a2=('.*')""#, r#""hi""#);
        assert_eq!(put(f, &both), "def f(a1='hi', a2='hi'):\n    pass\n");
        assert_eq!(put("The value is 1234", &attrs(r#""1234""#, "4567")), "The value is 4567");
        let list = attrs(r#"["y = (\\d+)", "z=(\\d+)", "("]"#, "3");
        assert_eq!(put("y = 1 # z=2, y = 3\nx = 2", &list), "y = 3 # z=3, y = 3\nx = 3");
        assert_eq!(put("print(1)", &attrs(r#""print\\((?:(a)|1)\\)""#, "2")), "print(1)");
        assert_eq!(put("ab", &attrs(r#""(a(b))""#, "2")), "2");
    }

    #[test]
    fn notebooks_in_other_languages_take_patterns_only() {
        let text = r#"{"cells": [{"cell_type": "code", "source": ["x = 1; y <- 2"]}],
                       "metadata": {"kernelspec": {"language": "R"}}}"#;
        let notebook = Notebook::parse(text.into()).unwrap();
        let given = |name: &str, patterns: &[&str]| Given {
            name: name.into(),
            value: Value::Int(5),
            patterns: patterns.iter().map(|p| p.to_string()).collect(),
        };
        let changed = rewritten(&notebook, &[given("x", &[]), given("y", &[r"y <- (\d+)"])]);
        assert_eq!(changed, [(0, "x = 1; y <- 5".to_string())]);
    }
}
