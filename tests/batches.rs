//! Batches: lists of values, batch files, and what becomes of them when they are stopped.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::{Project, assert_like, eventually, oracle};

const SCRIPT: &str = "x = 1\ny = 'a'\nprint('x is %s, %s' % (x, y))\n";

/// The runs without batches, each by its label and status, oldest first.
fn trials(project: &Project) -> Vec<(String, String)> {
    let text = project.guild("runs -s").succeeds().stdout;
    let mut rows: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("s.py+"))
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            (words[3..].join(" "), words[2].to_string())
        })
        .collect();
    rows.reverse();
    rows
}

/// The labels of the trials, sorted.
fn trials_of(project: &Project) -> Vec<String> {
    let mut labels: Vec<_> = trials(project).into_iter().map(|(label, _)| label).collect();
    labels.sort();
    labels
}

fn batch(project: &Project) -> PathBuf {
    let is_batch = |run: &PathBuf| run.join(".guild/proto").exists();
    project.runs().into_iter().find(is_batch).unwrap()
}

#[test]
fn a_list_runs_a_trial_for_each_value() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let out = project
        .guild("run s.py y=[b,a] x=range[1:2] --keep-batch --batch-label all")
        .input("y\n")
        .succeeds();
    assert_eq!(out.stdout, "x is 1, b\nx is 1, a\nx is 2, b\nx is 2, a\n");
    assert_like(
        &out.stderr,
        "You are about to run s.py as a batch (4 trials)\n  x: [1, 2]\n  y: [b, a]\n\
         Continue? (Y/n) INFO: [guild] Running trial ...: s.py (x=1, y=b)\n\
         INFO: [guild] Running trial ...: s.py (x=1, y=a)\n\
         INFO: [guild] Running trial ...: s.py (x=2, y=b)\n\
         INFO: [guild] Running trial ...: s.py (x=2, y=a)",
    );
    assert_eq!(
        project.guild("runs -s").succeeds().stdout,
        "[1]  s.py   completed  x=2 y=a\n[2]  s.py   completed  x=2 y=b\n\
         [3]  s.py   completed  x=1 y=a\n[4]  s.py   completed  x=1 y=b\n[5]  s.py+  completed  all\n"
    );
    let batch = batch(&project);
    let read = |name: &str| fs::read_to_string(batch.join(name)).unwrap();
    assert_eq!(read(".guild/opref").trim(), "builtin:guildai 0.9.0 '' +");
    assert_eq!(read(".guild/proto/.guild/attrs/flags"), "x:\n- 1\n- 2\n'y':\n- b\n- a\n");
    assert!(read(".guild/attrs/op").contains("guild.batch_main"));
    let output = read(".guild/output");
    assert!(output.contains("Running trial") && output.contains("x is 2, a\n"), "{output}");
    let links = fs::read_dir(&batch).unwrap().filter(|e| e.as_ref().unwrap().path().is_symlink());
    assert_eq!(links.count(), 4);
    // Without --keep-batch a batch that succeeds is no run any more.
    project.guild("run s.py x=[5] -y").succeeds();
    assert_eq!(project.guild("runs -s").succeeds().stdout.matches("s.py+").count(), 1);
}

#[test]
fn batch_files_give_trials() {
    let project = Project::with(&[
        ("s.py", SCRIPT),
        ("t.csv", "x,y\n3,c\n4,d\n"),
        ("one.json", r#"{"x": 7}"#),
        ("short.csv", "x,y\n3\n4,d\n"),
        ("bad.csv", "x,z\n1,2\n2,3\n"),
    ]);
    let out = project.guild("run s.py @t.csv y=e -y").succeeds();
    assert_eq!(out.stdout, "x is 3, e\nx is 4, e\n");
    let out = project.guild("run s.py @t.csv").input("n\n").succeeds();
    assert!(out.stderr.starts_with(
        "You are about to run s.py as a batch (2 trials) (flags below used unless specified in batch trial)\n"
    ));
    let out = project.guild("run s.py @one.json -y").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("x is 7, a\n", ""));
    let before = project.runs().len();
    // What a row ends without is the default.
    let out = project.guild("run s.py @short.csv --print-trials").succeeds();
    assert_eq!(out.stdout, "#  x  y\n1  3  a\n2  4  d\n");
    let out = project.guild("run s.py @bad.csv -y").fails(1);
    assert!(
        out.stderr.starts_with("guild: unsupported flag 'z' in batch file bad.csv\n"),
        "{}",
        out.stderr
    );
    let out = project.guild("run s.py @none.csv -y").fails(1);
    assert!(out.stderr.contains("none.csv does not exist"), "{}", out.stderr);
    assert_eq!(project.runs().len(), before);
}

