//! What the project depends on: licences, duplicates and the oldest compiler. Advisories need the
//! network: `cargo deny check` looks for them, with deny.toml.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::harness::repository;

/// Licences that a program under Apache 2.0 can be handed on with, without further duties than to
/// name them.
const LICENCES: [&str; 13] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Crates under another licence, and why each is here all the same.
const ALLOWED: &[(&str, &str)] = &[
    ("generational-arena", "MPL-2.0 is about changes to its own files; abi_stable needs it"),
    ("libbz2-rs-sys", "bzip2-1.0.6 asks for no more than BSD does"),
    ("libyaml-safer", "MIT, which its manifest does not say"),
];

/// How many versions there may be of a crate in all: each more costs build time and size.
const DUPLICATES: usize = 14;

/// A crate that is built into guild or its plugins.
struct Package {
    name: String,
    version: String,
    licence: String,
}

fn cargo(args: &[&str]) -> String {
    let out = Command::new(env!("CARGO"))
        .args(args)
        .args(["--offline", "--locked"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// What is built for Linux, with the features that are on, each version of a crate once.
fn packages() -> Vec<Package> {
    let target = ["--target", "x86_64-unknown-linux-gnu"];
    let shape = ["--prefix", "none", "--format", "{p}|{l}", "-e", "normal,build", "--workspace"];
    let tree = cargo(&[["tree"].as_slice(), &target, &shape].concat());
    let mut found = BTreeMap::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (package, licence) = line.split_once('|').unwrap();
        let mut words = package.split(' ');
        let mut word = || words.next().unwrap().to_string();
        let (name, version) = (word(), word());
        // A package is written out once, and then marked where it is met again.
        let licence = licence.trim_end_matches(" (*)").to_string();
        found.insert((name, version), licence);
    }
    let package = |((name, version), licence)| Package { name, version, licence };
    found.into_iter().map(package).collect()
}

/// Whether an expression such as `MIT OR (Apache-2.0 AND ISC)` can be met: AND binds tighter.
fn is_met(licence: &str) -> bool {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    any(&mut words.iter().copied().peekable())
}

type Words<'a> = std::iter::Peekable<std::iter::Copied<std::slice::Iter<'a, &'a str>>>;

fn any(words: &mut Words) -> bool {
    let mut met = all(words);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words);
    }
    met
}

fn all(words: &mut Words) -> bool {
    let mut met = one(words);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words);
    }
    met
}

fn one(words: &mut Words) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let met = any(words);
        words.next_if_eq(&")");
        return met;
    }
    let mut name = words.next().unwrap_or_default().to_string();
    if words.next_if_eq(&"WITH").is_some() {
        name += &format!(" WITH {}", words.next().unwrap_or_default());
    }
    LICENCES.contains(&name.as_str())
}

#[test]
fn expressions_of_licences_are_read() {
    assert!(is_met("GPL-3.0 OR MIT"));
    assert!(is_met("Apache-2.0 WITH LLVM-exception OR GPL-2.0/GPL-3.0"));
    assert!(is_met("(MIT OR GPL-2.0) AND ISC"));
    assert!(!is_met("(MIT OR Apache-2.0) AND GPL-2.0"));
    assert!(!is_met(""));
}

#[test]
fn every_dependency_has_a_licence_that_the_project_can_meet() {
    let packages = packages();
    assert!(packages.len() > 50, "{}", packages.len());
    for Package { name, licence, .. } in &packages {
        let allowed = ALLOWED.iter().any(|(known, _)| known == name);
        assert!(is_met(licence) || allowed, "{name}: '{licence}'");
    }
}

#[test]
fn there_are_no_more_duplicates_than_are_known() {
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Package { name, version, .. } in packages() {
        versions.entry(name).or_default().push(version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let more: usize = versions.values().map(|versions| versions.len() - 1).sum();
    assert!(more <= DUPLICATES, "{more} duplicates: {versions:#?}");
}

#[test]
fn no_dependency_needs_a_newer_compiler_than_the_project_promises() {
    let number = |version: &str| -> Vec<u32> {
        version.split('.').map(|part| part.parse().unwrap()).chain([0]).take(2).collect()
    };
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let promised = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    let promised = promised.trim_matches('"');
    let metadata = cargo(&["metadata", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let built = packages();
    for package in metadata["packages"].as_array().unwrap() {
        let is_built = built.iter().any(|p| {
            package["name"] == *p.name
                && *p.version == format!("v{}", package["version"].as_str().unwrap())
        });
        if let Some(needs) = package["rust_version"].as_str().filter(|_| is_built) {
            let name = &package["name"];
            assert!(number(needs) <= number(promised), "{name} needs {needs}, not {promised}");
        }
    }
}
