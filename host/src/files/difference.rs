//! The differences between two files or folders as a unified diff, for machines without a program
//! for it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use similar::TextDiff;

/// What `diff -ru ONE OTHER` says. Empty when there is no difference.
///
/// Files that are not UTF-8 are said to differ. Links are followed where they lead to files; a
/// link to a folder is not entered.
pub fn unified(one: &Path, other: &Path) -> io::Result<String> {
    let mut out = String::new();
    match (one.is_dir(), other.is_dir()) {
        (true, true) => folders(one, other, &mut out)?,
        (false, false) => files(one, other, &mut out)?,
        _ => out.push_str(&kinds(one, other)),
    }
    Ok(out)
}

fn folders(one: &Path, other: &Path, out: &mut String) -> io::Result<()> {
    let mut names = BTreeSet::new();
    for dir in [one, other] {
        for entry in fs::read_dir(dir)? {
            names.insert(entry?.file_name());
        }
    }
    for name in names {
        let (left, right) = (one.join(&name), other.join(&name));
        let there = |path: &Path| path.symlink_metadata().is_ok();
        match (there(&left), there(&right)) {
            (true, false) => *out += &only_in(one, &name),
            (false, _) => *out += &only_in(other, &name),
            _ if left.is_dir() && right.is_dir() => {
                let linked = left.is_symlink() || right.is_symlink();
                if !linked {
                    folders(&left, &right, out)?;
                }
            }
            _ if left.is_dir() || right.is_dir() => *out += &kinds(&left, &right),
            _ if left.is_file() && right.is_file() => {
                let start = out.len();
                files(&left, &right, out)?;
                if out.len() > start {
                    let line = format!("diff -ru {} {}\n", left.display(), right.display());
                    out.insert_str(start, &line);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn only_in(dir: &Path, name: &std::ffi::OsStr) -> String {
    format!("Only in {}: {}\n", dir.display(), name.to_string_lossy())
}

fn kinds(one: &Path, other: &Path) -> String {
    let kind = |path: &Path| if path.is_dir() { "directory" } else { "regular file" };
    format!(
        "File {} is a {} while file {} is a {}\n",
        one.display(),
        kind(one),
        other.display(),
        kind(other)
    )
}

fn files(one: &Path, other: &Path, out: &mut String) -> io::Result<()> {
    let read = |path: &Path| {
        fs::read(path).map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))
    };
    let (left, right) = (read(one)?, read(other)?);
    if left == right {
        return Ok(());
    }
    let (one, other) = (one.display().to_string(), other.display().to_string());
    match (String::from_utf8(left), String::from_utf8(right)) {
        (Ok(left), Ok(right)) => {
            let diff = TextDiff::from_lines(&left, &right);
            *out += &diff.unified_diff().header(&one, &other).to_string();
        }
        _ => *out += &format!("Binary files {one} and {other} differ\n"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_compared_file_by_file() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        for d in [&a, &b] {
            fs::create_dir_all(d.join("sub")).unwrap();
            fs::write(d.join("same"), "x").unwrap();
        }
        fs::write(a.join("sub/f"), "1\n2\n").unwrap();
        fs::write(b.join("sub/f"), "1\n3\n").unwrap();
        fs::write(a.join("alone"), "").unwrap();
        fs::write(a.join("bin"), [0xff, 0]).unwrap();
        fs::write(b.join("bin"), [0xff, 1]).unwrap();
        let text = unified(&a, &b).unwrap().replace(dir.path().to_str().unwrap(), "");
        assert_eq!(
            text,
            "Only in /a: alone\n\
             diff -ru /a/bin /b/bin\nBinary files /a/bin and /b/bin differ\n\
             diff -ru /a/sub/f /b/sub/f\n--- /a/sub/f\n+++ /b/sub/f\n@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"
        );
        assert_eq!(unified(&a, &a).unwrap(), "");
        assert!(unified(&a, &a.join("same")).unwrap().contains("is a directory while"));
        assert!(unified(&a.join("x"), &a.join("y")).is_err());
    }
}
