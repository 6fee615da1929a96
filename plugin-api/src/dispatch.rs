//! From a hook's name and a text to a call of [`Plugin`], and back.
//!
//! A request is `{"context": …, "request": …}`, a reply `{"result": …, "log": […]}`. A hook that a
//! plugin does not know is answered with [`ErrorKind::UnknownHook`], which the host takes as "the
//! default": that is how a plugin of an older minor version works in a newer host.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::context::{Context, LogRecord};
use crate::plugin::{HookResult, Plugin};

/// Why a hook failed. The message is shown to the user as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct HookError {
    /// What kind of failure it was.
    pub kind: ErrorKind,
    /// What happened, to which thing; no trailing full stop.
    pub message: String,
    /// What the user can do about it.
    pub hint: Option<String>,
    /// What the hook said before it failed. Filled in by the dispatch.
    pub log: Vec<LogRecord>,
}

/// Kinds of [`HookError`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The plugin was built before this hook existed.
    UnknownHook,
    /// The request was not one that the plugin can read.
    BadRequest,
    /// The hook panicked.
    Panic,
    /// The plugin says that it cannot do what was asked.
    #[default]
    #[serde(other)]
    Failed,
}

impl HookError {
    /// A failure that the plugin reports.
    pub fn new(message: impl Into<String>) -> HookError {
        HookError { message: message.into(), ..HookError::default() }
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> HookError {
        self.hint = Some(hint.into());
        self
    }

    fn of_kind(kind: ErrorKind, message: impl Into<String>) -> HookError {
        HookError { kind, ..HookError::new(message) }
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for HookError {}

impl From<&str> for HookError {
    fn from(message: &str) -> HookError {
        HookError::new(message)
    }
}

impl From<String> for HookError {
    fn from(message: String) -> HookError {
        HookError::new(message)
    }
}

/// What is sent to a hook.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "T: DeserializeOwned + Default"))]
pub struct Request<T> {
    /// Where and for whom.
    pub context: Context,
    /// The hook's own data.
    pub request: T,
}

/// The text of a [`Request`].
pub fn encode_request<T: Serialize>(context: &Context, request: &T) -> HookResult<String> {
    #[derive(Serialize)]
    struct Borrowed<'a, T> {
        context: &'a Context,
        request: &'a T,
    }
    to_text(&Borrowed { context, request })
}

/// What a hook sends back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned + Default"))]
pub struct Reply<T> {
    /// The hook's answer.
    #[serde(default)]
    pub result: T,
    /// What else it has to say.
    #[serde(default)]
    pub log: Vec<LogRecord>,
}

/// Hook names, as they are sent.
pub mod hooks {
    /// [`crate::Plugin::resolve_op`]
    pub const RESOLVE_OP: &str = "resolve_op";
    /// [`crate::Plugin::op_loaded`]
    pub const OP_LOADED: &str = "op_loaded";
    /// [`crate::Plugin::enabled_for_op`]
    pub const ENABLED_FOR_OP: &str = "enabled_for_op";
    /// [`crate::Plugin::default_sourcecode_rules`]
    pub const DEFAULT_SOURCECODE_RULES: &str = "default_sourcecode_rules";
    /// [`crate::Plugin::command`]
    pub const COMMAND: &str = "command";
    /// [`crate::Plugin::import_flags`]
    pub const IMPORT_FLAGS: &str = "import_flags";
    /// [`crate::Plugin::resolve_resource`]
    pub const RESOLVE_RESOURCE: &str = "resolve_resource";
    /// [`crate::Plugin::describe_optimizer`]
    pub const DESCRIBE_OPTIMIZER: &str = "describe_optimizer";
    /// [`crate::Plugin::suggest_trials`]
    pub const SUGGEST_TRIALS: &str = "suggest_trials";
    /// [`crate::Plugin::main`]
    pub const MAIN: &str = "main";
    /// [`crate::Plugin::check`]
    pub const CHECK: &str = "check";
    /// [`crate::Plugin::package_path`]
    pub const PACKAGE_PATH: &str = "package_path";
    /// [`crate::Plugin::plan_environment`]
    pub const PLAN_ENVIRONMENT: &str = "plan_environment";
    /// [`crate::Plugin::run_starting`]
    pub const RUN_STARTING: &str = "run_starting";
    /// [`crate::Plugin::run_stopped`]
    pub const RUN_STOPPED: &str = "run_stopped";
}

/// Calls a hook by name: JSON in, JSON out. Panics of the plugin end here.
pub fn invoke(plugin: &dyn Plugin, hook: &str, request: &str) -> Result<String, String> {
    guarded(|| route(plugin, hook, request)).map_err(|e| error_text(&e))
}

pub(crate) fn error_text(e: &HookError) -> String {
    serde_json::to_string(e).unwrap_or_else(|_| r#"{"message":"unreadable error"}"#.into())
}

/// The plugin's [`crate::model::PluginInfo`] as JSON; an empty object if the plugin panics.
pub fn info(plugin: &dyn Plugin) -> String {
    guarded(|| to_text(&plugin.info())).unwrap_or_else(|_| "{}".into())
}

pub(crate) fn info_of(plugin: &impl Plugin) -> String {
    info(plugin)
}

/// Makes a plugin, or gives an error as [`invoke`] does when its constructor panics.
pub(crate) fn make<P>(make: impl FnOnce() -> P) -> Result<P, HookError> {
    guarded(|| Ok(make()))
}

fn route(plugin: &dyn Plugin, hook: &str, request: &str) -> HookResult<String> {
    match hook {
        hooks::RESOLVE_OP => call(request, |cx, r| plugin.resolve_op(cx, r)),
        hooks::OP_LOADED => call(request, |cx, r| plugin.op_loaded(cx, r)),
        hooks::ENABLED_FOR_OP => call(request, |cx, r| plugin.enabled_for_op(cx, r)),
        hooks::DEFAULT_SOURCECODE_RULES => {
            call(request, |cx, r| plugin.default_sourcecode_rules(cx, r))
        }
        hooks::COMMAND => call(request, |cx, r| plugin.command(cx, r)),
        hooks::IMPORT_FLAGS => call(request, |cx, r| plugin.import_flags(cx, r)),
        hooks::RESOLVE_RESOURCE => call(request, |cx, r| plugin.resolve_resource(cx, r)),
        hooks::DESCRIBE_OPTIMIZER => call(request, |cx, r| plugin.describe_optimizer(cx, r)),
        hooks::SUGGEST_TRIALS => call(request, |cx, r| plugin.suggest_trials(cx, r)),
        hooks::MAIN => call(request, |cx, r| plugin.main(cx, r)),
        hooks::CHECK => call(request, |cx, r| plugin.check(cx, r)),
        hooks::PACKAGE_PATH => call(request, |cx, r| plugin.package_path(cx, r)),
        hooks::PLAN_ENVIRONMENT => call(request, |cx, r| plugin.plan_environment(cx, r)),
        hooks::RUN_STARTING => call(request, |cx, r| plugin.run_starting(cx, r)),
        hooks::RUN_STOPPED => call(request, |cx, r| plugin.run_stopped(cx, r)),
        other => {
            Err(HookError::of_kind(ErrorKind::UnknownHook, format!("no hook named `{other}`")))
        }
    }
}

fn call<Q: DeserializeOwned + Default, A: Serialize>(
    request: &str,
    hook: impl FnOnce(&Context, &Q) -> HookResult<A>,
) -> HookResult<String> {
    let Request { context, request } = serde_json::from_str::<Request<Q>>(request)
        .map_err(|e| HookError::of_kind(ErrorKind::BadRequest, format!("bad request: {e}")))?;
    let result = hook(&context, &request)
        .map_err(|e| HookError { log: [e.log, context.take_log()].concat(), ..e })?;
    to_text(&Reply { result, log: context.take_log() })
}

fn to_text<T: Serialize>(value: &T) -> HookResult<String> {
    serde_json::to_string(value).map_err(|e| HookError::new(format!("cannot write a reply: {e}")))
}

thread_local! {
    /// Whether this thread is inside a hook, where a panic is reported and not printed.
    static IN_HOOK: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f` so that a panic in it becomes an error and prints nothing.
///
/// A library has its own standard library and so its own panic hook: the host cannot quieten it.
fn guarded<T>(f: impl FnOnce() -> HookResult<T>) -> HookResult<T> {
    static QUIETEN: Once = Once::new();
    QUIETEN.call_once(|| {
        let printing = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IN_HOOK.get() {
                printing(info);
            }
        }));
    });
    let outer = IN_HOOK.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    IN_HOOK.set(outer);
    result.unwrap_or_else(|payload| Err(HookError::of_kind(ErrorKind::Panic, text_of(&*payload))))
}

fn text_of(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OpRequest, PluginInfo, ResolveOp, ResolvedOp};

    struct Sample;

    impl Plugin for Sample {
        fn info(&self) -> PluginInfo {
            panic!("no info today")
        }
        fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
            match req.spec.as_str() {
                "panic" => panic!("lost my {}", "way"),
                "fail" => Err(HookError::new("cannot read it").with_hint("Try another")),
                _ => {
                    cx.warn("odd");
                    Ok(None)
                }
            }
        }
    }

    fn resolve(spec: &str) -> Result<String, HookError> {
        let req = format!(r#"{{"context": {{"cwd": "/p"}}, "request": {{"spec": "{spec}"}}}}"#);
        invoke(&Sample, hooks::RESOLVE_OP, &req).map_err(|e| serde_json::from_str(&e).unwrap())
    }

    #[test]
    fn a_reply_carries_the_result_and_the_log() {
        let reply: Reply<Option<ResolvedOp>> =
            serde_json::from_str(&resolve("x").unwrap()).unwrap();
        assert_eq!(reply.result, None);
        assert_eq!(reply.log, [LogRecord { level: crate::Level::Warning, message: "odd".into() }]);
    }

    #[test]
    fn errors_and_panics_become_hook_errors() {
        let e = resolve("fail").unwrap_err();
        assert_eq!((e.kind, e.message.as_str()), (ErrorKind::Failed, "cannot read it"));
        assert_eq!(e.hint.as_deref(), Some("Try another"));
        let e = resolve("panic").unwrap_err();
        assert_eq!((e.kind, e.message.as_str()), (ErrorKind::Panic, "lost my way"));
        assert_eq!(info(&Sample), "{}");
    }

    #[test]
    fn unknown_hooks_unknown_fields_and_missing_fields() {
        let e = invoke(&Sample, "dance", "{}").unwrap_err();
        assert_eq!(serde_json::from_str::<HookError>(&e).unwrap().kind, ErrorKind::UnknownHook);
        let req = r#"{"context": {"moon": 1}, "request": {"stars": []}, "sun": {}}"#;
        assert!(invoke(&Sample, hooks::RESOLVE_OP, req).is_ok());
        let e = invoke(&Sample, hooks::RESOLVE_OP, "nonsense").unwrap_err();
        assert_eq!(serde_json::from_str::<HookError>(&e).unwrap().kind, ErrorKind::BadRequest);
        let e: HookError = serde_json::from_str(r#"{"kind": "from_the_future"}"#).unwrap();
        assert_eq!(e.kind, ErrorKind::Failed);
    }

    #[test]
    fn a_newer_op_definition_keeps_what_it_says() {
        let text = r#"{"op": {"exec": "x", "horses": 3, "flags": {"a": {"colour": "red"}}}}"#;
        let req: OpRequest = serde_json::from_str(text).unwrap();
        let back = serde_json::to_value(&req).unwrap();
        assert_eq!(back["op"]["horses"], 3);
        assert_eq!(back["op"]["flags"]["a"]["colour"], "red");
    }
}
