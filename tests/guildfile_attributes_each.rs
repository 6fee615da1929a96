//! Every attribute of models and operations, one by one, beside Guild AI 0.9.0: what commands tell,
//! and what runs keep.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_yaml::Value;

use crate::harness::{Project, oracle};

/// An attribute, a Guild file that has it, and commands that show what it does.
type Row = (&'static str, &'static str, &'static [&'static str]);

const SHOWN: &[Row] = &[
    (
        "operation-defaults",
        "- model: m\n  operation-defaults: {label: d, exec: echo d, flags: {x: 3}}\n  operations: {op: {}, own: \
         {label: o}}\n",
        &["run op -y", "run own x=4 -y"],
    ),
    ("main", "op: {main: t --b 2, flags: {x: 2}}\n", &["run op -y", "run op x=3 -y"]),
    (
        "exec",
        "op: {exec: 'echo a ${x} \"b c\" ${flag_args}', flags: {x: 2, y: z z}}\n",
        &["run op -y"],
    ),
    ("steps", "a: {exec: echo a}\nop: {steps: [a, {run: a, name: n}]}\n", &["run op -y"]),
    (
        "flags",
        "op:\n  exec: 'echo ${flag_args}'\n  flags:\n    s: {arg-switch: yes, default: yes}\n    e: \
         {arg-encoding: {yes: 'on', no: 'off'}, default: no}\n    n: {arg-name: m, default: 1, env-name: \
         FN}\n    k: {arg-skip: yes, default: 3}\n    l: {arg-split: ',', default: 'a,b'}\n    c: \
         {choices: [1, {value: 2, alias: two, flags: {n: 9}}], default: 1}\n    r: {required: yes, \
         null-label: none}\n    z: {null-label: zip}\n",
        &["run op -y", "run op r=1 c=two -y", "run op r=1 c=3 -y", "run op --help-op"],
    ),
    (
        "$include",
        "- config: more\n  flags: {a: 1, b: {default: 2, description: B}, c: 3}\n- operations:\n    op: {exec: \
         'echo ${flag_args}', flags: {$include: 'more', b: 4}}\n    some: {exec: 'echo ${flag_args}', \
         flags: {$include: 'more#a,c'}}\n",
        &["run op -y", "run some --help-op"],
    ),
    (
        "flags-dest",
        "op: {main: g, flags-dest: 'global:params', flags-import: all}\na: {main: t, flags-dest: \
         args, flags: {x: 2}}\n",
        &["run op a=5 -y", "run a -y"],
    ),
    (
        "flags-import, flags-import-skip",
        "op: {main: t, flags-import: all, flags-import-skip: [x]}\nnone: {main: t, flags-import: no, \
         flags: {x: 5}}\none: {main: t, flags-import: [y]}\n",
        &["run op --help-op", "run none --help-op", "run one --help-op"],
    ),
    (
        "default",
        "a: {exec: echo a}\nop: {exec: echo op, default: yes}\n",
        &["run -y", "run --help-op"],
    ),
    (
        "default-flag-arg-skip",
        "op: {exec: 'echo ${flag_args}', default-flag-arg-skip: yes, flags: {x: 1, y: {default: 2, \
         arg-skip: no}}}\n",
        &["run op -y"],
    ),
    (
        "description, references",
        "- model: m\n  description: 'A model\n\n    of mine'\n  references: [https://a.b, c]\n  operations: {op: \
         {exec: 'true', description: 'Does\n\n    it'}}\n",
        &["run op --help-op", "run op --help-model", "ops", "models -v", "help -n"],
    ),
    (
        "label",
        "op: {exec: 'true', label: 'x is ${x} and ${y|default:none}', flags: {x: 1.5}}\n",
        &["run op -y", "run op --label 'own ${x}' -y"],
    ),
    ("tags", "op: {exec: 'true', tags: [a, b c]}\n", &["run op -y", "run op --tag d -y"]),
    (
        "objective",
        "op: {exec: 'true', objective: {maximize: acc}}\nsimple: {exec: 'true', objective: loss}\n",
        &["run op -y", "run simple -y"],
    ),
    (
        "compare",
        "op: {exec: 'echo loss: 2', compare: [=x, loss as L], flags: {x: 1}}\n",
        &["run op -y", "compare --csv - --skip-core"],
    ),
    (
        "output-scalars",
        "op: {exec: 'echo acc=2 loss: 3', output-scalars: {a: 'acc=(\\value)'}}\nnone: {exec: 'echo loss: \
         3', output-scalars: no}\n",
        &[
            "run op --test-output-scalars out.txt",
            "run op -y",
            "run none -y",
            "compare --csv - --skip-core",
        ],
    ),
    (
        "requires, resources",
        "- model: m\n  resources: {data: [{file: out.txt}]}\n  operations: {op: {exec: cat out.txt, requires: \
         data}, in: {exec: cat n/o.txt, requires: [{file: out.txt, target-path: n, rename: 'out o'}]}}\n",
        &["run op -y", "run in -y"],
    ),
    (
        "sourcecode",
        "- model: m\n  sourcecode: ['*.py', {exclude: g.py}]\n  operations: {op: {exec: 'true'}, own: {exec: \
         'true', sourcecode: {root: sub, dest: src}}, none: {exec: 'true', sourcecode: no}}\n",
        &["run op --test-sourcecode", "run own -y", "run none --test-sourcecode"],
    ),
];

