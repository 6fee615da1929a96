//! `(…)`.

use super::{Group, Reader, Result};

impl Reader {
    /// A group after its parenthesis, which was at `position`; whether it is something that can be
    /// repeated.
    pub(super) fn group(
        &mut self,
        position: usize,
        depth: usize,
        may_set_flags: bool,
    ) -> Result<bool> {
        if !self.eat('?') {
            self.capture(None, position, depth)?;
            return Ok(true);
        }
        let Some(c) = self.next() else {
            return self.fail("unexpected end of pattern", self.at);
        };
        match c {
            'P' => self.named(position, depth)?,
            ':' => self.inside("(?:", position, depth)?,
            '>' => self.fancy_inside("(?>", position, depth)?,
            '=' => self.fancy_inside("(?:(?=", position, depth)?,
            '!' => self.fancy_inside("(?:(?!", position, depth)?,
            '<' => match self.next() {
                Some('=') => self.fancy_inside("(?:(?<=", position, depth)?,
                Some('!') => self.fancy_inside("(?:(?<!", position, depth)?,
                Some(c) => return self.fail(format!("unknown extension ?<{c}"), position + 1),
                None => return self.fail("unexpected end of pattern", self.at),
            },
            '(' => self.condition(position, depth)?,
            '#' => {
                self.eat_while(usize::MAX, |c| c != ')');
                if !self.eat(')') {
                    return self.fail("missing ), unterminated comment", position);
                }
                return Ok(false);
            }
            '-' | 'a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x' => {
                self.at -= 1;
                return self.flags(position, depth, may_set_flags);
            }
            c => return self.fail(format!("unknown extension ?{c}"), position + 1),
        }
        Ok(true)
    }

    /// What is within a group and its closing parenthesis, behind `open`. Looking around takes a
    /// second pair, for it cannot be repeated by itself.
    fn inside(&mut self, open: &str, position: usize, depth: usize) -> Result<()> {
        let (verbose, ascii) = (self.verbose, self.ascii);
        self.out.push_str(open);
        self.alternatives(depth + 1)?;
        if !self.eat(')') {
            return self.fail("missing ), unterminated subpattern", position);
        }
        let close = if open.starts_with("(?:(") { "))" } else { ")" };
        self.out.push_str(close);
        (self.verbose, self.ascii) = (verbose, ascii);
        Ok(())
    }

    fn fancy_inside(&mut self, open: &str, position: usize, depth: usize) -> Result<()> {
        self.fancy = true;
        self.inside(open, position, depth)
    }

    fn capture(&mut self, name: Option<String>, position: usize, depth: usize) -> Result<()> {
        let group = self.groups.len() + 1;
        self.groups.push(Group { name, open: true });
        self.inside(&format!("(?P<g{group}>"), position, depth)?;
        self.groups[group - 1].open = false;
        Ok(())
    }

    /// `(?P…`.
    fn named(&mut self, position: usize, depth: usize) -> Result<()> {
        match self.next() {
            Some('<') => {
                let at = self.at;
                let name = self.name('>')?;
                let group = self.groups.len() + 1;
                if let Some(former) = self.names.insert(name.clone(), group) {
                    let message = format!(
                        "redefinition of group name '{name}' as group {group}; was group {former}"
                    );
                    return self.fail(message, at);
                }
                self.capture(Some(name), position, depth)
            }
            Some('=') => {
                let at = self.at;
                let name = self.name(')')?;
                match self.names.get(&name).copied() {
                    Some(group) => self.reference(group, at),
                    None => self.fail(format!("unknown group name '{name}'"), at),
                }
            }
            Some(c) => self.fail(format!("unknown extension ?P{c}"), position + 1),
            None => self.fail("unexpected end of pattern", self.at),
        }
    }

    /// A name up to `end`, which is taken too.
    fn name(&mut self, end: char) -> Result<String> {
        let (at, name) = self.until(end)?;
        let mut chars = name.chars();
        let letter = |c: char| c == '_' || c.is_alphabetic();
        let good = chars.next().is_some_and(letter) && chars.all(|c| letter(c) || c.is_numeric());
        if good { Ok(name) } else { self.fail(format!("bad character in group name '{name}'"), at) }
    }

    fn until(&mut self, end: char) -> Result<(usize, String)> {
        let at = self.at;
        let text = self.eat_while(usize::MAX, |c| c != end);
        if !self.eat(end) {
            return self.fail(format!("missing {end}, unterminated name"), at);
        }
        if text.is_empty() { self.fail("missing group name", at) } else { Ok((at, text)) }
    }