#[test]
fn trials_can_be_seen_and_kept_without_running_them() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let out = project.guild("run s.py x=[1,2] y=[a,b] --print-trials").succeeds();
    assert_eq!(out.stdout, "#  x  y\n1  1  a\n2  1  b\n3  2  a\n4  2  b\n");
    let sample = |seed: u32| {
        let line = format!("run s.py x=range[1:100] -m 3 --random-seed {seed} --print-trials");
        project.guild(&line).succeeds().stdout
    };
    assert_eq!(sample(1).lines().count(), 4);
    assert_eq!(sample(1), sample(1));
    assert_ne!(sample(1), sample(2));
    project.guild_args(&["run", "s.py", "y=[a,'1','b,c']", "--save-trials", "t.csv"]).succeeds();
    let saved = fs::read_to_string(project.path("t.csv")).unwrap();
    assert!(saved.starts_with("x,y\n1,a\n1,'1'\n1,"), "{saved}");
    let out = project.guild("run s.py @t.csv -y").succeeds();
    assert_eq!(out.stdout, "x is 1, a\nx is 1, 1\nx is 1, b,c\n");
    project.guild("run s.py x=[1,2] --save-trials t.json").succeeds();
    let saved = fs::read_to_string(project.path("t.json")).unwrap();
    assert_eq!(saved, r#"[{"x": 1, "y": "a"}, {"x": 2, "y": "a"}]"#);
    project.guild("run s.py x=[1,2] --save-trials t.xxx").fails(1);
    let out = project.guild("run s.py --print-trials").fails(1);
    assert_eq!(out.stderr, "guild: cannot print trials for a non-batch operation\n");
}

#[test]
fn a_trial_that_fails_ends_the_batch_only_when_asked() {
    let script = "fail = False\nif fail:\n    raise SystemExit(3)\n";
    let project = Project::with(&[("s.py", script)]);
    let out = project.guild("run s.py fail=[yes,no] -y").succeeds();
    assert_like(
        &out.stderr,
        "INFO: [guild] Running trial ...: s.py (fail=yes)\n\
         ERROR: [guild] Trial ... exited with an error (3) - see log for details\n\
         INFO: [guild] Running trial ...: s.py (fail=no)",
    );
    project.guild("runs rm -y").succeeds();
    project.guild("run s.py fail=[yes,no] --fail-on-trial-error -y").fails(3);
    let expected = [("fail=no", "pending"), ("fail=yes", "error")];
    assert_eq!(trials(&project), expected.map(|(l, s)| (l.to_string(), s.to_string())));
    let exit = fs::read_to_string(batch(&project).join(".guild/attrs/exit_status")).unwrap();
    assert_eq!(exit, "3\n");
}

#[test]
fn a_batch_that_was_killed_goes_on_where_it_was() {
    let script = "import os, time\nx = 1\nopen(os.environ['LOG'], 'a').write('%s\\n' % x)\n\
                  if x == 3 and not os.path.exists(os.environ['LOG'] + '.go'):\n    time.sleep(60)\n";
    let project = Project::with(&[("s.py", script)]);
    let log = project.path("log");
    let started = || fs::read_to_string(&log).unwrap_or_default();
    let mut child = project.guild("run s.py x=range[1:5] -y").env("LOG", &log).start();
    eventually(|| (started() == "1\n2\n3\n").then_some(()));
    let batch = batch(&project);
    child.kill().unwrap();
    child.wait().unwrap();
    // What was running goes with it, as when a machine goes down.
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-KILL", "--", &group]).status().unwrap();
    fs::write(project.path("log.go"), "").unwrap();
    let id = batch.file_name().unwrap().to_str().unwrap().to_string();
    let again = || project.guild(&format!("run --restart {id} -y --keep-batch")).env("LOG", &log);
    eventually(|| (project.info("status") != "running").then_some(()));
    again().succeeds();
    assert_eq!(started(), "1\n2\n3\n3\n4\n5\n");
    let all: Vec<_> = (1..=5).map(|x| (format!("x={x}"), "completed".to_string())).collect();
    let mut found = trials(&project);
    found.sort();
    assert_eq!(found, all);
    // A batch that is complete is run again as a whole, as any run is.
    again().succeeds();
    assert_eq!(started().lines().count(), 11);
}

#[test]
fn a_batch_is_staged_and_started_again_and_needed_once() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let out = project.guild("run s.py x=[1,2] --stage -y").succeeds();
    let id = out.stdout.split_whitespace().nth(3).unwrap().to_string();
    assert!(out.stdout.starts_with("s.py+ staged as "), "{}", out.stdout);
    project.write("s.py", "raise SystemExit('changed')\n");
    let out = project.guild(&format!("run --start {id} --keep-batch -y")).succeeds();
    assert_eq!(out.stdout, "x is 1, a\nx is 2, a\n");
    project.write("s.py", SCRIPT);
    let out = project.guild("run s.py x=[1,2] --needed -y").succeeds();
    assert_like(
        &out.stdout,
        "Skipping because the following runs match this operation (--needed specified):\n  \
         [...]  s.py+  ...  completed",
    );
    let out = project.guild("run s.py x=[1,3] --needed -y").succeeds();
    assert_eq!(out.stdout, "x is 1, a\nx is 3, a\n");
    let out = project.guild(&format!("run --proto {id} y=[b,c] -y")).succeeds();
    assert_eq!(out.stdout, "x is 1, b\nx is 1, c\nx is 2, b\nx is 2, c\n");
    let out = project.guild("run s.py x=[8,9] --stage-trials -y").succeeds();
    assert!(out.stderr.contains("Staging trial ") && out.stdout.is_empty(), "{}", out.stderr);
    assert_eq!(project.guild("runs -Ss").succeeds().stdout.lines().count(), 2);
}

