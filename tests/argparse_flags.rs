//! Flags of scripts that parse their arguments themselves.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Project, oracle, python, without_origins};

fn flags(project: &Project, script: &str) -> Value {
    let text = project.guild(&format!("ops show {script} --json")).succeeds().stdout;
    let data: Value = serde_json::from_str(&text).unwrap();
    without_origins(&data[script]["flags"])
}

fn defaults(project: &Project, script: &str) -> Value {
    let flags = flags(project, script).as_object().unwrap().clone();
    flags.into_iter().map(|(name, flag)| (name, flag["default"].clone())).collect()
}

const TRAIN: &str = "
import argparse
p = argparse.ArgumentParser()
p.add_argument('data', nargs='?')
p.add_argument('-q')
p.add_argument('--lr', type=float, default=1e-5, help='how fast')
p.add_argument('--layers', '-l', type=int, default=2)
p.add_argument('--optimizer', choices=['sgd', 'adam'], default='adam')
p.add_argument('--sizes', type=int, nargs='+', default=[8, 16])
p.add_argument('--deep', action='store_true')
p.add_argument('--no-cache', dest='cache', action='store_false')
p.add_argument('--warm', action=argparse.BooleanOptionalAction, default=True)
p.add_argument('--name', default='yes')
p.add_argument('--verbose', '-v', action='count', default=0)
a = p.parse_args()
print(sorted(vars(a).items()))
";

#[test]
fn options_are_flags() {
    let project = Project::with(&[("train.py", TRAIN)]);
    let flags = flags(&project, "train.py");
    let switch = json!([{"value": true}, {"value": false}]);
    assert_eq!(
        flags,
        json!({
            "lr": {"arg-split": null, "default": 1e-5, "type": "float", "description": "how fast"},
            "layers": {"arg-split": null, "default": 2, "type": "int"},
            "optimizer": {
                "arg-split": null, "default": "adam", "type": null,
                "choices": [{"value": "sgd"}, {"value": "adam"}],
            },
            "sizes": {"arg-split": true, "default": "8 16", "type": "int"},
            "deep": {
                "arg-split": null, "default": false, "type": null,
                "choices": switch, "arg-switch": true,
            },
            "no-cache": {
                "arg-split": null, "default": true, "type": null,
                "choices": switch, "arg-switch": false,
            },
            "warm": {
                "arg-split": null, "default": true, "type": null, "choices": switch,
                "arg-name": "no-warm", "arg-switch": false,
            },
            "name": {"arg-split": null, "default": "yes", "type": null},
        })
    );
}

#[test]
fn flags_reach_the_parser() {
    let project = Project::with(&[("train.py", TRAIN)]);
    let values = |args: &[&str]| {
        let line = [&["run", "train.py", "-y"], args].concat();
        project.guild_args(&line).succeeds().stdout
    };
    assert_eq!(
        values(&[]),
        "[('cache', True), ('data', None), ('deep', False), ('layers', 2), ('lr', 1e-05), \
         ('name', 'yes'), ('optimizer', 'adam'), ('q', None), ('sizes', [8, 16]), \
         ('verbose', 0), ('warm', True)]\n"
    );
    assert_eq!(
        values(&["lr=0.5", "deep=yes", "no-cache=no", "warm=no", "sizes=1 2 3", "optimizer=sgd"]),
        "[('cache', False), ('data', None), ('deep', True), ('layers', 2), ('lr', 0.5), \
         ('name', 'yes'), ('optimizer', 'sgd'), ('q', None), ('sizes', [1, 2, 3]), \
         ('verbose', 0), ('warm', False)]\n"
    );
    let out = project.guild("run train.py laers=3 -y").fails(1);
    assert!(out.stderr.contains("unsupported flag 'laers'"), "{}", out.stderr);
    let out = project.guild("run train.py optimizer=lion -y").fails(1);
    assert!(out.stderr.contains("optimizer"), "{}", out.stderr);
}

