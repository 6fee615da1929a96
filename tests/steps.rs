//! Pipelines: operations with `steps`, by the plugin `steps` and the hook `main`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Project, assert_like, eventually, oracle};

const FILES: &[(&str, &str)] = &[
    (
        "guild.yml",
        "prep:\n  exec: sh -c 'echo prep ${x}; echo data > out.txt'\n  flags: {x: 1}\n\
         train:\n  exec: sh -c 'echo train ${lr} ${name}'\n  flags: {lr: 0.1, name: a}\n  requires: \
         [{operation: prep, path: out.txt}]\n\
         bad: {exec: sh -c 'exit 3'}\n\
         plain: {steps: [prep, train]}\n\
         flags:\n  flags: {lr: 0.5, name: b c, n: null, prep:x: 9, t:lr: 7}\n  steps:\n\
         \x20 - prep x=3\n\
         \x20 - run: train lr=${lr} name='${name} d'\n\
         \x20 - {run: train, name: t, flags: {name: '${n}'}}\n\
         \x20 - {run: prep, flags: {x: 0x1f}}\n\
         options:\n  steps:\n\
         \x20 - prep --label 'a b' -t u -tv --stage-trials=\n\
         checks:\n  steps:\n\
         \x20 - {run: prep, expect: [{output: 'p.+p 1'}, {file: 'o*.txt', contains: dat}]}\n\
         \x20 - {run: prep x=2, name: again, expect: {file: nothing}}\n\
         fails: {steps: [prep, prep, bad, train]}\n\
         outer: {steps: [{run: plain, label: in}, fails]}\n\
         missing: {steps: [train]}\n\
         shared: {steps: [{run: train, isolate-runs: no}]}\n\
         needed: {steps: [prep --needed, {run: prep, needed: yes, name: twice}, train]}\n\
         ignored: {steps: [prep --run-dir /nowhere --yes]}\n\
         batch: {steps: ['prep x=[1,2] --batch-label B --label L']}\n",
    ),
    (
        "m/guild.yml",
        "- model: a\n  operations:\n    op: {exec: echo a, flags: {x: 1}}\n    pipe: {steps: [op, b:op], flags: \
         {a:op:x: 2, op:x: 3}}\n\
         - model: b\n  operations: {op: {exec: echo b}}\n",
    ),
];

/// The links of a run with what they lead to, as operations.
fn links(project: &Project, run: &Path) -> Vec<(String, String)> {
    let mut links: Vec<_> = fs::read_dir(run)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_symlink() && path.exists())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            (name, project.attr(&fs::canonicalize(path).unwrap(), "flags"))
        })
        .collect();
    links.sort();
    links
}

fn target(run: &Path, link: &str) -> PathBuf {
    fs::canonicalize(run.join(link)).unwrap()
}

/// A text without what differs from run to run.
fn plain(text: &str) -> String {
    let id = |word: &str| word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let shown = words.map(|word| {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if id(bare) { word.replace(bare, "ID") } else { word.into() }
    });
    shown.collect()
}

/// Runs the same in a project of the oracle's and of ours.
fn compare(args: &[&str], dir: &str, code: i32) {
    let Some(oracle) = oracle() else { return };
    let [theirs, ours] = [Some(&oracle), None].map(|program| {
        let project = Project::with(FILES);
        fs::create_dir(project.home()).unwrap();
        let guild = |args: &[&str]| {
            let guild = project.guild_args(args).current_dir(project.path(dir));
            match program {
                Some(program) => guild.program(program),
                None => guild,
            }
        };
        if args == ["shared"] {
            guild(&["run", "-y", "prep", "x=5"]).succeeds();
        }
        let before = project.runs().len();
        let out = guild(&[&["run", "-y"], args].concat()).outcome();
        let runs = project.runs().split_off(before);
        let about = |run: &PathBuf| {
            let attrs =
                ["flags", "label", "tags", "steps", "exit_status", "user_flags"].map(|name| {
                    let path = run.join(".guild/attrs").join(name);
                    plain(&fs::read_to_string(path).unwrap_or_default())
                });
            let opref = fs::read_to_string(run.join(".guild/opref")).unwrap();
            let links: Vec<_> = links(&project, run)
                .into_iter()
                .map(|(name, flags)| (name, plain(&flags)))
                .collect();
            (opref.rsplit(' ').next().unwrap().to_string(), attrs, links)
        };
        let mut about: Vec<_> = runs.iter().map(about).collect();
        // Trials have any order.
        about.sort();
        let output = fs::read_to_string(runs[0].join(".guild/output")).unwrap();
        assert_eq!(out.code, Some(code), "{out:?}");
        // Each of the two streams has its own order, which the order of the lines does not tell.
        (plain(&out.stdout), plain(&out.stderr), plain(&output).lines().count(), about)
    });
    assert_eq!(ours, theirs, "{args:?}");
}

