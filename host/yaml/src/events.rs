//! The events of a document, from libyaml's grammar brought to PyYAML's.
//!
//! `libyaml-safer` does the scanning. Its grammar is a sibling of PyYAML's, so this room only
//! deals with the cases where the two part:
//!
//! * what libyaml accepts and PyYAML refuses is found by [`Strictness`];
//! * what libyaml refuses and PyYAML accepts is written another way before it is scanned again:
//!   `{a:[1]}` as `{a: [1]}`, `[? ]` as `[? ~ ]`, `|` before a line that starts with a tab as
//!   `|2`, a directive with an unknown name as a comment;
//! * input on which libyaml-safer 0.3 panics never reaches it: a block scalar that the end of
//!   the text cuts off, and a tag with a comma right behind it.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libyaml_safer::{Encoding, EventData, Parser, ScalarStyle};

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
        properties: Properties,
        /// Whether the text alone decides what the scalar is: it is plain, or tagged `!`.
        implicit: bool,
        text: String,
    },
    SeqStart(Properties),
    MapStart(Properties),
    /// The end of a sequence or map.
    End,
}

/// What a node says about itself.
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

/// The events of the only document in `text`, or none when there is no document.
pub(crate) fn read(text: &str) -> Result<Vec<Event>, Fault> {
    let script = Script::new(text);
    let commas = commas_behind_tags(&script.text);
    if !commas.is_empty() {
        // A space before such a comma changes no token but the tag, and keeps the scanner alive.
        // Strictness then tells whether it really was a tag, which is an error.
        let mut apart = Script::new(text);
        for comma in commas.into_iter().rev() {
            apart.insert(comma, ' ');
        }
        apart.settle()?;
    }
    script.settle()
}

/// The text as it is given to the scanner.
struct Script<'a> {
    text: Cow<'a, str>,
    /// Where characters were inserted, as offsets into the changed text, in order.
    inserted: Vec<usize>,
    /// Whether a line break was added at the end.
    closed: bool,
    /// Whether a directive was made a comment, so that `---` must follow.
    directive: bool,
}

/// Why a scan ended early.
enum Stop {
    Fault(Fault),
    /// These characters at this offset make it go on; behind the first one they are inserted, or
    /// the first one replaces what is there.
    Mend(usize, Mending),
}

/// How to write what PyYAML takes so that libyaml takes it too.
enum Mending {
    Insert(&'static str),
    InsertDigit(usize),
    /// Makes the `%` of a directive a `#`.
    Comment,
}
impl Properties {
    fn new(anchor: Option<String>, tag: Option<String>) -> Properties {
        Properties { anchor, tag: tag.filter(|tag| tag != "!") }
    }
}

/// Where a comma may follow a tag without a space, whatever it really is part of.
fn commas_behind_tags(text: &str) -> Vec<usize> {
    let mut commas = Vec::new();
    let mut in_tag = false;
    for (i, b) in text.bytes().enumerate() {
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
