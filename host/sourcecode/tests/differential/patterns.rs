//! Patterns, and how rules are shown.

use guild_plugin_api::model::SourceRule;
use guild_sourcecode::Rule;
use guild_sourcecode::fnmatch::fnmatch;
use serde_json::json;

use crate::{Dice, oracle};

#[test]
fn fnmatch_agrees_with_python() {
    const IN_PATTERNS: [char; 18] =
        ['a', 'b', 'c', 'z', '*', '*', '?', '[', '[', ']', ']', '!', '-', '-', '^', '\\', '&', 'é'];
    const IN_NAMES: [char; 14] =
        ['a', 'b', 'c', 'z', '*', '[', ']', '!', '-', '^', '\\', '&', 'é', '\n'];
    let mut dice = Dice(0x5eed);
    let mut text = |alphabet: &[char], longest: usize| -> String {
        let len = dice.below(longest + 1);
        (0..len).map(|_| *dice.pick(alphabet)).collect()
    };
    let mut cases = Vec::new();
    for _ in 0..4000 {
        let pattern = text(&IN_PATTERNS, 9);
        for _ in 0..3 {
            cases.push((text(&IN_NAMES, 4), pattern.clone()));
        }
        cases.extend("abcz*[]!-^\\&é".chars().map(|c| (c.to_string(), pattern.clone())));
    }
    let Some(answer) = oracle::ask(&json!({ "fnmatch": cases })) else { return };
    let expected: Vec<bool> = serde_json::from_value(answer["fnmatch"].clone()).unwrap();
    assert_eq!(expected.len(), cases.len());
    for ((name, pattern), expected) in cases.iter().zip(expected) {
        assert_eq!(fnmatch(name, pattern), expected, "{name:?} {pattern:?}");
    }
}

#[test]
fn rules_are_shown_alike() {
    let mut specs = Vec::new();
    for include in [true, false] {
        for patterns in [json!(["*"]), json!(["a b", "it's", "x"]), json!(["'a b'"]), json!([])] {
            for more in [
                json!({}),
                json!({"type": "text", "size-lt": 5, "max-matches": 0}),
                json!({"type": "dir", "sentinel": "bin/a ctivate"}),
                json!({"type": "binary", "size-gt": 7, "size-lt": 9, "max-matches": 3}),
            ] {
                let mut spec = more.clone();
                spec["include"] = json!(include);
                spec["patterns"] = patterns.clone();
                specs.push(spec);
            }
        }
    }
    let Some(answer) = oracle::ask(&json!({ "rules": specs })) else { return };
    for (spec, expected) in specs.iter().zip(answer["rules"].as_array().unwrap()) {
        let source: SourceRule = serde_json::from_value(spec.clone()).unwrap();
        assert_eq!(&Rule::try_from(source).unwrap().to_string(), expected, "{spec}");
    }
}
