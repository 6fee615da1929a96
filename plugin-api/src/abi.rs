//! The binary surface between host and plugin, frozen at 1.0.0.
//!
//! A library exports one root module: the version of the interface that it was built with and a
//! constructor. What the constructor gives has two methods, and text is all that passes through
//! them. Everything that evolves is in that text (see [`crate::model`] and [`crate::dispatch`]), so
//! that a plugin and a host of different minor versions understand each other.
//!
//! This file and the host's loader are the only ones that name `abi_stable`.

// The derive macros below generate the unsafe code that the layout check needs.
#![allow(unsafe_code, missing_docs, non_local_definitions, clippy::missing_safety_doc)]

use abi_stable::StableAbi;
use abi_stable::library::RootModule;
use abi_stable::package_version_strings;
use abi_stable::prefix_type::PrefixTypeTrait as _;
use abi_stable::sabi_trait;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RBox, RResult, RStr, RString};

/// A loaded plugin, as seen through the binary surface.
#[sabi_trait]
pub trait RawPlugin: Send + Sync {
    /// [`crate::model::PluginInfo`] as JSON.
    fn info(&self) -> RString;

    /// Calls `hook` with a JSON request: a JSON reply, or [`crate::dispatch::HookError`] as JSON.
    #[sabi(last_prefix_field)]
    fn invoke(&self, hook: RStr<'_>, request: RStr<'_>) -> RResult<RString, RString>;
}

/// An owned [`RawPlugin`].
pub type PluginBox = RawPlugin_TO<'static, RBox<()>>;

/// What a plugin library exports.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginModuleRef)))]
#[sabi(missing_field(panic))]
pub struct PluginModule {
    /// The version of this crate that the plugin was built with: `1.0.0`.
    pub api_version: RStr<'static>,
    /// Makes the plugin. Called once, when the library is loaded.
    #[sabi(last_prefix_field)]
    pub new: extern "C" fn() -> PluginBox,
}

impl RootModule for PluginModuleRef {
    abi_stable::declare_root_module_statics! {PluginModuleRef}

    const BASE_NAME: &'static str = "guild_plugin";
    const NAME: &'static str = "guild_plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

/// The version of this crate: what a plugin built against it reports.
pub const API_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The root module of a plugin library. Called by [`export_plugin!`](crate::export_plugin).
#[doc(hidden)]
pub fn module(new: extern "C" fn() -> PluginBox) -> PluginModuleRef {
    PluginModule { api_version: API_VERSION.into(), new }.leak_into_prefix()
}
