//! Attributes that an operation has its runs keep, and when a run's own are written.

use std::path::Path;

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

#[test]
fn variables_that_are_secrets_are_not_kept() {
    let op = |name: &str, secrets: &str| {
        format!(
            "{name}: {{exec: 'sh -c \"echo $CODE $CODEX\"', env: {{CODE: 1, CODEX: 2}}, flags: {{x: 1}}, \
             env-secrets: {secrets}}}\n"
        )
    };
    let file = [op("list", "[CODE, OTHER]"), op("one", "CODEX"), op("neither", "no")].concat();
    let project = Project::with(&[("guild.yml", &file)]);
    let kept = |run: &Path| {
        let env = project.attr(run, "env");
        ["CODE:", "CODEX:", "OTHER:"].map(|name| env.lines().any(|line| line.starts_with(name)))
    };
    let run = |line: &str| project.guild(line).env("OTHER", "3").succeeds().stdout;
    assert_eq!(run("run list -y"), "1 2\n");
    assert_eq!(kept(&project.run()), [false, true, false]);
    // The definition is not read again.
    project.write("guild.yml", "");
    assert_eq!(run("run --restart 1 -y"), "1 2\n");
    assert_eq!(kept(&project.run()), [false, true, false]);
    project.write("guild.yml", &file);
    for (name, expected) in [("one", [true, false, true]), ("neither", [true; 3])] {
        run(&format!("run {name} -y"));
        assert_eq!(kept(project.runs().last().unwrap()), expected, "{name}");
    }
    run("run list x=[1,2] --keep-batch -y");
    let of_batch = project.runs().into_iter().skip(3);
    let kept_of_batch: Vec<_> = of_batch.map(|run| kept(&run)).collect();
    // The batch itself has none of what `env` says.
    let [batch, trials @ ..] = &kept_of_batch[..] else { panic!("{kept_of_batch:?}") };
    assert_eq!((*batch, trials), ([false; 3], &[[false, true, false]; 2][..]));
}
