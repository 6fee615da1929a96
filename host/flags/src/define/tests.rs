use guild_plugin_api::Value;
use guild_plugin_api::model::{Choice, FlagDef, Flags};
use indexmap::IndexMap;

use super::*;

fn flags(json: &str) -> Flags {
    serde_json::from_str(json).unwrap()
}

fn values(json: &str) -> IndexMap<String, Value> {
    serde_json::from_str(json).unwrap()
}

fn error(defs: &str, user: &str) -> String {
    flag_vals(&flags(defs), &values(user), false).unwrap_err().render("train")
}

#[test]
fn defaults_follow_the_users_values() {
    let defs = flags(r#"{"b": {"default": 1}, "a": {"default": 2, "alias": "x"}, "c": {}}"#);
    let values = flag_vals(&defs, &values(r#"{"c": 3, "x": 4}"#), false).unwrap();
    assert_eq!(serde_json::to_string(&values).unwrap(), r#"{"c":3,"a":4,"b":1}"#);
}

#[test]
fn values_are_brought_to_their_types() {
    let defs = flags(
        r#"{"s": {"type": "string"}, "i": {"type": "int"}, "f": {"type": "float"},
            "n": {"type": "number"}, "b": {"type": "boolean"}, "l": {"type": "int"},
            "p": {"type": "int", "arg-split": ","}, "u": {"type": "uniform"}}"#,
    );
    let user = values(
        r#"{"s": 1e-5, "i": "7", "f": true, "n": "1.5", "b": "no", "l": ["1", 2],
            "p": "1,2", "u": "[1:2]"}"#,
    );
    let values = flag_vals(&defs, &user, false).unwrap();
    assert_eq!(
        serde_json::to_string(&values).unwrap(),
        r#"{"s":"1e-05","i":7,"f":1.0,"n":1.5,"b":true,"l":[1,2],"p":"1,2","u":"[1:2]"}"#
    );
    let mut warnings = Vec::new();
    flag_vals_noting(&defs, &[("u".to_string(), 1.into())].into(), false, &mut warnings).unwrap();
    assert_eq!(warnings, ["unknown flag type 'uniform' for u - cannot coerce"]);
}

#[test]
fn single_errors_have_the_words_of_guild_ai() {
    assert_eq!(
        error(r#"{"a": {}}"#, r#"{"zzz": 1}"#),
        "unsupported flag 'zzz'\nTry 'guild run train --help-op' for a list of flags or use \
         --force-flags to skip this check."
    );
    assert_eq!(
        error(r#"{"a": {"alias": "b"}}"#, r#"{"a": 1, "b": 2}"#),
        "cannot specify both alias 'a' and name for flag 'b'\nUse --force-flags to skip this check."
    );
    assert_eq!(
        error(r#"{"a": {"type": "int"}}"#, r#"{"a": 1.5}"#),
        "invalid value 1.5 for a: invalid value for type 'int'"
    );
    assert_eq!(
        error(r#"{"a": {"min": 1}}"#, r#"{"a": [2, 0.5]}"#),
        "invalid value 0.5 for a: out of range (less than min 1)"
    );
    assert_eq!(
        error(r#"{"a": {"type": "existing-path"}}"#, r#"{"a": "/no/such"}"#),
        "invalid value /no/such for a: /no/such does not exist"
    );
    assert_eq!(
        error(
            r#"{"a": {"choices": [{"value": true, "description": "Do"}, {"value": "long one"}]}}"#,
            r#"{"a": "x"}"#
        ),
        "Unsupported value for 'a' - supported values are:\n\n  yes       Do\n  long one  \n\n\
         Run the command again using one of these options."
    );
    assert_eq!(
        error(r#"{"a": {"required": true, "description": "One\nTwo"}}"#, r#"{"a": ""}"#),
        "Operation requires the following missing flags:\n\n  a  One\n\n\
         Run the command again with these flags specified as NAME=VAL."
    );
}

#[test]
fn a_near_name_is_suggested_after_the_text() {
    let text = error(r#"{"layers": {"alias": "depth"}}"#, r#"{"layer": 1}"#);
    assert_eq!(text.lines().last(), Some("Did you mean 'layers'?"));
    let text = error(r#"{"layers": {"alias": "depth"}}"#, r#"{"dpeth": 1}"#);
    assert_eq!(text.lines().last(), Some("Did you mean 'depth'?"));
    assert_eq!(error(r#"{"x": {}}"#, r#"{"y": 1}"#).lines().count(), 2);
}

#[test]
fn all_errors_are_told_the_first_one_first() {
    let defs = r#"{"a": {"type": "int"}, "b": {"required": true}, "rate": {}}"#;
    let text = error(defs, r#"{"rato": 1, "other": 2, "a": 1.5}"#);
    assert_eq!(
        text,
        "invalid value 1.5 for a: invalid value for type 'int'\n\
         unsupported flag 'rato'\n\
         unsupported flag 'other'\n\
         Try 'guild run train --help-op' for a list of flags or use --force-flags to skip this \
         check.\n\
         Did you mean 'rate'?"
    );
    let error = flag_vals(&flags(defs), &values(r#"{"a": 1.5}"#), false).unwrap_err();
    assert_eq!(error.kind(), FlagErrorKind::Several);
    assert_eq!(error.each().len(), 2);
    assert!(error.after_program_name());
    let error = flag_vals(&flags(defs), &values("{}"), false).unwrap_err();
    assert!(!error.after_program_name());
}

#[test]
fn force_lets_everything_pass() {
    let defs = flags(r#"{"a": {"type": "int", "alias": "b", "choices": [{"value": 1}]}}"#);
    let user = values(r#"{"a": 1.5, "b": 2, "c": 3}"#);
    assert_eq!(flag_vals(&defs, &user, true).unwrap(), user);
}

#[test]
fn a_choice_brings_its_value_and_other_flags() {
    let choice = Choice {
        value: 10.into(),
        alias: "ten".into(),
        flags: [("b", 5), ("c", 6)].into_iter().collect(),
        ..Choice::default()
    };
    let defs: Flags = [
        ("a".into(), FlagDef { choices: vec![choice], ..FlagDef::default() }),
        ("b".into(), FlagDef { default: 1.into(), ..FlagDef::default() }),
        ("c".into(), FlagDef { default: 1.into(), ..FlagDef::default() }),
    ]
    .into();
    let values = flag_vals(&defs, &values(r#"{"a": "ten", "c": 7}"#), false).unwrap();
    assert_eq!(serde_json::to_string(&values).unwrap(), r#"{"a":10,"c":7,"b":5}"#);
}

#[test]
fn values_without_an_order_are_an_error() {
    assert_eq!(
        error(r#"{"a": {"max": 1}}"#, r#"{"a": "x"}"#),
        "invalid value x for a: expected a number"
    );
    let defs = flags(r#"{"a": {"max": 1}}"#);
    assert!(flag_vals(&defs, &values(r#"{"a": {"$float": "nan"}}"#), false).is_ok());
}
