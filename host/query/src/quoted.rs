//! Quoted texts, which end at the next quote of their kind that has no backslash before it.

use guild_plugin_api::Value;

/// The length in characters of the quoted text at the start of `chars`, quotes included; none when
/// there is none that ends in its line.
pub(crate) fn length(chars: &[char]) -> Option<usize> {
    let quote = *chars.first().filter(|c| matches!(c, '"' | '\''))?;
    let mut at = 1;
    loop {
        match *chars.get(at)? {
            c if c == quote => return Some(at + 1),
            '\n' => return None,
            '\\' if *chars.get(at + 1)? == '\n' => return None,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// What a quoted text says: it is read as YAML, so that `'it''s'` and `"a\tb"` mean what they mean
/// there.
pub(crate) fn decode(text: &str) -> Result<Value, String> {
    guild_yaml::decode(text).map_err(|_| format!("invalid string {text}"))
}
