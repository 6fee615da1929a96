//! How a value becomes an argument or the content of an environment variable.

use guild_plugin_api::{Map, Value};

use super::CmdFlag;
use crate::value::{encode, join_split, pformat, same};

/// The ways in which programs read their arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As YAML in one line.
    Yaml,
    /// As text for a reader that knows the type: strings as they are, numbers as `repr` writes
    /// them, `1` and nothing for booleans.
    Plain,
}

impl Encoding {
    /// How arguments are read where flag values go to `dest`: a program's own variables are set
    /// from YAML, its argument parser reads plain text.
    pub(super) fn of_dest(dest: &str) -> Encoding {
        let variables = ["global:", "dict:", "namespace:"];
        if dest == "globals" || variables.iter().any(|prefix| dest.starts_with(prefix)) {
            Encoding::Yaml
        } else {
            Encoding::Plain
        }
    }

    /// The argument for `value`.
    pub(super) fn arg(self, value: &Value, flag: &CmdFlag) -> String {
        match self {
            Encoding::Yaml => yaml(value),
            Encoding::Plain => plain(value, flag),
        }
    }
}

/// The YAML form. A text that looks like an argument's name is quoted, where 0.9.0 leaves it bare
/// and its start of the program takes it for the next flag.
fn yaml(value: &Value) -> String {
    let text = guild_yaml::encode_flow(value);
    if matches!(value, Value::Str(_)) && text.starts_with('-') {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        text
    }
}

/// The content of an environment variable for `value`.
pub(super) fn env(value: &Value, flag: &CmdFlag) -> String {
    stated(&flag.env_encoding, value).unwrap_or_else(|| plain(value, flag))
}

/// The plain form of `value`, unless the flag states another one.
pub(super) fn plain(value: &Value, flag: &CmdFlag) -> String {
    if let Some(stated) = stated(&flag.arg_encoding, value) {
        return stated;
    }
    match value {
        Value::Bool(true) => "1".into(),
        Value::Bool(false) | Value::Null => String::new(),
        Value::Str(s) => s.clone(),
        Value::List(items) => {
            // A separator that is no text joins nothing in Guild AI.
            join_split(items, &flag.arg_split)
                .or_else(|_| join_split(items, &Value::Null))
                .unwrap_or_default()
        }
        other => pformat(other),
    }
}

/// What a flag states for `value`. Where YAML has made a boolean or a number of it, it is written
/// as a user would type it; Guild AI breaks down there.
fn stated(encodings: &Map, value: &Value) -> Option<String> {
    if matches!(value, Value::List(_) | Value::Map(_) | Value::Set(_)) {
        return None;
    }
    let (_, encoded) = encodings.iter().find(|(key, _)| same(key, value))?;
    Some(encoded.as_str().map_or_else(|| encode(encoded), Into::into))
}
