//! `guild api ops`, `guild api help-op`: operations and their flags.

use guild_flags::value;
use guild_plugin_api::Value;
use guild_plugin_api::model::{Choice, FlagDef};

use super::{OutputArgs, map, opref_data};
use crate::cli::ops::full_names;
use crate::error::Result;
use crate::op::{self, Resolved};
use crate::session::Session;
use crate::terminal;

/// Show operations as JSON.
///
/// Those of the project's Guild file are shown, private ones too.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

/// Show help info for an operation as JSON.
#[derive(Debug, clap::Args)]
pub struct HelpArgs {
    /// An operation of the current project, or the path of a file that can be run.
    #[arg(value_name = "OPSPEC")]
    spec: String,

    #[command(flatten)]
    output: OutputArgs,
}

/// Runs `guild api ops`. An operation that cannot be resolved is left out, with a warning.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let mut ops = Vec::new();
    for name in op::guildfile(session)?.iter().flat_map(full_names) {
        match op::resolve(session, Some(&name)) {
            Ok(resolved) => ops.push(data(&resolved)),
            Err(e) => terminal::warning(&e.message),
        }
    }
    args.output.show(&Value::List(ops));
    Ok(())
}

/// Runs `guild api help-op`.
pub fn help(session: &Session, args: &HelpArgs) -> Result<()> {
    args.output.show(&data(&op::resolve(session, Some(&args.spec))?));
    Ok(())
}

fn data(resolved: &Resolved) -> Value {
    let opref = &resolved.opref;
    let source = (opref.pkg_type == "guildfile").then(|| opref.pkg_name.clone());
    let flags = resolved.op.flags.iter().map(|(name, flag)| (name.as_str(), flag_data(name, flag)));
    let description = resolved.op.description.as_deref().unwrap_or_default();
    map([
        ("opref", opref_data(opref)),
        ("name", resolved.name.as_str().into()),
        ("fullname", resolved.full_name.as_str().into()),
        ("description", description.into()),
        (
            "guildfile",
            map([
                ("dir", resolved.project_dir.display().to_string().into()),
                ("src", source.into()),
            ]),
        ),
        ("flags", Value::Map(flags.collect())),
    ])
}

fn flag_data(name: &str, flag: &FlagDef) -> Value {
    map([
        ("default", flag.default.clone()),
        ("defaultAssign", value::assign(name, &flag.default, false, false).into()),
        ("description", flag.description.as_deref().unwrap_or_default().into()),
        ("choices", Value::List(flag.choices.iter().map(choice_data).collect())),
        ("type", flag.kind.clone().into()),
    ])
}

fn choice_data(choice: &Choice) -> Value {
    map([
        ("value", choice.value.clone()),
        ("alias", choice.alias.clone()),
        ("description", choice.description.as_deref().unwrap_or_default().into()),
    ])
}
