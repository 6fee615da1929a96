//! Values and YAML texts that look for trouble, the same ones every time for a seed.

use guild_plugin_api::{Map, Value};

/// A small generator of random numbers (xorshift*), so that a failing case comes back.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const WORDS: &[&str] = &[
    "foo",
    "a",
    "word",
    "it's",
    "x y",
    "lr",
    "train.py",
    "--flag=1",
    "http://a.b/c?d=e#f",
    "C:\\x",
    "y",
    "n",
    "yes",
    "No",
    "on",
    "true",
    "null",
    "Null",
    "~",
    "=",
    "<<",
    "-",
    "--",
    "---",
    "...",
    "é",
    "日本",
    "😀",
    "\u{a0}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ff01}",
    "\u{7f}",
    "\0",
    "\u{7}",
    "\u{1b}",
    "\t",
    "\r",
    "\"",
    "\\",
    "!",
    "!!str",
    "&a",
    "*a",
    "#",
    " #",
    "# ",
    ":",
    ": ",
    " :",
    "?",
    "? ",
    "- ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "[]",
    "{}",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    "\"q\"",
    "{{x}}",
    "${y}",
    "[1,2]",
    "{a: 1}",
    "a: b",
    "key:",
    "- item",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "+1",
    "12",
    "012",
    "08",
    "0o17",
    "0x1F",
    "0xg",
    "0b101",
    "0b2",
    "1_000",
    "_1",
    "1__",
    "1.",
    ".5",
    "1.5",
    "-.5",
    "1e3",
    "1e-3",
    "1E+3",
    "1.5e3",
    "1.e3",
    ".5e3",
    ".5e-3",
    "1e",
    "e1",
    "1e400",
    "1_0e1",
    "1:30",
    "1:75",
    "190:20:30",
    "1:30.5",
    "0:1",
    ".inf",
    "-.inf",
    "+.Inf",
    ".nan",
    ".NaN",
    "-.nan",
    "inf",
    "nan",
    "._",
    ".",
    "1.2.3",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "0x",
    "0b_",
    "0_",
    "00",
    "2020-01-02",
    "2020-1-2",
    "2020-13-45",
    "2020-02-30",
    "2020-01-02 03:04:05",
    "2020-01-02T3:04:05.25Z",
    "2020-1-2 3:04:05 +5:30",
    "2020-01-02t03:04:05.1234567-11",
    "2020-01-02 24:00:00",
    "2020-01-02 03:04:05+24:00",
    "0000-01-01",
    "1e5_0",
    "1:2:3:4:5",
    "685_230.15",
    "20:30.15",
    "1:2.",
    "-1:30",
    "+0x_1",
    "1,000",
    "1 000",
    "12e03",
    "0.1e-05",
];

fn concat(r: &mut Random, parts: &[&str], most: usize) -> String {
    (0..r.below(most) + 1).map(|_| r.pick(parts)).collect()
}

/// A string made to be hard to quote.
pub fn string(r: &mut Random) -> String {
    match r.below(12) {
        0 => String::new(),
        1 | 2 => r.pick(WORDS).into(),
        3 => r.pick(NUMBERS).into(),
        4 => near_number(r),
        5 => concat(r, WORDS, 5),
        6 => {
            // Long lines with single and double spaces, to be folded.
            let words = ["word", "longer-word", "it's", "a", "", "x: y", "\"q\"", "#c"];
            let mut out = Vec::new();
            for _ in 0..r.below(60) {
                out.push(r.pick(&words));
            }
            out.join(" ")
        }
        7 => {
            // Several lines.
            let lines =
                ["one", "two words", "  lead", "trail ", "", "- x", "a: b", "# c", "é", "'"];
            let mut out = Vec::new();
            for _ in 0..r.below(6) + 1 {
                out.push(r.pick(&lines));
            }
            out.join("\n")
        }
        8 => {
            // Escapes about the fold.
            let parts = ["é", "ab", " ", "  ", "\t", "\"", "😀", "word word "];
            (0..r.below(60)).map(|_| r.pick(&parts)).collect()
        }
        9 => "k".repeat(r.below(140)),
        10 => (0..r.below(6)).filter_map(|_| char::from_u32(r.below(0x3000) as u32)).collect(),
        _ => {
            let parts = [" ", "\n", "x", "'", ":", "#", "-", "?", ",", "é", "0", "\n\n", "  "];
            concat(r, &parts, 8)
        }
    }
}

