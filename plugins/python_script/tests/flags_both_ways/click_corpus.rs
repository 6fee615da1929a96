//! Scripts that use click.

/// A script, and what is to be found of it.
pub struct Case {
    /// The decorators of options of a command; a whole script where it starts with `#`.
    script: &'static str,
    /// The arguments before those of flags.
    pub base_args: &'static [&'static str],
    /// The flags in short.
    pub flags: &'static str,
    /// Whether the tree tells.
    pub by_tree: bool,
    /// Why Guild AI 0.9.0 imports something else, where it does.
    pub differs: Option<&'static str>,
}

impl Case {
    pub fn text(&self) -> String {
        match self.script.starts_with('#') {
            true => self.script.to_owned(),
            false => format!(
                "import click\nNAMES = ['x', 'y']\n@click.command()\n{}\n\
                 def main(**values):\n    print(values)\nif __name__ == '__main__':\n    main()\n",
                self.script
            ),
        }
    }
}

const fn tree(script: &'static str, flags: &'static str) -> Case {
    Case { script, base_args: &[], flags, by_tree: true, differs: None }
}

const fn run(script: &'static str, flags: &'static str) -> Case {
    Case { script, base_args: &[], flags, by_tree: false, differs: None }
}

const fn args(base_args: &'static [&'static str], flags: &'static str) -> Case {
    Case { script: COMMANDS, base_args, flags, by_tree: true, differs: None }
}

const fn differs(script: &'static str, flags: &'static str, why: &'static str) -> Case {
    Case { script, base_args: &[], flags, by_tree: true, differs: Some(why) }
}

const COMMANDS: &str = "# whole
import click
from click import group, option as opt
@group()
@opt('--base', default=1)
@click.pass_context
def cli(ctx, base):
    pass
@cli.command()
@opt('--rate', type=float, help=' of what')
def first_one(rate):
    print(rate)
@cli.command('b', help='the second')
@opt('--size', type=int)
def second(size):
    pass
@click.group()
def more():
    pass
@more.command()
@click.option('--deep', is_flag=True)
def c(deep):
    pass
cli.add_command(more)
cli.add_command(second, name='bb')
if __name__ == '__main__':
    cli(obj={})
";

const SEVERAL: &str = "one argument cannot be several values: 0.9.0 passes what click refuses";
const COUNTED: &str = "0.9.0 passes a value, which click refuses";
const OFF: &str = "0.9.0 passes the option that stands for true when the value is false";
const VALUE: &str = "a switch is on or off, whatever it stands for: 0.9.0 makes text of it";

