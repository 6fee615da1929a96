//! The writer: values in the layout that PyYAML's emitter gives them.

use guild_plugin_api::Value;

use crate::analysis::Analysis;
use crate::tag::Tag;
use crate::{key, number, scalar};

/// Columns of indentation for each level.
const INDENT: usize = 2;
/// Lines are folded at the first chance beyond this column.
const WIDTH: usize = 80;
/// A key whose tag and text together are this long or longer is written with `?`.
const SIMPLE_KEY: usize = 128;

/// How to write.
#[derive(Clone, Copy, Default)]
pub(crate) struct Style {
    /// Collections in brackets.
    pub(crate) flow: bool,
    /// Quote the letters `y` and `n`.
    pub(crate) strict: bool,
}

/// The YAML of `value`, without line breaks or document markers around it.
pub(crate) fn emit(value: &Value, style: Style) -> String {
    let mut emitter = Emitter {
        out: String::new(),
        style,
        column: 0,
        indent: None,
        flow_level: 0,
        whitespace: true,
        indention: true,
    };
    emitter.node(value, Place::Root);
    emitter.out
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    /// A value, or a key behind `?`.
    Entry,
    /// A key on one line with its `:`.
    SimpleKey,
}

struct Emitter {
    out: String,
    style: Style,
    column: usize,
    /// The indentation of the innermost node; none at the root.
    indent: Option<usize>,
    flow_level: usize,
    /// Whether an indicator can follow without a space.
    whitespace: bool,
    /// Whether the line holds nothing but indentation and indicators that count as such.
    indention: bool,
}

/// A scalar ready to be written.
struct Scalar<'a> {
    tag: Tag,
    text: &'a str,
    analysis: Analysis,
    /// Whether a reader finds `tag` from the plain text.
    plain_is_tag: bool,
}

impl Emitter {
    fn node(&mut self, value: &Value, place: Place) {
        match value {
            Value::List(items) if items.is_empty() => self.empty("[", "]"),
            Value::List(items) if self.flow() => self.flow_list(items),
            Value::List(items) => self.block_list(items, place),
            Value::Map(map) if map.is_empty() => self.empty("{", "}"),
            Value::Map(map) => self.map(key::sorted(map.iter().as_slice())),
            Value::Set(items) => self.set(items),
            _ => with_text(value, |tag, text| {
                let scalar = Scalar::new(tag, text, self.style.strict);
                self.scalar(&scalar, place);
            }),
        }
    }

