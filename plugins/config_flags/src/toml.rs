//! TOML files. What no flag changes stays as it is written, comments and dates included.

use guild_flags::value::text;
use guild_plugin_api::{Map, Value};
use toml_edit::{Array, Datetime, DocumentMut, InlineTable, Item, TableLike};

/// What a text holds. Dates and times are texts.
///
/// # Errors
/// What is wrong, and where, in one line.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    Ok(from_table(parse(text)?.as_table()).into())
}

/// The text with what `config` says in it.
///
/// # Errors
/// TOML has nothing for a value.
pub(crate) fn write(config: &Value, before: &str) -> Result<String, String> {
    let mut document = parse(before)?;
    if let Value::Map(config) = config {
        put_all(config, document.as_table_mut())?;
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|e: toml_edit::TomlError| {
        let start = e.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        let message = e.message().lines().collect::<Vec<_>>().join(", ");
        format!("{message} (line {line}, column {column})")
    })
}

fn from_table(table: &dyn TableLike) -> Map {
    table.iter().map(|(name, item)| (name, from_item(item))).collect()
}

fn from_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => from_value(value),
        Item::Table(table) => from_table(table).into(),
        Item::ArrayOfTables(tables) => {
            Value::List(tables.iter().map(|table| from_table(table).into()).collect())
        }
    }
}

fn from_value(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(s) => s.value().as_str().into(),
        Toml::Integer(i) => Value::Int(*i.value()),
        Toml::Float(f) => Value::Float(*f.value()),
        Toml::Boolean(b) => Value::Bool(*b.value()),
        Toml::Datetime(d) => d.value().to_string().into(),
        Toml::Array(items) => Value::List(items.iter().map(from_value).collect()),
        Toml::InlineTable(table) => from_table(table).into(),
    }
}

/// Puts settings into a table. What is the same there already, and what is null, is left alone.
fn put_all(settings: &Map, table: &mut dyn TableLike) -> Result<(), String> {
    for (name, value) in settings {
        let name = text(name);
        let held = table.get_mut(&name);
        if value.is_null() || held.as_ref().is_some_and(|held| from_item(held) == *value) {
            continue;
        }
        match (held, value) {
            (Some(Item::Value(held)), Value::Str(text)) if held.is_datetime() => {
                *held = match text.parse::<Datetime>() {
                    Ok(date) => date.into(),
                    Err(_) => text.as_str().into(),
                };
            }
            (Some(held), value) => match (held.as_table_like_mut(), value) {
                (Some(within), Value::Map(settings)) => put_all(settings, within)?,
                _ => replace(held, to_value(value, &name)?),
            },
            (None, value) => {
                table.insert(&name, Item::Value(to_value(value, &name)?));
            }
        }
    }
    Ok(())
}

/// Puts a value in another's place, comments around that one staying.
fn replace(held: &mut Item, mut value: toml_edit::Value) {
    if let Item::Value(before) = held {
        *value.decor_mut() = before.decor().clone();
    }
    *held = Item::Value(value);
}

fn to_value(value: &Value, name: &str) -> Result<toml_edit::Value, String> {
    Ok(match value {
        Value::Bool(b) => (*b).into(),
        Value::Int(i) => (*i).into(),
        Value::Float(f) => (*f).into(),
        Value::Str(s) => s.as_str().into(),
        Value::List(items) => {
            let items: Result<Array, String> = items.iter().map(|v| to_value(v, name)).collect();
            items?.into()
        }
        Value::Map(map) => {
            let mut table = InlineTable::new();
            for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                let name = text(name);
                table.insert(&name, to_value(value, &name)?);
            }
            table.into()
        }
        other => return Err(format!("TOML has nothing for {} ({name})", text(other))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nested;

    const TEXT: &str = "# for all\nrate = 1e-3  # not too fast\nday = 1979-05-27\nlist = [1, 'b']\n\
                        \n[net]\nname = 'x'\ndeep.z = true\n[[part]]\nn = 1\n";

    #[test]
    fn what_is_in_a_file() {
        let settings = nested::flat(&read(TEXT).unwrap());
        let shown: Vec<_> = settings.iter().map(|(n, v)| format!("{n}={}", text(v))).collect();
        assert_eq!(
            shown,
            [
                "rate=0.001",
                "day=1979-05-27",
                "list=[1, 'b']",
                "net.name=x",
                "net.deep.z=True",
                "part=[{'n': 1}]"
            ]
        );
        assert!(read("a = 1\nb = \n").unwrap_err().ends_with("(line 2, column 5)"));
        assert!(read(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn only_what_changes_is_written_anew() {
        let changed = |values: &str| {
            let mut config = read(TEXT).unwrap();
            nested::apply(&serde_json::from_str(values).unwrap(), &mut config).unwrap();
            write(&config, TEXT)
        };
        assert_eq!(changed("{}").unwrap(), TEXT);
        let values = r#"{"rate": 2, "day": "2024-01-02", "net.name": "y\"", "net.new": [1.5, "c"],
            "list": ["d"], "net.deep.z": false, "more.a": 1, "rate2": null}"#;
        assert_eq!(
            changed(values).unwrap(),
            "# for all\nrate = 2  # not too fast\nday = 2024-01-02\nlist = [\"d\"]\n\
             more = { a = 1 }\n\n[net]\nname = 'y\"'\ndeep.z = false\nnew = [1.5, \"c\"]\n[[part]]\nn = 1\n"
        );
        assert_eq!(changed(r#"{"day": "now"}"#).unwrap(), TEXT.replace("1979-05-27", "\"now\""));
        assert!(changed(r#"{"big": {"$int": "123456789012345678901234567890"}}"#).is_err());
    }
}
