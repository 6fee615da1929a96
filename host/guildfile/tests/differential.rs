//! Guild files as guildai 0.9.0 reads them and as we do: models, operations, flags, errors,
//! warnings and what specs stand for.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "differential/cases.rs"]
mod cases;
#[path = "differential/generated.rs"]
mod generated;
#[path = "differential/oracle.rs"]
mod oracle;
#[path = "differential/ours.rs"]
mod ours;

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

const SPECS: [&str; 22] = [
    "",
    "train",
    "test",
    "a",
    ":train",
    ":",
    "a:train",
    "net:train",
    "m:train",
    "m0:test",
    "b:a",
    "none:train",
    "m0:",
    "a/b",
    "a/b:c",
    "a/:b",
    "a//b",
    "a:b:c",
    "/a",
    "a/b?:c",
    "net:none",
    "_hidden",
];

/// What 0.9.0 says where it means something else, put as it is meant.
fn meant(answer: &Json) -> Json {
    let Some(error) = answer["error"].as_str() else { return answer.clone() };
    let mut error = error.to_string();
    // The file and the description have changed places.
    if let Some(rest) = error.strip_prefix("error in cycle in 'includes': ") {
        let (file, chain) = rest.split_once(" (").unwrap();
        error = format!("error in {file}: cycle in 'includes' ({chain}");
    }
    json!({ "error": error })
}

fn same(theirs: &Json, ours: &Json) -> bool {
    let cut = |answer: &Json, at: &str| {
        let error = answer["error"].as_str().unwrap_or_default();
        error.split_once(at).map(|(before, after)| (before.to_string(), after.to_string()))
    };
    // It names the dependency where it means the file.
    let dependency = ": invalid dependency value";
    if let (Some(theirs), Some(ours)) = (cut(theirs, dependency), cut(ours, dependency)) {
        return theirs.1 == ours.1;
    }
    // It shows a part of itself, or all of the operation, where it means the value.
    let shown =
        ["unsupported include value", "unsupported exclude value", "invalid optimizer config"];
    for value in shown {
        if let (Some(theirs), Some(ours)) = (cut(theirs, value), cut(ours, value)) {
            return theirs.0 == ours.0;
        }
    }
    theirs == ours
}

/// The first place in which two answers differ.
fn difference(at: &str, theirs: &Json, ours: &Json) -> String {
    match (theirs, ours) {
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            let key = a.keys().find(|k| a[*k] != b[*k]).unwrap();
            difference(&format!("{at}.{key}"), &a[key], &b[key])
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            let i = (0..a.len()).find(|i| a[*i] != b[*i]).unwrap();
            difference(&format!("{at}[{i}]"), &a[i], &b[i])
        }
        _ => format!("at {at}:\n  oracle: {theirs}\n  ours:   {ours}"),
    }
}

fn compare(what: &str, requests: &[Json]) {
    let started = std::time::Instant::now();
    let Some(answers) = oracle::ask(requests) else { return };
    let asked = started.elapsed();
    let (mut fine, mut refused, mut crashed, mut different) = (0, 0, Vec::new(), Vec::new());
    for (request, theirs) in requests.iter().zip(&answers) {
        let ours = ours::answer(request);
        if let Some(crash) = theirs["crash"].as_str() {
            crashed.push(format!("{crash}\n    {request}\n    ours: {:.300}", ours.to_string()));
            continue;
        }
        let theirs = meant(theirs);
        if theirs.get("ok").is_some() {
            fine += 1;
        } else {
            refused += 1;
        }
        if !same(&theirs, &ours) {
            different.push(format!("{request}\n{}", difference("", &theirs, &ours)));
        }
    }
    eprintln!(
        "{what}: {fine} that it reads, {refused} that it refuses, {} differ; it breaks down over {} \
         more ({asked:.1?}, ours {:.1?})",
        different.len(),
        crashed.len(),
        started.elapsed() - asked
    );
    if std::env::var_os("SHOW_CRASHES").is_some() {
        crashed.iter().for_each(|c| eprintln!("{c}"));
    }
    let shown = different.iter().take(12).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(different.is_empty(), "{what}: {} differ\n{shown}", different.len());
}

fn request(text: &str) -> Json {
    json!({ "path": "/project/guild.yml", "text": text, "specs": SPECS })
}

/// With flags that are found in each operation's program.
fn importing(text: &str) -> Json {
    let mut request = request(text);
    request["import"] = json!({
        "x": {"default": 3, "type": "number"},
        "lr": {"default": 0.5, "type": "number", "arg-switch": 1},
        "an-arg": {"default": "s", "description": "d", "choices": [{"value": "s"}, {"value": "t"}], "required": true},
        "a": {"default": null, "allow-other": true},
        "train": {"default": false, "min": 1, "alias": "t"},
    });
    request
}

#[test]
fn written_by_hand() {
    let requests: Vec<Json> = cases::CASES.iter().map(|text| request(text)).collect();
    compare("written by hand", &requests);
}

#[test]
fn generated_files() {
    let count = std::env::var("GUILDFILE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(3000);
    let requests: Vec<Json> =
        (0..count).map(|seed| request(&generated::file(seed).to_string())).collect();
    compare("generated", &requests);
    let requests: Vec<Json> =
        (count..count + 500).map(|seed| importing(&generated::file(seed).to_string())).collect();
    compare("generated, with imported flags", &requests);
}

#[test]
fn projects_with_several_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut requests = Vec::new();
    for (i, files) in cases::PROJECTS.iter().enumerate() {
        let root = dir.path().join(i.to_string());
        for (name, text) in *files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let packages = [root.join("packages")];
        requests
            .push(json!({ "path": root.join("guild.yml"), "packages": packages, "specs": SPECS }));
    }
    compare("projects", &requests);
}

/// Those that the oracle brings along.
#[test]
fn files_found() {
    let Some(home) = std::env::home_dir() else { return };
    let mut found = Vec::new();
    find(&home.join(".cache/guild-oracle/lib"), &mut found);
    found.sort();
    let requests: Vec<Json> =
        found.iter().map(|path| json!({ "path": path, "specs": SPECS })).collect();
    compare("found", &requests);
}

fn find(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => find(&path, found),
            Ok(_) if path.file_name().is_some_and(|name| name == "guild.yml") => found.push(path),
            _ => {}
        }
    }
}
