//! What was said between host and plugin when plugin-api was 1.0.0, recorded then: the same plugin
//! must still answer the same, and both sides must still read what the other one said.
//!
//! The recordings in `transcripts/1.0` are never changed. They are what "built with 1.0" means.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails loudly")]

use guild_plugin_api::dispatch::{self, HookError, Reply, Request, hooks};
use guild_plugin_api::model::{
    CommandParts, Enabled, LoadedOp, OpRequest, PluginInfo, ResolveOp, ResolvedOp, RunChanges,
    RunEvent, SourceRule,
};
use guild_plugin_api::{Context, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[path = "transcripts/1.0/plugin.rs"]
#[allow(clippy::needless_update, reason = "as it was written, for fields to come")]
mod plugin;

/// Every recording, by its file's name.
fn recordings() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts/1.0");
    let mut all = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        if path.extension().is_some_and(|e| e == "json") && name != "info" {
            let text = std::fs::read_to_string(&path).unwrap();
            all.push((name, serde_json::from_str(&text).unwrap()));
        }
    }
    assert_eq!(all.len(), 9);
    all
}

/// Whether everything that `old` says is said by `new`, which may say more in objects.
#[track_caller]
fn says_as_much(new: &Value, old: &Value, place: &str) {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            for (key, old) in old {
                let new = new.get(key).unwrap_or_else(|| panic!("{place}.{key} is gone"));
                says_as_much(new, old, &format!("{place}.{key}"));
            }
        }
        (Value::Array(new), Value::Array(old)) => {
            assert_eq!(new.len(), old.len(), "{place}");
            let both = new.iter().zip(old).enumerate();
            both.for_each(|(i, (new, old))| says_as_much(new, old, &format!("{place}[{i}]")));
        }
        _ => assert_eq!(new, old, "{place}"),
    }
}

#[test]
fn the_plugin_answers_as_it_did() {
    for (name, recording) in recordings() {
        let hook = recording["hook"].as_str().unwrap();
        let answer = dispatch::invoke(&plugin::Sample, hook, &recording["request"].to_string());
        let (Ok(text) | Err(text)) = &answer;
        let new: Value = serde_json::from_str(text).unwrap();
        let key = if answer.is_ok() { "reply" } else { "error" };
        says_as_much(&new, &recording[key], &format!("{name}: {key}"));
    }
    let info: Value = serde_json::from_str(&dispatch::info(&plugin::Sample)).unwrap();
    let recorded = include_str!("transcripts/1.0/info.json");
    says_as_much(&info, &serde_json::from_str(recorded).unwrap(), "info");
}

/// Reads a text as a type of today and writes it again: nothing of it may be lost.
fn survives<T: DeserializeOwned + Serialize>(old: &Value, place: &str) {
    let read: T = serde_json::from_value(old.clone()).unwrap_or_else(|e| panic!("{place}: {e}"));
    says_as_much(&serde_json::to_value(read).unwrap(), old, place);
}

/// What the host reads of a recording, and what a plugin does.
fn both_sides<Q, A>(recording: &Value)
where
    Q: DeserializeOwned + Serialize + Default,
    A: DeserializeOwned + Serialize + Default,
{
    survives::<Reply<A>>(&recording["reply"], "reply");
    survives::<Context>(&recording["request"]["context"], "context");
    survives::<Q>(&recording["request"]["request"], "request");
    let _: Request<Q> = serde_json::from_value(recording["request"].clone()).unwrap();
}

#[test]
fn both_sides_read_all_of_it() {
    for (name, recording) in recordings() {
        match name.as_str() {
            "resolve_op" => both_sides::<ResolveOp, Option<ResolvedOp>>(&recording),
            "op_loaded" => both_sides::<OpRequest, Option<LoadedOp>>(&recording),
            "enabled_for_op" => both_sides::<OpRequest, Enabled>(&recording),
            "default_sourcecode_rules" => both_sides::<OpRequest, Vec<SourceRule>>(&recording),
            "command" => both_sides::<OpRequest, CommandParts>(&recording),
            "run_starting" | "run_stopped" => both_sides::<RunEvent, RunChanges>(&recording),
            "unknown_hook" => {
                let e: HookError = serde_json::from_value(recording["error"].clone()).unwrap();
                assert_eq!(e.kind, ErrorKind::UnknownHook);
            }
            "resolve_op-fails" => survives::<HookError>(&recording["error"], "error"),
            other => panic!("{other} was never a hook of 1.0"),
        }
    }
    let info: PluginInfo = serde_json::from_str(include_str!("transcripts/1.0/info.json")).unwrap();
    assert_eq!((info.name.as_str(), info.version.as_str()), ("sample", "0.3.1"));
}

#[test]
fn every_hook_of_1_0_keeps_its_name() {
    let recorded = recordings();
    for hook in [
        hooks::RESOLVE_OP,
        hooks::OP_LOADED,
        hooks::ENABLED_FOR_OP,
        hooks::DEFAULT_SOURCECODE_RULES,
        hooks::COMMAND,
        hooks::RUN_STARTING,
        hooks::RUN_STOPPED,
    ] {
        assert!(recorded.iter().any(|(_, r)| r["hook"] == hook), "{hook}");
    }
}

#[test]
fn what_is_new_means_what_was_before_it() {
    let bare = dispatch::invoke(&plugin::Sample, hooks::RESOLVE_OP, "{}").unwrap();
    let reply: Reply<Option<ResolvedOp>> = serde_json::from_str(&bare).unwrap();
    assert_eq!(reply.result.unwrap().kind, None);
    let old = json!({"params": {}, "env": {}});
    assert!(serde_json::from_value::<CommandParts>(old).unwrap().unset.is_empty());
}
