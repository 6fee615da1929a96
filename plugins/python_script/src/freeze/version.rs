//! Versions in their normal form (PEP 440), as pip prints them: `2020.01` is `2020.1`.

/// The normal form of a version, none where it is not one in the sense of PEP 440.
pub(super) fn normal(version: &str) -> Option<String> {
    let lower = version.trim().to_ascii_lowercase();
    let mut rest = Rest(lower.strip_prefix('v').unwrap_or(&lower));
    let mut out = String::new();
    let first = rest.number()?;
    let mut release = first;
    if rest.take("!") {
        if release != "0" {
            out += &format!("{release}!");
        }
        release = rest.number()?;
    }
    out += &release;
    while let Some(part) = rest.part(".") {
        out += &format!(".{part}");
    }
    for (word, normal) in PRE {
        if let Some(number) = rest.tagged(word) {
            out += &format!("{normal}{number}");
            break;
        }
    }
    if let Some(number) = rest.part("-") {
        out += &format!(".post{number}");
    } else if let Some(number) = ["post", "rev", "r"].iter().find_map(|w| rest.tagged(w)) {
        out += &format!(".post{number}");
    }
    if let Some(number) = rest.tagged("dev") {
        out += &format!(".dev{number}");
    }
    if rest.take("+") {
        let parts: Option<Vec<_>> = rest.0.split(['-', '_', '.']).map(local).collect();
        out += &format!("+{}", parts?.join("."));
        rest.0 = "";
    }
    rest.0.is_empty().then_some(out)
}

/// Words for what comes before a release, longer ones before those that they start with.
const PRE: [(&str, &str); 8] = [
    ("alpha", "a"),
    ("beta", "b"),
    ("preview", "rc"),
    ("pre", "rc"),
    ("rc", "rc"),
    ("a", "a"),
    ("b", "b"),
    ("c", "rc"),
];

/// A part of a local version: a number without leading zeros, or letters and digits.
fn local(part: &str) -> Option<String> {
    if part.is_empty() || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    Some(if part.bytes().all(|b| b.is_ascii_digit()) { number(part) } else { part.to_owned() })
}

fn number(digits: &str) -> String {
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

/// What is not read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn take(&mut self, s: &str) -> bool {
        match self.0.strip_prefix(s) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Option<String> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        (!digits.is_empty()).then(|| number(digits))
    }

    /// A number behind `separator`, or nothing at all.
    fn part(&mut self, separator: &str) -> Option<String> {
        let mut ahead = Rest(self.0.strip_prefix(separator)?);
        let number = ahead.number()?;
        self.0 = &self.0[self.0.len() - ahead.0.len()..];
        Some(number)
    }

    /// `word` and the number behind it, 0 without one; separators may be around the word.
    fn tagged(&mut self, word: &str) -> Option<String> {
        let skip = |s| str::strip_prefix(s, ['-', '_', '.']).unwrap_or(s);
        let behind = skip(self.0).strip_prefix(word)?;
        self.0 = skip(behind);
        Some(self.number().unwrap_or_else(|| "0".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn forms() {
        for (version, wanted) in [
            ("1.0", "1.0"),
            ("v2020.01.05", "2020.1.5"),
            ("1!2.3", "1!2.3"),
            ("0!1", "1"),
            ("1.0-alpha.1", "1.0a1"),
            ("1.0PREVIEW2", "1.0rc2"),
            ("1.0c", "1.0rc0"),
            ("1.0-1", "1.0.post1"),
            ("1.0.r5", "1.0.post5"),
            ("1.0rc1.post2.dev3", "1.0rc1.post2.dev3"),
            ("1.0-dev", "1.0.dev0"),
            ("1.0+Ubuntu-01_x", "1.0+ubuntu.1.x"),
            (" 1.0 ", "1.0"),
        ] {
            assert_eq!(normal(version).as_deref(), Some(wanted), "{version}");
        }
        for version in ["", "x", "1.0.x", "1.0+", "1.0+a..b", "1..0", "unknown", "1.0 beta", "1.0-"]
        {
            assert_eq!(normal(version), None, "{version}");
        }
    }
}
