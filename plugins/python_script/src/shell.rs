//! Quoting for a shell, as Python's `shlex` does it.

use std::borrow::Cow;

/// Quotes `s` as `shlex.quote` does: nothing where nothing is needed, else single quotes.
///
/// ```
/// use guild_python_script::shell::quote;
/// assert_eq!(quote("sub/train"), "sub/train");
/// assert_eq!(quote("with space"), "'with space'");
/// assert_eq!(quote("it's"), r#"'it'"'"'s'"#);
/// assert_eq!(quote(""), "''");
/// ```
pub fn quote(s: &str) -> Cow<'_, str> {
    let safe = |b: u8| b.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&b);
    if s.is_empty() {
        return "''".into();
    }
    if s.bytes().all(safe) {
        return s.into();
    }
    format!("'{}'", s.replace('\'', r#"'"'"'"#)).into()
}

/// Quotes an item of a list flag: as [`quote`], but text in single quotes gets double ones
/// around it, as Guild AI 0.9.0 shows it.
///
/// ```
/// use guild_python_script::shell::quote_item;
/// assert_eq!(quote_item("'yes'"), r#""'yes'""#);
/// assert_eq!(quote_item("a b"), "'a b'");
/// ```
pub fn quote_item(s: &str) -> Cow<'_, str> {
    let quoted = quote(s);
    let inner = quoted
        .strip_prefix(r#"''"'"'"#)
        .filter(|_| quoted.ends_with(r#"'"'"''"#))
        .map(|rest| rest.get(..rest.len().saturating_sub(6)).unwrap_or_default());
    match inner {
        Some(inner) => format!(r#""'{inner}'""#).into(),
        None => quoted,
    }
}

/// The words of a line as a shell takes them; a quote without its end is taken as it is.
pub fn split(line: &str) -> Vec<String> {
    shlex::split(line).unwrap_or_else(|| line.split_whitespace().map(str::to_owned).collect())
}
