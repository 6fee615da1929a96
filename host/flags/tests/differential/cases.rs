//! Cases: what users type, pieces of it, and any text and value at all; the same ones every time.

use guild_plugin_api::{Map, Value};

/// A small generator of numbers (splitmix64).
pub struct Random(u64);

impl Random {
    /// The numbers of one test; `GUILD_DIFFERENTIAL_SEED` gives other ones.
    pub fn of_test(number: u64) -> Random {
        let seed = std::env::var("GUILD_DIFFERENTIAL_SEED").ok().and_then(|seed| seed.parse().ok());
        Random(number + 1000 * seed.unwrap_or(0u64))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub fn word(&mut self) -> String {
        (*self.pick(WORDS)).to_string()
    }

    /// A text of up to `n` pieces.
    pub fn text(&mut self, n: usize) -> String {
        let pieces = self.below(n + 1);
        (0..pieces).map(|_| if self.one_in(4) { self.word() } else { self.char().into() }).collect()
    }

    fn char(&mut self) -> char {
        match self.below(40) {
            0 => *self.pick(&ODD_CHARS),
            _ => *self.pick(&TELLING_CHARS.chars().collect::<Vec<_>>()),
        }
    }

    pub fn integer(&mut self) -> Value {
        match self.below(12) {
            0 => Value::BigInt(format!(
                "{}{}",
                self.pick(&["", "-"]),
                10u128.pow(20) + u128::from(self.next())
            )),
            1 => Value::Int(self.next().cast_signed()),
            _ => Value::Int(i64::try_from(self.below(41)).unwrap() - 20),
        }
    }

    pub fn float(&mut self) -> f64 {
        match self.below(10) {
            0 => f64::from_bits(self.next()),
            1 => *self.pick(&[
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NAN,
                0.0,
                -0.0,
                1e16,
                1e-5,
                5e-324,
            ]),
            2 => self.below(1000) as f64,
            // Halfway between two shortest texts.
            4 => (self.next() >> 10) as f64 / 8.0,
            3 => 10f64.powi(i32::try_from(self.below(50)).unwrap() - 25) * self.below(100) as f64,
            _ => {
                (self.below(2_000_001) as f64 - 1e6)
                    / 10f64.powi(i32::try_from(self.below(10)).unwrap())
            }
        }
    }

    pub fn scalar(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Null,
            1 => Value::Bool(self.one_in(2)),
            2 | 3 => self.integer(),
            4 | 5 => Value::Float(self.float()),
            6 if self.one_in(3) => Value::Time((*self.pick(TIMES)).into()),
            7 => Value::Str(self.text(8)),
            _ => Value::Str(self.word()),
        }
    }