    /// `(?(1)yes|no)` after its second parenthesis.
    fn condition(&mut self, position: usize, depth: usize) -> Result<()> {
        let (at, name) = self.until(')')?;
        let group = if name.chars().all(|c| c.is_ascii_digit()) {
            name.parse().unwrap_or(usize::MAX)
        } else {
            match self.names.get(&name) {
                Some(group) => *group,
                None => return self.fail(format!("unknown group name '{name}'"), at),
            }
        };
        if group == 0 {
            return self.fail("bad group number", at);
        }
        self.tested.push((group, at));
        self.fancy = true;
        self.out.push_str(&format!("(?(<g{group}>)"));
        self.branch(depth + 1, false)?;
        if self.eat('|') {
            self.out.push('|');
            self.branch(depth + 1, false)?;
            if self.peek() == Some('|') {
                return self.fail("conditional backref with more than two branches", self.at);
            }
        }
        if !self.eat(')') {
            return self.fail("missing ), unterminated subpattern", position);
        }
        self.out.push(')');
        Ok(())
    }

    /// `(?i)` and `(?i-s:…)` after the question mark.
    fn flags(&mut self, position: usize, depth: usize, may_set_flags: bool) -> Result<bool> {
        let on = self.eat_while(usize::MAX, |c| c.is_ascii_alphabetic());
        let off = match self.eat('-') {
            true => Some(self.eat_while(usize::MAX, |c| c.is_ascii_alphabetic())),
            false => None,
        };
        let at = self.at;
        let known = |flags: &str, known: &str| flags.chars().all(|c| known.contains(c));
        if on.contains('L') {
            return self.fail("bad inline flags: cannot use 'L' flag with a str pattern", at);
        }
        if on.contains('a') && on.contains('u') {
            return self.fail("bad inline flags: flags 'a', 'u' and 'L' are incompatible", at);
        }
        let off_flags = off.as_deref().unwrap_or("");
        if !known(&on, "aimsux") || !known(off_flags, "imsx") {
            return self.fail("unknown flag", at);
        }
        if off.as_deref() == Some("") {
            return self.fail("missing flag", at);
        }
        let scoped = self.eat(':');
        if !scoped && (off.is_some() || !self.eat(')')) {
            return self.fail("missing -, : or )", at);
        }
        if !scoped && !may_set_flags {
            return self.fail("global flags not at the start of the expression", position);
        }
        let before = (self.verbose, self.ascii);
        self.verbose = (self.verbose || on.contains('x')) && !off_flags.contains('x');
        self.ascii = (self.ascii || on.contains('a')) && !on.contains('u');
        // The others mean the same to `regex`.
        let shared = |flags: &str| flags.chars().filter(|c| "ims".contains(*c)).collect::<String>();
        let (on, off) = (shared(&on), shared(off_flags));
        let flags = if off.is_empty() { on } else { format!("{on}-{off}") };
        if scoped {
            self.inside(&format!("(?{flags}:"), position, depth)?;
            (self.verbose, self.ascii) = before;
        } else if !flags.is_empty() {
            self.out.push_str(&format!("(?{flags})"));
        }
        Ok(scoped)
    }
}

#[cfg(test)]
mod tests {
    use super::super::translate;

    fn matched(pattern: &str, text: &str) -> Vec<String> {
        let translated = translate(pattern).unwrap();
        let regex = fancy_regex::Regex::new(&translated.regex).unwrap();
        regex.find_iter(text).map(|m| m.unwrap().as_str().to_string()).collect()
    }

    #[test]
    fn flags_keep_to_their_group() {
        assert_eq!(matched("(?i)ab", "aB AB"), ["aB", "AB"]);
        assert_eq!(matched("a(?i:b)", "aB AB"), ["aB"]);
        assert_eq!(matched("(?i)a(?-i:b)", "aB Ab"), ["Ab"]);
        assert_eq!(matched("(?x: a b )c d", "abc d"), ["abc d"]);
        assert_eq!(matched(r"(?a:\w)\w", "éa aé"), ["aé"]);
        assert!(translate("(?i)(?m)a").is_ok());
        assert!(translate("(?L)a").is_err() && translate("(?au:a)").is_err());
        assert!(translate("(?-i)a").is_err() && translate("((?i)a)").is_err());
    }

    #[test]
    fn looking_around_and_back() {
        assert_eq!(matched(r"(?<=loss )\d(?! %)", "loss 1, loss 2 %"), ["1"]);
        assert_eq!(matched(r"(?P<q>['\x22])\w(?P=q)", r#"'a' "b' "c""#), ["'a'", "\"c\""]);
        assert_eq!(matched(r"(\()?a(?(1)\)|b)", "(a) ab a)"), ["(a)", "ab"]);
        assert_eq!(matched("(?:a|ab)(?>b+)c|x*+y", "abbc xxy"), ["abbc", "xxy"]);
    }
}
