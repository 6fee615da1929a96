//! Drives a plugin in its own tests the way the host does: every request and reply passes through
//! its text form, panics become errors, only the library in between is missing.
//!
//! ```
//! use guild_plugin_api::model::{PluginInfo, ResolveOp};
//! use guild_plugin_api::testkit::Host;
//! use guild_plugin_api::Plugin;
//!
//! struct Mine;
//! impl Plugin for Mine {
//!     fn info(&self) -> PluginInfo {
//!         PluginInfo { name: "mine".into(), ..Default::default() }
//!     }
//! }
//!
//! let host = Host::new(Mine, "/project", "/home");
//! let reply = host.resolve_op("train.mine").unwrap();
//! assert_eq!(reply.result, None);
//! assert!(reply.log.is_empty());
//! ```
//!
//! What a hook says beside its answer is in the reply's log, and a panic is an error as the host
//! sees it:
//!
//! ```
//! use guild_plugin_api::model::{CommandParts, OpRequest, PluginInfo};
//! use guild_plugin_api::testkit::Host;
//! use guild_plugin_api::{Context, ErrorKind, HookResult, Plugin};
//!
//! struct Mine;
//! impl Plugin for Mine {
//!     fn info(&self) -> PluginInfo {
//!         PluginInfo { name: "mine".into(), ..Default::default() }
//!     }
//!
//!     fn command(&self, cx: &Context, req: &OpRequest) -> HookResult<CommandParts> {
//!         cx.warn("it is slow today");
//!         assert!(!req.name.is_empty(), "there is no name");
//!         Ok(CommandParts::default())
//!     }
//! }
//!
//! let host = Host::new(Mine, "/project", "/home");
//! let reply = host.command(OpRequest { name: "train".into(), ..Default::default() }).unwrap();
//! assert_eq!(reply.log[0].message, "it is slow today");
//!
//! let error = host.command(OpRequest::default()).unwrap_err();
//! assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Panic, "there is no name"));
//! ```

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::dispatch::{self, HookError, Reply, hooks};
use crate::model::{
    CommandParts, Enabled, ImportFlags, ImportedFlags, LoadedOp, MainReply, MainRequest, OpRequest,
    PluginInfo, ResolveOp, ResolveResource, ResolvedOp, ResolvedResource, RunChanges, RunEvent,
    SourceRule,
};
use crate::plugin::Plugin;
use crate::search::{DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials};
use crate::setup::{CheckSetup, EnvironmentPlan, FindPackages, PlanEnvironment, SetupReport};

/// Stands for the host in a plugin's tests.
pub struct Host<P> {
    plugin: P,
    cwd: PathBuf,
    home: PathBuf,
}

impl<P: Plugin> Host<P> {
    /// A host with one plugin, for a user in the folder `cwd` and with the given home.
    pub fn new(plugin: P, cwd: impl Into<PathBuf>, home: impl Into<PathBuf>) -> Host<P> {
        Host { plugin, cwd: cwd.into(), home: home.into() }
    }

    /// Who the plugin says it is.
    pub fn info(&self) -> PluginInfo {
        serde_json::from_str(&dispatch::info(&self.plugin)).unwrap_or_default()
    }

    /// [`Plugin::resolve_op`]
    pub fn resolve_op(&self, spec: &str) -> Result<Reply<Option<ResolvedOp>>, HookError> {
        self.call(hooks::RESOLVE_OP, ResolveOp { spec: spec.into() })
    }

    /// [`Plugin::op_loaded`]
    pub fn op_loaded(&self, req: OpRequest) -> Result<Reply<Option<LoadedOp>>, HookError> {
        self.call(hooks::OP_LOADED, req)
    }

    /// [`Plugin::enabled_for_op`]
    pub fn enabled_for_op(&self, req: OpRequest) -> Result<Reply<Enabled>, HookError> {
        self.call(hooks::ENABLED_FOR_OP, req)
    }

    /// [`Plugin::default_sourcecode_rules`]
    pub fn default_sourcecode_rules(
        &self,
        req: OpRequest,
    ) -> Result<Reply<Vec<SourceRule>>, HookError> {
        self.call(hooks::DEFAULT_SOURCECODE_RULES, req)
    }

    /// [`Plugin::command`]
    pub fn command(&self, req: OpRequest) -> Result<Reply<CommandParts>, HookError> {
        self.call(hooks::COMMAND, req)
    }

    /// [`Plugin::import_flags`]
    pub fn import_flags(
        &self,
        req: ImportFlags,
    ) -> Result<Reply<Option<ImportedFlags>>, HookError> {
        self.call(hooks::IMPORT_FLAGS, req)
    }

    /// [`Plugin::resolve_resource`]
    pub fn resolve_resource(
        &self,
        req: ResolveResource,
    ) -> Result<Reply<Option<ResolvedResource>>, HookError> {
        self.call(hooks::RESOLVE_RESOURCE, req)
    }

    /// [`Plugin::describe_optimizer`]
    pub fn describe_optimizer(&self, name: &str) -> Result<Reply<Option<OptimizerDef>>, HookError> {
        self.call(hooks::DESCRIBE_OPTIMIZER, DescribeOptimizer { name: name.into() })
    }

    /// [`Plugin::suggest_trials`]
    pub fn suggest_trials(
        &self,
        req: SuggestTrials,
    ) -> Result<Reply<Option<SuggestedTrials>>, HookError> {
        self.call(hooks::SUGGEST_TRIALS, req)
    }

    /// [`Plugin::main`]
    pub fn main(&self, req: MainRequest) -> Result<Reply<MainReply>, HookError> {
        self.call(hooks::MAIN, req)
    }

    /// [`Plugin::check`]
    pub fn check(&self, req: CheckSetup) -> Result<Reply<SetupReport>, HookError> {
        self.call(hooks::CHECK, req)
    }

    /// [`Plugin::package_path`]
    pub fn package_path(&self, req: FindPackages) -> Result<Reply<Vec<PathBuf>>, HookError> {
        self.call(hooks::PACKAGE_PATH, req)
    }

    /// [`Plugin::plan_environment`]
    pub fn plan_environment(
        &self,
        req: PlanEnvironment,
    ) -> Result<Reply<Option<EnvironmentPlan>>, HookError> {
        self.call(hooks::PLAN_ENVIRONMENT, req)
    }

    /// [`Plugin::run_starting`]
    pub fn run_starting(&self, run: RunEvent) -> Result<Reply<RunChanges>, HookError> {
        self.call(hooks::RUN_STARTING, run)
    }

    /// [`Plugin::run_stopped`]
    pub fn run_stopped(&self, run: RunEvent) -> Result<Reply<RunChanges>, HookError> {
        self.call(hooks::RUN_STOPPED, run)
    }

    fn call<Q: Serialize, A: DeserializeOwned + Default>(
        &self,
        hook: &str,
        request: Q,
    ) -> Result<Reply<A>, HookError> {
        let unreadable = |e: serde_json::Error| HookError::new(format!("unreadable reply: {e}"));
        let context = Context::new(&self.cwd, &self.home);
        let request = dispatch::encode_request(&context, &request)?;
        match dispatch::invoke(&self.plugin, hook, &request) {
            Ok(reply) => serde_json::from_str(&reply).map_err(unreadable),
            Err(e) => Err(serde_json::from_str(&e).map_err(unreadable)?),
        }
    }
}
