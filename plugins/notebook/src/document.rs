//! The file of a notebook, nbformat 4: its cells, and the rest as it was found.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

type Entries = IndexMap<String, Box<RawValue>>;

/// A notebook.
#[derive(Debug)]
pub struct Notebook {
    text: String,
    entries: Entries,
    cells: Vec<Entries>,
    /// Its cells of code, in their order.
    pub code: Vec<Code>,
}

/// A cell of code.
#[derive(Debug)]
pub struct Code {
    /// Which of the notebook's cells it is, from 0.
    pub index: usize,
    /// Its text.
    pub source: String,
    /// Whether the file has the text as one string and not as a list of lines.
    whole: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    kernelspec: Named,
    language_info: Named,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    language: Option<String>,
    name: Option<String>,
}

/// The text of a cell: lines, or all in one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Lines(Vec<String>),
    Whole(String),
}

impl Notebook {
    /// Reads a notebook.
    ///
    /// # Errors
    /// One line about why it cannot be read.
    pub fn read(path: &Path) -> Result<Notebook, String> {
        let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
        Notebook::parse(text)
    }

    /// Reads the text of a notebook.
    ///
    /// # Errors
    /// One line about what is wrong with it.
    pub fn parse(text: String) -> Result<Notebook, String> {
        let wrong = |e: serde_json::Error| format!("it is no notebook: {e}");
        let entries: Entries =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(wrong)?;
        let cells: Vec<Entries> = match entries.get("cells") {
            Some(cells) => serde_json::from_str(cells.get()).map_err(wrong)?,
            None => Vec::new(),
        };
        let mut code = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let kind = cell.get("cell_type").map(|kind| kind.get());
            let (Some("\"code\""), Some(source)) = (kind, cell.get("source")) else { continue };
            let source = serde_json::from_str(source.get()).map_err(wrong)?;
            let (source, whole) = match source {
                Source::Lines(lines) => (lines.concat(), false),
                Source::Whole(text) => (text, true),
            };
            code.push(Code { index, source, whole });
        }
        Ok(Notebook { text, entries, cells, code })
    }

    /// The language that the notebook is written in, as far as it says; in lower case.
    pub fn language(&self) -> Option<String> {
        let Metadata { kernelspec, language_info } = self.metadata()?;
        language_info.name.or(kernelspec.language).map(|name| name.to_lowercase())
    }

    /// The name of the kernel that is to run it, if it says.
    pub fn kernel(&self) -> Option<String> {
        self.metadata()?.kernelspec.name.filter(|name| !name.is_empty())
    }

    fn metadata(&self) -> Option<Metadata> {
        serde_json::from_str(self.entries.get("metadata")?.get()).ok()
    }

    /// The notebook's text with other texts of cells: those of `changed`, by the place in
    /// [`Notebook::code`]. Everything else stays as it is.
    ///
    /// # Errors
    /// None that are known.
    pub fn with(mut self, changed: Vec<(usize, String)>) -> serde_json::Result<String> {
        if changed.is_empty() {
            return Ok(self.text);
        }
        for (at, text) in changed {
            let Some(code) = self.code.get(at) else { continue };
            let source = match code.whole {
                true => to_raw_value(&text)?,
                false => to_raw_value(&text.split_inclusive('\n').collect::<Vec<_>>())?,
            };
            self.cells[code.index].insert("source".into(), source);
        }
        self.entries.insert("cells".into(), to_raw_value(&self.cells)?);
        serde_json::to_string(&self.entries)
    }
}

/// Puts a text in the place of a file, be that a link or not there yet.
///
/// # Errors
/// Those of the system.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"{ "nbformat": 4, "cells": [
        {"cell_type": "markdown", "source": ["# x = 1"]},
        {"cell_type": "code", "outputs": [ 1e5 ], "source": ["x = 1\n", "y = 2"]},
        {"cell_type": "code", "source": "z = 3\n"} ],
        "metadata": {"kernelspec": {"language": "Python"}}, "odd": 1.10 }"##;

    #[test]
    fn what_is_not_changed_stays_as_it_is() {
        let notebook = || Notebook::parse(TEXT.into()).unwrap();
        let code = notebook().code;
        assert_eq!(code.iter().map(|c| c.index).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(code[0].source, "x = 1\ny = 2");
        assert_eq!(notebook().with(Vec::new()).unwrap(), TEXT);
        let text = notebook().with(vec![(0, "x = 5\ny = 2".into()), (1, "z = 4\n".into())]);
        assert_eq!(
            text.unwrap(),
            r##"{"nbformat":4,"cells":[{"cell_type":"markdown","source":["# x = 1"]},{"cell_type":"code","outputs":[ 1e5 ],"source":["x = 5\n","y = 2"]},{"cell_type":"code","source":"z = 4\n"}],"metadata":{"kernelspec": {"language": "Python"}},"odd":1.10}"##
        );
    }

    #[test]
    fn languages() {
        let language = |text: &str| Notebook::parse(text.into()).unwrap().language();
        assert_eq!(language(TEXT).as_deref(), Some("python"));
        assert_eq!(language("{}"), None);
        assert_eq!(language(r#"{"metadata": {"language_info": {"name": "R"}}}"#).unwrap(), "r");
    }

    #[test]
    fn what_is_no_notebook_is_said() {
        for text in
            ["", "[]", "{\"cells\": 1}", "{\"cells\": [{\"cell_type\": \"code\", \"source\": 1}]}"]
        {
            let e = Notebook::parse(text.into()).unwrap_err();
            assert!(e.starts_with("it is no notebook: ") && !e.contains('\n'), "{e}");
        }
        let deep = format!("{{\"cells\": [{}]}}", "[".repeat(100_000));
        assert!(Notebook::parse(deep).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (own, link) = (dir.path().join("own"), dir.path().join("link"));
        fs::write(&own, "own").unwrap();
        std::os::unix::fs::symlink(&own, &link).unwrap();
        put(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&own).unwrap(), "own");
        assert_eq!(fs::read_to_string(&link).unwrap(), "new");
    }
}
