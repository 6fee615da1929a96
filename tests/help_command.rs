//! Help about operations, models and Guild files: `guild run --help-op`, `guild help`,
//! `guild models`, `guild operations`.

use crate::harness::{Project, oracle};

const GUILDFILE: &str = r#"
- model: net
  description: "A net.\n\nIt learns, and this line about it is so long that it has to be wrapped somewhere."
  references: [http://example.com/net]
  resources:
    data: {description: What it learns from, sources: [file: x.txt]}
    other: {sources: [file: x.txt]}
  operations:
    train:
      description: "Train the net.\n\nThis needs a-word-with-many-hyphens-in-it to be wrapped, which it-will-be-here."
      exec: echo ${flag_args}
      requires: [data, other]
      flags:
        rate: {default: 0.1, description: "How fast it learns\nwith more to say about it"}
        depth: {required: yes, type: int}
        seed: {null-label: 'any number'}
        optimizer:
          description: How it learns
          default: sgd
          choices: [sgd, adam, 1, 0.5, true, "a b", "x,y"]
        form:
          choices:
            - {value: 1, alias: one, description: The first form with a long text that has to be wrapped}
            - {value: 2, description: "Two\n\nand more"}
            - 3
        a-flag-whose-name-is-wider-than-a-column: 3
    _hidden: {exec: 'echo'}
- model: _private
  operations: {x: {exec: foo}}
- model: ''
  description: Without a model
  operations:
    zero: {exec: base, flags: {x: 1}}
    base: {exec: base, description: "First\nSecond\nThird"}
"#;

#[test]
fn pages_are_those_of_the_oracle() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("guild.yml", GUILDFILE), ("x.txt", "")]);
    std::fs::create_dir(project.home()).unwrap();
    for line in [
        "run net:train --help-op",
        "run zero --help-model",
        "run net:_hidden --help-model",
        "run zero --test-flags",
        "help",
        "help -n guild.yml",
        "help --package-description",
        "models",
        "models -av learns",
        "operations",
        "operations -a",
        "operations -v",
        "ops -i train net",
    ] {
        let long = ["run net:train --help-op", "help"].contains(&line);
        for columns in if long { &["80", "60", "200"][..] } else { &["80"] } {
            let theirs = project.guild(line).program(&oracle).env("COLUMNS", columns).outcome();
            let ours = project.guild(line).env("COLUMNS", columns).outcome();
            assert_eq!(ours.stdout, theirs.stdout, "{line} in {columns} columns");
            assert_eq!(ours.stderr, theirs.stderr, "{line}");
            assert_eq!(ours.code, theirs.code, "{line}");
        }
    }
}

#[test]
fn a_script_has_help_too() {
    let project = Project::with(&[("s.py", "rate = 0.1\nname = 'a b'\n")]);
    let help = project.guild("run s.py --help-op").succeeds().stdout;
    assert_eq!(
        help,
        "Usage: guild run [OPTIONS] s.py [FLAG]...\n\n\
         Use 'guild run --help' for a list of options.\n\n\
         Flags:\n  name  (default is 'a b')\n  rate  (default is 0.1)\n"
    );
    let help = project.guild("run s.py --help-model").succeeds().stdout;
    assert!(help.ends_with("Operations:\n  s.py\n"), "{help}");
    assert!(project.runs().is_empty());
}

#[test]
fn flags_that_a_guild_file_imports_are_in_its_help() {
    let project = Project::with(&[
        ("guild.yml", "train:\n  main: s\n  flags-import: all\n"),
        ("s.py", "rate = 0.1\n"),
    ]);
    let help = project.guild("help").succeeds().stdout;
    assert!(help.contains("      Flags:\n        rate  (default is 0.1)\n"), "{help}");
    let ops = project.guild("ops -v").succeeds().stdout;
    assert!(ops.contains("  flags: ['rate: (default is 0.1)']\n"), "{ops}");
}

#[test]
fn help_in_markdown_has_the_levels_that_are_asked_for() {
    let project = Project::with(&[("guild.yml", GUILDFILE), ("x.txt", "")]);
    let line = "help --markdown --title Nets --base-heading-level 3";
    let help = project.guild(line).succeeds().stdout;
    for part in [
        "### Nets\n",
        "#### Overview\n",
        "##### net\n",
        "<dt>rate</dt>\n<dd>How fast it learns (default is 0.1)",
        "\n```\n$ guild run [MODEL:]OPERATION\n```\n",
    ] {
        assert!(help.contains(part), "no {part:?} in {help}");
    }
    project.guild("help --markdown --package-description").fails(2);
}

#[test]
fn where_there_is_no_guild_file() {
    let project = Project::new();
    let out = project.guild("help").fails(1);
    assert_eq!(
        out.stderr,
        "guild: the current directory does not contain a Guild file (guild.yml)\n\
         Try specifying a project path or package name or 'guild help --help' for help.\n"
    );
    assert_eq!(project.guild("models").succeeds().stdout, "");
}

#[test]
fn errors_name_the_file_as_it_was_typed() {
    let project = Project::with(&[("sub/bad.yml", "a: [\n"), ("bad/guild.yml", "a: [\n")]);
    for (named, shown) in [
        ("sub/bad.yml", "sub/bad.yml"),
        ("./sub/bad.yml", "./sub/bad.yml"),
        ("bad", "bad/guild.yml"),
    ] {
        let out = project.guild(&format!("help {named}")).fails(1);
        assert!(out.stderr.starts_with(&format!("guild: error in {shown}: ")), "{}", out.stderr);
    }
}

#[test]
fn options_of_a_command_come_before_the_filters() {
    let project = Project::new();
    for (command, option) in [
        ("runs rm", "--permanent"),
        ("label", "--set"),
        ("tag", "--add"),
        ("comment", "--add"),
        ("select", "--min"),
        ("watch", "--pid"),
        ("stop", "--yes"),
        ("ls", "--help"),
    ] {
        let help = project.guild(&format!("{command} --help")).succeeds().stdout;
        let at = |wanted: &dyn Fn(&str) -> bool| help.lines().position(wanted).unwrap();
        let listed = at(&|line| line.trim_start().starts_with('-') && line.contains(option));
        let (options, filters) = (at(&|line| line == "Options:"), at(&|line| line == "Filters:"));
        assert!(options < listed && listed < filters, "{command}\n{help}");
    }
}
