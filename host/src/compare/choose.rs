//! Which columns a run has in a comparison.

use std::collections::HashMap;

use guild_flags::value;
use guild_guildfile::Guildfile;
use guild_plugin_api::Value;
use guild_query::columns::{self, Column, Source};
use guild_store::Run;
use guild_store::format::info::is_default_scalar;

use super::Options;
use crate::op;
use crate::run::RunFacts;
use crate::session::Session;

const CORE: [&str; 6] = ["run", "operation", "started", "time", "status", "label"];

/// Column specs that were read, and what was wrong with others: each is told once.
pub struct Specs<'a> {
    session: &'a Session,
    read: HashMap<String, Vec<Column>>,
    guildfiles: HashMap<String, Option<Guildfile>>,
    pub warnings: Vec<String>,
}

impl<'a> Specs<'a> {
    pub fn new(session: &'a Session) -> Specs<'a> {
        let (read, guildfiles) = (HashMap::new(), HashMap::new());
        Specs { session, read, guildfiles, warnings: Vec::new() }
    }

    /// The columns of a spec; none when it cannot be read.
    pub fn read(&mut self, spec: &str) -> Vec<Column> {
        if let Some(columns) = self.read.get(spec) {
            return columns.clone();
        }
        let columns = columns::parse(spec).unwrap_or_else(|e| {
            let spec = value::repr_value(&Value::str(spec));
            self.warnings.push(format!("error parsing {spec}: {e}"));
            Vec::new()
        });
        self.read.insert(spec.into(), columns.clone());
        columns
    }

    /// What the Guild file of the run's operation says now about comparing it.
    fn of_guildfile(&mut self, run: &Run, facts: &RunFacts) -> Option<Value> {
        let opref = facts.opref().filter(|opref| opref.pkg_type == "guildfile")?;
        let path = run.dir().join(&opref.pkg_name);
        let load = || op::read_guildfile_at(self.session, &path).ok();
        let file = self.guildfiles.entry(opref.pkg_name.clone()).or_insert_with(load);
        let op = file.as_ref()?.model(&opref.model_name)?.operations.get(&opref.op_name)?;
        op.other.get("compare").filter(|compare| !compare.is_null()).cloned()
    }
}

/// The columns that every run has.
pub fn core(options: &Options) -> Vec<Column> {
    let shown = if options.skip_core { &CORE[..1] } else { &CORE };
    let extra = options.extra_columns.then_some("sourcecode");
    let attr = |name: &str| Column { source: Source::Attr(name.into()), named_as: None };
    shown.iter().copied().chain(extra).map(attr).collect()
}

/// The columns of the run's operation: what its Guild file says, else what it said when it was run,
/// else all flags and scalars.
pub fn of_operation(
    run: &Run,
    facts: &RunFacts,
    options: &Options,
    specs: &mut Specs<'_>,
) -> Vec<Column> {
    if options.skip_operation {
        return Vec::new();
    }
    match specs.of_guildfile(run, facts).or_else(|| facts.kept_attr("compare")) {
        Some(Value::List(compare)) => {
            let spec = |spec: &Value| match spec {
                Value::Str(spec) => Some(spec.clone()),
                _ => None,
            };
            let all: Vec<String> = compare.iter().filter_map(spec).collect();
            all.iter().flat_map(|spec| specs.read(spec)).collect()
        }
        Some(Value::Str(spec)) => specs.read(&spec),
        _ => flags_and_scalars(facts, options),
    }
}

fn flags_and_scalars(facts: &RunFacts, options: &Options) -> Vec<Column> {
    let names: Vec<String> = match facts.flags() {
        Value::Map(flags) => sorted(flags.iter().map(|(name, _)| value::text(name))),
        _ => Vec::new(),
    };
    let tags = facts.scalars().iter().map(|scalar| scalar.tag.as_str());
    let tags = sorted(tags.filter(|tag| options.all_scalars || is_default_scalar(tag)));
    let mut columns = Vec::with_capacity(names.len() + 1 + tags.len());
    let flag = |name| Column { source: Source::Flag(name), named_as: None };
    columns.extend(names.into_iter().map(flag));
    let scalar = |tag: &str, step| Source::Scalar { key: tag.into(), qualifier: None, step };
    if let Some(first) = tags.iter().find(|tag| **tag == "loss").or(tags.first()) {
        columns.push(Column { source: scalar(first, true), named_as: Some("step".into()) });
    }
    columns.extend(tags.iter().map(|tag| Column { source: scalar(tag, false), named_as: None }));
    columns
}

/// The distinct names, in order.
fn sorted<T: Ord>(names: impl Iterator<Item = T>) -> Vec<T> {
    let mut names: Vec<T> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}
