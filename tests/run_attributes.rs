//! Attributes that an operation has its runs keep, and when a run's own are written.

use crate::harness::Project;

#[test]
fn an_operation_adds_attributes_to_its_runs() {
    let file = "op:\n  exec: 'true'\n  run-attrs:\n    team: vision\n    cost: {gpu: 2, n: 1}\n    \
                started: 1\n    id: x\n    ../out: 1\n";
    let project = Project::with(&[("guild.yml", file)]);
    let out = project.guild("run op -y").succeeds();
    let ignored = |name: &str| {
        format!("WARNING: Invalid run attribute '{name}' (reserved attribute) - ignoring\n")
    };
    assert_eq!(out.stderr, ignored("id") + &ignored("started"));
    let run = project.run();
    assert_eq!(project.attr(&run, "team"), "vision\n");
    assert_eq!(project.attr(&run, "cost"), "gpu: 2\n'n': 1\n");
    assert!(!run.join(".guild/out").exists());
    assert_eq!(project.info("team"), "vision");
}

#[test]
fn a_staged_run_has_no_environment_yet() {
    let project = Project::with(&[("guild.yml", "op:\n  exec: 'true'\n")]);
    project.guild("run op --stage --run-id r1 -y").succeeds();
    let env = project.run().join(".guild/attrs/env");
    assert!(!env.exists());
    project.guild("run --start r1 -y").succeeds();
    assert!(env.exists());
}

#[test]
fn devices_said_at_a_restart_are_for_that_start_alone() {
    let file = "op:\n  exec: printenv CUDA_VISIBLE_DEVICES\n";
    let project = Project::with(&[("guild.yml", file)]);
    assert_eq!(project.guild("run op --gpus 0,1 -y").succeeds().stdout, "0,1\n");
    assert_eq!(project.guild("run --restart op --gpus 2 -y").succeeds().stdout, "2\n");
    assert_eq!(project.guild("run --restart op -y").succeeds().stdout, "0,1\n");
}