#[test]
fn the_command_is_the_one_of_guild_ai() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("train.py", TRAIN)]);
    fs::create_dir(project.home()).unwrap();
    // Switches that are off while the flag is on differ on purpose.
    for flags in
        ["warm=no lr=1", "warm=no deep=yes layers=3 optimizer=sgd", "warm=no name=x sizes=3"]
    {
        let line = format!("run train.py --print-cmd -y no-cache=no {flags}");
        let ours = project.guild(&line).succeeds().stdout;
        let theirs = project.guild(&line).program(&oracle).succeeds().stdout;
        let args = |text: &str| text.split_once(" -um ").unwrap().1.to_owned();
        let theirs = args(&theirs)
            .replace("--no-cache ''", "--no-cache")
            .replace("--no-warm ''", "--no-warm");
        assert_eq!(args(&ours), theirs, "{flags}");
    }
}

const COMMANDS: &str = "
import argparse
p = argparse.ArgumentParser()
p.add_argument('--base', default=1, type=int)
sub = p.add_subparsers()
a = sub.add_parser('a')
a.add_argument('--rate', default=2, type=int)
b = sub.add_parser('b')
b.add_argument('--size', default=3, type=int)
print(sorted(vars(p.parse_args()).items()))
";

#[test]
fn sub_commands_have_flags_of_their_own() {
    let guildfile = "
a: {main: commands a, flags-import: yes}
b: {main: commands b, flags-import: [size]}
base: {main: commands, flags-import: all}
none: {main: commands b, flags-import: no}
unsaid: {main: commands b, flags: {size: 9}}
";
    let project = Project::with(&[("commands.py", COMMANDS), ("guild.yml", guildfile)]);
    let printed = |op: &str| project.guild(&format!("run {op} -y")).succeeds().stdout;
    assert_eq!(defaults(&project, "a"), json!({"rate": 2}));
    assert_eq!(defaults(&project, "b"), json!({"size": 3}));
    assert_eq!(defaults(&project, "base"), json!({"base": 1}));
    assert_eq!(defaults(&project, "none"), json!({}));
    assert_eq!(flags(&project, "unsaid")["size"]["type"], "int");
    assert_eq!(printed("a rate=5"), "[('base', 1), ('rate', 5)]\n");
    assert_eq!(printed("b"), "[('base', 1), ('size', 3)]\n");
    assert_eq!(printed("unsaid"), "[('base', 1), ('size', 9)]\n");
}

#[test]
fn a_script_that_fails_takes_any_flag() {
    let project = Project::with(&[
        ("no_module.py", "import argparse\nimport no_such_module\n"),
        ("talks.py", "import argparse, sys\nprint('what\\nelse')\nsys.exit(2)\n"),
    ]);
    let out = project.guild("run no_module.py --print-cmd lr=1 -y").succeeds();
    assert_eq!(
        out.stderr,
        "WARNING: cannot import flags from no_module.py: ModuleNotFoundError: No module named \
         'no_such_module' (run with guild --debug for details)\n"
    );
    assert!(out.stdout.ends_with("no_module --lr 1\n"), "{}", out.stdout);
    let out = project.guild("run talks.py --print-cmd -y").succeeds();
    assert_eq!(out.stderr, "WARNING: cannot import flags from talks.py: what\nelse\n");
    let out =
        project.guild("run talks.py --print-cmd -y").env("NO_WARN_FLAGS_IMPORT", "1").succeeds();
    assert_eq!(out.stderr, "");
}

