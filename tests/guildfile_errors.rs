//! Mistakes in a Guild file are found before anything runs, and shown where they are.

use std::fmt::Write;

use crate::harness::Project;

/// What a command that fails tells, with the project's folder as `P`.
fn told(guildfile: &str, line: &str) -> String {
    let project = Project::with(&[("guild.yml", guildfile)]);
    let out = project.guild(line).fails(1);
    assert_eq!(out.stdout, "");
    assert!(project.runs().is_empty());
    out.stderr.replace(project.dir().canonicalize().unwrap().to_str().unwrap(), "P")
}

const END: &str = "guild: guildfile in the current directory contains an error (see above for \
                   details)\n";

#[test]
fn syntax() {
    let expected = format!(
        "ERROR: error in P/guild.yml: mapping values are not allowed here\n  in \
         \"P/guild.yml\", line 3, column 9\n  3 |    flags: 1\n    |         ^\n{END}"
    );
    assert_eq!(told("train:\n  main: t\n   flags: 1\n", "ops"), expected);
    let tab = told("train:\n\tmain: t\n", "ops");
    assert!(tab.contains("line 2, column 1\n  2 |  main: t\n    | ^\n"), "{tab}");
}

#[test]
fn wrong_types() {
    let expected = format!(
        "ERROR: error in P/guild.yml: invalid flags value ['lr']: expected a mapping\n  at \
         P/guild.yml:3:10\n  3 |   flags: [lr]\n    |          ^\n{END}"
    );
    for line in ["ops", "run train -y", "run train --help-op"] {
        assert_eq!(told("train:\n  main: t\n  flags: [lr]\n", line), expected);
    }
}

#[test]
fn unknown_parents_and_includes() {
    let expected = format!(
        "ERROR: error in P/guild.yml: undefined model or config 'bse'\n  at P/guild.yml:3:12\n  \
         3 |   extends: bse\n    |            ^\nDid you mean 'base'?\n{END}"
    );
    assert_eq!(told("- config: base\n- model: m\n  extends: bse\n", "run m:train -y"), expected);
    let text = "- config: shared\n- model: m\n  operations:\n    t:\n      flags:\n        \
                $include: sharde\n";
    let expected = format!(
        "ERROR: error in P/guild.yml: invalid include reference 'sharde': cannot find target\n  \
         at P/guild.yml:6:19\n  6 |         $include: sharde\n    |                   ^\nDid you \
         mean 'shared'?\n{END}"
    );
    assert_eq!(told(text, "ops"), expected);
}

#[test]
fn unknown_operations_and_resources() {
    let text = "- model: net\n  operations: {train: {exec: 'true', requires: [dta]}}\n  \
                resources: {data: [a]}\n";
    assert_eq!(
        told(text, "run trian -y"),
        "guild: operation 'trian' is not defined for model 'net'\nTry 'guild operations net' for \
         a list of available operations.\nDid you mean 'net:train'?\n"
    );
    assert_eq!(
        told(text, "run train -y"),
        "guild: invalid definition for operation 'net:train': resource 'dta' required by \
         operation 'net:train' is not defined\n  at P/guild.yml:2:49\n  2 |   operations: {train: \
         {exec: 'true', requires: [dta]}}\n    |                                                 \
         ^\nDid you mean 'data'?\n"
    );
}

#[test]
fn cycles_are_shown_as_a_chain() {
    let text = "- model: m\n  extends: b\n- config: b\n  extends: c\n- config: c\n  extends: b\n";
    let cycle = told(text, "ops");
    assert!(cycle.contains("cycle in 'extends' (b -> c -> b)\n  at P/guild.yml:6:12\n"), "{cycle}");
    let project = Project::with(&[
        ("guild.yml", "- include: a.yml\n- model: m\n"),
        ("a.yml", "- include: b.yml\n"),
        ("b.yml", "- config: c\n- include: [a.yml]\n"),
    ]);
    let dir = project.dir().canonicalize().unwrap();
    let told = project.guild("ops").fails(1).stderr.replace(dir.to_str().unwrap(), "P");
    assert_eq!(
        told,
        format!(
            "ERROR: error in P/guild.yml: cycle in 'includes' (P/guild.yml -> P/a.yml -> P/b.yml \
             -> P/a.yml)\n  at P/b.yml:2:13\n  2 | - include: [a.yml]\n    |             ^\n{END}"
        )
    );
}

#[test]
fn missing_parameters_are_told_of() {
    let text = "- model: m\n  params: {script: t}\n  operations:\n    train:\n      exec: echo \
                {{srcipt}} {{script}}\n";
    let project = Project::with(&[("guild.yml", text)]);
    let out = project.guild("run train -y").succeeds();
    assert_eq!(out.stdout, "{{srcipt}} t\n");
    assert_eq!(
        out.stderr,
        "WARNING: undefined parameter 'srcipt' is left as '{{srcipt}}' (guild.yml:5:13) - did \
         you mean 'script'?\n"
    );
}

#[test]
fn aliases_that_grow_without_end_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let before = format!("*a{}, ", i - 1).repeat(10);
        writeln!(bomb, "a{i}: &a{i} [{before}]").unwrap();
    }
    let told = told(&bomb, "ops");
    assert!(told.contains("aliases make the document too large"), "{told}");
    assert!(told.contains("guild.yml\", line "), "{told}");
}

#[test]
fn a_file_of_ten_megabytes_is_read() {
    let line = "  # a line of comment that says nothing at all, again and again\n";
    let mut text = String::from("train:\n  exec: echo\n  flags:\n");
    for i in 0..2_000 {
        writeln!(text, "    flag-{i}: {{default: {i}, description: '{}'}}", "d".repeat(4_500))
            .unwrap();
    }
    text.push_str(&line.repeat(20_000));
    assert!(text.len() > 10_000_000);
    let project = Project::with(&[("guild.yml", &text)]);
    assert_eq!(project.guild("ops").succeeds().stdout.trim(), "train");
    // A mistake at its end is found as well.
    project.write("guild.yml", text + "eval:\n  flags: 1\n");
    let told = project.guild("ops").fails(1).stderr;
    assert!(told.contains("guild.yml:22005:10\n"), "{told}");
}
