//! The short way for a text that is certainly one scalar on one line, or a flat map or list of
//! such.
//!
//! Most texts that Guild reads are such: the attributes of a run and the values of flags. They
//! need no scanner. Anything that takes a second look is left to it: comments, indentation, escapes,
//! anchors, tags, all but printable ASCII.

use guild_plugin_api::{Map, Value};

use crate::{construct, scalar};

/// How long a key may be; the scanner has opinions on those beyond 1024.
const LONG_KEY: usize = 1000;

/// The value of `text` when it is certain, nothing when it takes the scanner to know.
pub(crate) fn decode(text: &str) -> Option<Value> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    value(text).or_else(|| if text.starts_with("- ") { list(text) } else { map(text) })
}

/// Lines of `- value`.
fn list(text: &str) -> Option<Value> {
    text.split('\n')
        .map(|line| value(line.strip_prefix("- ")?))
        .collect::<Option<_>>()
        .map(Value::List)
}

/// Lines of `key: value` or `key:`.
fn map(text: &str) -> Option<Value> {
    let entry = |line: &str| {
        let end = key_end(line).filter(|end| *end <= LONG_KEY)?;
        let key = word(&line[..end])?;
        match &line[end + 1..] {
            "" => Some((key, Value::Null)),
            rest => Some((key, value(rest.strip_prefix(' ')?)?)),
        }
    };
    let pairs = text.split('\n').map(entry).collect::<Option<_>>()?;
    Some(Value::Map(construct::distinct(pairs)))
}

/// Where the key at the start of `line` ends and its colon is.
fn key_end(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    match bytes {
        [b'\'', rest @ ..] => {
            let end = rest.iter().position(|&b| b == b'\'')? + 2;
            (bytes.get(end) == Some(&b':')).then_some(end)
        }
        _ => (0..bytes.len())
            .find(|&i| bytes[i] == b':' && bytes.get(i + 1).is_none_or(|&next| next == b' ')),
    }
}

/// A scalar, or an empty list or map.
fn value(text: &str) -> Option<Value> {
    match text {
        "[]" => Some(Value::List(Vec::new())),
        "{}" => Some(Value::Map(Map::new())),
        _ => word(text),
    }
}

/// A scalar, plain or in single quotes.
fn word(text: &str) -> Option<Value> {
    match text.strip_prefix('\'') {
        Some(rest) => {
            let inner = rest.strip_suffix('\'')?;
            let harmless = |b: u8| matches!(b, b' '..=b'~') && b != b'\'';
            inner.bytes().all(harmless).then(|| Value::str(inner))
        }
        None => plain(text),
    }
}

