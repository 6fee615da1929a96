//! What a script says about itself: what it imports and which constants it sets.
//!
//! For plugins that read Python source: scripts, and the cells of notebooks ([`assignments`]).
//!
//! The parser of the RustPython project reads scripts in a few milliseconds, where starting an
//! interpreter takes twenty and more. It does not know the newest syntax, so its refusal means
//! nothing yet: an interpreter has the last word.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use guild_plugin_api::Value;
use indexmap::IndexMap;
use rustpython_parser::{Parse, ast};

mod assignments;
mod constant;
mod scan;
mod tree;

pub use assignments::{Assignment, assignments};

/// What a script's text tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// Modules that are imported anywhere, and the names that are imported from modules:
    /// `from a.b import c` gives `a.b` and `c`.
    pub imports: Vec<String>,
    /// The first constant that is assigned to each global name, at column 0. Dicts and
    /// `SimpleNamespace`s are maps.
    pub params: IndexMap<String, Value>,
    /// The lines, from 1, of these assignments, as far as they are known.
    pub lines: HashMap<String, u32>,
}

impl Analysis {
    /// Whether the module or name `name` is imported anywhere.
    pub fn imports(&self, name: &str) -> bool {
        self.imports.iter().any(|i| i == name)
    }
}

/// A script's text and what it says, statement by statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The text.
    pub text: String,
    /// Its statements.
    pub body: ast::Suite,
}

impl Tree {
    /// The tree of a text; none where the parser does not understand it, or where it is too deep to
    /// be walked on the stack of any thread.
    pub fn of(text: &str) -> Option<Tree> {
        read(text.to_owned()).ok()?.1
    }
}

/// Where and why a script's text could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The line, from 1; 0 when it is not known.
    pub line: usize,
    /// The column, from 1; 0 when it is not known.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// What is wrong, in one line.
    pub message: String,
}

/// How deeply statements and expressions may be nested for the parser to be tried at all.
const MOST_DEPTH: usize = 50_000;
/// Up to here the stack of any thread is large enough.
const EASY_DEPTH: usize = 400;
/// What a level costs when the tree is dropped, in a debug build, with room to spare. (Parsing
/// needs no stack for it.) Measured: 250 bytes.
const STACK_PER_LEVEL: usize = 1024;
/// What the parser needs apart from that. Measured: 400 kB in a debug build.
const STACK_BASE: usize = 2 << 20;

/// Reads a script's text.
///
/// # Errors
///
/// A [`Refusal`] where the parser does not understand the text, or where CPython's own limits are
/// passed (200 brackets in one another, 4,300 digits of an integer).
pub fn analyse(text: &str) -> Result<Analysis, Refusal> {
    read(text.to_owned()).map(|(analysis, _)| analysis)
}

/// Reads a script's text, for what it says and for its tree: none where that is too deep to be
/// walked, or dropped, on the stack of any thread.
///
/// # Errors
///
/// As [`analyse`].
pub fn read(text: String) -> Result<(Analysis, Option<Tree>), Refusal> {
    let shape = scan::shape(&text);
    if shape.refusal.is_some() || shape.depth > EASY_DEPTH {
        return analyse_deep(&text, &shape).map(|analysis| (analysis, None));
    }
    let (analysis, body) = parse(&text)?;
    Ok((analysis, Some(Tree { text, body })))
}

fn analyse_deep(text: &str, shape: &scan::Shape) -> Result<Analysis, Refusal> {
    if let Some((at, message)) = shape.refusal {
        return Err(refusal(text, at, message.to_owned()));
    }
    if shape.depth > MOST_DEPTH {
        return Err(refusal(text, shape.deepest, "expression is too long".to_owned()));
    }
    let stack = STACK_BASE + shape.depth * STACK_PER_LEVEL;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack);
        let parsed = || parse(text).map(|(analysis, _)| analysis);
        match thread.spawn_scoped(scope, parsed).map(|handle| handle.join()) {
            Ok(Ok(result)) => result,
            _ => Err(refusal(text, shape.deepest, "expression is too long".to_owned())),
        }
    })
}

/// The value of an expression that is a constant by itself.
pub fn constant_value(text: &str, expr: &ast::Expr) -> Option<Value> {
    match constant::value(text, expr)? {
        constant::Constant::Value(value) => Some(value),
        constant::Constant::Other => None,
    }
}

