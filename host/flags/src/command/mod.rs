//! Which arguments and environment the program of a run gets.

mod encoding;
mod generate;
mod refs;

use guild_plugin_api::model::{FlagDef, Flags};
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

pub use generate::{Generated, env_name, generate};

use crate::shell::{self, SplitError};
use crate::value::{encode, is_true, text};

/// The argument of an [`OpCmd`] that stands for those of the flags.
pub const FLAG_ARGS: &str = "__flag_args__";

/// Why a command cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// `${NAME}` names neither a flag nor a parameter.
    #[error("invalid setting for operation: command contains invalid reference '{0}'")]
    UndefinedReference(String),
    /// `${NAME}` has itself in its value.
    #[error("invalid setting for operation: command contains a reference to itself: {}", .0.join(" -> "))]
    ReferenceCycle(Vec<String>),
    /// The value of a flag with `arg-split` is no shell line.
    #[error("cannot split the value of flag '{flag}': {source}")]
    Split {
        /// The flag's name.
        flag: String,
        /// What is wrong with its value.
        source: SplitError,
    },
    /// An attribute of a run does not describe a command.
    #[error("invalid command: {0}")]
    InvalidData(String),
}

/// How the command of an operation is made: the part of a run's `op` attribute under `op-cmd`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpCmd {
    /// The arguments, program first, with `${NAME}` for what is filled in; [`FLAG_ARGS`] stands for
    /// the arguments of the flags.
    pub args: Vec<String>,
    /// The environment, with `${NAME}` for flags.
    pub env: IndexMap<String, Value>,
    /// How each flag is passed.
    pub flags: IndexMap<String, CmdFlag>,
    /// Where flag values go: `args`, `globals`, `global:NAME`, `dict:NAME`, `namespace:NAME`, …
    pub flags_dest: String,
}

/// How a flag is passed to the program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CmdFlag {
    /// The argument's name, without dashes, when it is not the flag's.
    pub arg_name: Option<String>,
    /// Whether the flag is not passed as argument.
    pub arg_skip: bool,
    /// The value for which the bare argument is passed; for any other, nothing is. Null for none.
    pub arg_switch: Value,
    /// How one value is split into several arguments. Null for not at all.
    pub arg_split: Value,
    /// The environment variable's name when it is not `FLAG_NAME`.
    pub env_name: Option<String>,
    /// What to pass as argument for a value.
    pub arg_encoding: Map,
    /// What to set as environment variable for a value.
    pub env_encoding: Map,
}

impl From<&FlagDef> for CmdFlag {
    fn from(def: &FlagDef) -> CmdFlag {
        CmdFlag {
            arg_name: def.arg_name.clone(),
            arg_skip: def.arg_skip.unwrap_or_default(),
            arg_switch: def.arg_switch.clone(),
            arg_split: def.arg_split.clone(),
            env_name: def.env_name.clone(),
            arg_encoding: def.arg_encoding.clone(),
            env_encoding: def.env_encoding.clone(),
        }
    }
}

/// How each flag of an operation is passed, sorted by name.
pub fn cmd_flags(flags: &Flags) -> IndexMap<String, CmdFlag> {
    cmd_flags_with(flags, false)
}

/// As [`cmd_flags`]; `arg_skip` counts for flags that do not say whether they are skipped (the
/// operation's `default-flag-arg-skip`).
pub fn cmd_flags_with(flags: &Flags, arg_skip: bool) -> IndexMap<String, CmdFlag> {
    let mut cmd_flags: IndexMap<String, CmdFlag> = flags
        .iter()
        .map(|(name, def)| {
            let arg_skip = def.arg_skip.unwrap_or(arg_skip);
            (name.clone(), CmdFlag { arg_skip, ..CmdFlag::from(def) })
        })
        .collect();
    cmd_flags.sort_unstable_keys();
    cmd_flags
}

/// Replaces each `${NAME}` in `text` by the value of that name, references in that value included. A
/// text that is a single reference stands for the value as it is.
///
/// The behaviour is `guild.util.resolve_refs`'s.
///
/// # Errors
/// [`CommandError::UndefinedReference`] and [`CommandError::ReferenceCycle`].
pub fn resolve_references<'a>(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<&'a Value>,
) -> Result<Value, CommandError> {
    Ok(match refs::resolve(text, lookup)? {
        refs::Resolved::Text(text) => Value::Str(text),
        refs::Resolved::Value(value) => value,
    })
}

/// The arguments of a command template: split like a shell line, `${flag_args}` turned into
/// [`FLAG_ARGS`].
///
/// # Errors
/// When a quotation mark is not closed, or the line ends in a backslash.
pub fn template_args(exec: &str) -> Result<Vec<String>, SplitError> {
    let marked = |arg: String| if arg == "${flag_args}" { FLAG_ARGS.into() } else { arg };
    Ok(shell::split(exec)?.into_iter().map(marked).collect())
}

impl OpCmd {
    /// The command as the `op` attribute of a run holds it: `cmd-args`, and `cmd-env`, `cmd-flags`
    /// and `flags-dest` where there are any. A flag has what differs from nothing being said.
    ///
    /// The shape is that of `guild.op_cmd.as_data`. As there, an `arg-switch` of false, zero or
    /// an empty string is lost.
    pub fn to_value(&self) -> Value {
        let mut data = Map::new();
        data.insert("cmd-args", self.args.clone());
        if !self.env.is_empty() {
            data.insert("cmd-env", map(&self.env, Clone::clone));
        }
        if !self.flags.is_empty() {
            data.insert("cmd-flags", map(&self.flags, |flag| Value::Map(flag.to_map())));
        }
        if !self.flags_dest.is_empty() {
            data.insert("flags-dest", self.flags_dest.as_str());
        }
        Value::Map(data)
    }