fn plain(line: &str) -> Option<Value> {
    let bytes = line.as_bytes();
    // Nothing that has a meaning at the start, and no `---` or `...`.
    let plain_start = match bytes {
        [b'-' | b'.', next, ..] => next.is_ascii_alphanumeric(),
        [first, ..] => first.is_ascii_graphic() && !b"-.?:,[]{}#&*!|>'\"%@`".contains(first),
        [] => false,
    };
    // Elsewhere only `: ` and ` #` mean something, and characters that are no plain ASCII may.
    let plain = |(i, &b): (usize, &u8)| match b {
        b':' => bytes.get(i + 1).is_some_and(|&next| next != b' '),
        b'#' => i > 0 && bytes[i - 1] != b' ',
        b' ' => i + 1 < bytes.len(),
        _ => b.is_ascii_graphic(),
    };
    if !plain_start || !bytes.iter().enumerate().all(plain) {
        return None;
    }
    // What cannot be constructed is an error, which the long way locates.
    scalar::construct(&scalar::implicit_tag(line, false), line).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests may panic")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_certain_texts_go_the_short_way() {
        assert_eq!(decode("32\n"), Some(Value::Int(32)));
        assert_eq!(decode("a b-c"), Some(Value::str("a b-c")));
        assert_eq!(decode("http://a.b/c#d"), Some(Value::str("http://a.b/c#d")));
        assert_eq!(decode("~"), Some(Value::Null));
        assert_eq!(decode("'1'\n"), Some(Value::str("1")));
        for text in [
            "",
            "---",
            "...",
            "--lr=0.1",
            "-.5",
            "a ",
            " a",
            "a #b",
            "=",
            "é",
            "[1]",
            "'a''b'",
            "'a",
            "'",
            "2020-13-01",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn maps_and_lists_of_one_value_a_line_go_the_short_way() {
        for text in [
            "layers: 3\nlr: 0.0571\noptimizer: adam\nx: 7\n",
            "'y': 1e5\nn: yes\non: 012\nt: 1:30\nd: 2026-11-23",
            "a:\nb: ~\nc: ''\nd: []\ne: {}\n",
            "a: 1\n2: b\na: 3\n2.0: c\ntrue: d\n1: e",
            "a b:c: d:e\n",
            "- a\n- 'b c'\n- 0x1F\n- .nan\n- -1\n- []",
        ] {
            let short = decode(text).unwrap();
            assert_eq!(format!("{short:?}"), format!("{:?}", crate::long(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_not_flat_takes_the_scanner() {
        let long_key = format!("{}: 1", "k".repeat(LONG_KEY + 1));
        for text in [
            "a: 1\n\n",
            "a: 1\nb",
            "a: 1\n b: 2",
            "a:\n- 1",
            "a:\n  b: 1",
            "a: \n",
            "a : 1",
            "a:  1",
            "a: 1 ",
            "a: 1\r\n",
            "a:\t1",
            "a: b: c",
            "a: b:",
            "a: 1 # c",
            "# c\na: 1",
            "---\na: 1",
            "a: 1\n---",
            "a: 1\n...",
            "? a\n: b",
            "<<: {}",
            "=: 1",
            "a: =",
            "a: &b 1",
            "a: *b",
            "a: !!str 1",
            "a: |",
            "a: [1]",
            "a: \"b\"",
            "[]: 1",
            "'a':b",
            "'a' : b",
            "a: 2020-13-01",
            "é: 1",
            "- a\nb: 1",
            "- a\n-",
            "- - a",
            "- a: b",
            "-",
            &long_key,
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1500, failure_persistence: None, ..ProptestConfig::default()
        })]

        /// Near misses too: the short way may give up, but must never say something else.
        #[test]
        fn both_ways_say_the_same(
            text in "(((-|-? |'y'|y|1|1\\.0|on|a b|lr|=|<<|~|'|\\?|k!,)(:|: |: | :|:  |)|- ){0,1}\
                (7|-1|0\\.5|1e5|012|0x1F|1:30|2020-1[23]-01|~|yes|null|\\.nan|-\\.inf|''|'x: #'|'a''b'\
                |\\[\\]|\\{\\}|\\[1\\]|adam|a b|a:b|a!:,b|c#|#|x #c|=|<<|&a |\\*a|!!str |\\||\"q\"|-|---|\\.\\.\\.|%|)\
                (\n|\n|\n|\n|\n |\n\n| \n|\r\n|\t|\u{e9}|)){1,6}"
        ) {
            if let Some(short) = decode(&text) {
                let long = crate::long(&text);
                prop_assert!(long.is_ok(), "{text:?}: {long:?}");
                prop_assert_eq!(format!("{short:?}"), format!("{:?}", long.unwrap()), "{:?}", text);
            }
        }

        #[test]
        fn both_ways_say_the_same_of_any_characters(text in "(('y'|[!-~]{1,3})(: |: |:)('[ -~]{0,4}'|[!-~]{0,3}[ -~]{0,3}[!-~])?\n){1,2}") {
            if let Some(short) = decode(&text) {
                let long = crate::long(&text);
                prop_assert!(long.is_ok(), "{text:?}: {long:?}");
                prop_assert_eq!(format!("{short:?}"), format!("{:?}", long.unwrap()), "{:?}", text);
            }
        }
    }
}
