//! Cases: what users type, pieces of it, and any text and value at all; the same ones every time.

use guild_plugin_api::{Map, Value};

use crate::words::{ODD_CHARS, TELLING_CHARS, TIMES, WORDS};

/// How many cases there are where there are usually `count`.
pub fn times(count: usize) -> usize {
    let times = std::env::var("GUILD_DIFFERENTIAL_TIMES").ok();
    count * times.and_then(|times| times.parse().ok()).unwrap_or(1)
}

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

    /// A number for a limit.
    pub fn number(&mut self) -> Value {
        if self.one_in(3) { Value::Float(self.float()) } else { self.integer() }
    }

    /// Few enough to be met by the values of flags.
    pub fn choice_value(&mut self) -> Value {
        let word: &&str = self.pick(&["0", "1", "1.0", "yes", "no", "a", "foo", "a b", "''"]);
        guild_flags::value::decode(word, None)
    }
}

/// A value that does not fit a line.
pub fn wide_value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 2 } else { 5 }) {
        0 => Value::Str((0..random.below(40)).map(|_| random.word() + " ").collect()),
        1 => random.scalar(),
        2 => Value::List((0..random.below(8)).map(|_| wide_value(random, depth - 1)).collect()),
        _ => {
            let mut map = Map::new();
            for _ in 0..random.below(8) {
                map.insert(random.word(), wide_value(random, depth - 1));
            }
            Value::Map(map)
        }
    }
}
