//! What an operation of a Guild file requires, and the resources that its words stand for.

use std::path::PathBuf;

use guild_deps::Dependency;
use guild_deps::dependency::{Lookup, Requirer, dependencies};
use guild_flags::value::is_true;
use guild_guildfile::{Guildfile, Model};
use guild_plugin_api::Value;
use guild_plugin_api::model::OpDef;
use indexmap::IndexMap;

/// What an operation requires.
#[derive(Clone, Debug, Default)]
pub struct Requires {
    value: Value,
    dir: PathBuf,
    parents: Vec<PathBuf>,
    model: String,
    /// The resources of each model.
    resources: IndexMap<String, IndexMap<String, Value>>,
}

impl Requires {
    /// What `op` of `model` requires.
    pub fn of(file: &Guildfile, model: &Model, op: &OpDef) -> Requires {
        let value = op.other.get("requires").filter(|v| is_true(v)).cloned();
        let Some(value) = value else { return Requires::default() };
        let resources = file.models.iter().map(|m| (m.name.clone(), m.resources.clone()));
        Requires {
            value,
            dir: file.dir.clone(),
            parents: model.parents.clone(),
            model: model.name.clone(),
            resources: resources.collect(),
        }
    }

    /// The dependencies of the operation of this name, for the given flags.
    ///
    /// # Errors
    /// A resource that is not defined, in Guild AI 0.9.0's words.
    pub fn dependencies(
        &self,
        full_name: &str,
        flags: &IndexMap<String, Value>,
    ) -> Result<Vec<Dependency>, String> {
        if self.value.is_null() {
            return Ok(Vec::new());
        }
        let find = |model: Option<&str>, name: &str| match self
            .resources
            .get(model.unwrap_or(&self.model))
        {
            None => Lookup::NoModel,
            Some(resources) => resources.get(name).map_or(Lookup::NoResource, Lookup::Found),
        };
        let requirer = Requirer { full_name, dir: &self.dir, parents: &self.parents, find: &find };
        dependencies(&self.value, &requirer, flags)
    }
}
