//! YAML 1.1 as Guild AI 0.9.0 reads and writes it.
//!
//! [`decode`] answers what `yaml.safe_load` of PyYAML 6 answers once Guild AI's `yaml_util` has
//! patched its rule for floats, and the `encode` functions give the bytes that
//! `yaml_util.encode_yaml` gives. The tests in `tests/differential.rs` compare both with PyYAML
//! itself.
//!
//! ```
//! use guild_plugin_api::Value;
//! # fn main() -> Result<(), guild_yaml::Error> {
//! let value = guild_yaml::decode("lr: 1e-3\nlayers: [1, 0x10]\nname: yes it is\n")?;
//! assert_eq!(value.get("lr"), Some(&Value::Float(0.001)));
//! assert_eq!(guild_yaml::encode(&value), "layers:\n- 1\n- 16\nlr: 0.001\nname: yes it is");
//! # Ok(())
//! # }
//! ```

mod analysis;
mod block_scalar;
mod compose;
mod construct;
mod emitter;
mod error;
mod events;
mod key;
mod number;
mod places;
mod scalar;
mod script;
mod short;
mod source;
mod strictness;
mod tag;
mod timestamp;
mod wording;

use guild_plugin_api::Value;

pub use error::Error;
pub use number::python_float_repr;
pub use places::{Entry, Place, Places};

use emitter::Style;

/// Reads the one document in `text`, as `yaml_util.decode_yaml` does. Empty text is null.
///
/// Dates and times become [`Value::Time`] with the text of Python's `str`; `!!omap` and `!!pairs`
/// become lists of lists of two. Of equal keys the last one wins, and keys are equal as in Python:
/// `1`, `1.0` and `true` are one key.
///
/// # Errors
///
/// What PyYAML refuses: syntax, several documents, unknown tags, collections as keys, dates that
/// are none. Beyond that, what a [`Value`] cannot hold: `!!binary`, a collection that
/// contains itself through an alias, escapes for surrogates; and what would exhaust the memory:
/// collections nested deeper than 500 and aliases that stand for more than a million values.
pub fn decode(text: &str) -> Result<Value, Error> {
    short::decode(text).map_or_else(|| long(text), Ok)
}

fn long(text: &str) -> Result<Value, Error> {
    source::check_characters(text)?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    read(body).map_err(|fault| {
        let (line, column) = source::position(body, fault.at);
        Error::at(line, column, fault.message)
    })
}

fn read(text: &str) -> Result<Value, events::Fault> {
    let (mut graph, root) = compose::compose(events::read(text)?)?;
    root.map_or(Ok(Value::Null), |root| construct::construct(&mut graph, root))
}

/// Reads the one document in `bytes`, which are UTF-8, or UTF-16 after its byte order mark.
///
/// # Errors
///
/// Those of [`decode`], and bytes that are no text in their encoding.
pub fn decode_bytes(bytes: &[u8]) -> Result<Value, Error> {
    decode(&source::from_bytes(bytes)?)
}

/// As [`decode_bytes`], with where in the text everything is.
///
/// # Errors
///
/// Those of [`decode_bytes`].
///
/// ```
/// # fn main() -> Result<(), guild_yaml::Error> {
/// let (_, places) = guild_yaml::decode_with_places(b"train: train.py\ntest:\n  main: x\n")?;
/// let entries = places.root().map(|root| root.entries()).unwrap_or_default();
/// let lines: Vec<_> = entries.iter().map(|e| (e.key, e.at.position(), e.value.position())).collect();
/// assert_eq!(lines, [("train", (1, 1), (1, 8)), ("test", (2, 1), (3, 3))]);
/// # Ok(())
/// # }
/// ```
pub fn decode_with_places(bytes: &[u8]) -> Result<(Value, Places), Error> {
    let text = source::from_bytes(bytes)?;
    source::check_characters(&text)?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Places::read(body).map_err(|fault| {
        let (line, column) = source::position(body, fault.at);
        Error::at(line, column, fault.message)
    })
}

/// The line of this number, from 1, of the text in `bytes`, without its end; empty where there is
/// none. Lines are those of the positions in [`Error`] and [`Places`].
///
/// ```
/// assert_eq!(guild_yaml::line("a: 1\r\né: 2\u{85}b".as_bytes(), 2), "é: 2");
/// assert_eq!(guild_yaml::line(b"a", 2), "");
/// ```
pub fn line(bytes: &[u8], number: usize) -> String {
    let text = source::from_bytes(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes));
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut starts = source::line_starts(text).skip(number.saturating_sub(1));
    let Some(start) = starts.next() else { return String::new() };
    let end = starts.next().unwrap_or(text.len());
    text[start..end].trim_end_matches(source::is_break).to_owned()
}

/// Writes `value` as `yaml_util.encode_yaml(value)` does: block style, keys sorted where Python
/// can sort them, lines folded beyond 80 columns, all but ASCII escaped, no line break at the end.
pub fn encode(value: &Value) -> String {
    emitter::emit(value, Style::default())
}

/// Writes `value` as `yaml_util.encode_yaml(value, default_flow_style=True)` does: like
/// [`encode`], with all collections in brackets.
pub fn encode_flow(value: &Value) -> String {
    emitter::emit(value, Style { flow: true, ..Style::default() })
}

/// Writes `value` as `yaml_util.encode_yaml(value, strict=True)` does, which is how attributes of
/// a run are written: like [`encode`], with the letters `y` and `n` quoted because other readers
/// take them for booleans.
pub fn encode_strict(value: &Value) -> String {
    emitter::emit(value, Style { strict: true, ..Style::default() })
}

/// The value of the plain scalar `text`: an integer, a float, a boolean, null, a date or time, and
/// otherwise the text itself.
///
/// Text that has the form of a number or a date but stands for none (`2020-13-45`) is an error in
/// a document; here it is text.
pub fn resolve_plain(text: &str) -> Value {
    let tag = scalar::implicit_tag(text, false);
    scalar::construct(&tag, text).unwrap_or_else(|_| Value::str(text))
}
