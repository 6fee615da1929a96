//! Jupyter notebooks, by the plugin `notebook`.
//!
//! What executes a notebook is the user's own Jupyter. Here a package of the same name takes its
//! place, so that everything about it is tested where there is none; one test takes the real one.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Guild, Project, assert_like, oracle, python, python_with};

/// Executes and exports as `nbconvert` does, in a few milliseconds.
const NBCONVERT: &str = r#"
import contextlib, io, json, sys

*args, path = sys.argv[1:]
with open(path) as f:
    notebook = json.load(f)
if "--execute" in args:
    scope = {}
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] != "code":
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec("".join(cell["source"]), scope)
        text = out.getvalue().splitlines(True)
        outputs = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
        if scope.get("image"):
            outputs.append({"output_type": "display_data", "data": {"image/png": scope["image"]}})
        cell.update(execution_count=number, outputs=outputs)
    with open(path, "w") as f:
        json.dump(notebook, f)
else:
    with open(path.replace(".ipynb", ".html"), "w") as f:
        print(*args, file=f)
"#;

fn notebook(cells: &[&str]) -> String {
    let lines = |text: &str| text.split_inclusive('\n').map(String::from).collect::<Vec<_>>();
    let cells: Vec<Value> = cells
        .iter()
        .map(|text| {
            json!({"cell_type": "code", "execution_count": null, "metadata": {},
                   "source": lines(text), "outputs": []})
        })
        .collect();
    json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).to_string()
}

/// A project with notebooks, and beside it the package.
fn project() -> Project {
    let project = Project::with(&[
        ("train.ipynb", &notebook(&[TRAIN, "print(f'loss: {x * lr}')\n"])),
        ("add.ipynb", &notebook(&["print(1 + 2)"])),
        ("sub/deep.ipynb", &notebook(&["import beside\nprint(beside.x)"])),
        ("sub/beside.py", "x = 'here'\nif __name__ == '__main__':\n    print('main')\n"),
        ("fails.ipynb", &notebook(&["print('lost')", "1 / 0"])),
        ("data.txt", "hello\n"),
        ("uses data.ipynb", &notebook(&["print(open('data.txt').read())"])),
        ("guild.yml", GUILDFILE),
    ]);
    project.write("../packages/nbconvert/__init__.py", "");
    project.write("../packages/nbconvert/__main__.py", NBCONVERT);
    project
}

const TRAIN: &str = "x = 1\nlr: float = 0.5\nname = 'a'  # who\n";

const GUILDFILE: &str = r"
add:
  notebook: add.ipynb --html-no-input
  flags:
    x: {default: 10, nb-replace: 'print\((\d+) \+ \d+\)'}
    y: {default: 20, nb-replace: 'print\(\d+ \+ (\d+)\)'}
imports:
  notebook: train.ipynb
  flags-import: all
  flags-import-skip: [name]
  flags: {x: 7}
uses data.ipynb:
  requires: [file: data.txt]
missing: {notebook: no.ipynb}
data.ipynb: {requires: [file: data.txt]}
both: {notebook: add.ipynb, main: sub/beside}
in main: {main: guild.plugins.nbexec add.ipynb}
";

fn guild(project: &Project, line: &str) -> Guild {
    with_packages(project, project.guild(line))
}

fn with_packages(project: &Project, guild: Guild) -> Guild {
    guild.env("PYTHONPATH", project.path("../packages"))
}

/// The newest run.
fn last(project: &Project) -> PathBuf {
    project.guild("select --dir").succeeds().stdout.trim().into()
}

fn cells(run: &Path, name: &str) -> Vec<String> {
    let text = fs::read_to_string(run.join(name)).unwrap();
    let notebook: Value = serde_json::from_str(&text).unwrap();
    let lines = |cell: &Value| -> String {
        cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
    };
    notebook["cells"].as_array().unwrap().iter().map(lines).collect()
}

#[test]
fn a_notebook_is_run_unchanged_as_an_experiment() {
    let project = project();
    let out = guild(&project, "run train.ipynb -y").succeeds();
    assert_eq!(out.stdout, "loss: 0.5\n");
    assert_eq!(
        out.stderr,
        "INFO: [guild] Initializing train.ipynb for run\n\
         INFO: [guild] Executing train.ipynb\n\
         INFO: [guild] Saving HTML\n"
    );
    let run = last(&project);
    assert_eq!(cells(&run, "train.ipynb"), [TRAIN, "print(f'loss: {x * lr}')\n"]);
    assert_like(
        &fs::read_to_string(run.join("train.html")).unwrap(),
        "-y --log-level WARN --to html\n",
    );
    assert_eq!(project.attr(&run, "flags"), "lr: 0.5\nname: a\nx: 1\n");
    assert_eq!(project.attr(&run, "exit_status"), "0\n");
    assert_eq!(project.attr(&run, "plugins"), "- notebook\n- python_script\n");
    // All that is kept of a run of a script is kept of a notebook's.
    assert!(project.attr(&run, "platform").contains("python_version"));
    assert!(run.join(".guild/attrs/pip_freeze").exists());
    assert_like(
        &guild(&project, "compare --csv - --strict-cols loss").succeeds().stdout,
        "run,loss\n...,0.5\n",
    );
    assert_eq!(project.info("operation"), "train.ipynb");
}

