//! Operations.
//!
//! Source: `OpDef` in `guildfile.py` of 0.9.0.

use std::path::Path;

use guild_flags::shell;
use guild_flags::value::{compare, is_true, repr_value, text};
use guild_plugin_api::model::{Flags, OpDef};
use guild_plugin_api::{Map, Value};

use crate::coerce::str_to_list;
use crate::context::{Context, SearchPath, invalid};
use crate::error::{Error, Warning};
use crate::flag::{self, others, true_text};
use crate::optimizer::{conflict, optimizers};
use crate::place::Step;
use crate::resource;
use crate::select::SourceRules;
use crate::{include, model};

/// Makes what belongs to one model.
pub(crate) struct Builder<'a> {
    pub context: &'a Context<'a>,
    pub search: &'a SearchPath,
    /// The model's name.
    pub model: &'a str,
    /// What each operation has that does not say otherwise.
    pub defaults: &'a Map,
}

impl Builder<'_> {
    pub fn path(&self) -> &Path {
        &self.search[0].path
    }

    /// The folder of the model's own file.
    pub fn dir(&self) -> &Path {
        &self.search[0].dir
    }

    pub fn invalid(&self, message: impl Into<String>) -> Error {
        invalid(self.path(), message)
    }

    pub fn warn(&self, message: impl Into<String>) {
        self.context.warn(Warning::new(message));
    }

    /// Does what is under the attribute `name`, so that errors and warnings know.
    pub fn attribute<T>(
        &self,
        name: &str,
        act: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.context.within(|| Step::key(name), act)
    }

    /// Does something for each entry of a section, in order of names, includes resolved.
    pub fn section(
        &self,
        section: &str,
        value: Option<Value>,
        mut each: impl FnMut(&Value, Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.attribute(section, || {
            let entries = sorted(include::section(value, section, self.search)?);
            entries.into_iter().try_for_each(|(name, value)| {
                self.context.within(|| Step::Key(text(&name)), || each(&name, value))
            })
        })
    }

    /// The operation `name` as `data` has it.
    pub fn operation(&self, name: &Value, data: Value) -> Result<OpDef, Error> {
        let Value::Map(mut data) = data else {
            let data = repr_value(&data);
            return Err(self.invalid(format!("invalid operation def {data}: expected a mapping")));
        };
        let Value::Str(name) = name else {
            let name = repr_value(name);
            return Err(self.invalid(format!("invalid operation name {name}: expected a string")));
        };
        for (key, value) in self.defaults {
            if !data.iter().any(|(k, _)| k == key) {
                data.push(key.clone(), value.clone());
            }
        }
        self.checked(name, data)
    }

    fn checked(&self, name: &str, mut data: Map) -> Result<OpDef, Error> {
        let flags = self.flags(data.remove("flags"))?;
        // For plugins to say, and nothing that a file can: kept, it would be there twice.
        data.remove("allow-other-flags");
        let both = data.get("optimizer").is_some() && data.get("optimizers").is_some();
        let mut take = |attr: &str| data.remove(attr).unwrap_or_default();
        let mut op = OpDef {
            flags,
            flags_dest: some_text(take("flags-dest")),
            description: model::description(take("description")),
            exec: command(take("exec")),
            env: Map::new(),
            objective: take("objective"),
            output_scalars: take("output-scalars"),
            label: some_text(take("label")),
            ..OpDef::default()
        };
        let (env, plugins, tags) = (take("env"), take("plugins"), take("tags"));
        op.sourcecode = sourcecode(take("sourcecode"));
        op.other = others(data);
        op.env = self.attribute("env", || Ok(self.env(name, env)))?;
        if let Some(steps) = op.other.remove("steps").filter(is_true) {
            let steps = self.attribute("steps", || self.steps(steps))?;
            op.other.insert("steps".into(), steps);
        }
        op.plugins = self.attribute("plugins", || self.plugins(plugins))?;
        if let Some(requires) = op.other.get("requires") {
            self.attribute("requires", || resource::check_requires(self, requires))?;
        }
        op.tags = self.attribute("tags", || self.texts(tags, "tags"))?;
        let optimizer = if op.other.contains_key("optimizer") { "optimizer" } else { "optimizers" };
        self.attribute(optimizer, || match both {
            true => Err(self.invalid(conflict(name))),
            false => optimizers(name, &op).map_err(|message| self.invalid(message)),
        })?;
        if let Some(files) = op.other.get("publish").and_then(|publish| publish.get("files")) {
            self.attribute("publish", || self.attribute("files", || self.check_select(files)))?;
        }
        self.attribute("sourcecode", || self.check_select(&op.sourcecode))?;
        Ok(op)
    }

    fn flags(&self, data: Option<Value>) -> Result<Flags, Error> {
        let mut out = Flags::new();
        self.section("flags", data, |name, data| {
            let name = text(name);
            let flag = flag::build(self, &name, data)?;
            out.insert(name, flag);
            Ok(())
        })?;
        Ok(out)
    }

    fn env(&self, name: &str, env: Value) -> Map {
        match env {
            Value::Map(env) => env,
            env if is_true(&env) => {
                let shown = repr_value(&env);
                self.warn(format!("invalid env of operation '{name}' {shown}: expected a mapping"));
                Map::new()
            }
            _ => Map::new(),
        }
    }

    /// Steps as they are, but for their flags: includes are resolved, and definitions of flags
    /// become their default values.
    fn steps(&self, steps: Value) -> Result<Value, Error> {
        let Value::List(steps) = steps else {
            let steps = repr_value(&steps);
            return Err(self.invalid(format!("invalid steps data {steps}: expected a list")));
        };
        let resolve = |step: Value| -> Result<Value, Error> {
            let Value::Map(mut step) = step else { return Ok(step) };
            let flags = self.attribute("flags", || {
                include::section(step.get("flags").cloned(), "flags", self.search)
            })?;
            if !flags.is_empty() {
                let values = flags.into_iter().map(|(name, value)| match value {
                    Value::Map(def) => (name, def.get("default").cloned().unwrap_or_default()),
                    value => (name, value),
                });
                step.insert("flags", values.collect::<Map>());
            }
            Ok(Value::Map(step))
        };
        let step = |(i, step)| self.context.within(|| Step::Index(i), || resolve(step));
        steps.into_iter().enumerate().map(step).collect::<Result<Vec<_>, _>>().map(Value::List)
    }

    /// Names of plugins; `no` is none of them, null leaves it to others.
    pub fn plugins(&self, value: Value) -> Result<Option<Vec<String>>, Error> {
        match value {
            Value::Null => Ok(None),
            Value::Bool(false) => Ok(Some(Vec::new())),
            other => self.texts(other, "plugins").map(Some),
        }
    }

    fn texts(&self, value: Value, name: &str) -> Result<Vec<String>, Error> {
        let items = str_to_list(value, name).map_err(|message| self.invalid(message))?;
        Ok(items.iter().map(text).collect())
    }

    pub fn check_select(&self, value: &Value) -> Result<(), Error> {
        SourceRules::read(value).map(drop).map_err(|message| self.invalid(message))
    }
}

