//! The parts of an address on a server.

/// An address in the parts by which 0.9.0 tells them apart.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Address<'a> {
    scheme: String,
    server: &'a str,
    path: &'a str,
    params: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> Address<'a> {
    pub(crate) fn read(url: &'a str) -> Address<'a> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (server, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let last = path.rfind('/').unwrap_or(0);
        let (path, params) = match path[last..].find(';') {
            Some(at) => (&path[..last + at], &path[last + at + 1..]),
            None => (path, ""),
        };
        Address { scheme: scheme.to_lowercase(), server, path, params, query, fragment }
    }

    /// What tells it from others.
    pub(crate) fn parts(&self) -> [&str; 6] {
        [&self.scheme, self.server, self.path, self.params, self.query, self.fragment]
    }

    /// The name that the file gets.
    ///
    /// # Errors
    /// The address names none.
    pub(crate) fn file_name(&self) -> Result<String, String> {
        let last = self.path.rsplit('/').next().unwrap_or_default();
        let name = unquoted(last);
        let kept = matches!(name.as_str(), "" | "." | "..") || name.starts_with(".guild");
        match kept || name.contains(['/', '\\', '\0', '\n', '\r']) {
            true => Err(format!("the address ends in '{last}', which names no file")),
            false => Ok(name),
        }
    }
}

/// A text with `%20` and the like as the characters that they stand for.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        let code = more.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_urlparse() {
        for (url, parts) in [
            ("HTTP://h/a/b.txt", ["http", "h", "/a/b.txt", "", "", ""]),
            ("http://u@h:1", ["http", "u@h:1", "", "", "", ""]),
            ("http://h/a;x/b;p?q=1;2#f?g", ["http", "h", "/a;x/b", "p", "q=1;2", "f?g"]),
            ("https://h/?", ["https", "h", "/", "", "", ""]),
        ] {
            assert_eq!(Address::read(url).parts(), parts, "{url}");
        }
    }

    #[test]
    fn names_that_files_can_have() {
        let name = |url: &str| Address::read(url).file_name();
        assert_eq!(name("http://h/a%20b%C3%A4%2.txt?x=/y").unwrap(), "a bä%2.txt");
        assert_eq!(name("http://h/x/a;p=1").unwrap(), "a");
        for url in [
            "http://h",
            "http://h/x/",
            "http://h/..",
            "http://h/a%2Fb",
            "http://h/%2e%2E",
            "http://h/.guild-cache-x.part",
            "http://h/a%0Ab",
        ] {
            assert!(name(url).is_err(), "{url}");
        }
    }
}
