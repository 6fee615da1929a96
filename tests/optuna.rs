//! The optimizer `optuna`, which drives the Optuna of the operation's Python. Tests that need one find
//! its interpreter in `GUILD_OPTUNA_PYTHON`, or else as `python3`.

use std::process::Command;

use crate::harness::Project;

const SCRIPT: &str = "x = 0.5\nn = 1\nc = 'a'\nprint('loss: %s' % ((x - 0.3) ** 2 + (c != 'b')))\n";

/// An interpreter that has Optuna.
fn optuna() -> Option<String> {
    let python = std::env::var("GUILD_OPTUNA_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import optuna"]).output();
    if found.is_ok_and(|out| out.status.success()) {
        return Some(python);
    }
    eprintln!("skipped: '{python}' has no Optuna (see GUILD_OPTUNA_PYTHON)");
    None
}

#[test]
fn optuna_is_asked_and_told() {
    let Some(python) = optuna() else { return };
    let project = Project::with(&[("s.py", SCRIPT)]);
    let line = "run s.py x=[0.0:1.0] n=[1:9] c=[a,b] -o optuna -m 14 --random-seed 3 -y";
    project.guild(line).env("GUILD_PYTHON", &python).succeeds();
    let batch = project.guild("runs -s").succeeds().stdout;
    assert!(batch.contains("s.py+optuna  completed  prev-trials=batch sampler=default"), "{batch}");
    let flags = || {
        let out = project.guild("runs -s").succeeds().stdout;
        let trial = |line: &&str| line.contains("x=");
        let flags = |line: &str| line.split("completed").nth(1).map(String::from);
        out.lines().filter(trial).filter_map(flags).collect::<Vec<_>>()
    };
    let before = flags();
    assert_eq!(before.len(), 14);
    project.guild("runs rm -y").succeeds();
    project.guild(line).env("GUILD_PYTHON", &python).succeeds();
    assert_eq!(flags(), before, "the same seed has the same trials");
}

#[test]
fn what_optuna_refuses_is_told() {
    let Some(python) = optuna() else { return };
    let project = Project::with(&[("s.py", SCRIPT)]);
    let line = "run s.py c=[[1,2],[3]] -o optuna -m 2 -y";
    project.guild(line).env("GUILD_PYTHON", &python).succeeds();
    // What lies in the user's folder is not what is imported.
    project.write("optuna.py", "raise SystemExit('mine')\n");
    project.guild("run s.py x=[0.0:1] -o optuna -m 1 -y").env("GUILD_PYTHON", &python).succeeds();
}

#[test]
fn an_interpreter_without_optuna_is_named() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let fake = project.dir().parent().unwrap().join("site");
    std::fs::create_dir_all(fake.join("optuna")).unwrap();
    std::fs::write(fake.join("optuna/__init__.py"), "raise ImportError('not here')\n").unwrap();
    let run =
        project.guild("run s.py x=[0.0:1] -o optuna -m 1 -y").env("PYTHONPATH", &fake).fails(1);
    let told = "guild: optimizer 'optuna': cannot import Optuna with '";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert!(run.stderr.contains("': not here\nTry '"), "{}", run.stderr);
    assert!(run.stderr.contains(" -m pip install optuna'.\n"), "{}", run.stderr);
    let rows = project.guild("runs -s").succeeds().stdout;
    assert_eq!(rows.lines().count(), 1, "{rows}");
    assert!(rows.contains("s.py+optuna  error"), "{rows}");
}
