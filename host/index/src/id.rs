//! [`Id`]: a run's name as a number.

use std::hash::{BuildHasherDefault, Hash, Hasher};

/// An id as Guild makes them: 32 hexadecimal digits, in small letters. Of a run with another name
/// nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(pub [u8; 16]);

impl Id {
    pub fn of(name: &str) -> Option<Id> {
        let small = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let is_id = name.len() == NAME && name.bytes().all(small);
        let number = is_id.then(|| u128::from_str_radix(name, 16).ok())??;
        Some(Id(number.to_be_bytes()))
    }

    /// Both halves in one: what is no random number may be the same in one of them.
    pub fn half(self) -> i64 {
        let number = u128::from_be_bytes(self.0);
        (number as u64 ^ (number >> 64) as u64).cast_signed()
    }

    #[inline]
    pub fn name(self) -> [u8; NAME] {
        let mut name = [0; NAME];
        for (digits, byte) in name.as_chunks_mut().0.iter_mut().zip(&self.0) {
            *digits = DIGITS[usize::from(*byte)];
        }
        name
    }
}

/// Bytes of a name.
pub(crate) const NAME: usize = 32;

/// The two digits of each byte: ten thousand names are written for each list.
const DIGITS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut all = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        all[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    all
};

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.half().cast_unsigned());
    }
}

/// Ids are random numbers: they need no hashing.
#[derive(Default)]
pub(crate) struct Plain(u64);

/// What makes a map of ids.
pub(crate) type PlainHash = BuildHasherDefault<Plain>;

impl Hasher for Plain {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_as_it_was_read() {
        for name in ["00000000000000000000000000000000", "0123456789abcdef00ff10a7f8e9d6c5"] {
            assert_eq!(Id::of(name).unwrap().name(), name.as_bytes());
        }
        for name in ["", "0123456789ABCDEF00ff10a7f8e9d6c5", "+123456789abcdef00ff10a7f8e9d6c5"] {
            assert_eq!(Id::of(name), None);
        }
    }
}
