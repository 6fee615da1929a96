//! Flags that a plugin finds in an operation's program, put to those that the Guild file defines.
//!
//! Source: `plugins/flags_import_util.py` and `OpDef.merge_flags` in `guildfile.py` of 0.9.0.

use std::collections::HashSet;

use guild_flags::value::text;
use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, Flags, OpDef};

/// Adds to the flags of `op` those of `found` that its `flags-import` asks for: none for `no`, all
/// for `yes`, these for a list, and where nothing is said those that are defined anyway; less those
/// in `flags-import-skip`.
///
/// What the operation says of a flag wins, and what it leaves open is as found. A flag found is
/// also known by the `arg-name` of one defined. The result is in order of names.
pub fn import_flags(op: &mut OpDef, found: Flags) {
    let names = |list: &[Value]| list.iter().map(text).collect::<HashSet<String>>();
    let wanted = match op.other.get("flags-import") {
        Some(Value::Bool(true)) => None,
        Some(Value::Str(all)) if all == "all" => None,
        Some(Value::Bool(false)) => return,
        Some(Value::List(list)) if list.is_empty() => return,
        Some(Value::List(list)) => Some(names(list)),
        Some(one) => Some(names(std::slice::from_ref(one))),
        None => Some(op.flags.keys().cloned().collect()),
    };
    let skipped = match op.other.get("flags-import-skip") {
        Some(Value::List(list)) => names(list),
        // A text is a set of letters there.
        Some(Value::Str(letters)) => letters.chars().map(String::from).collect(),
        _ => HashSet::new(),
    };
    let mut new = Flags::new();
    for (name, flag) in found {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&name)) || skipped.contains(&name)
        {
            continue;
        }
        match own_name(&op.flags, &name).and_then(|own| op.flags.get_mut(&own)) {
            Some(own) => complete(own, flag),
            None => drop(new.insert(name, flag)),
        }
    }
    op.flags.extend(new);
    op.flags.sort_unstable_keys();
}

/// The name of the flag that the operation has for one found as `name`.
fn own_name(flags: &Flags, name: &str) -> Option<String> {
    if flags.contains_key(name) {
        return Some(name.into());
    }
    let by_argument = flags.iter().find(|(_, flag)| flag.arg_name.as_deref() == Some(name));
    by_argument.map(|(own, _)| own.clone())
}

fn complete(own: &mut FlagDef, found: FlagDef) {
    macro_rules! take {
        ($empty:expr => $($field:ident),*) => {
            $(if $empty(&own.$field) { own.$field = found.$field; })*
        };
    }
    take!(Value::is_null => arg_split, default, arg_switch, null_label, min, max);
    take!(Option::is_none =>
        kind, description, arg_name, arg_skip, env_name, alias, distribution);
    own.origin = match (own.origin.take(), found.origin) {
        (Some(own), Some(found)) => Some(format!("{own}; {found}")),
        (own, found) => own.or(found),
    };
    take!(|map: &guild_plugin_api::Map| map.is_empty() => arg_encoding, env_encoding);
    take!(Vec::is_empty => choices);
    take!(|truth: &bool| !truth => allow_other, required);
    if own.other.is_empty() {
        own.other = found.other.into_iter().filter(|(_, v)| !v.is_null()).collect();
    }
}