    fn flow(&self) -> bool {
        self.style.flow || self.flow_level > 0
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true);
        self.whitespace = true;
        self.indicator(close, false);
    }

    fn deeper(&mut self, flow: bool) -> Option<usize> {
        let outer = self.indent;
        self.indent = Some(match outer {
            Some(columns) => columns + INDENT,
            None if flow => INDENT,
            None => 0,
        });
        outer
    }

    fn flow_list(&mut self, items: &[Value]) {
        let outer = self.open("[");
        for (i, item) in items.iter().enumerate() {
            self.separate(i);
            self.node(item, Place::Item);
        }
        self.close("]", outer);
    }

    fn open(&mut self, bracket: &str) -> Option<usize> {
        self.indicator(bracket, true);
        self.whitespace = true;
        self.flow_level += 1;
        self.deeper(true)
    }

    fn close(&mut self, bracket: &str, outer: Option<usize>) {
        self.indent = outer;
        self.flow_level -= 1;
        self.indicator(bracket, false);
    }

    /// The comma before all but the first item, and a new line when this one is full.
    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.indicator(",", false);
        }
        if self.column > WIDTH {
            self.new_line();
        }
    }

    fn block_list(&mut self, items: &[Value], place: Place) {
        // A list as the value of a key is not indented against the key.
        let indentless = place == Place::Entry && !self.indention;
        let outer = self.indent;
        if !indentless || outer.is_none() {
            self.deeper(false);
        }
        for item in items {
            self.new_line();
            self.layout_indicator("-");
            self.node(item, Place::Item);
        }
        self.indent = outer;
    }

    fn map(&mut self, entries: Vec<&(Value, Value)>) {
        if self.flow() {
            let outer = self.open("{");
            for (i, (key, value)) in entries.into_iter().enumerate() {
                self.separate(i);
                if is_simple(key) {
                    self.node(key, Place::SimpleKey);
                    self.indicator(":", false);
                } else {
                    self.indicator("?", true);
                    self.node(key, Place::Entry);
                    if self.column > WIDTH {
                        self.new_line();
                    }
                    self.indicator(":", true);
                }
                self.node(value, Place::Entry);
            }
            self.close("}", outer);
        } else {
            let outer = self.deeper(false);
            for (key, value) in entries {
                self.new_line();
                if is_simple(key) {
                    self.node(key, Place::SimpleKey);
                    self.indicator(":", false);
                } else {
                    self.layout_indicator("?");
                    self.node(key, Place::Entry);
                    self.new_line();
                    self.layout_indicator(":");
                }
                self.node(value, Place::Entry);
            }
            self.indent = outer;
        }
    }

    /// A set is a map of its members to nothing.
    fn set(&mut self, items: &[Value]) {
        self.indicator(Tag::Set.shorthand(), true);
        let entries: Vec<_> = items.iter().map(|item| (item.clone(), Value::Null)).collect();
        match entries.is_empty() {
            true => self.empty("{", "}"),
            false => self.map(key::sorted(&entries)),
        }
    }

    fn scalar(&mut self, scalar: &Scalar, place: Place) {
        let Analysis { empty, multiline, flow_plain, block_plain, single_quoted } = scalar.analysis;
        let key = place == Place::SimpleKey;
        let plain_fits = if self.flow_level > 0 { flow_plain } else { block_plain };
        let plain = scalar.plain_is_tag && plain_fits && !(key && (empty || multiline));
        if !plain && scalar.tag != Tag::Str {
            self.indicator(scalar.tag.shorthand(), true);
        }
        let outer = self.deeper(true);
        let fold = !key;
        if plain {
            self.plain(scalar.text, fold);
        } else if single_quoted && !(key && multiline) {
            self.single_quoted(scalar.text, fold);
        } else {
            self.double_quoted(scalar.text, fold);
        }
        self.indent = outer;
    }

    fn plain(&mut self, text: &str, fold: bool) {
        if text.is_empty() {
            return;
        }
        if !self.whitespace {
            self.write(" ");
        }
        self.whitespace = false;
        self.indention = false;
        for (run, start, end) in runs(text) {
            let inner = start > 0 && end < text.len();
            if run == " " && inner && fold && self.column > WIDTH {
                self.new_line();
                self.whitespace = false;
                self.indention = false;
            } else {
                self.write(run);
            }
        }
    }

    fn single_quoted(&mut self, text: &str, fold: bool) {
        self.indicator("'", true);
        for (run, start, end) in runs(text) {
            let inner = start > 0 && end < text.len();
            if run == " " && inner && fold && self.column > WIDTH {
                self.new_line();
            } else if run.starts_with('\n') {
                // A single break would read as a space, so there is one more.
                for _ in 0..=run.len() {
                    self.line_break();
                }
                self.new_line();
            } else {
                self.write(&run.replace('\'', "''"));
            }
        }
        self.indicator("'", false);
    }

    fn double_quoted(&mut self, text: &str, fold: bool) {
        self.indicator("\"", true);
        let length = text.chars().count();
        // What is not yet written, all of it characters that stand for themselves.
        let mut pending = String::new();
        let mut chars = text.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            let escaped = escape(c);
            if let Some(escaped) = &escaped {
                self.write(&pending);
                pending.clear();
                self.write(escaped);
            }
            let inner = i > 0 && i + 1 < length;
            let may_break = c == ' ' || pending.is_empty();
            // PyYAML's count of pending characters is -1 behind an escape.
            let width = WIDTH + usize::from(escaped.is_some());
            if inner && may_break && fold && self.column + pending.len() > width {
                pending.push('\\');
                self.write(&pending);
                pending.clear();
                self.new_line();
                self.whitespace = false;
                self.indention = false;
                // A line of a folded scalar loses its leading spaces unless they are escaped.
                let next = if escaped.is_some() { chars.peek().map(|&(_, c)| c) } else { Some(c) };
                if next == Some(' ') {
                    self.write("\\");
                }
            }
            if escaped.is_none() {
                pending.push(c);
            }
        }
        self.write(&pending);
        self.indicator("\"", false);
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.len();
    }

    fn indicator(&mut self, text: &str, needs_space: bool) {
        if needs_space && !self.whitespace {
            self.write(" ");
        }
        self.write(text);
        self.whitespace = false;
        self.indention = false;
    }

    /// `-`, `?` or `:` in block style, behind which a collection can go on in the same line.
    fn layout_indicator(&mut self, text: &str) {
        let indention = self.indention;
        self.indicator(text, true);
        self.indention = indention;
    }

    /// Moves to the indentation, on a new line unless this one has nothing yet.
    fn new_line(&mut self) {
        let indent = self.indent.unwrap_or_default();
        let started = self.column > indent || self.column == indent && !self.whitespace;
        if !self.indention || started {
            self.line_break();
        }
        if self.column < indent {
            self.whitespace = true;
            self.write(&" ".repeat(indent - self.column));
        }
    }

    fn line_break(&mut self) {
        self.whitespace = true;
        self.indention = true;
        self.out.push('\n');
        self.column = 0;
    }
}