#[test]
fn steps_run_as_in_0_9_0() {
    compare(&["plain", "--label", "a b", "--tag", "c"], "", 0);
    compare(&["flags", "lr=2"], "", 0);
    compare(&["a:pipe"], "m", 0);
}

#[test]
fn steps_fail_as_in_0_9_0() {
    compare(&["outer"], "", 3);
    compare(&["checks"], "", 3);
}

#[test]
fn steps_see_the_runs_that_they_see_in_0_9_0() {
    compare(&["shared"], "", 0);
    compare(&["ignored"], "", 0);
    compare(&["batch"], "", 0);
}

#[test]
fn a_step_that_is_not_needed_leaves_no_link() {
    let project = Project::with(FILES);
    project.guild("run needed -y").succeeds();
    let run = project.runs().remove(0);
    let names: Vec<_> = links(&project, &run).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["prep", "train"]);
    assert!(!run.join("twice").is_symlink());
    assert_eq!(project.runs().len(), 3);
}

#[test]
fn a_step_finds_only_runs_of_its_pipeline() {
    let project = Project::with(FILES);
    project.guild("run prep -y").succeeds();
    let out = project.guild("run missing -y").fails(1);
    assert!(out.stderr.contains("no suitable run for prep"), "{}", out.stderr);
    assert!(links(&project, &project.runs()[1]).is_empty());
}

#[test]
fn invalid_steps_leave_no_run() {
    for (steps, words) in [
        ("[[1, 2]]", "invalid step data: [1, 2]"),
        ("[null]", "invalid step data: None"),
        ("['  ']", "invalid step {'run': '  '}: must define run"),
        ("[{name: x}]", "invalid step {'name': 'x'}: must define run"),
        ("[a --foo]", "invalid run spec 'a --foo': No such option: --foo"),
        ("[--needed]", "invalid step {'run': '--needed'}: must define run"),
        ("[a b]", "invalid argument(s):\nb\nexpected NAME=VAL"),
        (
            "[{run: a, expect: {output: '('}}]",
            "invalid step {'run': 'a', 'expect': {'output': '('}}: invalid regular expression: '('",
        ),
    ] {
        let project = Project::with(&[("guild.yml", &format!("op:\n  steps: {steps}\n"))]);
        let out = project.guild("run op").fails(1);
        assert_eq!(out.stderr, format!("guild: {words}\n"), "{steps}");
        assert!(project.runs().is_empty());
        // Others can be looked at all the same.
        assert_eq!(project.guild("ops").succeeds().stderr, "");
    }
    let project = Project::with(&[("guild.yml", "op: {steps: ['a x=${y}']}\n")]);
    let out = project.guild("run op -y").fails(1);
    let words =
        "guild: invalid step 'a': '${y}' refers to a flag that the pipeline does not have\n";
    assert_eq!(out.stderr, words);
}

#[test]
fn unknown_attributes_of_a_step_are_told() {
    let project = Project::with(&[(
        "guild.yml",
        "a: {exec: echo a}\nop: {steps: [{run: a, isolated-runs: no}]}\n",
    )]);
    let out = project.guild("run op -y").succeeds();
    let words = "WARNING: [guild] attribute 'isolated-runs' of step 'a' is unknown and ignored";
    assert!(out.stderr.contains(words), "{}", out.stderr);
}

