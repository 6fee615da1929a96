//! Which optimizer a batch has: named by the user or the Guild file, implied by ranges, or that of
//! the batch which is started again.

use guild_flags::{Warnings, assign, define, value};
use guild_guildfile::{Optimizer as Named, default_optimizer, optimizers};
use guild_plugin_api::Value;
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::OpDef;
use guild_plugin_api::search::{DescribeOptimizer, OptimizerDef};
use guild_store::batch as layout;
use indexmap::IndexMap;

use super::Args;
use crate::error::{Error, Result};
use crate::op::{self, Kept, Operation, Request, Resolved};
use crate::session::Session;
use crate::terminal;

/// The optimizer that ranges imply.
const IMPLIED: &str = "random";

/// The optimizer of `--optimize` where the operation names none.
const DEFAULT: &str = "gp";

/// What chooses the trials of a batch.
pub enum Chosen {
    /// Nothing does: all combinations are run.
    Grid,
    /// An optimizer of a plugin.
    Plugin(Box<Found>),
    /// An operation that makes the trials itself.
    Program(Box<Operation>),
}

/// An optimizer of a plugin, and the values of its own flags.
pub struct Found {
    /// The plugin's name.
    pub plugin: String,
    /// What the optimizer is.
    pub def: OptimizerDef,
    /// The values of its flags.
    pub flags: IndexMap<String, Value>,
    /// Those of them that the user gave.
    pub user_flags: IndexMap<String, Value>,
}

/// What chooses the trials; none where the run is no batch. `kept` is the batch that is started
/// again or is the prototype.
pub fn choose(
    session: &Session,
    args: &Args,
    kept: Option<&Kept>,
    proto: &Operation,
) -> Result<Option<Chosen>> {
    let name = &proto.resolved.name;
    let named = optimizers(name, &proto.resolved.op)
        .map_err(|e| Error::new(format!("invalid definition for operation '{name}': {e}")))?;
    let chosen = match (&args.optimizer, args.optimize, kept) {
        (Some(name), ..) => named.into_iter().find(|o| o.name == *name).unwrap_or_else(|| of(name)),
        (None, true, _) => default(&proto.resolved.full_name, &named)?,
        (None, false, Some(kept)) => {
            let flags = kept.flags.iter().map(|(n, v)| (n.as_str(), v.clone())).collect();
            let mut chosen = of(&kept.opref.to_opspec(None));
            chosen.flags = flags;
            chosen
        }
        (None, false, None) if proto.flags.values().any(value::is_function) => of(IMPLIED),
        (None, false, None) => {
            let lists = proto.flags.values().any(|v| matches!(v, Value::List(_)));
            if !lists && proto.trials.is_none() {
                return Ok(None);
            }
            of(layout::GRID)
        }
    };
    if chosen.algorithm == layout::GRID {
        let own = OptimizerDef { name: layout::GRID.into(), ..OptimizerDef::default() };
        return flags(args, &own, &chosen).map(|_| Some(Chosen::Grid));
    }
    // The project's own come first, as in Guild AI 0.9.0.
    if let Some(program) = program(session, args, &chosen, kept)? {
        return Ok(Some(Chosen::Program(Box::new(program))));
    }
    find(session, args, &chosen).map(|found| Some(Chosen::Plugin(Box::new(found))))
}

/// The operation that is named as an optimizer, or that the batch was run by which is started again.
fn program(
    session: &Session,
    args: &Args,
    named: &Named,
    kept: Option<&Kept>,
) -> Result<Option<Operation>> {
    let is_builtin = |kept: &Kept| kept.opref.pkg_type == "builtin";
    let again = args.optimizer.is_none() && !args.optimize;
    let kept = kept.filter(|kept| again && !is_builtin(kept));
    let set = named.flags.iter().map(|(name, value)| {
        let flag = [(value::text(name), value.clone())].into();
        value::assigns(&flag, false, false).join("")
    });
    let request = Request {
        flags: set.chain(args.opt_flags.iter().cloned()).collect(),
        force_flags: args.force_flags,
        label: args.batch_label.clone(),
        tags: args.batch_tags.clone(),
        ..Request::default()
    };
    if let Some(kept) = kept {
        let request = Request { flags: Vec::new(), ..request };
        return op::recall(session, kept.clone(), &request).map(Some);
    }
    let Ok(resolved) = op::resolve(session, Some(&named.algorithm)) else { return Ok(None) };
    let of_plugin = !session.plugins.for_optimizer(&named.algorithm).is_empty();
    if of_plugin && resolved.opref.pkg_type != "guildfile" {
        return Ok(None);
    }
    op::assemble(session, resolved, &request, None).map(Some)
}

