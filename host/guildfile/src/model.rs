//! Models.
//!
//! Source: `ModelDef` in `guildfile.py` of 0.9.0.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use guild_flags::value::{is_true, text};
use guild_plugin_api::model::OpDef;
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use crate::coerce::Coerce;
use crate::context::Source;
use crate::error::Error;
use crate::extend::{Extended, extend};
use crate::flag::others;
use crate::load::Loader;
use crate::operation::{Builder, sourcecode};
use crate::origin;
use crate::place::Step;
use crate::resource;

/// A model: operations under a name, and what they have in common.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Model {
    /// The name, empty for the model of a file that is a mapping of operations.
    pub name: String,
    /// What it is, one line or more.
    pub description: Option<String>,
    /// Whether it is the one that is meant when none is named.
    pub default: bool,
    /// The operations, by name. One that names no plugins has the model's, and so for
    /// `python-requires`.
    pub operations: IndexMap<String, OpDef>,
    /// The resources as the file has them, by name, includes resolved.
    pub resources: IndexMap<String, Value>,
    /// Folders of the packages that it inherits from: files of its resources may be there.
    pub parents: Vec<PathBuf>,
    /// Names of plugins to use for operations that name none.
    pub plugins: Option<Vec<String>>,
    /// What is said of source code, in the form that [`SourceRules::read`] takes.
    ///
    /// [`SourceRules::read`]: crate::SourceRules::read
    pub sourcecode: Value,
    /// Everything else that the file says of the model and that is not null.
    pub other: BTreeMap<String, Value>,
}

impl Model {
    /// The operation that is meant when none is named: the first in order of names with `default`,
    /// or else the only one whose name does not start with `_`.
    pub fn default_operation(&self) -> Option<(&str, &OpDef)> {
        let named = || self.operations.iter().map(|(name, op)| (name.as_str(), op));
        let default = named().find(|(_, op)| op.other.get("default").is_some_and(is_true));
        default.or_else(|| {
            let mut public = named().filter(|(name, _)| !name.starts_with('_'));
            public.next().filter(|_| public.next().is_none())
        })
    }

    /// The name by which users know an operation of this model: `model:op`, or `op` where the
    /// model has no name.
    pub fn full_name(&self, op: &str) -> String {
        if self.name.is_empty() { op.into() } else { format!("{}:{op}", self.name) }
    }
}

/// Makes the model that `item` of `file` stands for.
pub(crate) fn build(
    loader: &Loader,
    name: &str,
    item: &Map,
    file: &Rc<Source>,
    seen: &[String],
) -> Result<Model, Error> {
    let Extended { mut data, search } = extend(loader, item, file, seen)?;
    let coerce = Coerce { context: loader.context, path: &file.path };
    let defaults = match data.remove("operation-defaults").filter(is_true) {
        Some(defaults) => {
            let name = "operation-defaults";
            let coerced = loader
                .context
                .within(|| Step::key(name), || coerce.operation(&Value::str(name), defaults))?;
            match coerced {
                Value::Map(mut defaults) => {
                    origin::settle(&mut defaults);
                    defaults
                }
                _ => Map::new(),
            }
        }
        None => Map::new(),
    };
    let at = Builder { context: loader.context, search: &search, model: name, defaults: &defaults };
    let mut model = Model {
        name: name.into(),
        default: data.remove("default").is_some_and(|v| is_true(&v)),
        description: description(data.remove("description").unwrap_or_default()),
        parents: search.iter().skip(1).map(|file| file.dir.clone()).collect(),
        ..Model::default()
    };
    at.section("operations", data.remove("operations"), |name, op| {
        model.operations.insert(text(name), at.operation(name, op)?);
        Ok(())
    })?;
    at.section("resources", data.remove("resources"), |name, resource| {
        resource::check_resource(&at, name, &resource)?;
        model.resources.insert(text(name), resource);
        Ok(())
    })?;
    for attr in ["model", "config", "extends"] {
        data.remove(attr);
    }
    let plugins = data.remove("plugins").unwrap_or_default();
    model.plugins = at.attribute("plugins", || at.plugins(plugins))?;
    model.sourcecode = sourcecode(data.remove("sourcecode").unwrap_or_default());
    at.attribute("sourcecode", || at.check_select(&model.sourcecode))?;
    if let Some(flags) = data.get_mut("flags") {
        origin::forget(flags);
    }
    model.other = others(data);
    hand_down(&mut model);
    Ok(model)
}

/// Gives operations what they do not say and the model does.
fn hand_down(model: &mut Model) {
    const REQUIRES: &str = "python-requires";
    for op in model.operations.values_mut() {
        if op.plugins.is_none() {
            op.plugins.clone_from(&model.plugins);
        }
        if !op.other.get(REQUIRES).is_some_and(is_true) {
            match model.other.get(REQUIRES).filter(|requires| is_true(requires)) {
                Some(requires) => op.other.insert(REQUIRES.into(), requires.clone()),
                None => op.other.remove(REQUIRES),
            };
        }
    }
}

/// A description without the space around it.
pub(crate) fn description(value: Value) -> Option<String> {
    Some(text(&value).trim().to_string()).filter(|s| is_true(&value) && !s.is_empty())
}