#[test]
fn a_pipeline_goes_on_where_it_failed() {
    let project = Project::with(FILES);
    project.guild("run outer -y").fails(3);
    let outer = project.runs().remove(0);
    let inner = target(&outer, "fails");
    let [plain, prep, prep_2, bad] =
        [(&outer, "plain"), (&inner, "prep"), (&inner, "prep_2"), (&inner, "bad")]
            .map(|(run, link)| target(run, link));
    let text = fs::read_to_string(project.path("guild.yml")).unwrap();
    project.write("guild.yml", text.replace("exit 3", "echo good"));

    let id = outer.file_name().unwrap().to_str().unwrap();
    let out = project.guild(&format!("run --restart {id} -y")).succeeds();
    assert_like(
        &out.stderr,
        "INFO: [guild] skipping plain: done by run ...\n\
         INFO: [guild] running fails: fails\n\
         INFO: [guild] skipping prep: done by run ...\n\
         INFO: [guild] skipping prep: done by run ...\n\
         INFO: [guild] running bad: bad\n\
         INFO: [guild] running train: train\n\
         Resolving operation:prep\n\
         Using run ... for operation:prep",
    );
    assert_eq!(out.stdout, "good\ntrain 0.1 a\n");
    assert_eq!(target(&outer, "plain"), plain);
    assert_eq!(target(&outer, "fails"), inner);
    assert_eq!([target(&inner, "prep"), target(&inner, "prep_2")], [prep, prep_2]);
    assert_ne!(target(&inner, "bad"), bad);
    assert!(bad.join(".guild/attrs/exit_status").exists());
    assert!(!inner.join("bad_2").is_symlink());

    // Once it is done, it starts over.
    let out = project.guild(&format!("run --restart {id} -y")).succeeds();
    assert!(!out.stderr.contains("skipping"), "{}", out.stderr);
    assert_ne!(target(&outer, "plain"), plain);
    assert_eq!(links(&project, &outer).len(), 2);
}

#[test]
fn other_flags_run_the_steps_again_that_have_them() {
    let files = "a: {exec: 'echo a', flags: {x: 1}}\nbad: {exec: 'false', flags: {y: 1}}\n\
         p: {flags: {x: 1, y: 1}, steps: ['a', 'a x=${x}', 'bad y=${y}']}\n";
    let project = Project::with(&[("guild.yml", files)]);
    project.guild("run p -y").fails(1);
    let run = project.runs().remove(0);
    let id = run.file_name().unwrap().to_str().unwrap().to_string();
    for (flag, skipped) in [("y=2", 2), ("x=2", 1)] {
        let out = project.guild(&format!("run --restart {id} {flag} -y")).fails(1);
        assert_eq!(out.stderr.matches("skipping").count(), skipped, "{flag}: {}", out.stderr);
    }
    // A run that is gone is made again.
    fs::remove_dir_all(target(&run, "a")).unwrap();
    let out = project.guild(&format!("run --restart {id} -y")).fails(1);
    assert!(!out.stderr.contains("skipping"), "{}", out.stderr);
    assert_eq!(links(&project, &run).len(), 3);
}

#[test]
fn either_guild_restarts_the_pipelines_of_the_other() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(FILES);
    fs::create_dir(project.home()).unwrap();
    project.guild("run fails -y").fails(3);
    project.guild("run fails -y").program(&oracle).fails(3);
    let text = fs::read_to_string(project.path("guild.yml")).unwrap();
    project.write("guild.yml", text.replace("exit 3", "true"));
    let pipelines: Vec<_> =
        project.runs().into_iter().filter(|run| run.join(".guild/attrs/steps").exists()).collect();
    let [ours, theirs] = &pipelines[..] else { panic!("{pipelines:?}") };
    let restart = |run: &Path| {
        let id = run.file_name().unwrap().to_str().unwrap().to_string();
        project.guild_args(&["run", "-y", "--restart", &id])
    };
    restart(ours).program(&oracle).succeeds();
    restart(theirs).succeeds();
    for run in [ours, theirs] {
        assert_eq!(project.attr(run, "exit_status"), "0\n");
        assert!(run.join("train/.guild").exists());
    }
}