impl<'a> Scalar<'a> {
    fn new(tag: Tag, text: &'a str, strict: bool) -> Scalar<'a> {
        let plain_is_tag = scalar::implicit_tag(text, strict) == tag;
        Scalar { tag, text, analysis: Analysis::of(text), plain_is_tag }
    }
}

/// Whether `key` goes on one line with its `:`.
fn is_simple(key: &Value) -> bool {
    match key {
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Set(_) => false,
        _ => {
            let mut simple = false;
            with_text(key, |tag, text| {
                simple = !text.is_empty()
                    && !text.contains(['\n', '\u{85}', '\u{2028}', '\u{2029}'])
                    && tag.shorthand().len() + text.chars().count() < SIMPLE_KEY;
            });
            simple
        }
    }
}

/// Calls `with` with the tag and the text of a value that is no collection.
fn with_text(value: &Value, with: impl FnOnce(Tag, &str)) {
    match value {
        Value::Bool(b) => with(Tag::Bool, if *b { "true" } else { "false" }),
        Value::Int(i) => with(Tag::Int, &i.to_string()),
        Value::BigInt(digits) => with(Tag::Int, digits),
        Value::Float(f) => with(Tag::Float, &number::float_text(*f)),
        Value::Str(s) => with(Tag::Str, s),
        Value::Time(t) => with(Tag::Timestamp, t),
        _ => with(Tag::Null, "null"),
    }
}

/// `text` in runs of spaces, of line breaks and of anything else, with their offsets.
fn runs(text: &str) -> impl Iterator<Item = (&str, usize, usize)> {
    let kind = |b: u8| match b {
        b' ' => 0,
        b'\n' => 1,
        _ => 2,
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let first = kind(*bytes.get(start)?);
        at += bytes[start..].iter().take_while(|&&b| kind(b) == first).count();
        Some((&text[start..at], start, at))
    })
}

/// How `c` is written between double quotes, when not as itself.
fn escape(c: char) -> Option<String> {
    let letter = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        ' '..='~' => return None,
        _ => {
            return Some(match u32::from(c) {
                code @ 0..=0xff => format!("\\x{code:02X}"),
                code @ 0..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            });
        }
    };
    Some(format!("\\{letter}"))
}
