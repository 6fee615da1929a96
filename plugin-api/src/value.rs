//! [`Value`]: what a flag, an attribute or a Guild file entry can hold.

use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value as Guild AI 0.9.0 reads it from YAML, command lines and scripts.
///
/// In the payload between host and plugin a value is the JSON that one expects. What JSON cannot
/// say is an object with one reserved key:
///
/// | value | JSON |
/// |---|---|
/// | an integer beyond 64 bits | `{"$int": "123456789012345678901234567890"}` |
/// | infinity, not a number | `{"$float": "inf"}`, `"-inf"`, `"nan"` |
/// | a date or time | `{"$time": "2020-01-02"}` |
/// | a set | `{"$set": [1, 2]}` |
/// | a map with keys that are not strings, or that start with `$` | `{"$map": [[1, "a"], [2, "b"]]}` |
///
/// ```
/// use guild_plugin_api::Value;
/// let v: Value = serde_json::from_str(r#"[1, 2.5, "x", null, true, {"$int": "1e"}]"#).unwrap_or_default();
/// assert_eq!(v, Value::Null); // "1e" is no integer: the payload is refused as a whole
/// let v: Value = serde_json::from_str(r#"{"lr": 0.1}"#).unwrap_or_default();
/// assert_eq!(v.get("lr"), Some(&Value::Float(0.1)));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `null`, `None`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of up to 64 bits.
    Int(i64),
    /// An integer that does not fit 64 bits: its decimal digits, with `-` when negative.
    BigInt(String),
    /// A floating point number, infinities and NaN included.
    Float(f64),
    /// Text.
    Str(String),
    /// A date or a time, in the form that Python's `str` gives it.
    Time(String),
    /// A sequence.
    List(Vec<Value>),
    /// Distinct values without an order, as `!!set` in YAML; kept in the order of their source.
    Set(Vec<Value>),
    /// A mapping, in the order of its source.
    Map(Map),
}

/// A mapping from values to values that keeps the order of its source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map(Vec<(Value, Value)>);

impl Value {
    /// A string value.
    pub fn str(s: impl Into<String>) -> Value {
        Value::Str(s.into())
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The number of an integer that fits 64 bits.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(l) => Some(l),
            _ => None,
        }
    }

    /// The mapping of a map value.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(m) => Some(m),
            _ => None,
        }
    }

    /// What a map value holds under the string `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

impl Map {
    /// An empty map.
    pub fn new() -> Map {
        Map::default()
    }

