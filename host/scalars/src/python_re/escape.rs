//! What follows a backslash.

use super::{Reader, Result};

/// `\s` of Python: what `str.isspace` says, which has four more characters than Unicode's property.
const SPACE: &str = r"\s\x1c-\x1f";
const WORD: &str = r"\p{L}\p{N}_";
const DIGIT: &str = r"\p{Nd}";
const ASCII_SPACE: &str = r" \t\n\r\x0b\x0c";
const ASCII_WORD: &str = "a-zA-Z0-9_";
const ASCII_DIGIT: &str = "0-9";

impl Reader {
    /// What follows a backslash outside a class; whether it is a position.
    pub(super) fn escape(&mut self, position: usize) -> Result<bool> {
        let Some(c) = self.next() else {
            return self.fail("bad escape (end of pattern)", position);
        };
        match c {
            'A' => self.out.push_str(r"\A"),
            'Z' => self.out.push_str(r"\z"),
            'b' if self.ascii => self.out.push_str(r"(?-u:\b)"),
            'b' => self.out.push_str(r"\b"),
            'B' => self.out.push_str(r"\B"),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                self.out.push('[');
                self.category(c);
                self.out.push(']');
                return Ok(false);
            }
            '1'..='9' => {
                self.number(c, position)?;
                return Ok(false);
            }
            c => {
                let c = self.character(c, position)?;
                self.literal(c);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes the members of `\d` and its like, for within a class.
    pub(super) fn category(&mut self, c: char) {
        let members = match (c.to_ascii_lowercase(), self.ascii) {
            ('d', false) => DIGIT,
            ('d', true) => ASCII_DIGIT,
            ('s', false) => SPACE,
            ('s', true) => ASCII_SPACE,
            (_, false) => WORD,
            (_, true) => ASCII_WORD,
        };
        if c.is_ascii_uppercase() {
            self.out.push_str(&format!("[^{members}]"));
        } else {
            self.out.push_str(members);
        }
    }

    /// The character that an escape stands for whose first one is `c`.
    pub(super) fn character(&mut self, c: char, position: usize) -> Result<char> {
        Ok(match c {
            'a' => '\x07',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => return self.hex(c, 2, position),
            'u' => return self.hex(c, 4, position),
            'U' => return self.hex(c, 8, position),
            '0'..='7' => {
                let digits = format!("{c}{}", self.eat_while(2, |c| matches!(c, '0'..='7')));
                return self.octal(&digits, position);
            }
            c if c.is_ascii_alphanumeric() => {
                return self.fail(format!("bad escape \\{c}"), position);
            }
            c => c,
        })
    }

    fn hex(&mut self, c: char, length: usize, position: usize) -> Result<char> {
        let digits = self.eat_while(length, |c| c.is_ascii_hexdigit());
        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == length);
        match code {
            None => self.fail(format!("incomplete escape \\{c}{digits}"), position),
            // Half of a surrogate pair, which Python allows and no decoded line has.
            Some(0xd800..=0xdfff) => Ok(char::REPLACEMENT_CHARACTER),
            Some(code) => match char::from_u32(code) {
                Some(c) => Ok(c),
                None => self.fail(format!("bad escape \\{c}{digits}"), position),
            },
        }
    }

    fn octal(&self, digits: &str, position: usize) -> Result<char> {
        match u8::from_str_radix(digits, 8) {
            Ok(byte) => Ok(char::from(byte)),
            Err(_) => {
                let message = format!("octal escape value \\{digits} outside of range 0-0o377");
                self.fail(message, position)
            }
        }
    }

    /// `\1`: what a group matched, or three octal digits.
    fn number(&mut self, first: char, position: usize) -> Result<()> {
        let mut digits = first.to_string() + &self.eat_while(1, |c| c.is_ascii_digit());
        let octal = |text: &str| text.chars().all(|c| matches!(c, '0'..='7'));
        let third = self.peek().filter(|c| matches!(c, '0'..='7'));
        if let (2, true, Some(third)) = (digits.len(), octal(&digits), third) {
            self.at += 1;
            digits.push(third);
            let c = self.octal(&digits, position)?;
            self.literal(c);
            return Ok(());
        }
        let group = digits.parse().unwrap_or(usize::MAX);
        if group > self.groups.len() {
            return self.fail(format!("invalid group reference {group}"), position + 1);
        }
        self.reference(group, position)
    }

    /// What a group matched, once more.
    pub(super) fn reference(&mut self, group: usize, position: usize) -> Result<()> {
        if self.groups[group - 1].open {
            return self.fail("cannot refer to an open group", position);
        }
        self.fancy = true;
        self.out.push_str(&format!("\\k<g{group}>"));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::translate;

    fn matched(pattern: &str, text: &str) -> Vec<String> {
        let regex = regex::Regex::new(&translate(pattern).unwrap().regex).unwrap();
        regex.find_iter(text).map(|m| m.as_str().to_string()).collect()
    }

    #[test]
    fn categories_are_pythons() {
        assert_eq!(matched(r"\s+", "a \t\x1c\x1f\u{a0}b\x08"), [" \t\x1c\x1f\u{a0}"]);
        assert_eq!(matched(r"[^\S\t]+", "a \t\x1cb"), [" ", "\x1c"]);
        assert_eq!(matched(r"\w+", "aé½_٣-b\u{301}"), ["aé½_٣", "b"]);
        assert_eq!(matched(r"\W", "a-b"), ["-"]);
        assert_eq!(matched(r"\d+", "1٣²"), ["1٣"]);
        assert_eq!(matched(r"(?a)\d+|\w", "1٣é"), ["1"]);
    }

    #[test]
    fn characters() {
        assert_eq!(matched(r"\x41\u0042\U00000043\104\0", "ABCD\0"), ["ABCD\0"]);
        assert_eq!(matched(r"\.\<\>\-\/\é", ".<>-/é"), [".<>-/é"]);
        assert_eq!(matched(r"\Aa\Z", "a"), ["a"]);
        assert!(translate(r"\x4").is_err() && translate(r"\400").is_err());
        assert!(translate(r"\p{L}").is_err() && translate(r"\z").is_err());
    }
}
