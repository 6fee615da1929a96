//! Whether bytes that are not plainly text are text in some Unicode encoding.
//!
//! Stands in for chardet (7.7, as installed with 0.9.0 today) at one question: is it sure of an
//! encoding, and do the bytes decode in it? The stages that can be sure are byte order marks,
//! UTF-16 and UTF-32 without a mark, UTF-8, and what HTML and XML declare; source: chardet's
//! documentation and behaviour.
//! Its guesses from language statistics stay below the 0.9 that 0.9.0 asks for. Left out are the
//! sure ones that text hardly ever needs here: UTF-7, ISO-2022, EBCDIC, and Chinese or Japanese in
//! encodings other than Unicode without a single ASCII character.

use crate::declared;
use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// Whether chardet would be sure of the encoding of `sample`, and be right.
pub(crate) fn decodes(sample: &[u8]) -> bool {
    if let Some(encoding) = marked(sample) {
        return encoding.decode(sample, Tail::Strict).is_some();
    }
    if let Some(encoding) = unmarked(sample) {
        return encoding.decode(sample, Tail::Strict).is_some();
    }
    match std::str::from_utf8(sample) {
        Ok(text) if !text.is_ascii() => surely_utf8(sample),
        _ => !has_many_controls(sample) && declared::decodes(sample),
    }
}

/// An encoding, and whether the text starts with a byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8Marked,
    Utf16 { big: bool, marked: bool },
    Utf32 { big: bool, marked: bool },
}

/// What to think of a character that the end of the sample cuts off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    Strict,
    Tolerant,
}

impl Encoding {
    fn decode(self, bytes: &[u8], tail: Tail) -> Option<String> {
        match self {
            Encoding::Utf8Marked => match std::str::from_utf8(&bytes[3..]) {
                Ok(text) => Some(text.to_owned()),
                Err(error) if tail == Tail::Tolerant && error.error_len().is_none() => {
                    Some(String::from_utf8_lossy(&bytes[3..3 + error.valid_up_to()]).into_owned())
                }
                Err(_) => None,
            },
            Encoding::Utf16 { big, marked } => {
                decode_utf16(&bytes[if marked { 2 } else { 0 }..], big, tail)
            }
            Encoding::Utf32 { big, marked } => {
                decode_utf32(&bytes[if marked { 4 } else { 0 }..], big, tail)
            }
        }
    }
}

fn decode_utf16(bytes: &[u8], big: bool, tail: Tail) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if tail == Tail::Strict && !rest.is_empty() {
        return None;
    }
    let mut units: Vec<u16> = pairs
        .iter()
        .map(|&pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
        .collect();
    if tail == Tail::Tolerant && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
        units.pop();
    }
    String::from_utf16(&units).ok()
}

fn decode_utf32(bytes: &[u8], big: bool, tail: Tail) -> Option<String> {
    let (quads, rest) = bytes.as_chunks::<4>();
    if tail == Tail::Strict && !rest.is_empty() {
        return None;
    }
    let unit = |&quad| if big { u32::from_be_bytes(quad) } else { u32::from_le_bytes(quad) };
    quads.iter().map(|quad| char::from_u32(unit(quad))).collect()
}

/// The encoding by byte order mark, if what follows decodes.
fn marked(sample: &[u8]) -> Option<Encoding> {
    let utf32 = match sample {
        [0, 0, 0xfe, 0xff, ..] => Some(true),
        [0xff, 0xfe, 0, 0, ..] => Some(false),
        _ => None,
    };
    let encoding = match (utf32, sample) {
        // Its mark starts like that of UTF-16, so its length must fit as well.
        (Some(big), _) if sample.len().is_multiple_of(4) => Encoding::Utf32 { big, marked: true },
        (_, [0xef, 0xbb, 0xbf, ..]) => Encoding::Utf8Marked,
        (_, [0xfe, 0xff, ..]) => Encoding::Utf16 { big: true, marked: true },
        (_, [0xff, 0xfe, ..]) => Encoding::Utf16 { big: false, marked: true },
        _ => return None,
    };
    encoding.decode(sample, Tail::Tolerant).map(|_| encoding)
}

