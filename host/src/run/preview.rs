//! What the user is asked before a run.

use std::path::Path;

use guild_flags::value;
use guild_plugin_api::Value;

use crate::op::Operation;

/// The question, in Guild AI 0.9.0's words: the operation, then each flag on a line.
pub fn preview(operation: &Operation, cwd: &Path) -> String {
    let subject = operation.resolved.opref.to_opspec(Some(cwd));
    let mut text = format!("You are about to run {subject}\n");
    for (name, flag) in &operation.flags {
        let label = operation.resolved.op.flags.get(name).map(|def| &def.null_label);
        let shown = match (flag, label) {
            (Value::Null, Some(label)) if !label.is_null() => value::encode(label),
            (Value::Null, _) => "default".into(),
            (Value::Str(function), _) if value::is_function(flag) => function.clone(),
            _ => value::encode(flag),
        };
        text.push_str(&format!("  {name}: {shown}\n"));
    }
    text + "Continue?"
}
