//! What the cells of a notebook have printed and drawn.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use guild_plugin_program::log::{Level, log};
use indexmap::IndexMap;
use serde::Deserialize;

/// A notebook as far as its outputs go.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Outputs {
    cells: Vec<Cell>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cell {
    cell_type: String,
    execution_count: Option<i64>,
    outputs: Vec<Output>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Output {
    output_type: String,
    name: String,
    text: Option<Text>,
    data: IndexMap<String, serde_json::Value>,
}

/// A text: lines, or all in one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Lines(Vec<String>),
    Whole(String),
}

impl Text {
    fn whole(&self) -> String {
        match self {
            Text::Lines(lines) => lines.concat(),
            Text::Whole(text) => text.clone(),
        }
    }
}

impl Outputs {
    /// Reads the outputs of a notebook.
    ///
    /// # Errors
    /// One line about why it cannot be read.
    pub fn read(path: &Path) -> Result<Outputs, String> {
        let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
        serde_json::from_str(&text).map_err(|e| format!("it is no notebook: {e}"))
    }

    fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.cell_type == "code")
    }

    /// Writes again what was printed, and what cells ended with.
    ///
    /// # Errors
    /// Those of the streams.
    pub fn print(&self, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
        for cell in self.cells() {
            for output in &cell.outputs {
                match output.output_type.as_str() {
                    "stream" => {
                        let text = output.text.as_ref().map(Text::whole).unwrap_or_default();
                        let to_err = output.name == "stderr";
                        let stream: &mut dyn Write = if to_err { err } else { out };
                        stream.write_all(text.as_bytes())?;
                        stream.flush()?;
                    }
                    "execute_result" => {
                        let plain = output.data.get("text/plain").cloned();
                        let plain = plain.and_then(|text| serde_json::from_value(text).ok());
                        let text = plain.as_ref().map(Text::whole).unwrap_or_default();
                        writeln!(out, "Out[{}]: {text}", cell.number())?;
                        out.flush()?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Saves the images beside the notebook, as `NOTEBOOK_CELL_OUTPUT.png`.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn save_images(&self, notebook: &Path) -> Result<(), String> {
        let mut told = false;
        for cell in self.cells() {
            let displayed = cell.outputs.iter().filter(|o| o.output_type == "display_data");
            for (at, output) in displayed.enumerate() {
                let image = output.data.get("image/png").cloned();
                let image: Option<Text> = image.and_then(|i| serde_json::from_value(i).ok());
                let Some(image) = image else { continue };
                let text: String = image.whole().split_whitespace().collect();
                let bytes = match STANDARD.decode(text) {
                    Ok(bytes) => bytes,
                    Err(e) => {
                        let number = cell.number();
                        let what = format!("error decoding image at pos {at} in In[{number}]: {e}");
                        log(Level::Warning, &what);
                        continue;
                    }
                };
                if !told {
                    log(Level::Info, "Saving images");
                    told = true;
                }
                let stem = notebook.file_stem().unwrap_or_default().to_string_lossy();
                let file = notebook.with_file_name(format!("{stem}_{}_{at}.png", cell.number()));
                fs::write(&file, bytes)
                    .map_err(|e| format!("cannot write {}: {e}", file.display()))?;
            }
        }
        Ok(())
    }
}

impl Cell {
    fn number(&self) -> String {
        self.execution_count.map_or("?".into(), |count| count.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_written_again_and_images_saved() {
        let text = r##"{"cells": [
            {"cell_type": "markdown", "source": []},
            {"cell_type": "code", "execution_count": 3, "source": [], "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]},
                {"output_type": "stream", "name": "stderr", "text": "oh\n"},
                {"output_type": "display_data", "data": {"text/plain": ["<Figure>"]}},
                {"output_type": "display_data", "data": {"image/png": "aGVs\nbG8=\n"}},
                {"output_type": "display_data", "data": {"image/png": "?"}},
                {"output_type": "execute_result", "data": {"text/plain": ["1\n", "2"]}}]},
            {"cell_type": "code", "execution_count": null, "outputs": [
                {"output_type": "execute_result", "data": {}}]}]}"##;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my nb.ipynb");
        fs::write(&path, text).unwrap();
        let outputs = Outputs::read(&path).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        outputs.print(&mut out, &mut err).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\nb\nOut[3]: 1\n2\nOut[?]: \n");
        assert_eq!(err, b"oh\n");
        outputs.save_images(&path).unwrap();
        assert_eq!(fs::read(dir.path().join("my nb_3_1.png")).unwrap(), b"hello");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
