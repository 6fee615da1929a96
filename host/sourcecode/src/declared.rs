//! Encodings that HTML and XML say they are in.
//!
//! Of these only encodings matter that have a character for the byte 255, since without that byte
//! the question does not come up. The most usual such text is Russian in Windows-1251, where it is
//! the letter я.

/// Whether the start of a document says that it is in an encoding with one byte per character, and
/// can be.
pub(crate) fn decodes(sample: &[u8]) -> bool {
    // Each byte as the character of the same number: only ASCII is looked at.
    let text: String = sample.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let undefined = declared(&text).find_map(undefined_bytes);
    undefined.is_some_and(|undefined| !sample.iter().any(|byte| undefined.contains(byte)))
}

/// The names of encodings in XML's first line and in HTML's `meta`.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    let xml = tags(text, "<?xml").filter_map(|tag| value(tag, "encoding"));
    let html = tags(text, "<meta").filter_map(|tag| value(tag, "charset"));
    xml.chain(html)
}

/// What is in the tags that start like this, up to their ends.
fn tags<'a>(text: &'a str, start: &str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(|rest| {
        let tag = &rest[..rest.find(['<', '>'])?];
        tag.starts_with(|c: char| c.is_ascii_whitespace()).then_some(tag)
    })
}

/// What `name=` is followed by, without quotes.
fn value<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = &tag[tag.find(name)? + name.len()..];
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    rest.split(|c: char| c.is_ascii_whitespace() || "\"';?/".contains(c)).next()
}

/// The bytes that mean nothing in an encoding, as far as it is known here.
fn undefined_bytes(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "windows-1251" | "cp1251" => &[0x98],
        "windows-1252" | "cp1252" => &[0x81, 0x8d, 0x8f, 0x90, 0x9d],
        "windows-1250" | "cp1250" => &[0x81, 0x83, 0x88, 0x90, 0x98],
        "windows-1254" | "cp1254" => &[0x81, 0x8d, 0x8e, 0x8f, 0x90, 0x9d, 0x9e],
        "koi8-r" | "koi8-u" | "ibm866" | "cp866" | "windows-1256" | "latin1" | "latin-1" => &[],
        "iso-8859-1" | "iso-8859-2" | "iso-8859-4" | "iso-8859-5" | "iso-8859-9"
        | "iso-8859-10" | "iso-8859-13" | "iso-8859-14" | "iso-8859-15" | "iso-8859-16" => &[],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_counts_if_it_can_be() {
        for (sample, expected) in [
            (&b"<?xml version='1.0' encoding='windows-1251'?>\n<a>\xff</a>"[..], true),
            (b"<?xml version=\"1.0\" encoding = \"Windows-1251\" ?><a>\x98</a>", false),
            (b"<html><META charset=KOI8-R><p>\xff", true),
            (b"<meta http-equiv='content-type' content='text/html; charset=iso-8859-1'>\xff", true),
            (b"<meta name=x><meta charset='cp1251'/>\xff", true),
            (b"<meta charset=unheard-of>\xff", false),
            (b"<metadata charset=koi8-r>\xff", false),
            (b"<meta charset=koi8-r", false),
            (b"encoding='koi8-r' \xff", false),
        ] {
            assert_eq!(decodes(sample), expected, "{sample:?}");
        }
    }
}
