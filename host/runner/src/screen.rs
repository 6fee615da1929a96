//! Two streams on one terminal: lines go above a progress bar, not into it.
//!
//! A bar is drawn by carriage returns, as a rule on standard error, and stands on the last row
//! without a newline. A line that arrives on the other stream meanwhile would be written behind it.
//! (Guild AI 0.9.0 does so. A script alone in a terminal often does not, because its writes to the
//! two streams come in their order; by two pipes that order is lost.)

use std::borrow::Cow;

use crate::spec::Stream;

/// More than any terminal has in a row: a longer bar is not redrawn.
const LONGEST_BAR: usize = 4096;

/// What begins a row anew.
const CLEAR_ROW: &[u8] = b"\r\x1b[K";

/// Arranges what two streams write to one terminal.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    rows: [Row; 2],
}

/// What a stream wrote after its last newline.
#[derive(Debug, Default)]
struct Row {
    /// What of it stands on the row: what came after its last carriage return.
    shown: Vec<u8>,
    /// Whether it was drawn over, which makes it a bar.
    redrawn: bool,
    /// Whether it moves the cursor by other means, or is too long to be drawn again.
    unknown: bool,
}

impl Screen {
    /// What to write for `bytes` of a stream.
    pub(crate) fn arrange<'b>(&mut self, bytes: &'b [u8], stream: Stream) -> Cow<'b, [u8]> {
        let [out, err] = &mut self.rows;
        let (own, other) = match stream {
            Stream::Stdout => (out, err),
            Stream::Stderr => (err, out),
        };
        let newline = memchr::memrchr(b'\n', bytes);
        let begun = std::mem::take(&mut own.shown);
        let Some(newline) = newline.filter(|_| other.is_bar()) else {
            own.shown = begun;
            own.add(bytes);
            return bytes.into();
        };
        let (lines, rest) = bytes.split_at(newline + 1);
        own.add(bytes);
        // The bar's row is cleared with what this stream may have written behind it.
        [CLEAR_ROW, &begun, lines, &other.shown, rest].concat().into()
    }
}

impl Row {
    fn is_bar(&self) -> bool {
        self.redrawn && !self.unknown && !self.shown.is_empty()
    }

    fn add(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if let Some(newline) = memchr::memrchr(b'\n', bytes) {
            *self = Row::default();
            bytes = &bytes[newline + 1..];
        }
        if let Some(at) = memchr::memrchr(b'\r', bytes) {
            (self.redrawn, self.unknown) = (true, false);
            self.shown.clear();
            bytes = &bytes[at + 1..];
        }
        self.unknown |= self.shown.len() + bytes.len() > LONGEST_BAR;
        if self.unknown {
            return self.shown.clear();
        }
        self.shown.extend_from_slice(bytes);
        self.unknown = moves_cursor(&self.shown);
    }
}

/// Whether text does more than take columns and change colours.
fn moves_cursor(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| *b < b' ' && *b != b'\t') {
        let Some(sequence) = rest[at..].strip_prefix(b"\x1b[") else { return true };
        let end = sequence.iter().position(|b| (0x40..=0x7e).contains(b));
        match end {
            // Its end may be still to come.
            None => return true,
            Some(end) if sequence[end] != b'm' => return true,
            Some(end) => rest = &sequence[end + 1..],
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stream::{Stderr, Stdout};

    /// The rows of a terminal that knows what is used here.
    fn rows(written: &[u8]) -> Vec<String> {
        let mut rows = vec![Vec::new()];
        let mut column = 0;
        let text = String::from_utf8(written.to_vec()).unwrap().replace("\x1b[K", "\u{1}");
        for c in text.chars() {
            let row: &mut Vec<char> = rows.last_mut().unwrap();
            match c {
                '\r' => column = 0,
                '\u{1}' => row.truncate(column),
                '\n' => {
                    rows.push(Vec::new());
                    column = 0;
                }
                c => {
                    row.resize(row.len().max(column + 1), ' ');
                    row[column] = c;
                    column += 1;
                }
            }
        }
        let text = |row: Vec<char>| row.into_iter().collect::<String>().trim_end().to_string();
        rows.into_iter().map(text).collect()
    }

    fn shown(writes: &[(&str, Stream)]) -> Vec<String> {
        let mut screen = Screen::default();
        let arranged =
            writes.iter().map(|(text, s)| screen.arrange(text.as_bytes(), *s).into_owned());
        rows(&arranged.collect::<Vec<_>>().concat())
    }

    #[test]
    fn lines_stand_above_a_bar() {
        let writes = [
            ("\r 10%|#  |", Stderr),
            ("epoch 1\n", Stdout),
            ("\r 20%|## |", Stderr),
            ("epoch 2\nepoch 3\n", Stdout),
            ("\r100%|###|\n", Stderr),
            ("done\n", Stdout),
        ];
        let expected = ["epoch 1", "epoch 2", "epoch 3", "100%|###|", "done", ""];
        assert_eq!(shown(&writes), expected);
    }

    #[test]
    fn a_bar_that_makes_room_itself_stays_as_it_is() {
        // As tqdm.write does, in its order and in the one that two pipes can make of it.
        let clear = ("\r          \r", Stderr);
        let (line, bar) = (("5\n", Stdout), ("\r 10%|#  |", Stderr));
        for writes in [[bar, clear, line, bar], [bar, line, clear, bar]] {
            assert_eq!(shown(&writes), ["5", " 10%|#  |"], "{writes:?}");
        }
    }

    #[test]
    fn what_was_begun_behind_a_bar_is_not_lost() {
        let writes = [("\r50%", Stderr), (" a", Stdout), ("b\nc", Stdout), ("d\n", Stdout)];
        assert_eq!(shown(&writes), [" ab", "cd", "50%"]);
    }

    #[test]
    fn without_a_bar_nothing_changes() {
        let cases: [&[(&str, Stream)]; 5] = [
            &[("Name? ", Stdout), ("a warning\n", Stderr)],
            &[("a\r\n", Stderr), ("b\n", Stdout)],
            &[("\r10%", Stderr), ("\n", Stderr), ("b\n", Stdout)],
            // A second bar in a row below: the cursor is no longer where the text is.
            &[("\r10%\n\r20%\x1b[A", Stderr), ("b\n", Stdout)],
            &[("\r10%", Stdout), ("\r20%\n", Stdout)],
        ];
        for writes in cases {
            let mut screen = Screen::default();
            for (text, stream) in writes {
                assert_eq!(*screen.arrange(text.as_bytes(), *stream), *text.as_bytes());
            }
        }
    }

    #[test]
    fn colours_are_no_movement_and_long_bars_are_left_alone() {
        assert!(!moves_cursor("\x1b[32m\u{2588}\x1b[0m\t50%".as_bytes()));
        assert!(moves_cursor(b"a\x1b[2Kb") && moves_cursor(b"a\x08") && moves_cursor(b"a\x1b["));
        let bar = format!("\r{}", "#".repeat(LONGEST_BAR + 1));
        let mut screen = Screen::default();
        screen.arrange(bar.as_bytes(), Stderr);
        assert_eq!(*screen.arrange(b"a\n", Stdout), *b"a\n");
    }
}
