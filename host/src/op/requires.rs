//! What an operation of a Guild file requires, and the resources that its words stand for.

use std::path::PathBuf;

use guild_deps::Dependency;
use guild_deps::dependency::{Lookup, Requirer, dependencies};
use guild_flags::value::is_true;
use guild_guildfile::{Guildfile, Model, Places};
use guild_plugin_api::model::OpDef;
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use crate::error::{Error, Result};

/// What an operation requires.
#[derive(Clone, Debug, Default)]
pub struct Requires {
    value: Value,
    dir: PathBuf,
    parents: Vec<PathBuf>,
    model: String,
    op: String,
    places: Places,
    /// The resources of each model.
    resources: IndexMap<String, IndexMap<String, Value>>,
}

impl Requires {
    /// What `op` of `model` requires, with `more` that a plugin says.
    pub fn of(file: &Guildfile, model: &Model, name: &str, op: &OpDef, more: Vec<Map>) -> Requires {
        let value = op.other.get("requires").filter(|v| is_true(v)).cloned();
        if value.is_none() && more.is_empty() {
            return Requires::default();
        }
        let mut items = match value {
            None => Vec::new(),
            Some(Value::List(items)) => items,
            Some(one) => vec![one],
        };
        let resources = file.models.iter().map(|m| (m.name.clone(), m.resources.clone()));
        let mut resources: IndexMap<String, IndexMap<String, Value>> = resources.collect();
        let own = resources.get_mut(&model.name);
        add(&mut items, own.unwrap_or(&mut IndexMap::new()), more);
        Requires {
            value: Value::List(items),
            dir: file.dir.clone(),
            parents: model.parents.clone(),
            model: model.name.clone(),
            op: name.into(),
            places: file.places.clone(),
            resources,
        }
    }

    /// The dependencies of the operation of this name, for the given flags.
    ///
    /// # Errors
    /// A resource that is not defined, in Guild AI 0.9.0's words, with the place.
    pub fn dependencies(
        &self,
        full_name: &str,
        flags: &IndexMap<String, Value>,
    ) -> Result<Vec<Dependency>> {
        self.read(&self.value, full_name, flags).map_err(|reason| {
            let message = format!("invalid definition for operation '{full_name}': {reason}");
            let items = self.value.as_list().unwrap_or_default();
            let fails = |item: &&Value| self.read(item, full_name, flags).is_err();
            let culprit = items.iter().find(fails);
            let near = culprit.and_then(|item| self.near(item));
            let index = culprit.and_then(|item| items.iter().position(|i| std::ptr::eq(i, item)));
            let place = self.places.attribute(&self.model, &self.op, "requires", index);
            let error = Error::new(message);
            let error = place
                .into_iter()
                .fold(error, |e, place| e.hint(format!("  at {place}")).hint(place.excerpt()));
            error.did_you_mean(near)
        })
    }

    /// The resource that what is required may be a slip for.
    fn near(&self, item: &Value) -> Option<String> {
        let spec = item.as_str().or_else(|| item.get("resource")?.as_str())?;
        let own = self.resources.get(&self.model).into_iter().flat_map(|own| own.keys().cloned());
        let full = self.resources.iter().flat_map(|(model, resources)| {
            resources.keys().map(move |name| format!("{model}:{name}"))
        });
        let known: Vec<String> = own.chain(full).collect();
        guild_flags::nearest(spec, known.iter().map(String::as_str)).map(String::from)
    }

    fn read(
        &self,
        requires: &Value,
        full_name: &str,
        flags: &IndexMap<String, Value>,
    ) -> std::result::Result<Vec<Dependency>, String> {
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
        dependencies(requires, &requirer, flags)
    }
}

/// Adds entries, but for sources that are required anyway: these get the attributes they lack.
fn add(items: &mut Vec<Value>, resources: &mut IndexMap<String, Value>, more: Vec<Map>) {
    for entry in more {
        let mut held = false;
        for item in items.iter_mut() {
            held |= match item {
                Value::Str(name) => resources.get_mut(name).is_some_and(|r| complete(r, &entry)),
                item => complete(item, &entry),
            };
        }
        if !held {
            items.push(entry.into());
        }
    }
}

/// Completes the source that `entry` is about in a source, a resource or a list of sources.
fn complete(value: &mut Value, entry: &Map) -> bool {
    match value {
        Value::List(sources) => {
            let mut held = false;
            for source in sources {
                held |= complete(source, entry);
            }
            held
        }
        Value::Map(map) => {
            if let Some(mut sources) = map.remove("sources") {
                let held = complete(&mut sources, entry);
                map.insert("sources", sources);
                return held;
            }
            // What an entry is about comes first in it.
            let about = entry.iter().next();
            let same = about.is_some_and(|(kind, what)| {
                kind.as_str().and_then(|kind| map.get(kind)) == Some(what)
            });
            if same {
                for (name, attribute) in entry {
                    let given = name.as_str().is_none_or(|name| map.get(name).is_some());
                    if !given {
                        map.push(name.clone(), attribute.clone());
                    }
                }
            }
            same
        }
        _ => false,
    }
}