#[test]
fn flags_are_the_constants_of_its_cells() {
    let project = project();
    let help = guild(&project, "run train.ipynb --help-op").succeeds().stdout;
    let flags =
        "Flags:\n  lr    (default is 0.5)\n  name  (default is a)\n  x     (default is 1)\n";
    assert!(help.ends_with(flags), "{help}");
    let help = guild(&project, "run imports --help-op").succeeds().stdout;
    assert!(help.ends_with("Flags:\n  lr  (default is 0.5)\n  x   (default is 7)\n"), "{help}");
    let e = guild(&project, "run train.ipynb rl=1 -y").fails(1).stderr;
    assert!(e.contains("unsupported flag 'rl'") && e.contains("'lr'"), "{e}");
    let e = guild(&project, "run train.ipynb lr=a -y").fails(1).stderr;
    assert!(e.contains("invalid value a for lr"), "{e}");
}

#[test]
fn values_of_flags_are_put_in() {
    let project = project();
    let out = guild(&project, "run train.ipynb x=3 name=it's -y").succeeds();
    assert_eq!(out.stdout, "loss: 1.5\n");
    let changed = "x = 3\nlr: float = 0.5\nname = \"it's\"  # who\n";
    assert_eq!(cells(&last(&project), "train.ipynb")[0], changed);
    // The project's own is as it was.
    assert_eq!(cells(&project.dir(), "train.ipynb")[0], TRAIN);
    let out = guild(&project, "run train.ipynb x=[1,2] -y").succeeds();
    assert_eq!(out.stdout.lines().filter(|l| l.starts_with("loss: ")).count(), 2, "{}", out.stdout);
    // A run that is started again has its values.
    let run = project.runs().into_iter().next().unwrap();
    let id = run.file_name().unwrap().to_str().unwrap().to_string();
    guild(&project, &format!("run --restart {id} x=9 -y")).succeeds();
}

#[test]
fn the_attribute_has_flags_patterns_and_options() {
    let project = project();
    assert_eq!(guild(&project, "run add y=-3 -y").succeeds().stdout, "7\n");
    let run = last(&project);
    assert_eq!(cells(&run, "add.ipynb"), ["print(10 + -3)"]);
    let html = fs::read_to_string(run.join("add.html")).unwrap();
    assert_like(&html, "-y --log-level WARN --to html --no-input\n");
    assert!(project.attr(&run, "op").contains("nb-replace: print\\((\\d+) \\+ \\d+\\)"));
    let out =
        with_packages(&project, project.guild_args(&["run", "uses data.ipynb", "-y"])).succeeds();
    assert_eq!(out.stdout, "hello\n\n");
    let out = guild(&project, "run both -y").succeeds();
    let said = "WARNING: operation 'main' and 'notebook' both specified, ignoring 'notebook'\n";
    assert!(out.stderr.starts_with(said), "{}", out.stderr);
    assert_eq!(out.stdout, "main\n");
    // As users of Guild AI 0.9.0 may have it.
    assert_eq!(
        with_packages(&project, project.guild_args(&["run", "in main", "-y"])).succeeds().stdout,
        "3\n"
    );
    let env = guild(&project, "run add -y").env("NB_NO_EXEC", "1").succeeds();
    assert!(env.stderr.ends_with("INFO: [guild] NB_NO_EXEC specified, skipping execute\n"));
    assert_eq!(cells(&last(&project), "add.ipynb"), ["print(10 + 20)"]);
}

#[test]
fn a_notebook_in_a_folder_has_what_is_beside_it() {
    let project = project();
    assert_eq!(guild(&project, "run sub/deep.ipynb -y").succeeds().stdout, "here\n");
    assert_eq!(project.info("operation"), "sub/deep.ipynb");
    assert!(last(&project).join("deep.html").exists());
    guild(&project, "run ../train.ipynb -y").current_dir(project.path("sub")).succeeds();
}

#[test]
fn what_fails_is_said() {
    let project = project();
    let out = guild(&project, "run fails.ipynb -y").fails(1);
    assert!(out.stderr.contains("ZeroDivisionError"), "{}", out.stderr);
    assert_eq!(project.attr(&last(&project), "exit_status"), "1\n");
    let out = guild(&project, "run missing -y").fails(1);
    assert_like(
        &out.stderr,
        "ERROR: [guild] cannot find notebook 'no.ipynb' - make sure it's copied as source code\n\
         Use 'guild run <operation> --test-sourcecode' to troubleshoot source code configuration \
         issues.\n",
    );
    project.write("train.ipynb", notebook(&["x = 1"]));
    project.write("guild.yml", "op: {notebook: trian.ipynb}\n");
    let said = guild(&project, "run op -y").fails(1).stderr;
    assert!(said.ends_with("\nDid you mean 'train.ipynb'?\n"), "{said}");
    project.write("bad.ipynb", "{");
    let e = guild(&project, "run bad.ipynb -y").fails(1).stderr;
    assert_like(
        &e,
        "guild: cannot run 'bad.ipynb': error loading notebook 'bad.ipynb': it is no notebook: ...\n",
    );
}

