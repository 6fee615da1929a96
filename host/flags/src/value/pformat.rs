//! Values as `pprint.pformat` lays them out in 80 columns: the form in which maps, and
//! lists within them, are passed on a command line and in the environment.

use guild_plugin_api::{Map, Value};

use super::compare::key_order;
use super::number::is_space;
use super::text::{repr, repr_value};

const WIDTH: usize = 80;

/// The text of a value: as [`repr_value`] with the keys of maps sorted, and over several lines
/// when it is wider than 80 columns.
///
/// ```
/// use guild_flags::value::pformat;
/// use guild_plugin_api::{Map, Value};
/// let map: Map = [("b", Value::Float(1e-5)), ("a", Value::Bool(true))].into_iter().collect();
/// assert_eq!(pformat(&Value::Map(map)), "{'a': True, 'b': 1e-05}");
/// ```
pub fn pformat(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, 0, 1);
    out
}

/// Writes `value` from column `indent` on, with `allowance` columns to keep for what closes the
/// values around it.
fn write(out: &mut String, value: &Value, indent: usize, allowance: usize, level: usize) {
    let line = one_line(value);
    if indent + allowance + width(&line) <= WIDTH {
        out.push_str(&line);
        return;
    }
    match value {
        Value::Map(map) => write_map(out, map, indent, allowance, level),
        Value::List(items) => write_list(out, items, indent, allowance, level),
        Value::Str(s) => write_string(out, s, indent, allowance, level),
        _ => out.push_str(&line),
    }
}

fn write_map(out: &mut String, map: &Map, indent: usize, allowance: usize, level: usize) {
    out.push('{');
    let indent = indent + 1;
    for (i, (key, value)) in sorted(map).into_iter().enumerate() {
        if i > 0 {
            new_line(out, ",", indent);
        }
        let key = one_line(key);
        out.push_str(&key);
        out.push_str(": ");
        let allowance = if i + 1 == map.len() { allowance + 1 } else { 1 };
        write(out, value, indent + width(&key) + 2, allowance, level + 1);
    }
    out.push('}');
}

fn write_list(out: &mut String, items: &[Value], indent: usize, allowance: usize, level: usize) {
    out.push('[');
    let indent = indent + 1;
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            new_line(out, ",", indent);
        }
        let allowance = if i + 1 == items.len() { allowance + 1 } else { 1 };
        write(out, item, indent, allowance, level + 1);
    }
    out.push(']');
}

/// A long string is written in pieces, a line each, that the reader puts together again.
fn write_string(out: &mut String, s: &str, indent: usize, allowance: usize, level: usize) {
    let outermost = level == 1;
    let (indent, allowance) =
        if outermost { (indent + 1, allowance + 1) } else { (indent, allowance) };
    let room = WIDTH.saturating_sub(indent);
    let pieces = pieces(s, room, allowance);
    if let [] | [_] = pieces.as_slice() {
        return out.push_str(&repr(s));
    }
    if outermost {
        out.push('(');
    }
    for (i, piece) in pieces.iter().enumerate() {
        if i > 0 {
            new_line(out, "", indent);
        }
        out.push_str(piece);
    }
    if outermost {
        out.push(')');
    }
}

/// The quoted pieces of a string: its lines, and words of a line that is wider than `room`.
fn pieces(s: &str, room: usize, allowance: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let lines = lines(s);
    for (i, line) in lines.iter().enumerate() {
        let last_line = i + 1 == lines.len();
        let keep = |last: bool| room.saturating_sub(if last { allowance } else { 0 });
        let quoted = repr(line);
        if width(&quoted) <= keep(last_line) {
            pieces.push(quoted);
            continue;
        }
        let words = words(line);
        let mut current = String::new();
        for (j, word) in words.iter().enumerate() {
            let candidate = format!("{current}{word}");
            if width(&repr(&candidate)) > keep(last_line && j + 1 == words.len()) {
                if !current.is_empty() {
                    pieces.push(repr(&current));
                }
                current = (*word).to_string();
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            pieces.push(repr(&current));
        }
    }
    pieces
}

/// The lines of a text with their ends.
fn lines(s: &str) -> Vec<&str> {
    let ends = |c: char| matches!(c, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut lines = Vec::new();
    let mut rest = s;
    while let Some((at, end)) = rest.char_indices().find(|(_, c)| ends(*c)) {
        let pair = rest[at..].starts_with("\r\n");
        let (line, after) = rest.split_at(at + if pair { 2 } else { end.len_utf8() });
        lines.push(line);
        rest = after;
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// The words of a line, each with the white space after it; white space at the start is one too.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let space = rest.find(is_space).unwrap_or(rest.len());
        let next = rest[space..].find(|c| !is_space(c)).map_or(rest.len(), |i| space + i);
        let (word, after) = rest.split_at(next);
        words.push(word);
        rest = after;
    }
    words
}

/// As [`repr_value`], with the keys of maps sorted.
fn one_line(value: &Value) -> String {
    match value {
        Value::List(items) => {
            format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let entry = |(k, v): (&Value, &Value)| format!("{}: {}", one_line(k), one_line(v));
            format!("{{{}}}", sorted(map).into_iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => repr_value(other),
    }
}

fn sorted(map: &Map) -> Vec<(&Value, &Value)> {
    let mut entries: Vec<_> = map.iter().map(|(k, v)| (k, v)).collect();
    entries.sort_by(|(a, _), (b, _)| key_order(a, b));
    entries
}

fn new_line(out: &mut String, end: &str, indent: usize) {
    out.push_str(end);
    out.push('\n');
    out.push_str(&" ".repeat(indent));
}

fn width(s: &str) -> usize {
    s.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_values_take_lines() {
        let map: Map = [("k", Value::str("word ".repeat(16) + "end")), ("a", Value::Int(1))]
            .into_iter()
            .collect();
        let start = "word ".repeat(14);
        assert_eq!(
            pformat(&Value::Map(map)),
            format!("{{'a': 1,\n 'k': '{start}'\n      'word word end'}}")
        );
    }

    #[test]
    fn lines_and_words() {
        assert_eq!(lines("a\r\nb\u{2028}c"), ["a\r\n", "b\u{2028}", "c"]);
        assert_eq!(words("  a b  c"), ["  ", "a ", "b  ", "c"]);
    }
}
