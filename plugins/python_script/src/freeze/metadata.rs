//! The head of a package's `METADATA`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What the head of the file says first.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    /// `Name`, as the package spells it.
    pub name: String,
    /// `Version`, as the package spells it.
    pub version: String,
}

/// Reads name and version from an information folder, or from the file that `distutils` wrote in
/// its place. None where there is no name.
pub(super) fn read(info: &Path) -> Option<Head> {
    let opened = ["METADATA", "PKG-INFO"].iter().find_map(|name| File::open(info.join(name)).ok());
    let mut file = match opened {
        Some(file) => file,
        None => File::open(info).ok()?,
    };
    // The names are in the first lines; a long description follows.
    let mut bytes = Vec::with_capacity(1024);
    loop {
        let read = file.by_ref().take(1024).read_to_end(&mut bytes).ok()?;
        match head(&String::from_utf8_lossy(&bytes), read == 0) {
            Found::Both(head) => return Some(head),
            Found::More if read > 0 => {}
            Found::More | Found::Not => return None,
        }
    }
}

enum Found {
    Both(Head),
    /// The text ends before its head does.
    More,
    Not,
}

/// Looks into the lines before the first empty one. A last line without line end may be a part
/// of one unless the text is `whole`.
fn head(text: &str, whole: bool) -> Found {
    let (mut name, mut version) = (None, None);
    for line in text.split_inclusive('\n') {
        if !line.ends_with('\n') && !whole {
            return Found::More;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((key, value)) = line.split_once(':') else { continue };
        let field = match key {
            key if key.eq_ignore_ascii_case("name") => &mut name,
            key if key.eq_ignore_ascii_case("version") => &mut version,
            _ => continue,
        };
        field.get_or_insert_with(|| value.trim().to_owned());
        if let (Some(name), Some(version)) = (&name, &version) {
            return Found::Both(Head { name: name.clone(), version: version.clone() });
        }
    }
    match name {
        _ if !whole && !text.contains("\n\n") && !text.contains("\n\r\n") => Found::More,
        Some(name) => Found::Both(Head { name, version: String::new() }),
        None => Found::Not,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Option<(String, String)> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("METADATA"), text).unwrap();
        read(dir.path()).map(|h| (h.name, h.version))
    }

    #[test]
    fn name_and_version_are_in_the_head() {
        let pair = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(
            read_text("Metadata-Version: 2.1\r\nName: Jinja2\r\nVersion: 3.1\r\n"),
            pair("Jinja2", "3.1")
        );
        assert_eq!(read_text("version: 1\nNAME: a\nName: b"), pair("a", "1"));
        let long = format!("Summary: {}\nName: a\nVersion: 1\n", "é".repeat(5000));
        assert_eq!(read_text(&long), pair("a", "1"));
        assert_eq!(read_text("Summary: x\n\nName: a\nVersion: 1\n"), None);
        assert_eq!(read_text(""), None);
    }
}
