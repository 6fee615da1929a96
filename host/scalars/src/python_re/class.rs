//! `[…]`.

use super::{Reader, Result};

/// One thing in a class.
enum Member {
    Char(char),
    /// `\d` and its like.
    Category(char),
}

impl Reader {
    /// A class after its bracket, which was at `position`.
    pub(super) fn class(&mut self, position: usize) -> Result<()> {
        self.out.push('[');
        if self.eat('^') {
            self.out.push('^');
        }
        let mut empty = true;
        loop {
            let at = self.at;
            if !empty && self.eat(']') {
                break;
            }
            empty = false;
            let low = self.member(position)?;
            if !self.eat('-') {
                self.write(&low);
                continue;
            }
            if self.eat(']') {
                self.write(&low);
                self.literal('-');
                break;
            }
            let high = self.member(position)?;
            match (low, high) {
                (Member::Char(low), Member::Char(high)) if low <= high => {
                    self.literal(low);
                    self.out.push('-');
                    self.literal(high);
                }
                _ => {
                    let range: String = self.chars[at..self.at].iter().collect();
                    return self.fail(format!("bad character range {range}"), at);
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn member(&mut self, class: usize) -> Result<Member> {
        let at = self.at;
        let Some(c) = self.next() else {
            return self.fail("unterminated character set", class);
        };
        if c != '\\' {
            return Ok(Member::Char(c));
        }
        match self.next() {
            None => self.fail("bad escape (end of pattern)", at),
            Some(c @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => Ok(Member::Category(c)),
            Some('b') => Ok(Member::Char('\x08')),
            Some(c) => self.character(c, at).map(Member::Char),
        }
    }

    fn write(&mut self, member: &Member) {
        match member {
            Member::Char(c) => self.literal(*c),
            Member::Category(c) => self.category(*c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::translate;

    fn members(pattern: &str) -> String {
        let regex = regex::Regex::new(&translate(pattern).unwrap().regex).unwrap();
        (0..128).map(char::from).filter(|c| regex.is_match(c.encode_utf8(&mut [0; 4]))).collect()
    }

    #[test]
    fn nothing_nests_and_no_sets_are_cut() {
        assert_eq!(members("[[]"), "[");
        assert_eq!(members("[]a]"), "]a");
        assert_eq!(members("[a&&b~~||c]"), "&abc|~");
        assert_eq!(members("[[:alpha:]"), ":[ahlp");
        assert_eq!(members("[-a]"), "-a");
        assert_eq!(members("[a-]"), "-a");
        assert_eq!(members("[+--]"), "+,-");
        assert_eq!(members(r"[\]\\\-^]"), "-\\]^");
        assert_eq!(members(r"[0-9\.e\-]"), "-.0123456789e");
        assert_eq!(members(r"[\b\101\x42]"), "\x08AB");
        assert_eq!(members("[^\x00-y]"), "z{|}~\x7f");
    }

    #[test]
    fn ranges_between_categories_are_refused() {
        assert!(translate(r"[a-\d]").is_err());
        assert!(translate(r"[\d-a]").is_err());
        assert_eq!(members(r"[\d-]"), "-0123456789");
    }
}