#[test]
fn a_kernel_that_is_not_there_is_told_of_before_jupyter_fails() {
    let project = project();
    let of = |kernel: &str| {
        let nb = notebook(&["print(1)"]);
        nb.replace(
            "\"metadata\":{},\"nbformat\"",
            &format!("\"metadata\":{{\"kernelspec\":{{\"name\":\"{kernel}\"}}}},\"nbformat\""),
        )
    };
    project.write("other.ipynb", of("no-such"));
    let said = guild(&project, "run other.ipynb -y").succeeds().stderr;
    let (kernel, executing) = (said.find("kernel 'no-such' was not found"), said.find("Executing"));
    assert!(kernel.is_some() && kernel < executing, "{said}");
    project.write("../kernels/kernels/mine/kernel.json", "{}");
    project.write("mine.ipynb", of("Mine"));
    let run = guild(&project, "run mine.ipynb -y").env("JUPYTER_PATH", project.path("../kernels"));
    let said = run.succeeds().stderr;
    assert!(!said.contains("was not found"), "{said}");
}

#[test]
fn without_jupyter_is_said_where_to_install_it() {
    let project = project();
    // An interpreter that has no packages of the machine's.
    project.write("bare", format!("#!/bin/sh\nexec '{}' -S -E \"$@\"\n", python().display()));
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(project.path("bare"), fs::Permissions::from_mode(0o755)).unwrap();
    let out = project.guild("run train.ipynb x=2 -y").env("GUILD_PYTHON", project.path("bare"));
    let out = out.fails(1);
    assert_like(
        &out.stderr,
        "ERROR: [guild] jupyter-nbconvert is required to run Notebooks - install it by running \
         '.../bare -m pip install jupyter' and try again\n",
    );
}

#[test]
fn a_dependency_that_is_a_link_is_not_written_through() {
    let project = project();
    project.write("linked/guild.yml", "op: {notebook: nb.ipynb, sourcecode: no, requires: [{file: nb.ipynb, target-type: link}]}\n");
    project.write("linked/nb.ipynb", notebook(&["x = 1\nprint(x)"]));
    let before = fs::read(project.path("linked/nb.ipynb")).unwrap();
    guild(&project, "-C linked run op -y").succeeds();
    assert_eq!(fs::read(project.path("linked/nb.ipynb")).unwrap(), before);
    assert!(!last(&project).join("nb.ipynb").is_symlink());
}

/// What is kept of a run to start it again.
fn kept(project: &Project, run: &Path) -> Value {
    let op: serde_yaml::Value = serde_yaml::from_str(&project.attr(run, "op")).unwrap();
    let command = &op["op-cmd"];
    json!([
        command["cmd-args"],
        command["cmd-flags"],
        op["flags-extra"],
        project.attr(run, "flags")
    ])
}

#[test]
fn runs_keep_what_guild_ai_keeps() {
    let Some(oracle) = oracle() else { return };
    let project = project();
    for op in [&["add", "x=3"][..], &["missing"], &["data.ipynb"]] {
        let line = [&["run", "--stage", "-y"], op].concat();
        project.guild_args(&line).succeeds();
        let ours = kept(&project, &last(&project));
        project.guild_args(&line).program(&oracle).succeeds();
        let theirs = last(&project);
        assert_eq!(ours, kept(&project, &theirs), "{op:?}");
    }
}

#[test]
fn a_staged_run_of_guild_ai_is_started() {
    let Some(oracle) = oracle() else { return };
    let project = project();
    fs::create_dir_all(project.home()).unwrap();
    project.guild("run add x=3 --stage -y").program(&oracle).succeeds();
    let id = last(&project).file_name().unwrap().to_str().unwrap().to_string();
    let out = guild(&project, &format!("run --start {id} -y")).succeeds();
    assert_eq!(out.stdout, "23\n");
    assert_eq!(project.attr(&last(&project), "exit_status"), "0\n");
}

#[test]
fn jupyter_itself_executes_notebooks() {
    let (Some(python), Some(_)) = (python_with("nbconvert"), python_with("ipykernel")) else {
        return;
    };
    let project = project();
    let nb = notebook(&["%cd .\nx = 1\n!echo shell $x\n", "print(x + 1)\nx"]);
    project.write("magic.ipynb", nb);
    let out = project.guild("run magic.ipynb x=5 -y").env("GUILD_PYTHON", &python).succeeds();
    assert!(
        out.stdout.contains("shell 5") && out.stdout.ends_with("6\nOut[2]: 5\n"),
        "{}",
        out.stdout
    );
    assert!(last(&project).join("magic.html").exists());
}
