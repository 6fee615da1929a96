//! A plugin whose answers are files in the folder `SCRIPTED_PLUGIN`, word for word: what a library
//! says that was built with another plugin-api, or that is out of its mind.
//!
//! `HOOK.json` is the reply to a hook, `HOOK.error` its error, and `info.json` what the plugin says
//! of itself. With `HOOK.hangs` the hook never returns, with `HOOK.huge` it replies with 100 MB of
//! nothing. Any other hook is unknown. Each request is kept in `HOOK.request`.

// The binary surface without `export_plugin!`, which would never let such answers through.
#![allow(unsafe_code)]

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs, thread};

use guild_plugin_api::__private::abi_stable;
use guild_plugin_api::abi::{PluginBox, PluginModuleRef, RawPlugin, RawPlugin_TO, module};

use abi_stable::library::{
    __call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult,
};
use abi_stable::sabi_trait::TD_Opaque;
use abi_stable::std_types::{RResult, RStr, RString};

struct Scripted;

fn file(name: &str, ending: &str) -> PathBuf {
    let folder = env::var_os("SCRIPTED_PLUGIN").unwrap_or_default();
    PathBuf::from(folder).join(format!("{name}.{ending}"))
}

impl RawPlugin for Scripted {
    fn info(&self) -> RString {
        self.invoke("info".into(), "".into()).into_result().unwrap_or_default()
    }

    fn invoke(&self, hook: RStr<'_>, request: RStr<'_>) -> RResult<RString, RString> {
        let hook = hook.as_str();
        let _ = fs::write(file(hook, "request"), request.as_str());
        if file(hook, "hangs").exists() {
            loop {
                thread::sleep(Duration::from_secs(60));
            }
        }
        if file(hook, "huge").exists() {
            return RResult::ROk("x".repeat(100_000_000).into());
        }
        if let Ok(reply) = fs::read_to_string(file(hook, "json")) {
            return RResult::ROk(reply.into());
        }
        let unknown = || r#"{"kind": "unknown_hook", "message": "unknown"}"#.to_string();
        let error = fs::read_to_string(file(hook, "error")).unwrap_or_else(|_| unknown());
        RResult::RErr(error.into())
    }
}

extern "C" fn new() -> PluginBox {
    RawPlugin_TO::from_value(Scripted, TD_Opaque)
}

fn root_module() -> PluginModuleRef {
    module(new)
}

extern "C" fn loader() -> RootModuleResult {
    __call_root_module_loader(root_module)
}

/// What the host looks for.
// SAFETY: as in `export_plugin!`.
#[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
pub static HEADER: LibHeader =
    unsafe { LibHeader::from_constructor::<PluginModuleRef>(loader, CheckTypeLayout::Yes) };
