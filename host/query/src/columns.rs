//! Column specs: what `guild compare` shows and `guild select --min` sorts by.
//!
//! ```text
//! columns   = column { "," column }
//! column    = ( scalar | attribute | flag ) { "as" name }
//! scalar    = [ "scalar:" | qualifier ] key [ "step" ]
//! qualifier = "min" | "max" | "first" | "last" | "avg" | "total" | "count"
//! attribute = ( "." | "attr:" ) key
//! flag      = ( "=" | "flag:" ) word
//! name      = key | qualifier | "step"
//! key       = word | quoted
//! word      = a character other than quotes, commas and line ends, then all up to a blank or comma
//! ```

use guild_flags::shell;
use guild_plugin_api::Value;

use crate::quoted;

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What it shows.
    pub source: Source,
    /// What it is called: `as NAME`.
    pub named_as: Option<String>,
}

/// What a column shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A scalar, or a step of it.
    Scalar {
        /// `TAG` or `PREFIX#TAG`.
        key: String,
        /// Which of its values; the last when nothing is said.
        qualifier: Option<Qualifier>,
        /// The step at which it had that value.
        step: bool,
    },
    /// A run attribute.
    Attr(String),
    /// A flag.
    Flag(String),
}

/// Which value of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are their own words")]
pub enum Qualifier {
    Min,
    Max,
    First,
    Last,
    Avg,
    Total,
    Count,
}

impl Qualifier {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Qualifier::Min => "min",
            Qualifier::Max => "max",
            Qualifier::First => "first",
            Qualifier::Last => "last",
            Qualifier::Avg => "avg",
            Qualifier::Total => "total",
            Qualifier::Count => "count",
        }
    }

    fn of(word: &str) -> Option<Qualifier> {
        use Qualifier::{Avg, Count, First, Last, Max, Min, Total};
        [Min, Max, First, Last, Avg, Total, Count].into_iter().find(|q| q.as_str() == word)
    }
}

impl Column {
    /// What is above the column.
    pub fn header(&self) -> String {
        match (&self.named_as, &self.source) {
            (Some(name), _) => name.clone(),
            (None, Source::Attr(name) | Source::Flag(name)) => name.clone(),
            (None, Source::Scalar { key, step, .. }) => {
                let key = key.replace('#', " ");
                format!("{}{}", key.trim(), if *step { " step" } else { "" })
            }
        }
    }
}

/// The column at length, as Guild AI 0.9.0 writes it.
impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match &self.source {
            Source::Attr(name) => write!(f, "attr:{name}")?,
            Source::Flag(name) => write!(f, "flag:{name}")?,
            Source::Scalar { key, qualifier, step } => {
                let qualifier = qualifier.map_or(String::new(), |q| format!("{} ", q.as_str()));
                write!(f, "scalar:{qualifier}{key}{}", if *step { " step" } else { "" })?;
            }
        }
        match &self.named_as {
            Some(name) => write!(f, " as {}", shell::quote(name)),
            None => Ok(()),
        }
    }
}

/// Why a spec is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// Something is missing at the end, or all is.
    #[error("query string cannot be empty")]
    End,
    /// Something is where it may not be.
    #[error("unexpected token '{token}', line {line}, pos {position}")]
    Unexpected {
        /// The text.
        token: String,
        /// The line, from 1.
        line: usize,
        /// The place in the whole text in characters, from 0.
        position: usize,
    },
    /// A quoted text does not end, or says nothing that YAML knows.
    #[error("invalid string {0}")]
    Quoted(String),
}

