//! The examples of the README and of the guides in docs/ are true.
//!
//! All `console` blocks of a document are run in one project, in their order: `$ cat FILE` writes the
//! file that it shows, `$ guild …` must print what follows it. In that, `...` stands for any text in a
//! line, and ids, times and the width of gaps may differ. `UPDATE_DOCS=1 cargo test -p guild
//! documents` writes what guild prints into the documents.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::process::Command;

use fancy_regex::Regex;

use crate::harness::{Project, assert_like, python, repository};

/// Documents whose examples other tests run: what they show needs more than a project.
const ELSEWHERE: [&str; 1] = ["plugins.md"];

fn documents() -> Vec<String> {
    let mut found = vec!["README.md".to_string()];
    for file in fs::read_dir(repository().join("docs")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") && !ELSEWHERE.contains(&name.as_str()) {
            found.push(format!("docs/{name}"));
        }
    }
    found.sort();
    found
}

/// One command of a document with what it shows, and the rest of the text around them.
enum Part<'a> {
    Text(&'a str),
    Command { line: &'a str, shown: String },
}

fn parts(document: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut in_console = false;
    for line in document.lines() {
        if line.starts_with("```") {
            in_console = line == "```console";
            parts.push(Part::Text(line));
        } else if let Some(line) = line.strip_prefix("$ ").filter(|_| in_console) {
            parts.push(Part::Command { line, shown: String::new() });
        } else {
            match parts.last_mut() {
                Some(Part::Command { shown, .. }) if in_console => {
                    writeln!(shown, "{line}").unwrap();
                }
                _ => parts.push(Part::Text(line)),
            }
        }
    }
    parts
}

/// What a command of a document shows. `cat` of a file that is not there writes it.
fn run(project: &Project, line: &str, shown: &str) -> String {
    let (line, fails) = match line.strip_suffix("  # fails") {
        Some(line) => (line, true),
        None => (line, false),
    };
    let words = shell_words(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["cat", file] if !project.path(file).exists() => {
            project.write(file, shown.trim_end().to_string() + "\n");
            shown.to_string()
        }
        ["cat", file] => fs::read_to_string(project.path(file)).unwrap(),
        ["guild", args @ ..] => {
            let (code, shown) = project.guild_args(args).env("COLUMNS", "90").shown();
            assert_eq!(code != Some(0), fails, "{line}\n{shown}");
            let home = project.home().parent().unwrap().display().to_string();
            let shown = shown.replace(python().to_str().unwrap(), "/usr/bin/python3");
            shown.replace(&home, "/home/me")
        }
        _ => panic!("no test knows how to run: {line}"),
    }
}

fn shell_words(line: &str) -> Vec<String> {
    let quoted = Regex::new(r#"'([^']*)'|"([^"]*)"|([^\s'"]+)"#).unwrap();
    let mut words = Vec::new();
    let mut end = None;
    for found in quoted.captures_iter(line) {
        let found = found.unwrap();
        let whole = found.get(0).unwrap();
        let text = (1..4).find_map(|i| found.get(i)).unwrap().as_str();
        match words.last_mut() {
            Some(word) if end == Some(whole.start()) => *word += text,
            _ => words.push(text.to_string()),
        }
        end = Some(whole.end());
    }
    words
}

/// What differs from run to run, and from machine to machine.
fn masked(text: &str) -> String {
    let mut text = text.trim_end().to_string();
    for (pattern, with) in [
        (r"\b[0-9a-f]{32}\b", "ID"),
        (r"\b[0-9a-f]{8}\b", "ID"),
        (r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b", "TIME"),
        (r"\b\d+:\d\d:\d\d\b", "DURATION"),
        (r"(?m) +$", ""),
        (r"(?<=\S)  +", " "),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    text
}

/// An id that a document shows for one run here and for another above; `ids` has the start of each
/// that was made, with what the document shows for it.
fn another_id(ids: &mut HashMap<String, String>, shown: &str, made: &str) -> Option<String> {
    let id = Regex::new(r"\b[0-9a-f]{8}(?:[0-9a-f]{24})?\b").unwrap();
    let starts = |text: &str| -> Vec<String> {
        id.find_iter(text).map(|found| found.unwrap().as_str()[..8].to_string()).collect()
    };
    let (shown, made) = (starts(shown), starts(made));
    if shown.len() != made.len() {
        return None;
    }
    made.into_iter().zip(shown).find_map(|(made, shown)| {
        let known = ids.entry(made).or_insert_with(|| shown.clone());
        (*known != shown).then_some(shown)
    })
}

#[test]
fn every_example_shows_what_guild_does() {
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut commands = 0;
    for name in documents() {
        let path = repository().join(&name);
        let document = fs::read_to_string(&path).unwrap();
        if !document.contains("```console") {
            continue;
        }
        let project = Project::new();
        let mut anew = String::new();
        let mut ids = HashMap::new();
        let mut current = true;
        for part in parts(&document) {
            let (line, shown) = match part {
                Part::Text(text) => {
                    writeln!(anew, "{text}").unwrap();
                    continue;
                }
                Part::Command { line, shown } => (line, shown),
            };
            commands += 1;
            let out = run(&project, line, &shown);
            let (out_masked, shown_masked) = (masked(&out), masked(&shown));
            let same = || assert_like(&out_masked, &shown_masked);
            let differs = std::panic::catch_unwind(std::panic::AssertUnwindSafe(same)).is_err();
            assert!(update || !differs, "{name}: $ {line}");
            let other = another_id(&mut ids, &shown, &out);
            assert!(update || other.is_none(), "{name}: $ {line}\n{other:?} is another run above");
            current &= !differs && other.is_none();
            // What is left out by hand stays left out.
            let gap = if shown.ends_with("\n\n") { "\n" } else { "" };
            let fresh = match shown.contains("...") && !differs {
                true => shown,
                false if out.is_empty() => gap.to_string(),
                false => format!("{}\n{gap}", out.trim_end()),
            };
            write!(anew, "$ {line}\n{fresh}").unwrap();
        }
        if update && !current {
            fs::write(path, anew).unwrap();
        }
    }
    assert!(commands > 40, "{commands}");
}

#[test]
fn the_reference_of_commands_is_what_help_shows() {
    let path = repository().join("docs/commands.md");
    let now = Project::new().guild("manual").succeeds().stdout;
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(now.lines()).find(|(kept, now)| kept != now);
    assert!(
        kept == now,
        "docs/commands.md is not current: write it with UPDATE_DOCS=1 cargo test -p guild \
         documents\n{differs:?}"
    );
}

#[test]
fn every_guide_is_in_the_book_and_every_link_leads_somewhere() {
    let docs = repository().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let link = Regex::new(r"\]\(([^)#\s]+)(#[^)\s]*)?\)").unwrap();
    for file in fs::read_dir(&docs).unwrap() {
        let path = file.unwrap().path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()).filter(|n| n.ends_with(".md"))
        else {
            continue;
        };
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
        for found in link.captures_iter(&fs::read_to_string(&path).unwrap()) {
            let target = found.unwrap().get(1).unwrap().as_str().to_string();
            // A book has nothing of what is beside it.
            let in_book = !target.starts_with("..") && docs.join(&target).exists();
            let there = target.contains("://") || in_book;
            assert!(there, "{name} links to {target}");
        }
    }
}

#[test]
fn the_book_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let mut mdbook = Command::new("mdbook");
    mdbook.arg("build").arg(repository()).arg("-d").arg(folder.path());
    let out = match mdbook.output() {
        Ok(out) => out,
        Err(e) => return eprintln!("skipped: there is no mdbook ({e})"),
    };
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && !said.contains("WARN") && !said.contains("ERROR"), "{said}");
    for file in fs::read_dir(repository().join("docs")).unwrap() {
        let page = file.unwrap().path().with_extension("html");
        let page = folder.path().join(page.file_name().unwrap());
        assert!(page.is_file() || page.ends_with("SUMMARY.html"), "{}", page.display());
    }
    let first = fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert!(first.contains("<h1 id=\"guild\">"), "{first}");
}
