//! A page in one of the forms in which a Guild file's help is written.

use guild_plugin_api::model::Flags;

use super::flags;
use super::page::Page;

/// How a document is marked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For a terminal; headings are bold if `bold` is set.
    Console {
        /// Whether the terminal shows bold text.
        bold: bool,
    },
    /// Markdown whose first headings have this level.
    Markdown {
        /// From 1.
        level: usize,
    },
    /// reStructuredText, as package indexes take it.
    Rst,
}

/// What underlines the headings of reStructuredText, by level.
const UNDERLINES: [&str; 6] = ["#", "=", "^", "-", "`", "'"];

/// A document that is being written.
#[derive(Debug)]
pub struct Document {
    form: Form,
    page: Page,
    width: usize,
    level: usize,
    in_section: bool,
}

impl Document {
    /// An empty document for lines of at most `width` characters.
    pub fn new(form: Form, width: usize) -> Document {
        let level = if let Form::Markdown { level } = form { level } else { 0 };
        Document { form, page: Page::new(width), width, level, in_section: false }
    }

    /// What has been written.
    pub fn into_text(self) -> String {
        self.page.into_text()
    }

    /// What follows is below what came before.
    pub fn indent(&mut self) {
        match self.form {
            Form::Console { .. } => self.page.indent(),
            _ => self.level += 1,
        }
    }

    /// Ends [`Document::indent`].
    pub fn dedent(&mut self) {
        match self.form {
            Form::Console { .. } => self.page.dedent(),
            _ => self.level = self.level.saturating_sub(1),
        }
    }

    /// Starts a section, and ends the one before.
    pub fn section(&mut self, title: &str) {
        let console = matches!(self.form, Form::Console { .. });
        if self.in_section {
            self.dedent();
            if console {
                self.dedent();
            }
            self.page.gap();
        }
        match console {
            true => self.heading(&title.to_uppercase()),
            false => self.heading(title),
        }
        self.page.gap();
        self.indent();
        if console {
            self.indent();
        }
        self.in_section = true;
    }

    /// A heading.
    pub fn heading(&mut self, heading: &str) {
        match self.form {
            Form::Console { bold: true } => self.page.line(&format!("\x1b[1m{heading}\x1b[0m")),
            Form::Console { bold: false } => self.page.text(heading),
            Form::Markdown { .. } => {
                let level = self.level;
                self.page.text(&match level {
                    0..=6 => format!("{} {heading}", "#".repeat(level)),
                    _ => format!("<h{level}>{heading}</h{level}>"),
                });
            }
            Form::Rst => {
                let underline = UNDERLINES[self.level.min(UNDERLINES.len() - 1)];
                self.page.text(heading);
                self.page.text(&underline.repeat(heading.chars().count()));
            }
        }
    }

    /// A heading below another.
    pub fn subheading(&mut self, heading: &str) {
        match self.form {
            Form::Console { .. } => self.page.text(&format!("{heading}:")),
            _ => self.heading(heading),
        }
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.page.gap();
    }

    /// Paragraphs.
    pub fn text(&mut self, text: &str) {
        self.page.text(text);
    }

    /// What something is: its first line counts most.
    pub fn description(&mut self, text: &str) {
        for (i, paragraph) in text.split('\n').enumerate() {
            if i > 0 {
                self.page.gap();
            }
            match self.form {
                Form::Console { .. } => self.page.text(paragraph),
                _ if i > 0 => self.page.text(paragraph),
                _ => self.page.text(&marked(paragraph, "*")),
            }
        }
    }

    /// The flags of an operation.
    pub fn flags(&mut self, flags: &Flags) {
        let rows = flags::definitions(flags, self.width);
        match self.form {
            Form::Console { .. } => self.page.definitions(&rows, true),
            Form::Markdown { .. } => {
                self.page.text("<dl>");
                for (name, text) in rows {
                    self.page.text(&format!("<dt>{name}</dt>"));
                    self.page.text(&format!("<dd>{text}</dd>"));
                }
                self.page.text("</dl>");
            }
            Form::Rst => {
                for (i, (name, text)) in rows.iter().enumerate() {
                    if i > 0 {
                        self.page.gap();
                    }
                    self.page.text(&marked(name, "**"));
                    self.page.indent();
                    self.page.text(&marked(text, "*"));
                    self.page.dedent();
                }
            }
        }
    }
}

fn marked(text: &str, mark: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{mark}{text}{mark}") }
}
