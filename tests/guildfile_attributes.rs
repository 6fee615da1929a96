//! Attributes of operations that say the same thing twice, or that others add to, as in Guild AI
//! 0.9.0.

use crate::harness::{Project, oracle};

const GUILDFILE: &str = "\
both:
  main: t
  steps: [quick]
  flags: {q: 1, a: 2, z: 3}
  requires: {operation: quick}
quick:
  exec: 'true'
  main: t
  requires: {file: t.py}
  flags: {x: 1}
piped: {exec: 'true', steps: [quick]}
";

/// What a command tells, without what differs from run to run.
fn told(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with("Refreshing flags"));
    let without_id = |word: &str| match word.trim_end_matches(':').len() {
        32 => "ID".to_string(),
        _ => word.to_string(),
    };
    lines.map(|l| l.split(' ').map(without_id).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_is_said_twice_and_what_others_add() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("guild.yml", GUILDFILE), ("t.py", "q = 0\n")]);
    std::fs::create_dir(project.home()).unwrap();
    for line in [
        "run both --help-op",
        "run quick -y",
        "run piped -y",
        "run quick x=[1,2] -y",
        "run both -y",
    ] {
        let theirs = project.guild(line).program(&oracle).outcome();
        let ours = project.guild(line).outcome();
        assert_eq!(told(&ours.stdout), told(&theirs.stdout), "{line}");
        assert_eq!(told(&ours.stderr), told(&theirs.stderr), "{line}");
        assert_eq!(ours.code, theirs.code, "{line}");
    }
}

#[test]
fn names_with_spaces_and_letters_of_any_kind() {
    let guildfile = "\
bau:
  exec: cat 'ziel ü/größe 1.txt'
  sourcecode: ['*.py']
  requires:
    - file: daten é/größe 1.txt
      target-path: ziel ü
  flags: {größe: 1}
";
    let project = Project::with(&[
        ("guild.yml", guildfile),
        ("daten é/größe 1.txt", "hallo\n"),
        ("quelle ß.py", "x = 1\n"),
    ]);
    let out = project.guild_args(&["run", "bau", "-y", "größe=zwei drei"]).succeeds();
    assert_eq!(out.stdout, "hallo\n");
    let run = project.run();
    assert!(run.join("quelle ß.py").is_file());
    assert_eq!(project.info("label"), "größe='zwei drei'");
    let manifest = std::fs::read_to_string(run.join(".guild/manifest")).unwrap();
    assert!(manifest.contains("'quelle ß.py'") && manifest.contains("'ziel ü/größe 1.txt'"));
}

#[test]
fn references_in_commands_and_environments() {
    let Some(oracle) = oracle() else { return };
    let guildfile = "\
path:
  main: t
  env: {PYTHONPATH: '${path}:more'}
  flags: {path: {default: a, type: path}}
middle: {exec: 'env A=${python_exe} sh -c \"[ -x $A ] && echo runs\"'}
";
    let flags = "\
path: {exec: 'true'}
flags:
  exec: 'true'
  flags: {needed: {required: yes}, up: {type: number}}
  requires: [{operation: path, name: up}, {file: t.py, flag-name: f}]
";
    let script =
        "import sys\nprint([p for p in sys.path if p.endswith(('/one', '/two', 'more'))])\n";
    let files = [
        ("guild.yml", guildfile),
        ("flags/guild.yml", flags),
        ("flags/t.py", ""),
        ("t.py", script),
    ];
    let project = Project::with(&files);
    std::fs::create_dir(project.home()).unwrap();
    for line in [
        "run path path=/one:/two -y",
        "run middle -y",
        "-C flags run flags colour=1 -y",
        "-C flags run flags needed=1 colour=1 -y",
        "-C flags help -n",
        "-C flags ops -v",
    ] {
        let theirs = project.guild(line).by_oracle(&oracle);
        let ours = project.guild(line).outcome();
        let plain = |text: &str| {
            let runs = project.home().join("runs").display().to_string();
            let at = |word: &str| match word.contains(&runs) {
                true => format!("RUN/{}", word.rsplit('/').next().unwrap_or_default()),
                false => word.to_string(),
            };
            text.split(' ').map(at).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(plain(&ours.stdout), plain(&theirs.stdout), "{line}");
        assert_eq!(told(&ours.stderr), told(&theirs.stderr), "{line}");
        assert_eq!(ours.code, theirs.code, "{line}");
    }
}

#[test]
fn what_is_done_is_not_told_to_who_wants_warnings_only() {
    let project =
        Project::with(&[("guild.yml", "op: {exec: 'true', requires: {file: x}}\n"), ("x", "")]);
    assert_eq!(project.guild("run op -y").succeeds().stderr, "Resolving file:x\n");
    assert_eq!(project.guild("run op -y").env("LOG_LEVEL", "30").succeeds().stderr, "");
}

const PACKAGE: &str = "\
- package: pkg_a
- model: base
  operations:
    train:
      exec: cat data.txt
      requires: data
      flags: {lr: 0.1}
      compare: [=lr, =lr as rate]
    imported:
      main: of_package
      flags-import: all
  resources:
    data: [{file: data.txt}]
- config: shared
  flags: {depth: 3}
";

#[test]
fn models_of_installed_packages() {
    let Some(oracle) = oracle() else { return };
    let own = "- model: mine\n  extends: pkg-a/base\n- model: other\n  extends: pkg_a/shared\n  \
               operations: {t: {exec: 'true', flags: {$include: shared}}}\n";
    let project = Project::with(&[
        ("guild.yml", own),
        ("site/pkg_a/guild.yml", PACKAGE),
        ("site/pkg_a/data.txt", "of the package\n"),
        ("site/pkg_a/of_package.py", "depth = 7\n"),
    ]);
    std::fs::create_dir(project.home()).unwrap();
    let site = project.path("site");
    for line in [
        "ops",
        "models",
        "run mine:train --help-op",
        "run mine:imported --help-op",
        "run other:t --help-op",
        "run mine:train -y",
    ] {
        let theirs = project.guild(line).program(&oracle).env("PYTHONPATH", &site).outcome();
        let ours = project.guild(line).env("PYTHONPATH", &site).outcome();
        assert_eq!(ours.stdout, theirs.stdout, "{line}");
        assert_eq!(told(&ours.stderr), told(&theirs.stderr), "{line}");
        assert_eq!(ours.code, theirs.code, "{line}");
    }
    // What is compared is read from there as well.
    let compared = project.guild("compare --csv - --skip-core").env("PYTHONPATH", &site).succeeds();
    assert!(compared.stdout.starts_with("run,lr,rate\n"), "{}", compared.stdout);
    // Without the path there is no such package, and the place says who wants it.
    let out = project.guild("ops").fails(1);
    assert!(
        out.stderr.contains("cannot find Guild file for package 'pkg-a'\n  at "),
        "{}",
        out.stderr
    );
    assert!(out.stderr.contains("guild.yml:2:12\n  2 |   extends: pkg-a/base\n"), "{}", out.stderr);
}
