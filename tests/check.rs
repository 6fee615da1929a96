//! `guild check`: the set-up, and what is wrong with it.

use std::fs;

use crate::harness::{Outcome, Project};

/// The names of the lines.
fn names(out: &Outcome) -> Vec<&str> {
    out.stdout.lines().filter_map(|line| line.split_once(':').map(|(name, _)| name)).collect()
}

fn value<'a>(out: &'a Outcome, name: &str) -> &'a str {
    let line = out.stdout.lines().find_map(|l| l.strip_prefix(&format!("{name}:")));
    line.unwrap_or_else(|| panic!("no {name} in {}", out.stdout)).trim()
}

#[test]
fn what_there_is_to_know() {
    let project = Project::new();
    let out = project.guild("check --offline").succeeds();
    let lines = [
        "guild_version",
        "guild_install_location",
        "guild_home",
        "guild_resource_cache",
        "installed_plugins",
        "python_version",
        "python_exe",
        "platform",
        "git_version",
        "tensorboard_version",
        "cuda_version",
        "nvidia_smi_version",
        "latest_guild_version",
    ];
    assert_eq!(names(&out), lines);
    assert_eq!(value(&out, "guild_home"), project.home().to_str().unwrap());
    let plugins = value(&out, "installed_plugins").to_string();
    assert!(
        ["exec_script", "python_script"].iter().all(|name| plugins.contains(name)),
        "{plugins}"
    );
    assert!(value(&out, "python_version").starts_with("3."));
    assert_eq!(value(&out, "latest_guild_version"), "unchecked (offline)");
    // It only looks.
    assert!(!project.home().join("runs").exists());
    let env = project.guild("check --env").succeeds();
    assert_eq!(names(&env)[4..], ["python_version", "python_exe", "latest_guild_version"]);
    let more = project.guild("check -v --space --pytorch --r-script").succeeds();
    for name in
        ["python_path", "pip_version", "pytorch_version", "r_script", "disk_space", "  runs"]
    {
        assert!(names(&more).contains(&name), "{}", more.stdout);
    }
    assert_eq!(value(&more, "r_script"), "unknown: no plugin knows about it");
}

#[test]
fn versions() {
    let project = Project::new();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(project.guild(&format!("check -n --version {version}")).succeeds().stdout, "");
    project.guild("check -n --version >=0.0.1,<99").succeeds();
    let out = project.guild("check -n --version 99").fails(1);
    let words =
        format!("guild: version mismatch: current version '{version}' does not match '99'\n");
    assert_eq!(out.stderr, words);
    let out = project.guild("check --version x").fails(1);
    assert!(out.stderr.starts_with("guild: invalid requirement spec 'x'\n"), "{}", out.stderr);
}

#[test]
fn what_is_wrong_is_told_with_the_remedy() {
    let project = Project::with(&[("guild.yml", "train: {flags: 1}\n"), ("file", "")]);
    let home = project.path("file").join("home");
    let plugins = project.path("plugins");
    fs::create_dir(&plugins).unwrap();
    fs::write(plugins.join("mine.plugin.yml"), "name: mine\napi: 7.0.0\n").unwrap();
    let out = project
        .guild("check")
        .env("GUILD_HOME", home.to_str().unwrap())
        .env("GUILD_PLUGIN_PATH", plugins.to_str().unwrap())
        .env("GUILD_PYTHON", "/no/such/interpreter")
        .fails(1);
    assert!(
        out.stderr.starts_with("guild: there are problems with your setup\n"),
        "{}",
        out.stderr
    );
    for fix in [
        "guild_home: Guild home ",
        "is not a directory - name another by -H or GUILD_HOME",
        "plugin_mine: built for plugin api 7.0.0, this guild speaks 1.x - see 'guild plugins check \
         mine'",
        "python_version: install Python 3, activate a virtual environment, or set GUILD_PYTHON",
        "guildfile: error in ",
        "guild.yml:1:16\n  1 | train: {flags: 1}\n",
    ] {
        assert!(out.stderr.contains(fix), "{fix}\n{}", out.stderr);
    }
    assert!(value(&out, "python_version").starts_with("ERROR: "));
}

#[test]
fn what_is_not_there_says_so() {
    let project = Project::new();
    for option in ["-T", "-t x.md", "-r host"] {
        let out = project.guild(&format!("check {option}")).fails(2);
        assert!(out.stderr.contains(" is not supported: "), "{}", out.stderr);
    }
}

#[test]
fn a_guild_without_its_plugins_is_to_be_installed_again() {
    let project = Project::new();
    let program = project.path("bin/guild");
    fs::create_dir(project.path("bin")).unwrap();
    fs::hard_link(env!("CARGO_BIN_EXE_guild"), &program)
        .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_guild"), &program).map(drop))
        .unwrap();
    let out = project.guild("check").program(&program).fails(1);
    let told: Vec<&str> = out.stderr.lines().filter(|l| l.starts_with("plugin_steps: ")).collect();
    assert_eq!(told.len(), 1, "{}", out.stderr);
    assert!(told[0].ends_with("is missing - it is part of guild: install guild again"), "{told:?}");
}

#[test]
fn a_home_that_cannot_be_read_leads_to_the_check() {
    let project = Project::new();
    fs::create_dir_all(project.home()).unwrap();
    fs::write(project.home().join("runs"), "").unwrap();
    let out = project.guild("runs").fails(1);
    let lines: Vec<&str> = out.stderr.lines().collect();
    assert!(lines[0].starts_with("guild: cannot read "), "{lines:?}");
    assert_eq!(lines[1..], ["'guild check' says what is wrong with guild's home."]);
    let fix = project.guild("check").fails(1).stderr;
    assert!(fix.contains("guild_home: "), "{fix}");
}
