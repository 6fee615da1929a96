//! The optimizer `tpe`: a tree-structured Parzen estimator.
//!
//! Trials are parted into the best few, of which each counts by how good it is, and the others, and
//! each part's places are smeared into a density (`parzen`). The next trial is, of some drawn from the
//! density of the best, the one that is the likeliest there against the density of the others. It takes
//! next to no time, however many trials there are, and all kinds of flags are alike to it.
//!
//! Source: Bergstra, Bardenet, Bengio and Kégl, *Algorithms for hyper-parameter optimization* (2011);
//! Watanabe, *Tree-structured Parzen estimator: understanding its algorithm components and their
//! roles for better empirical performance* (2023).

mod parzen;
mod suggest;

use guild_plugin_api::model::{FlagDef, PluginInfo};
use guild_plugin_api::search::{DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials};
use guild_plugin_api::{Context, HookResult, Plugin, export_plugin};

/// The plugin.
pub struct Tpe;

export_plugin!(Tpe);

impl Plugin for Tpe {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "tpe".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn describe_optimizer(
        &self,
        _: &Context,
        req: &DescribeOptimizer,
    ) -> HookResult<Option<OptimizerDef>> {
        let number = |default: i64, low: i64, text: &str| FlagDef {
            default: default.into(),
            kind: Some("int".into()),
            min: low.into(),
            description: Some(text.into()),
            ..FlagDef::default()
        };
        let def = || OptimizerDef {
            name: "tpe".into(),
            description:
                "Optimizer using tree-structured Parzen estimators.\n\nSuited to many flags \
                          of all kinds and to many trials: a suggestion takes next to no time."
                    .into(),
            flags: [
                (
                    "random-starts",
                    number(10, 0, "Number of trials using random values before optimizing"),
                ),
                ("candidates", number(24, 1, "Number of values to choose a suggestion from")),
            ]
            .map(|(name, def)| (name.to_string(), def))
            .into(),
            max_trials: Some(20),
            sequential: true,
            ..OptimizerDef::default()
        };
        Ok((req.name == "tpe").then(|| def().with_prev_trials()))
    }

    fn suggest_trials(
        &self,
        cx: &Context,
        req: &SuggestTrials,
    ) -> HookResult<Option<SuggestedTrials>> {
        suggest::trials(cx, req).map(Some)
    }
}
