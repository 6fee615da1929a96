//! The short way for a text that is certainly one plain scalar on one line.
//!
//! Most texts that Guild reads are such: the attributes of a run and the values of flags. They
//! need no scanner.

use guild_plugin_api::Value;

use crate::scalar;

/// The value of `text` when it is certain, nothing when it takes the scanner to know.
pub(crate) fn decode(text: &str) -> Option<Value> {
    let line = text.strip_suffix('\n').unwrap_or(text);
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
    use super::*;

    #[test]
    fn only_certain_texts_go_the_short_way() {
        assert_eq!(decode("32\n"), Some(Value::Int(32)));
        assert_eq!(decode("a b-c"), Some(Value::str("a b-c")));
        assert_eq!(decode("http://a.b/c#d"), Some(Value::str("http://a.b/c#d")));
        assert_eq!(decode("~"), Some(Value::Null));
        assert_eq!(decode("--lr=0.1"), None);
        assert_eq!(decode("-.5"), None);
        for text in [
            "",
            "---",
            "...",
            "- a",
            "a ",
            " a",
            "a: b",
            "a:",
            "a #b",
            "=",
            "é",
            "[1]",
            "'a'",
            "2020-13-01",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
