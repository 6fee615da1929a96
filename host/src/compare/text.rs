//! Cells as texts, for people and for other programs.

use std::borrow::Cow;
use std::io::Write;

use guild_flags::value;
use guild_plugin_api::Value;

use super::{Row, Table};

/// The decimals that people are shown of a number; none are rounded.
const DECIMALS: usize = 6;

/// The cells of a row for people: `yes`, `0.25`, and ` [marked]` behind a marked run's operation.
pub fn for_people(header: &[String], row: &Row) -> Vec<Value> {
    let marked = || matches!(row.run.attr("marked"), Ok(Some(v)) if value::is_true(&v));
    let text = |(name, cell): (&String, &Value)| match cell {
        Value::Str(text) if name == "operation" && marked() => format!("{text} [marked]"),
        Value::Null => String::new(),
        Value::Float(_) => value::format_with(cell, Some(DECIMALS), None),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        cell => value::text(cell),
    };
    header.iter().zip(&row.cells).map(text).map(Value::Str).collect()
}

/// Writes the table as comma separated values, numbers with all their digits; without columns
/// nothing.
pub fn csv(table: &Table, to: impl Write) -> Result<(), csv::Error> {
    if table.header.is_empty() {
        return Ok(());
    }
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(&table.header)?;
    for row in &table.rows {
        let text = |cell| match cell {
            &Value::Null => Cow::default(),
            Value::Str(text) => Cow::from(text.as_bytes()),
            cell => Cow::from(value::text(cell).into_bytes()),
        };
        writer.write_record(row.cells.iter().map(text))?;
    }
    Ok(writer.flush()?)
}
