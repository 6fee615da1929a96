//! Python scripts as operations.
//!
//! What the host asks is in [`plugin`]; the rest is the thinking behind it, free of the plugin
//! interface: [`source`] and [`mod@script`] read a script ([`ask`] its interpreter when they cannot),
//! [`op`] and [`flag_data`] make an operation of it, [`interpreter`] finds what runs it, [`facts`]
//! and [`freeze`] know what is installed there, and [`shim`] lays out the Python package that
//! starts it.

pub mod ask;
pub mod facts;
pub mod flag_data;
pub mod flags;
pub mod freeze;
pub mod interpreter;
pub mod main_attribute;
pub mod module_source;
pub mod op;
pub mod paths;
pub mod plugin;
pub mod process;
pub mod reading;
pub mod rules;
pub mod setup;
pub mod shell;
pub mod shim;
pub mod source;
pub mod stamp;
pub mod yaml_item;

/// What a script says about itself.
pub use guild_python_source as script;

#[cfg(test)]
mod fake;

guild_plugin_api::export_plugin!(plugin::PythonScript);
