//! Scripts with the flags that they declare, found by the tree and by running them: the same, and
//! what Guild AI 0.9.0 imports, where that is installed.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails loudly")]

#[path = "flags_both_ways/click_corpus.rs"]
mod click_corpus;
#[path = "flags_both_ways/corpus.rs"]
mod corpus;
#[path = "differential/oracle.rs"]
mod oracle;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use guild_plugin_api::Value;
use guild_python_script::facts;
use guild_python_script::flags::import::{ImportError, Importer, Script};
use guild_python_script::flags::{Action, Declared, argparse, click, libraries, neighbours};
use guild_python_script::interpreter::{Interpreter, Origin};
use guild_python_script::script::Tree;
use guild_python_script::shim::Shim;
use oracle::Oracle;

struct Place {
    dir: tempfile::TempDir,
    python: PathBuf,
}

impl Place {
    /// With this interpreter.
    fn of(python: PathBuf) -> Place {
        Place { dir: tempfile::tempdir().unwrap(), python }
    }

    fn new() -> Place {
        let ask = ["-c", "import sys; print(sys.executable)"];
        let out = Command::new("python3").args(ask).output().expect("the tests need python3");
        Place::of(String::from_utf8(out.stdout).unwrap().trim().into())
    }

    fn script(&self, name: &str, text: &str, base_args: &[&str]) -> Script {
        let dir = self.dir.path().canonicalize().unwrap();
        let file = dir.join(name);
        std::fs::write(&file, text).unwrap();
        Script {
            file,
            package: String::new(),
            folder: None,
            search_path: vec![dir],
            base_args: base_args.iter().map(|a| (*a).to_owned()).collect(),
            dest: "args".to_owned(),
        }
    }

    fn click_script(&self, case: &click_corpus::Case) -> Script {
        let script = self.script("script.py", &case.text(), case.base_args);
        Script { dest: "args:click".to_owned(), ..script }
    }

    fn by_tree(&self, script: &Script) -> Option<Vec<Declared>> {
        let tree = Tree::of(&std::fs::read_to_string(&script.file).unwrap())?;
        let is_involved = |module: &str| neighbours::is_involved(module, script);
        match script.dest.as_str() {
            "args:click" => click::flags(&tree, &script.file, &script.base_args, &is_involved),
            _ => argparse::flags(&tree, &script.file, &script.base_args, &is_involved),
        }
    }

    fn by_run(&self, script: &Script) -> Result<Vec<Declared>, ImportError> {
        let interpreter =
            Interpreter { path: self.python.clone(), origin: Origin::SearchPath, is_shim: false };
        let facts = facts::facts(&interpreter, self.dir.path()).unwrap();
        let shim = Shim::lay_out(self.dir.path()).unwrap();
        let importer = Importer {
            python: &self.python,
            facts: &facts,
            shim: &shim,
            cwd: Path::new("/"),
            cache_dir: None,
            limit: Duration::from_secs(60),
        };
        importer.flags(script)
    }
}

