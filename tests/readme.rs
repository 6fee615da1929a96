//! What the README says beside its examples is true.

use std::fs;

use crate::harness::{Project, repository};

/// The code blocks of a document, with their languages.
fn blocks(document: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(repository().join(document)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let code: Vec<_> = lines.by_ref().take_while(|l| *l != "```").collect();
            blocks.push((language.to_string(), code.join("\n")));
        }
    }
    blocks
}

#[test]
fn the_first_command_of_the_readme() {
    let commands: Vec<_> = blocks("README.md").into_iter().filter(|(l, _)| l == "sh").collect();
    assert!(commands[0].1.contains("pip install"));
    let first = &commands[1].1;
    let project = Project::sample("python-script");
    for part in first.split(" && ") {
        let line = part.strip_prefix("cargo run -q -- ").unwrap();
        let out = project.guild(line).current_dir(repository()).succeeds();
        assert!(!out.stdout.is_empty());
    }
    assert_eq!(project.info("status"), "completed");
    assert_eq!(commands[2].1, "cargo test --workspace");
}

#[test]
fn every_option_that_the_readme_names_is_there() {
    let project = Project::new();
    for (line, words) in [
        ("--help", ["-C", "-H", "--debug"].as_slice()),
        ("run --help", &["--print-cmd", "--print-env", "--run-dir", "--stop-after", "--quiet"]),
        ("run --help", &["--label", "--tag", "--comment", "--run-id", "--force-flags", "--yes"]),
        ("runs --help", &["list", "info", "delete"]),
        ("ops --help", &["show"]),
        ("plugins --help", &["list"]),
    ] {
        let help = project.guild(line).succeeds().stdout;
        for word in words {
            assert!(help.contains(word), "{line}: no {word} in\n{help}");
        }
    }
}
