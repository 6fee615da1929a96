//! `guild ops show`: what Guild makes of a script.

use serde_json::{Value, json};

use crate::harness::{Project, oracle};

fn shown(project: &Project, script: &str) -> Value {
    let text = project.guild(&format!("ops show {script} --json")).succeeds().stdout;
    let data: Value = serde_json::from_str(&text).unwrap();
    data[script].clone()
}

fn defaults(project: &Project, script: &str) -> Value {
    let flags = shown(project, script)["flags"].as_object().unwrap().clone();
    flags.into_iter().map(|(name, flag)| (name, flag["default"].clone())).collect()
}

#[test]
fn an_empty_script_has_exactly_these_keys() {
    let project = Project::sample("python-script");
    assert_eq!(
        shown(&project, "empty.py"),
        json!({
            "exec": "${python_exe} -um guild.op_main empty ${flag_args}",
            "flags": {},
            "flags-dest": "globals",
            "objective": null,
            "output-scalars": null,
            "plugins": [],
            "sourcecode": null,
        })
    );
}

#[test]
fn a_simple_script_has_its_globals_as_flags() {
    let project = Project::sample("python-script");
    assert_eq!(
        shown(&project, "simple.py"),
        json!({
            "exec": "${python_exe} -um guild.op_main simple ${flag_args}",
            "flags": {
                "layers": {"arg-split": null, "default": 32, "origin": "simple.py:3, global", "type": "number"},
                "name": {"arg-split": null, "default": "foo", "origin": "simple.py:4, global", "type": "string"},
                "noise": {"arg-split": null, "default": 3, "origin": "simple.py:5, global", "type": "number"},
                "skip_connections": {"arg-split": null, "default": true, "origin": "simple.py:6, global", "type": "boolean"},
            },
            "flags-dest": "globals",
            "objective": null,
            "output-scalars": null,
            "plugins": [],
            "sourcecode": null,
        })
    );
}

#[test]
fn yaml_is_the_default_form() {
    let project = Project::sample("python-script");
    let out = project.guild("ops show simple.py").succeeds();
    assert_eq!(out.stderr, "");
    insta::assert_snapshot!(out.stdout);
}

#[test]
fn operations_is_the_same_command() {
    let project = Project::sample("python-script");
    let ops = project.guild("ops show simple.py").succeeds().stdout;
    assert_eq!(project.guild("operations show simple.py").succeeds().stdout, ops);
}

#[test]
fn which_assignments_are_flags() {
    let script = "
import os
a = 1
b = -2.5
c = +3
d = 'text'
e = True
f = None
g = [1, 'two words', 3.0]
h = i = 4
a = 9
_hidden = 5
j = {'no': 'dict'}
k = os.sep
l, m = 6, 7
n: int = 8
o = 10 ; p = 11
if True:
    q = 12
def r():
    s = 13
t = 'in' 'two parts'
u = f'{a}'
v = 123456789012345678901234567890
w = []
x = 1e-3
";
    let project = Project::with(&[("s.py", script)]);
    let big: Value = serde_json::from_str("123456789012345678901234567890").unwrap();
    assert_eq!(
        defaults(&project, "s.py"),
        json!({
            "a": 1, "b": -2.5, "c": 3, "d": "text", "e": true, "f": null,
            "g": "1 'two words' 3.0", "h": 4, "i": 4, "o": 10, "t": "intwo parts",
            "v": big, "w": "", "x": 0.001,
        })
    );
    let flags = shown(&project, "s.py")["flags"].clone();
    assert_eq!(
        flags["g"],
        json!({"arg-split": true, "default": "1 'two words' 3.0", "origin": "s.py:9, global", "type": null})
    );
    assert_eq!(
        flags["f"],
        json!({"arg-split": null, "default": null, "origin": "s.py:8, global", "type": null})
    );
}

#[test]
fn what_a_script_imports_decides_where_flags_go() {
    let project = Project::with(&[
        ("parser.py", "import argparse\nx = 1\n"),
        ("deep.py", "def f():\n    from argparse import ArgumentParser\n"),
        ("clicks.py", "from click import command\nx = 1\n"),
        ("plain.py", "import sys\nx = 1\n"),
    ]);
    assert_eq!(shown(&project, "parser.py")["flags-dest"], "args");
    assert_eq!(shown(&project, "parser.py")["flags"], json!({}));
    assert_eq!(shown(&project, "deep.py")["flags-dest"], "args");
    assert_eq!(shown(&project, "clicks.py")["flags-dest"], "args:click");
    assert_eq!(shown(&project, "plain.py")["flags-dest"], "globals");
}

#[test]
fn warnings_go_to_stderr() {
    let project = Project::with(&[("bad.py", "x = 1\ny = (2,\nz = 3\n")]);
    let out = project.guild("ops show bad.py --json").succeeds();
    assert!(serde_json::from_str::<Value>(&out.stdout).is_ok(), "{}", out.stdout);
    assert!(out.stderr.contains("WARNING: cannot import flags from"), "{}", out.stderr);
    assert!(out.stderr.contains("on line "), "{}", out.stderr);
}

#[test]
fn what_is_shown_can_be_pasted_into_a_guild_file() {
    let Some(oracle) = crate::harness::oracle() else { return };
    let project = Project::sample("python-script");
    let yaml = project.guild("ops show simple.py").succeeds().stdout;
    project.write("guild.yml", yaml.replace("simple.py:", "train:"));
    std::fs::create_dir(project.home()).unwrap();
    let command = "run train --print-cmd layers=5";
    let theirs = project.guild(command).program(&oracle).succeeds().stdout;
    assert!(
        theirs.trim_end().ends_with(
            "-um guild.op_main simple --layers 5 --name foo --noise 3 --skip_connections true"
        ),
        "{theirs}"
    );
}

#[test]
fn an_operation_that_is_shown_can_be_pasted_with_its_exec() {
    let project = Project::with(&[
        ("guild.yml", "train:\n  main: s\n  flags-import: all\n  flags:\n    rate: 0.5\n"),
        ("s.py", "rate = 0.1\nother = 'yes'\nprint(rate, other)\n"),
    ]);
    let shown = project.guild("ops show train").succeeds().stdout;
    assert!(shown.contains("\n    rate:  # guild.yml:5; s.py:1, global"), "{shown}");
    assert!(!shown.contains("main:"), "{shown}");
    let origin = &self::shown(&project, "train")["flags"]["rate"]["origin"];
    assert_eq!(origin, "guild.yml:5; s.py:1, global");
    let pasted = Project::with(&[("guild.yml", &shown), ("s.py", "rate = 1\nother = 2\n")]);
    let line = "run train other=x --print-cmd";
    let ours = pasted.guild(line).succeeds();
    assert!(ours.stdout.ends_with(" --other x --rate 0.5\n"), "{}", ours.stdout);
    let Some(oracle) = oracle() else { return };
    std::fs::create_dir_all(pasted.home()).unwrap();
    let theirs = pasted.guild(line).program(&oracle).succeeds();
    assert!(theirs.stdout.ends_with(" --other x --rate 0.5\n"), "{}", theirs.stdout);
    assert!(!theirs.stderr.contains("WARNING"), "{}", theirs.stderr);
}
