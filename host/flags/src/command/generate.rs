//! From a command and flag values to arguments and environment.

use guild_plugin_api::Value;
use indexmap::IndexMap;

use super::encoding::{self, Encoding};
use super::refs::{self, Resolved};
use super::{CmdFlag, CommandError, FLAG_ARGS, OpCmd};
use crate::Warnings;
use crate::value::{encode, same, split_encoded};

/// Arguments and environment of a run's process, and what the user should be told about them.
pub type Generated = (Vec<String>, IndexMap<String, String>, Warnings);

/// The arguments and the environment that `cmd` and the flags' values give.
///
/// `${NAME}` in an argument is replaced by a parameter or else a flag's value, in the environment
/// by a flag's value. In the place of [`FLAG_ARGS`] come the flags, sorted by name: `--NAME VALUE`,
/// unless the value is null, the flag is skipped, a switch or split, or the command has `--NAME`
/// itself. Flags that `cmd` does not know are passed only when `force` is set. Every flag is in
/// the environment, as `FLAG_NAME` unless it has a name of its own there.
///
/// The behaviour is `guild.op_cmd.generate_op_args_and_env`'s.
///
/// # Errors
/// When a reference names nothing or contains itself, and when a value cannot be split.
///
/// ```
/// use guild_flags::command::{CmdFlag, OpCmd, generate};
/// let cmd = OpCmd {
///     args: vec!["${exe}".into(), "__flag_args__".into()],
///     flags: [("lr".to_string(), CmdFlag::default())].into(),
///     flags_dest: "globals".into(),
///     ..OpCmd::default()
/// };
/// let values = [("lr".to_string(), true.into())].into();
/// let params = [("exe".to_string(), "prog".to_string())].into();
/// let (args, env, _) = generate(&cmd, &values, &params, false).unwrap_or_default();
/// assert_eq!(args, ["prog", "--lr", "true"]);
/// assert_eq!(env["FLAG_LR"], "1");
/// ```
pub fn generate(
    cmd: &OpCmd,
    flag_vals: &IndexMap<String, Value>,
    params: &IndexMap<String, String>,
    force: bool,
) -> Result<Generated, CommandError> {
    let mut warnings = Warnings::new();
    let args = args(cmd, flag_vals, params, force, &mut warnings)?;
    Ok((args, env(cmd, flag_vals)?, warnings))
}

fn args(
    cmd: &OpCmd,
    flag_vals: &IndexMap<String, Value>,
    params: &IndexMap<String, String>,
    force: bool,
    warnings: &mut Warnings,
) -> Result<Vec<String>, CommandError> {
    let plain = |value: &Value| Value::Str(encoding::plain(value, &CmdFlag::default()));
    let mut known: IndexMap<&str, Value> =
        flag_vals.iter().map(|(name, value)| (name.as_str(), plain(value))).collect();
    known.extend(params.iter().map(|(name, text)| (name.as_str(), Value::str(text))));
    let mut args = Vec::new();
    for arg in &cmd.args {
        if arg == FLAG_ARGS {
            let flag_args = flag_args(cmd, flag_vals, &args, force, warnings)?;
            args.extend(flag_args);
        } else if let Resolved::Text(text) = refs::resolve(arg, &|name| known.get(name))? {
            args.push(text);
        }
    }
    Ok(args)
}

fn flag_args(
    cmd: &OpCmd,
    flag_vals: &IndexMap<String, Value>,
    args: &[String],
    force: bool,
    warnings: &mut Warnings,
) -> Result<Vec<String>, CommandError> {
    let unknown = CmdFlag::default();
    let mut flags: Vec<_> = flag_vals.iter().collect();
    flags.sort_by_key(|(name, _)| *name);
    let mut out = Vec::new();
    for (name, value) in flags {
        let Some(flag) = cmd.flags.get(name).or(force.then_some(&unknown)) else { continue };
        if flag.arg_skip {
            continue;
        }
        let arg_name = flag.arg_name.as_ref().filter(|n| !n.is_empty()).unwrap_or(name);
        let arg = format!("--{arg_name}");
        if args.contains(&arg) {
            warnings.push(format!(
                "ignoring flag '{name}={}' because it's shadowed in the operation cmd as {arg}",
                encode(value)
            ));
            continue;
        }
        if !flag.arg_switch.is_null() {
            out.extend(same(&flag.arg_switch, value).then_some(arg));
        } else if !value.is_null() {
            let values = flag_values(name, value, flag, Encoding::of_dest(&cmd.flags_dest), cmd)?;
            if !values.is_empty() {
                out.push(arg);
                out.extend(values);
            }
        }
    }
    Ok(out)
}

