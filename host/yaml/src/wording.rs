//! Errors of the scanner in the words that PyYAML has for them.

use crate::source::is_break;

/// What PyYAML says for `error`, found at the offset `at`.
pub(crate) fn scanner(error: &libyaml_safer::Error, text: &str, at: usize) -> String {
    let char_at = |at: usize| match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) => format!("{c:?}"),
        None => "the end".into(),
    };
    let problem = match error.problem() {
        "mapping values are not allowed in this context" => {
            "mapping values are not allowed here".into()
        }
        "mapping keys are not allowed in this context" => {
            "mapping keys are not allowed here".into()
        }
        "block sequence entries are not allowed in this context" => {
            "sequence entries are not allowed here".into()
        }
        "found character that cannot start any token" => {
            format!("found character {} that cannot start any token", char_at(at))
        }
        "found unknown escape character" => {
            format!("found unknown escape character {}", char_at(at + 1))
        }
        "found unexpected document indicator" => "found unexpected document separator".into(),
        "did not find expected key" | "did not find expected '-' indicator" => {
            format!("expected <block end>, but found '{}'", token(text, at))
        }
        "did not find expected ',' or ']'" => {
            format!("expected ',' or ']', but got '{}'", token(text, at))
        }
        "did not find expected ',' or '}'" => {
            format!("expected ',' or '}}', but got '{}'", token(text, at))
        }
        "did not find expected node content" => {
            format!("expected the node content, but found '{}'", token(text, at))
        }
        "did not find expected <document start>" => {
            format!("expected '<document start>', but found '{}'", token(text, at))
        }
        other => other.into(),
    };
    match error.context() {
        // These say where the search for the next token was, which the place says already.
        None | Some("while scanning for the next token") => problem,
        Some(context) => format!("{problem} {context}"),
    }
}

/// PyYAML's name for the token that starts at the offset `at`, as far as its text tells.
pub(crate) fn token(text: &str, at: usize) -> &'static str {
    let rest = text.get(at..).unwrap_or_default();
    let mut chars = rest.chars();
    let first = chars.next();
    let spaced = chars.next().is_none_or(|c| c == ' ' || c == '\t' || is_break(c));
    let line_start = at == 0 || text.get(..at).is_some_and(|before| before.ends_with(is_break));
    match first {
        None => "<stream end>",
        Some(c) if is_break(c) && rest.chars().all(is_break) => "<stream end>",
        _ if line_start && rest.starts_with("---") => "<document start>",
        _ if line_start && rest.starts_with("...") => "<document end>",
        Some('%') if line_start => "<directive>",
        Some('[') => "[",
        Some(']') => "]",
        Some('{') => "{",
        Some('}') => "}",
        Some(',') => ",",
        Some('*') => "<alias>",
        Some('&') => "<anchor>",
        Some('!') => "<tag>",
        Some('-') if spaced => "-",
        Some('?') if spaced => "?",
        Some(':') if spaced => ":",
        Some(_) => "<scalar>",
    }
}
