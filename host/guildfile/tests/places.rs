//! Where errors, warnings and flags are said to be.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use guild_guildfile::{Error, Guildfile, Options};

fn failing(text: &str) -> Error {
    Guildfile::from_text(text, "/p/guild.yml".as_ref(), &Options::new()).unwrap_err()
}

/// `LINE:COLUMN` and the near name.
fn told(text: &str) -> String {
    let e = failing(text);
    let place = e.place.as_ref().map(|p| format!("{}:{}", p.line, p.column)).unwrap_or_default();
    [Some(place), e.near].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[test]
fn wrong_types() {
    for (text, place) in [
        ("a: b: c\n", "1:5"),
        ("train:\n  - 1\n", "2:3"),
        ("train:\n  flags:\n    - lr\n", "3:5"),
        ("train:\n  main: m\n  flags:\n    d: 2020-01-01\n", "4:8"),
        ("train:\n  flags-import: 1.5\n", "2:17"),
        ("train:\n  flags:\n    lr:\n      choices:\n        - 1\n        - {a: 1}\n", "6:11"),
        ("train:\n  sourcecode:\n    select:\n      - 1\n", "4:9"),
        ("train:\n  sourcecode:\n    - exclude: a\n    - copy: b\n", "3:5"),
        ("train:\n  requires:\n    - file: a\n    - select: b\n", "4:7"),
        ("train:\n  requires: {file: a, url: b}\n", "2:13"),
        ("train:\n  tags: {a: 1}\n", "2:9"),
        ("train:\n  optimizer: gp\n  optimizers: [gp]\n", "2:14"),
        ("train: {main: m, steps: x}\n", "1:25"),
        ("- model: m\n  operations:\n    a: 1\n", "3:8"),
        ("- model: m\n  resources:\n    r:\n      - file: a\n      - 1\n", "5:9"),
        ("- model: m\n  resources:\n    r: {sources: [{fil: a}]}\n", "3:19"),
        ("- model: m\n- 1\n", "2:3"),
        ("- model: m\n- operation: x\n", "2:3"),
        ("- model: m\n- config: c\n- model: m\n", "3:10"),
        ("- model: m\n  operation-defaults: {flags: 1}\n", "2:31"),
        ("- model: m\n  extends: {a: 1}\n", "2:12"),
    ] {
        assert_eq!(told(text), place, "{text}");
    }
}

#[test]
fn unknown_names() {
    for (text, place) in [
        ("- model: m\n  extends: bse\n- config: base\n", "2:12 base"),
        ("- model: m\n  extends: [base, bas]\n- config: base\n", "2:19 base"),
        ("- model: m\n  extends: nowhere/model\n", "2:12"),
        ("- include: no.yml\n", "1:12"),
        (
            "- config: c\n  flags: {x: 1}\n- model: m\n  operations:\n    a:\n      flags:\n        \
          $include: d\n",
            "7:19",
        ),
        (
            "- config: shared\n- model: m\n  operations:\n    a:\n      flags: {$include: share}\n",
            "5:25 shared",
        ),
        (
            "- model: m\n  operations:\n    a: {flags: {x: 1}}\n    b:\n      flags:\n        \
          $include: [m:a, m:aa]\n",
            "6:25 m:a",
        ),
    ] {
        assert_eq!(told(text), place, "{text}");
    }
}

#[test]
fn what_is_inherited_is_shown_where_it_is_written() {
    let text = "- config: base\n  operations:\n    train:\n      flags:\n        lr: {choices: 1}\n\
                - model: m\n  extends: base\n";
    assert_eq!(told(text), "5:23");
    let text = "- config: shared\n  flags:\n    lr: {choices: 1}\n- model: m\n  operations:\n    \
                train:\n      flags: {$include: shared}\n";
    assert_eq!(told(text), "3:19");
}

#[test]
fn places_of_attributes() {
    let text = "- model: m\n  operations:\n    train: x.py\n    eval:\n      requires:\n        - a\n        - b\n";
    let file = Guildfile::from_text(text, "/p/guild.yml".as_ref(), &Options::new()).unwrap();
    let place = |op: &str, name: &str, item: Option<usize>| {
        let place = file.places.attribute("m", op, name, item).unwrap();
        (place.line, place.column)
    };
    assert_eq!(place("train", "main", None), (3, 12));
    assert_eq!(place("eval", "requires", None), (6, 9));
    assert_eq!(place("eval", "requires", Some(1)), (7, 11));
    assert_eq!(place("eval", "nothing", None), (5, 7));
    assert!(file.places.attribute("none", "eval", "main", None).is_none());
}

#[test]
fn other_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("guild.yml"), "- include: more.yml\n- model: m\n  extends: base\n").unwrap();
    fs::write(at("more.yml"), "- config: base\n  operations: {a: {tags: 1}}\n").unwrap();
    let e = Guildfile::for_file(&at("guild.yml"), &Options::new()).unwrap_err();
    // In 0.9.0's words it is the file that was asked for.
    assert_eq!(e.path, at("guild.yml"));
    assert_eq!(e.place.unwrap().to_string(), format!("{}:2:26", at("more.yml").display()));
    fs::write(at("more.yml"), "- config: base\n  flags: 1\n").unwrap();
    let e = Guildfile::for_file(&at("guild.yml"), &Options::new()).unwrap_err();
    assert_eq!((e.path.clone(), e.place.unwrap().line), (at("more.yml"), 2));
}

#[test]
fn excerpts_stay_within_a_screen() {
    let long = format!("train: {{main: m, x: '{}', flags: 1}}\n", "é".repeat(5000));
    let excerpt = failing(&long).place.unwrap().excerpt();
    let lines: Vec<_> = excerpt.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() < 90), "{excerpt}");
    let caret = lines[1].find('^').unwrap();
    assert_eq!(lines[0].chars().nth(caret), Some('1'), "{excerpt}");
    // Tabs and control characters are columns like others.
    let e = failing("train: \"\\u0007\"\nx: {flags: 1}\n");
    assert_eq!(e.details()[1], "  2 | x: {flags: 1}\n    |            ^");
}

#[test]
fn a_trail_through_a_maze_has_an_end() {
    let mut text = String::new();
    for i in 0..60 {
        text.push_str(&format!("- config: c{i}\n  extends: [c{}, c{}]\n", i + 1, i + 2));
    }
    text.push_str(
        "- config: c60\n- config: c61\n- model: m\n  extends: c50\n  operations: {a: {}}\n",
    );
    let file = Guildfile::from_text(&text, "/p/guild.yml".as_ref(), &Options::new()).unwrap();
    assert_eq!(file.places.attribute("m", "a", "flags", None).map(|p| p.line), Some(125));
}
