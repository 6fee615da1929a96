//! A command line as a shell hands it over, up to the cursor, as words.

/// Splits a line as a shell would, with quotes and backslashes. A quote that is still open is taken
/// to end at the end. The last word is the one at the cursor, empty after a blank.
pub fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut blank = true;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let at_start = std::mem::replace(&mut blank, false);
        let Some(word) = words.last_mut() else { break };
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (_, '\\') => word.extend(chars.next()),
            (None, ' ' | '\t' | '\n') => {
                blank = true;
                if !at_start {
                    words.push(String::new());
                }
            }
            (_, c) => word.push(c),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        assert_eq!(split("guild run tr"), ["guild", "run", "tr"]);
        assert_eq!(split("  guild  run "), ["guild", "run", ""]);
        assert_eq!(split("run 'a b' c\\ d \"e f"), ["run", "a b", "c d", "e f"]);
        assert_eq!(split("x='1 2'3 \"it's"), ["x=1 23", "it's"]);
        assert_eq!(split("a\\"), ["a"]);
        assert_eq!(split(""), [""]);
    }
}
