//! `guild init`: a home for a project, and an environment.

use std::fs;

use crate::harness::Project;

#[test]
fn a_home_of_its_own() {
    let project = Project::with(&[("hello.py", "print('hello')\n")]);
    let out = project.guild("init").succeeds();
    assert_eq!(out.stdout, "Initializing Guild environment in ~/project\n");
    let home = project.path(".guild");
    for name in ["runs", "trash", "cache/runs", ".guild-nocopy"] {
        assert!(home.join(name).exists(), "{name}");
    }
    // Resources are shared with the user's other projects.
    let shared = project.dir().parent().unwrap().join(".guild/cache/resources");
    let linked = fs::read_link(home.join("cache/resources")).unwrap();
    assert_eq!(linked, shared);
    // Runs go there, and a second time harms nothing.
    project.guild("run hello.py -y").without_env("GUILD_HOME").succeeds();
    assert_eq!(fs::read_dir(home.join("runs")).unwrap().count(), 1);
    let again = project.guild("init").succeeds();
    assert!(again.stderr.ends_with("cache/resources exists, skipping\n"), "{}", again.stderr);
    assert_eq!(fs::read_dir(home.join("runs")).unwrap().count(), 1);
}

#[test]
fn other_homes() {
    let project = Project::new();
    project.guild("init sub -l").succeeds();
    let cache = project.path("sub/.guild/cache/resources");
    assert!(cache.is_dir() && !cache.is_symlink());
    project.guild("init other --guild-home sub/.guild").succeeds();
    let link = fs::read_link(project.path("other/.guild")).unwrap();
    assert_eq!(link, project.path("sub/.guild"));
    project.guild("init third -H").succeeds();
    assert_eq!(fs::read_link(project.path("third/.guild")).unwrap(), project.home());
    let out = project.guild("init third -h sub/.guild").succeeds();
    assert!(out.stderr.contains("skipping link to Guild home"), "{}", out.stderr);
    project.write("file", "");
    let out = project.guild("init file").fails(1);
    assert!(out.stderr.starts_with("guild: cannot make "), "{}", out.stderr);
}

#[test]
fn a_virtual_environment() {
    let project = Project::with(&[
        ("requirements.txt", "no-such-package-anywhere\n"),
        ("lib/mine.py", "x = 1\n"),
        ("show.py", "import mine, sys\nprint(mine.x, sys.prefix)\n"),
    ]);
    // Without an answer nothing is made.
    let out = project.guild("init --venv").fails(1);
    assert!(out.stdout.starts_with("You are about to initialize a Guild environment:\n"));
    for line in ["  Location: ~/project/venv\n", "  Name: project\n", "requirements.txt\n"] {
        assert!(out.stdout.contains(line), "{line}\n{}", out.stdout);
    }
    assert!(!project.path("venv").exists());
    let out = project.guild("init --no-reqs -P lib -y").succeeds();
    let activate = project.path("venv/bin/activate");
    assert!(
        out.stdout.ends_with(&format!("  source {}\n\n", activate.display())),
        "{}",
        out.stdout
    );
    assert!(out.stdout.contains("Creating virtual environment\n"));
    let home = project.path("venv/.guild");
    let env = project.path("venv");
    let run = project.guild("run show.py -y").without_env("GUILD_HOME").without_env("GUILD_PYTHON");
    let out = run.env("VIRTUAL_ENV", env.to_str().unwrap()).succeeds();
    assert_eq!(out.stdout, format!("1 {}\n", env.display()));
    assert_eq!(fs::read_dir(home.join("runs")).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_made() {
    let project = Project::new();
    let out = project.guild("init --python 9.99 -y").fails(1);
    assert!(
        out.stderr.contains("cannot find the Python interpreter 'python9.99'"),
        "{}",
        out.stderr
    );
    assert!(!project.path("venv").exists());
}