fn of(algorithm: &str) -> Named {
    let mut named = Named::default();
    named.name = algorithm.into();
    named.algorithm = algorithm.into();
    named
}

/// What `--optimize` stands for.
fn default(op: &str, named: &[Named]) -> Result<Named> {
    if let Some(default) = default_optimizer(named) {
        return Ok(default.clone());
    }
    if named.is_empty() {
        return Ok(of(DEFAULT));
    }
    let names: Vec<_> = named.iter().map(|optimizer| optimizer.name.as_str()).collect();
    Err(Error::new(format!("no default optimizer defined for {op}"))
        .hint(format!("Specify one of the following with '--optimizer': {}", names.join(", "))))
}

fn find(session: &Session, args: &Args, named: &Named) -> Result<Found> {
    let name = &named.algorithm;
    if let Some((plugin, def)) = describe(session, name)? {
        let (flags, user_flags) = flags(args, &def, named)?;
        return Ok(Found { plugin, def, flags, user_flags });
    }
    let mut known = session.plugins.optimizers();
    known.retain(|name| !name.contains(':'));
    known.push(layout::GRID.into());
    known.sort();
    let near = guild_flags::nearest(name, known.iter().map(String::as_str));
    let known: Vec<_> = known.iter().map(|name| format!("'{name}'")).collect();
    Err(Error::new(format!("cannot find optimizer '{name}'"))
        .hint(format!("The ones that are known are {}.", known.join(", ")))
        .did_you_mean(near))
}

/// The optimizer of a plugin that has this name, and the plugin.
fn describe(session: &Session, name: &str) -> Result<Option<(String, OptimizerDef)>> {
    for plugin in session.plugins.for_optimizer(name) {
        let request = DescribeOptimizer { name: name.into() };
        let answer: Option<Option<OptimizerDef>> =
            session.call(plugin, hooks::DESCRIBE_OPTIMIZER, &request)?;
        if let Some(def) = answer.flatten() {
            return Ok(Some((plugin.into(), def)));
        }
    }
    Ok(None)
}

/// The optimizer `name` as if it were an operation, for its help.
pub fn as_operation(session: &Session, name: &str) -> Result<Option<Resolved>> {
    let grid = || OptimizerDef {
        name: layout::GRID.into(),
        description: "Runs all combinations of the values of flags.".into(),
        ..OptimizerDef::default()
    };
    let def = match name {
        layout::GRID => Some(grid()),
        _ => describe(session, name)?.map(|(_, def)| def),
    };
    let Some(mut def) = def else { return Ok(None) };
    def.flags.sort_unstable_keys();
    Ok(Some(Resolved {
        full_name: layout::optimizer_opref(&def.model_name, &def.name).to_opspec(None),
        op: OpDef { description: Some(def.description), flags: def.flags, ..OpDef::default() },
        ..Resolved::default()
    }))
}

/// Why an operation cannot be found that is called as an optimizer; else `e`.
pub fn or_not_found(session: &Session, spec: Option<&str>, e: Error) -> Error {
    let is_optimizer =
        |name: &&str| *name == layout::GRID || !session.plugins.for_optimizer(name).is_empty();
    let Some(name) = spec.filter(|name| e.no_operation && is_optimizer(name)) else { return e };
    Error::new(format!("'{name}' is an optimizer, which cannot be run by itself")).hint(format!(
        "Try 'guild run OPERATION --optimizer {name}', or 'guild run {name} --help-op' for its flags."
    ))
}

type FlagValues = IndexMap<String, Value>;

/// The values of the optimizer's own flags: its defaults, then what the Guild file says, then the
/// user; and those that the user gave.
fn flags(args: &Args, def: &OptimizerDef, named: &Named) -> Result<(FlagValues, FlagValues)> {
    let given = assign::read(&args.opt_flags, Some(&def.flags));
    given.warnings.iter().for_each(|w| terminal::warning(w));
    if let Some(file) = given.batch_files.first() {
        return Err(Error::new(format!("invalid optimizer flag @{file}: it is a batch file")));
    }
    let user = given.values.clone();
    given.errors.into_result().map_err(|e| Error::new(e.to_string()))?;
    let mut values: FlagValues =
        named.flags.iter().map(|(name, v)| (value::text(name), v.clone())).collect();
    values.extend(user.clone());
    let mut warnings = Warnings::new();
    let values = define::flag_vals_noting(&def.flags, &values, args.force_flags, &mut warnings);
    warnings.iter().for_each(|w| terminal::warning(w));
    let full_name = layout::optimizer_opref(&def.model_name, &def.name).to_opspec(None);
    let mut values = values.map_err(|e| op::flag_error(&e, &full_name))?;
    values.sort_keys();
    Ok((values, user))
}
