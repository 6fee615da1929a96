//! A run's life beyond its first start: staged, started again, repeated, in the background.

use std::fs;
use std::time::{Duration, Instant};

use crate::harness::{Project, assert_like, eventually, oracle};

const SCRIPT: &str = "x = 1\nname = 'a'\nprint('x is %s, %s' % (x, name))\n";

fn staged(project: &Project, line: &str) -> String {
    let out = project.guild(line).succeeds();
    let id = out.stdout.split_whitespace().nth(3).unwrap().to_string();
    assert_like(
        &out.stdout,
        &format!("s.py staged as {id}\nTo start the operation, use 'guild run --start {id}'"),
    );
    id
}

#[test]
fn a_staged_run_waits_and_starts() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let id = staged(&project, "run s.py x=2 --stage -y");
    let run = project.run();
    assert!(run.join(".guild/STAGED").exists() && run.join("s.py").exists());
    assert!(fs::read_to_string(run.join(".guild/ENV")).unwrap().contains("export FLAG_X=2\n"));
    assert_eq!(project.info("status"), "staged");

    // The source code is that of the run.
    project.write("s.py", "raise SystemExit('changed')\n");
    let out = project.guild(&format!("run --start {}", &id[..6])).input("y\n").succeeds();
    assert_eq!(out.stdout, "x is 2, a\n");
    let question =
        format!("You are about to start {id} (s.py)\n  name: a\n  x: 2\nContinue? (Y/n) ");
    assert_eq!(out.stderr, question);
    assert_eq!(project.info("status"), "completed");
    assert!(!run.join(".guild/STAGED").exists());
}

#[test]
fn a_restart_takes_new_flags_and_keeps_the_others() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    project.guild("run s.py x=2 name=b --label first -y").succeeds();
    let run = project.run();
    let initialized = project.attr(&run, "initialized");
    assert_eq!(project.guild("run --restart s.py x=3 -y").succeeds().stdout, "x is 3, b\n");
    assert_eq!(project.guild("run --restart s.py -y").succeeds().stdout, "x is 3, b\n");
    assert_eq!(project.run(), run);
    assert_eq!(project.attr(&run, "initialized"), initialized);
    assert_eq!(project.attr(&run, "label"), "first\n");
    project.guild("run --restart s.py x=oops -y y=1").fails(1);
    assert_eq!(project.info("status"), "completed");

    project.write("s.py", "x = 1\nname = 'a'\nprint('new', x)\n");
    assert_eq!(project.guild("run --restart s.py -y").succeeds().stdout, "x is 3, b\n");
    let out = project.guild("run --restart s.py --force-sourcecode -y").succeeds();
    assert_eq!(out.stdout, "new 3\n");
}

#[test]
fn what_fails_before_it_starts_leaves_a_run_as_it_was() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let id = staged(&project, "run s.py --stage -y");
    let out =
        project.guild(&format!("run --start {id} -y")).env("GUILD_PYTHON", "/nowhere").outcome();
    assert_ne!(out.code, Some(0));
    assert_eq!(project.info("status"), "staged");
    let out = project.guild(&format!("run --start {id} --proto x -d y -y")).fails(1);
    assert_eq!(
        out.stderr,
        "guild: --proto cannot be used with --restart\nTry 'guild run --help' for more information.\n"
    );
    let out = project.guild("run --restart nothing -y").fails(1);
    assert!(
        out.stderr.starts_with("guild: could not find a run matching 'nothing'"),
        "{}",
        out.stderr
    );
}

#[test]
fn a_prototype_gives_operation_flags_and_source_code() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    project.guild("run s.py x=2 --random-seed 7 -y").succeeds();
    let first = project.run();
    let id = first.file_name().unwrap().to_str().unwrap().to_string();
    project.write("s.py", "x = 1\nname = 'a'\nprint('new')\n");
    assert_eq!(project.guild(&format!("run --proto {id} -y")).succeeds().stdout, "x is 2, a\n");
    let out = project.guild(&format!("run --proto {id} name=c -y")).succeeds();
    assert_eq!(out.stdout, "x is 2, c\n");
    let runs = project.runs();
    assert_eq!(runs.len(), 3);
    for name in ["sourcecode_digest", "random_seed", "op"] {
        assert_eq!(project.attr(&runs[0], name), project.attr(&runs[1], name), "{name}");
    }
    let manifest = |run: &std::path::Path| fs::read_to_string(run.join(".guild/manifest")).unwrap();
    assert_eq!(manifest(&runs[0]), manifest(&runs[2]));
    let out = project.guild(&format!("run --proto {id} --force-sourcecode -y")).succeeds();
    assert_eq!(out.stdout, "new\n");
}

