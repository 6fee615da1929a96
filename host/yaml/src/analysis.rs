//! Which styles a text can be written in.

/// What PyYAML's emitter has to know of a text before it writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Analysis {
    pub(crate) empty: bool,
    /// Whether there is a line break in it.
    pub(crate) multiline: bool,
    /// Whether it can go without quotes inside brackets.
    pub(crate) flow_plain: bool,
    /// Whether it can go without quotes elsewhere.
    pub(crate) block_plain: bool,
    /// Whether it can go between single quotes; double quotes always do.
    pub(crate) single_quoted: bool,
}

impl Analysis {
    pub(crate) fn of(text: &str) -> Analysis {
        if text.is_empty() {
            return Analysis {
                empty: true,
                multiline: false,
                flow_plain: false,
                block_plain: true,
                single_quoted: true,
            };
        }
        let multiline = text.contains(is_break);
        // All that is not printable ASCII is written as an escape.
        let special = text.chars().any(|c| !matches!(c, '\n' | ' '..='~'));
        let edge = |c: char| c == ' ' || is_break(c);
        let bare = !multiline && !special && !text.starts_with(edge) && !text.ends_with(edge);
        let (flow_indicators, block_indicators) = indicators(text);
        Analysis {
            empty: false,
            multiline,
            flow_plain: bare && !flow_indicators,
            block_plain: bare && !block_indicators,
            // A space beside a break would be lost in folding.
            single_quoted: !special && !text.contains(" \n") && !text.contains("\n "),
        }
    }
}

/// Whether `text` has something that reads as syntax inside brackets, and elsewhere.
fn indicators(text: &str) -> (bool, bool) {
    let mut flow = text.starts_with("---") || text.starts_with("...");
    let mut block = flow;
    let mut previous = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let before_space = chars.peek().is_none_or(|&next| is_space(next));
        match (previous, c) {
            (
                None,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`',
            ) => (flow, block) = (true, true),
            (_, ':') | (None, '?') => {
                flow = true;
                block |= before_space;
            }
            (None, '-') if before_space => (flow, block) = (true, true),
            (Some(_), ',' | '?' | '[' | ']' | '{' | '}') => flow = true,
            (Some(before), '#') if is_space(before) => (flow, block) = (true, true),
            _ => {}
        }
        previous = Some(c);
    }
    (flow, block)
}

fn is_space(c: char) -> bool {
    matches!(c, '\0' | ' ' | '\t' | '\r') || is_break(c)
}

/// Line breaks for the emitter, which has no `\r` among them.
pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_depends_on_the_surroundings() {
        let plain = |text| (Analysis::of(text).block_plain, Analysis::of(text).flow_plain);
        assert_eq!(plain("a b"), (true, true));
        assert_eq!(plain("a,b"), (true, false));
        assert_eq!(plain("a:b"), (true, false));
        assert_eq!(plain("a: b"), (false, false));
        assert_eq!(plain("-a"), (true, true));
        assert_eq!(plain("-"), (false, false));
        assert_eq!(plain("a #b"), (false, false));
        assert_eq!(plain("a#b"), (true, true));
        assert_eq!(plain(" a"), (false, false));
        assert_eq!(plain("é"), (false, false));
    }
}