const KEPT: &[Row] = &[
    (
        "env, env-secrets",
        "op: {exec: 'sh -c \"echo $A $B $C\"', env: {A: 1, B: 'x${x}', C: yes}, env-secrets: [B], flags: {x: \
         2}}\n",
        &["run op -y"],
    ),
    ("plugins", "op: {exec: 'true', plugins: [python_script]}\n", &["run op -y"]),
    ("python-requires", "op: {main: t, python-requires: '>=3.5'}\n", &["run op -y"]),
    ("python-path", "op: {main: beside, python-path: [sub]}\n", &["run op --help-op"]),
    ("pip-freeze", "op: {main: t, pip-freeze: no}\n", &["run op -y"]),
    (
        "optimizers, optimizer",
        "op: {exec: 'true', flags: {x: 1}, optimizers: {rnd: {algorithm: random}}}\n",
        &["run op x=[1,2] --stage-trials -y", "run op --help-op"],
    ),
    (
        "default-max-trials",
        "op: {exec: 'true', default-max-trials: 2, flags: {x: 1}}\n",
        &["run op x=[1,2,3] -y --print-trials"],
    ),
    (
        "can-stage-trials",
        "op: {exec: 'true', can-stage-trials: yes, flags: {x: 1}}\n",
        &["run op -y"],
    ),
    (
        "delete-on-success",
        "op: {exec: echo hi, delete-on-success: yes}\n",
        &["run op -y", "runs -s"],
    ),
    ("stoppable", "op: {exec: 'true', stoppable: yes}\n", &["run op -y"]),
    (
        "handle-keyboard-interrupt",
        "op: {exec: 'sh -c \"echo $HANDLE_KEYBOARD_INTERRUPT\"', handle-keyboard-interrupt: yes}\n",
        &["run op -y"],
    ),
    (
        "run-attrs",
        "op: {exec: 'true', run-attrs: {mine: [1, {a: b}], label: no, yours: text}}\n",
        &["run op -y"],
    ),
    ("publish", "op: {exec: 'true', publish: {files: [a]}}\n", &["run op -y"]),
    (
        "extra",
        "- model: m\n  extra: {a: 1}\n  operations: {op: {exec: 'true', flags: {x: {default: 1, own: {b: [2]}}}}}\n",
        &["run op -y"],
    ),
    (
        "config, extends, params",
        "- config: base\n  params: {name: n, deep: '{{name}}-x'}\n  operations: {'{{name}}-op': {exec: 'echo \
         {{deep}} {{name}}'}}\n- model: m\n  extends: base\n  params: {name: k}\n- model: m2\n  extends: \
         [base]\n",
        &["ops", "run m:k-op -y", "run m2:n-op -y"],
    ),
    ("include", "- include: more.yml\n- model: m\n  extends: c\n", &["ops", "run m:op -y"]),
    (
        "no such attribute",
        "op: {exec: 'true', exek: 1, flags: {x: {defualt: 1}}}\n",
        &["run op -y", "ops"],
    ),
];

/// What differs from run to run, or by who made it.
const PASSED_OVER: &[&str] = &[
    "cmd",
    "env",
    "host",
    "id",
    "initialized",
    "platform",
    "plugins",
    "random_seed",
    "run_params",
    "started",
    "stopped",
    "user",
    "vcs_commit",
    "pip_freeze",
    "user_flags",
];

