//! Columns: rows of cells, padded to a common width.

use std::borrow::Cow;
use std::ops::Range;

/// What a table is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// The terminal's width in characters, beyond which rows are cut; none for a file or a pipe.
    pub width: Option<usize>,
    /// Whether to dim what is of less importance.
    pub styled: bool,
}

/// One cell: a text in which control characters are written out, a part of which may be dimmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    /// In bytes, at the borders of characters.
    dim: Range<usize>,
}

/// The blanks between two columns.
const SPACING: usize = 2;

impl Cell {
    /// A cell whose text goes on with `text`.
    pub fn and(mut self, text: &str) -> Cell {
        self.text.push_str(&visible(text, &[]));
        self
    }

    /// A cell whose text goes on with `text`, dimmed. One part of a cell can be.
    pub fn and_dim(mut self, text: &str) -> Cell {
        let start = self.text.len();
        self = self.and(text);
        self.dim = start..self.text.len();
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<S: Into<String>> From<S> for Cell {
    fn from(text: S) -> Cell {
        Cell { text: visible(&text.into(), &[]).into_owned(), dim: 0..0 }
    }
}

/// A text in which control characters, which a terminal would obey, are written out: `\x1b`, and
/// so those that turn the direction of writing round: `\u{202e}`. Those in `kept` stay.
///
/// ```
/// use guild_store::format::table::visible;
/// assert_eq!(visible("a\u{1b}[1m\n", &['\n']), "a\\x1b[1m\n");
/// assert_eq!(visible("a\u{202e}b", &[]), "a\\u{202e}b");
/// ```
pub fn visible<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hidden = |c: char| (c.is_control() || turns(c)) && !kept.contains(&c);
    if !text.contains(hidden) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match u32::from(c) {
            _ if !hidden(c) => out.push(c),
            code @ 0..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code => out.push_str(&format!("\\u{{{code:x}}}")),
        }
    }
    out.into()
}

/// A line for each of `rows`, with `indent` blanks before it and none of it after the last cell.
///
/// Widths are counted in characters, as 0.9.0 does.
pub fn lines(rows: &[Vec<Cell>], indent: usize, screen: Screen) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |i: usize| rows.iter().filter_map(|row| row.get(i)).map(chars).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter().map(|row| line(row, &widths, indent, screen)).collect()
}

fn line(row: &[Cell], widths: &[usize], indent: usize, screen: Screen) -> String {
    let mut room = screen.width.unwrap_or(usize::MAX).saturating_sub(indent);
    let mut line = " ".repeat(indent);
    for (i, cell) in row.iter().enumerate() {
        let shown = cut(&cell.text, room);
        push_styled(&mut line, shown, cell.dim.clone(), screen.styled);
        room -= shown.chars().count();
        if i + 1 < row.len() {
            let padding = (widths[i] + SPACING - chars(cell)).min(room);
            line.push_str(&" ".repeat(padding));
            room -= padding;
        }
    }
    line
}

fn chars(cell: &Cell) -> usize {
    cell.text.chars().count()
}

fn cut(text: &str, room: usize) -> &str {
    text.char_indices().nth(room).map_or(text, |(end, _)| &text[..end])
}

fn push_styled(line: &mut String, shown: &str, dim: Range<usize>, styled: bool) {
    let dim = dim.start.min(shown.len())..dim.end.min(shown.len());
    if !styled || dim.is_empty() {
        line.push_str(shown);
        return;
    }
    line.push_str(&shown[..dim.start]);
    line.push_str("\x1b[2m");
    line.push_str(&shown[dim.clone()]);
    line.push_str("\x1b[0m");
    line.push_str(&shown[dim.end..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<Cell>> {
        vec![
            vec!["[1]".into(), Cell::from("ä.py").and_dim(" (x)").and(" [marked]"), "done".into()],
            vec!["[10]".into(), "b".into(), "".into()],
        ]
    }

    #[test]
    fn columns_are_padded_but_the_last() {
        assert_eq!(
            lines(&rows(), 0, Screen::default()),
            ["[1]   ä.py (x) [marked]  done", "[10]  b                  "]
        );
        assert!(lines(&[], 2, Screen::default()).is_empty());
    }

    #[test]
    fn a_terminal_cuts_and_dims() {
        let at = |width| lines(&rows(), 2, Screen { width: Some(width), styled: true })[0].clone();
        assert_eq!(at(80), "  [1]   ä.py\x1b[2m (x)\x1b[0m [marked]  done");
        assert_eq!(at(29), "  [1]   ä.py\x1b[2m (x)\x1b[0m [marked]  do");
        assert_eq!(at(14), "  [1]   ä.py\x1b[2m (\x1b[0m");
        assert_eq!(at(11), "  [1]   ä.p");
        assert_eq!(at(6), "  [1] ");
        assert_eq!(at(0), "  ");
    }
}
