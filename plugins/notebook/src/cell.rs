//! The Python of a cell, in which there may be lines that only IPython understands.

use std::ops::Range;

use guild_python_source::{Assignment, Refusal};

/// What is in the place of a line that is IPython's: a statement that says nothing.
const NOTHING: &str = "0";
/// What is in the place of what IPython assigns: no constant.
const NO_CONSTANT: &str = "a";

/// The assignments of constants at the top of a cell, with their places in its text.
///
/// Lines of IPython (`%cd x`, `!ls`, `x = !ls`, `x?`) are passed over; a cell that is one whole
/// command (`%%bash`) has none.
///
/// # Errors
/// Why the rest cannot be read.
pub fn assignments(source: &str) -> Result<Vec<Assignment>, Refusal> {
    if source.trim_start().starts_with("%%") {
        return Ok(Vec::new());
    }
    let mut text = source.to_owned();
    // Each time round a line less is IPython's.
    for _ in 0..=source.lines().count() {
        match guild_python_source::assignments(&text) {
            Ok(found) => return Ok(found),
            Err(refusal) => match foreign(&text, refusal.line) {
                Some((range, instead)) => replace(&mut text, range, instead),
                None => return Err(refusal),
            },
        }
    }
    Ok(Vec::new())
}

/// What of line `number`, from 1, is IPython's, and what Python could have there.
fn foreign(text: &str, number: usize) -> Option<(Range<usize>, &'static str)> {
    let line = text.split_inclusive('\n').nth(number.checked_sub(1)?)?;
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let code = line.trim();
    let indent = line.len() - line.trim_start().len();
    if code.starts_with(['%', '!', '?', '/', ',', ';']) || code.ends_with('?') {
        return Some((start + indent..end(text, start), NOTHING));
    }
    let (names, value) = code.split_once('=')?;
    let is_name = |c: char| c.is_alphanumeric() || "_., ".contains(c);
    if !names.is_empty() && names.chars().all(is_name) && value.trim_start().starts_with(['%', '!'])
    {
        let skipped = value.len() - value.trim_start().len();
        return Some((start + indent + names.len() + 1 + skipped..end(text, start), NO_CONSTANT));
    }
    None
}

/// The end of what begins at `at`: of its line, and of those it goes on in after a backslash.
fn end(text: &str, at: usize) -> usize {
    let mut end = at;
    for line in text[at..].split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            break;
        }
    }
    end
}

/// Puts `instead` there and blanks for the rest, so that every place stays where it is.
fn replace(text: &mut String, range: Range<usize>, instead: &str) {
    let blank = |b: u8| if b == b'\n' { '\n' } else { ' ' };
    let rest = text.as_bytes()[range.start + instead.len()..range.end].iter().map(|b| blank(*b));
    let put: String = instead.chars().chain(rest).collect();
    text.replace_range(range, &put);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_ipython_understands_is_passed_over() {
        for (cell, expected) in [
            ("%matplotlib inline\nx = 1\n", "x=1"),
            ("x = 1\n!ls -l 'don't'\ny = 2", "x=1 y=2"),
            ("x = !ls\ny = %pwd\nz = 3\n", "z=3"),
            ("!echo ü \\\n  x = 1 \\\n  y\nz = 3\n", "z=3"),
            ("if 1:\n    !ls\n    %cd x\nz = 3\n", "z=3"),
            ("print?\n?print\nx = 1\n", "x=1"),
            ("x = (3\n % 4)\ny = '''\n%cd\n!ls'''\n", "y='''\n%cd\n!ls'''"),
            ("%%bash\nx = 1\n", ""),
            ("a, b = !ls\nc = 1", "c=1"),
        ] {
            let found = assignments(cell).unwrap();
            let found = found.into_iter().map(|a| format!("{}={}", a.name, &cell[a.at]));
            assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{cell}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let e = assignments("x = 1\n%cd x\ny = = 2\n").unwrap_err();
        assert_eq!((e.line, e.text.as_str()), (3, "y = = 2"));
        for text in ["!", "%", "?", "é?\n", "x = !", "\u{2028}!", "%%"] {
            let _ = assignments(text);
        }
    }
}
