//! Makes values and scripts, the same ones each time.

use guild_plugin_api::{Map, Value};

/// A small generator of numbers that look random (xorshift).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const TEXTS: &[&str] = &[
    "",
    "a",
    "foo bar",
    "yes",
    "No",
    "on",
    "~",
    "null",
    "NULL",
    "1",
    "-1",
    "1_000",
    "0x1F",
    "0o17",
    "017",
    "089",
    "1.5",
    "1e5",
    "1.5e+3",
    ".5",
    "+.5",
    "-.inf",
    ".NaN",
    "1:30",
    "1:75",
    "12:30:45.5",
    "2020-01-02",
    "2020-1-2",
    "2020-01-02T03:04:05Z",
    "2020-01-02 03:04:05.6 +01:00",
    "2020-01-02 3:04:05 ",
    "<<",
    "=",
    "!x",
    "&a",
    "*b",
    "- a",
    "-",
    "--",
    "---",
    "...",
    "? a",
    ": a",
    "a:",
    "a: b",
    "a:b",
    "a #b",
    "a#b",
    "#a",
    "[a",
    "a]",
    "{a",
    "a, b",
    "'a'",
    "\"a\"",
    "it's",
    "a\"b",
    "'",
    "%a",
    "@a",
    "`a",
    "|a",
    ">a",
    "a ",
    " a",
    "a\n",
    "\na",
    "a\nb",
    "a\n\nb",
    "a \nb",
    "a\n b",
    "a\tb",
    "\ta",
    "é",
    "日本",
    "😀",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "\u{feff}x",
    "\u{7}",
    "\0",
    "\\",
    "a\\b",
    "$x",
    "${x}",
    "a;b",
    "a|b",
    "!",
    "y",
    "n",
    "0b101",
    "0b12",
    "0",
    "00",
    "+1",
    "1.",
    "1.e5",
    "1e+5",
    "_1",
    "1__0",
    "0_7",
    "9:60",
    "-1:30",
    "true ",
    "True",
];

fn text(random: &mut Random) -> String {
    match random.below(10) {
        0..=5 => random.pick(TEXTS).to_owned(),
        6 => {
            // Long enough to be folded.
            let word = ["word", "longer-word", "'", "é", "x:", "a\nb"];
            let count = 5 + random.below(40);
            let blanks = [" ", " ", " ", " ", "  ", "\n"];
            (0..count)
                .map(|_| random.pick(&word).to_owned() + random.pick(&blanks))
                .collect::<String>()
        }
        7 => "x".repeat(random.below(200)),
        _ => (0..random.below(6)).map(|_| random.pick(TEXTS)).collect(),
    }
}

fn number(random: &mut Random) -> Value {
    match random.below(6) {
        0 => Value::Int(i64::try_from(random.below(2000)).unwrap() - 1000),
        1 => Value::BigInt("123456789012345678901234567890".to_owned()),
        2 => Value::Int(i64::MIN + i64::try_from(random.below(3)).unwrap()),
        3 => Value::Float(random.below(100_000) as f64 / 1000.0),
        4 => Value::Float(10f64.powi(i32::try_from(random.below(640)).unwrap() - 320) * 1.5),
        _ => Value::Float(f64::from_bits(random.below(usize::MAX) as u64 >> 2)),
    }
}

fn scalar(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2..=3 => number(random),
        _ => Value::Str(text(random)),
    }
}

/// A value that a list flag may hold.
pub fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(10) {
        0 | 1 if depth < 4 => {
            Value::List((0..random.below(4)).map(|_| value(random, depth + 1)).collect())
        }
        2 if depth < 4 => {
            let mut map = Map::new();
            // Keys of one kind: others are in no order.
            let words = random.below(3) > 0;
            for _ in 0..random.below(4) {
                let key = if words { Value::Str(text(random)) } else { number(random) };
                map.insert(key, value(random, depth + 1));
            }
            Value::Map(map)
        }
        _ => scalar(random),
    }
}

