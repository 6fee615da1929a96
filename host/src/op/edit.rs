//! `guild run --edit-flags`: the values of flags in the user's editor.

use guild_flags::define;
use guild_flags::value::text;
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use super::resolve::Resolved;
use crate::editor;
use crate::error::{EXIT_ERROR, Error, Result};
use crate::help;
use crate::terminal;

/// The values as the user leaves them. A flag that the user takes out has no value; an emptied file
/// changes nothing.
///
/// What cannot be read, and with `check` what the flags' definitions do not allow, is told, and the
/// user may go on editing.
pub fn edit_flags(
    resolved: &Resolved,
    flags: IndexMap<String, Value>,
    check: bool,
) -> Result<IndexMap<String, Value>> {
    if flags.is_empty() {
        return Ok(flags);
    }
    let mut written = with_help(resolved, &flags);
    loop {
        written = editor::edit(&written, ".yml")?;
        if written.trim().is_empty() {
            return Ok(flags);
        }
        let wrong = match read(resolved, &written, check) {
            Ok(values) => return Ok(values),
            Err(wrong) => wrong,
        };
        terminal::err(&wrong);
        if !terminal::confirm("Would you like to re-edit these flags?", true)? {
            return Err(Error::silent(EXIT_ERROR));
        }
    }
}

fn read(
    resolved: &Resolved,
    written: &str,
    check: bool,
) -> std::result::Result<IndexMap<String, Value>, String> {
    let wrong = |what: &str| format!("Error reading flags: {what}");
    let values: IndexMap<String, Value> = match guild_yaml::decode(written) {
        Ok(Value::Map(map)) => map.into_iter().map(|(name, value)| (text(&name), value)).collect(),
        Ok(Value::Null) => IndexMap::new(),
        Ok(_) => return Err(wrong("expected a line 'NAME: VALUE' for each flag")),
        Err(e) => return Err(wrong(&e.to_string())),
    };
    if !check {
        return Ok(values);
    }
    let defs = &resolved.op.flags;
    let mut all = define::flag_vals(defs, &values, false)
        .map_err(|e| wrong(&e.render(&resolved.full_name)))?;
    // Defaults are for flags that are not mentioned; here all were, and some were taken out.
    let by_alias = |name: &str| {
        let alias = defs.get(name).and_then(|def| def.alias.as_ref());
        alias.is_some_and(|alias| values.contains_key(alias))
    };
    all.retain(|name, _| values.contains_key(name) || by_alias(name) || !defs.contains_key(name));
    Ok(all)
}

/// The values as YAML, each with what is known about its flag.
fn with_help(resolved: &Resolved, flags: &IndexMap<String, Value>) -> String {
    let mut lines = vec![format!("# Editing flags for {}", resolved.full_name)];
    let mut flags: Vec<_> = flags.iter().collect();
    flags.sort_by_key(|(name, _)| *name);
    let mut gap = true;
    for (name, value) in flags {
        let help = resolved.op.flags.get(name).and_then(help::edit_help);
        if gap || help.is_some() {
            lines.push(String::new());
        }
        let entry: Map = [(name.as_str(), value.clone())].into_iter().collect();
        lines.push(guild_yaml::encode(&Value::Map(entry)));
        gap = help.is_some();
        let help = help.iter().flat_map(|help| help.split('\n'));
        lines.extend(help.map(|line| format!("  # {line}")));
    }
    lines.join("\n")
}
