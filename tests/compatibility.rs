//! Both ways with Guild AI 0.9.0: it reads our runs, we read its. Skipped where it is not installed.

use std::path::PathBuf;

use crate::harness::{Project, assert_like, oracle};

const FILES: &[(&str, &str)] = &[
    (
        "s.py",
        "rate = 0.1\nname = 'a b'\nsizes = [1, 2]\ndeep = True\nnothing = None\nprint('loss: 0.25')\n",
    ),
    ("e.py", "import sys\nsys.exit(3)\n"),
];

/// What `program` prints, without the run's times, which are the same only within one run.
fn shown(project: &Project, program: Option<&PathBuf>, line: &str) -> String {
    let guild = project.guild(line);
    let out = match program {
        Some(program) => guild.program(program),
        None => guild,
    };
    out.succeeds().stdout
}

#[test]
fn they_show_our_runs_as_we_do() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(FILES);
    project.guild("run s.py -y rate=1e-05 --tag t1").succeeds();
    project.guild("run e.py -y").fails(3);
    project.guild("run s.py -y --label best").succeeds();
    for line in ["runs", "runs info 1", "runs info 2", "runs info 3", "runs -Sc", "runs -Fl best"] {
        assert_eq!(shown(&project, None, line), shown(&project, Some(&oracle), line), "{line}");
    }
    let flags = shown(&project, Some(&oracle), "select --attr label -Fl best");
    assert_eq!(flags.trim(), "best");
    // It starts one of our runs again, from what we wrote down.
    let id = shown(&project, Some(&oracle), "select 3");
    let restart = format!("run --restart {} -y", id.trim());
    let out = project.guild(&restart).program(&oracle).outcome();
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert!(out.stdout.contains("loss: 0.25"), "{}", out.stdout);
}

#[test]
fn we_show_their_runs_as_they_do() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(FILES);
    std::fs::create_dir(project.home()).unwrap();
    project.guild("run s.py -y rate=1e-05").program(&oracle).succeeds();
    project.guild("run e.py -y").program(&oracle).fails(3);
    project.guild("run s.py --stage -y").program(&oracle).succeeds();
    for line in ["runs", "runs info 1", "runs info 2", "runs info 3", "runs -Se", "runs -Ss"] {
        assert_eq!(shown(&project, None, line), shown(&project, Some(&oracle), line), "{line}");
    }
    project.guild("runs rm 1 -y").succeeds();
    assert_eq!(shown(&project, Some(&oracle), "runs").lines().count(), 2);
    project.guild("runs restore 1 -y").program(&oracle).succeeds();
    assert_eq!(shown(&project, None, "runs").lines().count(), 3);
}

#[test]
fn the_same_script_gives_the_same_run() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(FILES);
    std::fs::create_dir(project.home()).unwrap();
    let python = oracle.parent().unwrap().join("python3.11");
    let line = "run s.py -y rate=1e-05 name=c";
    project.guild(line).program(&oracle).succeeds();
    project.guild(line).env("GUILD_PYTHON", &python).succeeds();
    let [theirs, ours] = project.runs().try_into().unwrap();
    let attrs = [
        "cmd",
        "deps",
        "exit_status",
        "flags",
        "label",
        "pip_freeze",
        "sourcecode_digest",
        "user_flags",
    ];
    for attr in attrs {
        assert_eq!(project.attr(&ours, attr), project.attr(&theirs, attr), "{attr}");
    }
    for file in ["manifest", "opref", "output"] {
        let read = |run: &PathBuf| std::fs::read_to_string(run.join(".guild").join(file)).unwrap();
        assert_eq!(read(&ours), read(&theirs), "{file}");
    }
    // The same keys with the same values, but for the plugins that we do not have and the folder
    // that holds the Python side.
    let plain = |run: &PathBuf, attr: &str| {
        let text = project.attr(run, attr).replace("cpu,disk,memory,perf,", "");
        let lines = text.lines().map(|line| match line.trim().starts_with("PYTHONPATH:") {
            true => "PYTHONPATH",
            false => line,
        });
        lines.map(String::from).collect::<Vec<_>>().join("\n")
    };
    for attr in ["op", "platform", "run_params", "host", "user"] {
        assert_eq!(plain(&ours, attr), plain(&theirs, attr), "{attr}");
    }
    // Names of attributes are the same, to the last.
    let names = |run: &PathBuf| {
        let entries = std::fs::read_dir(run.join(".guild/attrs")).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&ours), names(&theirs));
}

#[test]
fn the_same_words_for_the_same_mistakes() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(FILES);
    std::fs::create_dir(project.home()).unwrap();
    project.guild("run e.py -y").fails(3);
    std::fs::create_dir(project.path("folder")).unwrap();
    for line in [
        "run nope.py",
        "run folder",
        "run",
        "run s.py oops",
        "run s.py rates=1",
        "run s.py rate=x",
        "runs info nope",
        "runs rm nope -y",
        "runs rm 1234567890 -y",
        "nope",
        "runs nope",
        "-C /no/such runs",
    ] {
        let theirs = project.guild(line).program(&oracle).outcome();
        let ours = project.guild(line).outcome();
        let progress = "Refreshing flags...\n";
        // After their words there may be one more line of ours: the nearest name.
        let expected = theirs.stderr.replace(progress, "");
        assert!(ours.stderr.starts_with(&expected), "{line}:\n{expected}\n{}", ours.stderr);
        assert_eq!((ours.code, ours.stdout), (theirs.code, theirs.stdout), "{line}");
    }
}

#[test]
fn the_prompt_is_the_same() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(FILES);
    std::fs::create_dir(project.home()).unwrap();
    let line = "run s.py rate=1e-05 nothing=";
    let theirs = project.guild(line).program(&oracle).input("n\n").succeeds();
    let ours = project.guild(line).input("n\n").succeeds();
    assert_eq!(ours.stderr, theirs.stderr.replace("Refreshing flags...\n", ""));
    assert_like(&ours.stdout, "");
}
