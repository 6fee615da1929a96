//! Guild files as a host reads them: from folders, with what goes wrong.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use guild_guildfile::{
    Error, ErrorKind, Guildfile, LookupError, Options, SourceRules, import_flags,
};
use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, Flags};

fn place(e: &Error) -> Option<(usize, usize)> {
    e.place.as_ref().map(|p| (p.line, p.column))
}

fn read(text: &str) -> Result<Guildfile, Error> {
    Guildfile::from_text(text, Path::new("/p/guild.yml"), &Options::new())
}

fn refused(text: &str) -> (ErrorKind, String) {
    let e = read(text).unwrap_err();
    (e.kind, e.to_string())
}

#[test]
fn a_folder_has_a_file_or_none() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(Guildfile::for_dir(dir.path()).unwrap(), None);
    fs::create_dir(dir.path().join("guild.yml")).unwrap();
    assert_eq!(Guildfile::for_dir(dir.path()).unwrap(), None);
    fs::remove_dir(dir.path().join("guild.yml")).unwrap();
    fs::write(dir.path().join("guild.yml"), "train: t.py\n").unwrap();
    let file = Guildfile::for_dir(dir.path()).unwrap().unwrap();
    assert_eq!((file.dir.as_path(), file.path), (dir.path(), dir.path().join("guild.yml")));
    let (model, name, op) = file.models[0].default_operation().map(|(n, o)| ("", n, o)).unwrap();
    assert_eq!((model, name, op.other["main"].as_str()), ("", "train", Some("t.py")));
    let e = Guildfile::for_file(&dir.path().join("no.yml"), &Options::new()).unwrap_err();
    assert_eq!(e.kind, ErrorKind::Read);
}

#[test]
fn faults_say_where() {
    let e = read("a: b\nc: d: e\n").unwrap_err();
    assert_eq!((e.kind, place(&e)), (ErrorKind::Syntax, Some((2, 5))));
    assert_eq!(
        e.to_string(),
        "error in /p/guild.yml: mapping values are not allowed here\n  in \"/p/guild.yml\", line 2, column 5"
    );
    assert_eq!(
        refused("- model: a\n  extends: b\n- config: b\n  extends: c\n- config: c\n  extends: b\n"),
        (ErrorKind::Cycle, "error in /p/guild.yml: cycle in 'extends' (b -> c -> b)".to_string())
    );
    assert_eq!(
        refused("- include: more.yml\n"),
        (
            ErrorKind::Include,
            "error in /p/guild.yml: cannot find include 'more.yml' (includes must be local to \
             including Guild file or a Guild package on the system path)"
                .to_string()
        )
    );
    assert_eq!(
        refused("a: {sourcecode: [{include: {what: x}}]}").1,
        "error in /p/guild.yml: unsupported include value: {'what': 'x'}"
    );
    assert_eq!(
        refused("a: {requires: 1}").1,
        "error in /p/guild.yml: invalid dependency value 1: expected a string or mapping"
    );
}

#[test]
fn files_that_include_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("guild.yml"), "- include: a.yml\n").unwrap();
    fs::write(path("a.yml"), "- include: ./guild.yml\n").unwrap();
    let e = Guildfile::for_dir(dir.path()).unwrap_err();
    let (file, a) = (path("guild.yml"), path("a.yml"));
    let (file, a) = (file.display(), a.display());
    assert_eq!(
        e.to_string(),
        format!("error in {file}: cycle in 'includes' ({file} -> {a} -> {file})")
    );
    // What is wrong with an included file is said of that one.
    fs::write(path("a.yml"), "- model: [x]\n").unwrap();
    let e = Guildfile::for_dir(dir.path()).unwrap_err();
    assert_eq!(
        e.to_string(),
        format!("error in {a}: invalid model name $['x']: expected a string")
    );
}

#[test]
fn what_a_model_hands_down() {
    let file = read(
        "- model: m\n  plugins: [p]\n  python-requires: '>=3'\n  sourcecode: {root: src, select: [a]}\n  \
         operation-defaults: {label: l, flags: {x: 1}}\n  operations:\n    a: {exec: [run, 'b c']}\n    \
         b: {plugins: no, flags: {y: 2}, sourcecode: [{exclude: {dir: d}}]}\n",
    )
    .unwrap();
    let model = &file.models[0];
    let (a, b) = (&model.operations["a"], &model.operations["b"]);
    assert_eq!(a.exec.as_deref(), Some("run 'b c'"));
    assert_eq!(
        (a.plugins.as_deref(), b.plugins.as_deref()),
        (Some(&["p".into()][..]), Some(&[][..]))
    );
    assert_eq!(b.other["python-requires"], Value::str(">=3"));
    assert_eq!((a.label.as_deref(), b.label.as_deref()), (Some("l"), Some("l")));
    assert_eq!(a.flags.keys().collect::<Vec<_>>(), ["x"]);
    assert_eq!(b.flags.keys().collect::<Vec<_>>(), ["y"]);
    let rules = SourceRules::for_op(model, b).unwrap();
    assert_eq!((rules.root.as_deref(), rules.disabled, rules.rules.len()), (Some("src"), false, 3));
    assert_eq!(rules.rules[2].kind.as_deref(), Some("dir"));
}

