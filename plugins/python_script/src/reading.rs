//! Reads a script with whatever understands it: the parser first, then the run's interpreter.

use crate::ask::Asker;
use crate::op::Location;
use crate::script::{self, Analysis, Refusal, Tree};
use crate::source::{self, SourceError};

/// What came of reading a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What the script says about itself; none where nothing could read it.
    pub analysis: Option<Analysis>,
    /// The script's tree, where the parser understood it.
    pub tree: Option<Tree>,
    /// What to warn the user about; there is one where there is no analysis.
    pub warning: Option<String>,
    /// Who read it.
    pub reader: Reader,
}

/// Who has the last word about a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The parser that is built in.
    Parser,
    /// The run's interpreter, after the parser refused.
    Interpreter,
    /// Nobody: the file cannot be read, or the parser refused and there is no interpreter.
    Nobody,
}

/// Reads the script. `interpreter` is called only when the parser refuses; it gives none where
/// there is no interpreter, which is no reason to fail here.
///
/// # Errors
///
/// What is no script at all ([`SourceError::is_no_script`]). What only has mistakes in it is a
/// warning: it is for the interpreter to complain of when it runs the script.
pub fn read(
    location: &Location,
    interpreter: impl FnOnce() -> Option<Asker>,
) -> Result<Reading, SourceError> {
    let refusal = match source::read(&location.file, &location.shown) {
        Ok(text) => match script::read(text) {
            Ok((analysis, tree)) => {
                let reader = Reader::Parser;
                return Ok(Reading { analysis: Some(analysis), tree, warning: None, reader });
            }
            Err(refusal) => syntax_warning(&location.shown, &refusal),
        },
        Err(e) if e.python_may_know() => other_warning(&location.shown, e),
        Err(e) if e.is_no_script() => return Err(e),
        Err(e) => return Ok(nobody(other_warning(&location.shown, e))),
    };
    let Some(asker) = interpreter() else { return Ok(nobody(refusal)) };
    let (analysis, warning) = match asker.ask(&location.file) {
        Ok(Ok(analysis)) => (Some(analysis), None),
        Ok(Err(refusal)) => (None, Some(syntax_warning(&location.shown, &refusal))),
        Err(e) => return Ok(nobody(other_warning(&location.shown, e))),
    };
    Ok(Reading { analysis, tree: None, warning, reader: Reader::Interpreter })
}

fn nobody(warning: String) -> Reading {
    Reading { analysis: None, tree: None, warning: Some(warning), reader: Reader::Nobody }
}

/// The warning about a syntax error as Guild AI 0.9.0 words it: three lines, with a caret under
/// the place. What has no place is one line.
pub fn syntax_warning(shown: &str, refusal: &Refusal) -> String {
    if refusal.line == 0 {
        return other_warning(shown, &refusal.message);
    }
    format!(
        "cannot import flags from {shown}: invalid syntax on line {}\n  {}\n  {}^",
        refusal.line,
        refusal.text.trim_end(),
        " ".repeat(refusal.column.saturating_sub(1)),
    )
}

fn other_warning(shown: &str, reason: impl std::fmt::Display) -> String {
    format!("cannot import flags from {shown}: {reason}")
}

/// The location of a script for tests: in its own folder.
#[cfg(test)]
pub(crate) fn location_of(file: &std::path::Path) -> Location {
    let dir = file.parent().unwrap();
    Location::of(file.file_name().unwrap().to_str().unwrap(), dir, dir).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_is_shown_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bad.py");
        std::fs::write(&file, "x = 1\nif True\n    y = 2\n").unwrap();
        let reading = read(&location_of(&file), || None).unwrap();
        assert_eq!(reading.reader, Reader::Nobody);
        assert_eq!(
            reading.warning.unwrap(),
            "cannot import flags from ./bad.py: invalid syntax on line 2\n  if True\n         ^"
        );
    }

    #[test]
    fn what_is_no_text_is_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("bin.py");
        std::fs::write(&file, b"\x7fELF\0").unwrap();
        let refused = read(&location_of(&file), || unreachable!()).unwrap_err();
        assert!(refused.to_string().starts_with("source code cannot contain null bytes"));
        std::fs::write(&file, b"'\xff'").unwrap();
        let warning = read(&location_of(&file), || unreachable!()).unwrap().warning.unwrap();
        assert!(warning.contains("in file ./bin.py on line 1"), "{warning}");
        std::fs::write(&file, b"# coding: klingon").unwrap();
        let warning = read(&location_of(&file), || None).unwrap().warning.unwrap();
        assert_eq!(warning, "cannot import flags from ./bin.py: unknown encoding: klingon");
    }
}
