//! Values as bytes, for the database: numbers of 8 bytes, texts behind their length.

use guild_plugin_api::Value;

/// Puts values one after the other.
#[derive(Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    pub fn signed(&mut self, number: i64) {
        self.0.extend(number.to_le_bytes());
    }

    /// With all its bits: NaN is kept as it is.
    pub fn float(&mut self, number: f64) {
        self.number(number.to_bits());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// A letter for its kind, then what it holds. None where the value is in `depth` others, or of
    /// a kind that has no letter.
    pub fn value(&mut self, value: &Value, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let (kind, text) = match value {
            Value::Null => (b'n', None),
            Value::Bool(value) => (if *value { b't' } else { b'f' }, None),
            Value::Int(value) => {
                self.0.push(b'i');
                self.signed(*value);
                return Some(());
            }
            Value::Float(value) => {
                self.0.push(b'd');
                self.float(*value);
                return Some(());
            }
            Value::List(items) => return self.values(b'l', items.iter(), depth),
            Value::Set(items) => return self.values(b'e', items.iter(), depth),
            Value::Map(map) => {
                let values = map.iter().flat_map(|(key, value)| [key, value]);
                return self.values(b'm', values, depth);
            }
            Value::BigInt(text) => (b'b', Some(text)),
            Value::Str(text) => (b's', Some(text)),
            Value::Time(text) => (b'c', Some(text)),
            _ => return None,
        };
        self.0.push(kind);
        text.iter().for_each(|text| self.bytes(text.as_bytes()));
        Some(())
    }

    fn values<'a>(
        &mut self,
        kind: u8,
        mut values: impl Iterator<Item = &'a Value> + Clone,
        depth: usize,
    ) -> Option<()> {
        self.0.push(kind);
        self.number(values.clone().count() as u64);
        values.try_for_each(|value| self.value(value, depth))
    }
}

/// Takes values off the front. None at the end, or where there is no such value.
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn signed(&mut self) -> Option<i64> {
        self.number().map(u64::cast_signed)
    }

    pub fn float(&mut self) -> Option<f64> {
        self.number().map(f64::from_bits)
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// What [`Writer::value`] put there. None for other bytes, and for values in more than `depth`
    /// others.
    pub fn value(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        Some(match self.byte()? {
            b'n' => Value::Null,
            b't' => Value::Bool(true),
            b'f' => Value::Bool(false),
            b'i' => Value::Int(self.signed()?),
            b'd' => Value::Float(self.float()?),
            b'b' => Value::BigInt(self.text()?.into()),
            b's' => Value::Str(self.text()?.into()),
            b'c' => Value::Time(self.text()?.into()),
            b'l' => Value::List(self.values(depth)?),
            b'e' => Value::Set(self.values(depth)?),
            b'm' => {
                let mut values = self.values(depth)?.into_iter();
                let pair = || Some((values.next()?, values.next()?));
                Value::Map(std::iter::from_fn(pair).collect())
            }
            _ => return None,
        })
    }

    fn values(&mut self, depth: usize) -> Option<Vec<Value>> {
        (0..self.count()?).map(|_| self.value(depth)).collect()
    }

    /// How many of something come next. A number that the bytes cannot hold is none.
    pub fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|count| *count <= self.0.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails loudly")]

    use super::*;

    #[test]
    fn values_there_and_back() {
        let text = "{a: 1, b: [1.5, null, true, false, {}], 3: -9, big: 123456789012345678901, \
                    d: 2026-11-23, s: !!set {x, y}, t: 'ä'}";
        let value = guild_yaml::decode(text).unwrap();
        let mut writer = Writer::default();
        writer.value(&value, 8).unwrap();
        let bytes = writer.0;
        let mut reader = Reader(&bytes);
        assert_eq!(reader.value(8), Some(value));
        assert!(reader.0.is_empty());
        for end in 0..bytes.len() {
            assert_eq!(Reader(&bytes[..end]).value(8), None, "{end}");
        }
    }

    #[test]
    fn depth_has_an_end() {
        let deep = (0..100).fold(Value::Null, |value, _| Value::List(vec![value]));
        let mut writer = Writer::default();
        assert_eq!(Writer::default().value(&deep, 100), None);
        writer.value(&deep, 101).unwrap();
        assert_eq!(Reader(&writer.0).value(100), None);
        assert_eq!(Reader(&writer.0).value(101), Some(deep));
    }
}
