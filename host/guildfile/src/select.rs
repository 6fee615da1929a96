//! `sourcecode`: which files a run gets copies of.
//!
//! Source: `FileSelectDef` and `FileSelectSpec` in `guildfile.py`, and the functions about source
//! code in `op_util.py`, of 0.9.0.

use guild_flags::value::{is_true, repr_value, text};
use guild_plugin_api::model::{OpDef, SourceRule};
use guild_plugin_api::{Map, Value};

use crate::coerce::str_to_list;
use crate::flag::true_text;
use crate::model::Model;

/// What a `sourcecode` attribute, or `files` of `publish`, says.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SourceRules {
    /// Whether nothing is to be copied.
    pub disabled: bool,
    /// Rules that come after the default ones.
    pub rules: Vec<SourceRule>,
    /// The folder that files are copied from, relative to the Guild file's.
    pub root: Option<String>,
    /// The folder that they are copied to, relative to the run's.
    pub dest: Option<String>,
    /// Whether to make a digest; null means yes. Read by nothing in 0.9.0.
    pub digest: Value,
}

impl SourceRules {
    /// Reads the value of `OpDef::sourcecode` or `Model::sourcecode`.
    ///
    /// These hold what shorthands stand for: null for nothing said, `false`, a list of rules, or a
    /// mapping with `select` (`false` or such a list), `root`, `digest` and `dest`.
    ///
    /// # Errors
    ///
    /// What is wrong with a rule, without the file. Values of a loaded Guild file have none of
    /// these errors.
    pub fn read(value: &Value) -> Result<SourceRules, String> {
        let Value::Map(map) = value else { return SourceRules::read_select(value) };
        Ok(SourceRules {
            root: map.get("root").cloned().and_then(true_text),
            dest: map.get("dest").cloned().and_then(true_text),
            digest: map.get("digest").cloned().unwrap_or_default(),
            ..SourceRules::read_select(map.get("select").unwrap_or(&Value::Null))?
        })
    }

    fn read_select(value: &Value) -> Result<SourceRules, String> {
        let rules = match value {
            Value::Null => Vec::new(),
            Value::Bool(false) => {
                return Ok(SourceRules { disabled: true, ..SourceRules::default() });
            }
            Value::List(items) => items.iter().map(rule).collect::<Result<_, _>>()?,
            other => {
                return Err(format!(
                    "invalid file select spec {}: expected a list or no/off",
                    repr_value(other)
                ));
            }
        };
        Ok(SourceRules { rules, ..SourceRules::default() })
    }

    /// What holds for an operation of a model: the model's rules and then the operation's.
    ///
    /// Nothing is copied when the operation says so, when it has `steps`, and when the model says
    /// so and the operation has no rules of its own.
    ///
    /// # Errors
    ///
    /// Those of [`SourceRules::read`].
    pub fn for_op(model: &Model, op: &OpDef) -> Result<SourceRules, String> {
        let (model, own) =
            (SourceRules::read(&model.sourcecode)?, SourceRules::read(&op.sourcecode)?);
        let steps = op.other.get("steps").is_some_and(is_true);
        Ok(SourceRules {
            disabled: steps || own.disabled || model.disabled && own.rules.is_empty(),
            rules: [model.rules, own.rules].concat(),
            root: own.root.or(model.root),
            dest: own.dest.or(model.dest),
            digest: if own.digest.is_null() { model.digest } else { own.digest },
        })
    }
}

fn rule(data: &Value) -> Result<SourceRule, String> {
    let shown = repr_value(data);
    let Value::Map(map) = data else {
        return Err(format!("invalid file select spec {shown}: expected a mapping"));
    };
    let (name, config) = match (map.get("include"), map.get("exclude")) {
        (Some(_), Some(_)) => {
            return Err(format!(
                "invalid file select spec {shown}: cannot include both include and exclude - use \
                 multiple select specs in the order you want to apply the filters"
            ));
        }
        (Some(config), None) => ("include", config),
        (None, Some(config)) => ("exclude", config),
        (None, None) => return Err(format!("unsupported file select spec: {shown}")),
    };
    let (kind, patterns) = match config {
        Value::Str(_) | Value::List(_) => (None, config),
        Value::Map(map) => {
            typed(map).ok_or_else(|| format!("unsupported {name} value: {}", repr_value(config)))?
        }
        other => return Err(format!("unsupported {name} value: {}", repr_value(other))),
    };
    Ok(SourceRule {
        include: name == "include",
        patterns: str_to_list(patterns.clone(), name)?.iter().map(text).collect(),
        kind: kind.map(Into::into),
        ..SourceRule::default()
    })
}

fn typed(map: &Map) -> Option<(Option<&'static str>, &Value)> {
    ["dir", "text", "binary"].into_iter().find_map(|kind| Some((Some(kind), map.get(kind)?)))
}
