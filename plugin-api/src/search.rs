//! Searches: how a plugin says which trials a batch runs.
//!
//! The host asks for trials when it is about to run some, and says each time what became of the ones
//! before (ask and tell). A plugin keeps nothing between two calls: the same request has the same
//! answer, so that a batch that was stopped goes on as if it had not been.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::model::Flags;
use crate::value::{Map, Value};

/// Asks a plugin what an optimizer is whose name the plugin's manifest claims.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct DescribeOptimizer {
    /// The name as the user gave it, or as a batch that is started again has it: `MODEL:NAME`.
    pub name: String,
}

/// What an optimizer is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct OptimizerDef {
    /// Its name, as batches are listed: `random`.
    pub name: String,
    /// What comes before the name and a colon in the list, if anything does.
    pub model_name: String,
    /// One line or more for the user.
    pub description: String,
    /// What it is called in a question, as in "with random search"; with its name when absent.
    pub title: Option<String>,
    /// Its own flags: `--opt-flag NAME=VALUE`.
    pub flags: Flags,
    /// How many trials it runs when nobody says it; 20 when absent.
    pub max_trials: Option<u64>,
    /// Whether a trial depends on what came out of those before. Then trials are asked for one by
    /// one, and cannot be shown or staged before they are run.
    pub sequential: bool,
    /// Whether a batch that succeeds is deleted, unless the user wants to keep it.
    pub delete_on_success: bool,
    /// The exec template with which Guild AI 0.9.0 runs an optimizer of this name, if it has one. It
    /// is kept with the batch, so that either program can start it again.
    pub exec: Option<String>,
    /// Which of its own flags says what else is told as [`SuggestTrials::earlier`]: runs with the same
    /// source code where its value is `sourcecode`, runs of the same operation where it is
    /// `operation`, nothing for any other value.
    pub prev_trials_flag: Option<String>,
}

/// Asks a plugin for trials.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SuggestTrials {
    /// The optimizer's name, as its definition has it.
    pub optimizer: String,
    /// The values of its own flags.
    pub options: Map,
    /// What is searched, by the flag's name. Never empty.
    pub space: IndexMap<String, Dimension>,
    /// The column to make small or large: `loss`.
    pub objective: String,
    /// Which of the two.
    pub direction: Direction,
    /// What makes chance repeatable.
    pub seed: i64,
    /// The trials that ended, oldest first. Empty for an optimizer that is not sequential.
    pub history: Vec<Trial>,
    /// The trials that were suggested and have not ended, oldest first.
    pub pending: Vec<Trial>,
    /// Runs that completed and are no trials of this batch, oldest first, where the optimizer has
    /// asked for them ([`OptimizerDef::prev_trials_flag`]). Their flags need not be in the space.
    pub earlier: Vec<Trial>,
    /// How many to suggest at most.
    pub count: u64,
    /// How many trials the batch has in all, those before included; none where nobody says it.
    pub max_trials: Option<u64>,
    /// What the plugins that work for the operation give for `${NAME}` in its command
    /// ([`crate::model::CommandParts::params`]): `python_exe`.
    pub params: IndexMap<String, String>,
}

/// The values that one flag may have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Dimension {
    /// What kind of values.
    pub kind: DimensionKind,
    /// For `choice`: the values, at least one.
    pub choices: Vec<Value>,
    /// For `int` and `float`: the smallest value, an int or a finite float.
    pub low: Value,
    /// For `int` and `float`: the largest value, more than `low`.
    pub high: Value,
    /// Whether the logarithms of the values are evenly distributed. `low` is more than 0 then.
    pub log: bool,
}

/// Kinds of [`Dimension`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DimensionKind {
    /// One of some values, which have no order.
    #[default]
    Choice,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Something that this version does not know.
    #[serde(other)]
    Other,
}

/// What is to become of the objective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// As small as possible.
    #[default]
    Minimize,
    /// As large as possible.
    Maximize,
}

/// A trial that was suggested.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Trial {
    /// The values of the flags that are searched.
    pub flags: Map,
    /// The objective, as the trial gave it; none where there is none or it is no finite number.
    pub value: Option<f64>,
    /// How the run is: `completed`, `error`, `terminated`, `pending`, …
    pub status: String,
    /// How many seconds it took, where it has ended.
    pub seconds: Option<f64>,
}

/// The trials that a plugin suggests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SuggestedTrials {
    /// A value for each dimension of the space, for each trial.
    pub trials: Vec<Map>,
    /// Whether there is nothing more to try. It is taken to be so as well when there are no trials.
    pub done: bool,
}