#[test]
fn staged_pipelines_and_batches_of_pipelines() {
    let project = Project::with(FILES);
    project.guild("run plain --stage -y").succeeds();
    let id = project.run().file_name().unwrap().to_str().unwrap().to_string();
    project.guild(&format!("run --start {id} -y")).succeeds();
    assert_eq!(links(&project, &project.runs()[0]).len(), 2);

    let project = Project::with(FILES);
    project.guild("run flags lr=[1,2] --stage-trials -y").succeeds();
    project.guild("run flags lr=3 -y").succeeds();
    let staged = project.guild("runs -Fo flags --staged").succeeds().stdout;
    assert_eq!(staged.lines().count(), 2);
    let id = staged.split([':', ']']).nth(1).unwrap().to_string();
    let out = project.guild(&format!("run --start {id} -y")).succeeds();
    assert_eq!(out.stderr.matches("INFO: [guild] running ").count(), 4);
}

const SLOW: &[(&str, &str)] = &[(
    "guild.yml",
    "slow: {exec: sh -c 'echo started; exec sleep 60'}\nop: {steps: [slow, slow]}\n",
)];

/// Starts a pipeline, sends it a signal once its step is at work, and says how all runs ended.
fn interrupted(signal: &str, group: bool) -> (Option<i32>, Vec<String>) {
    let project = Project::with(SLOW);
    let child = project.guild("run op -y").start();
    eventually(|| {
        let step = project.runs().into_iter().nth(1)?;
        let output = fs::read_to_string(step.join(".guild/output")).ok()?;
        (output.contains("started") && step.join(".guild/LOCK").exists()).then_some(())
    });
    let target = if group { format!("-{}", child.id()) } else { child.id().to_string() };
    assert!(Command::new("kill").args([signal, "--", &target]).status().unwrap().success());
    let out = child.wait_with_output().unwrap();
    let runs = project.runs();
    (out.status.code(), runs.iter().map(|run| project.attr(run, "exit_status")).collect())
}

#[test]
fn signals_end_the_pipeline_and_its_step() {
    // From a terminal, Ctrl-C comes to all at once.
    let (code, ended) = interrupted("-INT", true);
    assert_ne!(code, Some(0));
    assert_eq!(ended.len(), 2, "no further step is run");
    assert!(ended.iter().all(|status| status.starts_with('-')), "{ended:?}");
    let (code, ended) = interrupted("-TERM", false);
    assert_ne!(code, Some(0));
    assert_eq!(ended, ["-15\n", "-15\n"]);
}

#[test]
fn a_pipeline_that_runs_itself_ends() {
    let project = Project::with(&[("guild.yml", "op: {steps: [op]}\n")]);
    let out = project.guild("run op -y").env("GUILD_STEPS_NESTED", "48").fails(1);
    let words = "guild: there are more than 50 pipelines within one another: does 'op' run itself?";
    assert!(out.stderr.contains(words), "{}", out.stderr);
}

#[test]
fn a_pipeline_is_shown_with_its_steps() {
    let project = Project::with(FILES);
    let shown = project.guild("ops show needed").succeeds().stdout;
    assert!(shown.contains("  steps:\n  - prep --needed\n"), "{shown}");
    assert!(!shown.contains("exec"), "{shown}");
}

#[test]
fn the_program_of_a_plugin_belongs_to_a_run() {
    let project = Project::new();
    let out = project.guild("plugins main steps").fails(1);
    assert!(
        out.stderr.starts_with("guild: there is no run: RUN_DIR is not set\n"),
        "{}",
        out.stderr
    );
    let out = project.guild("plugins main nope").fails(1);
    assert!(out.stderr.starts_with("guild: there is no plugin 'nope'\n"), "{}", out.stderr);
    project.write("guild.yml", "op: {exec: '${guild} plugins main exec_script -x'}\n");
    let out = project.guild("run op -y").fails(1);
    assert_eq!(out.stderr, "guild: this plugin has no program of its own\n");
    assert!(project.attr(&project.run(), "op").contains("- ${guild}\n"));
}
