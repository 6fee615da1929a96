//! [`Plugin`]: what an author implements.

use std::path::PathBuf;

use crate::context::Context;
use crate::dispatch::HookError;
use crate::model::{
    CommandParts, Enabled, ImportFlags, ImportedFlags, LoadedOp, MainReply, MainRequest, OpRequest,
    PluginInfo, ResolveOp, ResolveResource, ResolvedOp, ResolvedResource, RunChanges, RunEvent,
    SourceRule,
};
use crate::search::{DescribeOptimizer, OptimizerDef, SuggestTrials, SuggestedTrials};
use crate::setup::{CheckSetup, EnvironmentPlan, FindPackages, PlanEnvironment, SetupReport};

/// What a hook gives: its answer or an error for the user.
pub type HookResult<T> = Result<T, HookError>;

/// A kind of operation: scripts of a language, notebooks, job files.
///
/// Implement the hooks that matter; each has a default. Hooks may be called in any order and from
/// any thread, and are called only when the plugin's manifest says that it handles the thing at
/// hand. The names follow Guild AI 0.9.0's plugin methods where it has them.
///
/// ```
/// use guild_plugin_api::model::{OpDef, PluginInfo, ResolveOp, ResolvedOp};
/// use guild_plugin_api::{Context, HookResult, Plugin};
///
/// struct Notes;
///
/// impl Plugin for Notes {
///     fn info(&self) -> PluginInfo {
///         PluginInfo { name: "notes".into(), version: "0.1.0".into(), ..Default::default() }
///     }
///
///     fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
///         if !req.spec.ends_with(".note") {
///             return Ok(None);
///         }
///         Ok(Some(ResolvedOp {
///             name: req.spec.clone(),
///             base_dir: cx.cwd.clone(),
///             project_dir: cx.cwd.clone(),
///             op: OpDef { exec: Some(format!("cat {}", req.spec)), ..Default::default() },
///             ..Default::default()
///         }))
///     }
/// }
///
/// let cx = Context::new("/project", "/home");
/// let op = Notes.resolve_op(&cx, &ResolveOp { spec: "a.note".into() }).unwrap().unwrap();
/// assert_eq!(op.op.exec.as_deref(), Some("cat a.note"));
/// ```
pub trait Plugin: Send + Sync {
    /// Who the plugin is. Must agree with its manifest.
    ///
    #[doc = include_str!("plugin/info.md")]
    fn info(&self) -> PluginInfo;