fn near_number(r: &mut Random) -> String {
    let parts = ["0", "1", "7", "9", "59", "_", ".", "e", "E", "+", "-", ":", "x", "b", "o", "f"];
    concat(r, &parts, 7)
}

/// A plain scalar, near one of the forms that have a meaning.
pub fn plain(r: &mut Random) -> String {
    match r.below(5) {
        0 => r.pick(NUMBERS).into(),
        1 => near_number(r),
        2 => {
            // A number with one character changed.
            let mut text: Vec<char> = r.pick(NUMBERS).chars().collect();
            let at = r.below(text.len());
            text[at] = r.pick(&["0", "6", "_", ".", "-", "e", ":", "Z", " ", "t"]).parse().unwrap();
            text.into_iter().collect()
        }
        3 => {
            let date = format!("{}-{}-{}", r.below(3000), r.below(15), r.below(34));
            let time = format!("{}:{:02}:{:02}", r.below(27), r.below(66), r.below(66));
            let zone =
                r.pick(&["", "", "Z", " Z", "+1", "-01:30", " +23:59", "+24:00", "z", "-0:5"]);
            let fraction = r.pick(&["", "", ".", ".5", ".000", ".1234567"]);
            let separator = r.pick(&["T", "t", " ", "  ", "_"]);
            let text = format!("{date}{separator}{time}{fraction}{zone}");
            if r.chance(30) { date } else { text }
        }
        _ => {
            let words =
                ["yes", "No", "ON", "oFF", "True", "FALSE", "null", "NULL", "~", "nULL", "y"];
            concat(r, &words, 2)
        }
    }
}

/// Any value that Python can hold and a document can be made of.
pub fn value(r: &mut Random, depth: usize) -> Value {
    if depth == 0 || r.chance(45) {
        return leaf(r);
    }
    let n = r.below(5);
    if r.chance(50) {
        return Value::List((0..n).map(|_| value(r, depth - 1)).collect());
    }
    let mut map = Map::new();
    let keys = r.below(12);
    for _ in 0..n {
        let key = match keys {
            0 => leaf(r),
            1 => number(r),
            2 => time(r),
            3 => Value::List((0..r.below(3)).map(|_| number(r)).collect()),
            4..8 => Value::Str(string(r)),
            _ => Value::Str(format!("key{}", r.below(20))),
        };
        // Python has no NaN in order, and one key of those that are equal to it.
        if !matches!(key, Value::Float(f) if f.is_nan()) && !has_key(&map, &key) {
            map.push(key, value(r, depth - 1));
        }
    }
    Value::Map(map)
}

fn has_key(map: &Map, key: &Value) -> bool {
    let number = |v: &Value| match v {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        Value::Int(i) => Some(*i as f64),
        Value::BigInt(digits) => digits.parse().ok(),
        Value::Float(f) => Some(*f),
        _ => None,
    };
    let same = |a: &Value, b: &Value| a == b || number(a).is_some() && number(a) == number(b);
    map.iter().any(|(k, _)| match (k, key) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (a, b) => same(a, b),
    })
}

fn leaf(r: &mut Random) -> Value {
    match r.below(10) {
        0 => Value::Null,
        1 => Value::Bool(r.chance(50)),
        2 | 3 => number(r),
        4 => time(r),
        _ => Value::Str(string(r)),
    }
}

fn number(r: &mut Random) -> Value {
    match r.below(6) {
        0 => Value::Int(r.below(20) as i64 - 10),
        1 => Value::Int((r.below(1 << 30) as i64) << r.below(34)),
        2 => Value::BigInt(format!("-{}{:020}", r.below(900) + 100, r.below(1 << 30))),
        3 => Value::Float(r.below(2000) as f64 / 8.0 - 100.0),
        4 => {
            let mantissa = r.below(1 << 30) as f64 / (1u64 << r.below(30)) as f64;
            Value::Float(mantissa * 10f64.powi(r.below(60) as i32 - 30))
        }
        _ => Value::Float(
            [f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1e16, 1e22, 5e-324][r.below(7)],
        ),
    }
}

