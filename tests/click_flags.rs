//! Flags of scripts that use click.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Project, oracle, without_origins};

/// Guild AI 0.9.0's interpreter, which has click; none, with a message, where it is not installed.
fn python_with_click() -> Option<PathBuf> {
    oracle().map(|oracle| oracle.with_file_name("python3"))
}

fn flags(project: &Project, script: &str) -> Value {
    let text = project.guild(&format!("ops show {script} --json")).succeeds().stdout;
    let data: Value = serde_json::from_str(&text).unwrap();
    without_origins(&data[script]["flags"])
}

const TRAIN: &str = "
import click, no_such_module
@click.command()
@click.argument('data', required=False)
@click.option('--rate', default=0.1, help='how fast')
@click.option('--optimizer', type=click.Choice(['sgd', 'adam']), default='adam')
@click.option('--warm/--cold', default=True)
@click.option('--deep', is_flag=True)
@click.option('--shape', nargs=2, type=int, default=(8, 16))
@click.option('--tag', multiple=True, default=['x', 'y'])
@click.option('-v', '--verbose', count=True)
def main(**values):
    print(sorted(values.items()))
if __name__ == '__main__':
    main()
";

/// The same, but the tree does not tell.
fn run_for_its_flags() -> String {
    let by_run = TRAIN.replace("import click, no_such_module", "import click");
    by_run.replace("'how fast'", "'how ' * 1 + 'fast'")
}

#[test]
fn options_are_flags_without_click_being_there() {
    let project = Project::with(&[("train.py", TRAIN)]);
    assert_eq!(
        flags(&project, "train.py"),
        json!({
            "rate": {"arg-split": null, "default": 0.1, "type": "float", "description": "how fast"},
            "optimizer": {
                "arg-split": null, "default": "adam", "type": null,
                "choices": [{"value": "sgd"}, {"value": "adam"}],
            },
            "warm": {
                "arg-split": null, "default": true, "type": "boolean",
                "arg-name": "cold", "arg-switch": false,
            },
            "deep": {"arg-split": null, "default": false, "type": "boolean", "arg-switch": true},
            "shape": {"arg-split": true, "default": "8 16", "type": "int"},
            "tag": {"arg-split": null, "default": null, "type": "string"},
        })
    );
}

#[test]
fn flags_reach_click_however_they_were_found() {
    let Some(python) = python_with_click() else { return };
    let by_tree = TRAIN.replace(", no_such_module", "");
    let project = Project::with(&[("tree.py", &by_tree), ("run.py", &run_for_its_flags())]);
    let guild =
        |line: &str| project.guild(line).env("GUILD_PYTHON", &python).succeeds().stdout.clone();
    let show = |script: &str| {
        let data: Value =
            serde_json::from_str(&guild(&format!("ops show {script} --json"))).unwrap();
        without_origins(&data[script]["flags"])
    };
    assert_eq!(show("tree.py"), show("run.py"));
    assert!(guild("ops show run.py").contains("(script was run)"));
    assert!(!guild("ops show tree.py").contains("(script was run)"));
    for script in ["tree.py", "run.py"] {
        let values = |flags: &[&str]| {
            let line = [&["run", script, "-y"], flags].concat();
            project.guild_args(&line).env("GUILD_PYTHON", &python).succeeds().stdout
        };
        assert_eq!(
            values(&[]),
            "[('data', None), ('deep', False), ('optimizer', 'adam'), ('rate', 0.1), \
             ('shape', (8, 16)), ('tag', ('x', 'y')), ('verbose', 0), ('warm', True)]\n"
        );
        assert_eq!(
            values(&["rate=0.5", "deep=yes", "warm=no", "shape=1 2", "optimizer=sgd", "tag=z"]),
            "[('data', None), ('deep', True), ('optimizer', 'sgd'), ('rate', 0.5), \
             ('shape', (1, 2)), ('tag', ('z',)), ('verbose', 0), ('warm', False)]\n"
        );
    }
}

#[test]
fn sub_commands_have_flags_of_their_own() {
    let Some(python) = python_with_click() else { return };
    let script = "
import click
@click.group()
@click.option('--base', default=1)
def cli(base):
    print(base)
@cli.command()
@click.option('--size', default=2)
def train_it(size):
    print(size)
if __name__ == '__main__':
    cli()
";
    let guildfile = "
train: {main: cli train-it, flags-import: all}
base: {main: cli, flags-import: all}
";
    let project = Project::with(&[("cli.py", script), ("guild.yml", guildfile)]);
    let out = project.guild("run train size=5 -y").env("GUILD_PYTHON", &python).succeeds();
    assert_eq!(out.stdout, "1\n5\n");
    let help = project.guild("run base --help-op").succeeds().stdout;
    assert!(help.contains("base") && !help.contains("size"), "{help}");
}
