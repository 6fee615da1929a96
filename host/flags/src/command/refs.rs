//! References in texts: `${NAME}`, and `\${NAME}` for those words themselves.

use guild_plugin_api::Value;

use super::CommandError;

/// What a text with references stands for.
pub(super) enum Resolved {
    /// Text.
    Text(String),
    /// The text is a single reference, and what it names is no string.
    Value(Value),
}

/// Replaces the references in `text` by what `lookup` gives for their names, references in those
/// values included. A value that is no string is written as YAML between other text, and stays a
/// value where the reference is all there is.
///
/// The behaviour is `guild.util.resolve_refs`'s.
pub(super) fn resolve<'a>(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<&'a Value>,
) -> Result<Resolved, CommandError> {
    resolve_within(text, lookup, &mut Vec::new())
}

fn resolve_within<'a>(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<&'a Value>,
    stack: &mut Vec<String>,
) -> Result<Resolved, CommandError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(found) = next_reference(rest) {
        if found.start > 0 {
            parts.push(Resolved::Text(rest[..found.start].into()));
        }
        let name = &rest[found.name.0..found.name.1];
        if found.escaped {
            parts.push(Resolved::Text(format!("${{{name}}}")));
        } else {
            parts.push(reference(name, lookup, stack)?);
        }
        rest = &rest[found.name.1 + 1..];
    }
    if !rest.is_empty() {
        parts.push(Resolved::Text(rest.into()));
    }
    if parts.len() == 1 {
        return Ok(parts.remove(0));
    }
    let text = parts.into_iter().map(|part| match part {
        Resolved::Text(text) => text,
        Resolved::Value(value) => guild_yaml::encode(&value),
    });
    Ok(Resolved::Text(text.collect()))
}

fn reference<'a>(
    name: &str,
    lookup: &dyn Fn(&str) -> Option<&'a Value>,
    stack: &mut Vec<String>,
) -> Result<Resolved, CommandError> {
    if stack.iter().any(|outer| outer == name) {
        let names = stack.iter().cloned().chain([name.to_string()]).collect();
        return Err(CommandError::ReferenceCycle(names));
    }
    match lookup(name) {
        None => Err(CommandError::UndefinedReference(name.into())),
        Some(Value::Str(text)) => {
            stack.push(name.into());
            let resolved = resolve_within(text, lookup, stack);
            stack.pop();
            resolved
        }
        Some(value) => Ok(Resolved::Value(value.clone())),
    }
}

/// Where a reference is: its first byte, the bytes of its name, and whether it is escaped.
struct Found {
    start: usize,
    name: (usize, usize),
    escaped: bool,
}

/// The next `${..}`, with at least one character and no line end in it.
fn next_reference(text: &str) -> Option<Found> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("${")?;
        let name = start + 2;
        let first = text[name..].chars().next().map_or(0, char::len_utf8);
        match text.get(name + first..).and_then(|rest| rest.find('}')) {
            Some(end) if !text[name..name + first + end].contains('\n') => {
                let escaped = text[..start].ends_with('\\');
                let start = start - usize::from(escaped);
                return Some(Found { start, name: (name, name + first + end), escaped });
            }
            _ => from = name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexmap::IndexMap;

    fn resolved(text: &str) -> Result<String, String> {
        let json = r#"{"a": "A", "b": "<${a}>", "n": null, "i": 3, "l": [1, "x"], "e": "",
            "c1": "${c2}", "c2": "${c1}"}"#;
        let values: IndexMap<String, Value> = serde_json::from_str(json).unwrap();
        match resolve(text, &|name| values.get(name)) {
            Ok(Resolved::Text(text)) => Ok(text),
            Ok(Resolved::Value(value)) => Ok(format!("{value:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn references() {
        for (text, expected) in [
            ("", ""),
            ("x ${a} ${b}${e}", "x A <A>"),
            (r"\${a} \\${a}", r"${a} \${a}"),
            ("${i}", "Int(3)"),
            ("${i} ${n}", "3 null"),
            ("$a {a} ${\n} ${} ${a", "$a {a} ${\n} ${} ${a"),
        ] {
            assert_eq!(resolved(text).as_deref(), Ok(expected), "{text:?}");
        }
        assert_eq!(
            resolved("${x}").unwrap_err(),
            "invalid setting for operation: command contains invalid reference 'x'"
        );
        assert!(resolved("${c1}").unwrap_err().contains("c1 -> c2 -> c1"));
    }
}