fn parse(text: &str) -> Result<(Analysis, ast::Suite), Refusal> {
    // A panic in the parser is its way of not understanding; nothing is shared with it.
    let parsed = catch_unwind(AssertUnwindSafe(|| ast::Suite::parse(text, "<script>")));
    match parsed {
        Ok(Ok(body)) => match tree::analysis(text, &body) {
            Ok(analysis) => Ok((analysis, body)),
            Err(at) => Err(refusal(text, at, "invalid syntax".to_owned())),
        },
        Ok(Err(e)) => Err(refusal(text, e.offset.to_usize(), e.error.to_string())),
        Err(_) => Err(refusal(text, 0, "the script could not be parsed".to_owned())),
    }
}

/// The refusal for byte `at` of the text.
fn refusal(text: &str, at: usize, message: String) -> Refusal {
    // Behind a last line end the error is in the line before, which is the one to show.
    let shown = text.strip_suffix('\n').unwrap_or(text);
    let before = &text.as_bytes()[..at.min(shown.len())];
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    Refusal {
        line: before.iter().filter(|&&b| b == b'\n').count() + 1,
        column: String::from_utf8_lossy(&before[start..]).chars().count() + 1,
        text: text[start..end].to_owned(),
        message: message.lines().next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Vec<(String, Value)> {
        analyse(text).unwrap().params.into_iter().collect()
    }

    fn names(text: &str) -> Vec<String> {
        analyse(text).unwrap().params.into_keys().collect()
    }

    #[test]
    fn the_first_constant_of_each_global_counts() {
        let text = "a = 1\na = 2\nb = c = 'x' 'y'\nd = -1\ne = +2.5\nf = None\ng = True\n\
                    h = [1, [-2, 'x'], None]\ni = 123456789012345678901234567890\nj = 1e999\n";
        let nested = Value::from(vec![Value::Int(-2), Value::str("x")]);
        assert_eq!(
            params(text),
            [
                ("a".into(), Value::Int(1)),
                ("b".into(), Value::str("xy")),
                ("c".into(), Value::str("xy")),
                ("d".into(), Value::Int(-1)),
                ("e".into(), Value::Float(2.5)),
                ("f".into(), Value::Null),
                ("g".into(), Value::from(true)),
                ("h".into(), Value::from(vec![Value::Int(1), nested, Value::Null])),
                ("i".into(), Value::BigInt("123456789012345678901234567890".into())),
                ("j".into(), Value::Float(f64::INFINITY)),
            ]
        );
    }

    #[test]
    fn what_is_no_constant_is_no_param() {
        let text = "a = b'x'\nb = (1,)\nc: int = 3\nd += 1\ne, f = 1, 2\ng.h = 3\ni = -True\n\
                    j = f'x'\nk = 'a' f'b'\nl = --1\nm = ~1\nn = not 1\no = 1 + 1\np = ...\n\
                    q = [x]\nr = {**s}\nt = {[1]: 2}\nu = 1j\nv = [1j]\nw = x\ny = {1}\n\
                    if 1:\n    z = 1\n";
        assert_eq!(names(text), [] as [&str; 0]);
    }

    #[test]
    fn only_column_zero_counts() {
        assert_eq!(names("a = 1; b = 2\nif 1: c = 3\nif 1: \\\nd = 4\n(e) = 5\n"), ["a", "e", "d"]);
        assert_eq!(names("def f():\n    a = 1\nclass B:\n    c = 2\n"), [] as [&str; 0]);
    }

    #[test]
    fn dicts_and_namespaces_hide_what_comes_later() {
        let text = "a = {'x': 1, 'x': 2, True: 3}\na = 4\nb = SimpleNamespace(x=[1])\nb = 5\n\
                    c = types.SimpleNamespace(x=1)\nc = 6\nd = 1j\nd = 7\n";
        let params = params(text);
        let names: Vec<_> = params.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(params[0].1.get("x"), Some(&Value::Int(2)));
        assert_eq!(params[1].1.get("x"), Some(&Value::from(vec![1])));
        assert_eq!(params[2].1, Value::Int(6));
    }

    #[test]
    fn imports_are_found_anywhere() {
        let text = "import a.b as c, d\nfrom e.f import g as h, i\nfrom . import j\n\
                    from ..k import *\ndef f():\n  try:\n    import l\n  except X:\n    import m\n";
        assert_eq!(
            analyse(text).unwrap().imports,
            ["a.b", "d", "e.f", "g", "i", "j", "k", "*", "l", "m"]
        );
    }

    #[test]
    fn names_are_normalised_as_python_does() {
        // U+00B5, the micro sign of many keyboards, is U+03BC for Python.
        assert_eq!(names("\u{b5} = 1\n\u{3bc} = 2\n"), ["\u{3bc}"]);
    }

    #[test]
    fn a_lone_surrogate_is_no_flag() {
        assert_eq!(names("a = '\\ud800'\nb = '\\ufffd'\nc = '\u{fffd}'\n"), ["b", "c"]);
    }

    #[test]
    fn a_refusal_has_its_place() {
        let e = analyse("x = 1\nif True\n    y = 2\n").unwrap_err();
        assert_eq!((e.line, e.column, e.text.as_str()), (2, 8, "if True"));
        let e = analyse("x = (\n").unwrap_err();
        assert_eq!((e.line, e.text.as_str()), (1, "x = ("));
        let e = analyse("é = 'ü' 1").unwrap_err();
        assert_eq!((e.line, e.column), (1, 9));
    }

    #[test]
    fn what_the_parser_takes_too_easily_is_left_to_the_interpreter() {
        for text in ["f() = 1", "1 = x", "not x = 1", "for f() in x: pass", "del f()", "f() += 1"] {
            assert!(analyse(text).is_err(), "{text}");
        }
        // Python 3.12 reads these, older ones do not.
        for text in ["type X = int", "def f[T](x: T): pass", "class C[T]: pass"] {
            assert!(analyse(text).is_err(), "{text}");
        }
        for text in ["a, (b.c, [d[0], *e]) = x", "for a, b in x: pass", "del (a, b[0])", "type = 1"]
        {
            assert!(analyse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_survived() {
        let n = 10_000;
        let e = analyse(&format!("x = {}1{}\n", "(".repeat(n), ")".repeat(n))).unwrap_err();
        assert_eq!((e.line, e.message.as_str()), (1, "too many nested parentheses"));
        // Without brackets.
        for deep in ["-", "not ", "1 + ", "lambda: ", "1 if 2 else ", "a.", "1 ** "] {
            for n in [100, n, 1_000_000 / deep.len()] {
                let _ = analyse(&format!("x = {}1\n", deep.repeat(n)));
                let _ = analyse(&format!("x = {}$\n", deep.repeat(n)));
            }
        }
        let _ = analyse(&format!("x = f'{{{}1}}'\n", "-".repeat(1_000_000)));
        let _ = analyse(&format!("if 1:\n  pass\n{}", "elif 1:\n  pass\n".repeat(100_000)));
        let _ = analyse(&format!("x = f{}\n", "()".repeat(100_000)));
        let _ = analyse(&format!("x = [1{}]\n", " for x in y".repeat(100_000)));
        let _ = analyse(&format!("{}1\n", "x = ".repeat(100_000)));
        let indents = (0..1000).map(|i| format!("{}if 1:\n", " ".repeat(i))).collect::<String>();
        let _ = analyse(&(indents + &" ".repeat(1000) + "x = 1\n"));
    }

    #[test]
    fn ten_thousand_terms_are_read() {
        assert_eq!(names(&format!("a = 1\nx = {}1\n", "1 + ".repeat(10_000))), ["a"]);
    }

    #[test]
    fn long_lists_are_not_deep() {
        let list = format!("x = [{}]\n", "-1, ".repeat(20_000));
        assert_eq!(analyse(&list).unwrap().params["x"].as_list().unwrap().len(), 20_000);
        let lines = format!("x = [\n{}]\n", "'a' 'b',\n".repeat(20_000));
        assert_eq!(names(&lines), ["x"]);
    }

    #[test]
    fn endless_integers_are_refused() {
        let e = analyse(&format!("x = {}\n", "7".repeat(1_000_000))).unwrap_err();
        assert!(e.message.contains("4300 digits"), "{}", e.message);
        // Python reads this one, but it cannot be written in decimal.
        assert_eq!(names(&format!("x = 0x{}\ny = 1\n", "f".repeat(100_000))), ["y"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            let _ = analyse(&text);
        }

        #[test]
        fn anything_that_looks_like_python_is_survived(
            words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)
        ) {
            let _ = analyse(&words.concat());
        }
    }

    const WORDS: &[&str] = &[
        "x", "=", " ", "\n", "    ", "\t", "1", "0", ".", "e", "j", "_", "(", ")", "[", "]", "{",
        "}", "'", "\"", "'''", "\"\"\"", "f'", "rb'", "\\", "\\N{", "\\u", "\\x", "\\ud800", "d8",
        ":", ",", ";", "@", "#", "-", "+", "~", "not ", "if ", "else ", "elif ", "for ", "in ",
        "is ", "lambda ", "def ", "class ", "import ", "from ", "as ", "*", "**", "->", ":=",
        "match ", "case ", "type ", "async ", "await ", "try:", "except ", "with ", "None", "True",
        "é", "µ", "\u{feff}", "\u{c}", "\r", "!", "!r", "$", "?", "print ", "yield ", "global ",
        "del ", "\u{0}",
    ];
}