fn time(r: &mut Random) -> Value {
    let date = format!("{:04}-{:02}-{:02}", r.below(2100) + 1, r.below(12) + 1, r.below(28) + 1);
    if r.chance(40) {
        return Value::Time(date);
    }
    let fraction = if r.chance(30) { format!(".{:06}", r.below(999_999) + 1) } else { "".into() };
    let zone = r.pick(&["", "", "+00:00", "-05:30"]);
    Value::Time(format!("{date} {:02}:{:02}:{:02}{fraction}{zone}", r.below(24), r.below(60), 7))
}

const FRAGMENTS: &[&str] = &[
    "a",
    "foo",
    "12",
    "1.5",
    "true",
    "~",
    "- ",
    "-",
    "? ",
    "?",
    ": ",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "\n\n",
    " ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "#",
    " # c",
    "'",
    "''",
    "\"",
    "\\",
    "\\n",
    "\\x41",
    "&a ",
    "*a ",
    "*a",
    "&b",
    "!",
    "!!str ",
    "!!int ",
    "!t ",
    "!<x> ",
    "|\n",
    "|-\n  ",
    ">\n  ",
    ">+\n",
    "|2\n",
    "|1-\n",
    "%",
    "@",
    "`",
    "---",
    "...",
    "---\n",
    "\n---\n",
    "\n...\n",
    "<<",
    "<<: *a",
    "<<: {a: 1}\n",
    "=",
    "é",
    "\u{2028}",
    "\u{85}",
    "\t",
    "\r\n",
    "\r",
    "%YAML 1.1\n",
    "%TAG ! x\n",
    "%foo bar\n",
    "key: value\n",
    "- item\n",
    "k:\n- x\n",
    "k:\n  - y\n",
    "'it''s'",
    "\"d\\tq\"",
    "http://x.y/z?q=1",
    "a:b",
    "1:30",
    "2020-01-02",
    "x y z",
    "{a:[1]}",
    "a: &a {b: 1}",
    "!!omap",
    "!!null",
    "1: x\n",
    "true: y\n",
    "1.0: z\n",
    "😀",
    "\u{feff}",
    "\\u00e9",
    "\\ud83d",
    "|\n  a\n  b",
    "  ",
    "!a,",
    "\\\n",
    "\u{0}",
];

/// A text that may be YAML.
pub fn text(r: &mut Random) -> String {
    match r.below(8) {
        0 | 1 => concat(r, FRAGMENTS, 10),
        2 => plain(r),
        3 | 4 => document(r),
        5 => guild_yaml::encode(&value(r, 3)),
        _ => {
            let base = match r.below(3) {
                0 => guild_yaml::encode(&value(r, 3)),
                1 => guild_yaml::encode_flow(&value(r, 3)),
                _ => document(r),
            };
            mutated(r, &base)
        }
    }
}

fn mutated(r: &mut Random, base: &str) -> String {
    let mut chars: Vec<String> = base.chars().map(String::from).collect();
    for _ in 0..r.below(3) + 1 {
        let at = r.below(chars.len() + 1);
        match r.below(3) {
            0 => chars.insert(at, r.pick(FRAGMENTS).into()),
            1 if at < chars.len() => drop(chars.remove(at)),
            _ if at < chars.len() => chars[at] = r.pick(FRAGMENTS).into(),
            _ => {}
        }
    }
    chars.concat()
}

/// A document as people write them, in every style that there is.
fn document(r: &mut Random) -> String {
    let mut out = String::new();
    if r.chance(10) {
        out.push_str(r.pick(&[
            "---\n",
            "# comment\n",
            "%YAML 1.1\n---\n",
            "--- # c\n",
            "\n",
            "--- ",
        ]));
    }
    block(r, &mut out, 0, 3);
    if r.chance(15) {
        out.push_str(r.pick(&["\n", "...", "...\n", "# end", "   ", "\n\n  \n", " # c\n"]));
    }
    if r.chance(10) {
        out = out.replace('\n', "\r\n");
    }
    out
}

