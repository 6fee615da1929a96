//! The optimizer `optuna`: searches by the Optuna that the user has installed.
//!
//! A process of the operation's own Python is asked for trials and told of them, a line of JSON each
//! way (`suggest.py`). It stays for as long as guild runs, to import Optuna but once; it keeps nothing
//! that the next request does not tell again.

mod process;

use std::sync::Mutex;

use guild_plugin_api::model::{Choice, FlagDef, PluginInfo};
use guild_plugin_api::search::{DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials};
use guild_plugin_api::{Context, HookResult, Plugin, export_plugin};

use process::Optuna;

/// The plugin.
pub struct OptunaSearch;

export_plugin!(OptunaSearch);

/// The process that was asked last.
static PROCESS: Mutex<Option<Optuna>> = Mutex::new(None);

/// The names of Optuna's samplers, as the flag `sampler` has them, with what they are.
const SAMPLERS: [(&str, &str); 6] = [
    ("default", "What Optuna takes for a study when nothing is said"),
    ("tpe", "Tree-structured Parzen estimator"),
    ("gp", "Gaussian process; Optuna needs PyTorch for it"),
    ("cmaes", "CMA-ES; Optuna needs the package cmaes for it"),
    ("qmc", "Numbers that cover a space evenly"),
    ("random", "By chance"),
];

impl Plugin for OptunaSearch {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "optuna".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn describe_optimizer(
        &self,
        _: &Context,
        req: &DescribeOptimizer,
    ) -> HookResult<Option<OptimizerDef>> {
        let choice = |(value, text): (&str, &str)| Choice {
            value: value.into(),
            description: Some(text.into()),
            ..Choice::default()
        };
        let sampler = FlagDef {
            default: "default".into(),
            description: Some("Optuna's sampler".into()),
            choices: SAMPLERS.map(choice).into(),
            ..FlagDef::default()
        };
        let def = || OptimizerDef {
            name: "optuna".into(),
            description: "Optimizer using Optuna, which has to be installed for the operation's \
                          Python."
                .into(),
            flags: [("sampler".into(), sampler)].into(),
            max_trials: Some(20),
            sequential: true,
            ..OptimizerDef::default()
        };
        Ok((req.name == "optuna").then(|| def().with_prev_trials()))
    }

    fn suggest_trials(
        &self,
        _: &Context,
        req: &SuggestTrials,
    ) -> HookResult<Option<SuggestedTrials>> {
        let python = req.params.get("python_exe").map_or("python3", String::as_str);
        // What a panic has left is a process that the next one replaces.
        let mut kept = PROCESS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut process = match kept.take().filter(|process| process.python() == python) {
            Some(process) => process,
            None => Optuna::start(python)?,
        };
        let trials = process.ask(req)?;
        *kept = Some(process);
        Ok(Some(SuggestedTrials { trials, done: false }))
    }
}
