//! Shorthands become what they stand for, by the name of the attribute that they are in.
//!
//! Source: the coercion rules of `guildfile.py` of 0.9.0. They know nothing of where an attribute
//! is: `flags` of a config are coerced as those of an operation.

use std::path::Path;

use guild_flags::value::{repr, repr_value, text};
use guild_plugin_api::{Map, Value};

use crate::context::{Context, invalid};
use crate::error::{Error, Warning};
use crate::place::Step;

/// Coerces one file's data.
pub(crate) struct Coerce<'a> {
    pub context: &'a Context<'a>,
    pub path: &'a Path,
}

impl Coerce<'_> {
    fn fail<T>(&self, message: String) -> Result<T, Error> {
        Err(invalid(self.path, message))
    }

    /// The objects of a file: a list, or a mapping of operations, which stands for a model without
    /// a name.
    pub fn file(&self, data: Value) -> Result<Vec<Map>, Error> {
        let items = match data {
            Value::Null => return Ok(Vec::new()),
            Value::Map(operations) => {
                let mut model = Map::new();
                model.push("model".into(), "".into());
                model.push("operations".into(), Value::Map(operations));
                vec![Value::Map(model)]
            }
            Value::List(items) => items,
            other => {
                let data = repr_value(&other);
                return self.fail(format!("invalid guildfile data {data}: expected a mapping"));
            }
        };
        let item = |(i, item)| self.context.within(|| Step::Item(i), || self.item(item));
        items.into_iter().enumerate().map(item).collect()
    }

    fn item(&self, item: Value) -> Result<Map, Error> {
        let Value::Map(item) = item else {
            let item = repr_value(&item);
            return self.fail(format!("invalid guildfile item {item}: expected a mapping"));
        };
        let mut item = self.each(item, |name, value| match name {
            "include" | "extends" => self.str_to_list(value, name).map(Value::List),
            "operations" => self.operations(value),
            "flags" => self.flags(value),
            "sourcecode" => self.select_files(value),
            _ => Ok(value),
        })?;
        let has = |name: &str| item.get(name).is_some();
        if has("operations") && !has("model") && !has("config") {
            item.push("model".into(), "".into());
        }
        Ok(item)
    }

    fn each(
        &self,
        map: Map,
        coerce: impl Fn(&str, Value) -> Result<Value, Error>,
    ) -> Result<Map, Error> {
        let mut out = Map::new();
        for (key, value) in map {
            let name = key.as_str().unwrap_or_default();
            let value = self.context.within(|| Step::key(name), || coerce(name, value))?;
            out.push(key, value);
        }
        Ok(out)
    }

    fn operations(&self, data: Value) -> Result<Value, Error> {
        let Value::Map(operations) = data else {
            let data = repr_value(&data);
            return self.fail(format!("invalid operations value {data}: expected a mapping"));
        };
        let mut out = Map::new();
        for (name, operation) in operations {
            let operation = self
                .context
                .within(|| Step::Key(text(&name)), || self.operation(&name, operation))?;
            out.push(name, operation);
        }
        Ok(Value::Map(out))
    }

    /// One operation: a text is its `main`.
    pub fn operation(&self, name: &Value, data: Value) -> Result<Value, Error> {
        if name.as_str() == Some("$include") {
            return Ok(data);
        }
        match data {
            Value::Str(main) => Ok(Value::Map([("main", main)].into_iter().collect())),
            Value::Map(data) => self.each(data, |k, v| self.operation_attr(k, v)).map(Value::Map),
            other => self.fail(format!(
                "invalid value for operation '{}' {}: expected a string or a mapping",
                text(&other),
                repr_value(name)
            )),
        }
    }

    fn operation_attr(&self, name: &str, value: Value) -> Result<Value, Error> {
        match name {
            "flags" => self.flags(value),
            "flags-import" => self.flags_import(value),
            "publish" => self.publish(value),
            "python-path" if !value.is_null() => self.str_to_list(value, name).map(Value::List),
            "output-scalars" => self.output_scalars(value),
            "sourcecode" => self.select_files(value),
            _ => Ok(value),
        }
    }

    fn flags(&self, data: Value) -> Result<Value, Error> {
        let Value::Map(flags) = data else {
            let data = repr_value(&data);
            return self.fail(format!("invalid flags value {data}: expected a mapping"));
        };
        let mut out = Map::new();
        for (name, value) in flags {
            let value =
                self.context.within(|| Step::Key(text(&name)), || self.flag(&name, value))?;
            out.push(name, value);
        }
        Ok(Value::Map(out))
    }

    fn flag(&self, name: &Value, data: Value) -> Result<Value, Error> {
        if name.as_str() == Some("$include") {
            return Ok(Value::Str(text(&data)));
        }
        match data {
            Value::Map(_) => Ok(data),
            Value::Time(_) => self.fail(format!(
                "invalid value for {} flag {}: expected a mapping of flag attributes or default \
                 flag value",
                text(name),
                repr_value(&data)
            )),
            default => Ok(Value::Map([("default", default)].into_iter().collect())),
        }
    }

    fn flags_import(&self, data: Value) -> Result<Value, Error> {
        match data {
            Value::Bool(false) => Ok(Value::List(Vec::new())),
            Value::List(_) => Ok(data),
            Value::Str(s) if s == "all" => Ok(Value::Bool(true)),
            // One is as good as true.
            _ if guild_flags::value::same(&data, &Value::Bool(true)) => Ok(Value::Bool(true)),
            other => self.fail(format!(
                "invalid flags-import value {}: expected yes/all, no, or a list of flag names",
                repr_value(&other)
            )),
        }
    }

    fn output_scalars(&self, data: Value) -> Result<Value, Error> {
        match data {
            Value::Null | Value::List(_) => Ok(data),
            Value::Bool(false) => Ok(Value::List(Vec::new())),
            Value::Str(_) | Value::Map(_) => Ok(Value::List(vec![data])),
            other => self.fail(format!(
                "invalid output-scalars {}: expected a mapping, list, string, or false",
                repr_value(&other)
            )),
        }
    }

    fn publish(&self, data: Value) -> Result<Value, Error> {
        let mut map = match data {
            Value::Null => return Ok(Value::Null),
            Value::Map(map) => map,
            other => {
                let data = repr_value(&other);
                return self.fail(format!("invalid publish value {data}: expected a mapping"));
            }
        };
        if let Some(files) = map.get("files").filter(|f| guild_flags::value::is_true(f)).cloned() {
            let files = self.context.within(|| Step::key("files"), || self.select_files(files))?;
            map.insert("files", files);
        }
        Ok(Value::Map(map))
    }

    /// Files to select: `false` for none, or a list of rules, or a mapping with these under
    /// `select`. What is a list or text of names takes these files and no others.
    fn select_files(&self, data: Value) -> Result<Value, Error> {
        match data {
            Value::Null => Ok(Value::List(Vec::new())),
            Value::Bool(false) => Ok(Value::Bool(false)),
            Value::List(items) if items.is_empty() => Ok(Value::Bool(false)),
            Value::Str(name) => {
                Ok(Value::List(vec![rule("exclude", "*".into()), rule("include", name.into())]))
            }
            Value::Map(map) => self.select_files_map(map),
            Value::List(items) => self.select_files_list(items),
            other => self.fail(format!(
                "invalid select files spec {}: expected a string, list, or mapping",
                repr_value(&other)
            )),
        }
    }

    fn select_files_map(&self, mut map: Map) -> Result<Value, Error> {
        let mut out = Map::new();
        let select = map.remove("select").unwrap_or_default();
        let select = self.context.within(|| Step::key("select"), || self.select_files(select))?;
        out.push("select".into(), select);
        for name in ["root", "digest", "dest"] {
            out.push(name.into(), map.remove(name).unwrap_or_default());
        }
        if !map.is_empty() {
            let mut names: Vec<String> = map.iter().map(|(k, _)| text(k)).collect();
            names.sort();
            let message = format!(
                "unexpected sourcecode attribute(s) in {}: {}",
                relative_to_cwd(self.path).display(),
                names.join(", ")
            );
            let known = ["select", "root", "digest", "dest"];
            let warning = Warning::new(message).at(Step::Name(names[0].clone()));
            self.context.warn(warning.near(&names[0], known));
        }
        Ok(Value::Map(out))
    }

    fn select_files_list(&self, items: Vec<Value>) -> Result<Value, Error> {
        let only_names = items.iter().all(|item| matches!(item, Value::Str(_)));
        let mut rules = Vec::with_capacity(items.len() + 1);
        if only_names {
            rules.push(rule("exclude", "*".into()));
        }
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::Str(_) => rules.push(rule("include", item)),
                Value::Map(_) => rules.push(item),
                other => {
                    let item = repr_value(&other);
                    let message =
                        format!("invalid sourcecode {item}: expected a string or mapping");
                    return Err(invalid(self.path, message).at(Step::Index(index)));
                }
            }
        }
        Ok(Value::List(rules))
    }

    /// A list, or a text that stands for a list of one, or for the list that it is the YAML of.
    pub fn str_to_list(&self, value: Value, name: &str) -> Result<Vec<Value>, Error> {
        str_to_list(value, name).map_err(|message| invalid(self.path, message))
    }
}

/// As [`Coerce::str_to_list`], with the mere message as error.
pub(crate) fn str_to_list(value: Value, name: &str) -> Result<Vec<Value>, String> {
    let message =
        |shown: String| format!("invalid {name} value {shown}: expected a string or list");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::List(items) => Ok(items),
        Value::Str(s) if s.starts_with('[') && s.ends_with(']') => match guild_yaml::decode(&s) {
            Ok(Value::List(items)) => Ok(items),
            _ => Err(message(repr(&s))),
        },
        Value::Str(s) => Ok(vec![Value::Str(s)]),
        other => Err(message(repr_value(&other))),
    }
}

fn rule(kind: &str, pattern: Value) -> Value {
    Value::Map([(kind, pattern)].into_iter().collect())
}

/// `path` as seen from the current folder.
fn relative_to_cwd(path: &Path) -> std::path::PathBuf {
    let Ok(cwd) = std::env::current_dir() else { return path.to_owned() };
    let mut up = std::path::PathBuf::new();
    for base in cwd.ancestors() {
        if let Ok(rest) = path.strip_prefix(base) {
            return up.join(rest);
        }
        up.push("..");
    }
    path.to_owned()
}
