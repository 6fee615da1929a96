//! `guild run OPERATION --help-op` and `--help-model`.

use guild_flags::value::text;
use guild_guildfile::Model;
use guild_plugin_api::Value;
use guild_plugin_api::model::OpDef;

use super::flags;
use super::page::Page;

/// An operation's help: usage, description, dependencies that are described, flags.
///
/// `model` is the model that its dependencies are looked up in.
pub fn operation(full_name: &str, op: &OpDef, model: Option<&Model>, width: usize) -> String {
    let mut page = Page::new(width);
    page.usage(&format!("run [OPTIONS] {full_name} [FLAG]..."));
    description(&mut page, op.description.as_deref());
    page.gap();
    page.text("Use 'guild run --help' for a list of options.");
    let dependencies = dependencies(op, model);
    if !dependencies.is_empty() {
        page.section("Dependencies", &dependencies);
    }
    let flags = flags::definitions(&op.flags, width);
    if !flags.is_empty() {
        page.section("Flags", &flags);
    }
    page.into_text()
}

/// A model's help: its operations and resources. A script is its own model, without a name.
pub fn model(model: &Model, width: usize) -> String {
    let name = &model.name;
    let mut page = Page::new(width);
    page.usage(&format!("run [OPTIONS] {name}:OPERATION [FLAG]..."));
    description(&mut page, model.description.as_deref());
    page.gap();
    page.text(&format!(
        "Use 'guild run {name}:OPERATION --help-op' for help on a particular operation."
    ));
    let first_line = |text: &str| text.split('\n').next().unwrap_or_default().to_string();
    let operations: Vec<_> = model
        .operations
        .iter()
        .map(|(name, op)| (name.clone(), first_line(op.description.as_deref().unwrap_or_default())))
        .collect();
    if !operations.is_empty() {
        page.section("Operations", &operations);
    }
    let resources: Vec<_> =
        model.resources.iter().map(|(name, data)| (name.clone(), described(data))).collect();
    if !resources.is_empty() {
        page.section("Resources", &resources);
    }
    page.into_text()
}

fn description(page: &mut Page, description: Option<&str>) {
    if let Some(description) = description.filter(|d| !d.is_empty()) {
        page.gap();
        page.text(&description.replace('\n', "\n\n"));
    }
}

/// The dependencies of which something is said: named resources with a description.
fn dependencies(op: &OpDef, model: Option<&Model>) -> Vec<(String, String)> {
    let requires = match op.other.get("requires") {
        Some(Value::List(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let row = |dependency: &Value| {
        let name = match dependency {
            Value::Str(name) => name.clone(),
            other => text(other.get("resource")?),
        };
        let own = described(dependency);
        let resource = || model.and_then(|m| m.resources.get(&name)).map(described);
        Some(if own.is_empty() {
            (name.clone(), resource().unwrap_or_default())
        } else {
            (name, own)
        })
    };
    requires.iter().filter_map(row).filter(|(_, text)| !text.is_empty()).collect()
}

fn described(data: &Value) -> String {
    data.get("description").filter(|d| !d.is_null()).map(text).unwrap_or_default()
}