    /// The operation that a spec stands for, or none when it is not this plugin's. An error means:
    /// it is this plugin's, and it cannot be run.
    ///
    #[doc = include_str!("plugin/resolve_op.md")]
    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// Completes an operation of a Guild file that has an attribute which the plugin's manifest
    /// claims (`handles: {attributes: [main]}`), or one that does not say at all how it is run
    /// (`handles: {implied: true}`, or since 1.1 one that is called after a file of
    /// `handles: {files: [..]}`): gives it an exec template, the flags that the program declares
    /// and a flags-dest. None leaves it to the next plugin.
    ///
    /// Not called for an operation that has `exec`.
    ///
    #[doc = include_str!("plugin/op_loaded.md")]
    fn op_loaded(&self, cx: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// Whether the plugin works for an operation that it did not resolve itself. When it does, its
    /// name is in the run's `plugins` attribute and the hooks below are called.
    ///
    #[doc = include_str!("plugin/enabled_for_op.md")]
    fn enabled_for_op(&self, cx: &Context, req: &OpRequest) -> HookResult<Enabled> {
        let _ = (cx, req);
        Ok(Enabled { enabled: false, reason: "not applicable to operation".into() })
    }

    /// Rules about source code, added to the default ones where no version control system knows
    /// which files are the project's.
    ///
    #[doc = include_str!("plugin/default_sourcecode_rules.md")]
    fn default_sourcecode_rules(
        &self,
        cx: &Context,
        req: &OpRequest,
    ) -> HookResult<Vec<SourceRule>> {
        let _ = (cx, req);
        Ok(Vec::new())
    }

    /// Parameters for the exec template and the environment of the process.
    ///
    #[doc = include_str!("plugin/command.md")]
    fn command(&self, cx: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        let _ = (cx, req);
        Ok(CommandParts::default())
    }

    /// The flags behind the flags-dest of an operation of a Guild file: called for one whose
    /// flags-dest, or what comes before `:` in it, the plugin's manifest claims
    /// (`handles: {flags-dest: [config]}`). None leaves it to the next plugin. An error is shown as
    /// a warning, and the operation has the flags that the Guild file defines.
    ///
    #[doc = include_str!("plugin/import_flags.md")]
    fn import_flags(&self, cx: &Context, req: &ImportFlags) -> HookResult<Option<ImportedFlags>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// What a source of a resource stands for whose kind the plugin's manifest claims
    /// (`handles: {resources: [bucket]}`): Guild files may then say `requires: {bucket: data}`.
    /// None leaves it to the next plugin; an error is why the dependency is not met.
    ///
    #[doc = include_str!("plugin/resolve_resource.md")]
    fn resolve_resource(
        &self,
        cx: &Context,
        req: &ResolveResource,
    ) -> HookResult<Option<ResolvedResource>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// What an optimizer is whose name the plugin's manifest claims
    /// (`handles: {optimizers: [random]}`): `guild run train -o random`. None leaves it to the next
    /// plugin.
    ///
    #[doc = include_str!("plugin/describe_optimizer.md")]
    fn describe_optimizer(
        &self,
        cx: &Context,
        req: &DescribeOptimizer,
    ) -> HookResult<Option<OptimizerDef>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// The next trials of a batch that an optimizer of this plugin searches. Called before the first
    /// trial and whenever more are to be made ready, with what became of the earlier ones. The
    /// answer depends on the request alone.
    ///
    #[doc = include_str!("plugin/suggest_trials.md")]
    fn suggest_trials(
        &self,
        cx: &Context,
        req: &SuggestTrials,
    ) -> HookResult<Option<SuggestedTrials>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// The plugin's own program: the process of a run whose command is
    /// `${guild} plugins main NAME ARG…`, NAME being the plugin's. `${guild}` is a parameter of
    /// every exec template, the program `guild` that is running.
    ///
    /// The process works in the run's folder, and its output is the run's: unlike other hooks, this
    /// one may write to standard output (which it has to flush) and standard error, and may take as
    /// long as it needs. Signals do what they always do unless the plugin handles them. An error is
    /// shown as guild's own, and the process exits with 1. Since 1.1.
    ///
    #[doc = include_str!("plugin/main.md")]
    fn main(&self, cx: &Context, req: &MainRequest) -> HookResult<MainReply> {
        let _ = (cx, req);
        Err(HookError::new("this plugin has no program of its own"))
    }

    /// What `guild check` shows of the user's set-up, and what is wrong with it. Every plugin is
    /// asked. Since 1.1.
    ///
    #[doc = include_str!("plugin/check.md")]
    fn check(&self, cx: &Context, req: &CheckSetup) -> HookResult<SetupReport> {
        let _ = (cx, req);
        Ok(SetupReport::default())
    }

    /// The folders that packages are installed in, absolute, the first to look in first: a Guild
    /// file that says `extends: a.b/model` or `include: a.b` means `a/b/guild.yml` below one of
    /// them. Called where a Guild file names a package, for a plugin whose manifest has
    /// `handles: {packages: true}`. Since 1.1.
    ///
    #[doc = include_str!("plugin/package_path.md")]
    fn package_path(&self, cx: &Context, req: &FindPackages) -> HookResult<Vec<PathBuf>> {
        let _ = (cx, req);
        Ok(Vec::new())
    }

    /// How an environment of a kind that the plugin's manifest claims is made
    /// (`handles: {environments: [node]}` has `guild init --node VERSION`). Guild runs the commands,
    /// so that the user sees their output. Since 1.1.
    ///
    #[doc = include_str!("plugin/plan_environment.md")]
    fn plan_environment(
        &self,
        cx: &Context,
        req: &PlanEnvironment,
    ) -> HookResult<Option<EnvironmentPlan>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// The run's folder is complete and its process is about to start.
    ///
    #[doc = include_str!("plugin/run_starting.md")]
    fn run_starting(&self, cx: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        let _ = (cx, run);
        Ok(RunChanges::default())
    }

    /// The run's process has ended. Not called when guild itself was killed.
    ///
    #[doc = include_str!("plugin/run_stopped.md")]
    fn run_stopped(&self, cx: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        let _ = (cx, run);
        Ok(RunChanges::default())
    }
}
