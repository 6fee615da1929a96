//! The text as the scanner gets it, and the way back to the text as it was written.

use std::borrow::Cow;

use crate::source::is_break;

const MARK: char = '\u{feff}';

/// A text and the changes that made it one that libyaml takes.
pub(crate) struct Script<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Where characters were inserted, as offsets into the changed text, in order.
    pub(crate) inserted: Vec<usize>,
    /// What was written behind the last line break, when a break was added there.
    pub(crate) last_line: Option<LastLine>,
    /// What stands for U+FEFF, which libyaml takes for a byte order mark at the start of each line.
    mark_stand_in: Option<char>,
    /// Whether a directive was made a comment, so that `---` must follow.
    pub(crate) directive: bool,
}

/// A last line without a line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LastLine {
    /// So many spaces and nothing else.
    Spaces(usize),
    Text,
}

/// A change to a [`Script`].
pub(crate) enum Mend {
    /// Inserts these characters, all of them ASCII, at this offset.
    Insert(usize, String),
    /// Makes the directive at this offset a comment.
    Comment(usize),
}

impl<'a> Script<'a> {
    /// Adds a line break at the end, which the scanner needs.
    pub(crate) fn new(text: &'a str) -> Script<'a> {
        let unspaced = text.trim_end_matches(' ');
        let last_line = if text.is_empty() || text.ends_with(is_break) {
            None
        } else if unspaced.is_empty() || unspaced.ends_with(is_break) {
            Some(LastLine::Spaces(text.len() - unspaced.len()))
        } else {
            Some(LastLine::Text)
        };
        let mut text = match last_line {
            Some(_) => Cow::Owned(format!("{text}\n")),
            None => Cow::Borrowed(text),
        };
        let mut mark_stand_in = None;
        // By its first byte: the whole character is looked for much more slowly.
        if text.as_bytes().contains(&0xef) && text.contains(MARK) {
            // Of the same length, so that offsets stay what they are.
            mark_stand_in = ('\u{e000}'..='\u{f8ff}').find(|&c| !text.contains(c));
            if let Some(c) = mark_stand_in {
                text = Cow::Owned(text.replace(MARK, c.encode_utf8(&mut [0; 4])));
            }
        }
        Script { text, inserted: Vec::new(), last_line, mark_stand_in, directive: false }
    }

    /// The text of a scalar as it was written.
    pub(crate) fn scalar(&self, text: String) -> String {
        match self.mark_stand_in {
            Some(c) if text.contains(c) => text.replace(c, "\u{feff}"),
            _ => text,
        }
    }

    pub(crate) fn apply(&mut self, mend: Mend) {
        match mend {
            Mend::Insert(at, characters) => {
                self.text.to_mut().insert_str(at, &characters);
                for later in &mut self.inserted {
                    *later += if *later >= at { characters.len() } else { 0 };
                }
                let place = self.inserted.partition_point(|&i| i < at);
                let new = at..at + characters.len();
                self.inserted.splice(place..place, new);
            }
            Mend::Comment(at) => {
                self.directive = true;
                self.text.to_mut().replace_range(at..=at, "#");
            }
        }
    }

    /// Where the offset `at` is in the text as it was written.
    pub(crate) fn original(&self, at: usize) -> usize {
        at - self.inserted.partition_point(|&i| i < at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_find_back_over_insertions() {
        let mut script = Script::new("{a:[1]}\n");
        script.apply(Mend::Insert(3, " ".into()));
        script.apply(Mend::Insert(1, "xy".into()));
        assert_eq!(script.text, "{xya: [1]}\n");
        assert_eq!(script.inserted, [1, 2, 5]);
        assert_eq!([0, 3, 4, 6].map(|at| script.original(at)), [0, 1, 2, 3]);
    }

    #[test]
    fn the_last_line_gets_a_break() {
        assert_eq!(Script::new("a\n").last_line, None);
        assert_eq!(Script::new("a\n  ").last_line, Some(LastLine::Spaces(2)));
        assert_eq!(Script::new("a  ").last_line, Some(LastLine::Text));
        assert_eq!(Script::new("a").text, "a\n");
    }
}