#[test]
fn ranges_in_lists_and_files_have_values_by_chance() {
    let project =
        Project::with(&[("s.py", SCRIPT), ("t.csv", "x,y\n[1:1000000],b\n[1:1000000],c\n")]);
    let printed = |line: &str| project.guild(&format!("run s.py {line}")).succeeds().stdout;
    let trials = |line: &str| printed(&format!("{line} --print-trials"));
    for line in ["@t.csv", "x=[1:1000000] y=[b,c] -o +"] {
        let seed = |n: u8| trials(&format!("{line} --random-seed {n}"));
        assert_eq!((seed(1), seed(1).lines().count()), (seed(1), 3));
        assert_ne!(seed(1), seed(2));
        assert!(seed(1).lines().all(|row| !row.contains("[1:")), "{}", seed(1));
    }
    // A batch that did not end goes on with the values that it had.
    let script = format!("{SCRIPT}import os\nraise SystemExit(y == 'c' and not os.getenv('GO'))\n");
    project.write("s.py", script);
    project.guild("run s.py @t.csv --fail-on-trial-error -y").fails(1);
    let before = trials_of(&project);
    let id = batch(&project).file_name().unwrap().to_str().unwrap().to_string();
    project.guild(&format!("run --restart {id} -y")).env("GO", "1").succeeds();
    assert_eq!(before.len(), 2);
    assert_eq!(trials_of(&project), before);
}

#[test]
fn a_batch_that_a_trial_has_ended_can_get_past_that_trial() {
    // Started by hand, and by a queue.
    for by_queue in [false, true] {
        let project = Project::with(&[("s.py", "x = 1\nraise SystemExit(x == 1)\n")]);
        project.guild("run s.py x=[1,2] --fail-on-trial-error --stage -y").succeeds();
        let id = batch(&project).file_name().unwrap().to_str().unwrap().to_string();
        let statuses =
            || trials(&project).into_iter().map(|(_, status)| status).collect::<Vec<_>>();
        match by_queue {
            false => drop(project.guild(&format!("run --start {id} -y")).fails(1)),
            true => {
                project.guild("run queue run-once=yes -y").succeeds();
                project.guild("runs rm -Fo queue -y").succeeds();
            }
        }
        assert_eq!(statuses(), ["pending", "error"]);
        project.guild(&format!("run --restart {id} -y --keep-batch")).succeeds();
        assert_eq!(statuses(), ["error", "completed"]);
    }
}

#[test]
fn what_gives_no_trials_is_refused() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    for (line, message) in [
        ("x=[]", "there are no trials to run"),
        (
            "x=[9:1] -o +",
            "invalid function args in 'x=uniform[9:1]': the lower bound 9 has to be less than the upper \
             bound 1",
        ),
        ("x=[1,2] -o magic", "cannot find optimizer 'magic'"),
        ("x=[1,2] -Fo a=1", "unsupported flag 'a'"),
        ("-Fo a=1", "invalid optimizer flag a=1: no optimizer specified"),
        ("x=[1,2] -N a -X b", "--minimize and --maximize cannot both be used"),
    ] {
        let out = project.guild(&format!("run s.py {line} -y")).fails(1);
        assert!(out.stderr.starts_with(&format!("guild: {message}\n")), "{line}: {}", out.stderr);
    }
    // More than fit in memory are counted, not made.
    let lists: String = ["x", "y"].map(|n| format!(" {n}=range[1:2000]")).concat();
    project.write("n.py", "x = 1\ny = 1\nprint(x, y)\n");
    let out = project.guild(&format!("run n.py{lists}")).input("n\n").succeeds();
    assert!(out.stderr.contains("as a batch (4000000 trials)"));
    let out = project.guild(&format!("run n.py{lists} -m 2 -y")).succeeds();
    assert_eq!(out.stdout.lines().count(), 2);
    let out = project.guild("run s.py -m 2 -y").succeeds();
    assert_eq!(out.stderr, "WARNING: not a batch run - ignoring --max-trials\n");
}

#[test]
fn either_program_runs_the_batch_that_the_other_staged() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("s.py", SCRIPT)]);
    fs::create_dir(project.home()).unwrap();
    let id = |out: String| out.split_whitespace().nth(3).unwrap().to_string();
    let ours = id(project.guild("run s.py x=[1,2] --stage -y").succeeds().stdout);
    let line = format!("run --start {ours} -y");
    let out = project.guild(&line).program(&oracle).succeeds();
    assert_eq!(out.stdout, "x is 1, a\nx is 2, a\n");
    let out = project.guild("run s.py x=[3,4] --stage -y").program(&oracle).succeeds();
    let line = format!("run --start {} -y", id(out.stdout));
    assert_eq!(project.guild(&line).succeeds().stdout, "x is 3, a\nx is 4, a\n");
}
