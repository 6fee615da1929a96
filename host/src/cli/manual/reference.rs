//! The reference of commands, in Markdown.

use clap::Command;

use crate::cli::usage;

/// How wide the lines are, in columns.
const WIDTH: usize = 96;

/// A section for each command: what `--help` shows.
pub fn markdown(root: Command) -> String {
    let mut root = super::with_texts(root.term_width(WIDTH));
    let mut text = String::from(
        "# Commands\n\nWhat `--help` shows, for every command. The options before the command \
         (`-C`, `-H`, `--debug`) are those of `guild` itself.\n",
    );
    section(&mut root, "guild", &mut text);
    text
}

fn section(command: &mut Command, path: &str, text: &mut String) {
    let help = usage::long(command.clone()).render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    *text += &format!("\n## {path}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    for sub in command.get_subcommands_mut().filter(|sub| !sub.is_hide_set()) {
        let path = format!("{path} {}", sub.get_name());
        // Those that are there twice are explained once.
        if !(path.starts_with("guild runs ") && is_twice(sub.get_name())) {
            section(sub, &path, text);
        }
    }
}

/// Whether a command of `guild runs` is one of `guild`, too.
fn is_twice(name: &str) -> bool {
    let twice = ["comment", "diff", "export", "import", "label", "mark", "merge", "stop", "tag"];
    twice.contains(&name)
}
