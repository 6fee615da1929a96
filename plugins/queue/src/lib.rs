//! Queues: the operation `queue`, which starts staged runs in the order in which they were staged.
//!
//! Behaviour of Guild AI 0.9.0's `queue_main`. A queue's run keeps that command, so that it can be
//! started again by either.

mod log;
mod queue;
mod staged;

use std::path::PathBuf;

use guild_plugin_api::model::{
    CommandParts, Enabled, FlagDef, MainReply, MainRequest, OpDef, OpRequest, PluginInfo,
    ResolveOp, ResolvedOp,
};
use guild_plugin_api::{Context, HookError, HookResult, Plugin, Value, export_plugin};

/// The plugin.
pub struct Queue;

export_plugin!(Queue);

/// The operation's name.
const QUEUE: &str = "queue";

/// The command as Guild AI 0.9.0 has it, which runs keep.
const KEPT_EXEC: &str = "${guild_python_exe} -um guild.plugins.queue_main ${flag_args}";

/// The command that is run.
const EXEC: &str = "${guild} plugins main queue";

const DESCRIPTION: &str = "Start staged runs, in the order in which they were staged.

A queue looks for staged runs again and again and starts one at a time. Several queues run as many at \
a time; none of them starts a run that another has taken.

With wait-for-running, a run is started once no other run is running. With gpus, runs see these \
devices only, and staged runs that ask for others are left to other queues. With run-once, the queue \
ends when no staged run is left.

'guild stop' ends a queue and the run that it has started; 'guild stop --after-trial' lets the run end \
first.";

/// Whether an operation has the command of a queue, however it is quoted.
fn is_queue(req: &OpRequest) -> bool {
    let words = |exec: &str| guild_flags::shell::split(exec).ok();
    req.op.exec.as_deref().is_some_and(|exec| words(exec) == words(KEPT_EXEC))
}

fn flag(kind: Option<&str>, default: Value, description: &str) -> FlagDef {
    FlagDef {
        kind: kind.map(Into::into),
        default,
        description: Some(description.into()),
        ..FlagDef::default()
    }
}

fn operation() -> OpDef {
    let switch = |description| FlagDef {
        arg_switch: true.into(),
        ..flag(Some("boolean"), false.into(), description)
    };
    let flags = [
        (
            "poll-interval",
            flag(Some("int"), 10.into(), "Seconds between two looks for staged runs"),
        ),
        ("run-once", switch("Start the runs that are staged and end")),
        ("wait-for-running", switch("Start a run once no other run is running")),
        (
            "gpus",
            FlagDef {
                null_label: "unspecified".into(),
                ..flag(None, Value::Null, "Devices that the runs see, as for 'guild run --gpus'")
            },
        ),
    ];
    OpDef {
        exec: Some(KEPT_EXEC.into()),
        description: Some(DESCRIPTION.into()),
        flags: flags.into_iter().map(|(name, flag)| (name.to_string(), flag)).collect(),
        sourcecode: false.into(),
        output_scalars: false.into(),
        ..OpDef::default()
    }
}

impl Plugin for Queue {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: QUEUE.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        let queue = || ResolvedOp {
            name: QUEUE.into(),
            // Where Guild AI 0.9.0 has it: in itself.
            base_dir: PathBuf::from("guildai"),
            project_dir: cx.cwd.clone(),
            op: operation(),
            kind: Some("builtin".into()),
        };
        Ok((req.spec == QUEUE).then(queue))
    }

    fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
        let enabled = is_queue(req);
        let reason = if enabled { "it is a queue" } else { "it is no queue" };
        Ok(Enabled { enabled, reason: reason.into() })
    }

    fn command(&self, _: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        let exec = is_queue(req).then(|| EXEC.into());
        Ok(CommandParts { exec, ..CommandParts::default() })
    }

    fn main(&self, _: &Context, req: &MainRequest) -> HookResult<MainReply> {
        let exit_status = queue::run(req).map_err(HookError::new)?;
        Ok(MainReply { exit_status })
    }
}
