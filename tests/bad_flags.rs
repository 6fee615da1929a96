//! Flags that go wrong, by the hand of a user or of somebody worse: a clear line, or exactly the
//! value that was given. Never another one.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Outcome, Project, python};

/// Prints its arguments as JSON.
const ARGS: &str = "import json, sys\nprint(json.dumps(sys.argv[1:]))\n";

/// Prints what it was given, and the name of that value's type.
const GLOBALS: &str = "x = 1\nname = 'a'\nprint(repr(x), repr(name))\n";

/// The arguments that the script of [`ARGS`] printed.
fn args(out: &Outcome) -> Vec<String> {
    serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap()
}

/// Nine lists within one another, each with nine times the one before: 400 million values.
fn bomb(open: &str, each: &str, close: &str) -> String {
    let mut text = format!("{open}{each}a0: &a0 [x, x, x, x, x, x, x, x, x]");
    for i in 1..9 {
        let copies = vec![format!("*a{}", i - 1); 9].join(", ");
        let comma = if close.is_empty() { "" } else { ", " };
        text += &format!("{comma}{each}a{i}: &a{i} [{copies}]");
    }
    text + close
}

#[test]
fn a_script_that_ends_before_it_parses() {
    let parser = "p = argparse.ArgumentParser()\np.add_argument('--x', default=os.getenv('X'))\np.parse_args()\n";
    let script = |first: &str| format!("import argparse, os, sys\n{first}\n{parser}");
    let project = Project::with(&[
        ("quiet.py", &script("sys.exit()")),
        ("message.py", &script("sys.exit('no data here')")),
        ("code.py", &script("print('two\\nlines')\nsys.exit(3)")),
        ("hard.py", &script("os._exit(4)")),
        ("killed.py", &script("import signal\nos.kill(os.getpid(), signal.SIGKILL)")),
        ("module.py", &script("import no_such_module")),
        ("raises.py", &script("raise ValueError('what\\nelse')")),
        ("never.py", &script("import time\nos.system('sleep 100 &')\ntime.sleep(100)")),
        ("deep.py", &script("def f():\n    f()\nf()")),
    ]);
    let print_cmd = |script: &str, flag: &str| {
        let limit = if script == "never" { "0.5" } else { "30" };
        let line = format!("run {script}.py {flag} --print-cmd -y");
        project.guild(&line).env("GUILD_FLAGS_IMPORT_TIMEOUT", limit).outcome()
    };
    let start = Instant::now();
    for (script, told) in [
        ("message", "no data here"),
        ("code", "two\nlines"),
        ("hard", "exit status: 4"),
        ("killed", "signal: 9 (SIGKILL)"),
        (
            "module",
            "ModuleNotFoundError: No module named 'no_such_module' (run with guild --debug for \
             details)",
        ),
        ("raises", "ValueError: what"),
        (
            "never",
            "it did not parse its arguments within 0.5 seconds (set GUILD_FLAGS_IMPORT_TIMEOUT to \
             give it more)",
        ),
        ("deep", "RecursionError: maximum recursion depth exceeded"),
    ] {
        let out = print_cmd(script, "x=1e-3");
        let expected = format!("WARNING: cannot import flags from {script}.py: ");
        assert!(out.stderr.starts_with(&expected), "{out:?}");
        assert!(out.stderr.contains(told), "{out:?}");
        assert!(out.stderr.lines().count() <= 2, "{out:?}");
        // What it declares is not known, so it gets what is given.
        assert!(out.stdout.ends_with(&format!("{script} --x 0.001\n")), "{out:?}");
    }
    // It has said that it takes no arguments.
    let out = print_cmd("quiet", "x=1");
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""));
    assert!(out.stderr.starts_with("guild: unsupported flag 'x'\n"), "{out:?}");
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn what_a_script_does_before_it_parses_has_no_part_in_its_flags() {
    let script = "
import argparse, os, socket, sys, threading
if os.getenv('GUILD_FLAGS_IMPORT_TIMEOUT'):
    # Only while its flags are looked for.
    print('{\"flags\": [{\"name\": \"lie\"}]}')
    sys.stderr.write('noise\\n')
    listening = socket.socket()
    listening.bind(('127.0.0.1', 0))
    listening.listen()
    threading.Thread(target=listening.accept).start()
    if os.fork() == 0:
        p = argparse.ArgumentParser()
        p.add_argument('--of-the-child')
        p.parse_args([])
p = argparse.ArgumentParser()
p.add_argument('--rate', type=float, default=os.getenv('NOTHING', 0.1))
print(vars(p.parse_args()))
";
    let project = Project::with(&[("s.py", script)]);
    let limit = ("GUILD_FLAGS_IMPORT_TIMEOUT", "30");
    let out = project.guild("ops show s.py --json").env(limit.0, limit.1).succeeds();
    assert_eq!(out.stderr, "");
    let shown: Value = serde_json::from_str(&out.stdout).unwrap();
    let flags = shown["s.py"]["flags"].as_object().unwrap();
    assert_eq!(flags.keys().collect::<Vec<_>>(), ["rate"]);
    let out = project.guild("run s.py -y rate=1e-5").succeeds();
    assert_eq!(out.stdout, "{'rate': 1e-05}\n");
}

