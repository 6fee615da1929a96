//! The flags that a script's own parser declares: by the syntax tree where that is exact
//! ([`argparse`], [`click`]), else by running the script until it parses ([`import`]). What other
//! libraries are told of is found by the tree alone ([`libraries`]).

use std::collections::BTreeMap;
use std::path::Path;

use guild_plugin_api::Value;
use guild_plugin_api::model::{Choice, FlagDef, Flags};
use serde::{Deserialize, Serialize};

use crate::flag_data::joined;
use crate::flags::import::Script;

mod absl;
mod annotation;
pub mod argparse;
pub mod click;
mod hf;
pub mod import;
mod kept;
pub mod libraries;
mod module;
pub mod neighbours;
mod typer;

/// A flag as a parser declares it, however that was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Declared {
    /// The first long option without its dashes, which is the flag's name.
    pub name: String,
    /// What the parser does with it.
    pub action: Action,
    /// All option strings, dashes included.
    pub options: Vec<String>,
    /// The help text.
    pub description: Option<String>,
    /// The default; null where there is none, or none that an argument can stand for.
    pub default: Value,
    /// The values that the parser takes; none where it takes any.
    pub choices: Option<Vec<Value>>,
    /// Whether the parser insists on it.
    pub required: bool,
    /// `string`, `int`, `float`, `boolean`, `number`; none for conversions of the script's own.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether it takes several arguments.
    pub multi: bool,
    /// For a switch of click: the value for which the bare argument is passed.
    pub switch: Option<bool>,
    /// The options that stand for false, where there are others for true.
    pub off: Option<Vec<String>>,
    /// The file and line that declare it.
    pub place: Option<(String, u32)>,
}

/// What a parser does with an option: those of `argparse` that make a flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Takes a value.
    #[default]
    Store,
    /// Stands for true.
    StoreTrue,
    /// Stands for false.
    StoreFalse,
    /// `--name` and `--no-name`.
    Boolean,
}

impl Declared {
    /// The flag, as Guild AI 0.9.0's `import_argparse_flags_main` and `click_flags` describe it.
    ///
    /// A list that is the default of an option with one argument is left to the script: 0.9.0
    /// takes it for a series of trials.
    pub fn flag_def(&self) -> FlagDef {
        let mut flag = FlagDef {
            description: self.description.clone(),
            required: self.required,
            kind: self.kind.clone(),
            choices: choices(self.choices.as_deref().unwrap_or_default()),
            ..FlagDef::default()
        };
        flag.default = match &self.default {
            Value::List(items) if self.multi => split_default(items),
            Value::List(items) if is_one(items) => items[0].clone(),
            Value::List(_) | Value::Map(_) => Value::Null,
            other => other.clone(),
        };
        if self.multi {
            flag.arg_split = Value::Bool(true);
        }
        if let Some(on) = self.switch {
            self.apply_switch(&mut flag, on);
        }
        if self.action != Action::Store {
            flag.choices = choices(&[Value::Bool(true), Value::Bool(false)]);
            flag.arg_switch = Value::Bool(self.action != Action::StoreFalse);
        }
        if self.action == Action::Boolean {
            let is_on = is_true(&flag.default);
            let mut long = self.options.iter().filter_map(|o| o.strip_prefix("--"));
            let name = match is_on {
                true => long.find(|o| o.starts_with("no-")),
                false => long.next(),
            };
            flag.arg_name = name.map(str::to_owned);
            flag.arg_switch = Value::Bool(!is_on);
        }
        flag.other = BTreeMap::new();
        flag
    }

    /// A switch that is told of when it has the value `on`. 0.9.0 passes the option that stands
    /// for true where the value is false and the default is not.
    fn apply_switch(&self, flag: &mut FlagDef, on: bool) {
        flag.arg_switch = Value::Bool(on);
        // What it stands for is no matter of the flag, which is on or off.
        flag.kind = flag.kind.take().filter(|kind| kind == "boolean");
        let Some(off) = &self.off else { return };
        if on {
            if self.default.is_null() && !self.required {
                // Without the option it is neither true nor false.
                flag.choices = choices(&[Value::Bool(true)]);
            }
            return;
        }
        flag.arg_name = off.iter().find_map(|o| o.strip_prefix("--")).map(str::to_owned);
        if flag.arg_name.is_none() {
            // There is no way to tell the script.
            flag.choices = choices(&[Value::Bool(true)]);
        }
    }
}

/// The flags by name, with where each was found: the file below `project_dir`, the line, and who
/// parses. `script` stands for the file where nothing more is known.
pub fn with_origin(found: &[Declared], project_dir: &Path, script: &Script) -> Flags {
    let who = script.dest.strip_prefix("args:").unwrap_or("argparse");
    let named = |declared: &Declared| {
        let mut flag = declared.flag_def();
        let shown =
            |file: &Path| file.strip_prefix(project_dir).unwrap_or(file).display().to_string();
        flag.origin = Some(match &declared.place {
            Some((file, line)) => format!("{}:{line}, {who}", shown(Path::new(file))),
            None => format!("{}, {who} (script was run)", shown(&script.file)),
        });
        (declared.name.clone(), flag)
    };
    found.iter().map(named).collect()
}

/// A default of several arguments as one text; none where one of them is a list itself.
fn split_default(items: &[Value]) -> Value {
    let is_plain = |item: &Value| !matches!(item, Value::List(_) | Value::Map(_));
    let item = |item: &Value| match item {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => joined(std::slice::from_ref(other)),
    };
    match items.iter().all(is_plain) {
        true => Value::Str(items.iter().map(item).collect::<Vec<_>>().join(" ")),
        false => Value::Null,
    }
}

fn is_one(items: &[Value]) -> bool {
    matches!(items, [Value::Str(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_)])
}

/// Whether Python takes the value for true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Int(i) => *i != 0,
        Value::Float(f) => *f != 0.0,
        Value::Str(s) => !s.is_empty(),
        _ => true,
    }
}

fn choices(values: &[Value]) -> Vec<Choice> {
    values.iter().map(|v| Choice { value: v.clone(), ..Choice::default() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_says_where_it_was_found() {
        let script = |dest: &str| Script {
            file: "/p/train.py".into(),
            package: String::new(),
            folder: None,
            search_path: Vec::new(),
            base_args: Vec::new(),
            dest: dest.into(),
        };
        let named =
            |name: &str, place| Declared { name: name.into(), place, ..Declared::default() };
        let found = [named("a", Some(("/p/sub/options.py".into(), 14))), named("b", None)];
        let flags = with_origin(&found, Path::new("/p"), &script("args"));
        assert_eq!(flags["a"].origin.as_deref(), Some("sub/options.py:14, argparse"));
        assert_eq!(flags["b"].origin.as_deref(), Some("train.py, argparse (script was run)"));
        let flags = with_origin(&found[1..], Path::new("/q"), &script("args:click"));
        assert_eq!(flags["b"].origin.as_deref(), Some("/p/train.py, click (script was run)"));
    }

    #[test]
    fn a_list_is_a_default_of_several_arguments_only() {
        let list = Value::from(vec![Value::from(1), Value::from(true), Value::str("a b")]);
        let of =
            |multi| Declared { multi, default: list.clone(), ..Declared::default() }.flag_def();
        assert_eq!(of(true).default, Value::str("1 yes 'a b'"));
        assert_eq!(of(true).arg_split, Value::Bool(true));
        assert_eq!(of(false).default, Value::Null);
    }
}