fn block(r: &mut Random, out: &mut String, indent: usize, depth: usize) {
    let pad = " ".repeat(indent);
    match if depth == 0 { 0 } else { r.below(4) } {
        0 => {
            if indent > 0 {
                out.push(' ');
            }
            inline(r, out, depth);
            out.push_str(r.pick(&["\n", "\n", "\n", " # note\n", "\n\n", "  \n"]));
        }
        1 => literal(r, out, indent),
        2 => {
            out.push_str(if indent > 0 { "\n" } else { "" });
            for _ in 0..r.below(4) + 1 {
                out.push_str(&format!("{pad}-"));
                block(r, out, indent + 2, depth - 1);
            }
        }
        _ => {
            if indent > 0 {
                out.push_str(r.pick(&["\n", "\n", " # c\n", " !!map\n", " &m\n"]));
            }
            for i in 0..r.below(4) + 1 {
                let key = match r.below(12) {
                    0 => "<<: *m\n",
                    1 => "? x\n",
                    2 => "\"q k\":",
                    3 => "'a b' :",
                    4 => "1:",
                    5 => "on:",
                    6 => "? [a, b]\n",
                    7 => "&k key:",
                    8 => "=:",
                    _ => "",
                };
                out.push_str(&pad);
                if key.ends_with('\n') {
                    out.push_str(key);
                    continue;
                }
                let own = format!("key{i}:");
                out.push_str(if key.is_empty() { &own } else { key });
                let step = [1, 2, 2, 4][r.below(4)];
                block(r, out, indent + step, depth - 1);
            }
        }
    }
}

fn literal(r: &mut Random, out: &mut String, indent: usize) {
    out.push_str(if indent > 0 { " " } else { "" });
    out.push_str(r.pick(&["|", ">", "|-", ">-", "|+", ">+", "|1", ">2-", "| # c"]));
    out.push('\n');
    let pad = " ".repeat(indent + r.below(3));
    for _ in 0..r.below(5) {
        let line =
            r.pick(&["text", "more text", "", "  deeper", "# no comment", "a: b", "\ttab", " "]);
        out.push_str(&format!("{pad}{line}\n"));
    }
    if r.chance(20) {
        out.pop();
    }
}

fn inline(r: &mut Random, out: &mut String, depth: usize) {
    match r.below(14) {
        0 => out.push_str(&plain(r)),
        1 => out.push_str(&format!("'{}'", string(r).replace('\'', "''"))),
        2 => out.push_str(&format!("\"{}\"", string(r).replace(['\\', '"'], "\\\\"))),
        3 => out.push_str(r.pick(&[
            "\"a\\tb\\x41\\u00e9\\\n  c\"",
            "'a\n\n  b'",
            "\"\\/\\_\\N\"",
            "a\n   b",
        ])),
        4 if depth > 0 => {
            out.push('[');
            for _ in 0..r.below(4) {
                inline(r, out, depth - 1);
                out.push_str(r.pick(&[", ", ",", " , ", ",\n     ", ", # c\n  "]));
            }
            out.push(']');
        }
        5 if depth > 0 => {
            out.push('{');
            for i in 0..r.below(4) {
                let key = format!("k{i}");
                out.push_str(r.pick(&["\"j\"", "'s'", "? x", "<<", key.as_str(), key.as_str()]));
                out.push_str(r.pick(&[": ", ": ", ":", " : ", ":\n   ", ""]));
                inline(r, out, depth - 1);
                out.push_str(r.pick(&[", ", ",", " , "]));
            }
            out.push('}');
        }
        6 => {
            out.push_str(r.pick(&[
                "!!str ", "!!int ", "!!float ", "!!bool ", "!!null ", "! ", "!x ", "!!set ",
            ]));
            out.push_str(r.pick(NUMBERS));
        }
        7 => {
            out.push_str(r.pick(&["&m ", "&a ", "*m", "*a", "*k", "&m {a: 1, b: 2}", "&a [1]"]));
        }
        8 => {}
        _ => {
            out.push_str(r.pick(&["foo", "some text", "12", "0.5", "it's", "a-b", "x/y.z", "null"]))
        }
    }
}
