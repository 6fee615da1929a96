//! From bytes to the text of a document: encodings, byte order marks and forbidden characters.

use std::borrow::Cow;

use crate::error::Error;

/// The text in `bytes`: UTF-16 when they start with its byte order mark, UTF-8 otherwise.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let utf16 = match bytes {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes as fn([u8; 2]) -> u16)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes as fn([u8; 2]) -> u16)),
        _ => None,
    };
    if let Some((rest, unit)) = utf16 {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        return match text {
            Ok(text) if rest.len() % 2 == 0 => Ok(text.into()),
            _ => Err(Error::at(1, 1, "'utf-16' codec can't decode bytes: truncated or illegal")),
        };
    }
    std::str::from_utf8(bytes).map(Cow::from).map_err(|e| {
        let (valid, rest) = bytes.split_at(e.valid_up_to());
        let byte = rest.first().copied().unwrap_or_default();
        let (line, column) = position(&String::from_utf8_lossy(valid), valid.len());
        Error::at(line, column, format!("'utf-8' codec can't decode byte #x{byte:02x}"))
    })
}

/// Refuses the characters that PyYAML finds unprintable: most control characters and the two
/// noncharacters at the end of the basic plane. They are allowed as escapes only.
pub(crate) fn check_characters(text: &str) -> Result<(), Error> {
    // What most documents are made of.
    if text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n')) {
        return Ok(());
    }
    let allowed = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        _ => matches!(c, ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..),
    };
    match text.char_indices().find(|&(_, c)| !allowed(c)) {
        None => Ok(()),
        Some((at, c)) => {
            let (line, column) = position(text, at);
            let code = u32::from(c);
            let message =
                format!("unacceptable character #x{code:04x}: special characters are not allowed");
            Err(Error::at(line, column, message))
        }
    }
}

/// Line and column, from 1, of the byte offset `at`.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let (line, start) = line_starts(text)
        .take_while(|start| *start <= before.len())
        .enumerate()
        .last()
        .unwrap_or_default();
    (line + 1, before[start..].chars().count() + 1)
}

/// The byte offsets at which the lines of `text` start: 0, and behind each break.
pub(crate) fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let behind = text.char_indices().filter_map(|(i, c)| {
        let crlf = c == '\r' && text[i + 1..].starts_with('\n');
        (is_break(c) && !crlf).then(|| i + c.len_utf8())
    });
    std::iter::once(0).chain(behind)
}

/// Whether `c` ends a line in YAML 1.1.
pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_known_by_its_mark() {
        let le: Vec<u8> = [0xff, 0xfe].into_iter().chain([b'a', 0, 0xe9, 0]).collect();
        assert_eq!(from_bytes(&le).unwrap(), "aé");
        assert!(from_bytes(&[0xfe, 0xff, 0xd8]).is_err());
        assert_eq!(from_bytes(b"ok").unwrap(), "ok");
    }

    #[test]
    fn bad_bytes_and_characters_are_located() {
        let e = from_bytes(b"a\nb\xff").unwrap_err();
        assert_eq!((e.line, e.column), (2, 2));
        let e = check_characters("é\r\nab\u{7}").unwrap_err();
        assert_eq!((e.line, e.column), (2, 3));
        assert!(check_characters("\u{fffe}").is_err());
        assert!(check_characters("\u{feff}\u{85}\u{1f600}").is_ok());
    }
}