/// Reads a column spec.
///
/// # Errors
/// When it is none. Positions count from the `select ` that Guild AI 0.9.0 puts before a spec, so
/// its messages and these agree.
pub fn parse(spec: &str) -> Result<Vec<Column>, ColumnsError> {
    let mut parser = Parser { tokens: tokens(spec), at: 0 };
    let mut columns = vec![parser.column()?];
    while parser.take(&Kind::Comma) {
        columns.push(parser.column()?);
    }
    match parser.peek() {
        None => Ok(columns),
        Some(_) => Err(parser.unexpected()),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    ScalarPrefix,
    AttrPrefix,
    FlagPrefix,
    Dot,
    Comma,
    Equals,
    /// A reserved word: only in its place.
    Word(String),
    Unquoted(String),
    Quoted(String),
    /// A quote that nothing closes.
    Open(String),
}

struct Token {
    kind: Kind,
    text: String,
    line: usize,
    position: usize,
}

const RESERVED: [&str; 10] =
    ["select", "min", "max", "first", "last", "avg", "total", "count", "step", "as"];
/// What 0.9.0 has in front of every spec.
const SELECT: usize = "select ".len();

fn tokens(spec: &str) -> Vec<Token> {
    let chars: Vec<char> = spec.chars().collect();
    let (mut out, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(rest) = chars.get(at..).filter(|rest| !rest.is_empty()) {
        if matches!(rest[0], ' ' | '\t') {
            at += 1;
            continue;
        }
        if rest[0] == '\n' {
            line += 1;
            at += 1;
            continue;
        }
        let (kind, length) = token(rest);
        let text = rest[..length].iter().collect();
        out.push(Token { kind, text, line, position: at + SELECT });
        at += length;
    }
    out
}

/// The token at the start of `rest`, which is not empty, and its length.
fn token(rest: &[char]) -> (Kind, usize) {
    for (prefix, kind) in [
        ("scalar:", Kind::ScalarPrefix),
        ("attr:", Kind::AttrPrefix),
        ("flag:", Kind::FlagPrefix),
        (".", Kind::Dot),
        (",", Kind::Comma),
        ("=", Kind::Equals),
    ] {
        if rest.iter().copied().take(prefix.len()).eq(prefix.chars()) {
            return (kind, prefix.len());
        }
    }
    if matches!(rest[0], '"' | '\'') {
        return match quoted::length(rest) {
            Some(length) => (Kind::Quoted(rest[..length].iter().collect()), length),
            None => (Kind::Open(rest.iter().collect()), rest.len()),
        };
    }
    let end = |c: &char| matches!(c, ' ' | ',' | '\n');
    let length = 1 + rest[1..].iter().position(end).unwrap_or(rest.len() - 1);
    let word: String = rest[..length].iter().collect();
    let reserved = RESERVED.contains(&word.as_str());
    (if reserved { Kind::Word(word) } else { Kind::Unquoted(word) }, length)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn take(&mut self, kind: &Kind) -> bool {
        let found = self.peek() == Some(kind);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take(&Kind::Word(word.into()))
    }

    fn unexpected(&self) -> ColumnsError {
        match self.tokens.get(self.at) {
            None => ColumnsError::End,
            Some(Token { kind: Kind::Open(text), .. }) => ColumnsError::Quoted(text.clone()),
            Some(Token { text, line, position, .. }) => {
                ColumnsError::Unexpected { token: text.clone(), line: *line, position: *position }
            }
        }
    }

    fn column(&mut self) -> Result<Column, ColumnsError> {
        let source = self.source()?;
        let mut named_as = None;
        while self.take_word("as") {
            named_as = Some(self.name()?);
        }
        Ok(Column { source, named_as })
    }

    fn source(&mut self) -> Result<Source, ColumnsError> {
        if self.take(&Kind::Dot) || self.take(&Kind::AttrPrefix) {
            return self.key().map(Source::Attr);
        }
        if self.take(&Kind::Equals) || self.take(&Kind::FlagPrefix) {
            return match self.peek() {
                Some(Kind::Unquoted(_)) => self.key().map(Source::Flag),
                _ => Err(self.unexpected()),
            };
        }
        let qualifier = if self.take(&Kind::ScalarPrefix) { None } else { self.qualifier() };
        let key = self.key()?;
        Ok(Source::Scalar { key, qualifier, step: self.take_word("step") })
    }

    fn qualifier(&mut self) -> Option<Qualifier> {
        let Some(Kind::Word(word)) = self.peek() else { return None };
        let qualifier = Qualifier::of(word)?;
        self.at += 1;
        Some(qualifier)
    }

    fn name(&mut self) -> Result<String, ColumnsError> {
        match self.qualifier() {
            Some(qualifier) => Ok(qualifier.as_str().into()),
            None if self.take_word("step") => Ok("step".into()),
            None => self.key(),
        }
    }

    fn key(&mut self) -> Result<String, ColumnsError> {
        let key = match self.peek() {
            Some(Kind::Unquoted(word)) => word.clone(),
            Some(Kind::Quoted(text)) => match quoted::decode(text) {
                Ok(Value::Str(key)) => key,
                _ => return Err(ColumnsError::Quoted(text.clone())),
            },
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(spec: &str) -> String {
        match parse(spec) {
            Ok(columns) => columns.iter().map(Column::to_string).collect::<Vec<_>>().join(", "),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn specs_and_what_they_mean() {
        for (spec, want) in [
            ("loss", "scalar:loss"),
            (
                "min a/loss step as m, =lr,.status",
                "scalar:min a/loss step as m, flag:lr, attr:status",
            ),
            ("scalar:min", "unexpected token 'min', line 1, pos 14"),
            ("'a b' as 'x y'", "scalar:a b as 'x y'"),
            ("loss as step", "scalar:loss as step"),
            ("flag:a=b", "flag:a=b"),
            ("=flag:x", "unexpected token 'flag:', line 1, pos 8"),
            ("", "query string cannot be empty"),
            ("loss,", "query string cannot be empty"),
            ("a b", "unexpected token 'b', line 1, pos 9"),
            ("'a", "invalid string 'a"),
        ] {
            assert_eq!(shown(spec), want, "{spec}");
        }
    }

    #[test]
    fn headers() {
        let header = |spec| parse(spec).unwrap()[0].header();
        assert_eq!(header("a#b step"), "a b step");
        assert_eq!(header("max loss"), "loss");
        assert_eq!(header("=lr as rate"), "rate");
        assert_eq!(header(".status"), "status");
    }
}