#[test]
fn whatever_a_script_does_it_cannot_hang_or_lie() {
    let flags = "
p = argparse.ArgumentParser()
p.add_argument('--x', default=1)
";
    let scripts = [
        ("prints.py", "import argparse\nprint('{\"flags\": []}')\n@p.parse_args()\n"),
        (
            "forks.py",
            "import argparse, os, time\nif os.fork() == 0:\n    time.sleep(100)\n@p.parse_args()\n",
        ),
        (
            "exits.py",
            "import argparse, atexit, time\natexit.register(time.sleep, 100)\n@p.parse_args()\n",
        ),
        (
            "listens.py",
            "import argparse, socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.listen()\n@p.parse_args()\n",
        ),
        ("reads.py", "import argparse, sys\nsys.stdin.read()\n@p.parse_args()\n"),
        ("closes.py", "import argparse, os\nos.close(1)\nos.close(2)\n@p.parse_args()\n"),
        (
            "catches.py",
            "import argparse, time\n@try:\n    p.parse_args()\nexcept SystemExit:\n    time.sleep(100)\n",
        ),
        ("percent.py", "import argparse\n@p.description = '10% of'\np.parse_args()\n"),
        ("unhelpful.py", "import argparse\n@p.add_help = False\np.parse_args(['--bad'])\n"),
        (
            "threads.py",
            "import argparse, threading, time\nthreading.Thread(target=time.sleep, args=(100,)).start()\n@p.parse_args()\n",
        ),
    ];
    let files: Vec<_> = scripts.iter().map(|(n, s)| (*n, s.replace('@', flags))).collect();
    let files: Vec<_> = files.iter().map(|(n, s)| (*n, s.as_str())).collect();
    let project = Project::with(&files);
    let start = Instant::now();
    for (name, _) in scripts {
        assert_eq!(defaults(&project, name), json!({"x": 1}), "{name}");
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_script_that_does_not_parse_is_ended() {
    let script = "import argparse, os, time\nos.system('sleep 100 &')\ntime.sleep(100)\n";
    let project = Project::with(&[("slow.py", script)]);
    let out = project
        .guild("run slow.py --print-cmd x=1 -y")
        .env("GUILD_FLAGS_IMPORT_TIMEOUT", "0.3")
        .succeeds();
    assert_eq!(
        out.stderr,
        "WARNING: cannot import flags from slow.py: it did not parse its arguments within 0.3 \
         seconds (set GUILD_FLAGS_IMPORT_TIMEOUT to give it more)\n"
    );
    assert!(out.stdout.ends_with("slow --x 1\n"), "{}", out.stdout);
}

#[test]
fn what_was_found_holds_until_something_changes() {
    let script = "
import argparse, os, options
open('ran', 'a').write('x')
p = argparse.ArgumentParser()
options.add(p)
p.parse_args()
";
    let add = |n: i32| format!("def add(p):\n    p.add_argument('--n', type=int, default={n})\n");
    let project = Project::with(&[("s.py", script), ("options.py", &add(1))]);
    let ran = || fs::read_to_string(project.path("ran")).unwrap_or_default().len();
    assert_eq!(defaults(&project, "s.py"), json!({"n": 1}));
    assert_eq!(defaults(&project, "s.py"), json!({"n": 1}));
    assert_eq!(ran(), 1);
    // The same length, at the same time for all that a time stamp tells.
    project.write("options.py", add(2));
    assert_eq!(defaults(&project, "s.py"), json!({"n": 2}));
    assert_eq!(ran(), 2);
    project.write(
        "s.py",
        script.replace("options.add(p)", "p.add_argument('--m', default=os.getenv('M'))"),
    );
    assert_eq!(defaults(&project, "s.py"), json!({"m": null}));
    let kept = project.home().join("cache/python");
    for entry in fs::read_dir(kept).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("flags-") {
            fs::write(path, "{\"key\": ").unwrap();
        }
    }
    assert_eq!(defaults(&project, "s.py"), json!({"m": null}));
    assert_eq!(ran(), 4);
}

#[test]
fn scripts_in_folders_find_their_neighbours() {
    let script = "import argparse, near, top\np = argparse.ArgumentParser()\n\
                  p.add_argument('--x', default=near.X + top.X)\np.parse_args()\n";
    let project =
        Project::with(&[("sub/s.py", script), ("sub/near.py", "X = 1\n"), ("top.py", "X = 2\n")]);
    let text = project.guild("ops show sub/s.py --json").succeeds().stdout;
    let data: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(data["s.py"]["flags"]["x"]["default"], 3);
}

#[test]
fn odd_options() {
    let script = "
import argparse, enum, pathlib
class E(enum.Enum):
    A = 'a'
p = argparse.ArgumentParser()
p.add_argument('--a.b', default=1)
p.add_argument('--größe', default=1.5)
p.add_argument('---dash', default='-')
p.add_argument('--object', default=object())
p.add_argument('--enum', default=E.A, choices=list(E), type=E)
p.add_argument('--path', default=pathlib.Path('p'))
p.add_argument('--range', choices=range(3), type=int, default=2)
p.add_argument('--keys', choices={'a': 1})
p.add_argument('--big', default=2**70)
p.add_argument('--inf', default=float('-inf'), type=float)
p.add_argument('--suppressed', default=argparse.SUPPRESS, help=argparse.SUPPRESS)
p.add_argument('--half', default='\\ud800')
p.add_argument('--dict', default={})
p.add_argument('--list', default=[1, 2])
p.add_argument('--pair', nargs=2, default=(0.9, True))
p.parse_args()
";
    let project = Project::with(&[("odd.py", script)]);
    let flags = flags(&project, "odd.py");
    let default = |name: &str| flags[name]["default"].clone();
    for (name, expected) in [
        ("a.b", json!(1)),
        ("größe", json!(1.5)),
        ("-dash", json!("-")),
        ("object", json!(null)),
        ("enum", json!(null)),
        ("path", json!("p")),
        ("range", json!(2)),
        ("inf", json!("-Infinity")),
        ("suppressed", json!(null)),
        ("half", json!(null)),
        ("dict", json!(null)),
        ("list", json!(null)),
        ("pair", json!("0.9 yes")),
    ] {
        assert_eq!(default(name), expected, "{name}");
    }
    let values = |name: &str| flags[name]["choices"].clone();
    assert_eq!(values("range"), json!([{"value": 0}, {"value": 1}, {"value": 2}]));
    assert_eq!(values("keys"), json!([{"value": "a"}]));
    assert_eq!(values("enum"), json!(null));
    let text = project.guild("ops show odd.py").succeeds().stdout;
    assert!(text.contains("default: 1180591620717411303424\n"), "{text}");
}

#[test]
fn what_the_text_tells_needs_no_run() {
    let heavy = "open('ran', 'w')\n";
    let script = "
import argparse, heavy, no_such_module
def get_parser():
    p = argparse.ArgumentParser()
    p.add_argument('--rate', type=float, default=0.1)
    return p
if __name__ == '__main__':
    heavy.seed(3)
    print(get_parser().parse_args())
";
    let project = Project::with(&[("train.py", script), ("heavy.py", heavy)]);
    assert_eq!(defaults(&project, "train.py"), json!({"rate": 0.1}));
    assert!(!project.path("ran").exists());
}

#[test]
fn what_was_found_is_that_of_the_interpreter() {
    let script = "import argparse, sys\np = argparse.ArgumentParser()\n\
                  p.add_argument('--home', default=sys.prefix)\np.parse_args()\n";
    let project = Project::with(&[("s.py", script)]);
    let venv = project.path("venv");
    let mut make = std::process::Command::new(python());
    assert!(make.args(["-m", "venv", "--without-pip"]).arg(&venv).status().unwrap().success());
    let home = |python: &std::path::Path| {
        let out = project.guild("ops show s.py --json").env("GUILD_PYTHON", python).succeeds();
        let data: Value = serde_json::from_str(&out.stdout).unwrap();
        data["s.py"]["flags"]["home"]["default"].as_str().unwrap().to_owned()
    };
    let first = home(python());
    assert_eq!(home(&venv.join("bin/python3")), venv.display().to_string());
    assert_eq!(home(python()), first);
    assert_ne!(first, venv.display().to_string());
}
