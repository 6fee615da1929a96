//! Where the text of a block scalar starts: the indentation that PyYAML finds for it.
//!
//! libyaml finds the same, but keeps it to itself, and it is needed where the two differ: in front
//! of a tab and at the end of the text.

use crate::source::is_break;

/// The first line of a block scalar.
pub(crate) struct Header {
    /// The column of its lines, said by a digit or found from the first of them.
    pub(crate) indent: usize,
    /// Whether a digit says it.
    pub(crate) explicit: bool,
    /// Whether it keeps the line breaks at its end (`+`).
    pub(crate) keep: bool,
}

impl Header {
    /// Reads the block scalar at the start of `text`, in a block collection at column `parent`.
    pub(crate) fn read(text: &str, parent: Option<usize>) -> Header {
        let first_end = text.find(is_break).unwrap_or(text.len());
        let first = &text[..first_end];
        let indicators = &first[1..].trim_start_matches(['+', '-']);
        let digit = indicators.chars().next().and_then(|c| c.to_digit(10));
        let (indicator, _) = first.split_once([' ', '#']).unwrap_or((first, ""));
        let keep = indicator.contains('+');
        let least = parent.map_or(1, |column| column + 1);
        if let Some(digit) = digit {
            let indent = (least + digit as usize).saturating_sub(1);
            return Header { indent, explicit: true, keep };
        }
        // The deepest line counts among the first one with text and the empty ones before it.
        let mut deepest = 0;
        let mut column = 0;
        for c in text[first_end..].chars() {
            column = match c {
                ' ' => column + 1,
                _ if is_break(c) => 0,
                _ => break,
            };
            deepest = deepest.max(column);
        }
        Header { indent: least.max(deepest), explicit: false, keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_is_said_or_found() {
        let indent = |text, parent| Header::read(text, parent).indent;
        assert_eq!(indent("|\n  a\n b", None), 2);
        assert_eq!(indent("|\n   \n  a", None), 3);
        assert_eq!(indent(">+2 # c\n    a", Some(2)), 4);
        assert_eq!(indent("|\n", Some(2)), 3);
        assert_eq!(indent("|\n  \ta", Some(0)), 2);
        assert!(Header::read("|+1 # -", None).keep);
        assert!(!Header::read("|- # +", None).keep);
    }
}
