//! What a run is called.

mod percent;

use guild_plugin_api::Value;
use indexmap::IndexMap;

use crate::Warnings;
use crate::path::base_name;
use crate::value::{assigns, format, is_true, repr, repr_value, text};

/// The label of a run that has no template: `NAME=VALUE` of each flag that is not null, sorted by
/// name.
///
/// Floats are cut to five decimals and long paths shortened, see [`format()`].
///
/// ```
/// use guild_flags::label::default_label;
/// let flags = [("lr".to_string(), 0.1.into()), ("debug".to_string(), true.into())].into();
/// assert_eq!(default_label(&flags), "debug=yes lr=0.1");
/// ```
pub fn default_label(flags: &IndexMap<String, Value>) -> String {
    let flags = flags.iter().filter(|(_, value)| !value.is_null());
    let flags = flags.map(|(name, value)| (name.clone(), value.clone())).collect();
    assigns(&flags, true, true).join(" ")
}

/// The template of a run's label: the one that the user gives, else the tags before the default
/// label, else the operation's.
pub fn label_template(given: Option<&str>, tags: &[String], op: Option<&str>) -> Option<String> {
    match given.or(op) {
        _ if given.is_none() && !tags.is_empty() => {
            Some(format!("{} ${{default_label}}", tags.join(" ")))
        }
        template => template.map(Into::into),
    }
}

/// The label of a run: the default one, or `template` with each `${NAME}` replaced by a flag's
/// value as the default label shows it, and `${default_label}` by that label. What is not known
/// is replaced by nothing.
///
/// `${NAME|FILTER|..}` passes the value through filters:
///
/// | filter | gives |
/// |---|---|
/// | `%.2f` | the value in a format of C's `printf`; as it is when the format does not fit it |
/// | `default:TEXT` | the text, when there is no value |
/// | `basename` | the last part of a path |
/// | `unquote` | a string without the single quotes around it |
///
/// Any other filter gives `#error#`. What a filter gives is not formatted any more: booleans are
/// `True` and `False`, and floats have all their decimals.
///
/// The behaviour is `guild.op_util.run_label`'s.
///
/// ```
/// use guild_flags::label::render_label;
/// let flags = [("lr".to_string(), 0.123456789.into())].into();
/// let label = |template| render_label(Some(template), &flags);
/// assert_eq!(label("a ${lr} ${lr|%.2f} ${no|default:b}${no}"), "a 0.12345 0.12 b");
/// ```
pub fn render_label(template: Option<&str>, flags: &IndexMap<String, Value>) -> String {
    render_label_noting(template, flags, &mut Warnings::new())
}

/// As [`render_label`]; also says which filters and formats are unknown.
pub fn render_label_noting(
    template: Option<&str>,
    flags: &IndexMap<String, Value>,
    warnings: &mut Warnings,
) -> String {
    let Some(template) = template else { return default_label(flags) };
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, reference, after)) = next_reference(rest) {
        out.push_str(before);
        out.push_str(&render_reference(reference, flags, warnings));
        rest = after;
    }
    out + rest
}

/// The next `${..}` of a template: what stands before it, in it and after it. There is at least
/// one character in it, so that the first brace of `${}}` does not end it, and no line end.
fn next_reference(template: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + template[from..].find("${")?;
        let inside = &template[start + 2..];
        let first = inside.chars().next().map_or(0, char::len_utf8);
        match inside.get(first..).and_then(|rest| rest.find('}')) {
            Some(end) if !inside[..first + end].contains('\n') => {
                let end = first + end;
                return Some((&template[..start], &inside[..end], &inside[end + 1..]));
            }
            _ => from = start + 2,
        }
    }
}

fn render_reference(
    reference: &str,
    flags: &IndexMap<String, Value>,
    warnings: &mut Warnings,
) -> String {
    let mut parts = reference.split('|');
    let name = parts.next().unwrap_or_default();
    let value = flags.get(name).filter(|value| !value.is_null());
    let mut filters = parts.peekable();
    if filters.peek().is_none() {
        return match value {
            Some(value) => format(value, true, true),
            None if name == "default_label" => default_label(flags),
            None => String::new(),
        };
    }
    let value = match value {
        Some(value) => value.clone(),
        None if name == "default_label" => default_label(flags).into(),
        None => Value::Null,
    };
    match filters.fold(value, |value, filter| apply(filter, value, warnings)) {
        Value::Null => String::new(),
        value => text(&value),
    }
}

