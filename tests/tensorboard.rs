//! `guild tensorboard`, with a stand-in for TensorBoard.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::harness::{Project, eventually, oracle};

/// A project with a run, and a program `tensorboard` in its environment.
fn project(script: &str) -> Project {
    let project = Project::with(&[("a.py", "lr = 0.1\nprint('loss: 0.5')\n")]);
    project.guild("run a.py -y").succeeds();
    project.write(".venv/bin/tensorboard", format!("#!/bin/sh\n{script}\n"));
    let program = project.path(".venv/bin/tensorboard");
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    project
}

fn log_dir(stdout: &str) -> PathBuf {
    let dir = stdout.lines().find_map(|line| line.strip_prefix("Initialized log dir "));
    dir.unwrap_or_else(|| panic!("{stdout}")).into()
}

/// The names of the folders in a log directory, and the event files that links lead to.
fn linked(dir: &std::path::Path) -> Vec<(String, Vec<PathBuf>)> {
    let mut found: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let links = fs::read_dir(entry.path().join(".guild")).unwrap();
            let links = links.filter_map(|link| fs::read_link(link.unwrap().path()).ok());
            (entry.file_name().into_string().unwrap(), links.collect())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn it_is_started_on_the_runs_and_follows_them() {
    let project = project(
        "echo \"$@\" > args; ls \"$2\" > first; until [ -e stop ]; do sleep 0.05; ls \"$2\" > later; done; echo \"$2\" > dir",
    );
    let child = project.guild("tensorboard -n -p 12345 --refresh-interval 1 -O a=b -O c=d").start();
    eventually(|| fs::read_to_string(project.path("first")).ok().filter(|t| t.contains("lr=0.1")));
    project.guild("run a.py lr=0.2 -y").succeeds();
    eventually(|| fs::read_to_string(project.path("later")).ok().filter(|t| t.contains("lr=0.2")));
    project.write("stop", "");
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{out:?}");
    assert_eq!(String::from_utf8_lossy(&out.stdout), "Preparing runs for TensorBoard\n");
    let args = fs::read_to_string(project.path("args")).unwrap();
    assert!(args.starts_with("--logdir /"), "{args}");
    assert!(
        args.ends_with(" --host 0.0.0.0 --port 12345 --reload_interval 1 --a=b --c=d\n"),
        "{args}"
    );
    let dir = fs::read_to_string(project.path("dir")).unwrap();
    assert!(!PathBuf::from(dir.trim()).exists(), "nothing is left behind");
}

#[test]
fn it_ends_with_guild_and_fails_as_it_does() {
    let project =
        project("trap 'echo > ended; exit 0' TERM; echo > up; while :; do sleep 0.05; done");
    let mut child = project.guild("tensorboard -n").start();
    eventually(|| project.path("up").exists().then_some(()));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(project.path("ended").exists());
    project.write(".venv/bin/tensorboard", "#!/bin/sh\nexit 3\n");
    let out = project.guild("tensorboard -n").fails(1).stderr;
    assert!(out.starts_with("guild: TensorBoard ended with exit status: 3"), "{out}");
    fs::remove_dir_all(project.path(".venv")).unwrap();
    let out = project.guild("tensorboard -n").env("PATH", "/nowhere").fails(1).stderr;
    assert!(out.contains("pip install tensorboard"), "{out}");
    let out = project.guild("tensorboard -O x").fails(1).stderr;
    assert_eq!(out, "guild: invalid TensorBoard option 'x' - must be OPTION=VALUE\n");
}

/// Names, links and exported scalars are the same.
#[test]
fn as_guild_ai_does() {
    let Some(oracle) = oracle() else { return };
    let project = project("");
    let path = format!("{}:{}", oracle.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let both = |line: &str| {
        let theirs = project.guild(line).program(&oracle).env("PATH", &path).outcome();
        (project.guild(line).succeeds(), theirs)
    };
    let (ours, theirs) = both("tensorboard --export-scalars -");
    if theirs.code == Some(0) {
        assert_eq!(ours.stdout, theirs.stdout);
    }
    for line in [
        "tensorboard --test-logdir --skip-hparams",
        "tensorboard --test-logdir --skip-hparams --run-name-flags lr",
    ] {
        let (ours, theirs) = both(line);
        let ours = linked(&log_dir(&ours.stdout));
        assert_eq!(ours.len(), 1);
        if theirs.code == Some(0) {
            assert_eq!(ours, linked(&log_dir(&theirs.stdout)));
        } else {
            eprintln!("skipped: Guild AI 0.9.0 has no TensorBoard here");
        }
    }
}
