//! Pipelines: operations of a Guild file with `steps`, each of which is a run of its own.
//!
//! Behaviour of Guild AI 0.9.0's `steps_main`. A pipeline's run keeps that command, so that it can be
//! started again by either.

mod check;
mod options;
mod pipeline;
mod progress;
mod step;

use guild_plugin_api::model::{
    CommandParts, Enabled, LoadedOp, MainReply, MainRequest, OpRequest, PluginInfo,
};
use guild_plugin_api::{Context, HookError, HookResult, Map, Plugin, Value, export_plugin};

/// The plugin.
pub struct Steps;

export_plugin!(Steps);

/// The attribute of operations and of runs.
const STEPS: &str = "steps";

/// The command as Guild AI 0.9.0 has it, which runs keep.
const KEPT_EXEC: &str = "${guild_python_exe} -um guild.steps_main";

/// The command that is run.
const EXEC: &str = "${guild} plugins main steps";

/// Whether an operation has the command of a pipeline, however it is quoted.
fn is_pipeline(req: &OpRequest) -> bool {
    let words = |exec: &str| guild_flags::shell::split(exec).ok();
    req.op.exec.as_deref().is_some_and(|exec| words(exec) == words(KEPT_EXEC))
}

impl Plugin for Steps {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: STEPS.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn op_loaded(&self, _: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        if !matches!(req.op.other.get(STEPS), Some(Value::List(_))) {
            return Ok(None);
        }
        Ok(Some(LoadedOp { exec: KEPT_EXEC.into(), shows_attribute: true, ..LoadedOp::default() }))
    }

    fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
        let enabled = is_pipeline(req);
        let reason = if enabled { "it is a pipeline" } else { "it is no pipeline" };
        Ok(Enabled { enabled, reason: reason.into() })
    }

    fn command(&self, _: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        if !is_pipeline(req) {
            return Ok(CommandParts::default());
        }
        let mut attrs = Map::new();
        // A run that is started again has them.
        if let Some(steps) = req.op.other.get(STEPS) {
            // What is wrong is said before there is a run.
            step::read_all(steps).map_err(HookError::new)?;
            attrs.insert(STEPS, steps.clone());
        }
        Ok(CommandParts { exec: Some(EXEC.into()), attrs, ..CommandParts::default() })
    }

    fn main(&self, _: &Context, req: &MainRequest) -> HookResult<MainReply> {
        let steps = req.attrs.get(STEPS).cloned().unwrap_or_default();
        let exit_status = pipeline::run(req, &steps).map_err(HookError::new)?;
        Ok(MainReply { exit_status })
    }
}
