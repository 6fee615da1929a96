//! Flags that are the settings of a configuration file: the plugin `config_flags`, and the hooks by
//! which a plugin brings flags and kinds of resources.

use std::fs;

use crate::harness::{Project, oracle};

const FILES: &[(&str, &str)] = &[
    (
        "guild.yml",
        "y:\n  exec: cat c.yml\n  flags-dest: config:c.yml\n  flags-import: all\n\
         j:\n  exec: cat s.json\n  flags-dest: config:s.json.in\n  flags-import: all\n  flags: {n: {default: \
         7}}\n  requires: {config: s.json.in, rename: s.json}\n\
         i:\n  exec: cat c.ini\n  flags-dest: config:c.ini\n  flags-import: all\n\
         own:\n  exec: cat in/c.yml\n  flags: {lr: 0.5, net.name: y}\n  requires: {config: c.yml, \
         target-path: in, params: {net.name: p, more: 1}}\n",
    ),
    ("c.yml", "lr: 0.1\nnet:\n  layers: [1, 2, a b]\n  name: x\n  deep: {q: yes, z: null}\n"),
    ("s.json.in", "{\"n\": 1, \"s\": {\"t\": \"ä\", \"f\": 1e-05, \"b\": true}, \"l\": [1, 2]}"),
    ("c.ini", "[DEFAULT]\nbase = 3\n[a]\nx = 1\nname = me\nok = yes\nr = 1e-3\n"),
];

#[test]
fn files_are_written_as_in_0_9_0() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(FILES);
    fs::create_dir(project.home()).unwrap();
    for args in [
        &["y"][..],
        &["y", "lr=0.2", "net.name=foo", "net.layers=3 4"],
        &["j", "s.f=2", "l=a b"],
        &["i", "a.x=4"],
        &["own"],
    ] {
        let args = [&["run", "-y"], args].concat();
        let theirs = project.guild_args(&args).program(&oracle).succeeds();
        let ours = project.guild_args(&args).succeeds();
        assert_eq!((ours.stdout, ours.stderr), (theirs.stdout, theirs.stderr), "{args:?}");
        let mut runs = project.runs();
        let (ours, theirs) = (runs.pop().unwrap(), runs.pop().unwrap());
        for attr in ["flags", "label", "cmd"] {
            assert_eq!(project.attr(&ours, attr), project.attr(&theirs, attr), "{args:?} {attr}");
        }
        let manifest = |run: &std::path::Path| fs::read_to_string(run.join(".guild/manifest"));
        assert_eq!(manifest(&ours).unwrap(), manifest(&theirs).unwrap(), "{args:?}");
    }
}

#[test]
fn settings_are_flags() {
    let project = Project::with(FILES);
    let out = project.guild("run y net.name=z").input("n\n").succeeds();
    assert_eq!(
        out.stderr,
        "You are about to run y\n  lr: 0.1\n  net.deep.q: yes\n  net.deep.z: default\n  \
         net.layers: 1 2 'a b'\n  net.name: z\nContinue? (Y/n) "
    );
    project.guild("run y net.name=z net.nope=1 -y").fails(1);
}

#[test]
fn each_setting_says_where_it_is() {
    let project = Project::with(FILES);
    for (op, origins) in [
        ("y", &["lr:  # c.yml:1, config", "net.layers:  # c.yml:3, config"][..]),
        ("j", &["n:  # guild.yml:9; s.json.in:1, config", "s.t:  # s.json.in:1, config"]),
        ("i", &["a.x:  # c.ini, config"]),
    ] {
        let shown = project.guild(&format!("ops show {op}")).succeeds().stdout;
        origins.iter().for_each(|origin| assert!(shown.contains(origin), "{shown}"));
    }
}

#[test]
fn settings_are_in_the_help() {
    let project = Project::with(FILES);
    let out = project.guild("help -n").succeeds().stdout;
    assert!(out.contains("    i\n      Flags:\n        a.base  (default is 3)\n"), "{out}");
    project.write("c.ini", "x");
    let out = project.guild("ops -v y i").succeeds();
    project.guild("help -n").succeeds();
    assert!(out.stderr.starts_with("WARNING: cannot read flags from "), "{}", out.stderr);
}

#[test]
fn files_that_are_wrong() {
    for (name, text, words) in [
        ("c.yml", &b"a: [1\nb: c: d\n"[..], "(line "),
        ("c.json", b"{\"a\": 1,\n\"b\" 2}", "line 2 column 5"),
        ("c.ini", b"[a]\nx\n", "expected NAME = VALUE (line 2, column 1)"),
        ("c.yml", b"a: \xff\xfe", "it is not UTF-8 text (line 1)"),
        ("c.txt", b"", "config type for c.txt not supported"),
    ] {
        let project = Project::new();
        project.write("guild.yml", format!("op:\n  exec: 'true'\n  flags-dest: config:{name}\n"));
        project.write(name, text);
        let out = project.guild("run op -y").succeeds();
        let told = out.stderr.starts_with("WARNING: ") && out.stderr.contains(words);
        assert!(told, "{name}: {}", out.stderr);
        // What needs the file needs it whole.
        let requires = format!("op:\n  exec: 'true'\n  requires: {{config: {name}}}\n");
        project.write("guild.yml", requires);
        let out = project.guild("run op -y").fails(1);
        assert!(out.stderr.contains("error loading config from "), "{name}: {}", out.stderr);
        assert_eq!(project.runs().len(), 1);
    }
    let project = Project::new();
    project.write("guild.yml", "op:\n  exec: 'true'\n  flags-dest: config:c.yml\n");
    project.write("c.yml", vec![b'#'; 20 << 20]);
    let out = project.guild("run op -y").succeeds();
    assert!(out.stderr.contains("it is larger than 10 MB"), "{}", out.stderr);
    fs::remove_file(project.path("c.yml")).unwrap();
    let out = project.guild("run op -y").succeeds();
    assert!(out.stderr.contains("WARNING: cannot read flags from "), "{}", out.stderr);
}

#[test]
fn toml_keeps_what_no_flag_changes() {
    let text = "rate = 0.1 # fine\nday = 2024-01-02\n[net]\nlayers = [1, 2]\n";
    let project = Project::with(&[
        (
            "guild.yml",
            "op:\n  exec: cat c.toml\n  flags-dest: config:c.toml\n  flags-import: all\n",
        ),
        ("c.toml", text),
    ]);
    let out = project.guild("run op -y").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), (text, "Resolving config:c.toml\n"));
    let out = project.guild("run op rate=1 net.layers=[[3,4]] day=2025-01-01 -y").succeeds();
    let changed = text.replace("0.1", "1").replace("2024-01-02", "2025-01-01");
    assert_eq!(out.stdout, changed.replace("[1, 2]", "[3, 4]"));
    project.guild("run op rate=123456789012345678901234567890 -y").fails(1);
    assert_eq!(project.runs().len(), 2);
}
