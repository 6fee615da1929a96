//! The scripts.

/// A script, and what is to be found of it.
pub struct Case {
    /// The script, after `import argparse` and a parser `p`, before `p.parse_args()`; a whole script
    /// where it starts with `#`.
    pub script: &'static str,
    /// The arguments before those of flags.
    pub base_args: &'static [&'static str],
    /// The flags in short.
    pub flags: &'static str,
    /// Whether the tree tells.
    pub by_tree: bool,
    /// Whether the script fails when it is run.
    pub fails: bool,
}

impl Case {
    pub fn text(&self) -> String {
        match self.script.starts_with('#') {
            true => self.script.to_owned(),
            false => format!(
                "import argparse\np = argparse.ArgumentParser()\n{}\np.parse_args()\n",
                self.script
            ),
        }
    }
}

const fn tree(script: &'static str, flags: &'static str) -> Case {
    Case { script, base_args: &[], flags, by_tree: true, fails: false }
}

const fn run(script: &'static str, flags: &'static str) -> Case {
    Case { script, base_args: &[], flags, by_tree: false, fails: false }
}

const fn args(
    script: &'static str,
    base_args: &'static [&'static str],
    flags: &'static str,
) -> Case {
    Case { script, base_args, flags, by_tree: true, fails: false }
}

/// What the library refuses: it is not for the tree to guess.
const fn refused(script: &'static str) -> Case {
    Case { script, base_args: &[], flags: "", by_tree: false, fails: true }
}

const COMMANDS: &str = "#
import argparse
p = argparse.ArgumentParser()
p.add_argument('--base', default=1)
s = p.add_subparsers(dest='command', required=True)
a = s.add_parser('a', help='the first', aliases=['aa'])
a.add_argument('--rate', type=float)
b = s.add_parser('b')
b.add_argument('--size', type=int)
t = b.add_subparsers()
c = t.add_parser('c')
c.add_argument('--deep', action='store_true')
p.parse_args()
";

