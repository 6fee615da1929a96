//! The attributes that a run has before it starts, as Guild AI 0.9.0 writes them.

use std::collections::BTreeMap;

use guild_deps::Dependency;
use guild_flags::value;
use guild_plugin_api::model::OpDef;
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use super::environment::env_secrets;
use super::execute::Options;
use super::place::Place;
use super::platform;
use crate::op::{Operation, flag_map};

/// Every option of Guild AI 0.9.0's `run` with the value that it has when it is not given. It
/// reads them back when it restarts a run.
const RUN_PARAMS: [(&str, Param); 52] = [
    ("additional_deps", Param::Empty),
    ("background", Param::No),
    ("batch_comment", Param::Null),
    ("batch_label", Param::Null),
    ("batch_tags", Param::Empty),
    ("break_", Param::Empty),
    ("break_on_error", Param::No),
    ("comment", Param::Null),
    ("debug_sourcecode", Param::Null),
    ("edit_batch_comment", Param::No),
    ("edit_comment", Param::No),
    ("edit_flags", Param::No),
    ("fail_on_trial_error", Param::No),
    ("flags", Param::Empty),
    ("force_deps", Param::No),
    ("force_flags", Param::No),
    ("force_sourcecode", Param::No),
    ("gpus", Param::Null),
    ("help_model", Param::No),
    ("help_op", Param::No),
    ("keep_batch", Param::No),
    ("keep_run", Param::No),
    ("label", Param::Null),
    ("max_trials", Param::Null),
    ("maximize", Param::Null),
    ("minimize", Param::Null),
    ("needed", Param::No),
    ("no_gpus", Param::No),
    ("no_wait", Param::No),
    ("opspec", Param::Null),
    ("opt_flags", Param::Empty),
    ("optimize", Param::No),
    ("optimizer", Param::Null),
    ("pidfile", Param::Null),
    ("print_cmd", Param::No),
    ("print_env", Param::No),
    ("print_trials", Param::No),
    ("proto", Param::Null),
    ("quiet", Param::No),
    ("random_seed", Param::Null),
    ("remote", Param::Null),
    ("restart", Param::Null),
    ("run_dir", Param::Null),
    ("run_id", Param::Null),
    ("save_trials", Param::Null),
    ("stage", Param::No),
    ("stage_trials", Param::No),
    ("stop_after", Param::Null),
    ("tags", Param::Empty),
    ("test_flags", Param::No),
    ("test_output_scalars", Param::Null),
    ("test_sourcecode", Param::No),
];

enum Param {
    Null,
    No,
    Empty,
}

/// The attributes that do not depend on the run's folder.
pub fn attributes(operation: &Operation, options: &Options) -> IndexMap<String, Value> {
    let mut attrs = IndexMap::new();
    let mut set = |name: &str, value: Value| attrs.insert(name.to_string(), value);
    set("cmd", operation.args.clone().into());
    if !operation.label.is_empty() {
        set("label", operation.label.as_str().into());
    }
    if !operation.tags.is_empty() {
        set("tags", operation.tags.clone().into());
    }
    if let Some(comment) = &options.comment {
        set("comments", Value::List(vec![comment_entry(comment)]));
    }
    set("flags", flag_map(&operation.flags).into());
    set("user_flags", flag_map(&operation.user_flags).into());
    set("run_params", run_params(operation, options).into());
    set("random_seed", random_seed(operation, options).into());
    set("op", op_config(operation).into());
    set("host", platform::host().into());
    set("user", platform::user().into());
    set("platform", platform::platform().into());
    set("plugins", operation.plugins.clone().into());
    for (name, value) in &operation.attrs {
        // Never in the place of what the host writes, and each becomes a file's name.
        if let Some(name) = name.as_str().filter(|name| !name.contains('/') && *name != "..") {
            attrs.entry(name.into()).or_insert_with(|| value.clone());
        }
    }
    attrs
}

/// Attributes that an operation may not have of its own: a run's.
const RESERVED: [&str; 20] = [
    "cmd",
    "deps",
    "env",
    "exit_status",
    "flags",
    "host",
    "id",
    "initialized",
    "label",
    "op",
    "pip_freeze",
    "platform",
    "random_seed",
    "run_params",
    "sourcecode_digest",
    "started",
    "stopped",
    "user",
    "user_flags",
    "vcs_commit",
];

