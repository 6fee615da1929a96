//! What the user sees: results on standard output, everything else on standard error.
//!
//! The only place that prints. Colour goes to terminals only, and not where `NO_COLOR` is set.

use std::borrow::Cow;
use std::env;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use guild_store::format::table::{self, Screen};

use unicode_width::UnicodeWidthChar;

use crate::error::{EXIT_ERROR, Error, Result};

/// Writes results. A reader that has gone away ends the output, not the command.
pub fn out(text: &str) {
    clear_status();
    let _ = write_line(&mut io::stdout().lock(), text);
}

/// Writes a result that other programs may read: as it is, but on a terminal with control characters
/// written out.
pub fn exact(text: &str) {
    match io::stdout().is_terminal() {
        true => out(&table::visible(text, &['\t', '\n'])),
        false => out(text),
    }
}

/// Writes results that end their own lines.
pub fn print(text: &str) {
    bytes(text.as_bytes());
}

/// Writes bytes that end their own lines.
pub fn bytes(bytes: &[u8]) {
    clear_status();
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// As [`bytes`], on standard error.
pub fn err_bytes(bytes: &[u8]) {
    clear_status();
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
}

/// Writes what `source` holds, as it is. A reader that has gone away ends it.
pub fn copy(source: &mut impl Read) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match io::copy(source, &mut stdout).and_then(|_| stdout.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(e),
        _ => Ok(()),
    }
}

/// As [`copy`]; false when nobody reads what is written any more.
pub fn follow(source: &mut impl Read) -> io::Result<bool> {
    let mut stdout = io::stdout().lock();
    match io::copy(source, &mut stdout).and_then(|_| stdout.flush()) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(e),
    }
}

/// Shows what `source` holds in the user's pager: `PAGER`, else `less`, else `more`. Without a
/// terminal, or a pager, it is written as it is.
pub fn page(source: &mut impl Read) -> io::Result<()> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return copy(source);
    }
    let named = env::var("PAGER").ok().filter(|p| !p.trim().is_empty());
    for pager in named.iter().map(String::as_str).chain(["less -R", "more"]) {
        let mut words = pager.split_whitespace();
        let Some(program) = words.next() else { continue };
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped());
        // What fits on the screen stays there: as Git has it.
        if env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        let started = command.spawn();
        let Ok(mut pager) = started else { continue };
        if let Some(mut stdin) = pager.stdin.take() {
            // A pager that is left before the end is no error.
            let _ = io::copy(source, &mut stdin);
        }
        return pager.wait().map(drop);
    }
    copy(source)
}

/// Writes a message on standard error.
pub fn err(text: &str) {
    clear_status();
    let _ = write_line(&mut io::stderr().lock(), text);
}

/// Writes an aside on standard error, dimmed on a terminal.
pub fn note(text: &str) {
    err(&styled(text, "2"));
}

/// Writes a warning, as Guild AI 0.9.0's log does.
pub fn warning(text: &str) {
    err(&styled(&format!("WARNING: {text}"), "33"));
}

/// Writes a line that asks for attention, yellow on a terminal.
pub fn caution(text: &str) {
    err(&styled(text, "33"));
}

/// Writes an error that does not end the command yet, as Guild AI 0.9.0's log does.
pub fn error(text: &str) {
    err(&styled(&format!("ERROR: {text}"), "31"));
}

/// Writes what `--debug` asks for.
pub fn debug(text: &str) {
    err(&styled(&format!("DEBUG: [guild] {text}"), "2"));
}

/// Asks a yes-or-no question; enter alone takes the default. An input that ends without an answer
/// is an error without a message, as in Guild AI 0.9.0.
///
/// The question goes to standard error, so that standard output stays clean.
pub fn confirm(question: &str, default: bool) -> Result<bool> {
    let choices = if default { "(Y/n)" } else { "(y/N)" };
    clear_status();
    let mut stderr = io::stderr().lock();
    let question = table::visible(question, &['\t', '\n']);
    let _ = write!(stderr, "{question} {choices} ").and_then(|()| stderr.flush());
    drop(stderr);
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(n) if n > 0 => {}
        _ => {
            err("");
            return Err(Error::silent(EXIT_ERROR));
        }
    }
    Ok(match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => true,
        "" => default,
        _ => false,
    })
}

/// Whether the user can be shown a screen, and can press keys.
pub fn is_interactive() -> bool {
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdin().is_terminal() && io::stdout().is_terminal() && !dumb
}

/// What tables are made for.
pub fn screen() -> Screen {
    let terminal = io::stdout().is_terminal();
    Screen { width: terminal.then(width).flatten(), styled: terminal && wants_colour() }
}

/// How wide help may be: the columns of the terminal, or those that `COLUMNS` says.
pub fn columns() -> Option<usize> {
    let columns = env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.filter(|c| *c > 0).or_else(|| io::stdout().is_terminal().then(width).flatten())
}

/// A text in which control characters are written out, but for tabs.
pub fn visible(text: &str) -> Cow<'_, str> {
    table::visible(text, &['\t'])
}

/// The columns of the terminal.
fn width() -> Option<usize> {
    let columns = env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(w, _)| w.0.into()))
}