#[test]
fn two_thousand_options() {
    let mut script = String::from("import argparse\np = argparse.ArgumentParser()\n");
    for i in 0..2000 {
        script += &format!("p.add_argument('--option-{i}', type=int, default={i})\n");
    }
    script += "a = p.parse_args()\nprint(sum(vars(a).values()), a.option_7, a.option_1999)\n";
    let project = Project::with(&[("s.py", &script)]);
    let out = project.guild("run s.py -y option-7=-3 option-1999=0").succeeds();
    assert_eq!(out.stdout, format!("{} -3 0\n", 1999 * 1000 - 7 - 3 - 1999));
    let out = project.guild("run s.py -y option-1x=2 option-3=a").fails(1);
    assert_eq!(
        out.stderr,
        "guild: invalid value a for option-3: invalid value for type 'int'\n\
         unsupported flag 'option-1x'\n\
         Try 'guild run s.py --help-op' for a list of flags or use --force-flags to skip this \
         check.\nDid you mean 'option-1'?\n"
    );
}

#[test]
fn defaults_that_are_objects_are_left_to_the_script() {
    let script = "
import argparse, datetime, enum, fractions
class Kind(enum.Enum):
    A = 1
class Fancy(str):
    pass
p = argparse.ArgumentParser()
for name, default in [
    ('object', object()), ('function', len), ('class', Kind), ('enum', Kind.A), ('bytes', b'x'),
    ('complex', 1j), ('set', {1}), ('dict', {'a': 1}), ('date', datetime.date(2020, 1, 2)),
    ('fraction', fractions.Fraction(1, 3)), ('list', [1, object()]), ('ellipsis', ...),
]:
    p.add_argument('--' + name, default=default)
p.add_argument('--fancy', default=Fancy('f'))
a = vars(p.parse_args())
print({name: type(value).__name__ for name, value in a.items()})
";
    let project = Project::with(&[("s.py", script)]);
    let out = project.guild("run s.py -y").succeeds();
    assert_eq!(
        out.stdout,
        "{'object': 'object', 'function': 'builtin_function_or_method', 'class': 'EnumType', \
         'enum': 'Kind', 'bytes': 'bytes', 'complex': 'complex', 'set': 'set', 'dict': 'dict', \
         'date': 'date', 'fraction': 'Fraction', 'list': 'list', 'ellipsis': 'ellipsis', \
         'fancy': 'str'}\n"
            .replace(
                "EnumType",
                python_says("import enum; print(type(enum.Enum).__name__)").trim()
            )
    );
    let out = project.guild("run s.py -y date=2021-02-03 enum=B").succeeds();
    assert!(out.stdout.contains("'enum': 'str'") && out.stdout.contains("'date': 'str'"));
    assert_eq!(project.info("label"), "date=2021-02-03 enum=B fancy=f");
}

