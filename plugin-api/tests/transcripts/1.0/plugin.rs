//! A plugin as it was written against plugin-api 1.0.0: the least that answers every hook of it.
//! It is kept as it was; a later plugin-api must still take it.

use guild_plugin_api::model::{
    Choice, CommandParts, Enabled, FlagDef, LoadedOp, OpDef, OpRequest, PluginInfo, ResolveOp,
    ResolvedOp, RunChanges, RunEvent, SourceRule,
};
use guild_plugin_api::{Context, HookError, HookResult, Map, Plugin, Value};

pub struct Sample;

impl Plugin for Sample {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "sample".into(),
            version: "0.3.1".into(),
            description: "A sample".into(),
            ..PluginInfo::default()
        }
    }

    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        if req.spec == "broken.sample" {
            return Err(HookError::new("line 3: it makes no sense").with_hint("Correct it."));
        }
        cx.warn("it is old");
        cx.inform("it was read");
        cx.debug(format!("for guild {}", cx.guild_version));
        Ok(Some(ResolvedOp {
            name: req.spec.clone(),
            base_dir: cx.cwd.clone(),
            project_dir: cx.cwd.join("sub"),
            op: OpDef {
                exec: Some("${sample_exe} run ${flag_args}".into()),
                description: Some("Trains.".into()),
                flags: [("lr".to_string(), flag())].into_iter().collect(),
                flags_dest: Some("args".into()),
                objective: Value::from("loss"),
                output_scalars: Value::Bool(false),
                plugins: Some(vec!["other".into()]),
                sourcecode: Value::from(vec!["*.sample"]),
                label: Some("lr=${lr}".into()),
                tags: vec!["a".into()],
                env: [("MODE", "fast")].into_iter().collect(),
                allow_other_flags: true,
                other: [("stoppable".to_string(), Value::Bool(true))].into(),
                ..OpDef::default()
            },
            ..ResolvedOp::default()
        }))
    }

    fn op_loaded(&self, _: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        Ok(Some(LoadedOp {
            exec: format!("${{sample_exe}} run {}", req.name),
            flags: req.op.flags.clone(),
            flags_dest: Some("globals".into()),
            allow_other_flags: true,
            ..LoadedOp::default()
        }))
    }

    fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
        let reason = "it is to be trained".into();
        Ok(Enabled { enabled: req.name == "train", reason, ..Enabled::default() })
    }

    fn default_sourcecode_rules(
        &self,
        _: &Context,
        req: &OpRequest,
    ) -> HookResult<Vec<SourceRule>> {
        Ok(vec![SourceRule {
            include: true,
            patterns: vec![format!("{}/*", req.sourcecode_dest)],
            kind: Some("dir".into()),
            sentinel: Some(".keep".into()),
            size_gt: Some(1),
            size_lt: Some(2),
            max_matches: Some(3),
            ..SourceRule::default()
        }])
    }

    fn command(&self, cx: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        let rate = req.flags.get("lr").cloned().unwrap_or_default();
        Ok(CommandParts {
            params: [("sample_exe".to_string(), "/bin/sample".to_string())].into(),
            env: [
                ("SAMPLE_CACHE".to_string(), cx.cache_dir.display().to_string()),
                ("SAMPLE_RATE".to_string(), format!("{rate:?}")),
            ]
            .into(),
            ..CommandParts::default()
        })
    }

    fn run_starting(&self, _: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        let about: Map =
            [("id", run.run_id.as_str()), ("label", run.label.as_str())].into_iter().collect();
        let attrs = [("sample", about)].into_iter().collect();
        Ok(RunChanges { attrs, ..RunChanges::default() })
    }

    fn run_stopped(&self, _: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        let status = run.exit_status.map(i64::from);
        let attrs = [("sample_status", Value::from(status))].into_iter().collect();
        Ok(RunChanges { attrs, ..RunChanges::default() })
    }
}

/// A flag with everything that a flag can have.
fn flag() -> FlagDef {
    FlagDef {
        arg_split: Value::from(","),
        default: Value::Float(0.1),
        kind: Some("float".into()),
        description: Some("How fast".into()),
        choices: vec![Choice {
            value: Value::Float(0.1),
            alias: Value::from("slow"),
            description: Some("Safe".into()),
            flags: [("epochs", 10)].into_iter().collect(),
            ..Choice::default()
        }],
        allow_other: true,
        required: true,
        arg_name: Some("rate".into()),
        arg_skip: Some(false),
        arg_switch: Value::BigInt("123456789012345678901234567890".into()),
        arg_encoding: [(Value::Bool(true), Value::from("on"))].into_iter().collect(),
        env_name: Some("RATE".into()),
        env_encoding: [(Value::Int(1), Value::from("one"))].into_iter().collect(),
        alias: Some("r".into()),
        null_label: Value::from("none"),
        min: Value::Float(f64::NEG_INFINITY),
        max: Value::Time("2020-01-02".into()),
        distribution: Some("uniform".into()),
        origin: Some("train.sample:3".into()),
        other: [("extra".to_string(), Value::Null)].into(),
        ..FlagDef::default()
    }
}
