//! What the user is told of a staged run.

use guild_flags::shell;
use guild_plugin_api::Value;
use guild_store::{Run, format};

use crate::session::Session;

/// How a staged run is started, in Guild AI 0.9.0's words.
pub fn staged_text(session: &Session, run: &Run) -> String {
    let op = format::operation(run);
    if run.dir().parent() == Some(&session.store().runs_dir()) {
        let id = run.id();
        return format!(
            "{op} staged as {id}\nTo start the operation, use 'guild run --start {id}'"
        );
    }
    let words = match run.attr("cmd") {
        Ok(Some(Value::List(words))) => words,
        _ => Vec::new(),
    };
    let words: Vec<_> = words.iter().filter_map(Value::as_str).map(shell::quote_short).collect();
    let dir = run.dir().display();
    format!(
        "{op} staged in '{dir}'\nTo start the operation, use \"(cd '{dir}' && source .guild/ENV && \
         {})\"",
        words.join(" ")
    )
}
