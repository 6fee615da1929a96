//! Comments of runs, as `guild comment --list` and `guild runs --comments` show them.

use guild_flags::value;
use guild_plugin_api::Value;
use guild_store::format::Context;
use guild_store::{Run, clock};

use crate::terminal;

/// How wide a comment is at most, its indent included.
const WIDTH: usize = 78;

/// A run's comments; none where they cannot be read.
pub fn of(run: &Run) -> Vec<Value> {
    match run.attr("comments") {
        Ok(Some(Value::List(comments))) => comments,
        Ok(_) => Vec::new(),
        Err(e) => {
            terminal::warning(&format!("Error reading comments for run {}: {e}", run.id()));
            Vec::new()
        }
    }
}

/// The comments of a run below its line, numbered for `--delete`.
pub fn numbered(run: &Run, context: &Context) -> String {
    let comments = of(run);
    if comments.is_empty() {
        return "  <no comments>\n".into();
    }
    let show = |(i, comment)| entry(&format!("[{}] ", i + 1), 2, comment, context);
    comments.iter().enumerate().map(show).collect()
}

/// The comments of a run below its line in a list of runs; nothing where there are none.
pub fn indented(run: &Run, context: &Context) -> String {
    of(run).iter().map(|comment| entry("  ", 4, comment, context)).collect()
}

fn entry(before: &str, indent: usize, comment: &Value, context: &Context) -> String {
    let part = |key| comment.get(key).filter(|v| value::is_true(v)).map(value::text);
    let user = part("user").unwrap_or_default();
    let user = match part("host") {
        Some(host) => format!("{user}@{host}"),
        None => user,
    };
    let time = match comment.get("time") {
        Some(Value::Int(time)) => clock::format_time(*time, &context.zone),
        _ => part("time").unwrap_or_default(),
    };
    let body = part("body").unwrap_or_default();
    format!("{before}{user} {time}\n\n{}\n\n", wrapped(&body, indent))
}

/// The text in lines of at most [`WIDTH`]; blank lines separate paragraphs, which keep their own
/// indent.
fn wrapped(text: &str, indent: usize) -> String {
    let mut paragraphs: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let words = line.split_whitespace();
        if line.trim().is_empty() {
            open = false;
        } else if let Some((_, paragraph)) = paragraphs.last_mut().filter(|_| open) {
            paragraph.extend(words);
        } else {
            paragraphs.push((line.len() - line.trim_start().len(), words.collect()));
            open = true;
        }
    }
    let filled = paragraphs.iter().map(|(own, words)| fill(words, indent + own));
    filled.collect::<Vec<_>>().join("\n\n")
}

fn fill(words: &[&str], indent: usize) -> String {
    let blanks = " ".repeat(indent);
    let room = WIDTH.saturating_sub(indent).max(11);
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in words {
        let length = line.chars().count() + word.chars().count() + 1;
        if !line.is_empty() && length > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.iter().map(|line| format!("{blanks}{line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_wrapped_by_paragraph() {
        assert_eq!(wrapped("a\nb\n\n  c d", 2), "  a b\n\n    c d");
        let long = wrapped(&"word ".repeat(40), 2);
        assert!(long.lines().all(|line| line.len() <= WIDTH && line.starts_with("  word")));
        assert_eq!(long.split_whitespace().count(), 40);
        assert_eq!(wrapped("", 2), "");
    }
}
