//! Values that look for trouble, the same ones every time for a seed.

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

pub const NUMBERS: &[&str] = &[
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

pub fn concat(r: &mut Random, parts: &[&str], most: usize) -> String {
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

pub fn near_number(r: &mut Random) -> String {
    let parts = ["0", "1", "7", "9", "59", "_", ".", "e", "E", "+", "-", ":", "x", "b", "o", "f"];
    concat(r, &parts, 7)
}

/// Any value that Python can hold and a document can be made of.
pub fn value(r: &mut Random, depth: usize) -> Value {
    if depth == 0 || r.chance(45) {
        return leaf(r);
    }
    let n = r.below(5);
    if r.chance(10) {
        // Python orders a set's other members by their addresses.
        let mut items: Vec<_> = (0..n).map(|_| r.below(50) as i64).collect();
        items.sort_unstable();
        items.dedup();
        return Value::Set(items.into_iter().map(Value::Int).collect());
    }
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