/// A value as Python writes it.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(i) => i.to_string(),
        Value::BigInt(digits) => digits.clone(),
        Value::Float(f) if f.is_infinite() => "1e999".to_owned(),
        Value::Float(f) => format!("{f:e}"),
        Value::Str(s) => {
            let escaped: String = s.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect();
            format!("'{escaped}'")
        }
        Value::List(items) => {
            format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Value::Map(map) => {
            let pair = |(k, v): &(Value, Value)| format!("{}: {}", literal(k), literal(v));
            format!("{{{}}}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        other => panic!("{other:?}"),
    }
}

const CONSTANTS: &[&str] = &[
    "1",
    "0",
    "-1",
    "+2",
    "- 3",
    "--1",
    "-True",
    "not True",
    "~1",
    "0x1F",
    "0b101",
    "0o17",
    "1_000",
    "00",
    "1e5",
    "1E-5",
    ".5",
    "5.",
    "1_0.0_1",
    "1e400",
    "-1e400",
    "1j",
    "-2J",
    "12345678901234567890123",
    "-9223372036854775808",
    "9223372036854775808",
    "'a'",
    "\"a\"",
    "'''a\nb'''",
    "r'\\d'",
    "R'\\''",
    "u'x'",
    "U'é'",
    "b'x'",
    "rb'x'",
    "f'x'",
    "f'{x}'",
    "'a' 'b'",
    "'a' \\\n 'b'",
    "('a'\n 'b')",
    "'a' f'b'",
    "'\\x41'",
    "'\\u00e9'",
    "'\\U0001F600'",
    "'\\N{BULLET}'",
    "'\\101'",
    "'\\400'",
    "'\\d'",
    "'\\\n'",
    "'\\ud800'",
    "'\\0'",
    "'\u{fffd}'",
    "''",
    "' '",
    "None",
    "True",
    "False",
    "...",
    "x",
    "[]",
    "[1, 2]",
    "[1, [2, 'a']]",
    "[1, (2,)]",
    "[*a]",
    "[x]",
    "[1j]",
    "[None, -1, 1.5]",
    "[{'a': 1}]",
    "[SimpleNamespace(a=1)]",
    "(1)",
    "(1,)",
    "()",
    "((-1))",
    "(-(1))",
    "{}",
    "{'a': 1}",
    "{'a': {'b': [1]}}",
    "{1: 2, True: 3, 1.0: 4}",
    "{**a}",
    "{[1]: 2}",
    "{'a': x}",
    "{1}",
    "{'a': 1j}",
    "{'a': b''}",
    "SimpleNamespace(a=1, b=[2])",
    "SimpleNamespace()",
    "SimpleNamespace(1)",
    "SimpleNamespace(**a)",
    "types.SimpleNamespace(a=1)",
    "MySimpleNamespace(a={'b': 1})",
    "SimpleNamespace(a=x)",
    "dict(a=1)",
    "1 + 1",
    "1 if x else 2",
    "lambda: 1",
    "[i for i in x]",
    "x[0]",
    "x.y",
    "f()",
    "(yield)",
    "(a := 1)",
    "1 if True else 2",
    "'a' % 1",
    "[1, 2,]",
    "[\n1,\n2,\n]",
    "[True, 'yes', 'no', '1', 1.0, '']",
    "['data/x', \"it's\"]",
    "1 # comment",
    "1;",
    "1; b = 2",
];

const TARGETS: &[&str] = &[
    "a = ",
    "b = ",
    "c = ",
    "_d = ",
    "a = b = ",
    "a, b = ",
    "(e) = ",
    "[f] = ",
    "g.h = ",
    "g[0] = ",
    "i: int = ",
    "a += ",
    "é = ",
    "\u{b5} = ",
    "\u{fb01} = ",
    "a = g.h = i = ",
    "*a, b = ",
    "if 1: j = ",
    "if 1: \\\nk = ",
    "a \\\n= ",
    "__x__ = ",
    "match = ",
    "type = ",
    "print = ",
];

const STATEMENTS: &[&str] = &[
    "import os",
    "import os.path as p, sys",
    "from a.b import c as d, e",
    "from . import f",
    "from .. import *",
    "from .g import (h,\n  i,)",
    "import argparse",
    "import click",
    "from x import argparse",
    "import argparse.y",
    "def f(a, /, b=1, *c, d, **e) -> int:\n    import j\n    a = 1",
    "class C(B, metaclass=M):\n    x = 1\n    import k",
    "async def g():\n    async with a as b: import l\n    async for x in y:\n        import m\n    else:\n        import n",
    "try:\n    import o\nexcept (A, B) as e:\n    import p\nelse:\n    import q\nfinally:\n    import r",
    "try:\n    pass\nexcept* A:\n    import s",
    "while x:\n    import t\nelse: import u",
    "with a, b as c:\n    import v",
    "with (a as b, c as d,):\n    import w",
    "match x:\n    case {'a': 1, **r} if r:\n        import y\n    case _: import z",
    "if x:\n    import aa\nelif y:\n    import bb\nelse:\n    import cc",
    "@d\n@e.f(1)\ndef h(): import dd",
    "lambda: (yield)",
    "x = y = z = 0",
    "del x, y",
    "global z",
    "assert x, 'y'",
    "raise A from b",
    "print(*a, **b, c=1)",
    "x[1:2, ::3, ...]",
    "f'{x!r:>{y}} {z=}'",
    "'''doc\nstring'''",
    "pass; import ee; pass",
    "\x0c",
    "# comment",
    "",
    "if 1:\n\timport ff",
    "def f[T](x: T): pass",
    "type X = int",
    "print 'x'",
    "x = 0777",
    "except A, B: pass",
    "f'{x['a']}'",
    "return 1",
    "for x in *a, b: pass",
    "nonlocal y",
    "await x",
    "f(a=1, a=2)",
    "(x for x in y)",
    "a = (yield x)",
    "1 = x",
    "f() = 1",
    "not x = 1",
    "x = *a",
    "if x:\n        import gg\n\timport hh",
];

/// A script of a few statements. Some are no Python, or only newer Python.
pub fn script(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..1 + random.below(8) {
        match random.below(8) {
            0..=4 => {
                text += random.pick(TARGETS);
                text += random.pick(CONSTANTS);
            }
            // Wrong statements are at the end of the list; most scripts should have none.
            5 => text += STATEMENTS[random.below(STATEMENTS.len())],
            _ => text += STATEMENTS[random.below(STATEMENTS.len() - 19)],
        }
        text.push('\n');
    }
    text
}
