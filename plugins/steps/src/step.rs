//! A step: what the Guild file says about it, and what is run for it.

use guild_flags::command::resolve_references;
use guild_flags::value::{assigns, is_true, repr, repr_value, text};
use guild_flags::{assign, shell};
use guild_plugin_api::model::MainRequest;
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use crate::check::Check;
use crate::options::Params;

/// The attributes of a step that are no options of `guild run`.
const OWN: [&str; 5] = ["run", "name", "flags", "expect", "isolate-runs"];

/// A step as the Guild file has it.
#[derive(Debug)]
pub struct Step {
    /// What users know it as.
    pub name: String,
    /// What is expected of its run.
    pub checks: Vec<Check>,
    /// Whether its run sees only the pipeline's runs.
    pub isolate_runs: bool,
    /// What the user should be told about it.
    pub warnings: Vec<String>,
    spec: String,
    params: Params,
    flags: IndexMap<String, Value>,
    batch_files: Vec<String>,
}

/// What a run has for its steps.
pub struct Parent {
    model: String,
    flags: IndexMap<String, Value>,
    label: Value,
    tags: Value,
    stage_trials: bool,
}

impl Parent {
    /// What the run of `req` has.
    pub fn of(req: &MainRequest) -> Parent {
        let param = |name: &str| req.attrs.get("run_params")?.get(name).cloned();
        let flags = match req.attrs.get("flags") {
            Some(Value::Map(flags)) => by_name(flags),
            _ => IndexMap::new(),
        };
        Parent {
            model: req.model.clone(),
            flags,
            label: param("label").unwrap_or_default(),
            tags: param("tags").unwrap_or_default(),
            stage_trials: param("stage_trials").is_some_and(|value| is_true(&value)),
        }
    }

    /// The text that a value is, references to the run's flags resolved.
    fn resolve(&self, value: &Value) -> Result<Value, String> {
        let Value::Str(string) = value else { return Ok(value.clone()) };
        resolve_references(string, &|name| self.flags.get(name)).map_err(|_| {
            format!("{} refers to a flag that the pipeline does not have", repr(string))
        })
    }
}

/// Reads the attribute `steps`.
///
/// # Errors
/// One line about what is wrong with it.
pub fn read_all(steps: &Value) -> Result<Vec<Step>, String> {
    match steps {
        Value::List(steps) => steps.iter().map(Step::read).collect(),
        other if !is_true(other) => Ok(Vec::new()),
        other => Err(format!("invalid steps data {}: expected list", repr_value(other))),
    }
}

impl Step {
    fn read(data: &Value) -> Result<Step, String> {
        let data = match data {
            Value::Str(run) => [("run", run.as_str())].into_iter().collect(),
            Value::Map(data) => data.clone(),
            other => return Err(format!("invalid step data: {}", repr_value(other))),
        };
        let shown = || repr_value(&Value::Map(data.clone()));
        let no_run = || format!("invalid step {}: must define run", shown());
        let run = data.get("run").and_then(Value::as_str).map(str::trim).filter(|r| !r.is_empty());
        let run = run.ok_or_else(no_run)?;
        let invalid = |e: String| format!("invalid run spec {}: {e}", repr(run));
        let words = shell::split(run).map_err(|e| invalid(e.to_string()))?;
        let mut params = Params::read(words).map_err(invalid)?;
        if params.words.is_empty() {
            return Err(no_run());
        }
        let spec = params.words.remove(0);
        params.apply(|name| data.get(name).cloned());
        let mut warnings: Vec<String> = params
            .ignored()
            .iter()
            .map(|param| format!("run parameter {param} used in {} ignored", repr(run)))
            .collect();
        warnings.extend(unknown(&data).map(|name| {
            format!("attribute {} of step {} is unknown and ignored", repr(&name), repr(&spec))
        }));
        let assigns = match data.get("flags") {
            None | Some(Value::Null) => params.words.clone(),
            Some(Value::Map(flags)) => assigns(&by_name(flags), false, false),
            Some(other) => return Err(format!("invalid flags value {}", repr_value(other))),
        };
        let assigns = assign::read(&assigns, None);
        assigns.errors.into_result().map_err(|e| e.to_string())?;
        warnings.extend(assigns.warnings);
        Ok(Step {
            name: data.get("name").filter(|name| is_true(name)).map_or(spec.clone(), text),
            checks: Check::read_all(data.get("expect"))
                .map_err(|e| format!("invalid step {}: {e}", shown()))?,
            isolate_runs: data.get("isolate-runs").is_none_or(is_true),
            warnings,
            spec,
            params,
            flags: assigns.values,
            batch_files: assigns.batch_files,
        })
    }

    /// The words of `guild run` for the step, what is run first.
    ///
    /// # Errors
    /// One line about a reference to a flag that the pipeline does not have.
    pub fn words(&self, parent: &Parent) -> Result<Vec<String>, String> {
        let invalid = |e: String| format!("invalid step {}: {e}", repr(&self.name));
        let mut params = self.params.clone();
        for (name, value) in [("label", &parent.label), ("tags", &parent.tags)] {
            if is_true(value) && !params.given.contains_key(name) {
                params.given.insert(name, value.clone());
            }
        }
        let spec = self.full_spec(&parent.model);
        let mut words = vec![spec.clone()];
        words.extend(parent.stage_trials.then(|| "--stage-trials".to_string()));
        let resolved = |value: &Value| parent.resolve(value).map(|value| text(&value));
        words.extend(params.options(resolved).map_err(invalid)?);
        words.extend(self.batch_files.iter().map(|file| format!("@{file}")));
        let mut flags = self.flags.clone();
        flags.extend(self.parent_flags(parent, &spec));
        for value in flags.values_mut() {
            *value = parent.resolve(value).map_err(invalid)?;
        }
        flags.retain(|_, value| !value.is_null());
        words.extend(assigns(&flags, false, false));
        Ok(words)
    }

    /// What is run, in the pipeline's model unless another is named.
    fn full_spec(&self, model: &str) -> String {
        if model.is_empty() || self.spec.contains([':', '/']) {
            return self.spec.clone();
        }
        format!("{model}:{}", self.spec)
    }

    /// The pipeline's flags that are meant for the step: `STEP:FLAG`.
    fn parent_flags(&self, parent: &Parent, spec: &str) -> IndexMap<String, Value> {
        let mut flags = IndexMap::new();
        for prefix in [format!("{spec}:"), format!("{}:", self.name)] {
            for (name, value) in &parent.flags {
                if let Some(name) = name.strip_prefix(&prefix) {
                    flags.entry(name.to_string()).or_insert_with(|| value.clone());
                }
            }
        }
        flags
    }
}

/// The attributes that say nothing.
fn unknown(data: &Map) -> impl Iterator<Item = String> {
    let names = data.iter().map(|(name, _)| text(name));
    names.filter(|name| !OWN.contains(&name.as_str()) && !Params::is_attribute(name))
}

fn by_name(map: &Map) -> IndexMap<String, Value> {
    map.iter().map(|(name, value)| (text(name), value.clone())).collect()
}
