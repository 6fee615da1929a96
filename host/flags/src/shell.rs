//! How a text is quoted for a shell, and how a line is split into arguments.
//!
//! The rules are those of `shlex` in its POSIX mode, because run attributes and Guild
//! files were written with it: no comments, no variables, no globs.

use std::borrow::Cow;

/// Why a line cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A quotation mark is never closed.
    #[error("No closing quotation")]
    NoClosingQuotation,
    /// The line ends in a backslash.
    #[error("No escaped character")]
    NoEscapedCharacter,
}

/// Quotes `text` so that a shell takes it as one word; a text that needs no quotes stays as it is.
///
/// [`split`] gives the text back.
///
/// ```
/// use guild_flags::shell::quote;
/// assert_eq!(quote("a-b"), "a-b");
/// assert_eq!(quote("a b"), "'a b'");
/// assert_eq!(quote("it's"), r#"'it'"'"'s'"#);
/// ```
pub fn quote(text: &str) -> Cow<'_, str> {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(safe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r#"'"'"'"#)))
}

/// As [`quote`], but a text that is in single quotes itself comes in double quotes: `'a'` as
/// `"'a'"` instead of `''"'"'a'"'"''`.
///
/// This is how Guild shows commands and joins lists. It is for reading: a text in single quotes
/// that holds `"`, `$` or the like does not survive [`split`].
pub fn quote_short(text: &str) -> Cow<'_, str> {
    const START: &str = r#"''"'"'"#;
    const END: &str = r#"'"'"''"#;
    let quoted = quote(text);
    if !quoted.starts_with(START) || !quoted.ends_with(END) {
        return quoted;
    }
    // A single `'` alone matches both ends with the same characters and so loses itself, in Guild
    // AI as here.
    let inner = quoted.get(START.len()..quoted.len() - END.len()).unwrap_or_default();
    Cow::Owned(format!("\"'{inner}'\""))
}

/// Splits a line into words.
///
/// # Errors
/// When a quotation mark is not closed, or the line ends in a backslash.
///
/// ```
/// use guild_flags::shell::split;
/// assert_eq!(split(r#"a "b c" d\ e ''"#).unwrap_or_default(), ["a", "b c", "d e", ""]);
/// assert!(split("it's").is_err());
/// ```
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(SplitError::NoClosingQuotation)? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => in_double_quotes(&mut chars, word.get_or_insert_default())?,
            '\\' => {
                let escaped = chars.next().ok_or(SplitError::NoEscapedCharacter)?;
                word.get_or_insert_default().push(escaped);
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Reads up to the closing `"`, where a backslash escapes itself and `"` and is kept before others.
fn in_double_quotes(chars: &mut std::str::Chars, word: &mut String) -> Result<(), SplitError> {
    loop {
        match chars.next().ok_or(SplitError::NoClosingQuotation)? {
            '"' => return Ok(()),
            '\\' => match chars.next().ok_or(SplitError::NoEscapedCharacter)? {
                c @ ('"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// Quotes each word ([`quote`]) and puts a space between them.
pub fn join<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|w| quote(w.as_ref())).collect::<Vec<_>>().join(" ")
}

/// As [`join`], with [`quote_short`].
pub fn join_short<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|w| quote_short(w.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_in_single_quotes_are_quoted_short() {
        assert_eq!(quote_short("'a b'"), "\"'a b'\"");
        assert_eq!(quote_short("it's"), r#"'it'"'"'s'"#);
        assert_eq!(quote_short("'"), "\"''\"");
        assert_eq!(join_short(&["a", "'b'"]), "a \"'b'\"");
    }

    #[test]
    fn a_line_that_breaks_off_is_an_error() {
        assert_eq!(split("a 'b"), Err(SplitError::NoClosingQuotation));
        assert_eq!(split("a \"b\\\""), Err(SplitError::NoClosingQuotation));
        assert_eq!(split("a \\"), Err(SplitError::NoEscapedCharacter));
    }

    #[test]
    fn backslashes_in_double_quotes_stay_before_other_characters() {
        assert_eq!(split(r#""a\b\"\\" 'c\d'"#).unwrap(), [r#"a\b"\"#, r"c\d"]);
    }

    proptest! {
        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec(any::<String>(), 0..5)) {
            prop_assert_eq!(split(&join(&words)).unwrap(), words);
        }

        #[test]
        fn split_takes_anything(line in any::<String>()) {
            let _ = split(&line);
        }
    }
}
