//! Flags of scripts that use typer, absl and `HfArgumentParser`, where these are installed: the script
//! gets what it would get by hand.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Project, python_with};

fn flags(project: &Project) -> Vec<String> {
    let text = project.guild("ops show s.py --json").succeeds().stdout;
    let data: Value = serde_json::from_str(&text).unwrap();
    data["s.py"]["flags"].as_object().unwrap().keys().cloned().collect()
}

/// What a script gets of its library when it is started by hand, and by guild with the same flags.
#[track_caller]
fn same_as_by_hand(python: &Path, script: &str, cases: &[(&[&str], &[&str])]) {
    let project = Project::with(&[("s.py", script)]);
    let by_hand = |args: &[&str]| {
        let mut command = Command::new(python);
        let out = command.arg("s.py").args(args).current_dir(project.dir()).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let help = by_hand(&["--help"]);
    for name in flags(&project) {
        assert!(help.contains(&format!("--{name}")), "{name} in {help}");
    }
    for (args, flags) in cases {
        let line = [&["run", "s.py", "-y"], *flags].concat();
        let out = project.guild_args(&line).env("GUILD_PYTHON", python).succeeds();
        assert_eq!(out.stdout, by_hand(args), "{flags:?}");
    }
}

#[test]
fn typer_itself_gets_the_same() {
    let Some(python) = python_with("typer") else { return };
    let script = "
import enum
from pathlib import Path
from typing import Annotated, List, Optional, Tuple
import typer

RATE = 0.1

class Kind(str, enum.Enum):
    SGD = 'sgd'
    ADAM = 'adam'

def main(
    data: str = typer.Argument('here'),
    rate: float = RATE,
    batch_size: Annotated[int, typer.Option('--batch', '-b', help='how many')] = 32,
    kind: Kind = Kind.ADAM,
    name: Optional[str] = None,
    warm: bool = True,
    deep: bool = typer.Option(False, help='deeper'),
    quiet: bool = typer.Option(False, '--quiet', '-q'),
    cold: bool = typer.Option(True, '--cold/--hot'),
    tag: List[str] = typer.Option([]),
    tags: List[str] = typer.Option(['a', 'b']),
    pair: Tuple[int, float] = (1, 2.0),
    path: Path = Path('x/y'),
    sure: Optional[bool] = None,
    count: int = typer.Option(0, '--verbose', '-v', count=True),
    env: str = typer.Option('e', envvar='NO_SUCH_VARIABLE'),
    under_score: int = 5,
    made: str = typer.Option(default_factory=lambda: 'made'),
):
    print(sorted(locals().items()))

if __name__ == '__main__':
    typer.run(main)
";
    same_as_by_hand(
        &python,
        script,
        &[
            (&[], &[]),
            (
                &["--no-warm", "--deep", "--quiet", "--hot", "--kind", "sgd", "--name", "yes"],
                &["warm=no", "deep=yes", "quiet=yes", "cold=no", "kind=sgd", "name='yes'"],
            ),
            (
                &["--tag", "z", "--tags", "q", "--pair", "3", "4.5", "--path", "/p/q", "--sure"],
                &["tag=z", "tags=q", "pair=3 4.5", "path=/p/q", "sure=yes"],
            ),
            (
                &["--rate", "1e-3", "--batch", "1", "--under-score", "9", "--made", "c"],
                &["rate=1e-3", "batch=1", "under-score=9", "made=c"],
            ),
        ],
    );
}

#[test]
fn absl_itself_gets_the_same() {
    let Some(python) = python_with("absl") else { return };
    let script = "
import sys
from absl import app, flags
FLAGS = flags.FLAGS
NAMES = 'name layers rate warm deep color sizes words tag several seed maybe s'.split()
flags.DEFINE_string('name', 'x', 'The name.')
flags.DEFINE_integer('layers', 3, 'How many', lower_bound=1)
_RATE = flags.DEFINE_float('rate', 0.1, help='How fast')
flags.DEFINE_bool('warm', True, 'Whether')
flags.DEFINE_boolean('deep', False, 'Whether')
flags.DEFINE_enum('color', 'red', ['red', 'blue'], 'Which')
flags.DEFINE_list('sizes', ['1', '2'], 'Many')
flags.DEFINE_spaceseplist('words', 'a b', 'Many')
flags.DEFINE_multi_integer('tag', [1, 2], 'Many')
flags.DEFINE_multi_string('several', 'one', 'Many')
flags.DEFINE_integer('seed', None, 'Seed')
flags.DEFINE_bool('maybe', None, 'Maybe')
flags.DEFINE_string('s', 'short', 'Short', short_name='q')
def main(argv):
    print([(name, FLAGS[name].value) for name in NAMES], argv[1:])
if '--help' in sys.argv:
    print(FLAGS.get_help().replace('[no]', ''))
elif __name__ == '__main__':
    app.run(main)
";
    same_as_by_hand(
        &python,
        script,
        &[
            (&[], &[]),
            (
                &["--nowarm", "--deep", "--color=blue", "--sizes=4,5", "--words=c d", "--tag=7"],
                &["warm=no", "deep=yes", "color=blue", "sizes=4,5", "words=c d", "tag=7"],
            ),
            (
                &["--several=two", "--seed=3", "--maybe", "--s=z", "--rate=1e-3", "--name=1e-3"],
                &["several=two", "seed=3", "maybe=yes", "s=z", "rate=1e-3", "name='1e-3'"],
            ),
        ],
    );
}

#[test]
fn hf_argument_parser_itself_gets_the_same() {
    let Some(python) = python_with("transformers") else { return };
    let script = "
from dataclasses import dataclass, field
from enum import Enum
from typing import List, Literal, Optional
from transformers import HfArgumentParser

class Kind(Enum):
    A = 'a'
    B = 'b'

@dataclass
class Base:
    name: str = 'x'
    rate: float = field(default=0.1, metadata={'help': 'how fast'})

@dataclass
class ModelArguments(Base):
    rate: float = 0.2
    layers: Optional[int] = field(default=None, metadata={'help': 'how many'})
    sizes: List[int] = field(default_factory=lambda: [8, 16])
    names: Optional[List[str]] = None
    kind: Kind = Kind.B
    mode: Literal['fast', 'slow'] = 'fast'
    number: Literal[1, 2] = 1
    warm: bool = True
    deep: bool = field(default=False)
    maybe: Optional[bool] = None
    under_score: int = 1
    aliased: int = field(default=1, metadata={'aliases': ['--other', '-o']})

@dataclass
class DataArguments:
    data_dir: Optional[str] = None

if __name__ == '__main__':
    parser = HfArgumentParser((ModelArguments, DataArguments))
    print(*parser.parse_args_into_dataclasses())
";
    same_as_by_hand(
        &python,
        script,
        &[
            (&[], &[]),
            (
                &["--no_warm", "--deep", "--sizes", "1", "2", "--names", "a", "b", "--kind", "a"],
                &["warm=no", "deep=yes", "sizes=1 2", "names=a b", "kind=a"],
            ),
            (
                &["--mode", "slow", "--number", "2", "--maybe", "yes", "--aliased", "4"],
                &["mode=slow", "number=2", "maybe=yes", "aliased=4"],
            ),
            (
                &["--layers", "2", "--data_dir", "/d", "--rate", "1e-5", "--under_score", "3"],
                &["layers=2", "data_dir=/d", "rate=1e-5", "under_score=3"],
            ),
        ],
    );
}