fn apply(filter: &str, value: Value, warnings: &mut Warnings) -> Value {
    let (name, arg) = match filter.split_once(':') {
        Some((name, arg)) => (name, Some(arg)),
        None => (filter, None),
    };
    match name {
        format if format.starts_with('%') => match percent::format(format, &value) {
            Ok(text) => text.into(),
            Err(percent::Problem::Value) => value,
            Err(percent::Problem::Format(problem)) => {
                let (value_repr, format) = (repr_value(&value), repr(format));
                warnings.push(format!("error formatting {value_repr} with {format}: {problem}"));
                value
            }
        },
        "default" if value.is_null() => arg.unwrap_or_default().into(),
        "default" => value,
        "basename" => {
            if arg.is_some_and(|arg| !arg.is_empty()) {
                warnings.push(format!("ignoring argument to basename in {}", repr(filter)));
            }
            match value {
                Value::Str(path) => base_name(&path).into(),
                value if !is_true(&value) => "".into(),
                // Only strings are paths; Guild AI breaks down over others.
                value => value,
            }
        }
        "unquote" => match value.as_str().and_then(|s| s.strip_prefix('\'')?.strip_suffix('\'')) {
            Some(inside) => inside.into(),
            None => value,
        },
        _ => {
            warnings.push(format!("unsupported template transform: {}", repr(filter)));
            "#error#".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flags() -> IndexMap<String, Value> {
        let json = r#"{"b": true, "f": 0.123456789, "n": null, "s": "a b", "q": "'q'",
            "p": "/x/y.csv", "l": [1, 2.5], "i": 7}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_default_label() {
        assert_eq!(
            default_label(&flags()),
            "b=yes f=0.12345 i=7 l=[1, 2.5] p=/x/y.csv q='''q''' s='a b'"
        );
    }

    #[test]
    fn the_seed() {
        let json = r#"{"layers": 32, "name": "foo", "noise": 3, "skip_connections": true}"#;
        let flags = serde_json::from_str(json).unwrap();
        assert_eq!(default_label(&flags), "layers=32 name=foo noise=3 skip_connections=yes");
    }

    #[test]
    fn templates() {
        for (template, expected) in [
            ("${b} ${f} ${n} ${s} ${none}", "yes 0.12345  'a b' "),
            ("${b|default:x} ${n|default:x} ${n|default} ${none|default:a:b}", "True x  a:b"),
            ("${f|%.2f} ${f|%05d} ${s|%.1s} ${s|%d} ${i|%x%%}", "0.12 00000 a a b 7%"),
            ("${p|basename} ${p|basename|%5.1s|unquote} ${n|basename}", "y.csv     y "),
            ("${q|unquote} ${s|unquote} ${i|unquote}", "q a b 7"),
            ("${i|huh} ${l|default}", "#error# [1, 2.5]"),
            ("$b {b} ${} ${\n} ${i", "$b {b} ${} ${\n} ${i"),
            ("${${i}} ${}}", "} "),
        ] {
            assert_eq!(render_label(Some(template), &flags()), expected, "{template}");
        }
        let one = [("x".to_string(), 1.into())].into();
        assert_eq!(render_label(Some("a ${default_label}"), &one), "a x=1");
        assert_eq!(render_label(Some("${default_label|%.1s}"), &one), "x");
        assert_eq!(render_label(None, &one), "x=1");
    }

    #[test]
    fn what_is_odd_is_noted() {
        let mut warnings = Warnings::new();
        render_label_noting(Some("${i|huh:1}${f|%y}${p|basename:x}"), &flags(), &mut warnings);
        assert_eq!(
            warnings,
            [
                "unsupported template transform: 'huh:1'",
                "error formatting 0.123456789 with '%y': unsupported format character 'y' (0x79) at index 1",
                "ignoring argument to basename in 'basename:x'",
            ]
        );
    }

    #[test]
    fn where_a_template_comes_from() {
        let tags = ["t1".to_string(), "t2".to_string()];
        let template = |given, tags, op| label_template(given, tags, op);
        assert_eq!(template(Some("a"), &tags, Some("o")).as_deref(), Some("a"));
        assert_eq!(template(None, &tags, Some("o")).as_deref(), Some("t1 t2 ${default_label}"));
        assert_eq!(template(None, &[], Some("o")).as_deref(), Some("o"));
        assert_eq!(template(None, &[], None), None);
    }

    proptest! {
        #[test]
        fn any_template_gives_some_label(template in r"(\$\{[a-z]\|?|[%:0-9.}*#()a-z+ -]|\n){0,12}") {
            let _ = render_label(Some(&template), &flags());
        }

        #[test]
        fn any_format_gives_some_text(format in r"%[-+ #0]{0,2}[0-9*]{0,9}\.?[0-9*]{0,9}[a-zA-Z%(]{0,2}") {
            for name in flags().keys() {
                let _ = render_label(Some(&format!("${{{name}|{format}}}")), &flags());
            }
        }
    }
}
