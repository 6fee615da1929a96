//! What PyYAML refuses and libyaml lets pass.

use libyaml_safer::{Event, EventData, MappingStyle, ScalarStyle, SequenceStyle};

use crate::events::{Fault, Stop};
use crate::script::Mend;
use crate::source::is_break;

/// Follows the events over the text that they come from and looks at what lies between them.
///
/// PyYAML knows no tab outside of quotes, comments and block scalars, ends a plain scalar in a
/// flow collection at a `?`, takes a comma as part of a tag, and wants a space before a comment
/// in the first line of a block scalar.
pub(crate) struct Strictness<'a> {
    text: &'a str,
    /// Where characters were inserted, such as a space between a possible tag and a comma.
    inserted: &'a [usize],
    /// Up to where the text is checked.
    checked: usize,
    /// Where the content of the last scalar starts, behind its anchor and tag.
    content: usize,
    /// The open collections: whether each is in flow style, and a map.
    open: Vec<(bool, bool)>,
}

impl<'a> Strictness<'a> {
    pub(crate) fn new(text: &'a str, inserted: &'a [usize]) -> Strictness<'a> {
        Strictness { text, inserted, checked: 0, content: 0, open: Vec::new() }
    }

    /// Where the content of the last scalar starts.
    pub(crate) fn content(&self) -> usize {
        self.content
    }

    /// Checks the text up to the end of `event`; events come in order.
    pub(crate) fn check(&mut self, event: &Event) -> Result<(), Stop> {
        let start = event.start_mark.index as usize;
        let end = event.end_mark.index as usize;
        match &event.data {
            EventData::Scalar { anchor, tag, style, .. } => {
                if end <= self.checked {
                    return Ok(());
                }
                let properties = usize::from(anchor.is_some()) + usize::from(tag.is_some());
                let content = self.properties_end(start, end, properties)?;
                self.check_between(content)?;
                match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => self.check_header(content)?,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {}
                    _ => self.check_plain(content, end)?,
                }
                self.content = content;
                self.checked = end;
            }
            EventData::SequenceStart { tag, anchor, style, .. } => {
                let properties = usize::from(anchor.is_some()) + usize::from(tag.is_some());
                self.properties_end(start, end, properties)?;
                self.open.push((*style == SequenceStyle::Flow, false));
            }
            EventData::MappingStart { tag, anchor, style, .. } => {
                let properties = usize::from(anchor.is_some()) + usize::from(tag.is_some());
                self.properties_end(start, end, properties)?;
                if self.open.last() == Some(&(true, false)) {
                    self.check_pair(start)?;
                }
                self.open.push((*style == MappingStyle::Flow, true));
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                self.open.pop();
            }
            EventData::StreamEnd => self.check_between(self.text.len())?,
            _ => {}
        }
        Ok(())
    }

    /// Where the content of a node starts, behind its anchor and tag.
    fn properties_end(&self, start: usize, end: usize, count: usize) -> Result<usize, Fault> {
        let mut at = start;
        let mut left = count;
        while left > 0 && at < end {
            let rest = &self.text[at..end];
            let length = match rest.chars().next() {
                Some('#') => rest.find(is_break).unwrap_or(rest.len()),
                Some('&' | '!') => {
                    left -= 1;
                    let length =
                        rest.find(|c| c == ' ' || c == '\t' || is_break(c)).unwrap_or(rest.len());
                    if rest.starts_with('!')
                        && self.text[at + length..].starts_with(" ,")
                        && self.inserted.binary_search(&(at + length)).is_ok()
                    {
                        let tag = &rest[..length];
                        let message =
                            format!("could not determine a constructor for the tag '{tag},'");
                        return Err(Fault::new(at, message));
                    }
                    length
                }
                Some(other) => other.len_utf8(),
                None => 0,
            };
            at += length;
        }
        // White space and comments before the content are checked with the rest in between.
        while let Some(c) = self.text[at..end].chars().next() {
            if c == '#' && at > start {
                at += self.text[at..end].find(is_break).unwrap_or(end - at);
            } else if count > 0 && (c == ' ' || c == '\t' || is_break(c)) {
                at += c.len_utf8();
            } else {
                break;
            }
        }
        Ok(at)
    }

    /// Checks indicators, white space, properties and comments up to `end`.
    fn check_between(&mut self, end: usize) -> Result<(), Fault> {
        let mut at = self.checked;
        while at < end {
            let rest = &self.text[at..end];
            // Neither anchors nor tags can hold a `#`, so it starts a comment.
            match rest.find(['\t', '#']) {
                None => break,
                Some(i) if rest[i..].starts_with('#') => {
                    at += i + rest[i..].find(is_break).unwrap_or(rest.len() - i);
                }
                Some(i) => return Err(tab(at + i)),
            }
        }
        self.checked = self.checked.max(end);
        Ok(())
    }

    fn check_plain(&self, start: usize, end: usize) -> Result<(), Fault> {
        let raw = &self.text[start..end];
        // Hardly any scalar has one of them: looked for both at once.
        if !raw.bytes().any(|b| matches!(b, b'\t' | b'?')) {
            return Ok(());
        }
        if let Some(i) = raw.find('\t') {
            return Err(tab(start + i));
        }
        if let (Some(i), Some((true, map))) = (raw.find('?'), self.open.last()) {
            let close = if *map { '}' } else { ']' };
            return Err(Fault::new(start + i, format!("expected ',' or '{close}', but got '?'")));
        }
        Ok(())
    }

    /// libyaml loses its way behind a `?` without a key in a sequence: `[? ]`.
    fn check_pair(&self, start: usize) -> Result<(), Stop> {
        let Some(rest) = self.text[start..].strip_prefix('?') else { return Ok(()) };
        match rest.trim_start_matches(|c| c == ' ' || is_break(c)).chars().next() {
            Some(']' | ',' | ':') => Err(Stop::Mend(Mend::Insert(start + 1, "!!null '' ".into()))),
            _ => Ok(()),
        }
    }

    /// Checks the line of a block scalar that has its `|` or `>`.
    fn check_header(&self, start: usize) -> Result<(), Fault> {
        let line = &self.text[start..];
        let line = &line[..line.find(is_break).unwrap_or(line.len())];
        let rest =
            line[1..].trim_start_matches(|c: char| c == '+' || c == '-' || c.is_ascii_digit());
        let expected = match rest.chars().next() {
            None => return Ok(()),
            Some(' ') => "a comment or a line break",
            Some(_) => "chomping or indentation indicators",
        };
        let after = rest.trim_start_matches(' ');
        match after.chars().next() {
            None => Ok(()),
            Some('#') if after.len() < rest.len() => Ok(()),
            Some(c) => {
                let at = start + line.len() - after.len();
                Err(Fault::new(at, format!("expected {expected}, but found {c:?}")))
            }
        }
    }
}

fn tab(at: usize) -> Fault {
    Fault::new(at, "found character '\\t' that cannot start any token")
}
