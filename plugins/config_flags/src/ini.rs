//! INI files, as Python's `configparser` reads and writes them.

use guild_flags::value::{parse_float, parse_int, text};
use guild_plugin_api::{Map, Value};

/// The section whose options all others have, too.
const DEFAULT: &str = "DEFAULT";

/// How often `%(name)s` may stand for another such reference.
const MAX_DEPTH: usize = 10;

type Options = Vec<(String, String)>;

/// The settings: options of the section `DEFAULT` by their names, others as `section.option`.
///
/// # Errors
/// The line with what is wrong.
pub(crate) fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    let sections = sections(text)?;
    let defaults: Options = sections
        .iter()
        .find(|(name, _)| name == DEFAULT)
        .map(|(_, options)| options.clone())
        .unwrap_or_default();
    let mut settings = Vec::new();
    for (name, _) in &defaults {
        settings.push((name.clone(), value(&defaults, &[], name, MAX_DEPTH)?));
    }
    for (section, options) in sections.iter().filter(|(name, _)| name != DEFAULT) {
        let inherited = defaults.iter().filter(|(n, _)| !options.iter().any(|(o, _)| o == n));
        for (name, _) in options.iter().chain(inherited) {
            let value = value(options, &defaults, name, MAX_DEPTH)?;
            settings.push((format!("{section}.{name}"), value));
        }
    }
    Ok(settings)
}

fn sections(text: &str) -> Result<Vec<(String, Options)>, String> {
    let mut sections: Vec<(String, Options)> = Vec::new();
    let mut indent = None;
    for (i, line) in text.lines().enumerate() {
        let wrong = |what: &str| Err(format!("{what} (line {}, column 1)", i + 1));
        let trimmed = line.trim();
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        let open = sections.last_mut().and_then(|(_, options)| options.last_mut());
        if let (Some((_, value)), Some(of_option)) = (open, indent)
            && (trimmed.is_empty() || depth > of_option)
        {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let name = name.0.to_string();
            if name != DEFAULT && sections.iter().any(|(held, _)| *held == name) {
                return wrong(&format!("section '{name}' is there twice"));
            }
            indent = None;
            sections.push((name, Vec::new()));
            continue;
        }
        let Some(at) = trimmed.find(['=', ':']) else {
            return wrong("expected NAME = VALUE");
        };
        let name = trimmed[..at].trim().to_lowercase();
        let Some((_, options)) = sections.last_mut() else {
            return wrong("expected a section, such as [section]");
        };
        if name.is_empty() || options.iter().any(|(held, _)| *held == name) {
            return wrong(&format!("option '{name}' cannot be used"));
        }
        options.push((name, trimmed[at + 1..].trim().to_string()));
        indent = Some(depth);
    }
    for (_, value) in sections.iter_mut().flat_map(|(_, options)| options) {
        value.truncate(value.trim_end().len());
    }
    Ok(sections)
}

/// The value of an option, `%(name)s` replaced by that of another.
fn value(
    options: &[(String, String)],
    defaults: &[(String, String)],
    name: &str,
    depth: usize,
) -> Result<String, String> {
    let held = options.iter().chain(defaults).find(|(held, _)| held == name);
    let Some((_, raw)) = held else { return Err(format!("there is no option '{name}'")) };
    let mut out = String::new();
    let mut rest = raw.as_str();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let reference = rest.strip_prefix('(').and_then(|r| r.split_once(")s"));
        let Some((other, after)) = reference.filter(|_| depth > 0) else {
            return Err(format!("'%' in option '{name}' must be followed by '%' or '(NAME)s'"));
        };
        out.push_str(&value(options, defaults, &other.to_lowercase(), depth - 1)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// What a text is as a flag's value: a number, yes or no, or text.
pub(crate) fn typed(value: String) -> Value {
    if let Some(number) = parse_int(&value) {
        return number;
    }
    if let Some(number) = parse_float(&value) {
        return Value::Float(number);
    }
    match value.to_lowercase().as_str() {
        "yes" | "true" | "on" => Value::Bool(true),
        "no" | "false" | "off" => Value::Bool(false),
        _ => Value::Str(value),
    }
}

/// The text of a file with these sections, sorted by name; what is in none is in `DEFAULT`.
pub(crate) fn write(config: &Value) -> String {
    let empty = Map::new();
    let map = config.as_map().unwrap_or(&empty);
    let mut defaults = Vec::new();
    let mut sections = Vec::new();
    for (name, value) in map {
        match value {
            Value::Map(options) => {
                let options = options.iter().map(|(name, value)| (text(name), value)).collect();
                sections.push((text(name), options));
            }
            value => defaults.push((text(name), value)),
        }
    }
    sections.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut out = String::new();
    if !defaults.is_empty() {
        section(DEFAULT, defaults, &mut out);
    }
    for (name, options) in sections {
        section(&name, options, &mut out);
    }
    out
}

fn section(name: &str, mut options: Vec<(String, &Value)>, out: &mut String) {
    options.sort_by(|(a, _), (b, _)| a.cmp(b));
    out.push_str(&format!("[{name}]\n"));
    for (name, value) in options {
        let value = text(value).replace('%', "%%").replace('\n', "\n\t");
        out.push_str(&format!("{} = {value}\n", name.to_lowercase()));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_with_types_and_references() {
        let file = "; about\n[DEFAULT]\nBase = /d\nx = 1\n\n[a b]\nx: 2.5\npath = %(base)s/%%\n  and\n\
                    flag = Yes\n";
        let found: Vec<_> =
            read(file).unwrap().into_iter().map(|(n, v)| format!("{n}={:?}", typed(v))).collect();
        assert_eq!(
            found,
            [
                "base=Str(\"/d\")",
                "x=Int(1)",
                "a b.x=Float(2.5)",
                "a b.path=Str(\"/d/%\\nand\")",
                "a b.flag=Bool(true)",
                "a b.base=Str(\"/d\")"
            ]
        );
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (file, words) in [
            ("x = 1", "expected a section, such as [section] (line 1, column 1)"),
            ("[a]\nx", "expected NAME = VALUE (line 2, column 1)"),
            ("[a]\nx=1\n[a]\n", "section 'a' is there twice (line 3, column 1)"),
            ("[a]\nx=1\nX=2", "option 'x' cannot be used (line 3, column 1)"),
            ("[a]\nx=%z", "'%' in option 'x' must be followed by '%' or '(NAME)s'"),
            ("[a]\nx=%(y)s", "there is no option 'y'"),
            ("[a]\nx=%(x)s", "'%' in option 'x' must be followed by '%' or '(NAME)s'"),
        ] {
            assert_eq!(read(file).unwrap_err(), words, "{file}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let config: Value =
            serde_json::from_str(r#"{"s": {"b": "50%\nx", "A": 2}, "top": true}"#).unwrap();
        let file = write(&config);
        assert_eq!(file, "[DEFAULT]\ntop = True\n\n[s]\na = 2\nb = 50%%\n\tx\n\n");
        assert_eq!(read(&file).unwrap().len(), 4);
    }
}