fn python_says(code: &str) -> String {
    let out = std::process::Command::new(python()).args(["-c", code]).output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn choices_that_are_no_text() {
    let script = "
import argparse, os
p = argparse.ArgumentParser()
p.add_argument('--n', type=int, choices=[1, 2], default=1)
p.add_argument('--f', type=float, choices=[0.1, 1e-5], default=0.1)
p.add_argument('--odd', choices=[1, '1', None, 2.0, True], default='1')
p.add_argument('--objects', choices=[object(), len], default=len)
p.add_argument('--unsure', default=os.getenv('UNSURE'))
a = p.parse_args()
print(a.n, a.f, repr(a.odd), a.objects)
";
    let static_too = script.replace("os.getenv('UNSURE')", "None");
    let project = Project::with(&[("run.py", script), ("tree.py", &static_too)]);
    for script in ["run.py", "tree.py"] {
        let run = |flags: &str| project.guild(&format!("run {script} -y {flags}")).outcome();
        assert_eq!(run("n=2 f=1e-5").stdout, "2 1e-05 '1' <built-in function len>\n", "{script}");
        for (flag, told) in [
            ("n=3", "Unsupported value for 'n' - supported values are:\n\n  1  \n  2  \n"),
            ("f=0.2", "Unsupported value for 'f' - supported values are:\n\n  0.1 "),
        ] {
            let out = run(flag);
            assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
            assert!(out.stderr.contains(told), "{script}: {}", out.stderr);
        }
    }
}

#[test]
fn configuration_files_that_are_none() {
    let large = "key: value\n".repeat(2_000_000);
    let bomb = bomb("", "\n", "");
    for (file, text, told) in [
        ("gone.yml", None, "No such file or directory"),
        ("bad.yml", Some("lr: 0.1\nnet: {a: 1\nb: 2\n".as_bytes()), "(line 3, column 2)"),
        ("bad.json", Some(b"{\"a\": 1,\n \"b\": }"), "expected value at line 2 column 7"),
        ("bad.toml", Some(b"a = 1\nb = = 2\n"), "(line 2, column 5)"),
        ("bad.ini", Some(b"[a]\nx\n"), "expected NAME = VALUE (line 2, column 1)"),
        ("binary.yml", Some(b"a: 1\nb: \xff\x00\x01"), "it is not UTF-8 text (line 2)"),
        ("binary.json", Some(b"\x7fELF\x00\xff"), "it is not UTF-8 text (line 1)"),
        ("large.yml", Some(large.as_bytes()), "it is larger than 10 MB"),
        ("large.ini", Some(large.as_bytes()), "it is larger than 10 MB"),
        ("bomb.yml", Some(bomb.as_bytes()), "aliases make the document too large (line 2"),
        ("self.yml", Some(b"a: &a [1, *a]\n"), "found unconstructable recursive node (line 1"),
        ("list.yml", Some(b"- 1\n"), ""),
    ] {
        let project = Project::with(&[(
            "guild.yml",
            &format!(
                "op: {{exec: 'echo never', flags-dest: 'config:{file}', flags-import: all}}\n\
                     other: {{exec: echo other}}\n"
            ),
        )]);
        if let Some(text) = text {
            project.write(file, text);
        }
        // The operation is as it would be without the file: a flag of it is none.
        let out = project.guild("run op -y a=2").fails(1);
        let mut lines = out.stderr.lines();
        if !told.is_empty() {
            let warning = lines.next().unwrap();
            assert!(warning.starts_with("WARNING: cannot read flags from "), "{}", out.stderr);
            assert!(warning.contains(file) && warning.contains(told), "{}", out.stderr);
        }
        assert_eq!(lines.next(), Some("guild: unsupported flag 'a'"), "{}", out.stderr);
        assert_eq!(out.stdout, "");
        // It is in nobody else's way.
        assert_eq!(project.guild("run other -y").succeeds().stdout, "other\n");
    }
}

#[test]
fn the_last_of_a_key_that_is_there_twice_counts() {
    let project = Project::with(&[
        (
            "guild.yml",
            "old: {exec: echo}\n\
             y: {exec: cat c.yml, flags-dest: 'config:c.yml', flags-import: all}\n\
             j: {exec: cat c.json, flags-dest: 'config:c.json', flags-import: all}\n\
             old:\n  exec: echo ${flag_args}\n  flags: {x: 3, x: 4}\n",
        ),
        ("c.yml", "a: 1\nb: {c: 1, c: 2}\na: x\n"),
        ("c.json", "{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}, \"a\": \"x\"}"),
        ("s.py", GLOBALS),
        ("t.yml", "- {x: 2, name: b, x: 7}\n"),
        ("t.json", "[{\"x\": 2, \"name\": \"b\", \"x\": 7}]"),
        ("t.csv", "x,name,x\n2,b,7\n"),
    ]);
    let printed = |line: &str| project.guild(line).succeeds().stdout;
    assert_eq!(printed("run old -y"), "--x 4\n");
    assert_eq!(printed("run y -y"), "a: x\nb:\n  c: 2");
    assert_eq!(printed("run j -y"), "{\"a\": \"x\", \"b\": {\"c\": 2}}");
    assert_eq!(printed("run s.py @t.yml -y"), "7 'b'\n");
    assert_eq!(printed("run s.py @t.json -y"), "7 'b'\n");
    assert_eq!(printed("run s.py -y x=2 x=7"), "7 'a'\n");
    // There is no last column of a table.
    let out = project.guild("run s.py @t.csv -y").fails(1);
    assert!(out.stderr.contains("flag 'x' has more than one column (line 1)"), "{}", out.stderr);
}

#[test]
fn aliases_that_have_no_end() {
    let start = Instant::now();
    let project = Project::with(&[
        ("s.py", GLOBALS),
        ("bomb.yml", &bomb("- {", "", "}\n")),
        ("self.yml", "- name: &a [*a]\n"),
    ]);
    for (file, told) in [
        ("bomb.yml", "aliases make the document too large (line 1, column 13)"),
        ("self.yml", "found unconstructable recursive node (line 1, column 9)"),
    ] {
        let out = project.guild(&format!("run s.py @{file} -y")).fails(1);
        let expected = format!("guild: cannot read trials for ./{file}: {told}\n");
        assert_eq!(out.stderr, expected);
    }
    // What is no YAML is text, and goes to the script as it is.
    for text in ["&a [*a]", &bomb("{", "", "}"), "*a", "{<<: *a}"] {
        let out = project.guild_args(&["run", "s.py", "-y", &format!("name={text}")]).succeeds();
        assert_eq!(out.stdout, format!("1 '{text}'\n"));
    }
    for (flags, told) in [
        (bomb("\n", "\n      ", ""), "aliases make the document too large"),
        (" &f\n      x: *f".to_owned(), "found unconstructable recursive node"),
    ] {
        project.write("guild.yml", format!("op:\n  exec: echo\n  flags:{flags}\n"));
        let out = project.guild("run op -y").fails(1);
        assert!(out.stderr.contains(told) && out.stderr.contains(", line "), "{}", out.stderr);
    }
    assert!(project.runs().len() == 4);
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// Names that are odd, as YAML has them, and themselves.
const NAMES: [(&str, &str); 14] = [
    ("'a b'", "a b"),
    ("a.b", "a.b"),
    ("größe", "größe"),
    ("日本", "日本"),
    ("\"it's\"", "it's"),
    ("'q\"q'", "q\"q"),
    ("$HOME", "$HOME"),
    ("${x}", "${x}"),
    ("$(id)", "$(id)"),
    ("'`id`'", "`id`"),
    ("-dash", "-dash"),
    ("--two", "--two"),
    ("'back\\slash'", "back\\slash"),
    ("'*;&|<>'", "*;&|<>"),
];

/// Values that somebody may take for something else.
const VALUES: [&str; 8] =
    ["x y", "$HOME", "${a.b}", "it's \"so\"", "-v", "--two", "\\$(x)", "é\u{1f600}"];

#[test]
fn names_and_values_that_are_odd_arrive_as_they_are() {
    let mut guildfile = String::from("args:\n  exec: python3 s.py ${flag_args}\n  flags:\n");
    for (yaml, _) in NAMES {
        guildfile += &format!("    {yaml}: 1\n");
    }
    let project = Project::with(&[("guild.yml", &guildfile), ("s.py", ARGS)]);
    for value in VALUES {
        let assigned: Vec<String> =
            NAMES.iter().map(|(_, name)| format!("{name}={value}")).collect();
        let mut line = vec!["run", "args", "-y", "--"];
        line.extend(assigned.iter().map(String::as_str));
        let given = args(&project.guild_args(&line).succeeds());
        let mut given: Vec<(&str, &str)> =
            given.chunks(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
        given.sort();
        let mut expected: Vec<(String, &str)> =
            NAMES.iter().map(|(_, name)| (format!("--{name}"), value)).collect();
        expected.sort();
        let expected: Vec<(&str, &str)> = expected.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        assert_eq!(given, expected);
    }
}

#[test]
fn odd_names_reach_dicts_and_globals() {
    let project = Project::with(&[
        (
            "guild.yml",
            "d: {main: d, flags-dest: 'dict:params', flags-import: all}\n\
             g: {main: g, flags-dest: globals, flags: {größe: 2, 'a b': 3}}\n",
        ),
        (
            "d.py",
            "params = {'a b': '', 'größe': 2, \"it's\": '', '$x': True, '-d': 5}\nprint(params)\n",
        ),
        ("g.py", "größe = 1\nprint(größe, globals()['a b'])\n"),
    ]);
    let line = ["run", "d", "-y", "--", "a b=x y", "größe=1e-3", "it's=$x", "$x=no", "-d=-1"];
    let out = project.guild_args(&line).succeeds();
    assert_eq!(
        out.stdout,
        "{'$x': False, '-d': -1, 'a b': 'x y', 'größe': 0.001, \"it's\": '$x'}\n"
    );
    assert_eq!(project.guild("run g -y").succeeds().stdout, "2 3\n");
}

#[test]
fn a_value_of_a_megabyte() {
    let project = Project::with(&[("s.py", "n = 1\nx = ''\nprint(n, len(x))\n")]);
    let value = "a".repeat(1 << 20);
    project.write("b.json", format!("[{{\"x\": \"{value}\"}}]"));
    // No process takes an argument of this length, or a variable.
    let out = project.guild("run s.py @b.json -y").outcome();
    assert_eq!(out.code, Some(1));
    assert!(
        out.stderr.contains("The longest value is that of flag 'x', 1048576 bytes"),
        "{}",
        out.stderr
    );
    // Half of what a process takes.
    let half = "a".repeat(60_000);
    let line = format!("x={half}");
    let out = project.guild_args(&["run", "s.py", "-y", &line]).succeeds();
    assert_eq!(out.stdout, "1 60000\n");
}
