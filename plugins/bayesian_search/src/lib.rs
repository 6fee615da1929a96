//! The optimizers `gp`, `forest` and `gbrt`: a model of the objective is learned from the trials so
//! far, and the next trial is where the model promises most.
//!
//! Names, flags and what a search says are those of Guild AI 0.9.0, which uses scikit-optimize; the
//! values are others. `suggest` goes from a request to trials. It needs a `model::Model` (`gp`,
//! `forest`, `gbrt`), a measure of what a point promises (`acquisition`), and a way to the point that
//! promises most (`candidates`). What is not left to the model says `explore`.

mod acquisition;
mod candidates;
mod definitions;
mod explore;
mod forest;
mod gbrt;
mod gp;
mod kernel;
mod model;
mod observations;
mod options;
mod suggest;
mod tree;

use guild_plugin_api::model::PluginInfo;
use guild_plugin_api::search::{DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials};
use guild_plugin_api::{Context, HookResult, Plugin, export_plugin};

/// The plugin.
pub struct BayesianSearch;

export_plugin!(BayesianSearch);

impl Plugin for BayesianSearch {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "bayesian_search".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn describe_optimizer(
        &self,
        _: &Context,
        req: &DescribeOptimizer,
    ) -> HookResult<Option<OptimizerDef>> {
        Ok(definitions::of(&req.name))
    }

    fn suggest_trials(
        &self,
        cx: &Context,
        req: &SuggestTrials,
    ) -> HookResult<Option<SuggestedTrials>> {
        suggest::trials(cx, req).map(Some)
    }
}