pub const CASES: &[Case] = &[
    tree("", ""),
    tree("p.add_argument('--a')", "a"),
    tree("p.add_argument('-a', '--long-name', '--other')", "long-name"),
    tree("p.add_argument('-a')\np.add_argument('b')\np.add_argument('c', nargs='*')", ""),
    tree("p.add_argument('--a', type=int, default=3)", "a:int=3"),
    tree("p.add_argument('--a', type=float, default=-1.5e-7)", "a:float=-1.5e-7"),
    tree("p.add_argument('--a', type=str, default='x' 'y')", "a:string=\"xy\""),
    tree("p.add_argument('--a', type=bool, default=True)", "a:boolean=true"),
    tree("p.add_argument('--a', default=None, required=True)", "a!"),
    tree("p.add_argument('--a', type=lambda s: s.upper())", "a"),
    tree("def f(s):\n    return int(s)\np.add_argument('--a', type=f, default=1)", "a=1"),
    tree("import os\np.add_argument('--a', type=os.path.abspath, default='x')", "a=\"x\""),
    tree("from pathlib import Path\np.add_argument('--a', type=Path)", "a"),
    tree("p.add_argument('--a', nargs='+', default=[1, 2.5, 'x', None])", "a*=[1,2.5,\"x\",null]"),
    tree("p.add_argument('--a', nargs=2, default=(0.9, 0.999))", "a*=[0.9,0.999]"),
    tree("p.add_argument('--a', nargs=1, default=['x'])", "a=[\"x\"]"),
    tree(
        "p.add_argument('--a', default=['x'])\np.add_argument('--b', nargs='?', default=[1])",
        "a b",
    ),
    tree("p.add_argument('--a')\np.set_defaults(a=['x'])", "a"),
    tree("p.add_argument('--a', nargs='?', const=1, default=2)", "a=2"),
    tree("p.add_argument('--a', nargs=1)\np.add_argument('--b', nargs=argparse.REMAINDER)", "a b"),
    tree("p.add_argument('--a', action='store_true', help='h')", "+a=false"),
    tree("p.add_argument('--a', action='store_false')", "-a=true"),
    tree("p.add_argument('--a', action='store_true', default=None)", "+a"),
    tree("p.add_argument('--a', action=argparse.BooleanOptionalAction, default=True)", "±a=true"),
    tree(
        "for a in ['store_const', 'append_const']:\n    p.add_argument('--' + a, action=a, const=1)\n\
         p.add_argument('--c', action='count')\np.add_argument('--d', action='append')\n\
         p.add_argument('--version', action='version', version='1')",
        "",
    ),
    tree("p.add_argument('--a', choices=['x', 'y'])", "a{\"x\",\"y\"}"),
    tree("C = (1, 2)\np.add_argument('--a', choices=C, type=int)", "a:int{1,2}"),
    tree("p.add_argument('--a', choices=range(1, 4), type=int)", "a:int{1,2,3}"),
    tree("p.add_argument('--a', choices=list(range(2)))", "a{0,1}"),
    tree("p.add_argument('--a', default=argparse.SUPPRESS, help=argparse.SUPPRESS)", "a"),
    tree("p.add_argument('--a', default=float('-inf'), type=float)", "a:float=\"-Infinity\""),
    tree("p.add_argument('--a', default=2 ** 10 * 3 + 1)", "a=3073"),
    tree("N = 'x'\np.add_argument(f'--{N}-{1}', default=f'{N}y')", "x-1=\"xy\""),
    tree("g = p.add_argument_group('g')\ng.add_argument('--a')\np.add_argument('--b')", "a b"),
    tree(
        "g = p.add_mutually_exclusive_group(required=True)\ng.add_argument('--a')\n\
         g.add_argument('--b', action='store_true')",
        "a +b=false",
    ),
    tree(
        "p.add_argument('--a', default=1)\np.add_argument('--b')\np.set_defaults(a=5, b='x', c=p)",
        "a=5 b=\"x\"",
    ),
    tree(
        "p.set_defaults(a_b=5)\np.add_argument('--a-b', default=None)\np.add_argument('--c')",
        "a-b c",
    ),
    tree("p.set_defaults(b=5)\np.add_argument('--a', dest='b')", "a=5"),
    tree(
        "for n in ['a', 'b']:\n    p.add_argument('--' + n, type=int, default=len(n))",
        "a:int=1 b:int=1",
    ),
    tree("L = []\nL.append('x')\np.add_argument('--a', choices=L)", "a{\"x\"}"),
    tree(
        "if __name__ == '__main__':\n    p.add_argument('--a')\nelse:\n    p.add_argument('--b')",
        "a",
    ),
    tree("import sys\nif sys.platform == 'x':\n    print('no')\np.add_argument('--a')", "a"),
    tree(
        "import sys\nif len(sys.argv) == 1:\n    p.print_help()\n    sys.exit(1)\np.add_argument('--a')",
        "a",
    ),
    tree(
        "try:\n    import nothing\nexcept ImportError:\n    nothing = None\np.add_argument('--a')",
        "a",
    ),
    tree("p.add_argument('--größe', default='ü')", "größe=\"ü\""),
    tree("p.add_argument('--a.b', default=1)", "a.b=1"),
    tree(
        "kw = 1\ndef add(q, default=2):\n    q.add_argument('--a', default=default)\nadd(p)",
        "a=2",
    ),
    tree(
        "def add(q, name):\n    g = q.add_argument_group(name)\n    g.add_argument('--' + name)\n    return q\np = add(add(p, 'a'), name='b')",
        "a b",
    ),
    tree(
        "class A(argparse.Action):\n    def __call__(self, *a):\n        pass\np.add_argument('--a', action=A)\np.add_argument('--b')",
        "b",
    ),
    tree(
        "p._action_groups.pop()\nr = p.add_argument_group('required')\nr.add_argument('--a', required=True)",
        "a!",
    ),
    tree(
        "# whole\nfrom argparse import ArgumentParser, ArgumentDefaultsHelpFormatter\n\
         def get():\n    parser = ArgumentParser(description='x', formatter_class=ArgumentDefaultsHelpFormatter)\n    \
         parser.add_argument('--a', type=int, default=1)\n    return parser\n\
         def main(argv=None):\n    parser = get()\n    parser.add_argument('--b')\n    \
         args = parser.parse_args(argv)\nif __name__ == '__main__':\n    main()\n",
        "a:int=1 b",
    ),
    tree(
        "# whole\nimport argparse, sys\nbase = argparse.ArgumentParser(add_help=False)\n\
         base.add_argument('--a')\nrest, others = base.parse_known_args()\n\
         p = argparse.ArgumentParser(parents=[base])\np.add_argument('--b')\n\
         p.parse_args(sys.argv[1:])\n",
        "a b",
    ),
    tree(
        "# whole\nimport argparse\np = argparse.ArgumentParser()\np.add_argument('--a')\np.parse_known_args()\np.add_argument('--b')\n",
        "a",
    ),
    tree(
        "# whole\nimport argparse\np = argparse.ArgumentParser(add_help=False)\np.add_argument('--a')\np.parse_args()\n",
        "a",
    ),
    tree(COMMANDS, "base=1"),
    args(COMMANDS, &["a"], "rate:float"),
    args(COMMANDS, &["aa"], "rate:float"),
    args(COMMANDS, &["b"], "size:int"),
    args(COMMANDS, &["b", "c"], "+deep=false"),
    // What only running tells.
    run("p.add_argument('--a', default=1 << 3)", "a=8"),
    run("import os\np.add_argument('--a', default=os.sep)", "a=\"/\""),
    run("import random\nif random.random() < 2:\n    p.add_argument('--a')", "a"),
    run("p.add_argument('--a', choices={'x': 1})", "a{\"x\"}"),
    run("p.add_argument('--a', choices=sorted(['y', 'x']))", "a{\"x\",\"y\"}"),
    run("a = p.add_argument('--a')\na.default = 3", "a=3"),
    run("p.add_argument('--a', **{'default': 4})", "a=4"),
    run("kw = dict(default=4)\np.add_argument('--a', **kw)", "a=4"),
    run("getattr(p, 'add_argument')('--a')", "a"),
    run("import functools\nadd = functools.partial(p.add_argument, default=2)\nadd('--a')", "a=2"),
    run(
        "L = ['x']\ndef f():\n    L.append('y')\nf()\np.add_argument('--a', choices=L)",
        "a{\"x\",\"y\"}",
    ),
    run("D = 1\ndef f():\n    global D\n    D = 2\nf()\np.add_argument('--a', default=D)", "a=2"),
    tree("int = str\np.add_argument('--a', type=int)", "a:string"),
    run("import builtins\np.add_argument('--a', type=builtins.int)", "a:int"),
    run(
        "def d(f):\n    return lambda: f(5)\n@d\ndef add(n):\n    p.add_argument('--a', default=n)\nadd()",
        "a=5",
    ),
    run("p = type('P', (argparse.ArgumentParser,), {})()\np.add_argument('--a')", "a"),
    run("x = [i for i in range(3)]\np.add_argument('--a', choices=x)", "a{0,1,2}"),
    run("import sys\nsys.argv = ['x', '--help']\np.add_argument('--a')", "a"),
    run("class O:\n    def __init__(self):\n        p.add_argument('--a')\nO()", "a"),
    run("p.add_argument('--a', default=object(), type=int)", "a:int"),
    run(
        "p = argparse.ArgumentParser(conflict_handler='resolve')\np.add_argument('--a')\np.add_argument('--a', default=1)",
        "a=1",
    ),
    run("p = argparse.ArgumentParser(argument_default=7)\np.add_argument('--a')", "a=7"),
    run(
        "p = argparse.ArgumentParser(prefix_chars='+-')\np.add_argument('++a')\np.add_argument('--b')",
        "b",
    ),
    refused("p.add_argument('--a')\np.add_argument('--a')"),
    refused("p.add_argument('--help')"),
    refused("p.add_argument('--a', nargs=0)"),
    refused("p.add_argument('--a', type='int')"),
    refused("p.add_argument('--a', action='store_true', type=int)"),
    refused("p.add_argument('--a', action='nonsense')"),
    refused("p.add_argument('--a', nonsense=1)"),
    refused("p.add_argument('a', required=True)"),
    refused("p.add_argument('a', '--b')"),
    refused("raise SystemExit(1)"),
    refused("import sys\nsys.exit(1)"),
];
