//! The binary surface, written down: what a library that was built with plugin-api 1.0 relies on.
//! Whatever changes here makes every plugin that was ever built unusable, so nothing may, as long as
//! the major version is 1.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails loudly")]
#![cfg(target_pointer_width = "64")]

use std::fmt::Write as _;

use guild_plugin_api::__private::abi_stable::StableAbi;
use guild_plugin_api::__private::abi_stable::library::ROOT_MODULE_LOADER_NAME;
use guild_plugin_api::__private::abi_stable::type_layout::TypeLayout;
use guild_plugin_api::abi::{PluginBox, PluginModuleRef};

/// A type with the types of its fields, as far as they are this crate's or generic.
fn describe(layout: &'static TypeLayout, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    let (size, alignment) = (layout.size(), layout.alignment());
    writeln!(text, "{indent}{}: {size} bytes, aligned to {alignment}", layout.full_type()).unwrap();
    let fields = layout.get_fields().map(|f| f.iter().collect::<Vec<_>>()).unwrap_or_default();
    // A reference to a module or a vtable has what it refers to among its phantom fields.
    for field in fields.into_iter().chain(layout.phantom_fields().iter()) {
        writeln!(text, "{indent}  .{}", field.name()).unwrap();
        for function in field.function_range().iter() {
            let function = function.to_string();
            writeln!(text, "{indent}    {}", function.lines().next().unwrap()).unwrap();
        }
        if depth < 9 {
            describe(field.layout(), depth + 2, text);
        }
    }
}

#[test]
fn the_binary_surface_is_what_it_was() {
    let mut text = format!("{ROOT_MODULE_LOADER_NAME}\n\n");
    describe(PluginModuleRef::LAYOUT, 0, &mut text);
    text.push('\n');
    describe(PluginBox::LAYOUT, 0, &mut text);
    insta::assert_snapshot!(text);
}
