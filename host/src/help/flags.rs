//! What is said about flags.

use guild_flags::value::{encode, format, is_true};
use guild_plugin_api::Value;
use guild_plugin_api::model::{Choice, FlagDef, Flags};

use super::page::Page;

/// The flags, each with its description, default and choices, for a page of `width` characters.
pub fn definitions(flags: &Flags, width: usize) -> Vec<(String, String)> {
    let widest = flags.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let room = width.saturating_sub(widest + 4);
    flags.into_iter().map(|(name, flag)| (name.clone(), definition(flag, room))).collect()
}

fn definition(flag: &FlagDef, room: usize) -> String {
    let description = flag.description.as_deref().unwrap_or_default();
    let mut lines: Vec<String> = description.split('\n').map(String::from).collect();
    let default = |value: &Value| format!("(default is {})", format(value, false, false));
    let note = if !flag.default.is_null() {
        default(&flag.default)
    } else if flag.required {
        "(required)".into()
    } else if is_true(&flag.null_label) {
        default(&flag.null_label)
    } else {
        String::new()
    };
    if !lines[0].is_empty() {
        lines[0].push(' ');
    }
    lines[0].push_str(&note);
    if !flag.choices.is_empty() {
        lines.push(format!("\n\u{8}\n{}", choices(&flag.choices, room)));
    }
    lines.join("\n\n")
}

fn choices(choices: &[Choice], room: usize) -> String {
    const HEADING: &str = "Choices";
    let described = choices.iter().any(|c| c.description.is_some());
    if !described {
        let mut page = Page::new(room.saturating_sub(HEADING.len() + 1));
        page.definitions(&[(format!("{HEADING}:"), choice_list(choices))], false);
        return page.into_text();
    }
    let mut page = Page::new(room);
    page.heading(HEADING);
    page.indent();
    let description = |choice: &Choice| {
        let text = choice.description.as_deref().unwrap_or_default();
        text.trim().split('\n').collect::<Vec<_>>().join("\n\n")
    };
    let rows: Vec<_> = choices.iter().map(|c| (encode(shown(c)), description(c))).collect();
    page.definitions(&rows, true);
    page.into_text()
}

fn shown(choice: &Choice) -> &Value {
    if is_true(&choice.alias) { &choice.alias } else { &choice.value }
}

fn choice_list(choices: &[Choice]) -> String {
    let list = encode(&Value::List(choices.iter().map(|c| shown(c).clone()).collect()));
    list.strip_prefix('[').and_then(|l| l.strip_suffix(']')).unwrap_or(&list).to_string()
}

/// What an editor shows below a flag's value: the first line of its description, and its choices.
pub fn edit_help(flag: &FlagDef) -> Option<String> {
    let mut lines = Vec::new();
    if let Some(description) = flag.description.as_deref().filter(|d| !d.is_empty()) {
        lines.push(description.split('\n').next().unwrap_or_default().to_string());
    }
    if !flag.choices.is_empty() {
        lines.push(format!("Choices: {}", choice_list(&flag.choices)));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}
