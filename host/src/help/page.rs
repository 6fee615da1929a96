//! A page of help: headings, texts and lists of definitions, indented.

use super::wrap::{self, Indent};

/// How wide the first column of a list of definitions gets at most.
const TERM_MAX: usize = 30;
/// The blanks between its columns.
const SPACING: usize = 2;
/// How narrow its second column gets at least.
const TEXT_MIN: usize = 10;
/// The blanks of one level.
const LEVEL: usize = 2;

/// A page that is being written, in the layout of Guild AI 0.9.0's help.
#[derive(Clone, Debug)]
pub struct Page {
    width: usize,
    indent: usize,
    text: String,
}

impl Page {
    /// An empty page for lines of at most `width` characters.
    pub fn new(width: usize) -> Page {
        Page { width, indent: 0, text: String::new() }
    }

    /// What has been written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// What follows is indented by one level more.
    pub fn indent(&mut self) {
        self.indent += LEVEL;
    }

    /// What follows is indented by one level less.
    pub fn dedent(&mut self) {
        self.indent = self.indent.saturating_sub(LEVEL);
    }

    /// The line that says how a command is used.
    pub fn usage(&mut self, args: &str) {
        const PROGRAM: &str = "Usage: guild ";
        let rest = " ".repeat(PROGRAM.len());
        let indent = Indent { first: PROGRAM, rest: &rest };
        self.text.push_str(&wrap::fill(args, self.width, indent));
        self.text.push('\n');
    }

    /// A heading with a colon.
    pub fn heading(&mut self, heading: &str) {
        self.line(&format!("{heading}:"));
    }

    /// A line as it is, indented.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(&" ".repeat(self.indent));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An empty line, unless the page is empty.
    pub fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Paragraphs.
    pub fn text(&mut self, text: &str) {
        let indent = " ".repeat(self.indent);
        self.text.push_str(&wrap::paragraphs(text, self.width, Indent::all(&indent)));
        self.text.push('\n');
    }

    /// Terms, and what is said about them beside them; the paragraphs of that stay apart if
    /// `paragraphs` is set. A definition of more than one line is followed by an empty line.
    pub fn definitions(&mut self, rows: &[(String, String)], paragraphs: bool) {
        let chars = |s: &str| s.chars().count();
        let widest = rows.iter().map(|(term, _)| chars(term)).max().unwrap_or_default();
        let first = widest.min(TERM_MAX) + SPACING;
        let hanging = " ".repeat(first + self.indent);
        let width = self.width.saturating_sub(first + SPACING).max(TEXT_MIN);
        for (term, text) in rows {
            self.text.push_str(&" ".repeat(self.indent));
            self.text.push_str(term);
            if text.is_empty() {
                self.text.push('\n');
                continue;
            }
            if chars(term) + SPACING <= first {
                self.text.push_str(&" ".repeat(first - chars(term)));
            } else {
                self.text.push('\n');
                self.text.push_str(&hanging);
            }
            let wrapped = if paragraphs {
                wrap::paragraphs(text, width, Indent::default())
            } else {
                wrap::fill(text, width, Indent::default())
            };
            let lines = wrap::lines_of(&wrapped);
            self.text.push_str(lines.first().copied().unwrap_or_default());
            self.text.push('\n');
            for line in lines.iter().skip(1) {
                self.text.push_str(&hanging);
                self.text.push_str(line);
                self.text.push('\n');
            }
            if lines.len() > 1 {
                self.text.push('\n');
            }
        }
    }

    /// A list of definitions under a heading.
    pub fn section(&mut self, heading: &str, rows: &[(String, String)]) {
        self.gap();
        self.heading(heading);
        self.indent();
        self.definitions(rows, true);
        self.dedent();
    }
}
