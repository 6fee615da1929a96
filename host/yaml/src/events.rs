//! The events of a document, from libyaml's grammar brought to PyYAML's.
//!
//! `libyaml-safer` does the scanning. Its grammar is a sibling of PyYAML's, so this room only
//! deals with the cases where the two part:
//!
//! * what libyaml accepts and PyYAML refuses is found by [`Strictness`];
//! * what libyaml refuses and PyYAML accepts is written another way before it is scanned again:
//!   `{a:[1]}` as `{a: [1]}`, `[? ]` as `[?!!null '' ]`, `|` before a line that starts with a tab
//!   as `|2`, a directive with an unknown name as a comment;
//! * input on which libyaml-safer 0.3 panics never reaches it: a block scalar that the end of
//!   the text cuts off, and a tag with a comma right behind it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{Encoding, EventData, MappingStyle, Parser, ScalarStyle, SequenceStyle};

use crate::block_scalar::Header;
use crate::script::{LastLine, Mend, Script};
use crate::source::is_break;
use crate::strictness::Strictness;
use crate::wording;

/// How deep collections may be nested. Python's recursion limit stops PyYAML at about 490.
pub(crate) const MAX_DEPTH: usize = 500;

/// How many bytes all the scans of one text together may read beyond the first scan.
const MAX_RESCANNED: usize = 16 << 20;

/// One step through the tree of nodes.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    /// Where it starts: a byte offset into the text.
    pub(crate) at: usize,
}

#[derive(Debug)]
pub(crate) enum EventKind {
    /// A node said before, by its anchor.
    Alias(String),
    Scalar {
        properties: Option<Box<Properties>>,
        /// Whether the text alone decides what the scalar is: it is plain, or tagged `!`.
        implicit: bool,
        text: String,
    },
    SeqStart(Option<Box<Properties>>),
    MapStart(Option<Box<Properties>>),
    /// The end of a sequence or map.
    End,
}

/// What a node says about itself, which hardly any does.
#[derive(Debug)]
pub(crate) struct Properties {
    pub(crate) anchor: Option<String>,
    /// The tag in full, with its handle resolved, unless it is the empty `!`.
    pub(crate) tag: Option<String>,
}

/// A problem and where it is, as a byte offset.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Fault {
        Fault { at, message: message.into() }
    }
}

/// Why a scan ended early.
pub(crate) enum Stop {
    Fault(Fault),
    /// With this change it goes on.
    Mend(Mend),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

/// The events of the only document in `text`, or none when there is no document.
pub(crate) fn read(text: &str) -> Result<Vec<Event>, Fault> {
    let script = Script::new(text);
    let commas = commas_behind_tags(&script.text);
    if !commas.is_empty() {
        // A space before such a comma changes no token but the tag, and keeps the scanner alive.
        // Strictness then tells whether it really was a tag, which is an error.
        let mut apart = Script::new(text);
        for comma in commas.into_iter().rev() {
            // A bare space would make a colon before it the end of a key.
            let space = if apart.text[..comma].ends_with(':') { "~ " } else { " " };
            apart.apply(Mend::Insert(comma, space.into()));
        }
        settle(apart)?;
    }
    settle(script)
}

/// Scans, mends what is only written in a way that libyaml does not take, and scans again, until
/// nothing is left to mend.
fn settle(mut script: Script) -> Result<Vec<Event>, Fault> {
    let mut rescanned = 0;
    loop {
        // The scanner asserts its own soundness by panicking; that must stay an error of the
        // document, not end the process.
        let events = catch_unwind(AssertUnwindSafe(|| Scan::new(&script).run()))
            .unwrap_or_else(|_| Err(Fault::new(0, "the YAML scanner failed").into()));
        rescanned += script.text.len();
        match events {
            Ok(events) => return Ok(events),
            Err(Stop::Fault(fault)) => {
                return Err(Fault { at: script.original(fault.at), ..fault });
            }
            Err(Stop::Mend(mend)) if rescanned <= MAX_RESCANNED => script.apply(mend),
            Err(Stop::Mend(Mend::Insert(at, _) | Mend::Comment(at))) => {
                let message = "the document is too large for how it is written";
                return Err(Fault::new(script.original(at), message));
            }
        }
    }
}

/// One pass over a script.
struct Scan<'a> {
    script: &'a Script<'a>,
    strictness: Strictness<'a>,
    events: Vec<Event>,
    documents: usize,
    /// For each open collection the column of the innermost one in block style.
    columns: Vec<Option<usize>>,
}

