//! Every type of the model as JSON, with nothing in it and with everything: names, order and
//! defaults are frozen once they were released. A field may come, with a default; then this file
//! does not compile until it has the field too, and the difference of the snapshot is what a
//! reviewer looks at: lines may only be added.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails loudly")]

use guild_plugin_api::dispatch::{HookError, Reply};
use guild_plugin_api::model::{
    Choice, CommandParts, Debugging, Enabled, FlagDef, LoadedOp, MainReply, MainRequest, OpDef,
    OpRequest, PluginInfo, ResolveOp, ResolvedOp, RunChanges, RunEvent, Shortcut, SourceRule,
};
use guild_plugin_api::search::{
    DescribeOptimizer, Dimension, DimensionKind, Direction, OptimizerDef, SuggestTrials,
    SuggestedTrials, Trial,
};
use guild_plugin_api::setup::{
    CheckSetup, EnvironmentPlan, EnvironmentStep, FindPackages, PlanEnvironment, SetupFact,
    SetupReport,
};
use guild_plugin_api::{Context, ErrorKind, Level, LogRecord, Map, Value};
use serde::Serialize;

/// The JSON of `T::default()` and of a value in which every field says something.
fn shape<T: Serialize + Default>(name: &str, full: &T) -> String {
    let json = |value: &T| serde_json::to_string_pretty(value).unwrap();
    format!("{name}\nempty {}\nfull {}\n\n", json(&T::default()), json(full))
}

fn map(name: &str) -> Map {
    [(name, 1)].into_iter().collect()
}

fn text(name: &str) -> Option<String> {
    Some(name.into())
}

fn choice() -> Choice {
    Choice {
        value: Value::from("value"),
        alias: Value::from("alias"),
        description: text("description"),
        flags: map("flags"),
    }
}

fn flag() -> FlagDef {
    FlagDef {
        arg_split: Value::from("arg-split"),
        default: Value::from("default"),
        kind: text("kind"),
        description: text("description"),
        choices: vec![choice()],
        allow_other: true,
        required: true,
        arg_name: text("arg-name"),
        arg_skip: Some(false),
        arg_switch: Value::from("arg-switch"),
        arg_encoding: map("arg-encoding"),
        env_name: text("env-name"),
        env_encoding: map("env-encoding"),
        alias: text("alias"),
        null_label: Value::from("null-label"),
        min: Value::from("min"),
        max: Value::from("max"),
        distribution: text("distribution"),
        origin: text("origin"),
        other: [("any-other".to_string(), Value::Null)].into(),
    }
}

fn op() -> OpDef {
    OpDef {
        exec: text("exec"),
        description: text("description"),
        flags: [("flag".to_string(), FlagDef::default())].into_iter().collect(),
        flags_dest: text("flags-dest"),
        objective: Value::from("objective"),
        output_scalars: Value::from("output-scalars"),
        plugins: Some(vec!["plugins".into()]),
        sourcecode: Value::from("sourcecode"),
        label: text("label"),
        tags: vec!["tags".into()],
        env: map("env"),
        allow_other_flags: true,
        other: [("any-other".to_string(), Value::Null)].into(),
    }
}

fn requests() -> String {
    let request = OpRequest {
        name: "name".into(),
        project_dir: "project-dir".into(),
        op: OpDef::default(),
        sourcecode_dest: "sourcecode-dest".into(),
        flags: map("flags"),
        parents: vec!["/a".into()],
        debugging: Some(Debugging {
            breakpoints: vec!["breakpoint".into()],
            break_on_error: true,
            sourcecode: vec!["/b".into()],
        }),
    };
    let event = RunEvent {
        run_id: "run-id".into(),
        run_dir: "run-dir".into(),
        name: "name".into(),
        project_dir: "project-dir".into(),
        op: OpDef::default(),
        cmd: vec!["cmd".into()],
        flags: map("flags"),
        label: "label".into(),
        tags: vec!["tags".into()],
        exit_status: Some(-15),
    };
    let main = MainRequest {
        args: vec!["args".into()],
        guild: "guild".into(),
        run_id: "run-id".into(),
        run_dir: "run-dir".into(),
        model: "model".into(),
        name: "name".into(),
        project_dir: "project-dir".into(),
        attrs: map("attrs"),
    };
    let mut context = Context::new("cwd", "home");
    context.debug = true;
    context.guild_version = "guild-version".into();
    shape("Context", &context)
        + &shape("ResolveOp", &ResolveOp { spec: "spec".into() })
        + &shape("OpRequest", &request)
        + &shape("RunEvent", &event)
        + &shape("MainRequest", &main)
}

fn replies() -> String {
    let info = PluginInfo {
        name: "name".into(),
        version: "version".into(),
        description: "description".into(),
    };
    let resolved = ResolvedOp {
        name: "name".into(),
        base_dir: "base-dir".into(),
        project_dir: "project-dir".into(),
        op: OpDef::default(),
        kind: text("kind"),
    };
    let loaded = LoadedOp {
        exec: "exec".into(),
        flags: [("flag".to_string(), FlagDef::default())].into_iter().collect(),
        flags_dest: text("flags-dest"),
        allow_other_flags: true,
        shows_attribute: true,
    };
    let parts = CommandParts {
        params: [("name".to_string(), "params".to_string())].into(),
        env: [("NAME".to_string(), "env".to_string())].into(),
        passing_env: [("NAME".to_string(), "passing-env".to_string())].into(),
        unset: vec!["unset".into()],
        exec: text("exec"),
        shortcuts: vec![Shortcut { words: vec!["words".into()], by: vec!["by".into()] }],
        attrs: map("attrs"),
    };
    let rule = SourceRule {
        include: true,
        patterns: vec!["patterns".into()],
        kind: text("kind"),
        sentinel: text("sentinel"),
        size_gt: Some(1),
        size_lt: Some(2),
        max_matches: Some(3),
    };
    let enabled = Enabled { enabled: true, reason: "reason".into() };
    shape("PluginInfo", &info)
        + &shape("ResolvedOp", &resolved)
        + &shape("LoadedOp", &loaded)
        + &shape("Enabled", &enabled)
        + &shape("CommandParts", &parts)
        + &shape("SourceRule", &rule)
        + &shape("RunChanges", &RunChanges { attrs: map("attrs") })
        + &shape("MainReply", &MainReply { exit_status: -2 })
}

