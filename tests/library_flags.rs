//! Flags of scripts that use a library which Guild AI 0.9.0 does not know: typer, absl, and the
//! dataclasses of `HfArgumentParser`. The libraries themselves are not there: a module of the same
//! name shows which arguments the script gets. See `real_libraries` for the libraries themselves.

use serde_json::{Value, json};

use crate::harness::{Project, without_origins};

fn flags(project: &Project, script: &str) -> Value {
    let text = project.guild(&format!("ops show {script} --json")).succeeds().stdout;
    let data: Value = serde_json::from_str(&text).unwrap();
    without_origins(&data[script]["flags"])
}

/// The arguments that the script gets.
fn args(project: &Project, script: &str, flags: &[&str]) -> String {
    let line = [&["run", script, "-y"], flags].concat();
    project.guild_args(&line).succeeds().stdout.trim().to_owned()
}

const TYPER: &str = "
import enum
from typing import Annotated, List, Optional
import typer

RATE = 0.1

class Kind(str, enum.Enum):
    SGD = 'sgd'
    ADAM = 'adam'

def helper(x=1):
    return x

def main(
    ctx: typer.Context,
    data: str,
    rate: float = RATE,
    batch_size: Annotated[int, typer.Option('--batch', '-b', help='how many')] = 32,
    kind: Kind = Kind.ADAM,
    name: Optional[str] = None,
    warm: bool = True,
    deep: bool = typer.Option(False, help='deeper'),
    quiet: bool = typer.Option(False, '--quiet', '-q'),
    tag: List[str] = typer.Option([]),
    where: str = typer.Argument('here'),
    must: int = typer.Option(..., min=1),
    sure: Optional[bool] = None,
    verbose: int = typer.Option(0, count=True),
):
    pass

if __name__ == '__main__':
    typer.run(main)
";

/// Stands for typer: what a script runs prints its arguments.
const FAKE_TYPER: &str = "
import sys
class Context: pass
def Option(*args, **kw): pass
Argument = Option
def run(f):
    print(' '.join(sys.argv[1:]))
class Typer:
    def __init__(self, **kw): pass
    def command(self, *args, **kw):
        return lambda f: f
    def __call__(self):
        run(None)
";

#[test]
fn parameters_of_a_typer_app_are_flags() {
    let app = "
import typer
app = typer.Typer(help='x')
@app.command()
def train(layers: int = 3, warm: bool = typer.Option(True, '--warm/--cold')):
    pass
if __name__ == '__main__':
    app()
";
    let files = [("train.py", TYPER), ("app.py", app), ("lib/typer.py", FAKE_TYPER)];
    let project = Project::with(&files);
    let yes = json!([{"value": true}]);
    assert_eq!(
        flags(&project, "train.py"),
        json!({
            "rate": {"arg-split": null, "default": 0.1, "type": "float"},
            "batch": {"arg-split": null, "default": 32, "type": "int", "description": "how many"},
            "kind": {
                "arg-split": null, "default": "adam", "type": null,
                "choices": [{"value": "sgd"}, {"value": "adam"}],
            },
            "name": {"arg-split": null, "default": null, "type": "string"},
            "warm": {
                "arg-split": null, "default": true, "type": "boolean",
                "arg-name": "no-warm", "arg-switch": false,
            },
            "deep": {
                "arg-split": null, "default": false, "type": "boolean", "arg-switch": true,
                "description": "deeper",
            },
            "quiet": {"arg-split": null, "default": false, "type": "boolean", "arg-switch": true},
            "tag": {"arg-split": null, "default": null, "type": "string"},
            "must": {"arg-split": null, "default": null, "type": "int", "required": true},
            "sure": {
                "arg-split": null, "default": null, "type": "boolean", "arg-switch": true,
                "choices": yes,
            },
        })
    );
    let typer = |script: &str, flags: &[&str]| {
        let line = [&["run", script, "-y"], flags].concat();
        let lib = project.path("lib");
        let out = project.guild_args(&line).env("PYTHONPATH", lib).succeeds();
        out.stdout.trim().to_owned()
    };
    assert_eq!(typer("train.py", &["must=2"]), "--batch 32 --kind adam --must 2 --rate 0.1");
    assert_eq!(
        typer("train.py", &["must=2", "warm=no", "deep=yes", "quiet=yes", "tag=x", "kind=sgd"]),
        "--batch 32 --deep --kind sgd --must 2 --quiet --rate 0.1 --tag x --no-warm"
    );
    assert_eq!(typer("app.py", &[]), "--layers 3");
    assert_eq!(typer("app.py", &["warm=no"]), "--layers 3 --cold");
    let out = project.guild("run train.py must=1 sure=no -y").fails(1);
    assert!(out.stderr.contains("sure"), "{}", out.stderr);
    let out = project.guild("run train.py must=1 deap=yes -y").fails(1);
    assert!(out.stderr.contains("unsupported flag 'deap'"), "{}", out.stderr);
}

