//! From what a user types to an operation.
//!
//! Source: `opdef_for_opspec` in `op_util.py` of 0.9.0, the part about the project's Guild file,
//! and the errors of `commands/run_impl.py`.

use guild_plugin_api::model::OpDef;

use crate::guildfile::Guildfile;
use crate::model::Model;

/// Why there is no operation for a spec.
///
/// `Display` is one line, [`LookupError::hint`] what to do next. Each of these leaves it to plugins
/// to know the spec (`train.py`) before it is shown to the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The spec is none.
    #[error("invalid operation '{0}'")]
    InvalidSpec(String),
    /// There is no model for the spec, or no default one.
    #[error("{}", no_model(.0.as_deref()))]
    NoModel(Option<String>),
    /// Several models match and none has the very name.
    #[error("there are multiple models that match '{model}'")]
    ManyModels {
        /// The name, or part of one, that was given.
        model: String,
        /// The names of the models, sorted.
        matches: Vec<String>,
    },
    /// The model has no such operation, or no default one.
    #[error("{} is not defined for {}", no_operation(.operation.as_deref()), for_model(.model))]
    NoOperation {
        /// The model's name, empty for the one without a name.
        model: String,
        /// The operation's name.
        operation: Option<String>,
    },
}

fn no_model(spec: Option<&str>) -> String {
    match spec {
        Some(spec) => format!("cannot find operation {spec}"),
        None => "cannot find a default operation".into(),
    }
}

fn no_operation(name: Option<&str>) -> String {
    name.map_or_else(|| "a default operation".into(), |name| format!("operation '{name}'"))
}

fn for_model(name: &str) -> String {
    if name.is_empty() { "this project".into() } else { format!("model '{name}'") }
}

impl LookupError {
    /// What to do next, in 0.9.0's words: one line, or several for a list of models.
    pub fn hint(&self) -> String {
        const LIST: &str = "Try 'guild operations' for a list of available operations.";
        match self {
            LookupError::InvalidSpec(_) => LIST.into(),
            LookupError::NoModel(None) => "Try 'guild operations' for a list.".into(),
            LookupError::NoModel(Some(spec)) if spec.contains(':') => LIST.into(),
            LookupError::NoModel(Some(_)) => {
                format!("You may need to include a model in the form MODEL:OPERATION. {LIST}")
            }
            LookupError::ManyModels { matches, .. } => {
                format!("Try specifying one of the following:\n  {}", matches.join("\n  "))
            }
            LookupError::NoOperation { model, .. } if model.is_empty() => LIST.into(),
            LookupError::NoOperation { model, .. } => {
                format!("Try 'guild operations {model}' for a list of available operations.")
            }
        }
    }
}

/// A spec in its parts: the name of a model or some of it, and the name of an operation.
type Parts<'a> = (Option<&'a str>, Option<&'a str>);

/// Splits `op`, `model:op`, `package/model:op` or `package/op`. An empty spec has no parts.
///
/// # Errors
///
/// [`LookupError::InvalidSpec`] for anything else.
pub fn parse_spec(spec: &str) -> Result<Parts<'_>, LookupError> {
    if spec.is_empty() {
        return Ok((None, None));
    }
    if !spec.contains(['/', ':']) {
        return Ok((None, Some(spec)));
    }
    let invalid = || LookupError::InvalidSpec(spec.into());
    let name = |s: &str| !s.is_empty() && !s.contains(['/', ':']);
    if let Some((model, op)) = spec.split_once(':')
        && name(op)
        && match model.split_once('/') {
            None => true,
            Some((_, rest)) => !rest.contains(['/', '?']),
        }
    {
        return Ok((Some(model), Some(op)));
    }
    // The slash stays with the package.
    let slash = spec.find('/').ok_or_else(invalid)?;
    let (package, op) = spec.split_at(slash + 1);
    if name(&package[..slash]) && name(op) { Ok((Some(package), Some(op))) } else { Err(invalid()) }
}