impl<'a> Scan<'a> {
    fn new(script: &'a Script<'a>) -> Scan<'a> {
        Scan {
            script,
            strictness: Strictness::new(&script.text, &script.inserted),
            // About what there will be: to grow would take as long as to fill it.
            events: Vec::with_capacity(script.text.len() / 6),
            documents: 0,
            columns: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Event>, Stop> {
        let mut bytes = self.script.text.as_bytes();
        let mut parser = Parser::new();
        parser.set_input_string(&mut bytes);
        // Left to guess, the scanner takes U+FF01 and its neighbours for a byte order mark.
        parser.set_encoding(Encoding::Utf8);
        loop {
            let event = parser.parse().map_err(|e| self.stop(&e))?;
            self.strictness.check(&event)?;
            if let EventData::StreamEnd = event.data {
                let at = event.start_mark.index as usize;
                self.check_directive(self.documents > 0, at)?;
                return Ok(self.events);
            }
            self.take(event)?;
        }
    }

    fn take(&mut self, event: libyaml_safer::Event) -> Result<(), Stop> {
        let at = event.start_mark.index as usize;
        let end = event.end_mark;
        let kind = match event.data {
            EventData::DocumentStart { implicit, .. } => {
                self.check_directive(!implicit, at)?;
                self.documents += 1;
                if self.documents > 1 {
                    let message =
                        "expected a single document in the stream, but found another document";
                    return Err(Fault::new(at, message).into());
                }
                return Ok(());
            }
            EventData::Alias { anchor } => EventKind::Alias(anchor),
            EventData::Scalar { anchor, tag, mut value, plain_implicit, style, .. } => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if block && end.index as usize == self.script.text.len() {
                    self.take_back_break(&mut value);
                }
                let implicit = plain_implicit || tag.as_deref() == Some("!");
                let properties = Properties::of(anchor, tag);
                EventKind::Scalar { properties, implicit, text: self.script.scalar(value) }
            }
            EventData::SequenceStart { anchor, tag, style, .. } => {
                self.open(at, style == SequenceStyle::Block, end)?;
                EventKind::SeqStart(Properties::of(anchor, tag))
            }
            EventData::MappingStart { anchor, tag, style, .. } => {
                self.open(at, style == MappingStyle::Block, end)?;
                EventKind::MapStart(Properties::of(anchor, tag))
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                self.columns.pop();
                EventKind::End
            }
            _ => return Ok(()),
        };
        self.events.push(Event { kind, at: self.script.original(at) });
        Ok(())
    }

    fn open(&mut self, at: usize, block: bool, end: libyaml_safer::Mark) -> Result<(), Fault> {
        if self.columns.len() >= MAX_DEPTH {
            return Err(Fault::new(at, "collections are nested too deeply"));
        }
        let parent = self.columns.last().copied().flatten();
        // The event of a sequence that is not indented ends behind its first `-`, of which the
        // scanner's indentation knows nothing.
        let dash = end.index.checked_sub(1).map(|before| before as usize);
        let indentless = dash.is_some_and(|dash| dash >= at && self.dash_at(dash));
        let own = block && !indentless;
        self.columns.push(if own { Some(end.column as usize) } else { parent });
        Ok(())
    }

