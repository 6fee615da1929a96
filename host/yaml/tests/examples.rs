//! What PyYAML 6.0.3 and Guild AI 0.9.0 make of some documents and values, by example.

use guild_plugin_api::{Map, Value};
use guild_yaml::{decode, decode_bytes, encode, encode_flow, encode_strict, resolve_plain};

/// The value as JSON, in which maps keep their order.
fn json(text: &str) -> String {
    match decode(text) {
        Ok(value) => serde_json::to_string(&value).expect("values are JSON"),
        Err(e) => format!("error: {e}"),
    }
}

#[test]
fn documents_are_read() {
    for (text, expected) in [
        ("", "null"),
        ("# nothing\n", "null"),
        ("---\n...\n", "null"),
        ("a: 1\nb: [x, 1e3]\n", r#"{"a":1,"b":["x",1000.0]}"#),
        ("b: 1\na: 2\nb: 3\n", r#"{"b":3,"a":2}"#),
        ("{1: a, true: b, 1.0: c}", r#"{"$map":[[1,"c"]]}"#),
        ("on: yes\n", r#"{"$map":[[true,true]]}"#),
        ("y: n\n", r#"{"y":"n"}"#),
        ("=: 1\n", r#"{"=":1}"#),
        ("a: !!str 12", r#"{"a":"12"}"#),
        ("a: ! '12'", r#"{"a":12}"#),
        ("when: 2020-1-2 3:04:05Z", r#"{"when":{"$time":"2020-01-02 03:04:05+00:00"}}"#),
        ("!!omap [a: 1, b: 2]", r#"[["a",1],["b",2]]"#),
        ("s: !!set {b, a, b}", r#"{"s":{"$set":["b","a"]}}"#),
        (
            "!!set {[a]}",
            "error: found unhashable key while constructing a mapping (line 1, column 8)",
        ),
        ("- &x {a: 1, b: 2}\n- {<<: *x, b: 3}\n", r#"[{"a":1,"b":2},{"a":1,"b":3}]"#),
        ("<<: [{a: 1}, {a: 2, b: 2}]\nc: 3\n", r#"{"a":1,"b":2,"c":3}"#),
        ("- &x [1]\n- *x\n", "[[1],[1]]"),
        ("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n", r#"{"a":"x\n y\n","b":"x y"}"#),
        ("\"a\\x41\\u00e9\\\n  b\"", r#""aAéb""#),
        ("\u{feff}a", r#""a""#),
    ] {
        assert_eq!(json(text), expected, "{text:?}");
    }
}

#[test]
fn what_libyaml_takes_otherwise_is_read_as_by_pyyaml() {
    for (text, expected) in [
        // libyaml-safer panics.
        ("|\n  a", r#""a""#),
        ("|\n  a\n ", r#""a\n""#),
        ("|\n a\n  ", r#""a\n ""#),
        ("|+\n a\n\n ", r#""a\n\n""#),
        ("k: >-\n  a\n  b", r#"{"k":"a b"}"#),
        (
            "[!a, b]",
            "error: could not determine a constructor for the tag '!a,' (line 1, column 2)",
        ),
        ("[a!b, 'c!,d', e!f:,]", r#"["a!b","c!,d",{"e!f":null}]"#),
        // libyaml refuses.
        ("{a:[1], b:{c: 2}}", r#"{"a":[1],"b":{"c":2}}"#),
        ("[a:, {b:}]", r#"[{"a":null},{"b":null}]"#),
        ("[? ]", r#"[{"$map":[[null,null]]}]"#),
        ("|\n  \ta\n  b\n", r#""\ta\nb\n""#),
        ("- k: |-\n    \ta\n", r#"[{"k":"\ta"}]"#),
        ("%FOO bar\n---\na", r#""a""#),
        ("%YAML 1.3\n---\na", r#""a""#),
        ("！", r#""！""#),
        // libyaml reads past it.
        ("a\n\u{feff}b", "\"a \u{feff}b\""),
        ("a\tb", "error: found character '\\t' that cannot start any token (line 1, column 2)"),
        ("a: 1 #\tc\nb: 'x\ty'", r#"{"a":1,"b":"x\ty"}"#),
        ("[a?b]", "error: expected ',' or ']', but got '?' (line 1, column 3)"),
        ("a?b", r#""a?b""#),
    ] {
        assert_eq!(json(text), expected, "{text:?}");
    }
    assert!(json("|#c\n a").starts_with("error: expected chomping or indentation indicators"));
    assert!(json("%FOO bar\na").starts_with("error: expected '<document start>'"));
}

#[test]
fn errors_say_what_and_where() {
    for (text, expected) in [
        ("a: b: c", "mapping values are not allowed here (line 1, column 5)"),
        ("a: [1\n", "expected ',' or ']', but got '<stream end>' while parsing a flow sequence"),
        ("@a", "found character '@' that cannot start any token (line 1, column 1)"),
        ("a: 1\nb", "could not find expected ':'"),
        ("a\n---\nb", "expected a single document in the stream, but found another document"),
        ("x: !foo 1", "could not determine a constructor for the tag '!foo' (line 1, column 4)"),
        ("!!binary eA==", "could not determine a constructor for the tag"),
        ("[*a]", "found undefined alias 'a' (line 1, column 2)"),
        ("- &a 1\n- &a 2", "found duplicate anchor 'a' (line 2, column 3)"),
        ("[1]: 2", "found unhashable key while constructing a mapping (line 1, column 1)"),
        ("d: 2020-13-01", "month must be in 1..12 (line 1, column 4)"),
        ("a: <<", "could not determine a constructor for the tag 'tag:yaml.org,2002:merge'"),
        ("a\u{0}", "unacceptable character #x0000: special characters are not allowed"),
    ] {
        let error = decode(text).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
    assert!(decode_bytes(b"a: \xff").is_err());
    assert_eq!(decode_bytes(b"\xff\xfea\0").unwrap(), Value::str("a"));
}

#[test]
fn values_are_written() {
    for (text, block, flow) in [
        ("12", "12", "12"),
        ("''", "''", "''"),
        ("'12'", "'12'", "'12'"),
        ("'1e3'", "'1e3'", "'1e3'"),
        ("é", "\"\\xE9\"", "\"\\xE9\""),
        ("{b: [1, [2]], a: {}}", "a: {}\nb:\n- 1\n- - 2", "{a: {}, b: [1, [2]]}"),
        ("- a: 1\n  b: []\n", "- a: 1\n  b: []", "[{a: 1, b: []}]"),
        ("{1: a, b: 2, 0: c}", "1: a\nb: 2\n0: c", "{1: a, b: 2, 0: c}"),
        ("{a: 'x\n\n  y'}", "a: 'x\n\n  y'", "{a: 'x\n\n    y'}"),
        ("a: 1e-10", "a: 1.0e-10", "{a: 1.0e-10}"),
        ("'y'", "y", "y"),
        (
            "d: 2020-01-02 03:04:05",
            "d: 2020-01-02 03:04:05",
            "{d: !!timestamp '2020-01-02 03:04:05'}",
        ),
        ("a: b:c", "a: b:c", "{a: 'b:c'}"),
    ] {
        let value = decode(text).unwrap();
        assert_eq!(encode(&value), block, "{text:?}");
        assert_eq!(encode_flow(&value), flow, "{text:?}");
    }
}

#[test]
fn letters_that_others_read_as_booleans_are_quoted_when_strict() {
    let value = decode("[y, N, yes, 'yes', x]").unwrap();
    assert_eq!(encode_strict(&value), "- 'y'\n- 'N'\n- true\n- 'yes'\n- x");
    assert_eq!(encode(&value), "- y\n- N\n- true\n- 'yes'\n- x");
}

#[test]
fn long_text_is_folded_and_long_keys_are_marked() {
    let words = vec!["word"; 20].join(" ");
    let folded = format!("{}\n{}", vec!["word"; 17].join(" "), "  word word word");
    assert_eq!(encode(&Value::str(&words)), folded);
    let mut map = Map::new();
    map.insert("k".repeat(123), 1);
    let value = Value::from(vec![Value::Map(map)]);
    assert_eq!(encode(&value), format!("- ? {}\n  : 1", "k".repeat(123)));
}

#[test]
fn plain_scalars_are_resolved() {
    assert_eq!(resolve_plain("1e-3"), Value::Float(0.001));
    assert_eq!(resolve_plain("0x1F"), Value::Int(31));
    assert_eq!(resolve_plain("off"), Value::Bool(false));
    assert_eq!(resolve_plain(""), Value::Null);
    assert_eq!(resolve_plain("2020-01-02"), Value::Time("2020-01-02".into()));
    assert_eq!(resolve_plain("2020-13-45"), Value::str("2020-13-45"));
    assert_eq!(resolve_plain("a: b"), Value::str("a: b"));
}
