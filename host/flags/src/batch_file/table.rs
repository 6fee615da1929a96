//! Trials in CSV, as spreadsheets and `guild run --save-trials` write it.

use csv::{ByteRecord, ReaderBuilder};
use guild_plugin_api::Value;
use indexmap::{IndexMap, IndexSet};

use crate::Warnings;
use crate::value::{decode_noting, repr};

/// The mark that some programs put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The trials of a table.
///
/// # Errors
/// What is wrong and on which line.
pub(super) fn read(
    bytes: &[u8],
    warnings: &mut Warnings,
) -> Result<Vec<IndexMap<String, Value>>, String> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = ByteRecord::new();
    let mut names: Option<Vec<String>> = None;
    let mut trials = Vec::new();
    while reader.read_byte_record(&mut record).map_err(|e| e.to_string())? {
        let line = record.position().map_or(0, |at| line_of(at, bytes));
        let cells = texts(&record).map_err(|e| format!("{e} (line {line})"))?;
        match &names {
            None => names = Some(flag_names(cells).map_err(|e| format!("{e} (line {line})"))?),
            Some(names) => {
                trials.push(
                    trial(names, &cells, warnings).map_err(|e| format!("{e} (line {line})"))?,
                );
            }
        }
    }
    Ok(trials)
}

/// The line of the record that follows `at`: empty lines before it are passed over by the reader.
fn line_of(at: &csv::Position, bytes: &[u8]) -> u64 {
    let start = usize::try_from(at.byte()).unwrap_or(bytes.len());
    let before = bytes.get(start..).unwrap_or_default().iter();
    let passed = before.take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n');
    at.line() + passed.count() as u64
}

fn texts(record: &ByteRecord) -> Result<Vec<&str>, String> {
    let text = |cell| std::str::from_utf8(cell).map_err(|_| "text is not UTF-8".to_string());
    record.iter().map(text).collect()
}

fn flag_names(cells: Vec<&str>) -> Result<Vec<String>, String> {
    let mut names = IndexSet::new();
    for (i, name) in cells.into_iter().enumerate() {
        if name.is_empty() {
            return Err(format!("column {} has no flag name", i + 1));
        }
        if !names.insert(name.to_string()) {
            return Err(format!("flag {} has more than one column", repr(name)));
        }
    }
    Ok(names.into_iter().collect())
}

/// A row that ends early leaves its other flags out. Guild AI drops values beyond the last flag; a
/// row that has a comma too many would run with the wrong values.
fn trial(
    names: &[String],
    cells: &[&str],
    warnings: &mut Warnings,
) -> Result<IndexMap<String, Value>, String> {
    if cells.len() > names.len() {
        let s = if names.len() == 1 { "" } else { "s" };
        return Err(format!("expected {} value{s}, got {}", names.len(), cells.len()));
    }
    let value = |cell: &&str| decode_noting(cell, None, warnings);
    Ok(names.iter().cloned().zip(cells.iter().map(value)).collect())
}