    pub fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            7 => Value::List((0..self.below(5)).map(|_| self.value(depth - 1)).collect()),
            8 => {
                // Keys of one kind: Guild AI cannot sort others.
                let numbers = self.one_in(5);
                let mut map = Map::new();
                for _ in 0..self.below(5) {
                    let key = if numbers { self.integer() } else { self.text(3).into() };
                    map.insert(key, self.value(depth - 1));
                }
                Value::Map(map)
            }
            _ => self.scalar(),
        }
    }

    /// A value for a flag, as a command line or a batch file gives it.
    pub fn flag_value(&mut self) -> Value {
        match self.below(10) {
            0..=4 => guild_flags::value::decode(&self.word(), None),
            5 => Value::List((0..self.below(4)).map(|_| self.scalar()).collect()),
            6 => self.value(2),
            _ => self.scalar(),
        }
    }

    pub fn pairs(&mut self, names: &[&str]) -> Vec<(String, Value)> {
        let mut pairs: Vec<(String, Value)> = Vec::new();
        for _ in 0..self.below(5) {
            let name = (*self.pick(names)).to_string();
            if !pairs.iter().any(|(n, _)| *n == name) {
                pairs.push((name, self.flag_value()));
            }
        }
        pairs
    }

    /// A sequence function with arguments of every kind.
    pub fn sequence(&mut self) -> String {
        let name =
            self.pick(&["range", "linspace", "logspace", "range", "geomspace", "uniform", ""]);
        let args: Vec<String> = (0..self.below(6)).map(|_| self.sequence_arg()).collect();
        let tail = self.pick(&["", "", "", "", "", " x", "*2", "\n"]);
        format!("{name}[{}]{tail}", args.join(":"))
    }

    fn sequence_arg(&mut self) -> String {
        match self.below(14) {
            0..=4 => (self.below(21) as i64 - 10).to_string(),
            5 | 6 => format!("{}", (self.below(2001) as f64 - 1000.0) / 100.0),
            7 | 8 => format!("0.{}", self.below(1000)),
            9 => format!("{}e-{}", self.below(10), self.below(4)),
            10 => (*self.pick(&[
                "", " 1 ", "true", "null", "1_0", "x", "[1", "nan", "inf", "-inf", "0", "[1,2]",
            ]))
            .into(),
            11 => (*self.pick(&[
                "9223372036854775807",
                "-9223372036854775808",
                "9007199254740993",
                "18446744073709551615",
                "1e300",
                "1e17",
            ]))
            .into(),
            _ => (self.below(6) as i64).to_string(),
        }
    }
}

const TELLING_CHARS: &str = "00112359eE..--++__::,,[[]]{}()#&*!|>'\"%@`~?/\\= \t\nabxyn";

const ODD_CHARS: [char; 22] = [
    '\0',
    '\u{7}',
    '\u{b}',
    '\u{1c}',
    '\u{1f}',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    '\u{ad}',
    'é',
    'ß',
    '٣',
    '५',
    '\u{200b}',
    '\u{2028}',
    '\u{3000}',
    '\u{e000}',
    '\u{feff}',
    '\u{1d7d8}',
    '\u{1f600}',
    '\u{10ffff}',
    '\r',
];

pub const TIMES: &[&str] = &[
    "2020-01-02",
    "2020-01-02 03:04:05",
    "2020-01-02 03:04:00",
    "2020-01-02 03:04:05.000600",
    "2020-01-02 03:04:05+01:30",
    "2020-01-02 03:04:05.100000-05:00",
    "2020-01-02 03:04:05+00:00",
];