impl Guildfile {
    /// Finds the operation for `spec`: `op`, `model:op`, or for an empty one or `model:op` with
    /// an empty model the default. A model is found by part of its name if no other has that part.
    ///
    /// # Errors
    ///
    /// See [`LookupError`].
    ///
    /// ```
    /// use guild_guildfile::{Guildfile, LookupError, Options};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let text = "- model: small-net\n  operations: {train: train.py, test: test.py}\n";
    /// let file = Guildfile::from_text(text, "/p/guild.yml".as_ref(), &Options::new())?;
    /// let (model, name, op) = file.lookup("net:train")?;
    /// assert_eq!((model.name.as_str(), name), ("small-net", "train"));
    /// assert_eq!(op.other["main"].as_str(), Some("train.py"));
    /// assert!(matches!(file.lookup(""), Err(LookupError::NoOperation { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn lookup(&self, spec: &str) -> Result<(&Model, &str, &OpDef), LookupError> {
        let (model, op) = parse_spec(spec)?;
        let no_model = || LookupError::NoModel(Some(spec.to_owned()).filter(|s| !s.is_empty()));
        let model = match model.filter(|model| !model.is_empty()) {
            Some(name) => self.matching_model(name)?.ok_or_else(no_model)?,
            None => self.model_for_none().ok_or_else(no_model)?,
        };
        let found = match op {
            Some(op) => model.operations.get_key_value(op).map(|(name, op)| (name.as_str(), op)),
            None => model.default_operation(),
        };
        let (name, op) = found.ok_or_else(|| LookupError::NoOperation {
            model: model.name.clone(),
            operation: op.map(Into::into),
        })?;
        Ok((model, name, op))
    }

    /// The operation that a spec may be a slip for, by the name that [`Guildfile::lookup`] takes.
    pub fn near(&self, spec: &str) -> Option<String> {
        let all = self.models.iter().flat_map(|model| {
            let public = model.operations.keys().filter(|name| !name.starts_with('_'));
            public.map(|name| model.full_name(name))
        });
        let all: Vec<String> = all.collect();
        let known = all.iter().map(String::as_str);
        // The model may be left out, or be part of a name.
        let short = known.clone().filter_map(|name| name.split_once(':').map(|(_, op)| (op, name)));
        guild_flags::nearest(spec, known).map(String::from).or_else(|| {
            let op = spec.rsplit(':').next().unwrap_or(spec);
            let near = guild_flags::nearest(op, short.clone().map(|(op, _)| op))?;
            short.clone().find(|(op, _)| *op == near).map(|(_, name)| name.to_owned())
        })
    }

    fn matching_model(&self, part: &str) -> Result<Option<&Model>, LookupError> {
        let matches: Vec<&Model> =
            self.models.iter().filter(|model| model.name.contains(part)).collect();
        if let [] | [_] = matches.as_slice() {
            return Ok(matches.first().copied());
        }
        if let Some(model) = matches.iter().find(|model| model.name == part) {
            return Ok(Some(model));
        }
        let mut matches: Vec<String> = matches.iter().map(|model| model.name.clone()).collect();
        matches.sort();
        Err(LookupError::ManyModels { model: part.into(), matches })
    }

    /// The default model. One without a name is as good, but not both: 0.9.0 finds none then,
    /// unless the default one comes first.
    fn model_for_none(&self) -> Option<&Model> {
        let default = self.default_model();
        let is_default = |model: &Model| default.is_some_and(|d| d.name == model.name);
        let at_default = self.models.iter().position(is_default);
        let nameless = self.models.iter().position(|model| model.name.is_empty());
        match (at_default, nameless) {
            (Some(default), Some(nameless)) if nameless < default => None,
            (Some(index), _) | (None, Some(index)) => self.models.get(index),
            (None, None) => None,
        }
    }
}
