//! How batches are written down, so that Guild AI 0.9.0 knows and can start them.

use crate::opref::OpRef;
use crate::run::Run;

/// The optimizer that runs all combinations of values.
pub const GRID: &str = "+";

/// What Guild AI 0.9.0 runs for [`GRID`], as an exec template.
pub const GRID_COMMAND: [&str; 3] = ["${guild_python_exe}", "-um", "guild.batch_main"];

/// Whether `run` is a batch: it has a prototype.
pub fn is_batch(run: &Run) -> bool {
    !run.is_plain() && run.guild_path("proto").exists()
}

/// How a batch refers to the optimizer that chooses its trials.
pub fn optimizer_opref(model_name: &str, name: &str) -> OpRef {
    OpRef::new("builtin", "guildai", "0.9.0", model_name, name)
}

/// How a batch of all combinations refers to its operation.
pub fn grid_opref() -> OpRef {
    OpRef::new("builtin", "guildai", "0.9.0", "", GRID)
}