#[test]
fn what_is_there_needs_no_run() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    project.guild("run s.py --needed -y").succeeds();
    let out = project.guild("run s.py x=1 --needed -y").succeeds();
    assert_like(
        &out.stdout,
        "Skipping because the following runs match this operation (--needed specified):\n  \
         [...]  s.py  ...  completed  name=a x=1",
    );
    let out = project.guild("run --restart s.py --needed -y").succeeds();
    assert_eq!(out.stdout, "Skipping run because flags have not changed (--needed specified)\n");
    project.guild("run s.py x=2 --needed -y").succeeds();
    assert_eq!(project.runs().len(), 2);
    // A run that failed or never started is none.
    fs::write(project.runs()[1].join(".guild/attrs/exit_status"), "1\n").unwrap();
    project.guild("run s.py x=2 --needed -y").succeeds();
    assert_eq!(project.runs().len(), 3);
}

#[test]
fn a_run_in_the_background_goes_on_alone() {
    let project = Project::with(&[("s.py", "import time\ntime.sleep(0.2)\nprint('done')\n")]);
    let pidfile = project.path("pid");
    let line = format!("run s.py -y --pidfile {}", pidfile.display());
    let begun = Instant::now();
    let out = project.guild(&line).succeeds();
    let waited = begun.elapsed();
    let id = project.run().file_name().unwrap().to_str().unwrap().to_string();
    let pid = pidfile.display();
    assert_eq!(out.stderr, format!("s.py started in background as {id} (pidfile {pid})\n"));
    // Who looks for it now finds it, unless it took longer to begin than a command waits for.
    let rows = project.guild("runs -s").succeeds().stdout;
    let waits = rows.contains("staged") || rows.contains("pending");
    assert!(!waits || waited >= Duration::from_secs(5), "{rows}");
    let exit = project.run().join(".guild/attrs/exit_status");
    eventually(|| exit.exists().then_some(()));
    eventually(|| (!pidfile.exists()).then_some(()));
    let output = fs::read_to_string(project.run().join(".guild/output")).unwrap();
    assert_eq!(output, "done\n");
}

#[test]
fn a_run_may_be_a_means_to_an_end() {
    let guildfile = "op:\n  exec: sh -c 'exit ${code}'\n  delete-on-success: yes\n  \
                     flags:\n    code: 0\n";
    let project = Project::with(&[("guild.yml", guildfile)]);
    project.guild("run op -y").succeeds();
    assert_eq!(project.runs().len(), 0);
    assert_eq!(project.guild("runs -d").succeeds().stdout.lines().count(), 1);
    project.guild("run op -y --keep-run").succeeds();
    project.guild("run op -y code=2").fails(2);
    assert_eq!(project.runs().len(), 2);
}

#[test]
fn either_program_starts_what_the_other_staged() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("s.py", SCRIPT)]);
    fs::create_dir(project.home()).unwrap();
    let ours = staged(&project, "run s.py x=2 --stage -y");
    let line = format!("run --start {ours} -y");
    assert_eq!(project.guild(&line).program(&oracle).succeeds().stdout, "x is 2, a\n");
    project.guild("run s.py x=3 --stage -y").program(&oracle).succeeds();
    let theirs = project.runs()[1].file_name().unwrap().to_str().unwrap().to_string();
    let line = format!("run --start {theirs} -y");
    assert_eq!(project.guild(&line).succeeds().stdout, "x is 3, a\n");
    // And again, with other flags, each the other's.
    let out = project.guild(&format!("run --restart {ours} x=4 -y")).succeeds();
    assert_eq!(out.stdout, "x is 4, a\n");
    let line = format!("run --restart {theirs} x=5 -y");
    assert_eq!(project.guild(&line).program(&oracle).succeeds().stdout, "x is 5, a\n");
}