fn project(guildfile: &str) -> Project {
    let project = Project::with(&[
        ("guild.yml", guildfile),
        ("more.yml", "- config: c\n  operations: {op: {exec: echo included}}\n"),
        ("t.py", "import sys\nx = 1\ny = 'a'\nprint(x, y, sys.argv[1:])\n"),
        ("g.py", "params = {'a': 1, 'b': {'c': 2}}\nprint(params)\n"),
        ("sub/beside.py", "here = 1\n"),
        ("out.txt", "acc=5 loss: 6\n"),
    ]);
    fs::create_dir(project.home()).unwrap();
    project
}

/// What a command tells, less the ids of runs and times.
fn told(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("Refreshing flags"));
    let told = |word: &str| match word.trim_end_matches(':') {
        id if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => "ID".to_string(),
        _ => word.to_string(),
    };
    let line =
        |l: &str| l.split(' ').map(told).collect::<Vec<_>>().join(" ").trim_end().to_string();
    // Where the mistake is, is ours.
    let line = |l: &str| line(l.split(" (guild.yml:").next().unwrap_or_default());
    // A row of a comparison begins with the short id.
    let is_row = |l: &str| {
        l.as_bytes().get(8) == Some(&b',') && l.as_bytes()[..8].iter().all(u8::is_ascii_hexdigit)
    };
    let line = |l: &str| if is_row(l) { line(&l[8..]) } else { line(l) };
    lines.map(line).collect::<Vec<_>>().join("\n")
}

/// The attributes and files of all runs.
fn kept(home: &Path) -> Vec<BTreeMap<String, Value>> {
    let Ok(runs) = fs::read_dir(home.join("runs")) else { return Vec::new() };
    let mut all: Vec<_> = runs.map(|run| one(&run.unwrap().path())).collect();
    all.sort_by_key(|run| format!("{run:?}"));
    all
}

fn one(run: &Path) -> BTreeMap<String, Value> {
    let root = run.ancestors().nth(3).unwrap().display().to_string();
    let mut kept = BTreeMap::new();
    for entry in fs::read_dir(run.join(".guild/attrs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        if PASSED_OVER.contains(&name.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap().replace(&root, "DIR");
        let mut value: Value = serde_yaml::from_str(&text).unwrap();
        if let Value::Mapping(op) = &mut value {
            // Who starts the program differs.
            op.remove("op-cmd");
            op.remove("python-requires");
            // For when the run is started again.
            op.remove("env-secrets");
        }
        kept.insert(name, value);
    }
    // The variables of the operation's own: those of the process are many.
    let env = fs::read_to_string(run.join(".guild/attrs/env")).unwrap_or_default();
    let own = ["A", "B", "C"].map(|name| env.lines().any(|l| l.starts_with(&format!("{name}:"))));
    kept.insert("env".into(), serde_yaml::to_value(own).unwrap());
    let mut files: Vec<String> = fs::read_dir(run)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".guild" && name != "__pycache__")
        .collect();
    files.sort();
    kept.insert("files".into(), serde_yaml::to_value(files).unwrap());
    kept
}

fn same_as_guild_ai(rows: &[Row]) {
    let Some(oracle) = oracle() else { return };
    let mut differ = Vec::new();
    for (attribute, guildfile, commands) in rows {
        let (ours, theirs) = (project(guildfile), project(guildfile));
        for line in *commands {
            let args = guild_args(line);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let our = ours.guild_args(&args).outcome();
            let their = theirs.guild_args(&args).by_oracle(&oracle);
            let parts = |o: &crate::harness::Outcome, dir: &Path| {
                let root = dir.display().to_string();
                let shown = |text: &str| told(&text.replace(&root, "DIR"));
                format!("{:?}\n{}\n--\n{}", o.code, shown(&o.stdout), shown(&o.stderr))
            };
            let (our, their) = (parts(&our, &ours.dir()), parts(&their, &theirs.dir()));
            if our != their {
                differ.push(format!("{attribute}: {line}\nours: {our}\ntheirs: {their}\n"));
            }
        }
        let (our, their) = (kept(&ours.home()), kept(&theirs.home()));
        if our != their {
            differ.push(format!("{attribute}: kept\nours:   {our:?}\ntheirs: {their:?}\n"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// The words of a command line, in which `'` may hold some together.
fn guild_args(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let mut args = Vec::new();
    for (i, part) in parts {
        match i % 2 {
            0 => args.extend(part.split_whitespace().map(String::from)),
            _ => args.push(part.into()),
        }
    }
    args
}

#[test]
fn what_attributes_show() {
    same_as_guild_ai(SHOWN);
}

#[test]
fn what_attributes_leave_in_runs() {
    same_as_guild_ai(KEPT);
}
