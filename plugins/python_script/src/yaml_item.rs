//! The YAML of a list flag's items, as PyYAML's `safe_dump` writes it.
//!
//! An item is mostly a number or a word, and then this is the number or the word. But lists in
//! lists, long text, quotes and text that looks like a number are written here as they were in
//! Guild AI 0.9.0, because the result is compared, shown in labels and kept in runs.

use guild_plugin_api::{Map, Value};

mod scalar;

/// Lines are folded at the first blank behind this column.
const WIDTH: usize = 80;
/// Longer keys are written with a question mark before them.
const LONGEST_KEY: usize = 128;

/// The YAML document for `value`, block style, without final newline.
///
/// ```
/// use guild_plugin_api::Value;
/// use guild_python_script::yaml_item::encode;
/// assert_eq!(encode(&Value::Float(1e-5)), "1.0e-05");
/// assert_eq!(encode(&Value::str("yes")), "'yes'");
/// assert_eq!(encode(&Value::from(vec![1, 2])), "- 1\n- 2");
/// ```
pub fn encode(value: &Value) -> String {
    let mut e = Emitter { out: String::new(), column: 0, blank: true, fresh: true };
    e.node(value, None, Place::Item);
    e.out
}

/// What a node stands in.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The document or a sequence.
    Item,
    /// A value, or a key behind a question mark.
    MapValue,
    /// A key on one line with its value.
    SimpleKey,
}

struct Emitter {
    out: String,
    column: usize,
    /// Whether the last thing written was white space, so that none is needed now.
    blank: bool,
    /// Whether nothing but indentation and indicators is in the line.
    fresh: bool,
}

impl Emitter {
    /// `indent` is that of the collection around, none for the document.
    fn node(&mut self, value: &Value, indent: Option<usize>, place: Place) {
        match value {
            Value::List(items) if items.is_empty() => {
                self.indicator("[", true, false);
                self.indicator("]", false, false);
            }
            Value::Map(map) if map.is_empty() => {
                self.indicator("{", true, false);
                self.indicator("}", false, false);
            }
            Value::List(items) => {
                let flush = place == Place::MapValue && !self.fresh;
                let indent = indent.map_or(0, |i| if flush { i } else { i + 2 });
                for item in items {
                    self.indent(indent);
                    self.indicator("-", true, true);
                    self.node(item, Some(indent), Place::Item);
                }
            }
            Value::Map(map) => self.map(map, indent.map_or(0, |i| i + 2)),
            scalar => {
                let indent = indent.unwrap_or(0) + 2;
                self.scalar(&scalar::text(scalar), scalar, indent, place);
            }
        }
    }

    fn map(&mut self, map: &Map, indent: usize) {
        for (key, value) in sorted(map) {
            self.indent(indent);
            let text = scalar::text(key);
            let length = text.chars().count() + scalar::tag_length(key);
            if length < LONGEST_KEY && !text.is_empty() && !scalar::has_lines(&text) {
                self.node(key, Some(indent), Place::SimpleKey);
                self.indicator(":", false, false);
            } else {
                self.indicator("?", true, true);
                self.node(key, Some(indent), Place::MapValue);
                self.indent(indent);
                self.indicator(":", true, true);
            }
            self.node(value, Some(indent), Place::MapValue);
        }
    }

    fn scalar(&mut self, text: &str, value: &Value, indent: usize, place: Place) {
        let fold = place != Place::SimpleKey;
        match scalar::style(text, matches!(value, Value::Str(_)), place == Place::SimpleKey) {
            scalar::Style::Plain => self.plain(text, indent, fold),
            scalar::Style::Single => self.single_quoted(text, indent, fold),
            scalar::Style::Double => self.double_quoted(text, indent, fold),
        }
    }

    fn write(&mut self, s: &str) {
        self.out.push_str(s);
        self.column += s.chars().count();
    }

    fn indicator(&mut self, s: &str, needs_blank: bool, keeps_fresh: bool) {
        if needs_blank && !self.blank {
            self.write(" ");
        }
        self.write(s);
        self.blank = s == "[" || s == "{";
        self.fresh &= keeps_fresh;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        (self.column, self.blank, self.fresh) = (0, true, true);
    }

    fn indent(&mut self, indent: usize) {
        if !self.fresh || self.column > indent || (self.column == indent && !self.blank) {
            self.line_break();
        }
        if self.column < indent {
            self.write(&" ".repeat(indent - self.column));
            self.blank = true;
        }
    }

    fn plain(&mut self, text: &str, indent: usize, fold: bool) {
        if text.is_empty() {
            return;
        }
        if !self.blank {
            self.write(" ");
        }
        (self.blank, self.fresh) = (false, false);
        let length = text.len();
        for (at, piece) in pieces(text, |c| c == ' ') {
            let inside = at + piece.len() < length;
            if piece == " " && self.column > WIDTH && fold && inside {
                self.indent(indent);
                (self.blank, self.fresh) = (false, false);
            } else {
                self.write(piece);
            }
        }
    }

