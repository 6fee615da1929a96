//! Text in lines of a width, broken where Guild AI 0.9.0 breaks it.
//!
//! Lines are those of Python's `textwrap` and of `click`'s `wrap_text`, by which that program
//! writes its help: widths are counted in characters, and words may be broken at hyphens.

/// The blanks before the lines of a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Indent<'a> {
    /// What the first line starts with.
    pub first: &'a str,
    /// What the others start with.
    pub rest: &'a str,
}

impl<'a> Indent<'a> {
    /// The same for all lines.
    pub fn all(indent: &'a str) -> Indent<'a> {
        Indent { first: indent, rest: indent }
    }
}

/// Paragraphs, parted by empty lines, each in lines of at most `width` characters. The lines of one
/// that starts with a line of nothing but a backspace stay as they are.
pub fn paragraphs(text: &str, width: usize, indent: Indent) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut flush = |lines: &mut Vec<String>, extra: usize| {
        let Some(first) = lines.first() else { return };
        let extra = " ".repeat(extra);
        let (head, tail) = (format!("{}{extra}", indent.first), format!("{}{extra}", indent.rest));
        out.push(if first.trim() == "\u{8}" {
            let text = lines[1..].join("\n");
            let line = |(i, line)| format!("{}{line}", if i == 0 { &head } else { &tail });
            lines_of(&text).into_iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
        } else {
            fill(&lines.join(" "), width, Indent { first: &head, rest: &tail })
        });
        lines.clear();
    };
    let text = expand_tabs(text);
    let (mut paragraph, mut extra) = (Vec::new(), 0);
    for line in lines_of(&text) {
        if line.is_empty() {
            flush(&mut paragraph, extra);
        } else if paragraph.is_empty() {
            let trimmed = line.trim_start();
            extra = line.chars().count() - trimmed.chars().count();
            paragraph.push(trimmed.to_string());
        } else {
            paragraph.push(line.to_string());
        }
    }
    flush(&mut paragraph, extra);
    out.join("\n\n")
}

/// One paragraph in lines of at most `width` characters.
pub fn fill(text: &str, width: usize, indent: Indent) -> String {
    let text: Vec<char> = expand_tabs(text).chars().collect();
    let mut chunks: Vec<&[char]> = chunks(&text);
    chunks.reverse();
    let mut lines: Vec<String> = Vec::new();
    while !chunks.is_empty() {
        let indent = if lines.is_empty() { indent.first } else { indent.rest };
        let room = width.saturating_sub(indent.chars().count());
        if !lines.is_empty() {
            chunks.pop_if(|chunk| is_blank(chunk));
        }
        let (mut line, mut used): (Vec<&[char]>, usize) = (Vec::new(), 0);
        while let Some(chunk) = chunks.pop_if(|chunk| used + chunk.len() <= room) {
            used += chunk.len();
            line.push(chunk);
        }
        if let Some(long) = chunks.pop_if(|chunk| chunk.len() > room) {
            // At least one, even where there is no room left: a line may be longer by that one.
            let (cut, left) = long.split_at(room.saturating_sub(used).max(1));
            line.push(cut);
            chunks.extend((!left.is_empty()).then_some(left));
        }
        line.pop_if(|chunk| is_blank(chunk));
        if !line.is_empty() {
            lines.push(indent.chars().chain(line.concat()).collect());
        }
    }
    lines.join("\n")
}