/// The attributes that the operation has each of its runs keep (`run-attrs`), in the order of
/// their names, and a warning for each that is a run's own.
pub fn extra_attributes(op: &OpDef) -> (BTreeMap<String, Value>, Vec<String>) {
    let said = op.other.get("run-attrs").and_then(Value::as_map);
    let named = said.into_iter().flatten().filter_map(|(name, value)| {
        let name = name.as_str().map_or_else(|| value::encode(name), Into::into);
        // It becomes a file's name.
        (!name.contains('/') && name != ".." && !name.is_empty()).then(|| (name, value.clone()))
    });
    let (reserved, extra): (BTreeMap<_, _>, BTreeMap<_, _>) =
        named.partition(|(name, _)| RESERVED.contains(&name.as_str()));
    let warnings = reserved
        .keys()
        .map(|name| format!("Invalid run attribute '{name}' (reserved attribute) - ignoring"));
    (extra, warnings.collect())
}

fn comment_entry(body: &str) -> Value {
    let entry: Map = [
        ("user", Value::from(platform::user())),
        ("host", platform::host().into()),
        ("body", body.into()),
        ("time", guild_store::clock::now().into()),
    ]
    .into_iter()
    .collect();
    entry.into()
}

/// The user's seed, that of the run which this is made from, or a random one.
fn random_seed(operation: &Operation, options: &Options) -> i64 {
    let kept = || operation.kept.as_ref()?.run.int_attr("random_seed").ok().flatten();
    options.random_seed.or_else(kept).unwrap_or_else(|| fastrand::i64(0..=1 << 32))
}

/// What may be said anew when a run is started again.
const RESPECIFIABLE: [&str; 3] = ["gpus", "label", "tags"];

fn run_params(operation: &Operation, options: &Options) -> Map {
    let mut params: Map = RUN_PARAMS
        .iter()
        .map(|(name, default)| {
            let value = match default {
                Param::Null => Value::Null,
                Param::No => Value::Bool(false),
                Param::Empty => Value::List(Vec::new()),
            };
            (*name, value)
        })
        .collect();
    for (name, value) in &options.params {
        params.insert(name.as_str(), value.clone());
    }
    let (Place::Again(_), Some(kept)) = (&options.place, &operation.kept) else { return params };
    let Ok(Some(Value::Map(mut first))) = kept.run.attr("run_params") else { return params };
    for (name, value) in params {
        let Some(name) = name.as_str() else { continue };
        let anew = RESPECIFIABLE.contains(&name);
        if first.get(name).is_none() || (anew && value::is_true(&value)) {
            first.insert(name, value);
        }
    }
    first
}

/// What is needed to make the command again.
fn op_config(operation: &Operation) -> Map {
    let op = &operation.resolved.op;
    let null_labels: Map = op
        .flags
        .iter()
        .filter(|(_, flag)| !flag.null_label.is_null())
        .map(|(name, flag)| (name.as_str(), flag.null_label.clone()))
        .collect();
    let others = |other: &BTreeMap<String, Value>| -> Map {
        other.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
    };
    let extra: Map = op
        .flags
        .iter()
        .filter(|(_, flag)| !flag.other.is_empty())
        .map(|(name, flag)| (name.as_str(), Value::Map(others(&flag.other))))
        .collect();
    let mut sourcecode: Map = [("dest", operation.sourcecode_dest.as_str())].into_iter().collect();
    if let Some(root) = &operation.resolved.sourcecode.root {
        sourcecode.insert("root", root.as_str());
    }
    let mut config: Map = [
        ("flag-null-labels", Value::Map(null_labels)),
        ("op-cmd", operation.template.to_value()),
        ("label-template", operation.label_template.clone().into()),
        ("output-scalars", op.output_scalars.clone()),
        ("deps", Value::List(operation.dependencies.iter().map(Dependency::to_value).collect())),
        ("sourcecode", Value::Map(sourcecode)),
        ("flags-extra", Value::Map(extra)),
        ("delete-on-success", Value::Bool(operation.delete_on_success)),
    ]
    .into_iter()
    .collect();
    let secrets = env_secrets(op);
    if !secrets.is_empty() {
        // For when the run is started again, which Guild AI 0.9.0 keeps no list for.
        config.insert("env-secrets", secrets);
    }
    config
}