/// A flag in short: `name:type*!{choice,…}=default`; `*` for several arguments, `!` for required,
/// `^` and `v` for switches that are passed for true and for false, `/` before what says false.
fn short(flag: &Declared) -> String {
    let mut text = match flag.action {
        Action::Store => String::new(),
        Action::StoreTrue => "+".to_owned(),
        Action::StoreFalse => "-".to_owned(),
        Action::Boolean => "±".to_owned(),
    };
    text += match flag.switch {
        None => "",
        Some(true) => "^",
        Some(false) => "v",
    };
    text += &flag.name;
    text += &flag.off.as_ref().map(|off| format!("/{}", off.join(","))).unwrap_or_default();
    text += &flag.kind.as_ref().map(|kind| format!(":{kind}")).unwrap_or_default();
    text += if flag.multi { "*" } else { "" };
    text += if flag.required { "!" } else { "" };
    if let Some(choices) = &flag.choices {
        let all: Vec<_> = choices.iter().map(json).collect();
        text += &format!("{{{}}}", all.join(","));
    }
    match &flag.default {
        Value::Null => text,
        default => format!("{text}={}", json(default)),
    }
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn both_ways_find_the_same_flags() {
    let place = Place::new();
    let mut wrong = Vec::new();
    for case in corpus::CASES {
        let script = place.script("script.py", &case.text(), case.base_args);
        let by_tree = place.by_tree(&script);
        if by_tree.is_some() != case.by_tree {
            wrong.push(format!("by tree: {}\n{}", by_tree.is_some(), case.text()));
        }
        if case.fails {
            continue;
        }
        let by_run = place.by_run(&script).unwrap_or_else(|e| panic!("{e}: {}", case.text()));
        let shorts: Vec<_> = by_run.iter().map(short).collect();
        if shorts.join(" ") != case.flags {
            wrong.push(format!("run: {}\n{}", shorts.join(" "), case.text()));
        }
        if by_tree.as_ref().is_some_and(|by_tree| *by_tree != by_run) {
            wrong.push(format!("{by_tree:?}\n{by_run:?}\n{}", case.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A flag's attributes as Guild AI 0.9.0 writes them, without those that say nothing.
fn attributes(flag: &Declared) -> serde_json::Map<String, serde_json::Value> {
    let mut data = match serde_json::to_value(flag.flag_def()).unwrap() {
        serde_json::Value::Object(data) => data,
        other => panic!("{other}"),
    };
    if let Some(choices) = data.get_mut("choices").and_then(|c| c.as_array_mut()) {
        choices.iter_mut().for_each(|choice| *choice = choice["value"].take());
    }
    data
}

/// A script's flags with what is said of each.
fn said(mut flags: serde_json::Value) -> serde_json::Value {
    let says_nothing =
        |value: &serde_json::Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    for flag in flags.as_object_mut().into_iter().flatten() {
        let attributes = flag.1.as_object_mut().unwrap();
        attributes.retain(|_, value| !says_nothing(value));
    }
    flags
}

/// Where Guild AI 0.9.0 imports something else: a part of the script, and why ours differs.
const DIFFERENT: &[(&str, &str)] = &[
    ("default=(0.9, 0.999)", "a tuple is a list of trials to 0.9.0, which it cannot be"),
    ("nargs='?', default=[1]", "a list is a series of trials to 0.9.0; one argument is no list"),
    ("set_defaults(a=['x'])", "the same"),
    ("nargs=1, default=['x']", "a list of one is a batch of one trial to 0.9.0"),
    ("choices=range(1, 4)", "0.9.0 takes the text of the range for the choices"),
    ("choices={'x': 1}", "0.9.0 takes the dict for the choices and fails on it later"),
    ("default=argparse.SUPPRESS", "0.9.0 takes what stands for nothing for the default"),
    ("add_help=False)\np.add_argument('--a')\np.parse_args()", "no help to ask for: it fails"),
    ("default=object()", "no argument can stand for the object, and its text changes"),
];

#[test]
fn guild_ai_imports_the_same_flags() {
    let Some(mut oracle) = Oracle::start() else { return };
    let place = Place::of(oracle.python.clone());
    let mut wrong = Vec::new();
    for case in corpus::CASES {
        let text = case.text();
        let script = place.script("script.py", &text, case.base_args);
        let question = serde_json::json!([script.file, case.base_args, script.dest]);
        let theirs = oracle.ask("imported_flags", question);
        let ours = place.by_tree(&script).map_or_else(|| place.by_run(&script).ok(), Some);
        let ours = ours.map(|found| {
            let flags = found.iter().map(|flag| (flag.name.clone(), attributes(flag).into()));
            serde_json::Value::Object(flags.collect())
        });
        let (ours, theirs) = (said(ours.unwrap_or_default()), said(theirs));
        let differs = DIFFERENT.iter().any(|(part, _)| text.contains(part));
        if (ours != theirs) != differs {
            wrong.push(format!("{text}\nours: {ours}\ntheirs: {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn flags_of_click_commands() {
    let Some(mut oracle) = Oracle::start() else { return };
    let place = Place::of(oracle.python.clone());
    let mut wrong = Vec::new();
    for case in click_corpus::CASES {
        let script = place.click_script(case);
        let by_tree = place.by_tree(&script);
        if by_tree.is_some() != case.by_tree {
            wrong.push(format!("by tree: {}\n{}", by_tree.is_some(), case.text()));
        }
        let by_run = place.by_run(&script).unwrap_or_else(|e| panic!("{e}: {}", case.text()));
        let shorts: Vec<_> = by_run.iter().map(short).collect();
        if shorts.join(" ") != case.flags {
            wrong.push(format!("run: {}\n{}", shorts.join(" "), case.text()));
        }
        if let Some(mut by_tree) = by_tree {
            // A process that is run does not tell where.
            by_tree.iter_mut().for_each(|flag| flag.place = None);
            if by_tree != by_run {
                wrong.push(format!("{by_tree:?}\n{by_run:?}\n{}", case.text()));
            }
        }
        let question = serde_json::json!([script.file, case.base_args, script.dest]);
        let theirs = said(oracle.ask("imported_flags", question));
        let flags = by_run.iter().map(|flag| (flag.name.clone(), attributes(flag).into()));
        let ours = said(serde_json::Value::Object(flags.collect()));
        if (ours != theirs) != case.differs.is_some() {
            wrong.push(format!("ours: {ours}\ntheirs: {theirs}\n{}", case.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn modules_of_the_project_that_may_parse_have_the_script_run() {
    let place = Place::new();
    let write = |name: &str, text: &str| {
        let path = place.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("plain.py", "X = 1\n");
    write("options.py", "from argparse import ArgumentParser\n");
    write("leads.py", "import plain\nfrom tools import deep\n");
    write("tools/__init__.py", "");
    write("tools/deep.py", "import argparse\n");
    write("tools/plain.py", "from . import other\n");
    write("tools/other.py", "Y = 2\n");
    for (import, by_tree) in [
        ("import plain", true),
        ("import os, torch, numpy as np", true),
        ("from tools import plain", true),
        ("from tools.plain import x", true),
        ("import options", false),
        ("from options import *", false),
        ("import leads", false),
        ("from tools import deep", false),
        ("import tools.deep", false),
        ("if x:\n    import options", false),
    ] {
        let text = format!(
            "import argparse\n{import}\np = argparse.ArgumentParser()\np.add_argument('--a')\np.parse_args()\n"
        );
        let script = place.script("script.py", &text, &[]);
        let found = place.by_tree(&script);
        assert_eq!(found.is_some(), by_tree, "{import}");
    }
}

#[test]
fn two_thousand_options() {
    let place = Place::new();
    let options: String =
        (0..2000).map(|i| format!("p.add_argument('--o{i}', type=int, default={i})\n")).collect();
    let text = format!("import argparse\np = argparse.ArgumentParser()\n{options}p.parse_args()\n");
    let script = place.script("script.py", &text, &[]);
    let by_tree = place.by_tree(&script).unwrap();
    assert_eq!(by_tree.len(), 2000);
    assert_eq!(by_tree[1999].default, Value::Int(1999));
    assert_eq!(by_tree, place.by_run(&script).unwrap());
}

proptest::proptest! {
    #[test]
    fn anything_is_survived(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)
    ) {
        if let Some(tree) = Tree::of(&words.concat()) {
            let _ = argparse::flags(&tree, Path::new("/x.py"), &[], &|_| false);
        }
    }
}

#[test]
fn what_leads_to_itself_is_not_followed() {
    let file = Path::new("/x.py");
    let by_click = |first: &str, default: &str| {
        let text = format!(
            "import click\n{first}\n@click.command()\n@click.option('--a', default={default})\n\
             def main(a):\n    pass\nmain()\n"
        );
        let tree = Tree::of(&text).unwrap();
        click::flags(&tree, file, &[], &|_| false).map(|flags| flags[0].default.clone())
    };
    assert_eq!(by_click("T = (T, 1)", "T"), None);
    assert_eq!(by_click("T = U\nU = T", "T"), None);
    assert_eq!(by_click("T = U\nU = 3", "T"), Some(Value::Int(3)));
    let text = "from transformers import HfArgumentParser\nfrom dataclasses import dataclass\n\
                @dataclass\nclass A(B):\n    x: int = 1\n@dataclass\nclass B(A):\n    y: int = 1\n\
                HfArgumentParser(A)\n";
    let by_library =
        |text: &str| libraries::flags("transformers", &Tree::of(text).unwrap(), file, &|_| false);
    assert_eq!(by_library(text), None);
    assert_eq!(by_library(&text.replace("(B)", "")).unwrap().flags.len(), 1);
}

proptest::proptest! {
    #[test]
    fn any_declarations_are_survived(
        words in proptest::collection::vec(proptest::sample::select(DECLARATIONS), 0..60)
    ) {
        let file = Path::new("/x.py");
        let Some(tree) = Tree::of(&words.concat()) else { return Ok(()) };
        let _ = click::flags(&tree, file, &["a".to_owned()], &|_| false);
        for library in ["typer", "absl", "transformers"] {
            let _ = libraries::flags(library, &tree, file, &|_| false);
        }
    }
}

const DECLARATIONS: &[&str] = &[
    "import click, typer\n",
    "from absl import app, flags\n",
    "from transformers import HfArgumentParser\nfrom dataclasses import dataclass, field\n",
    "from typing import List, Optional, Annotated\n",
    "@click.command()\n",
    "@click.group()\n",
    "@click.option('--a/--no-a', default=True)\n",
    "@click.option(",
    "@main.command('a')\n",
    "@app.command()\n",
    "def main(a: int = 1, b: Optional[bool] = None):\n    pass\n",
    "def main(",
    "a: Annotated[List[int], typer.Option('--x/--y')] = 1, ",
    "):\n    pass\n",
    "main()\n",
    "main.add_command(main, 'a')\n",
    "app = typer.Typer()\n",
    "app()\n",
    "typer.run(main)\n",
    "flags.DEFINE_string('a', 'b', 'c')\n",
    "flags.DEFINE_list(",
    "flags.mark_flags_as_required(['a', 'b'])\n",
    "app.run(main)\n",
    "@dataclass\nclass A(A):\n    x: bool = True\n",
    "class B(A, B):\n    y: List[A] = field(default_factory=lambda: [1])\n",
    "HfArgumentParser((A, B))\n",
    "if __name__ == '__main__':\n    ",
    "A = A\n",
    "L = [L]\n",
    "'--a'",
    "type=",
    "click.Choice(L)",
    "default=L",
    ", ",
    ")\n",
    "(",
    "[",
    "]",
    "\n",
    "    ",
];

const WORDS: &[&str] = &[
    "import argparse\n",
    "p = argparse.ArgumentParser()\n",
    "p.add_argument(",
    "'--a'",
    "\"--b\"",
    ")\n",
    ")",
    "(",
    ", ",
    "default=",
    "type=",
    "int",
    "1",
    "[1, 2]",
    "choices=",
    "range(3)",
    "p",
    "p.parse_args()\n",
    "def f(x):\n    ",
    "return x\n",
    "f(p)\n",
    "if x:\n    ",
    "for x in [1]:\n    ",
    "f",
    "=",
    "p.add_argument_group()",
    ".add_argument(",
    "nargs='+'",
    "action='store_true'",
    "*x",
    "**x",
    "lambda: p",
    "x",
    " + ",
    "-",
    "f'{x}'",
    "try:\n    ",
    "except E:\n    ",
    "pass\n",
    "class C:\n    ",
    "with x as y:\n    ",
    "x[0]",
    "x[-9]",
    "(p,)",
    "\n",
    "    ",
    "9223372036854775807",
];