    /// Reads what [`to_value`](OpCmd::to_value) writes, and what Guild AI 0.9.0 wrote. Anything may
    /// be absent.
    ///
    /// # Errors
    /// [`CommandError::InvalidData`], when `value` or a part of it has another shape.
    pub fn from_value(value: &Value) -> Result<OpCmd, CommandError> {
        let invalid = |what: &str| CommandError::InvalidData(format!("{what} has another shape"));
        let data = value.as_map().ok_or_else(|| invalid("it"))?;
        let section = |name: &str| match data.get(name) {
            Some(Value::Map(map)) => Ok(Some(map)),
            Some(other) if is_true(other) => Err(invalid(name)),
            _ => Ok(None),
        };
        let args = match data.get("cmd-args") {
            Some(Value::List(args)) => args.iter().map(text).collect(),
            Some(other) if is_true(other) => return Err(invalid("cmd-args")),
            _ => Vec::new(),
        };
        let mut cmd = OpCmd { args, ..OpCmd::default() };
        for (name, value) in section("cmd-env")?.into_iter().flatten() {
            cmd.env.insert(text(name), value.clone());
        }
        for (name, flag) in section("cmd-flags")?.into_iter().flatten() {
            let flag = flag.as_map().ok_or_else(|| invalid("cmd-flags"))?;
            cmd.flags.insert(text(name), CmdFlag::from_map(flag));
        }
        cmd.flags_dest = string(data, "flags-dest").unwrap_or_default();
        Ok(cmd)
    }
}

impl CmdFlag {
    fn to_map(&self) -> Map {
        let mut data = Map::new();
        let mut set = |name: &str, value: Value, is_set: bool| {
            if is_set {
                data.push(name.into(), value);
            }
        };
        let named = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
        set("arg-name", named(&self.arg_name).into(), named(&self.arg_name).is_some());
        set("arg-skip", true.into(), self.arg_skip);
        set("arg-switch", self.arg_switch.clone(), is_true(&self.arg_switch));
        set("arg-split", self.arg_split.clone(), !self.arg_split.is_null());
        set("env-name", named(&self.env_name).into(), named(&self.env_name).is_some());
        let (arg, env) = (&self.arg_encoding, &self.env_encoding);
        set("arg-encoding", Value::Map(arg.clone()), !arg.is_empty());
        set("env-encoding", Value::Map(env.clone()), !env.is_empty());
        data
    }

    fn from_map(data: &Map) -> CmdFlag {
        let value = |name: &str| data.get(name).cloned().unwrap_or_default();
        let map = |name: &str| data.get(name).and_then(Value::as_map).cloned().unwrap_or_default();
        CmdFlag {
            arg_name: string(data, "arg-name"),
            arg_skip: data.get("arg-skip").is_some_and(is_true),
            arg_switch: value("arg-switch"),
            arg_split: value("arg-split"),
            env_name: string(data, "env-name"),
            arg_encoding: map("arg-encoding"),
            env_encoding: map("env-encoding"),
        }
    }
}

fn map<T>(entries: &IndexMap<String, T>, value: impl Fn(&T) -> Value) -> Map {
    entries.iter().map(|(name, entry)| (name.as_str(), value(entry))).collect()
}

/// A text of `data`; numbers and booleans, which YAML makes of unquoted names, are written again.
fn string(data: &Map, name: &str) -> Option<String> {
    match data.get(name)? {
        Value::Null => None,
        Value::Str(s) => Some(s.clone()),
        other => Some(encode(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_survives_its_attribute() {
        let json = r#"{"cmd-args": ["prog", "__flag_args__"],
            "cmd-env": {"A": 1},
            "cmd-flags": {"x": {}, "y": {"arg-name": "yy", "arg-skip": true, "arg-switch": 1,
                "arg-split": false, "env-name": "Y", "arg-encoding": {"$map": [[true, "on"]]},
                "env-encoding": {"a": "b"}}},
            "flags-dest": "globals"}"#;
        let value: Value = serde_json::from_str(json).unwrap();
        let cmd = OpCmd::from_value(&value).unwrap();
        assert_eq!(cmd.flags["y"].arg_name.as_deref(), Some("yy"));
        assert_eq!(cmd.to_value(), value);
    }

    #[test]
    fn what_is_not_said_is_not_written() {
        let cmd = OpCmd { args: vec!["x".into()], ..OpCmd::default() };
        assert_eq!(serde_json::to_string(&cmd.to_value()).unwrap(), r#"{"cmd-args":["x"]}"#);
        assert_eq!(OpCmd::from_value(&Value::Map(Map::new())), Ok(OpCmd::default()));
        assert!(OpCmd::from_value(&Value::Int(1)).is_err());
        let value: Value = serde_json::from_str(r#"{"cmd-flags": {"x": 1}}"#).unwrap();
        assert!(OpCmd::from_value(&value).is_err());
    }

    #[test]
    fn definitions_say_how_flags_are_passed() {
        let flags: Flags =
            serde_json::from_str(r#"{"b": {"arg-skip": false}, "a": {"arg-name": "x"}}"#).unwrap();
        let cmd_flags = cmd_flags_with(&flags, true);
        assert_eq!(cmd_flags.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert!(cmd_flags["a"].arg_skip && !cmd_flags["b"].arg_skip);
        assert!(!super::cmd_flags(&flags)["a"].arg_skip);
    }

    #[test]
    fn templates_mark_where_flags_go() {
        let args = template_args("prog 'a b' ${flag_args} -x${flag_args}").unwrap();
        assert_eq!(args, ["prog", "a b", FLAG_ARGS, "-x${flag_args}"]);
    }
}