/// What follows the argument's name.
fn flag_values(
    name: &str,
    value: &Value,
    flag: &CmdFlag,
    encoding: Encoding,
    cmd: &OpCmd,
) -> Result<Vec<String>, CommandError> {
    if matches!(value, Value::List(_)) || flag.arg_split.is_null() {
        return Ok(vec![encoding.arg(value, flag)]);
    }
    let encoded = match value {
        Value::Str(text) => text.clone(),
        // What a flag states for its values does not count where they are split.
        other => encoding.arg(other, &CmdFlag::default()),
    };
    let parts = split_encoded(&encoded, &flag.arg_split)
        .map_err(|source| CommandError::Split { flag: name.into(), source })?;
    // Only `globals` has them as one value; destinations with a name get one argument each.
    if cmd.flags_dest != "globals" {
        return Ok(parts);
    }
    let items =
        parts.iter().map(|part| guild_yaml::decode(part).unwrap_or_else(|_| Value::str(part)));
    Ok(vec![guild_yaml::encode_flow(&Value::List(items.collect()))])
}

fn env(
    cmd: &OpCmd,
    flag_vals: &IndexMap<String, Value>,
) -> Result<IndexMap<String, String>, CommandError> {
    let none = CmdFlag::default();
    let flag_of = |name: &str| cmd.flags.get(name).unwrap_or(&none);
    let mut env = IndexMap::new();
    for (name, value) in &cmd.env {
        let text = encoding::env(value, flag_of(name));
        let text = match refs::resolve(&text, &|name| flag_vals.get(name))? {
            Resolved::Text(text) => text,
            Resolved::Value(value) => encoding::plain(&value, &none),
        };
        env.insert(name.clone(), text);
    }
    for (name, value) in flag_vals {
        let flag = flag_of(name);
        let env_name = match flag.env_name.as_ref().filter(|name| !name.is_empty()) {
            Some(env_name) => env_name.clone(),
            None => format!("FLAG_{}", self::env_name(name)),
        };
        env.insert(env_name, encoding::env(value, flag));
    }
    Ok(env)
}

