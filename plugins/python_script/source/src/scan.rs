//! One cheap pass over a script's bytes before it is parsed: how deep can its tree become?
//!
//! The parser builds its tree without recursion, but the tree is dropped with one stack frame a
//! level, and nothing in Rust catches a stack that overflows. The pass need not be exact: what it
//! takes for too deep is read by the interpreter instead.

/// CPython's own limit for brackets in one another.
const MOST_BRACKETS: usize = 200;
/// CPython's own limit for decimal integers. Reading longer ones takes time in the square of it.
const MOST_DIGITS: usize = 4300;

/// What the pass found.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Shape {
    /// No branch of the tree has more levels than this, give or take a constant.
    pub depth: usize,
    /// Where the depth was reached, in bytes.
    pub deepest: usize,
    /// Where and how CPython's limits are passed.
    pub refusal: Option<(usize, &'static str)>,
}

/// Measures the text.
pub(super) fn shape(text: &str) -> Shape {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, open: Vec::new(), links: 0, elifs: 0 };
    let mut shape = Shape::default();
    while scan.at < scan.bytes.len() {
        let start = scan.at;
        if let Err(message) = scan.step() {
            shape.refusal = Some((start, message));
            return shape;
        }
        let depth = scan.links + scan.elifs;
        if depth > shape.depth {
            (shape.depth, shape.deepest) = (depth, start);
        }
    }
    shape
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    /// For each open bracket, how many links the chain had at its last comma or opening.
    open: Vec<usize>,
    /// Operators and words since the statement began, without those before a comma of an open
    /// bracket: each can be a level of the tree, and nothing else can.
    links: usize,
    /// Each `elif` is nested in the one before. They are not told apart by statement.
    elifs: usize,
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn step(&mut self) -> Result<(), &'static str> {
        let b = self.peek(0);
        self.at += 1;
        match b {
            b'\n' if self.open.is_empty() => self.links = 0,
            b' ' | b'\t' | b'\n' | b'\x0c' => {}
            b'\\' => self.at += 1,
            b'#' => {
                let rest = &self.bytes[self.at..];
                self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            }
            b'\'' | b'"' => self.string(b, false),
            b'(' | b'[' | b'{' => {
                self.links += 1;
                self.open.push(self.links);
                if self.open.len() > MOST_BRACKETS {
                    return Err("too many nested parentheses");
                }
            }
            b')' | b']' | b'}' => {
                if let Some(links) = self.open.pop() {
                    // What was called or indexed is below what follows: `f()()`.
                    self.links = self.links.max(links);
                }
            }
            b',' => self.links = self.open.last().copied().unwrap_or_default(),
            b';' if self.open.is_empty() => self.links = 0,
            b'0'..=b'9' => return self.number(),
            b if b.is_ascii_alphabetic() || b == b'_' || !b.is_ascii() => self.word(),
            _ => self.links += 1,
        }
        Ok(())
    }

    fn word(&mut self) {
        let start = self.at - 1;
        while self.peek(0).is_ascii_alphanumeric()
            || self.peek(0) == b'_'
            || !self.peek(0).is_ascii()
        {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        let quote = self.peek(0);
        if word.len() <= 2 && matches!(quote, b'\'' | b'"') {
            self.at += 1;
            return self.string(quote, word.iter().any(|b| b.eq_ignore_ascii_case(&b'f')));
        }
        self.links += 1;
        self.elifs += usize::from(word == b"elif");
    }

    fn number(&mut self) -> Result<(), &'static str> {
        let start = self.at - 1;
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
            self.at += 1;
        }
        self.links += 1;
        let digits = &self.bytes[start..self.at];
        let decimal = digits.len() > MOST_DIGITS
            && digits.iter().filter(|b| b.is_ascii_digit()).count() > MOST_DIGITS
            && digits.iter().all(|&b| b.is_ascii_digit() || b == b'_');
        if decimal && !matches!(self.peek(0), b'.') {
            return Err("Exceeds the limit (4300 digits) for integer string conversion");
        }
        Ok(())
    }

    /// Skips a string whose opening quote has just been passed. In braces of a formatted string
    /// there is code.
    fn string(&mut self, quote: u8, formatted: bool) {
        let triple = self.peek(0) == quote && self.peek(1) == quote;
        if self.peek(0) == quote && !triple {
            self.at += 1;
            return;
        }
        self.at += if triple { 2 } else { 0 };
        let mut braces = 0usize;
        while self.at < self.bytes.len() {
            let b = self.peek(0);
            self.at += 1;
            match b {
                b'\\' => self.at += 1,
                b'\n' if !triple => return,
                b if b == quote => {
                    if !triple {
                        return;
                    }
                    if self.peek(0) == quote && self.peek(1) == quote {
                        self.at += 2;
                        return;
                    }
                }
                b'{' if formatted => braces += 1,
                b'}' if formatted => braces = braces.saturating_sub(1),
                b if braces > 0 && !b.is_ascii_alphanumeric() => self.links += 1,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_line_ends_begin_anew() {
        assert_eq!(shape("a = 1\nb = 2\n").depth, 3);
        assert_eq!(shape("a, b, c, d = 1, 2, 3, 4").depth, 3);
        assert_eq!(shape("x = [\n1,\n2,\n3,\n]").depth, 4);
        assert_eq!(shape("x = f(1, 2)(3)").depth, shape("x = f(1)(3)").depth);
        assert_eq!(shape("# ((((\n'(((('\nr'\\''\n'''\n((('''").depth, 0);
    }

    #[test]
    fn chains_are_counted() {
        assert!(shape(&"-".repeat(1000)).depth >= 1000);
        assert!(shape(&"()".repeat(1000)).depth >= 1000);
        assert!(shape(&"elif x:\n pass\n".repeat(1000)).depth >= 1000);
        assert!(shape(&format!("f'{{{}}}'", "-".repeat(1000))).depth >= 1000);
        assert!(shape(&format!("f'{}'", "-".repeat(1000))).depth < 10);
    }

    #[test]
    fn limits() {
        let brackets = |n| shape(&"[".repeat(n)).refusal;
        assert_eq!(brackets(200), None);
        assert_eq!(brackets(201), Some((200, "too many nested parentheses")));
        assert_eq!(shape(&"9".repeat(4300)).refusal, None);
        assert!(shape(&"9".repeat(4301)).refusal.is_some());
        assert_eq!(shape(&("9".repeat(4301) + ".0")).refusal, None);
        assert_eq!(shape(&("0x".to_owned() + &"f".repeat(5000))).refusal, None);
    }
}
