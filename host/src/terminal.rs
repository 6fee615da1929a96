//! What the user sees: results on standard output, everything else on standard error.
//!
//! The only place that prints. Colour goes to terminals only, and not where `NO_COLOR` is set.

use std::borrow::Cow;
use std::env;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::process::{Command, Stdio};

use guild_store::format::table::{self, Screen};

use crate::error::{EXIT_ERROR, Error, Result};

/// Writes results. A reader that has gone away ends the output, not the command.
pub fn out(text: &str) {
    let _ = write_line(&mut io::stdout().lock(), text);
}

/// Writes results that end their own lines.
pub fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
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
        let started = Command::new(program).args(words).stdin(Stdio::piped()).spawn();
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
    let mut stderr = io::stderr().lock();
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