/// What users type, and what looks like it.
pub const WORDS: &[&str] = &[
    "",
    "0",
    "1",
    "-1",
    "+1",
    "007",
    "017",
    "32",
    "1_000",
    "1__0",
    "_1",
    "1_",
    " 1",
    "1 ",
    "\t1\n",
    "0x10",
    "0X1f",
    "-0x10",
    "0o17",
    "0b11",
    "0b_11",
    "1.0",
    ".5",
    "5.",
    "-.5",
    "+1.5",
    "1e3",
    "1E3",
    "1e-3",
    "1.5e+3",
    "1e",
    "e1",
    "1e400",
    "-1e400",
    "1_0.5",
    "1.5_0",
    "inf",
    "-inf",
    "+inf",
    "Infinity",
    "iNf",
    ".inf",
    "-.inf",
    "nan",
    "NaN",
    ".nan",
    ".NaN",
    "-nan",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "1:30",
    "1:30:45",
    "-1:30",
    "1:30.5",
    "190:20:30.15",
    "1:99",
    "٣",
    "1\u{a0}",
    "१२",
    "²",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "NO",
    "true",
    "false",
    "True",
    "False",
    "TRUE",
    "tRUE",
    "null",
    "Null",
    "NULL",
    "~",
    "None",
    "none",
    "'",
    "''",
    "\"",
    "\"\"",
    "'a'",
    "\"a\"",
    "'a",
    "it's",
    "'it''s'",
    "\"a\\tb\"",
    "a",
    "foo",
    "a b",
    "a  b",
    " a",
    "a ",
    "a,b",
    "a, b",
    "a:b",
    "a: b",
    "a :b",
    ":a",
    "a:",
    "#x",
    "a#b",
    "a #b",
    "&a",
    "&a 1",
    "*a",
    "!t",
    "!!int 1",
    "!!str 1",
    "!!int 1_000",
    "!!float 1",
    "!!bool yes",
    "!!null",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "-",
    "- a",
    "- 1",
    "--",
    "---",
    "...",
    "--- a",
    "? a",
    "?",
    "[]",
    "[1]",
    "[1,2]",
    "[1, a]",
    "[a,b]",
    "[1",
    "1]",
    "[1,]",
    "[,]",
    "[[1],2]",
    "['a,b', c]",
    "[1:2]",
    "[1:2:3]",
    "[a:b]",
    "[0.1:1]",
    "[1e-4:1e-1:0.01]",
    "[1: 2]",
    "[{a: 1}]",
    "[1:2, 3]",
    "[1:2.5]",
    "[:]",
    "[1:]",
    "[:1]",
    "[a: b, c]",
    "[yes:no]",
    "[-1:1]",
    "[1:30]",
    "[ 1:2 ]",
    "[1:2] ",
    "[1:2]*2",
    "{}",
    "{a: 1}",
    "{a: 1, b: [x]}",
    "{a, b}",
    "{",
    "}",
    "{a:1}",
    "{1: 2}",
    "a: {b: c}",
    "[1]*3",
    "[1,2]*2",
    "[1] * 2",
    "[1]*0",
    "[1]*",
    "[1]*-1",
    "[1]*1.5",
    "[a b]*2",
    "[]*3",
    "[[1]*2]*2",
    "x*2",
    "[1]*2 ",
    " [1]*2",
    "[1]*02",
    "[yes]*2",
    "['a']*2",
    "uniform[0:1]",
    "loguniform[1e-4:1]",
    "range[1:5]",
    "range[1:10:3]",
    "linspace[0:1]",
    "logspace[-3:0]",
    "geomspace[1:2]",
    "uniform[]",
    "a[",
    "a[]",
    "a]",
    "a[1]b",
    "a-b.c_1[x:y]",
    "range[5]",
    "range[0:1:0.1]",
    "range[a:b]",
    "range[]",
    "linspace[1:2:3:4]",
    "2020-01-02",
    "2020-1-2",
    "2020-13-45",
    "2020-01-02 03:04:05",
    "2020-01-02T03:04:05Z",
    "2020-01-02 03:04:05 +01:30",
    "12:30",
    "2020-02-30",
    "=",
    "==",
    "<<",
    "a=b",
    "1,000",
    "1.2.3",
    "1-2",
    "1/2",
    "$x",
    "${x}",
    "\\",
    "a\\b",
    "a\\",
    "/tmp",
    "/tmp/x",
    "~/x",
    "src/lib.rs",
    "Cargo.toml",
    "src",
    "./src/",
    "../flags/src",
    "no/such",
    "100 bottles of beer on the wall and a text that is longer than the eighty columns that an emitter has for a line",
    "a\nb",
    "a\n\nb",
    "\n",
    "a\n",
    "a\tb",
    "é",
    "naïve café",
    "日本語",
    "\u{1f600}",
    "\u{0}",
    "a\u{7}b",
    "\u{feff}a",
    "a\u{2028}b",
    "\u{85}",
    "0.1",
    "0.001",
    "0.1234567",
    "1.23456789e-10",
    "3.141592653589793",
    "1e16",
    "1e-5",
    "100000000000000000.0",
    "0.30000000000000004",
];

pub const KINDS: [Option<&str>; 10] = [
    None,
    Some("auto"),
    Some("string"),
    Some("int"),
    Some("float"),
    Some("number"),
    Some("boolean"),
    Some("path"),
    Some("existing-path"),
    Some("odd"),
];
