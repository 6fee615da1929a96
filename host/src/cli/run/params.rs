//! What is kept of the command line.

use std::path::PathBuf;

use guild_plugin_api::Value;
use indexmap::IndexMap;

use super::Args;

/// The `run_params` attribute: what the user gave, by Guild AI 0.9.0's names of the options.
pub fn params(args: &Args) -> IndexMap<String, Value> {
    let path = |p: &PathBuf| p.display().to_string();
    [
        ("opspec", args.spec.clone().into()),
        ("flags", args.flags.clone().into()),
        ("label", args.label.clone().into()),
        ("tags", args.tags.clone().into()),
        ("comment", args.comment.clone().into()),
        ("edit_comment", args.edit_comment.into()),
        ("run_dir", args.run_dir.as_ref().map(path).into()),
        ("run_id", args.run_id.clone().into()),
        ("batch_label", args.batch_label.clone().into()),
        ("batch_tags", args.batch_tags.clone().into()),
        ("batch_comment", args.batch_comment.clone().into()),
        ("edit_batch_comment", args.edit_batch_comment.into()),
        ("optimizer", args.optimizer.clone().into()),
        ("optimize", args.optimize.into()),
        ("minimize", args.minimize.clone().into()),
        ("maximize", args.maximize.clone().into()),
        ("opt_flags", args.opt_flags.clone().into()),
        ("max_trials", args.max_trials.map(|n| i64::try_from(n).unwrap_or(i64::MAX)).into()),
        ("stage_trials", args.stage_trials.into()),
        ("fail_on_trial_error", args.fail_on_trial_error.into()),
        ("keep_batch", args.keep_batch.into()),
        ("stage", args.stage.into()),
        ("restart", args.restart.clone().into()),
        ("proto", args.proto.clone().into()),
        ("force_sourcecode", args.force_sourcecode.into()),
        ("needed", args.needed.into()),
        ("background", args.background.into()),
        ("pidfile", args.pidfile.as_ref().map(path).into()),
        ("keep_run", args.keep_run.into()),
        ("stop_after", args.stop_after.map(minutes).into()),
        ("random_seed", args.random_seed.into()),
        ("gpus", args.gpus.clone().into()),
        ("no_gpus", args.no_gpus.into()),
        ("additional_deps", args.deps.clone().into()),
        ("force_deps", args.force_deps.into()),
        ("force_flags", args.force_flags.into()),
        ("quiet", args.quiet.into()),
        ("yes", args.yes.into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value))
    .collect()
}

/// Whole minutes as such.
fn minutes(minutes: f64) -> Value {
    let whole = minutes as i64;
    if whole as f64 == minutes { whole.into() } else { minutes.into() }
}