    fn single_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("'", true, false);
        let length = text.len();
        for (at, piece) in pieces(text, |c| c == ' ' || c == '\n' || c == '\'') {
            let inside = at > 0 && at + piece.len() < length;
            match piece.as_bytes()[0] {
                b' ' if piece.len() == 1 && self.column > WIDTH && fold && inside => {
                    self.indent(indent);
                }
                b'\n' => {
                    for _ in 0..=piece.len() {
                        self.line_break();
                    }
                    self.indent(indent);
                }
                b'\'' => self.write(&piece.replace('\'', "''")),
                _ => self.write(piece),
            }
        }
        self.indicator("'", false, false);
    }

    fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("\"", true, false);
        let chars: Vec<char> = text.chars().collect();
        let written = |from: usize, to: usize| -> String {
            chars.get(from..to).unwrap_or_default().iter().collect()
        };
        let (mut start, last) = (0, chars.len().saturating_sub(1));
        for end in 0..=chars.len() {
            let ch = chars.get(end).copied();
            if ch.is_none_or(|c| matches!(c, '"' | '\\') || !(' '..='~').contains(&c)) {
                self.write(&written(start, end));
                start = start.max(end);
                if let Some(c) = ch {
                    self.write(&scalar::escape(c));
                    start = end + 1;
                }
            }
            let may_fold = 0 < end && end < last && (ch == Some(' ') || start >= end);
            if may_fold && self.column + end > WIDTH + start && fold {
                self.write(&written(start, end));
                self.write("\\");
                start = start.max(end);
                self.indent(indent);
                (self.blank, self.fresh) = (false, false);
                if chars.get(start) == Some(&' ') {
                    self.write("\\");
                }
            }
        }
        self.indicator("\"", false, false);
    }
}

/// Splits text into runs: of one of the characters that `apart` picks, or of all the others.
fn pieces(text: &str, apart: impl Fn(char) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let class = move |c: char| if apart(c) { Some(c) } else { None };
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let first = class(rest.chars().next()?);
        let length = rest.find(|c| class(c) != first).unwrap_or(rest.len());
        at += length;
        Some((at - length, &rest[..length]))
    })
}

/// By key, where the keys can be compared with one another; else in the order of the source.
fn sorted(map: &Map) -> Vec<&(Value, Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    if entries.iter().all(|(k, _)| k.as_str().is_some()) {
        entries.sort_by_key(|(k, _)| k.as_str());
    } else if entries.iter().all(|(k, _)| scalar::number(k).is_some()) {
        // Large integers that are one as a float still differ.
        let key = |k| (scalar::number(k).unwrap_or_default(), scalar::text(k).parse::<i128>().ok());
        entries.sort_by(|(a, _), (b, _)| {
            let ((a, exact_a), (b, exact_b)) = (key(a), key(b));
            a.total_cmp(&b).then(exact_a.cmp(&exact_b))
        });
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: Vec<Value>) -> Value {
        Value::List(items)
    }

    #[test]
    fn scalars() {
        for (value, yaml) in [
            (Value::Null, "null"),
            (Value::from(true), "true"),
            (Value::Int(-3), "-3"),
            (Value::Float(0.1), "0.1"),
            (Value::Float(1e16), "1.0e+16"),
            (Value::Float(f64::INFINITY), ".inf"),
            (Value::str(""), "''"),
            (Value::str("a b"), "a b"),
            (Value::str("1e5"), "'1e5'"),
            (Value::str("+.5"), "+.5"),
            (Value::str("1.0e+5"), "'1.0e+5'"),
            (Value::str("- a"), "'- a'"),
            (Value::str("-a"), "-a"),
            (Value::str("a: b"), "'a: b'"),
            (Value::str("a #b"), "'a #b'"),
            (Value::str("it's"), "it's"),
            (Value::str("'"), "''''"),
            (Value::str("a\nb"), "'a\n\n  b'"),
            (Value::str("a\tb"), "\"a\\tb\""),
            (Value::str("é"), "\"\\xE9\""),
            (Value::str("😀"), "\"\\U0001F600\""),
            (Value::str("2020-01-02"), "'2020-01-02'"),
            (Value::str("12:30"), "'12:30'"),
        ] {
            assert_eq!(encode(&value), yaml, "{value:?}");
        }
    }

    #[test]
    fn collections() {
        let map: Map = [("b", Value::Int(1)), ("a", Value::from(vec![1, 2]))].into_iter().collect();
        let nested = list(vec![Value::Int(1), list(vec![Value::Int(2), list(vec![])])]);
        assert_eq!(encode(&Value::Map(map.clone())), "a:\n- 1\n- 2\nb: 1");
        assert_eq!(encode(&list(vec![Value::Map(map)])), "- a:\n  - 1\n  - 2\n  b: 1");
        assert_eq!(encode(&nested), "- 1\n- - 2\n  - []");
    }

    #[test]
    fn long_text_is_folded() {
        let words = "word ".repeat(20);
        let plain = encode(&Value::str(words.trim_end()));
        assert_eq!(plain.lines().count(), 2);
        assert_eq!(plain.lines().last(), Some("  word word word"));
    }
}