/// `name` as an environment variable can have it: in upper case, with `_` for all but letters of
/// ASCII, digits and `_`.
///
/// ```
/// assert_eq!(guild_flags::command::env_name("learning-rate"), "LEARNING_RATE");
/// ```
pub fn env_name(name: &str) -> String {
    let allowed = |c: char| matches!(c, 'A'..='Z' | '0'..='9' | '_');
    name.to_uppercase().chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(json: &str) -> OpCmd {
        OpCmd::from_value(&serde_json::from_str(json).unwrap()).unwrap()
    }

    fn generated(cmd: &str, values: &str, force: bool) -> Generated {
        let params = [("exe".to_string(), "prog".to_string())].into();
        generate(&command(cmd), &serde_json::from_str(values).unwrap(), &params, force).unwrap()
    }

    fn arg_line(cmd: &str, values: &str) -> String {
        crate::shell::join(&generated(cmd, values, false).0)
    }

    #[test]
    fn the_seed() {
        let cmd = r#"{"cmd-args": ["__flag_args__"], "flags-dest": "globals",
            "cmd-flags": {"skip_connections": {}, "layers": {}, "name": {}, "noise": {}}}"#;
        let values = r#"{"layers": 32, "name": "foo", "noise": 3, "skip_connections": true}"#;
        assert_eq!(
            arg_line(cmd, values),
            "--layers 32 --name foo --noise 3 --skip_connections true"
        );
    }

    #[test]
    fn plain_arguments() {
        let cmd = r#"{"cmd-args": ["${exe}", "__flag_args__", "-x${f}"], "flags-dest": "args",
            "cmd-flags": {"t": {}, "u": {}, "f": {}, "l": {}, "n": {}, "skip": {"arg-skip": true},
                "sw": {"arg-switch": false, "arg-name": "no-sw"}, "m": {},
                "e": {"arg-encoding": {"$map": [[1, "one"], ["on", true]]}},
                "p": {"arg-split": true}, "q": {"arg-split": true}}}"#;
        let values = r#"{"t": true, "u": false, "f": 1e-5, "l": ["a b", 1], "n": null, "skip": 1,
            "sw": false, "m": {"a": [true]}, "e": true, "p": "1 'b c'", "q": "", "unknown": 1}"#;
        assert_eq!(
            arg_line(cmd, values),
            "prog --e one --f 1e-05 --l ''\"'\"'a b'\"'\"' 1' --m '{'\"'\"'a'\"'\"': [True]}' \
             --p 1 'b c' --no-sw --t 1 --u '' -x1e-05"
        );
        assert!(generated(cmd, values, true).0.contains(&"--unknown".to_string()));
        assert_eq!(arg_line(cmd, r#"{"e": "on", "f": ""}"#), "prog --e yes --f '' -x");
    }

    #[test]
    fn yaml_arguments() {
        let cmd = r#"{"cmd-args": ["__flag_args__"], "flags-dest": "DEST",
            "cmd-flags": {"s": {}, "p": {"arg-split": ","}, "l": {}}}"#;
        let values = r#"{"s": "yes", "p": "1,a", "l": [true]}"#;
        assert_eq!(
            arg_line(&cmd.replace("DEST", "globals"), values),
            "--l '[true]' --p '[1, a]' --s ''\"'\"'yes'\"'\"''"
        );
        for dest in ["global:x", "dict:x", "namespace:x"] {
            assert_eq!(
                arg_line(&cmd.replace("DEST", dest), values),
                "--l '[true]' --p 1 a --s ''\"'\"'yes'\"'\"''"
            );
        }
    }

    #[test]
    fn a_flag_that_the_command_has_is_left_out() {
        let cmd =
            r#"{"cmd-args": ["--x", "__flag_args__"], "cmd-flags": {"a": {"arg-name": "x"}}}"#;
        let (args, _, warnings) = generated(cmd, r#"{"a": true}"#, false);
        assert_eq!(args, ["--x"]);
        assert_eq!(
            warnings,
            ["ignoring flag 'a=yes' because it's shadowed in the operation cmd as --x"]
        );
    }

    #[test]
    fn the_environment() {
        let cmd = r#"{"cmd-args": [], "cmd-flags": {"a-b": {}, "t": {"env-name": "TEE",
                "env-encoding": {"$map": [[true, "on"]]}}},
            "cmd-env": {"A": "${a-b}", "B": "x ${t} ${n}", "C": 1.5, "D": false, "E": "${t}"}}"#;
        let (_, env, _) =
            generated(cmd, r#"{"a-b": "x", "t": true, "n": null, "é.1": [1]}"#, false);
        assert_eq!(
            serde_json::to_string(&env).unwrap(),
            r#"{"A":"x","B":"x true null","C":"1.5","D":"","E":"1","FLAG_A_B":"x","TEE":"on","FLAG_N":"","FLAG___1":"1"}"#
        );
    }

    #[test]
    fn what_cannot_be_made_is_an_error() {
        let error = |cmd: &str, values: &str| {
            let values = serde_json::from_str(values).unwrap();
            generate(&command(cmd), &values, &IndexMap::new(), false).unwrap_err().to_string()
        };
        assert_eq!(
            error(r#"{"cmd-args": ["${nope}"]}"#, "{}"),
            "invalid setting for operation: command contains invalid reference 'nope'"
        );
        assert!(error(r#"{"cmd-env": {"A": "${nope}"}}"#, "{}").contains("'nope'"));
        let split = r#"{"cmd-args": ["__flag_args__"], "cmd-flags": {"a": {"arg-split": true}}}"#;
        assert_eq!(
            error(split, r#"{"a": "it's"}"#),
            "cannot split the value of flag 'a': No closing quotation"
        );
    }
}