/// Entries by name. Names of different kinds, over which 0.9.0 breaks down, go by their texts.
pub(crate) fn sorted(map: Map) -> Vec<(Value, Value)> {
    let mut entries: Vec<_> = map.into_iter().collect();
    if entries.iter().all(|(name, _)| name.as_str().is_some()) {
        entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    } else if entries.iter().all(|(name, _)| compare(name, name).is_some())
        && entries.windows(2).all(|w| compare(&w[0].0, &w[1].0).is_some())
    {
        entries.sort_by(|(a, _), (b, _)| compare(a, b).unwrap_or(std::cmp::Ordering::Equal));
    } else {
        entries.sort_by_cached_key(|(name, _)| text(name));
    }
    entries
}

/// A command is a text, or a list of arguments, which is put as the text that splits into them.
fn command(value: Value) -> Option<String> {
    match value {
        Value::List(args) if !args.is_empty() => {
            Some(shell::join(&args.iter().map(text).collect::<Vec<_>>()))
        }
        other => true_text(other),
    }
}

fn some_text(value: Value) -> Option<String> {
    (!value.is_null()).then(|| text(&value))
}

/// A coerced `sourcecode` in which nothing is said is null, as none at all.
pub(crate) fn sourcecode(value: Value) -> Value {
    match value {
        Value::List(rules) if rules.is_empty() => Value::Null,
        other => other,
    }
}