    /// What the map holds under the string `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(_, v)| v)
    }

    /// The value for a key that is a text, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(k, _)| k.as_str() == Some(key)).map(|(_, v)| v)
    }

    /// Sets `key`, keeping its place when it is there already, and returns what it held.
    pub fn insert(&mut self, key: impl Into<Value>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => Some(std::mem::replace(old, value)),
            None => {
                self.0.push((key, value));
                None
            }
        }
    }

    /// Adds an entry without looking whether its key is there: for readers that know it is not.
    pub fn push(&mut self, key: Value, value: Value) {
        self.0.push((key, value));
    }

    /// Removes `key` and returns what it held.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let i = self.0.iter().position(|(k, _)| k.as_str() == Some(key))?;
        Some(self.0.remove(i).1)
    }

    /// The entries, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Value, Value)> {
        self.0.iter()
    }

    /// The entries in order, their values to change.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Value, &mut Value)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = &'a (Value, Value);
    type IntoIter = std::slice::Iter<'a, (Value, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Map {
    type Item = (Value, Value);
    type IntoIter = std::vec::IntoIter<(Value, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// For readers that know that no key is there twice.
impl From<Vec<(Value, Value)>> for Map {
    fn from(entries: Vec<(Value, Value)>) -> Map {
        Map(entries)
    }
}

impl<K: Into<Value>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(iter: I) -> Map {
        Map(iter.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}
impl From<i64> for Value {
    fn from(i: i64) -> Value {
        Value::Int(i)
    }
}
impl From<i32> for Value {
    fn from(i: i32) -> Value {
        Value::Int(i.into())
    }
}
impl From<f64> for Value {
    fn from(f: f64) -> Value {
        Value::Float(f)
    }
}
impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::Str(s.into())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Value {
        Value::Str(s)
    }
}
impl From<Map> for Value {
    fn from(m: Map) -> Value {
        Value::Map(m)
    }
}
impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(l: Vec<T>) -> Value {
        Value::List(l.into_iter().map(Into::into).collect())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let reserved = |s: S, key: &str, text: &str| {
            let mut m = s.serialize_map(Some(1))?;
            m.serialize_entry(key, text)?;
            m.end()
        };
        match self {
            Value::Null => s.serialize_unit(),
            Value::Bool(b) => s.serialize_bool(*b),
            Value::Int(i) => s.serialize_i64(*i),
            Value::BigInt(digits) => reserved(s, "$int", digits),
            Value::Float(f) if f.is_nan() => reserved(s, "$float", "nan"),
            Value::Float(f) if f.is_infinite() => {
                reserved(s, "$float", if *f > 0.0 { "inf" } else { "-inf" })
            }
            Value::Float(f) => s.serialize_f64(*f),
            Value::Str(t) => s.serialize_str(t),
            Value::Time(t) => reserved(s, "$time", t),
            Value::List(l) => l.serialize(s),
            Value::Set(items) => {
                let mut m = s.serialize_map(Some(1))?;
                m.serialize_entry("$set", items)?;
                m.end()
            }
            Value::Map(m) => m.serialize(s),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let plain = self.iter().all(|(k, _)| k.as_str().is_some_and(|k| !k.starts_with('$')));
        let mut m = s.serialize_map(None)?;
        if plain {
            for (k, v) in self {
                m.serialize_entry(k, v)?;
            }
        } else {
            m.serialize_entry("$map", &Pairs(&self.0))?;
        }
        m.end()
    }
}

struct Pairs<'a>(&'a [(Value, Value)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut seq = s.serialize_seq(Some(self.0.len()))?;
        for pair in self.0 {
            seq.serialize_element(pair)?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Value, D::Error> {
        d.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Map, D::Error> {
        match Value::deserialize(d)? {
            Value::Map(m) => Ok(m),
            Value::Null => Ok(Map::new()),
            other => Err(de::Error::custom(format!("expected a map, got {other:?}"))),
        }
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        Value::deserialize(d)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E>(self, i: i64) -> Result<Value, E> {
        Ok(Value::Int(i))
    }
    fn visit_u64<E>(self, u: u64) -> Result<Value, E> {
        Ok(i64::try_from(u).map_or_else(|_| Value::BigInt(u.to_string()), Value::Int))
    }
    fn visit_f64<E>(self, f: f64) -> Result<Value, E> {
        Ok(Value::Float(f))
    }
    fn visit_str<E>(self, s: &str) -> Result<Value, E> {
        Ok(Value::Str(s.into()))
    }
    fn visit_string<E>(self, s: String) -> Result<Value, E> {
        Ok(Value::Str(s))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((k, v)) = access.next_entry::<String, Value>()? {
            map.push(Value::Str(k), v);
        }
        reserved_form(map).map_err(de::Error::custom)
    }
}

/// Turns `{"$int": …}` and its like into what they stand for.
fn reserved_form(map: Map) -> Result<Value, String> {
    let [(Value::Str(key), content)] = map.0.as_slice() else { return Ok(Value::Map(map)) };
    match (key.as_str(), content) {
        ("$int", Value::Str(s)) => {
            let digits = s.strip_prefix('-').unwrap_or(s);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(format!("`{s}` is no integer"));
            }
            Ok(s.parse().map_or_else(|_| Value::BigInt(s.clone()), Value::Int))
        }
        ("$float", Value::Str(s)) => {
            s.parse().map(Value::Float).map_err(|_| format!("`{s}` is no number"))
        }
        ("$time", Value::Str(s)) => Ok(Value::Time(s.clone())),
        ("$set", Value::List(items)) => Ok(Value::Set(items.clone())),
        ("$map", Value::List(pairs)) => {
            let mut out = Map::new();
            for pair in pairs {
                match pair.as_list() {
                    Some([k, v]) => out.push(k.clone(), v.clone()),
                    _ => return Err("`$map` holds something else than pairs".into()),
                }
            }
            Ok(Value::Map(out))
        }
        (key, _) if key.starts_with('$') => Err(format!("`{key}` is not a known form of a value")),
        _ => Ok(Value::Map(map)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(v: &Value) -> Value {
        serde_json::from_str(&serde_json::to_string(v).unwrap()).unwrap()
    }

    #[test]
    fn every_form_survives_the_payload() {
        let odd_keys: Map =
            [(Value::Int(1), Value::str("a")), (Value::Null, Value::Null)].into_iter().collect();
        let dollar: Map = [("$int", "no number")].into_iter().collect();
        for v in [
            Value::Null,
            Value::from(true),
            Value::Int(i64::MIN),
            Value::BigInt("-123456789012345678901234567890".into()),
            Value::Float(f64::INFINITY),
            Value::Float(f64::NEG_INFINITY),
            Value::Float(1e-300),
            Value::Float(3.0),
            Value::str("ü\u{0}\n"),
            Value::Time("2020-01-02 03:04:05".into()),
            Value::from(vec![Value::Int(1), Value::from(vec!["x"])]),
            Value::Set(vec![Value::Int(1), Value::str("x")]),
            Value::Map(odd_keys),
            Value::Map(dollar),
        ] {
            assert_eq!(round_trip(&v), v);
        }
        assert!(matches!(round_trip(&Value::Float(f64::NAN)), Value::Float(f) if f.is_nan()));
    }

    #[test]
    fn a_large_unsigned_number_is_a_big_integer() {
        let v: Value = serde_json::from_str("18446744073709551615").unwrap();
        assert_eq!(v, Value::BigInt("18446744073709551615".into()));
    }

    #[test]
    fn order_is_kept_and_insert_replaces_in_place() {
        let mut m: Map = [("b", 1), ("a", 2)].into_iter().collect();
        assert_eq!(m.insert("b", 3), Some(Value::Int(1)));
        assert_eq!(serde_json::to_string(&m).unwrap(), r#"{"b":3,"a":2}"#);
    }
}
