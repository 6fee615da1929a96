//! Tensors, as TensorFlow 2 writes scalars.

use prost::encoding::WireType;

use super::super::message::one_float;
use super::{bytes, key, skip, take, varint};

/// The number, unless it holds anything else than one. `None`: as [`super::plain`].
pub(super) fn value(mut data: &[u8]) -> Option<Option<f64>> {
    const DTYPE: u64 = key(1, WireType::Varint);
    const SHAPE: u64 = key(2, WireType::LengthDelimited);
    const CONTENT: u64 = key(4, WireType::LengthDelimited);
    const FLOAT: u64 = key(5, WireType::ThirtyTwoBit);
    const FLOATS: u64 = key(5, WireType::LengthDelimited);
    const DOUBLE: u64 = key(6, WireType::SixtyFourBit);
    const DOUBLES: u64 = key(6, WireType::LengthDelimited);
    let (mut dtype, mut content, mut is_one) = (0, &b""[..], true);
    let (mut floats, mut doubles) = (Numbers::NONE, Numbers::NONE);
    while !data.is_empty() {
        match varint(&mut data)? {
            DTYPE => dtype = varint(&mut data)? as i32,
            SHAPE => is_one &= shape(bytes(&mut data)?)?,
            CONTENT => content = bytes(&mut data)?,
            FLOAT => floats.add(take(4, &mut data)?)?,
            FLOATS => floats.add(bytes(&mut data)?)?,
            DOUBLE => doubles.add(take(8, &mut data)?)?,
            DOUBLES => doubles.add(bytes(&mut data)?)?,
            other => skip(other, &[1, 2, 4, 5, 6], &mut data)?,
        }
    }
    let float = floats.only().map(f32::from_le_bytes);
    let double = doubles.only().map(f64::from_le_bytes);
    Some(one_float(dtype, content, float, double).filter(|_| is_one))
}

/// Whether all dimensions are of size 1.
fn shape(mut data: &[u8]) -> Option<bool> {
    const DIMENSION: u64 = key(2, WireType::LengthDelimited);
    let mut is_one = true;
    while !data.is_empty() {
        match varint(&mut data)? {
            DIMENSION => is_one &= dimension(bytes(&mut data)?)? == 1,
            other => skip(other, &[2], &mut data)?,
        }
    }
    Some(is_one)
}

fn dimension(mut data: &[u8]) -> Option<i64> {
    const SIZE: u64 = key(1, WireType::Varint);
    let mut size = 0;
    while !data.is_empty() {
        match varint(&mut data)? {
            SIZE => size = varint(&mut data)? as i64,
            other => skip(other, &[1], &mut data)?,
        }
    }
    Some(size)
}

/// Numbers of `N` bytes, of which one alone is of interest.
struct Numbers<const N: usize> {
    count: usize,
    last: [u8; N],
}

impl<const N: usize> Numbers<N> {
    const NONE: Numbers<N> = Numbers { count: 0, last: [0; N] };

    fn add(&mut self, data: &[u8]) -> Option<()> {
        let (numbers, rest) = data.as_chunks();
        self.count += numbers.len();
        self.last = *numbers.last().unwrap_or(&self.last);
        rest.is_empty().then_some(())
    }

    fn only(&self) -> Option<[u8; N]> {
        (self.count == 1).then_some(self.last)
    }
}