/// The lines of a text, at everything that ends a line in Unicode.
pub fn lines_of(text: &str) -> Vec<&str> {
    const ENDS: [char; 10] = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ];
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(ENDS) {
        lines.push(&rest[..end]);
        let after = &rest[end..];
        let length = match after.strip_prefix("\r\n") {
            Some(_) => 2,
            None => after.chars().next().map_or(1, char::len_utf8),
        };
        rest = &after[length..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

fn expand_tabs(text: &str) -> String {
    let (mut out, mut column) = (String::with_capacity(text.len()), 0);
    for c in text.chars() {
        match c {
            '\t' => {
                let blanks = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}

fn is_blank(chunk: &[char]) -> bool {
    chunk.iter().all(|c| c.is_whitespace())
}

fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn ends_word(c: char) -> bool {
    is_word(c) || matches!(c, '!' | '"' | '\'' | '&' | '.' | ',' | '?')
}

/// The parts of a text between which a line may end: blanks, words, and parts of words that end in
/// a hyphen between letters or are a dash.
fn chunks(text: &[char]) -> Vec<&[char]> {
    let mut out = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = chunk_end(text, start);
        out.push(&text[start..end]);
        start = end;
    }
    out
}

fn chunk_end(text: &[char], start: usize) -> usize {
    let run = |from: usize, of: &dyn Fn(char) -> bool| {
        from + text[from..].iter().take_while(|c| of(**c)).count()
    };
    if is_space(text[start]) {
        return run(start, &is_space);
    }
    if let Some(end) = dash_end(text, start) {
        return end;
    }
    let word_end = run(start, &|c| !is_space(c));
    for at in start + 1..word_end {
        if text[at] == '-' && hyphen_parts(text, at) {
            return at + 1;
        }
        if dash_end(text, at).is_some() {
            return at;
        }
    }
    word_end
}

/// Where the dash ends that starts at `at`: two hyphens or more between words.
fn dash_end(text: &[char], at: usize) -> Option<usize> {
    let after_word = at.checked_sub(1).is_some_and(|before| ends_word(text[before]));
    let end = at + text[at..].iter().take_while(|c| **c == '-').count();
    let before_word = text.get(end).is_some_and(|c| is_word(*c));
    (after_word && end - at >= 2 && before_word).then_some(end)
}

/// Whether a word may be broken after the hyphen at `at`: letters are around it.
fn hyphen_parts(text: &[char], at: usize) -> bool {
    let letter = |i: Option<usize>| i.and_then(|i| text.get(i)).is_some_and(|c| is_letter(*c));
    let hyphen = |i: usize| text.get(i) == Some(&'-');
    let before = letter(at.checked_sub(1))
        && (letter(at.checked_sub(2))
            || at.checked_sub(2).is_some_and(hyphen) && letter(at.checked_sub(3)));
    let after =
        letter(Some(at + 1)) && (letter(Some(at + 2)) || hyphen(at + 2) && letter(Some(at + 3)));
    before && after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, width: usize) -> Vec<String> {
        fill(text, width, Indent::default()).lines().map(String::from).collect()
    }

    #[test]
    fn words_break_where_click_breaks_them() {
        assert_eq!(filled("one two  three", 8), ["one two", "three"]);
        assert_eq!(filled("must-be-hyphen-wrapped", 10), ["must-be-", "hyphen-", "wrapped"]);
        assert_eq!(filled("--option-name a-b-c -x", 9), ["--option-", "name", "a-b-c -x"]);
        assert_eq!(filled("word--another", 6), ["word--a", "nother"]);
        assert_eq!(filled("1-2-3 0.5-0.7", 6), ["1-2-3 0", ".5-0.7"]);
        assert_eq!(filled("", 10), Vec::<String>::new());
        assert_eq!(filled("é".repeat(5).as_str(), 2), ["éé", "éé", "é"]);
    }

    #[test]
    fn paragraphs_keep_their_own_indent_and_raw_ones_their_lines() {
        let text = "a b\nc\n\n  d e\nf\n\n\u{8}\nx\n  y z\n\nend";
        assert_eq!(
            paragraphs(text, 5, Indent::all(" ")),
            " a b\n c\n\n   d\n   e\n   f\n\n x\n   y z\n\n end"
        );
    }

    #[test]
    fn tabs_and_line_ends() {
        assert_eq!(expand_tabs("a\tb\n\tc"), "a       b\n        c");
        assert_eq!(lines_of("a\r\nb\u{2028}c\r"), ["a", "b", "c"]);
    }
}