/// The encoding by where the zero bytes are, if all decodes.
fn unmarked(sample: &[u8]) -> Option<Encoding> {
    if sample.len() < 10 {
        return None;
    }
    let encoding = utf32_by_zeros(sample).or_else(|| utf16_by_zeros(sample))?;
    encoding.decode(sample, Tail::Tolerant).map(|_| encoding)
}

fn utf32_by_zeros(sample: &[u8]) -> Option<Encoding> {
    let (quads, _) = sample.as_chunks::<4>();
    if quads.len() < 4 {
        return None;
    }
    // The byte that is always zero, and the one that is for all but rare characters.
    [(true, 0, 1), (false, 3, 2)].into_iter().find_map(|(big, always, mostly)| {
        let zeros = |at: usize| quads.iter().filter(|quad| quad[at] == 0).count();
        if zeros(always) < quads.len() || zeros(mostly) * 2 <= quads.len() {
            return None;
        }
        let text = decode_utf32(quads.as_flattened(), big, Tail::Strict)?;
        looks_like_text(&text).then_some(Encoding::Utf32 { big, marked: false })
    })
}

/// UTF-16 if enough units have a zero byte; both byte orders are tried then, and the one that
/// reads better wins.
fn utf16_by_zeros(sample: &[u8]) -> Option<Encoding> {
    /// How much of the units must have the zero byte.
    const ENOUGH: f64 = 0.03;
    /// How much better the order must read that the zeros do not speak for.
    const MARGIN: f64 = 0.05;
    /// From where on text reads well.
    const GOOD: f64 = 0.5;

    let (pairs, _) = sample.as_chunks::<2>();
    let zeros = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    let part = |count: usize| count as f64 / pairs.len() as f64;
    let qualifies = |part: f64| part >= ENOUGH && !is_zero_separated(pairs.as_flattened(), part);
    let (big, little) = (part(zeros(0)), part(zeros(1)));
    if !qualifies(big) && !qualifies(little) {
        return None;
    }
    let mut sides = [(false, little), (true, big)];
    if big > little {
        sides.reverse();
    }

    let mut best: Option<(bool, f64, bool)> = None;
    let mut readable = 0;
    let mut qualified_side_decodes = false;
    for (big, part) in sides {
        let Some(text) = decode_utf16(pairs.as_flattened(), big, Tail::Strict) else { continue };
        let qualified = qualifies(part);
        qualified_side_decodes |= qualified;
        if !looks_like_text(&text) {
            continue;
        }
        readable += 1;
        let quality = quality(&text);
        if best.is_none_or(|(_, so_far, _)| quality > so_far + MARGIN) {
            best = Some((big, quality, qualified));
        }
    }
    let (big, quality, qualified) = best?;
    let accepted = if qualified {
        readable == 1 || quality >= GOOD
    } else {
        qualified_side_decodes && quality >= GOOD
    };
    accepted.then_some(Encoding::Utf16 { big, marked: false })
}

/// Whether it is ASCII with zero bytes between the items, like the output of `find -print0`.
fn is_zero_separated(bytes: &[u8], part: f64) -> bool {
    part < 0.75 && bytes.iter().all(|&b| matches!(b, 0 | b'\t' | b'\n' | b'\r' | 0x20..=0x7e))
}

fn looks_like_text(text: &str) -> bool {
    let (mut printable, mut all) = (0_u32, 0_u32);
    for c in text.chars().take(500) {
        all += 1;
        printable += u32::from(is_printable(c) || matches!(c, '\n' | '\r' | '\t'));
    }
    all > 0 && f64::from(printable) / f64::from(all) > 0.7
}

