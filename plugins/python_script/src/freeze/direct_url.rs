//! `direct_url.json`: where a package was installed from, when that was no index (PEP 610).

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Where a package is from.
#[derive(Debug, PartialEq)]
pub(super) enum DirectUrl {
    /// A folder that is worked on.
    Editable(PathBuf),
    /// What is behind `name @ `.
    Reference(String),
}

#[derive(Deserialize)]
struct File {
    url: String,
    subdirectory: Option<String>,
    archive_info: Option<Archive>,
    dir_info: Option<Dir>,
    vcs_info: Option<Vcs>,
}

#[derive(Deserialize)]
struct Archive {
    hash: Option<String>,
}

#[derive(Deserialize)]
struct Dir {
    #[serde(default)]
    editable: bool,
}

#[derive(Deserialize)]
struct Vcs {
    vcs: String,
    commit_id: String,
}

impl DirectUrl {
    /// Reads the file of an information folder. None where there is none or it is not valid.
    pub(super) fn read(info: &Path) -> Option<DirectUrl> {
        let bytes = std::fs::read(info.join("direct_url.json")).ok()?;
        DirectUrl::parse(&bytes)
    }

    fn parse(json: &[u8]) -> Option<DirectUrl> {
        let file: File = serde_json::from_slice(json).ok()?;
        let mut fragments = Vec::new();
        let mut reference = match (&file.archive_info, &file.dir_info, &file.vcs_info) {
            (Some(archive), None, None) => {
                if let Some(hash) = archive.hash.as_deref().filter(|hash| !hash.is_empty()) {
                    hash.contains('=').then_some(())?;
                    fragments.push(hash.to_owned());
                }
                file.url
            }
            (None, Some(dir), None) if dir.editable => {
                return local_path(&file.url).map(DirectUrl::Editable);
            }
            (None, Some(_), None) => file.url,
            (None, None, Some(vcs)) => format!("{}+{}@{}", vcs.vcs, file.url, vcs.commit_id),
            _ => return None,
        };
        if let Some(dir) = file.subdirectory.filter(|dir| !dir.is_empty()) {
            fragments.push(format!("subdirectory={dir}"));
        }
        if !fragments.is_empty() {
            reference += &format!("#{}", fragments.join("&"));
        }
        Some(DirectUrl::Reference(reference))
    }
}

/// The path of a `file:` URL of this machine.
fn local_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("file:")?;
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    let path = path.split(['?', '#']).next().filter(|path| path.starts_with('/'))?;
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, mut behind)) = rest.split_first() {
        let escaped = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.filter(|_| first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                behind = &behind[2..];
            }
            None => bytes.push(first),
        }
        rest = behind;
    }
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let reference = |json: &str| match DirectUrl::parse(json.as_bytes()) {
            Some(DirectUrl::Reference(r)) => r,
            other => format!("{other:?}"),
        };
        assert_eq!(
            reference(
                r#"{"url": "https://x/y.git", "vcs_info": {"vcs": "git", "commit_id": "abc", "requested_revision": "main"}, "subdirectory": "a/b"}"#
            ),
            "git+https://x/y.git@abc#subdirectory=a/b"
        );
        assert_eq!(
            reference(
                r#"{"url": "https://x/y.whl", "archive_info": {"hash": "sha256=0a", "hashes": {}}}"#
            ),
            "https://x/y.whl#sha256=0a"
        );
        assert_eq!(
            reference(r#"{"url": "https://x/y.whl", "archive_info": {}}"#),
            "https://x/y.whl"
        );
        assert_eq!(reference(r#"{"url": "file:///a%20b", "dir_info": {}}"#), "file:///a%20b");
        assert_eq!(
            DirectUrl::parse(br#"{"url": "file:///a%20b/%C3%BC", "dir_info": {"editable": true}}"#),
            Some(DirectUrl::Editable("/a b/ü".into()))
        );
        for invalid in [
            "",
            "[]",
            "{}",
            r#"{"url": "x"}"#,
            r#"{"url": 1, "dir_info": {}}"#,
            r#"{"url": "x", "dir_info": {}, "archive_info": {}}"#,
            r#"{"url": "x", "dir_info": {"editable": 1}}"#,
            r#"{"url": "file://host/x", "dir_info": {"editable": true}}"#,
        ] {
            assert_eq!(DirectUrl::parse(invalid.as_bytes()), None, "{invalid}");
        }
    }
}
