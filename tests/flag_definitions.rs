//! Every attribute of a flag's definition, beside Guild AI 0.9.0: commands, environment, help, labels
//! and errors.

use std::fs;

use crate::harness::{Outcome, Project, oracle};

const GUILDFILE: &str = "
- config: shared
  flags:
    seed: {default: 1, description: The seed, type: int}
- model: m
  operations:
    all:
      exec: echo ${flag_args}
      flags:
        $include: shared
        s: {type: string, default: 1e3}
        i: {type: int, default: 3, min: 1, max: 10}
        f: {type: float, default: 1, min: 0.5}
        n: {type: number, default: 1e-3}
        b: {type: boolean, default: yes}
        p: {type: path, default: sub/file.txt}
        e: {type: existing-path, default: guild.yml}
        a: {type: auto, default: '1.0'}
        req: {required: yes, default: x}
        ch:
          default: small
          choices:
            - small
            - {value: 2, alias: big, description: Big one, flags: {i: 7, f: 2.5}}
            - 3.5
            - yes
        other: {default: a, choices: [a, b], allow-other: yes}
        name: {default: 1, arg-name: other-name}
        skip: {default: 1, arg-skip: yes}
        switch: {default: no, arg-switch: yes}
        word: {default: x, arg-switch: y}
        split: {default: 1 2 'a b', arg-split: yes}
        comma: {default: '1,2', arg-split: ','}
        coded: {default: yes, arg-encoding: {true: 'on', false: 'off'}}
        env: {default: 1, env-name: MY_ENV}
        alias: {default: 5, alias: aliased}
        none: {null-label: nada}
        dist: {default: 0.1, min: 0, max: 1, distribution: uniform}
        attrs: {a: 1}
        unheard: {default: 1, of: 2}
    env:
      exec: env
      env: {X_A: 'v-${one}', X_B: 'is ${two}', X_C: '\\${one}'}
      flags:
        one: {default: 1, env-name: MY_ENV}
        two: {default: yes, env-encoding: {true: T, false: F}}
        a-b: 2
        f: 1e-10
        s: '1'
        nothing: null
        lit: {default: true}
        dark: {default: false}
    skipped:
      exec: echo ${flag_args} x=${x}
      default-flag-arg-skip: yes
      flags: {x: 1, y: {default: 2, arg-skip: no}}
    same: {exec: 'echo ${flag_args}', flags: {a: {default: 1, arg-name: x}, x: 2}}
    shadowed: {exec: 'echo --x 1 ${flag_args}', flags: {x: 2}}
    quoted: {exec: 'echo ${flag_args} -- ${s} \\${s}', flags: {s: a b, q: {default: \"it's\"}}}
";

#[test]
fn each_attribute_is_as_with_the_oracle() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("guild.yml", GUILDFILE), ("sub/file.txt", ""), ("new.txt", "")]);
    fs::create_dir(project.home()).unwrap();
    // What is refused is told all at once, and by the oracle one by one.
    let refused = "i=0 i=11 i=a i=2.5 i=1e1 f=0.1 n=x e=nope req= ch=huge other-name=7 dist=2 \
                   attrs.a=2 bogus=1 seed=x";
    let mut commands: Vec<Vec<&str>> =
        refused.split_whitespace().map(|flag| vec!["run", "all", "--print-cmd", flag]).collect();
    for taken in [
        "s=2 n=1e5 b=no p=new.txt e=new.txt a=1e3 ch=big other=c name=7 skip=2 switch=yes word=y \
         comma=a,b coded=no aliased=6 none=3 attrs=x unheard=3 seed=4",
        "s=null b=maybe a=yes ch=2 switch=1 coded=x alias=6 p=null",
        "b=1 ch=3.5 word=x",
        "ch=yes req=null i=null",
    ] {
        let command = ["run", "all", "--print-cmd"].into_iter();
        commands.push(command.chain(taken.split_whitespace()).collect());
    }
    commands.extend([
        vec!["run", "all", "--help-op"],
        vec!["run", "all", "--test-flags"],
        vec!["run", "all", "--print-cmd", "split=3 \"x y\"", "comma="],
        vec!["run", "all", "--print-cmd", "--force-flags", "i=0", "f=x", "bogus=1"],
        vec!["run", "env", "--test-flags"],
        vec!["run", "env", "--print-cmd", "two=no"],
        vec!["run", "skipped", "--print-cmd"],
        vec!["run", "skipped", "--print-cmd", "x=3", "y=null"],
        vec!["run", "same", "--print-cmd"],
        vec!["run", "same", "--print-cmd", "x=5", "a=6"],
        vec!["run", "shadowed", "--print-cmd"],
        vec!["run", "quoted", "--print-cmd"],
        vec!["ops", "-v"],
        vec!["help"],
    ]);
    let mut different = String::new();
    for command in &commands {
        let asked = || project.guild_args(command).env("COLUMNS", "80");
        let (ours, theirs) = (asked().outcome(), asked().by_oracle(&oracle));
        let said = |out: &Outcome| (out.code, out.stdout.clone(), out.stderr.clone());
        if said(&ours) != said(&theirs) {
            different += &format!("{command:?}\n  ours:   {ours:?}\n  theirs: {theirs:?}\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[test]
fn the_environment_of_a_run_is_that_of_the_oracle() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("guild.yml", GUILDFILE)]);
    fs::create_dir(project.home()).unwrap();
    let line = "run m:env -y two=no";
    let flags = |text: &str| {
        let ours = ["FLAG_", "MY_ENV", "X_"];
        let mut lines: Vec<_> =
            text.lines().filter(|line| ours.iter().any(|name| line.starts_with(name))).collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    let ours = flags(&project.guild(line).succeeds().stdout);
    let theirs = flags(&project.guild(line).program(&oracle).succeeds().stdout);
    assert_eq!(ours, theirs);
    assert!(ours.contains("MY_ENV=1") && ours.contains("X_A=v-1"), "{ours}");
}

#[test]
fn templates_of_labels_are_filled_as_by_the_oracle() {
    let template = "${a|%05.1f}-${b|default:q}-${c|basename}-${d|unquote}-${e}-${f|nope}-${g|%d}";
    let guildfile = format!(
        "lab:\n  exec: 'true'\n  label: '{template}'\n  flags:\n    a: 1.23456\n    b: null\n    \
         c: /x/y/z.txt\n    d: \"'q'\"\n    e: 1e-10\n    f: x\n    g: 7\n"
    );
    let project = Project::with(&[("guild.yml", &guildfile)]);
    fs::create_dir(project.home()).unwrap();
    let label = |args: &[&str]| {
        let line = [&["run", "lab", "-y"], args].concat();
        project.guild_args(&line).succeeds();
        project.info("label")
    };
    assert_eq!(label(&[]), "001.2-q-z.txt-q-1.0e-10-#error#-7");
    let cases: [&[&str]; 4] = [
        &["a=2", "b=no", "c=null", "e=yes"],
        &["--label", "${c|basename} ${none|default:zip} ${b} $a $${a} ${g"],
        &["--label", "${g|%.2f}${d}", "g=1e3"],
        &["--tag", "t", "a=-0.05"],
    ];
    let ours: Vec<_> = cases.iter().map(|case| label(case)).collect();
    let Some(oracle) = oracle() else { return };
    for (case, ours) in cases.iter().zip(ours) {
        let line = [&["run", "lab", "-y"], *case].concat();
        project.guild_args(&line).by_oracle(&oracle);
        assert_eq!(ours, project.info("label"), "{case:?}");
    }
}
