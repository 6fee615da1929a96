//! The optimizer `random`: flag values drawn by chance from ranges and lists.
//!
//! Names, defaults and distributions of Guild AI 0.9.0's optimizer of the same name. The values are
//! others for the same seed, since those depend on its libraries, and no trial comes twice.

mod draw;

use guild_plugin_api::model::PluginInfo;
use guild_plugin_api::search::{DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials};
use guild_plugin_api::{Context, HookResult, Plugin, export_plugin};

/// The plugin.
pub struct RandomSearch;

export_plugin!(RandomSearch);

impl Plugin for RandomSearch {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "random_search".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn describe_optimizer(
        &self,
        _: &Context,
        req: &DescribeOptimizer,
    ) -> HookResult<Option<OptimizerDef>> {
        let def = || OptimizerDef {
            name: "random".into(),
            model_name: "skopt".into(),
            description: "Batch processor supporting random flag value generation.".into(),
            title: Some("random search".into()),
            max_trials: Some(20),
            delete_on_success: true,
            exec: Some("${guild_python_exe} -um guild.plugins.random_main".into()),
            ..OptimizerDef::default()
        };
        Ok(matches!(req.name.as_str(), "random" | "skopt:random").then(def))
    }

    fn suggest_trials(
        &self,
        _: &Context,
        req: &SuggestTrials,
    ) -> HookResult<Option<SuggestedTrials>> {
        draw::trials(req).map(Some)
    }
}