/// Whether the user has nothing against colours.
fn wants_colour() -> bool {
    env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// What stands at the lower end of the terminal until something else is written.
enum Status {
    Nothing,
    /// A line, which the cursor is on.
    Line,
    /// So many lines, which the cursor is below.
    Lines(usize),
}

static STATUS: Mutex<Status> = Mutex::new(Status::Nothing);

impl Status {
    /// What takes it away.
    fn clearing(&self) -> String {
        match self {
            Status::Nothing => String::new(),
            Status::Line => "\r\x1b[K".into(),
            Status::Lines(lines) => format!("\x1b[{lines}A\r\x1b[J"),
        }
    }
}

/// Whether a line can be shown that changes: see [`show_status`].
pub fn has_status() -> bool {
    let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    io::stderr().is_terminal() && !dumb
}

/// Shows a line on standard error in the place of the one before, cut to the terminal's columns. What
/// is written next stands in its place.
pub fn show_status(what: &str, amount: &str) {
    let columns = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(w, _)| w.0.into());
    let mut shown = STATUS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stderr = io::stderr().lock();
    let line = status_line(what, amount, columns);
    let _ = write!(stderr, "\r{line}\x1b[K").and_then(|()| stderr.flush());
    *shown = Status::Line;
}

/// Takes that line away, or what [`Live`] shows.
pub fn clear_status() {
    let mut shown = STATUS.lock().unwrap_or_else(PoisonError::into_inner);
    let clearing = std::mem::replace(&mut *shown, Status::Nothing).clearing();
    if !clearing.is_empty() {
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(clearing.as_bytes()).and_then(|()| stderr.flush());
    }
}

/// `data.zip 12.3 of 45.6 MB (26%)`, cut so that it stays on one line.
fn status_line(what: &str, amount: &str, columns: usize) -> String {
    let room = columns.saturating_sub(amount.chars().count() + 2);
    format!("{} {amount}", cut(what, room))
}

/// The beginning of a text that takes no more than so many columns, in which tabs are blanks.
fn cut(text: &str, columns: usize) -> String {
    let mut room = columns;
    let fits = |c: &char| {
        let left = room.checked_sub(c.width().unwrap_or(0));
        room = left.unwrap_or(0);
        left.is_some()
    };
    visible(text).replace('\t', " ").chars().take_while(fits).collect()
}

/// Some lines at the lower end of the terminal that change. Whatever is written stands in their place,
/// until they are drawn again. They go when this is dropped.
pub struct Live(());

impl Live {
    /// Nothing yet; none where the output does not go to a terminal that can do this.
    pub fn new() -> Option<Live> {
        let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let terminals = io::stdout().is_terminal() && io::stderr().is_terminal();
        (terminals && !dumb).then_some(Live(()))
    }

    /// Shows these lines: each cut to the terminal's columns, and no more than it has rows for.
    pub fn draw(&self, lines: &[String]) {
        let (columns, rows) = terminal_size::terminal_size_of(io::stderr())
            .map_or((80, 24), |(w, h)| (usize::from(w.0), usize::from(h.0)));
        let lines = &lines[..lines.len().min(rows.saturating_sub(1))];
        let mut shown = STATUS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = shown.clearing();
        for line in lines {
            text.push_str(&cut(line, columns.saturating_sub(1)));
            text.push('\n');
        }
        *shown = if lines.is_empty() { Status::Nothing } else { Status::Lines(lines.len()) };
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        clear_status();
    }
}

/// A text for standard output that stands out on a terminal.
pub fn highlighted(text: &str) -> String {
    match io::stdout().is_terminal() && wants_colour() {
        true => format!("\x1b[1;31m{text}\x1b[0m"),
        false => text.to_string(),
    }
}

fn styled(text: &str, code: &str) -> String {
    if io::stderr().is_terminal() && wants_colour() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_string()
    }
}

fn write_line(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.write_all(b"\n")?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_stays_on_one_line() {
        let line = |what| status_line(what, "1.2 of 5.0 MB (25%)", 30);
        assert_eq!(line("a.zip"), "a.zip 1.2 of 5.0 MB (25%)");
        assert_eq!(line("a\n.zip"), "a\\x0a.zip 1.2 of 5.0 MB (25%)");
        assert_eq!(line("ä-very-long-name.zip"), "ä-very-lo 1.2 of 5.0 MB (25%)");
        assert_eq!(status_line("a", "9", 0), " 9");
    }

    #[test]
    fn a_line_is_cut_where_its_columns_end() {
        assert_eq!(cut("a\tb\tc", 3), "a b");
        assert_eq!(cut("x=\u{6587}\u{5b57}y", 6), "x=\u{6587}\u{5b57}");
        assert_eq!(cut("x=\u{6587}\u{5b57}y", 5), "x=\u{6587}");
        assert_eq!(cut("\u{1f600}\u{1f600}!", 4), "\u{1f600}\u{1f600}");
        assert_eq!(cut("e\u{301}e\u{301}e", 2), "e\u{301}e\u{301}");
        assert_eq!(cut("ab", 0), "");
    }
}
