//! The scalars of an event, taken from its bytes as they lie.
//!
//! Reading the scalars of thousands of runs is reading millions of events of one value each, and
//! decoding those into `message`'s types is mostly making strings and lists that are dropped at
//! once. What [`plain`] takes means the same there and here; everything else, damage included, is
//! left to the messages.

mod tensor;

use std::str;

use prost::encoding::{DecodeContext, WireType, decode_varint, skip_field};
use prost::{DecodeError, Message};

use super::message::Event;

/// Gives each scalar in the bytes of an event, in order, to `found`: tag, value, step. Of an event
/// that is damaged anywhere none is given.
///
/// # Errors
/// Those of decoding an event.
pub(super) fn scalars(
    data: &[u8],
    found: &mut impl FnMut(&str, f64, i64),
) -> Result<(), DecodeError> {
    let (mut count, mut last) = (0, None);
    let step = plain(data, &mut |tag, value| {
        count += 1;
        last = Some((tag, value));
    });
    match (step, last) {
        (Some(step), Some((tag, value))) if count == 1 => found(tag, value, step),
        // Now that it is known to be whole.
        (Some(step), _) => drop(plain(data, &mut |tag, value| found(tag, value, step))),
        (None, _) => {
            let event = Event::decode(data)?;
            for value in event.summary.iter().flat_map(|summary| &summary.value) {
                if let Some(number) = value.number.as_ref().and_then(|number| number.value()) {
                    found(&value.tag, number, event.step);
                }
            }
        }
    }
    Ok(())
}

/// Gives the scalars of an event to `given`, and tells its step. `None`: it is written in a way that
/// hardly any is (with groups, or tensors in parts), or is none; what was given does not count.
fn plain<'a>(mut data: &'a [u8], given: &mut impl FnMut(&'a str, f64)) -> Option<i64> {
    const STEP: u64 = key(2, WireType::Varint);
    const FILE_VERSION: u64 = key(3, WireType::LengthDelimited);
    const SUMMARY: u64 = key(5, WireType::LengthDelimited);
    let mut step = 0;
    while !data.is_empty() {
        match varint(&mut data)? {
            STEP => step = varint(&mut data)? as i64,
            FILE_VERSION => drop(text(&mut data)?),
            SUMMARY => summary(bytes(&mut data)?, given)?,
            other => skip(other, &[2, 3, 5], &mut data)?,
        }
    }
    Some(step)
}

fn summary<'a>(mut data: &'a [u8], given: &mut impl FnMut(&'a str, f64)) -> Option<()> {
    const VALUE: u64 = key(1, WireType::LengthDelimited);
    while !data.is_empty() {
        match varint(&mut data)? {
            VALUE => {
                let (tag, number) = value(bytes(&mut data)?)?;
                // Without one it is an image, say.
                number.into_iter().for_each(|number| given(tag, number));
            }
            other => skip(other, &[1], &mut data)?,
        }
    }
    Some(())
}

fn value(mut data: &[u8]) -> Option<(&str, Option<f64>)> {
    const TAG: u64 = key(1, WireType::LengthDelimited);
    const SIMPLE: u64 = key(2, WireType::ThirtyTwoBit);
    const TENSOR: u64 = key(8, WireType::LengthDelimited);
    let (mut tag, mut number, mut is_tensor) = ("", None, false);
    while !data.is_empty() {
        match varint(&mut data)? {
            TAG => tag = text(&mut data)?,
            SIMPLE => {
                let (bits, rest) = data.split_first_chunk()?;
                (number, is_tensor) = (Some(f64::from(f32::from_le_bytes(*bits))), false);
                data = rest;
            }
            // Of a second one in a row the parts would count as the first one's.
            TENSOR if is_tensor => return None,
            TENSOR => (number, is_tensor) = (tensor::value(bytes(&mut data)?)?, true),
            other => skip(other, &[1, 2, 8], &mut data)?,
        }
    }
    Some((tag, number))
}

/// What a field begins with: its number and what it is made of.
const fn key(number: u32, kind: WireType) -> u64 {
    ((number << 3) | kind as u32) as u64
}

/// Passes over a field, unless it is one of those that are `known`, which then is made of something
/// else than it should. How deep groups may lie in each other depends on where they are, which the
/// messages know.
fn skip(key: u64, known: &[u32], data: &mut &[u8]) -> Option<()> {
    let number = u32::try_from(key).ok()? >> 3;
    let kind = WireType::try_from(key & 7).ok()?;
    if number == 0 || known.contains(&number) || kind == WireType::StartGroup {
        return None;
    }
    skip_field(kind, number, data, DecodeContext::default()).ok()
}

#[inline]
fn varint(data: &mut &[u8]) -> Option<u64> {
    match data.split_first()? {
        (first, rest) if *first < 0x80 => {
            *data = rest;
            Some(u64::from(*first))
        }
        _ => long_varint(data),
    }
}

fn long_varint(data: &mut &[u8]) -> Option<u64> {
    decode_varint(data).ok()
}

fn bytes<'a>(data: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(data)?).ok()?;
    take(length, data)
}

fn take<'a>(length: usize, data: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (taken, rest) = data.split_at_checked(length)?;
    *data = rest;
    Some(taken)
}

fn text<'a>(data: &mut &'a [u8]) -> Option<&'a str> {
    str::from_utf8(bytes(data)?).ok()
}

#[cfg(test)]
mod tests;