#[test]
fn warnings() {
    let file = read(
        "a: {sourcecode: {roots: x}, env: HOME, requires: {file: f, targetpath: t}, flags: {x: {arg-encoding: 1}}}",
    )
    .unwrap();
    let warnings: Vec<String> = file.warnings.iter().map(|w| w.to_string()).collect();
    assert!(warnings[0].starts_with("unexpected sourcecode attribute(s) in ../"), "{warnings:?}");
    let end = "/p/guild.yml: roots (guild.yml:1:18) - did you mean 'root'?";
    assert!(warnings[0].ends_with(end), "{warnings:?}");
    assert_eq!(
        warnings[1..],
        [
            "invalid arg-encoding of flag 'x' 1: expected a mapping (guild.yml:1:102)",
            "invalid env of operation 'a' 'HOME': expected a mapping (guild.yml:1:34)",
            "unexpected source attribute 'targetpath' in resource 'file:f' (guild.yml:1:50) - did you \
             mean 'target-path'?",
        ]
    );
}

#[test]
fn lookups() {
    let file = read(
        "- model: net-a\n  operations: {train: x, _hidden: y}\n- model: net-b\n  operations: {train: x, test: y}\n",
    )
    .unwrap();
    let found = |spec: &str| file.lookup(spec).map(|(model, op, _)| model.full_name(op));
    assert_eq!(found("net-a:train").as_deref(), Ok("net-a:train"));
    assert_eq!(found("b:test").as_deref(), Ok("net-b:test"));
    let e = found("net:train").unwrap_err();
    assert_eq!(e.to_string(), "there are multiple models that match 'net'");
    assert_eq!(e.hint(), "Try specifying one of the following:\n  net-a\n  net-b");
    let e = found("a:test").unwrap_err();
    assert_eq!(e.to_string(), "operation 'test' is not defined for model 'net-a'");
    assert_eq!(e.hint(), "Try 'guild operations net-a' for a list of available operations.");
    assert_eq!(found("").unwrap_err().to_string(), "cannot find a default operation");
    assert_eq!(found("train").unwrap_err(), LookupError::NoModel(Some("train".into())));
    assert_eq!(found("a:b:c").unwrap_err().to_string(), "invalid operation 'a:b:c'");
}

#[test]
fn flags_found_in_a_program() {
    let text =
        "a: {flags-import: [x, z], flags-import-skip: [z], flags: {lr: {arg-name: x, min: 0}}}";
    let mut op = read(text).unwrap().models[0].operations["a"].clone();
    let found = |name: &str| {
        (name.to_string(), FlagDef { default: 3.into(), min: 1.into(), ..FlagDef::default() })
    };
    import_flags(&mut op, Flags::from_iter(["z", "x", "y"].map(found)));
    assert_eq!(op.flags.keys().collect::<Vec<_>>(), ["lr"]);
    assert_eq!((&op.flags["lr"].default, &op.flags["lr"].min), (&Value::Int(3), &Value::Int(0)));
}

#[test]
fn flags_say_where_they_are_defined() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("sub")).unwrap();
    let text = "\
- include: sub/more.yml
- config: common
  flags:
    seed: 1
    'a b':
      default: 2
- model: m
  extends: parent
  operation-defaults:
    flags:
      verbose: no
      quiet: {default: yes}
  operations:
    train:
      main: train
      flags:
        $include: common
        lr: 0.1
        seed:
          description: other
    test:
      main: test
      flags: &same
        x: {type: int}
    more:
      main: more
      flags:
        <<: *same
        1: 2
";
    let more = "- config: parent\n  operations:\n    train:\n      flags: {deep: 1,\n\
                \x20       lr: {default: 2, min: 1}}\n";
    fs::write(dir.path().join("guild.yml"), text).unwrap();
    fs::write(dir.path().join("sub/more.yml"), more).unwrap();
    let file = Guildfile::for_dir(dir.path()).unwrap().unwrap();
    let places = |op: &str| {
        let flags = file.lookup(&format!("m:{op}")).unwrap().2.flags.iter();
        let shown = |(name, flag): (&String, &FlagDef)| {
            assert!(flag.other.is_empty(), "{flag:?}");
            format!("{name} {}", flag.origin.as_deref().unwrap())
        };
        flags.map(shown).collect::<Vec<_>>()
    };
    assert_eq!(
        places("train"),
        ["a b guild.yml:5", "deep sub/more.yml:4", "lr guild.yml:18", "seed guild.yml:19"]
    );
    assert_eq!(places("test"), ["x guild.yml:24"]);
    assert_eq!(places("more"), ["1 guild.yml:29", "x guild.yml:24"]);
    let other = dir.path().join("other.yml");
    let text = "m:\n  main: x\n  flags:\n    a: 1\n";
    fs::write(&other, text).unwrap();
    let file = Guildfile::for_file(&other, &Options::new()).unwrap();
    let (_, _, op) = file.lookup("m").unwrap();
    assert_eq!(op.flags["a"].origin.as_deref(), Some("other.yml:4"));
    let text = "- model: m\n  operation-defaults:\n    flags:\n      a: 1\n      b: {default: 1}\n\
                \x20 operations:\n    x: {main: x}\n";
    let file = read(text).unwrap();
    let flags = &file.lookup("x").unwrap().2.flags;
    assert_eq!(flags["a"].origin.as_deref(), Some("guild.yml:4"));
    assert_eq!(flags["b"].origin.as_deref(), Some("guild.yml:5"));
}
