//! The lines about source code in a run's manifest, `.guild/manifest`.
//!
//! Source: `guild/run_manifest.py` and `guild/manifest.py` of 0.9.0: one line per file,
//! `s DEST SHA1 SRC`, quoted as `shlex.quote` of Python does.

use std::io::ErrorKind;
use std::path::Path;

use guild_flags::shell;

use crate::copy::Report;
use crate::error::Error;
use crate::transfer;

/// The manifest's lines for what was copied, each with its line break.
pub fn manifest_lines(report: &Report) -> String {
    let mut lines = String::new();
    for file in &report.files {
        lines.push_str(&shell::join(&["s", &file.dest, &file.sha1, &file.src]));
        lines.push('\n');
    }
    lines
}

/// The source code files that a run's manifest lists, relative to the run's folder and in the
/// manifest's order; none without a manifest.
///
/// # Errors
///
/// [`Error::Read`] and [`Error::Manifest`].
pub fn source_files(run_dir: &Path) -> Result<Vec<String>, Error> {
    let path = run_dir.join(".guild").join("manifest");
    let bytes = match transfer::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Read { path, source }),
    };
    let mut files = Vec::new();
    let lines = bytes.strip_suffix(b"\n").unwrap_or(&bytes).split(|&byte| byte == b'\n');
    for (at, line) in lines.enumerate() {
        let args = std::str::from_utf8(line).ok().and_then(|line| shell::split(line).ok());
        match args.as_deref() {
            None => return Err(Error::Manifest { path, line: at + 1 }),
            Some([kind, file, ..]) if kind == "s" => files.push(file.clone()),
            Some(_) => {}
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::CopiedFile;
    use std::fs;

    #[test]
    fn lines_are_quoted_and_read_back() {
        let names = ["a.py", "sub dir/it's.py", "é.py", "a\tb", "$x\"y\\z"];
        let file = |name: &&str| CopiedFile {
            dest: format!("src/{name}"),
            src: (*name).to_owned(),
            sha1: "12ab".into(),
        };
        let report = Report { files: names.iter().map(file).collect(), ..Report::default() };
        let lines = manifest_lines(&report);
        assert!(lines.starts_with(
            "s src/a.py 12ab a.py\n\
             s 'src/sub dir/it'\"'\"'s.py' 12ab 'sub dir/it'\"'\"'s.py'\n\
             s 'src/é.py' 12ab 'é.py'\n"
        ));

        let dir = tempfile::tempdir().unwrap();
        assert!(source_files(dir.path()).unwrap().is_empty());
        fs::create_dir(dir.path().join(".guild")).unwrap();
        let path = dir.path().join(".guild/manifest");
        fs::write(&path, "d x - file:x\n".to_owned() + &lines).unwrap();
        let expected: Vec<String> = names.iter().map(|name| format!("src/{name}")).collect();
        assert_eq!(source_files(dir.path()).unwrap(), expected);
        fs::write(&path, "").unwrap();
        assert!(source_files(dir.path()).unwrap().is_empty());
        fs::write(&path, "s a 1 a\ns 'b 1 b\n").unwrap();
        let error = source_files(dir.path()).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid line 2 in {}", path.display()));
    }
}
