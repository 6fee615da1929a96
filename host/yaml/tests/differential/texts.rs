//! YAML texts that look for trouble: documents in every style, broken ones, and plain scalars.

use crate::values::{NUMBERS, Random, concat, near_number, string, value};

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

const INDICATORS: &[&str] = &[
    "-", "?", ":", ",", "[", "]", "{", "}", "#", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`",
    " ", " ", " ", "\n", "\n ", "\n  ", "\t", "\\", "~", "a", "b", "1", "é", "=", "<<", "- ", ": ",
    "? ", "!!", "&a ", "*a ", "+", "\r\n", "\u{2029}",
];

/// A text that may be YAML.
pub fn text(r: &mut Random) -> String {
    match r.below(10) {
        9 => concat(r, INDICATORS, 14),
        8 => (0..r.below(10)).map(|_| char::from(b' ' + r.below(95) as u8)).collect(),
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

/// A flat map or list, or almost one: what nearly all attributes of a run are.
pub fn flat(r: &mut Random) -> String {
    let list = r.chance(25);
    let mut out = String::new();
    for _ in 0..r.below(5) + 1 {
        match r.below(8) {
            _ if list => out.push_str("- "),
            0 => out.push_str(&format!("{}: ", plain(r))),
            1 => out.push_str(r.pick(&["'y': ", "'a''b': ", "a:", "a : ", "a", "<<: ", "? a\n: "])),
            _ => out.push_str(r.pick(&["a: ", "b: ", "lr: ", "a b: ", "c:d: ", "e#f: ", "-g: "])),
        }
        match r.below(8) {
            0..=3 => out.push_str(&plain(r)),
            4 => out.push_str(&format!("'{}'", concat(r, INDICATORS, 4))),
            5 => out.push_str(&concat(r, INDICATORS, 3)),
            _ => out.push_str(r.pick(&["adam", "a b", "x,y", "a:b", "c#d", "[]", "{}", "''", ""])),
        }
        let odd = [" ", "\n ", " # c\n", "\r\n", "\n\n", "\t\n", "", "\n---\n"];
        out.push_str(if r.chance(5) { r.pick(&odd) } else { "\n" });
    }
    out
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