const ABSL: &str = "
from absl import app, flags
FLAGS = flags.FLAGS
COLORS = ['red', 'blue']
flags.DEFINE_string('name', 'x', 'The name.')
flags.DEFINE_integer('layers', 3, 'How many', lower_bound=1)
_RATE = flags.DEFINE_float('rate', 0.1, help='How fast')
flags.DEFINE_bool('warm', True, 'Whether')
flags.DEFINE_boolean('deep', False, 'Whether')
flags.DEFINE_enum('color', 'red', COLORS, 'Which')
flags.DEFINE_list('sizes', ['1', '2'], 'Many')
flags.DEFINE_multi_integer('tag', [1, 2], 'Many')
flags.DEFINE_string('out', None, 'Where', required=True)
flags.DEFINE_string('log', None, 'Where')
flags.mark_flag_as_required('log')
def main(argv):
    pass
if __name__ == '__main__':
    app.run(main)
";

#[test]
fn what_is_defined_with_absl_are_flags() {
    let files = [
        ("train.py", ABSL),
        ("absl/__init__.py", ""),
        ("absl/app.py", "import sys\ndef run(main):\n    print(' '.join(sys.argv[1:]))\n"),
        (
            "absl/flags.py",
            "def __getattr__(name):\n    return None if name == 'FLAGS' else lambda *a, **kw: None\n",
        ),
    ];
    let project = Project::with(&files[..1]);
    let found = flags(&project, "train.py");
    assert_eq!(
        found["warm"],
        json!({
            "arg-split": null, "default": true, "type": "boolean", "description": "Whether",
            "arg-name": "nowarm", "arg-switch": false,
        })
    );
    assert_eq!(found["sizes"]["default"], "1,2");
    assert_eq!(found["color"]["choices"], json!([{"value": "red"}, {"value": "blue"}]));
    assert_eq!(
        (&found["out"]["required"], &found["log"]["required"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(found["layers"]["type"], "int");
    assert_eq!(found.as_object().unwrap().len(), 10);
    for (name, text) in &files[1..] {
        project.write(name, text);
    }
    let required = ["out=o", "log=l"];
    assert_eq!(
        args(&project, "train.py", &required),
        "--color red --layers 3 --log l --name x --out o --rate 0.1 --sizes 1,2"
    );
    let more = ["warm=no", "deep=yes", "sizes=4,5", "tag=7", "rate=1e-3"];
    assert_eq!(
        args(&project, "train.py", &[&required[..], &more[..2]].concat()),
        "--color red --deep --layers 3 --log l --name x --out o --rate 0.1 --sizes 1,2 --nowarm"
    );
    assert_eq!(
        args(&project, "train.py", &[&required[..], &more[2..]].concat()),
        "--color red --layers 3 --log l --name x --out o --rate 0.001 --sizes 4,5 --tag 7"
    );
}

const DATACLASSES: &str = "
from dataclasses import dataclass, field
from enum import Enum
from typing import List, Literal, Optional
from transformers import HfArgumentParser, TrainingArguments

class Kind(Enum):
    A = 'a'
    B = 'b'

@dataclass
class Base:
    path: str
    name: str = 'x'
    rate: float = field(default=0.1, metadata={'help': 'how fast'})

@dataclass
class ModelArguments(Base):
    '''What it is.'''
    rate: float = 0.2
    layers: Optional[int] = field(default=None, metadata={'help': 'how many'})
    sizes: List[int] = field(default_factory=lambda: [8, 16])
    kind: Kind = Kind.B
    mode: Literal['fast', 'slow'] = 'fast'
    warm: bool = True
    deep: bool = field(default=False)

@dataclass
class DataArguments:
    data_dir: Optional[str] = None

def main():
    parser = HfArgumentParser((ModelArguments, DataArguments, TrainingArguments))
    parser.parse_args_into_dataclasses()

if __name__ == '__main__':
    main()
";

#[test]
fn fields_of_dataclasses_are_flags() {
    let fake = "
import sys
class TrainingArguments: pass
class HfArgumentParser:
    def __init__(self, classes): pass
    def parse_args_into_dataclasses(self):
        print(' '.join(sys.argv[1:]))
";
    let project = Project::with(&[("train.py", DATACLASSES), ("transformers.py", fake)]);
    assert_eq!(
        flags(&project, "train.py"),
        json!({
            "name": {"arg-split": null, "default": "x", "type": "string"},
            "rate": {"arg-split": null, "default": 0.2, "type": "float"},
            "path": {"arg-split": null, "default": null, "type": "string", "required": true},
            "layers": {"arg-split": null, "default": null, "type": "int", "description": "how many"},
            "sizes": {"arg-split": true, "default": "8 16", "type": "int"},
            "kind": {
                "arg-split": null, "default": null, "type": null,
                "choices": [{"value": "a"}, {"value": "b"}],
            },
            "mode": {
                "arg-split": null, "default": "fast", "type": null,
                "choices": [{"value": "fast"}, {"value": "slow"}],
            },
            "warm": {
                "arg-split": null, "default": true, "type": "boolean",
                "arg-name": "no_warm", "arg-switch": false,
            },
            "deep": {"arg-split": null, "default": false, "type": "boolean", "arg-switch": true},
            "data_dir": {"arg-split": null, "default": null, "type": "string"},
        })
    );
    assert_eq!(
        args(&project, "train.py", &["path=p"]),
        "--mode fast --name x --path p --rate 0.2 --sizes 8 16"
    );
    // Fields of a class that is not in the script are taken as they are given.
    assert_eq!(
        args(&project, "train.py", &["path=p", "warm=no", "deep=yes", "sizes=1 2", "seed=7"]),
        "--deep --mode fast --name x --path p --rate 0.2 --seed 7 --sizes 1 2 --no_warm"
    );
}

#[test]
fn what_is_not_sure_stays_with_the_globals() {
    let several = "
import typer
rate = 0.1
app = typer.Typer()
@app.command()
def a(x: int = 1): pass
@app.command()
def b(y: int = 1): pass
app()
";
    let looped = "
from absl import app, flags
rate = 0.1
for name in 'ab':
    flags.DEFINE_string(name, 'x', 'help')
app.run(print)
";
    let guildfile = "
train: {main: train, flags-import: all}
own: {main: train, flags-dest: globals, flags-import: all}
";
    let project = Project::with(&[
        ("several.py", several),
        ("looped.py", looped),
        ("train.py", TYPER),
        ("guild.yml", guildfile),
    ]);
    for script in ["several.py", "looped.py"] {
        let found = flags(&project, script);
        assert_eq!(found.as_object().unwrap().keys().collect::<Vec<_>>(), ["rate"], "{script}");
    }
    let names = |op: &str| project.guild(&format!("run {op} --help-op")).succeeds().stdout;
    assert!(names("train").contains("no-warm") || names("train").contains("batch"));
    assert!(names("own").contains("RATE"), "{}", names("own"));
}
