//! The flags of a notebook: the constants that its cells assign, and what patterns of a Guild file
//! find in them (`nb-replace`).
//!
//! Behaviour of Guild AI 0.9.0's `ipynb`, but for lists, which are flags as those of scripts are: it
//! makes a batch of them.

use guild_flags::value::join_split;
use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, Flags};
use guild_python_source::analyse;
use guild_scalars::python_re::Pattern;

use crate::cell;
use crate::document::Notebook;

/// The attribute of a flag with the patterns for its value.
pub const PATTERNS: &str = "nb-replace";

/// The flags of a notebook, and what cannot be read of it. `defined` is what the Guild file says.
pub fn flags(notebook: &Notebook, defined: &Flags) -> (Flags, Vec<String>) {
    let mut found = Flags::new();
    let mut warnings = Vec::new();
    for code in &notebook.code {
        for (name, flag) in defined {
            let patterns = flag.other.get(PATTERNS).map(patterns).unwrap_or_default();
            let Some(pattern) = patterns.first() else { continue };
            match Pattern::new(pattern) {
                Ok(pattern) => {
                    if let Some(value) = captured(&pattern, &code.source) {
                        found.insert(name.clone(), for_value(&value, None));
                    }
                }
                Err(e) => warnings.push(format!("cannot use {PATTERNS} of flag '{name}': {e}")),
            }
        }
    }
    warnings.dedup();
    let by_pattern: Vec<String> = found.keys().cloned().collect();
    // The constants of another language may look the same; values cannot be put in their place.
    if notebook.language().is_some_and(|name| !is_python(&name)) {
        return (found, warnings);
    }
    for code in &notebook.code {
        match cell::assignments(&code.source) {
            Ok(assignments) => {
                for one in assignments {
                    if !by_pattern.contains(&one.name) {
                        let flag = for_value(&one.value, one.annotation.as_deref());
                        found.insert(one.name, flag);
                    }
                }
            }
            Err(e) => warnings.push(format!(
                "cell {}, line {}: {}: {}",
                code.index + 1,
                e.line,
                e.message,
                e.text.trim()
            )),
        }
    }
    (found, warnings)
}

/// Whether a notebook's language is Python.
pub fn is_python(language: &str) -> bool {
    language.starts_with("python") || language.starts_with("ipython")
}

/// The patterns of a flag: one, or a list of them.
pub fn patterns(value: &Value) -> Vec<String> {
    match value {
        Value::Str(one) => vec![one.clone()],
        Value::List(all) => all.iter().filter_map(Value::as_str).map(Into::into).collect(),
        _ => Vec::new(),
    }
}

/// What the first group of a pattern is in a cell, or the whole of what it finds, when that is a
/// constant.
fn captured(pattern: &Pattern, source: &str) -> Option<Value> {
    let groups = pattern.find(source)?;
    let range = groups.get(1).unwrap_or(groups.first()?).clone()?;
    constant(source.get(range)?)
}

/// The constant that a text is.
pub fn constant(text: &str) -> Option<Value> {
    let analysis = analyse(&format!("x = {}\n", text.trim())).ok()?;
    analysis.params.get("x").cloned()
}

fn for_value(value: &Value, annotation: Option<&str>) -> FlagDef {
    let annotated = match annotation {
        Some("int") => Some("int"),
        Some("float") => Some("float"),
        Some("bool") => Some("boolean"),
        Some("str") => Some("string"),
        _ => None,
    };
    let kind = annotated.or(match value {
        Value::Str(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => Some("number"),
        _ => None,
    });
    let arg_split = Value::Bool(true);
    let (default, arg_split) = match value {
        Value::List(items) => match join_split(items, &arg_split) {
            Ok(joined) => (Value::Str(joined), arg_split),
            Err(_) => (value.clone(), Value::Null),
        },
        other => (other.clone(), Value::Null),
    };
    FlagDef { default, arg_split, kind: kind.map(Into::into), ..FlagDef::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn notebook(cells: &[&str]) -> Notebook {
        let cells: Vec<_> = cells
            .iter()
            .map(|source| serde_json::json!({"cell_type": "code", "source": source}))
            .collect();
        Notebook::parse(serde_json::json!({ "cells": cells }).to_string()).unwrap()
    }

    #[test]
    fn constants_of_all_cells_are_flags_and_the_last_counts() {
        let cells = [
            "x = 1\ny: float = 2\n",
            "%cd\nx = 3; s = 'a'\nl = [1, 'b c']\nn = None",
            "if 1:\n z = 1",
        ];
        let (flags, warnings) = flags(&notebook(&cells), &Flags::new());
        assert!(warnings.is_empty(), "{warnings:?}");
        let shown: Vec<_> = flags
            .iter()
            .map(|(name, f)| {
                format!("{name} {:?} {:?}", f.default, f.kind.as_deref().unwrap_or(""))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "x Int(3) \"number\"",
                "y Int(2) \"float\"",
                "s Str(\"a\") \"string\"",
                "l Str(\"1 'b c'\") \"\"",
                "n Null \"\"",
            ]
        );
    }

    #[test]
    fn patterns_come_first() {
        let flag = |patterns: Value| FlagDef {
            other: [(PATTERNS.to_string(), patterns)].into(),
            ..FlagDef::default()
        };
        let defined: Flags = [
            ("x".to_string(), flag(Value::str(r"x = \d+ # (\d+)"))),
            ("y".to_string(), flag(Value::from(vec![r"'\w+'", "b"]))),
            ("z".to_string(), flag(Value::str("("))),
            ("w".to_string(), flag(Value::str(r"print\((.+)\)"))),
        ]
        .into_iter()
        .collect();
        let (flags, warnings) = flags(&notebook(&["x = 1 # 5\nprint(f('hi'))"]), &defined);
        assert_eq!(flags["x"].default, Value::Int(5));
        assert_eq!(flags["y"].default, Value::str("hi"));
        assert_eq!(flags.len(), 2);
        assert!(warnings[0].starts_with("cannot use nb-replace of flag 'z': "), "{warnings:?}");
    }

    #[test]
    fn a_cell_that_cannot_be_read_is_told_of() {
        let (flags, warnings) = flags(&notebook(&["x = 1", "y = = 2"]), &Flags::new());
        assert_eq!(flags.len(), 1);
        assert!(warnings[0].starts_with("cell 2, line 1: "), "{warnings:?}");
        assert!(warnings[0].ends_with(": y = = 2"), "{warnings:?}");
    }
}
