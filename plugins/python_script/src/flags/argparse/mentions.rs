//! What a piece of a script mentions: whether it may have a part in what the parser declares.
//!
//! It goes by tokens, not by the tree: what it takes for a mention too much costs a run of the
//! script, and nothing else.

use std::collections::HashSet;

use rustpython_parser::text_size::TextRange;
use rustpython_parser::{Mode, StringKind, Tok, lexer};

/// A script's tokens.
pub(super) struct Tokens(Vec<(Tok, usize, usize)>);

/// What tokens mention.
#[derive(Default)]
pub(super) struct Mentions {
    /// Names, those after a dot left out.
    pub names: HashSet<String>,
    /// Names that may get another value.
    pub assigned: HashSet<String>,
    /// Whether a parser is asked or told something.
    pub parsing: bool,
    /// Whether there is a `return` or `yield`, or a loop is left.
    pub leaves: bool,
    /// Whether there is a `yield`.
    pub yields: bool,
    /// Modules that are imported, and what may be one: a dot for each level before them.
    pub imports: Vec<String>,
}

/// Attributes that have to do with parsers, or with what they parse.
const PARSING: [&str; 17] = [
    "ArgumentParser",
    "add_argument",
    "add_argument_group",
    "add_mutually_exclusive_group",
    "add_subparsers",
    "add_parser",
    "argv",
    "parse_args",
    "parse_args_and_config",
    "parse_args_into_dataclasses",
    "parse_intermixed_args",
    "parse_known_args",
    "parse_known_intermixed_args",
    "set_defaults",
    "exec",
    "eval",
    "setattr",
];

/// Whether the attribute or name has to do with parsers.
pub(super) fn is_parsing(name: &str) -> bool {
    PARSING.contains(&name)
}

/// What may be asked of a parser without a change of what it declares.
pub(super) const HARMLESS: [&str; 12] = [
    "print_help",
    "print_usage",
    "format_help",
    "format_usage",
    "error",
    "exit",
    "prog",
    "description",
    "epilog",
    "usage",
    "get_default",
    "_action_groups",
];

impl Tokens {
    /// The tokens of a script, which the parser has understood.
    pub(super) fn of(text: &str) -> Tokens {
        let tokens = lexer::lex(text, Mode::Module).flatten();
        let place = |range: TextRange| (range.start().to_usize(), range.end().to_usize());
        Tokens(tokens.map(|(token, range)| (token, place(range).0, place(range).1)).collect())
    }

    /// What the tokens in these ranges mention.
    pub(super) fn mentions(&self, ranges: impl IntoIterator<Item = TextRange>) -> Mentions {
        let mut found = Mentions::default();
        for range in ranges {
            let from = self.0.partition_point(|t| t.1 < range.start().to_usize());
            let to = self.0.partition_point(|t| t.1 < range.end().to_usize());
            let ends = |t: &(Tok, usize, usize)| matches!(t.0, Tok::Newline | Tok::Semi);
            for line in self.0.get(from..to).unwrap_or_default().split(ends) {
                found.line(line);
            }
        }
        found
    }
}

impl Mentions {
    /// What `import` and `from` in the line may import.
    fn imports(&mut self, line: &[(Tok, usize, usize)]) {
        let starts = |t: &(Tok, usize, usize)| matches!(t.0, Tok::Import | Tok::From);
        let Some(at) = line.iter().position(starts) else { return };
        let mut package = String::new();
        let mut module = String::new();
        for (token, ..) in &line[at..] {
            match token {
                Tok::Dot => module.push('.'),
                Tok::Ellipsis => module.push_str("..."),
                Tok::Name { name } => module.push_str(name),
                Tok::Import if !module.is_empty() => {
                    self.imports.push(module.clone());
                    let dot = if module.ends_with('.') { "" } else { "." };
                    package = std::mem::take(&mut module) + dot;
                }
                Tok::Comma | Tok::As => {
                    self.imports.push(format!("{package}{module}"));
                    module.clear();
                }
                _ => {}
            }
        }
        self.imports.push(format!("{package}{module}"));
    }

    fn line(&mut self, line: &[(Tok, usize, usize)]) {
        self.imports(line);
        let mut depth = 0_i32;
        let mut names = Vec::new();
        // How many of the names may be targets.
        let mut targets = 0;
        for (i, (token, ..)) in line.iter().enumerate() {
            match token {
                Tok::Lpar | Tok::Lsqb | Tok::Lbrace => depth += 1,
                Tok::Rpar | Tok::Rsqb | Tok::Rbrace => depth -= 1,
                Tok::Return | Tok::Break | Tok::Continue => self.leaves = true,
                Tok::Yield => (self.leaves, self.yields) = (true, true),
                Tok::Equal
                | Tok::PlusEqual
                | Tok::MinusEqual
                | Tok::StarEqual
                | Tok::SlashEqual
                | Tok::VbarEqual
                | Tok::AmperEqual
                | Tok::PercentEqual
                | Tok::CircumflexEqual
                | Tok::DoubleSlashEqual
                | Tok::DoubleStarEqual
                | Tok::AtEqual
                | Tok::LeftShiftEqual
                | Tok::RightShiftEqual
                    if depth == 0 =>
                {
                    targets = names.len();
                }
                Tok::For
                | Tok::Import
                | Tok::With
                | Tok::As
                | Tok::Def
                | Tok::Class
                | Tok::Del
                | Tok::Global
                | Tok::Nonlocal
                | Tok::ColonEqual
                | Tok::Case
                | Tok::Match => {
                    targets = usize::MAX;
                }
                Tok::String {
                    value, kind: StringKind::FString | StringKind::RawFString, ..
                } => {
                    let words = value.split(|c: char| !c.is_alphanumeric() && c != '_');
                    words.for_each(|word| self.name(word));
                }
                Tok::Name { name } => {
                    self.parsing |= is_parsing(name);
                    let after_dot = i > 0 && matches!(line[i - 1].0, Tok::Dot);
                    let next = |n: usize| line.get(i + n).map(|t| &t.0);
                    let asks = matches!((next(1), next(2)),
                        (Some(Tok::Dot), Some(Tok::Name { name })) if HARMLESS.contains(&name.as_str()));
                    if !after_dot && !asks {
                        names.push(name.as_str());
                    }
                }
                _ => {}
            }
        }
        self.assigned.extend(names.iter().take(targets).map(|n| (*n).to_owned()));
        names.into_iter().for_each(|name| self.name(name));
    }

    fn name(&mut self, name: &str) {
        self.parsing |= is_parsing(name);
        self.names.insert(name.to_owned());
    }
}