pub const CASES: &[Case] = &[
    tree("", ""),
    tree("@click.option('--a')", "a:string"),
    tree("@click.option('-a', '--long-name', 'name', '--other')", "long-name:string"),
    tree("@click.option('-a')\n@click.argument('b', nargs=-1)", ""),
    tree(
        "@click.option('--a', default=3)\n@click.option('--b', default=.5)",
        "a:int=3 b:float=0.5",
    ),
    tree("@click.option('--a', default='x' 'y', help='  h')", "a:string=\"xy\""),
    tree("@click.option('--a', type=int, default=None, required=True)", "a:int!"),
    tree("@click.option('--a', type=str, default=3, show_default=True)", "a:string=3"),
    tree(
        "@click.option('--a', type=click.INT)\n@click.option('--b', type=click.FLOAT)",
        "a:int b:float",
    ),
    tree("@click.option('--a', type=click.IntRange(0, 9), default=3)", "a:int=3"),
    tree("@click.option('--a', type=click.FloatRange(min=0))", "a:float"),
    tree("@click.option('--a', type=click.Path(exists=True), envvar='A')", "a"),
    tree(
        "@click.option('--a', type=click.Choice(['x', 'y'], case_sensitive=False))",
        "a{\"x\",\"y\"}",
    ),
    tree("@click.option('--a', type=click.Choice(NAMES), default='y')", "a{\"x\",\"y\"}=\"y\""),
    tree("@click.option('--a', type=lambda s: s.upper())", "a"),
    differs(
        "@click.option('--a', default=lambda: 3)",
        "a:string",
        "the function gives the value, and its text is none",
    ),
    tree("@click.option('--a', default=True)", "a:boolean=true"),
    tree("@click.option('--a', type=bool, default=False)", "a:boolean=false"),
    tree("@click.option('--a', is_flag=True)", "^a:boolean=false"),
    tree("@click.option('--a', is_flag=True, default=True)", "va:boolean=true"),
    tree("@click.option('--a', is_flag=True, required=True)", "^a:boolean!"),
    tree("@click.option('--a/--no-a')", "^a/--no-a:boolean=false"),
    tree("@click.option('--a/-A', ' /--off', default=False)", "^a/-A,--off:boolean=false"),
    differs("@click.option('--a/--no-a', default=True)", "va/--no-a:boolean=true", OFF),
    differs("@click.option('--a/-A', default=True)", "va/-A:boolean=true", OFF),
    differs(
        "@click.option('--up', 'case', flag_value='up', default=True)\n\
         @click.option('--low', 'case', flag_value='low')",
        "vup:string=true ^low:string=false",
        VALUE,
    ),
    differs("@click.option('-v', '--verbose', count=True)", "", COUNTED),
    tree("@click.option('--a', multiple=True)", "a:string"),
    differs(
        "@click.option('--a', multiple=True, default=[1, 2])",
        "a:int=[1,2]",
        "0.9.0 takes the list for a series of trials",
    ),
    differs("@click.option('--a', nargs=2, type=float)", "a:float*", SEVERAL),
    differs("@click.option('--a', type=(str, int), default=('x', 1))", "a*=[\"x\",1]", SEVERAL),
    run("@click.option('--a', default=float('inf'))", "a:float=\"Infinity\""),
    tree("@click.option('--größe', 'size', default='ü')", "größe:string=\"ü\""),
    args(&[], "base:int=1"),
    args(&["first-one"], "rate:float"),
    args(&["b"], "size:int"),
    args(&["bb"], "size:int"),
    args(&["more"], ""),
    args(&["more", "c"], "^deep:boolean=false"),
    tree(
        "# whole\nimport click, sys\nN = 3\nshared = click.option('--n', default=N)\n\
         def helper():\n    return 1\nX = helper()\nprint(X)\n@click.command\n@shared\n\
         @click.option('--m', default=-1)\ndef main(n, m):\n    pass\n\
         main(sys.argv[1:])\n",
        "n:int=3 m:int=-1",
    ),
    differs(
        "# whole\nimport click\nN = 3\nshared = click.option('--n', default=N)\n\
         @click.command(context_settings=dict(help_option_names=['-h', '--help']))\n@shared\n\
         @click.option('--m')\ndef main(n, m):\n    pass\nif '__main__' == __name__:\n    main.main()\n",
        "n:int=3 m:string",
        "0.9.0 waits for a call of the command itself",
    ),
    // What only running tells.
    run("@click.option('--a', default=1 + 1)", "a:int=2"),
    run("@click.version_option('1')\n@click.option('--a')", "^version:boolean=false a:string"),
    run("@click.option('--a', help='h\\n  i')", "a:string"),
    run(
        "# whole\nimport click\n@click.command()\n@click.option('--a')\ndef main(a):\n    pass\n\
         def start():\n    main()\nstart()\n",
        "a:string",
    ),
    run(
        "# whole\nimport click\nN = 1\nif N:\n    N = 2\n@click.command()\n@click.option('--a', default=N)\n\
         def main(a):\n    pass\nmain()\n",
        "a:int=2",
    ),
    run(
        "# whole\nimport click\nL = ['x']\nL.append('y')\n@click.command()\n\
         @click.option('--a', type=click.Choice(L))\ndef main(a):\n    pass\nmain()\n",
        "a{\"x\",\"y\"}",
    ),
    run(
        "# whole\nimport click\n@click.command()\n@click.option('--a')\ndef main(a):\n    pass\n\
         main.params.pop()\nmain()\n",
        "",
    ),
    run(
        "# whole\nimport click\ndef twice(f):\n    return click.option('--a')(f)\n@click.command()\n\
         @twice\ndef main(a):\n    pass\nmain()\n",
        "a:string",
    ),
    run(
        "# whole\nimport click\n@click.command(cls=type('C', (click.Command,), {}))\n@click.option('--a')\n\
         def main(a):\n    pass\ntry:\n    main()\nexcept ValueError:\n    pass\n",
        "a:string",
    ),
];
