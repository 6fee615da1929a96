//! A plugin that misbehaves on request: the name of the file that it is asked about says how.

use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{
    CommandParts, Enabled, ImportFlags, ImportedFlags, LoadedOp, OpDef, OpRequest, PluginInfo,
    ResolveOp, ResolveResource, ResolvedOp, ResolvedResource, RunChanges, RunEvent, SourceRule,
};
use guild_plugin_api::search::{DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials};
use guild_plugin_api::{Context, HookError, HookResult, Map, Plugin, Value, export_plugin};

/// The plugin.
pub struct Faulty;

export_plugin!(made());

/// The plugin, unless the environment has it fail already.
fn made() -> Faulty {
    assert!(std::env::var_os("FAULTY_WHEN_MADE").is_none(), "it does not want to be");
    Faulty
}

/// Does what the name asks of this hook: `command-panics.faulty`, `run_starting-fails.faulty`.
fn misbehave(name: &str, hook: &str) -> HookResult<()> {
    match name.strip_prefix(hook).unwrap_or_default() {
        "-panics.faulty" => panic!("it slipped"),
        "-fails.faulty" => Err(HookError::new(format!("no luck with {hook}")).with_hint("Wait.")),
        _ => Ok(()),
    }
}

impl Plugin for Faulty {
    fn info(&self) -> PluginInfo {
        PluginInfo { name: "faulty".into(), version: "0.1.0".into(), ..PluginInfo::default() }
    }

    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        cx.warn("this is the faulty plugin");
        misbehave(&req.spec, hooks::RESOLVE_OP)?;
        cx.debug("and this is a detail");
        let kind = req.spec.split_once("-of-kind-").map(|(_, kind)| kind.replace(".faulty", ""));
        Ok(Some(ResolvedOp {
            name: req.spec.clone(),
            base_dir: cx.cwd.clone(),
            project_dir: cx.cwd.clone(),
            op: OpDef { exec: Some("${greeter} hello ${flag_args}".into()), ..OpDef::default() },
            kind,
        }))
    }

    fn op_loaded(&self, _: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        assert!(req.op.other.get("odd") != Some(&Value::from("panics")), "it slipped\ntwice");
        Ok(None)
    }

    fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
        misbehave(&req.name, hooks::ENABLED_FOR_OP)?;
        Ok(Enabled { enabled: true, reason: "why not".into() })
    }

    fn default_sourcecode_rules(
        &self,
        _: &Context,
        req: &OpRequest,
    ) -> HookResult<Vec<SourceRule>> {
        misbehave(&req.name, hooks::DEFAULT_SOURCECODE_RULES)?;
        Ok(vec![SourceRule {
            include: false,
            patterns: vec!["left-out.*".into()],
            ..Default::default()
        }])
    }

    fn command(&self, _: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        misbehave(&req.name, hooks::COMMAND)?;
        Ok(CommandParts {
            params: [("greeter".to_string(), "echo".to_string())].into(),
            env: [("FAULTY".to_string(), "1".to_string())].into(),
            unset: vec!["UNWANTED".into()],
            ..CommandParts::default()
        })
    }

    fn import_flags(&self, _: &Context, req: &ImportFlags) -> HookResult<Option<ImportedFlags>> {
        let asked = req.flags_dest.split_once(':').unwrap_or_default().1;
        misbehave(asked, hooks::IMPORT_FLAGS)?;
        Ok(None)
    }

    fn resolve_resource(
        &self,
        _: &Context,
        req: &ResolveResource,
    ) -> HookResult<Option<ResolvedResource>> {
        misbehave(&req.value, hooks::RESOLVE_RESOURCE)?;
        Ok(None)
    }

    fn describe_optimizer(
        &self,
        _: &Context,
        req: &DescribeOptimizer,
    ) -> HookResult<Option<OptimizerDef>> {
        misbehave(&req.name, "describe_optimizer")?;
        Ok(Some(OptimizerDef { name: req.name.clone(), ..OptimizerDef::default() }))
    }

    fn suggest_trials(
        &self,
        _: &Context,
        req: &SuggestTrials,
    ) -> HookResult<Option<SuggestedTrials>> {
        misbehave(&req.optimizer, "suggest_trials")?;
        Ok(None)
    }

    fn run_starting(&self, _: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        misbehave(&run.name, hooks::RUN_STARTING)?;
        let mut attrs: Map = [("greeting", Value::from("hello"))].into_iter().collect();
        // What the host has written there stays.
        let more: Map = [("op-cmd", 1), ("faulty", 2)].into_iter().collect();
        attrs.insert("op", more);
        Ok(RunChanges { attrs })
    }

    fn run_stopped(&self, _: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        misbehave(&run.name, hooks::RUN_STOPPED)?;
        let status = run.exit_status.map(i64::from);
        let attrs = [("farewell", Value::from(status))].into_iter().collect();
        Ok(RunChanges { attrs })
    }
}