fn searches() -> String {
    let def = OptimizerDef {
        name: "name".into(),
        model_name: "model-name".into(),
        description: "description".into(),
        title: text("title"),
        flags: [("flag".to_string(), FlagDef::default())].into_iter().collect(),
        max_trials: Some(1),
        sequential: true,
        delete_on_success: true,
        exec: text("exec"),
        prev_trials_flag: text("prev-trials-flag"),
    };
    let dimension = Dimension {
        kind: DimensionKind::Float,
        choices: vec![Value::from("choices")],
        low: Value::from("low"),
        high: Value::from("high"),
        log: true,
    };
    let trial = Trial {
        flags: map("flags"),
        value: Some(0.5),
        status: "status".into(),
        seconds: Some(1.5),
    };
    let request = SuggestTrials {
        optimizer: "optimizer".into(),
        options: map("options"),
        space: [("flag".to_string(), dimension)].into_iter().collect(),
        objective: "objective".into(),
        direction: Direction::Maximize,
        seed: -1,
        history: vec![trial],
        pending: vec![Trial::default()],
        earlier: vec![Trial::default()],
        count: 1,
        max_trials: Some(2),
        params: [("name".to_string(), "param".to_string())].into_iter().collect(),
    };
    let kinds = [DimensionKind::Choice, DimensionKind::Int, DimensionKind::Float];
    let kinds = serde_json::to_string(&kinds).unwrap();
    shape("DescribeOptimizer", &DescribeOptimizer { name: "name".into() })
        + &shape("OptimizerDef", &def)
        + &shape("SuggestTrials", &request)
        + &shape("SuggestedTrials", &SuggestedTrials { trials: vec![map("x")], done: true })
        + &format!("DimensionKind\nall {kinds}\n\n")
}

fn of_setups() -> String {
    let check =
        CheckSetup { project_dir: "/p".into(), topics: vec!["topic".into()], verbose: true };
    let fact = SetupFact {
        name: "name".into(),
        value: "value".into(),
        environment: true,
        fix: text("fix"),
    };
    let report = SetupReport { facts: vec![fact], topics: vec!["topic".into()] };
    let wanted = PlanEnvironment {
        kind: "kind".into(),
        dir: "/p/env".into(),
        name: "name".into(),
        version: text("version"),
        guild: text("guild"),
        system_packages: true,
        requirements: vec!["requirement".into()],
        no_requirements: true,
        packages: vec!["package".into()],
        paths: vec!["/p/path".into()],
        pre_release: true,
        no_progress: true,
        project_dir: "/p".into(),
    };
    let step = EnvironmentStep {
        message: "message".into(),
        command: vec!["command".into()],
        file: Some(("/p/env/file".into(), "text".into())),
    };
    let plan = EnvironmentPlan {
        summary: vec![("name".into(), vec!["value".into()])],
        steps: vec![step],
        activate: text("activate"),
    };
    shape("CheckSetup", &check)
        + &shape("FindPackages", &FindPackages { project_dir: "/p".into() })
        + &shape("SetupReport", &report)
        + &shape("PlanEnvironment", &wanted)
        + &shape("EnvironmentPlan", &plan)
}

fn envelope() -> String {
    let said = |level| LogRecord { level, message: "message".into() };
    let log = [Level::Info, Level::Warning, Level::Debug].map(said);
    let error = HookError {
        kind: ErrorKind::Panic,
        message: "message".into(),
        hint: text("hint"),
        log: log.to_vec(),
    };
    let reply = Reply { result: true, log: log.to_vec() };
    let kinds =
        [ErrorKind::UnknownHook, ErrorKind::BadRequest, ErrorKind::Panic, ErrorKind::Failed];
    let reply = serde_json::to_string_pretty(&reply).unwrap();
    let kinds = serde_json::to_string(&kinds).unwrap();
    shape("HookError", &error) + &format!("Reply\nfull {reply}\n\nErrorKind\nall {kinds}\n\n")
}

fn values() -> String {
    let all = [
        Value::Null,
        Value::from(true),
        Value::Int(-1),
        Value::BigInt("123456789012345678901234567890".into()),
        Value::Float(0.1),
        Value::Float(f64::INFINITY),
        Value::Float(f64::NEG_INFINITY),
        Value::Float(f64::NAN),
        Value::from("text"),
        Value::Time("2020-01-02 03:04:05".into()),
        Value::from(vec![1, 2]),
        Value::Set(vec![Value::Int(1), Value::Int(2)]),
        Value::Map(map("a")),
        Value::Map(map("$a")),
        Value::Map([(1, 2)].into_iter().collect()),
    ];
    let lines: Vec<_> = all.iter().map(|v| serde_json::to_string(v).unwrap()).collect();
    format!("Value\n{}\n", lines.join("\n"))
}

#[test]
fn the_texts_between_host_and_plugin() {
    let definitions =
        shape("OpDef", &op()) + &shape("FlagDef", &flag()) + &shape("Choice", &choice());
    insta::assert_snapshot!(
        requests()
            + &replies()
            + &definitions
            + &searches()
            + &of_setups()
            + &envelope()
            + &values()
    );
}