    fn dash_at(&self, at: usize) -> bool {
        let rest = &self.script.text.as_bytes()[at..];
        rest.first() == Some(&b'-') && rest.get(1).is_none_or(|b| b.is_ascii_whitespace())
    }

    /// Takes the line break that the script added from the block scalar that it became a part of.
    fn take_back_break(&self, value: &mut String) {
        let header = || {
            let text = &self.script.text[self.strictness.content()..];
            Header::read(text, self.columns.last().copied().flatten())
        };
        let part = match self.script.last_line {
            None => false,
            Some(LastLine::Text) => true,
            Some(LastLine::Spaces(n)) => header().indent < n || header().keep,
        };
        if part && value.ends_with('\n') {
            value.pop();
        }
    }

    /// A directive needs a `---`, also when the scanner saw a comment in its place.
    fn check_directive(&self, explicit: bool, at: usize) -> Result<(), Fault> {
        if explicit || !self.script.directive {
            return Ok(());
        }
        let found = wording::token(&self.script.text, at);
        Err(Fault::new(at, format!("expected '<document start>', but found '{found}'")))
    }

    /// What an error of the scanner calls for.
    fn stop(&self, error: &libyaml_safer::Error) -> Stop {
        let text = &self.script.text;
        let at = error.problem_mark().map_or(0, |mark| mark.index as usize);
        let start = error.context_mark().map_or(at, |mark| mark.index as usize);
        let mend = match error.problem() {
            "found unexpected ':'" if !text[at + 1..].starts_with('?') => {
                Some(Mend::Insert(at + 1, " ".into()))
            }
            "found unknown directive name"
                if self.documents == 0 && !text[at..].starts_with('\t') =>
            {
                Some(Mend::Comment(start))
            }
            // PyYAML takes any minor version.
            "found incompatible YAML document" if text[at..].starts_with("%YAML 1.") => {
                Some(Mend::Comment(at))
            }
            "found a tab character where an indentation space is expected" => {
                self.say_indentation(start, at)
            }
            _ => None,
        };
        mend.map_or_else(|| Fault::new(at, wording::scanner(error, text, at)).into(), Stop::Mend)
    }

    /// Says the indentation of the block scalar at `start` in its header, so that the tab at `tab`
    /// can be the first character of its text. PyYAML has nothing against that.
    fn say_indentation(&self, start: usize, tab: usize) -> Option<Mend> {
        let parent = self.columns.last().copied().flatten();
        let header = Header::read(&self.script.text[start..], parent);
        let before = &self.script.text[start..tab];
        let (first, lines) = before.split_once(is_break)?;
        let line = lines.rsplit(is_break).next()?;
        let first_text = lines.chars().all(|c| c == ' ' || is_break(c));
        let digit = header.indent - parent.unwrap_or(0);
        let fits = !header.explicit && first_text && line.len() == header.indent && digit < 10;
        (fits && !first.is_empty()).then(|| Mend::Insert(start + 1, digit.to_string()))
    }
}

impl Properties {
    fn of(anchor: Option<String>, tag: Option<String>) -> Option<Box<Properties>> {
        let tag = tag.filter(|tag| tag != "!");
        (anchor.is_some() || tag.is_some()).then(|| Box::new(Properties { anchor, tag }))
    }
}

/// Where a comma may follow a tag without a space, whatever it really is part of.
fn commas_behind_tags(text: &str) -> Vec<usize> {
    let mut commas = Vec::new();
    let mut in_tag = false;
    // Most documents have no tags.
    let first = text.find('!').unwrap_or(text.len());
    for (i, b) in text.bytes().enumerate().skip(first) {
        match b {
            b'!' => in_tag = true,
            b',' if in_tag => {
                commas.push(i);
                in_tag = false;
            }
            _ if b.is_ascii_alphanumeric() || b"-;/?:@&=+$_.~*'()%".contains(&b) => {}
            _ => in_tag = false,
        }
    }
    commas
}