/// As `str.isprintable` of Python.
fn is_printable(c: char) -> bool {
    use Category::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate,
        Unassigned,
    };
    c == ' '
        || !matches!(
            get_general_category(c),
            Control
                | Format
                | Surrogate
                | PrivateUse
                | Unassigned
                | LineSeparator
                | ParagraphSeparator
                | SpaceSeparator
        )
}

/// How much a text looks like one that somebody wrote: for its letters, most of all ASCII ones,
/// and its spaces; -1 for one with many control characters or combining marks.
fn quality(text: &str) -> f64 {
    let (mut all, mut letters, mut ascii, mut marks, mut spaces, mut controls) = (0, 0, 0, 0, 0, 0);
    for c in text.chars().take(500) {
        use Category::{
            Control, EnclosingMark, Format, LowercaseLetter, ModifierLetter, NonspacingMark,
            OtherLetter, PrivateUse, SpaceSeparator, SpacingMark, Surrogate, TitlecaseLetter,
            Unassigned, UppercaseLetter,
        };
        all += 1;
        match get_general_category(c) {
            UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter => {
                letters += 1;
                ascii += u32::from(c.is_ascii());
            }
            NonspacingMark | SpacingMark | EnclosingMark => marks += 1,
            SpaceSeparator => spaces += 1,
            _ if matches!(c, '\n' | '\r' | '\t') => spaces += 1,
            Control | Format | Surrogate | PrivateUse | Unassigned => controls += 1,
            _ => {}
        }
    }
    let part = |count: u32| f64::from(count) / f64::from(all);
    if part(controls) > 0.1 || part(marks) > 0.2 {
        return -1.0;
    }
    let spaced = all > 20 && spaces > 0;
    part(letters) + part(ascii) * 0.5 + if spaced { 0.1 } else { 0.0 }
}

/// Whether there is enough beyond ASCII in UTF-8 for confidence above 0.9.
fn surely_utf8(sample: &[u8]) -> bool {
    let beyond_ascii = sample.iter().filter(|byte| !byte.is_ascii()).count();
    0.8 + 0.19 * f64::min(beyond_ascii as f64 / sample.len() as f64 * 6.0, 1.0) > 0.9
}

/// Whether it is binary for all the control characters in it.
fn has_many_controls(sample: &[u8]) -> bool {
    let controls = sample.iter().filter(|byte| matches!(byte, 0..=8 | 14..=31)).count();
    controls as f64 / sample.len() as f64 > 0.01
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn marks_decide_when_the_rest_decodes() {
        assert!(decodes(b"\xef\xbb\xbfa\0b"));
        assert!(decodes(b"\xff\xfe\0\0a\0\0\0"));
        assert!(decodes(b"\0\0\xfe\xff\0\0\0a"));
        assert!(decodes(b"\xff\xfea\0"));
        // A lone surrogate, half a unit.
        assert!(!decodes(b"\xff\xfe\0\xd8a\0"));
        assert!(!decodes(b"\xff\xfea\0b"));
    }

    #[test]
    fn utf16_is_found_without_a_mark() {
        for text in ["import os\nprint(os)\n", "Привет, мир! Как дела?", "こんにちは 世界 です"]
        {
            assert!(decodes(&utf16(text, false)), "{text}");
            assert!(decodes(&utf16(text, true)), "{text}");
        }
        let utf32: Vec<u8> = "some text".chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
        assert!(decodes(&utf32));
        assert!(!decodes(b"one.txt\0two.txt\0three.txt\0"));
    }

    #[test]
    fn utf8_needs_enough_of_it() {
        assert!(decodes("ééé\0".as_bytes()));
        let plain = "mostly plain text with an é, and then a good deal more of plain text\0";
        assert!(!decodes(plain.as_bytes()));
    }

    proptest! {
        #[test]
        fn never_panics(sample in proptest::collection::vec(any::<u8>(), 0..64)) {
            decodes(&sample);
        }
    }
}
