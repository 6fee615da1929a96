//! [`export_plugin!`](crate::export_plugin): makes a library of a [`Plugin`].

use std::sync::OnceLock;

use abi_stable::std_types::{RResult, RStr, RString};

use crate::abi::{PluginBox, RawPlugin, RawPlugin_TO};
use crate::dispatch::{self, HookError};
use crate::plugin::Plugin;

/// Gives a [`Plugin`] the binary surface. The plugin is made at the first call, where a panic of its
/// constructor can be told: across `new` it would end the host.
struct Exported<P> {
    make: fn() -> P,
    plugin: OnceLock<Result<P, HookError>>,
}

impl<P: Plugin> Exported<P> {
    fn plugin(&self) -> &Result<P, HookError> {
        self.plugin.get_or_init(|| dispatch::make(self.make))
    }
}

impl<P: Plugin> RawPlugin for Exported<P> {
    fn info(&self) -> RString {
        self.plugin().as_ref().map_or_else(|_| "{}".into(), dispatch::info_of).into()
    }

    fn invoke(&self, hook: RStr<'_>, request: RStr<'_>) -> RResult<RString, RString> {
        let reply = match self.plugin() {
            Ok(plugin) => dispatch::invoke(plugin, hook.as_str(), request.as_str()),
            Err(e) => Err(dispatch::error_text(e)),
        };
        reply.map(RString::from).map_err(RString::from).into()
    }
}

/// Wraps a plugin for the host. Called by [`export_plugin!`](crate::export_plugin).
#[doc(hidden)]
pub fn boxed<P: Plugin + 'static>(make: fn() -> P) -> PluginBox {
    let exported = Exported { make, plugin: OnceLock::new() };
    RawPlugin_TO::from_value(exported, abi_stable::sabi_trait::TD_Opaque)
}

/// Exports a plugin from a `cdylib`. Takes an expression that makes the plugin, which is evaluated
/// once, when guild needs the plugin; call the macro once, at the top of `lib.rs`. A panic of the
/// expression is reported as one of a hook is. The library needs no other dependency than this
/// crate.
///
/// ```
/// use guild_plugin_api::model::PluginInfo;
/// use guild_plugin_api::{Plugin, export_plugin};
///
/// struct Mine;
/// impl Plugin for Mine {
///     fn info(&self) -> PluginInfo {
///         PluginInfo { name: "mine".into(), version: "0.1.0".into(), ..Default::default() }
///     }
/// }
///
/// export_plugin!(Mine);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export_plugin {
    ($make:expr) => {
        #[allow(unsafe_code)]
        const _: () = {
            use $crate::__private::abi_stable::library as abi;

            extern "C" fn new() -> $crate::abi::PluginBox {
                $crate::export::boxed(|| $make)
            }

            fn module() -> $crate::abi::PluginModuleRef {
                $crate::abi::module(new)
            }

            extern "C" fn loader() -> abi::RootModuleResult {
                abi::__call_root_module_loader(module)
            }

            // SAFETY: the symbol's name is abi_stable's own for this purpose, and `loader` gives
            // the module type that the header is made for.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            pub static HEADER: abi::LibHeader = unsafe {
                abi::LibHeader::from_constructor::<$crate::abi::PluginModuleRef>(
                    loader,
                    abi::CheckTypeLayout::Yes,
                )
            };
        };
    };
}

#[cfg(test)]
mod tests {
    /// What `#[export_root_module]` would write; it cannot be used in the macro, as it wants a
    /// direct dependency on abi_stable in the plugin.
    #[test]
    fn the_symbol_has_the_name_that_is_looked_for() {
        let name = abi_stable::library::ROOT_MODULE_LOADER_NAME;
        assert!(include_str!("export.rs").contains(&format!("export_name = \"{name}\"")), "{name}");
    }
}
