//! `guild plugins list`, and what happens to commands when plugins are broken.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::Project;

fn list(project: &Project, path: &Path) -> Vec<Value> {
    let out = project.guild("plugins list --json").env("GUILD_PLUGIN_PATH", path).succeeds();
    serde_json::from_str(&out.stdout).unwrap()
}

fn plugins(project: &Project) -> PathBuf {
    let folder = project.dir().parent().unwrap().join("plugins");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Puts a plugin there whose library is `bytes`.
fn put(folder: &Path, name: &str, more: &str, bytes: &[u8]) {
    let manifest = format!("name: {name}\nversion: 0.1.0\n{more}\n");
    fs::write(folder.join(format!("{name}.plugin.yml")), manifest).unwrap();
    fs::write(folder.join(format!("lib{name}.so")), bytes).unwrap();
}

/// The library of a built-in plugin.
fn builtin_library(project: &Project, name: &str) -> PathBuf {
    let rows = list(project, Path::new(""));
    let row = rows.iter().find(|r| r["name"] == name).unwrap();
    Path::new(row["from"].as_str().unwrap()).join(format!("libguild_{name}.so"))
}

#[test]
fn built_in_plugins_are_listed() {
    let project = Project::new();
    let text = project.guild("plugins list").succeeds().stdout;
    let words: Vec<Vec<&str>> =
        text.lines().map(|l| l.split_whitespace().take(4).collect()).collect();
    let of = |name: &str| words.iter().find(|row| row[0] == name).unwrap();
    assert_eq!(of("exec_script"), &["exec_script", "0.1.0", "*", "built-in"]);
    assert_eq!(of("queue"), &["queue", "0.1.0", "queue", "built-in"]);
    assert_eq!(of("python_script"), &["python_script", "0.1.0", "*.py", "built-in"]);
    for name in ["bayesian_search", "config_flags", "optuna", "random_search", "steps", "tpe"] {
        assert_eq!(of(name)[..3], [name, "0.1.0", "built-in"]);
    }
    let rows = list(&project, Path::new(""));
    assert!(rows.is_sorted_by_key(|row| row["name"].as_str()));
    for row in rows {
        assert_eq!(row["api"], "1.1.0");
        assert!(Path::new(row["from"].as_str().unwrap()).is_dir());
    }
}

#[test]
fn every_state_has_its_word() {
    let project = Project::new();
    let folder = plugins(&project);
    put(&folder, "fine", "api: 1.0.0", b"");
    put(&folder, "old", "api: 0.3.0", b"");
    put(&folder, "python_script", "api: 1.2.3", b"");
    fs::write(folder.join("torn.plugin.yml"), "name: [").unwrap();
    fs::write(folder.join("empty.plugin.yml"), "name: empty\napi: 1.0.0\n").unwrap();
    let rows = list(&project, &folder);
    let status = |name: &str, i: usize| {
        let row = rows.iter().filter(|r| r["name"] == name).nth(i).unwrap();
        row["status"].as_str().unwrap().to_string()
    };
    assert_eq!(status("fine", 0), "installed");
    assert_eq!(status("old", 0), "incompatible");
    assert_eq!(status("torn", 0), "broken");
    assert_eq!(status("empty", 0), "broken");
    assert_eq!(status("python_script", 0), "installed");
    assert_eq!(status("python_script", 1), "shadowed");
    let text = project.guild("plugins list").env("GUILD_PLUGIN_PATH", &folder).succeeds().stdout;
    assert!(text.contains("built for plugin api 0.3.0, this guild speaks 1.x"), "{text}");
}

#[test]
fn one_plugin_as_data() {
    let project = Project::new();
    let info = project.guild("plugins info python_script --json").succeeds().stdout;
    let info: Value = serde_json::from_str(&info).unwrap();
    let rows = list(&project, Path::new(""));
    assert!(rows.contains(&info), "{info}");
    assert_eq!((&info["priority"], &info["attributes"][0]), (&60.into(), &"main".into()));
    assert!(Path::new(info["library"].as_str().unwrap()).is_file());
    let text = project.guild("plugins info python_script").succeeds().stdout;
    assert!(text.contains("\npriority: 60\n"), "{text}");
}

#[test]
fn the_help_defines_the_words() {
    let help = Project::new().guild("plugins list --help").succeeds().stdout;
    for word in ["built-in", "installed", "shadowed", "broken", "incompatible"] {
        assert!(help.contains(word), "{help}");
    }
}

#[test]
fn a_broken_plugin_that_nobody_needs_hurts_nobody() {
    let project = Project::sample("python-script");
    let folder = plugins(&project);
    put(&folder, "crash", "api: 1.0.0\nhandles: {files: ['*.crash']}", b"\x7fELF garbage");
    let out = project.guild("run simple.py -y").env("GUILD_PLUGIN_PATH", &folder).succeeds();
    assert_eq!(out.stderr, "");
}

#[test]
fn a_broken_plugin_that_is_needed_is_one_line_and_leaves_no_run() {
    let project = Project::with(&[("a.crash", ""), ("b.crash", "")]);
    let whole = fs::read(builtin_library(&project, "exec_script")).unwrap();
    let text: &[u8] = b"I am only text";
    let cases: [(&str, &[u8], &str); 5] = [
        ("text", text, "the file is not an ELF library"),
        ("empty", b"", "the file is empty"),
        ("truncated", &whole[..whole.len() / 2], "the file is truncated"),
        ("short", &whole[..100], "the file is truncated"),
        ("liar", &whole, "the library says that it is 'exec_script' 0.1.0"),
    ];
    for (name, bytes, reason) in cases {
        let folder = plugins(&project).join(name);
        fs::create_dir(&folder).unwrap();
        put(&folder, name, "api: 1.0.0\nhandles: {files: ['*.crash']}", bytes);
        let run = project.guild("run a.crash -y").env("GUILD_PLUGIN_PATH", &folder);
        let out = run.fails(1);
        let first = out.stderr.lines().next().unwrap();
        assert!(first.starts_with(&format!("guild: cannot load plugin '{name}' (")), "{first}");
        assert!(first.contains(reason), "{first}");
        assert!(out.stderr.lines().count() <= 2, "{}", out.stderr);
        assert!(project.runs().is_empty());
    }
}

#[test]
fn a_library_without_a_plugin_in_it_is_refused() {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let Some(line) = maps.lines().find(|l| l.contains("libgcc_s") || l.contains("libm.so")) else {
        return;
    };
    let project = Project::with(&[("a.crash", "")]);
    let folder = plugins(&project);
    let bytes = fs::read(&line[line.find('/').unwrap()..]).unwrap();
    put(&folder, "other", "api: 1.0.0\nhandles: {files: ['*.crash']}", &bytes);
    let out = project.guild("run a.crash -y").env("GUILD_PLUGIN_PATH", &folder).fails(1);
    assert!(out.stderr.contains("the library exports no guild plugin"), "{}", out.stderr);
    let debug = project.guild("--debug run a.crash -y").env("GUILD_PLUGIN_PATH", &folder).fails(1);
    assert!(debug.stderr.len() > out.stderr.len());
}

#[test]
fn commands_about_runs_load_no_plugin() {
    let project = Project::new();
    let folder = plugins(&project);
    put(&folder, "crash", "api: 1.0.0\nhandles: {files: ['*']}\npriority: 1", b"\x7fELF garbage");
    for line in ["runs", "--version", "--help", "plugins list"] {
        project.guild(line).env("GUILD_PLUGIN_PATH", &folder).succeeds();
    }
}

#[test]
fn plugins_are_found_on_the_plugin_path_and_by_priority() {
    let project = Project::with(&[("tool.sh", "#!/bin/sh\necho hello\n")]);
    let folder = plugins(&project);
    let library = fs::read(builtin_library(&project, "exec_script")).unwrap();
    // exec_script again, from the plugin path: it comes before the built-in one.
    put(&folder, "exec_script", "api: 1.0.0\nhandles: {files: ['*.sh']}", &library);
    let out = project.guild("run tool.sh -y").env("GUILD_PLUGIN_PATH", &folder).fails(1);
    assert!(out.stderr.contains("cannot run 'tool.sh': must be an executable file"));
    let rows = list(&project, &folder);
    assert_eq!(rows[0]["status"], "installed");
    assert_eq!(rows[0]["from"], folder.to_str().unwrap());
}
