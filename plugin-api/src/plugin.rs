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
    /// ```
    /// use guild_plugin_api::Plugin;
    /// use guild_plugin_api::model::PluginInfo;
    ///
    /// struct Mine;
    /// impl Plugin for Mine {
    ///     fn info(&self) -> PluginInfo {
    ///         PluginInfo {
    ///             name: "mine".into(),
    ///             version: env!("CARGO_PKG_VERSION").into(),
    ///             description: "Scripts of mine".into(),
    ///             ..Default::default()
    ///         }
    ///     }
    /// }
    /// assert_eq!(Mine.info().name, "mine");
    /// ```
    fn info(&self) -> PluginInfo;

    /// The operation that a spec stands for, or none when it is not this plugin's. An error means:
    /// it is this plugin's, and it cannot be run.
    ///
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
    ///     let Some(name) = req.spec.strip_suffix(".job") else {
    ///         return Ok(None); // not ours: guild asks the next plugin
    ///     };
    ///     if name.is_empty() {
    ///         return Err(HookError::new("it has no name").with_hint("Rename it."));
    ///     }
    ///     let lr = FlagDef { default: Value::from(0.1), ..Default::default() };
    ///     Ok(Some(ResolvedOp {
    ///         name: req.spec.clone(),
    ///         base_dir: cx.cwd.clone(),
    ///         project_dir: cx.cwd.clone(),
    ///         op: OpDef {
    ///             exec: Some(format!("run-job {name} ${{flag_args}}")),
    ///             flags: [("lr".to_string(), lr)].into_iter().collect(),
    ///             ..Default::default()
    ///         },
    ///         ..Default::default()
    ///     }))
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let found = host.resolve_op("train.job")?.result.unwrap();
    /// assert_eq!(found.op.exec.as_deref(), Some("run-job train ${flag_args}"));
    /// assert_eq!(host.resolve_op("train.txt")?.result, None);
    /// assert_eq!(host.resolve_op(".job").unwrap_err().message, "it has no name");
    /// # Ok::<(), HookError>(())
    /// ```
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
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// // train:
    /// //   job: train
    /// fn op_loaded(&self, _: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
    ///     let Some(job) = req.op.other.get("job").and_then(Value::as_str) else {
    ///         return Ok(None);
    ///     };
    ///     Ok(Some(LoadedOp { exec: format!("run-job {job}"), ..Default::default() }))
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let mut req = OpRequest::default();
    /// req.op.other.insert("job".into(), "train".into());
    /// assert_eq!(host.op_loaded(req)?.result.unwrap().exec, "run-job train");
    /// # Ok::<(), HookError>(())
    /// ```
    fn op_loaded(&self, cx: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// Whether the plugin works for an operation that it did not resolve itself. When it does, its
    /// name is in the run's `plugins` attribute and the hooks below are called.
    ///
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
    ///     let enabled = req.op.env.get("USE_MINE").is_some();
    ///     let reason = "the operation sets USE_MINE".into();
    ///     Ok(Enabled { enabled, reason, ..Default::default() })
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let mut req = OpRequest::default();
    /// assert!(!host.enabled_for_op(req.clone())?.result.enabled);
    /// req.op.env.insert("USE_MINE", 1);
    /// assert!(host.enabled_for_op(req)?.result.enabled);
    /// # Ok::<(), HookError>(())
    /// ```
    fn enabled_for_op(&self, cx: &Context, req: &OpRequest) -> HookResult<Enabled> {
        let _ = (cx, req);
        Ok(Enabled { enabled: false, reason: "not applicable to operation".into() })
    }

    /// Rules about source code, added to the default ones where no version control system knows
    /// which files are the project's.
    ///
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn default_sourcecode_rules(
    ///     &self,
    ///     _: &Context,
    ///     _: &OpRequest,
    /// ) -> HookResult<Vec<SourceRule>> {
    ///     // What the interpreter compiles is no source code.
    ///     Ok(vec![SourceRule {
    ///         include: false,
    ///         patterns: vec!["*.jobc".into()],
    ///         ..Default::default()
    ///     }])
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let rules = host.default_sourcecode_rules(OpRequest::default())?.result;
    /// assert_eq!(rules[0].patterns, ["*.jobc"]);
    /// # Ok::<(), HookError>(())
    /// ```
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
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn command(&self, cx: &Context, req: &OpRequest) -> HookResult<CommandParts> {
    ///     cx.debug(format!("for {}", req.name));
    ///     Ok(CommandParts {
    ///         // `${job_exe}` in the template …
    ///         params: [("job_exe".to_string(), "/bin/run-job".to_string())].into(),
    ///         // … and what the process gets, and must not get.
    ///         env: [("JOB_CACHE".to_string(), cx.cache_dir.display().to_string())].into(),
    ///         unset: vec!["JOB_DEBUG".into()],
    ///         ..Default::default()
    ///     })
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let parts = host.command(OpRequest::default())?.result;
    /// assert_eq!(parts.params["job_exe"], "/bin/run-job");
    /// assert_eq!(parts.env["JOB_CACHE"], "/home/cache");
    /// # Ok::<(), HookError>(())
    /// ```
    fn command(&self, cx: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        let _ = (cx, req);
        Ok(CommandParts::default())
    }

    /// The flags behind the flags-dest of an operation of a Guild file: called for one whose
    /// flags-dest, or what comes before `:` in it, the plugin's manifest claims
    /// (`handles: {flags-dest: [config]}`). None leaves it to the next plugin. An error is shown as
    /// a warning, and the operation has the flags that the Guild file defines.
    ///
    /// ```
    /// # use guild_plugin_api::model::PluginInfo;
    /// use guild_plugin_api::model::{FlagDef, ImportFlags, ImportedFlags};
    /// use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::{Context, HookError, HookResult, Plugin, Value};
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn import_flags(&self, _: &Context, req: &ImportFlags) -> HookResult<Option<ImportedFlags>> {
    ///     // A job file is named after the colon: `flags-dest: job:train.job`.
    ///     let Some((_, file)) = req.flags_dest.split_once(':') else { return Ok(None) };
    ///     let retries = FlagDef {
    ///         default: Value::Int(3),
    ///         origin: Some(format!("{file}, job")),
    ///         ..Default::default()
    ///     };
    ///     let flags = [("retries".to_string(), retries)].into();
    ///     Ok(Some(ImportedFlags { flags, flags_dest: Some("args".into()), ..Default::default() }))
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let req = ImportFlags { flags_dest: "job:train.job".into(), ..Default::default() };
    /// let found = host.import_flags(req)?.result.unwrap();
    /// assert_eq!(found.flags["retries"].default, Value::Int(3));
    /// # Ok::<(), HookError>(())
    /// ```
    fn import_flags(&self, cx: &Context, req: &ImportFlags) -> HookResult<Option<ImportedFlags>> {
        let _ = (cx, req);
        Ok(None)
    }

    /// What a source of a resource stands for whose kind the plugin's manifest claims
    /// (`handles: {resources: [bucket]}`): Guild files may then say `requires: {bucket: data}`.
    /// None leaves it to the next plugin; an error is why the dependency is not met.
    ///
    /// ```
    /// use guild_plugin_api::model::{PluginInfo, ResolveResource, ResolvedResource};
    /// use guild_plugin_api::testkit::Host;
    /// use guild_plugin_api::{Context, HookResult, Plugin};
    ///
    /// /// `greeting: world` is a file that says hello.
    /// struct Greetings;
    ///
    /// impl Plugin for Greetings {
    ///     fn info(&self) -> PluginInfo {
    ///         PluginInfo { name: "greetings".into(), ..Default::default() }
    ///     }
    ///
    ///     fn resolve_resource(
    ///         &self,
    ///         _: &Context,
    ///         req: &ResolveResource,
    ///     ) -> HookResult<Option<ResolvedResource>> {
    ///         let path = req.staging_dir.join("greeting.txt");
    ///         std::fs::write(&path, format!("hello {}", req.value))
    ///             .map_err(|e| format!("cannot write {}: {e}", path.display()).as_str().into())
    ///             .map(|()| Some(ResolvedResource { paths: vec![path] }))
    ///     }
    /// }
    ///
    /// let staging_dir = std::env::temp_dir();
    /// let host = Host::new(Greetings, "/project", "/home");
    /// let req = ResolveResource {
    ///     kind: "greeting".into(),
    ///     value: "world".into(),
    ///     staging_dir: staging_dir.clone(),
    ///     ..Default::default()
    /// };
    /// let reply = host.resolve_resource(req).unwrap().result.unwrap();
    /// assert_eq!(reply.paths, [staging_dir.join("greeting.txt")]);
    /// ```
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
    /// ```
    /// # use guild_plugin_api::model::PluginInfo;
    /// use guild_plugin_api::model::FlagDef;
    /// use guild_plugin_api::search::{DescribeOptimizer, OptimizerDef};
    /// use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::{Context, HookError, HookResult, Plugin, Value};
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn describe_optimizer(
    ///     &self,
    ///     _: &Context,
    ///     req: &DescribeOptimizer,
    /// ) -> HookResult<Option<OptimizerDef>> {
    ///     if req.name != "hill-climb" {
    ///         return Ok(None);
    ///     }
    ///     // `guild run train -o hill-climb --opt-flag step=0.5`
    ///     let step = FlagDef { default: Value::Float(0.1), ..Default::default() };
    ///     Ok(Some(OptimizerDef {
    ///         name: req.name.clone(),
    ///         flags: [("step".to_string(), step)].into(),
    ///         sequential: true,
    ///         ..Default::default()
    ///     }))
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// assert!(host.describe_optimizer("hill-climb")?.result.unwrap().sequential);
    /// # Ok::<(), HookError>(())
    /// ```
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
    /// ```
    /// use guild_plugin_api::model::PluginInfo;
    /// use guild_plugin_api::search::{
    ///     DescribeOptimizer, Dimension, DimensionKind, OptimizerDef, SuggestTrials,
    ///     SuggestedTrials, Trial,
    /// };
    /// use guild_plugin_api::testkit::Host;
    /// use guild_plugin_api::{Context, HookError, HookResult, Map, Plugin, Value};
    ///
    /// /// Halves each range, again and again, from the lower end.
    /// struct Halving;
    ///
    /// impl Plugin for Halving {
    ///     fn info(&self) -> PluginInfo {
    ///         PluginInfo { name: "halving".into(), ..Default::default() }
    ///     }
    ///
    ///     fn describe_optimizer(
    ///         &self,
    ///         _: &Context,
    ///         req: &DescribeOptimizer,
    ///     ) -> HookResult<Option<OptimizerDef>> {
    ///         let def = || OptimizerDef { name: "halving".into(), ..Default::default() };
    ///         Ok((req.name == "halving").then(def))
    ///     }
    ///
    ///     fn suggest_trials(
    ///         &self,
    ///         _: &Context,
    ///         req: &SuggestTrials,
    ///     ) -> HookResult<Option<SuggestedTrials>> {
    ///         let before = (req.history.len() + req.pending.len()) as i32;
    ///         let trial = |i: i32| {
    ///             let mut flags = Map::new();
    ///             for (name, dim) in &req.space {
    ///                 let (Value::Float(low), Value::Float(high)) = (&dim.low, &dim.high) else {
    ///                     return Err(HookError::new("it searches floats only"));
    ///                 };
    ///                 flags.insert(name.as_str(), low + (high - low) / 2_f64.powi(before + i + 1));
    ///             }
    ///             Ok(flags)
    ///         };
    ///         let trials = (0..req.count as i32).map(trial).collect::<HookResult<_>>()?;
    ///         Ok(Some(SuggestedTrials { trials, done: false }))
    ///     }
    /// }
    ///
    /// let host = Host::new(Halving, "/project", "/home");
    /// let x = Dimension {
    ///     kind: DimensionKind::Float,
    ///     low: Value::Float(0.0),
    ///     high: Value::Float(1.0),
    ///     ..Default::default()
    /// };
    /// let flags = |value: f64| [("x", value)].into_iter().collect::<Map>();
    /// let request = SuggestTrials {
    ///     space: [("x".to_string(), x)].into_iter().collect(),
    ///     pending: vec![Trial { flags: flags(0.5), ..Default::default() }],
    ///     count: 2,
    ///     ..Default::default()
    /// };
    /// let answer = host.suggest_trials(request)?.result.unwrap();
    /// assert_eq!(answer.trials, [flags(0.25), flags(0.125)]);
    /// # Ok::<(), guild_plugin_api::HookError>(())
    /// ```
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
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// // train:
    /// //   exec: ${guild} plugins main mine fast
    /// fn main(&self, _: &Context, req: &MainRequest) -> HookResult<MainReply> {
    ///     let report = format!("{} {}\n", req.name, req.args.join(" "));
    ///     std::fs::write(req.run_dir.join("report.txt"), report)
    ///         .map_err(|e| HookError::new(format!("cannot write the report: {e}")))?;
    ///     Ok(MainReply { exit_status: 0, ..Default::default() })
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let run_dir = std::env::temp_dir();
    /// let req = MainRequest {
    ///     name: "train".into(),
    ///     args: vec!["fast".into()],
    ///     run_dir: run_dir.clone(),
    ///     ..Default::default()
    /// };
    /// assert_eq!(host.main(req)?.result.exit_status, 0);
    /// assert_eq!(std::fs::read_to_string(run_dir.join("report.txt")).unwrap(), "train fast\n");
    /// # Ok::<(), HookError>(())
    /// ```
    fn main(&self, cx: &Context, req: &MainRequest) -> HookResult<MainReply> {
        let _ = (cx, req);
        Err(HookError::new("this plugin has no program of its own"))
    }

    /// What `guild check` shows of the user's set-up, and what is wrong with it. Every plugin is
    /// asked. Since 1.1.
    ///
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::setup::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn check(&self, _: &Context, req: &CheckSetup) -> HookResult<SetupReport> {
    ///     let mut fact = SetupFact::new("job_version", "not installed");
    ///     fact.environment = true;
    ///     fact.fix = Some("Install 'run-job', or put it on the path.".into());
    ///     Ok(SetupReport { facts: vec![fact], ..Default::default() })
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let report = host.check(CheckSetup::default())?.result;
    /// assert_eq!(report.facts[0].name, "job_version");
    /// # Ok::<(), HookError>(())
    /// ```
    fn check(&self, cx: &Context, req: &CheckSetup) -> HookResult<SetupReport> {
        let _ = (cx, req);
        Ok(SetupReport::default())
    }

    /// The folders that packages are installed in, absolute, the first to look in first: a Guild
    /// file that says `extends: a.b/model` or `include: a.b` means `a/b/guild.yml` below one of
    /// them. Called where a Guild file names a package, for a plugin whose manifest has
    /// `handles: {packages: true}`. Since 1.1.
    ///
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::setup::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # use std::path::PathBuf;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn package_path(&self, _: &Context, req: &FindPackages) -> HookResult<Vec<PathBuf>> {
    ///     Ok(vec![req.project_dir.join("node_modules")])
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let found = host.package_path(FindPackages { project_dir: "/project".into() })?.result;
    /// assert_eq!(found, [PathBuf::from("/project/node_modules")]);
    /// # Ok::<(), HookError>(())
    /// ```
    fn package_path(&self, cx: &Context, req: &FindPackages) -> HookResult<Vec<PathBuf>> {
        let _ = (cx, req);
        Ok(Vec::new())
    }

    /// How an environment of a kind that the plugin's manifest claims is made
    /// (`handles: {environments: [node]}` has `guild init --node VERSION`). Guild runs the commands,
    /// so that the user sees their output. Since 1.1.
    ///
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::setup::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn plan_environment(
    ///     &self,
    ///     _: &Context,
    ///     req: &PlanEnvironment,
    /// ) -> HookResult<Option<EnvironmentPlan>> {
    ///     let dir = req.dir.display().to_string();
    ///     let step = EnvironmentStep {
    ///         message: "Creating the environment".into(),
    ///         command: vec!["make-env".into(), dir],
    ///         ..Default::default()
    ///     };
    ///     Ok(Some(EnvironmentPlan { steps: vec![step], ..Default::default() }))
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let req = PlanEnvironment { dir: "/project/env".into(), ..Default::default() };
    /// let plan = host.plan_environment(req)?.result.unwrap();
    /// assert_eq!(plan.steps[0].command, ["make-env", "/project/env"]);
    /// # Ok::<(), HookError>(())
    /// ```
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
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn run_starting(&self, _: &Context, run: &RunEvent) -> HookResult<RunChanges> {
    ///     let about: Map = [("words", run.cmd.len() as i64)].into_iter().collect();
    ///     // The attribute `job`, as `guild runs info` shows it.
    ///     Ok(RunChanges { attrs: [("job", about)].into_iter().collect(), ..Default::default() })
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let run = RunEvent { cmd: vec!["run-job".into()], ..Default::default() };
    /// let attrs = host.run_starting(run)?.result.attrs;
    /// assert_eq!(attrs.get("job").unwrap().get("words"), Some(&Value::from(1)));
    /// # Ok::<(), HookError>(())
    /// ```
    fn run_starting(&self, cx: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        let _ = (cx, run);
        Ok(RunChanges::default())
    }

    /// The run's process has ended. Not called when guild itself was killed.
    ///
    /// ```
    /// # use guild_plugin_api::model::*;
    /// # use guild_plugin_api::testkit::Host;
    /// # use guild_plugin_api::*;
    /// # struct Mine;
    /// # impl Plugin for Mine {
    /// # fn info(&self) -> PluginInfo { PluginInfo::default() }
    /// fn run_stopped(&self, cx: &Context, run: &RunEvent) -> HookResult<RunChanges> {
    ///     if run.exit_status != Some(0) {
    ///         cx.warn(format!("the job may have left files in {}", run.run_dir.display()));
    ///     }
    ///     Ok(RunChanges::default())
    /// }
    /// # }
    /// let host = Host::new(Mine, "/project", "/home");
    /// let run = RunEvent { exit_status: Some(-15), run_dir: "/r".into(), ..Default::default() };
    /// let log = host.run_stopped(run)?.log;
    /// assert_eq!(log[0].message, "the job may have left files in /r");
    /// # Ok::<(), HookError>(())
    /// ```
    fn run_stopped(&self, cx: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        let _ = (cx, run);
        Ok(RunChanges::default())
    }
}
