//! Plugins that were built with an older or a newer plugin api of the same major version: what
//! docs/plugin-compatibility.md promises, with real libraries.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Project, repository};
use crate::plugins_install::{install, target_dir};

/// A project with a plugin `NAME` that is built with a changed copy of plugin-api.
pub struct Elsewhen {
    name: &'static str,
    project: Project,
    /// The plugin's project. Not in a temporary folder, so that cargo need not build it each time.
    plugin: PathBuf,
    api: PathBuf,
}

/// The files below a folder, as paths in it.
fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true => found.extend(files_below(&entry.path()).iter().map(|f| format!("{name}/{f}"))),
            false => found.push(name),
        }
    }
    found
}

impl Elsewhen {
    /// `changes` are texts of files of plugin-api and what to put in their place.
    pub fn new(name: &'static str, version: &str, changes: &[(&str, &str, &str)]) -> Elsewhen {
        let api = target_dir().join(format!("{name}-api"));
        let source = repository().join("plugin-api/src");
        for file in files_below(&source) {
            let mut text = fs::read_to_string(source.join(&file)).unwrap();
            for (_, from, to) in changes.iter().filter(|(of, ..)| *of == file) {
                text = replaced(&text, from, to);
            }
            put(&api.join("src").join(&file), &text);
        }
        put(&api.join("Cargo.toml"), &cargo_toml(version));

        let project = Project::new();
        let args = ["plugins", "new", name, "--api-path", api.to_str().unwrap()];
        project.guild_args(&args).succeeds();
        let plugin = target_dir().join(format!("{name}-plugin"));
        let made = Elsewhen { name, project, plugin, api };
        for file in ["Cargo.toml", "src/lib.rs", &made.manifest()] {
            put(&made.plugin.join(file), &made.read(file));
        }
        made.change(&made.manifest(), "api: 1.1.0", &format!("api: {version}"));
        let lock = fs::read_to_string(repository().join("Cargo.lock")).unwrap();
        if !made.plugin.join("Cargo.lock").exists() {
            put(&made.plugin.join("Cargo.lock"), &lock);
        }
        made
    }

    fn manifest(&self) -> String {
        format!("{}.plugin.yml", self.name)
    }

    /// A file of the plugin as `plugins new` wrote it.
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.project.path(self.name).join(file)).unwrap()
    }

    /// Changes a file of the plugin.
    fn change(&self, file: &str, from: &str, to: &str) {
        let made = self.project.path(self.name).join(file);
        fs::write(&made, replaced(&self.read(file), from, to)).unwrap();
        put(&self.plugin.join(file), &self.read(file));
    }

    /// Its library, which is built for that but cannot be installed, though its manifest says that
    /// it could.
    pub fn library(&self) -> PathBuf {
        let api = self.read(&self.manifest()).replace("api: 2.", "api: 1.");
        put(&self.plugin.join(self.manifest()), &api);
        install(&self.project, &self.plugin).fails(1);
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        target_dir().join("release").join(format!("{prefix}guild_{}{suffix}", self.name))
    }

    /// Installs it and runs its example.
    fn works(&self, version: &str) {
        assert!(self.api.is_dir());
        install(&self.project, &self.plugin).succeeds();
        let check = self.project.guild(&format!("plugins check {}", self.name)).succeeds();
        assert!(check.stdout.ends_with(&format!("ok: built with plugin api {version}\n")));
        let run = self.project.guild(&format!("run {0}/hello.{0} who=you -y", self.name));
        let out = run.succeeds();
        assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("Hello, you! 3 times.\n", ""));
        let plugins = self.project.attr(&self.project.run(), "plugins");
        assert_eq!(plugins, format!("- {}\n", self.name));
    }
}

/// The text with `from` replaced, which must be in it.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "there is no {from:?} any more in\n{text}");
    text.replacen(from, to, 1)
}

/// Writes a file unless it says so already: cargo goes by the time of the last change.
fn put(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|held| held == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// plugin-api's `Cargo.toml` for a copy that is in no workspace.
fn cargo_toml(version: &str) -> String {
    let read = |file: &str| fs::read_to_string(repository().join(file)).unwrap();
    let workspace = read("Cargo.toml");
    let own = read("plugin-api/Cargo.toml");
    let (_, dependencies) = own.split_once("[dependencies]\n").unwrap();
    let dependencies: String = dependencies
        .lines()
        .map(|line| {
            let named = line.strip_suffix(".workspace = true").map(|name| format!("{name} = "));
            let found = |start: String| workspace.lines().find(|l| l.starts_with(&start));
            format!("{}\n", named.and_then(found).unwrap_or(line))
        })
        .collect();
    format!(
        "[package]\nname = \"guild-plugin-api\"\nversion = \"{version}\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n{dependencies}"
    )
}

/// The plugin takes part in its own operations, so that every hook is called.
const AT_WORK: &str = "OpDef { plugins: Some(vec![NAME.into()]), ..OpDef::default() }";

#[test]
fn a_newer_plugin_in_this_host() {
    let changes = [
        (
            "model.rs",
            "pub struct OpDef {",
            "pub struct OpDef {\n    /// New.\n    pub horses: i64,",
        ),
        (
            "model.rs",
            "pub struct PluginInfo {",
            "pub struct PluginInfo {\n    /// New.\n    pub colour: String,",
        ),
        (
            "plugin.rs",
            "    fn info(&self) -> PluginInfo;",
            "    fn info(&self) -> PluginInfo;\n    /// New.\n    fn dance(&self) {}",
        ),
        ("context.rs", "    Warning,\n", "    Warning,\n    /// New.\n    Gossip,\n"),
    ];
    let newer = Elsewhen::new("newer", "1.7.0", &changes);
    let op = AT_WORK.replace("NAME", "\"newer\"").replace("..", "horses: 3, ..");
    newer.change("src/lib.rs", "OpDef::default()", &op);
    newer.change(
        "src/lib.rs",
        "            name: \"newer\".into(),",
        "            name: \"newer\".into(),\n            colour: \"red\".into(),",
    );
    newer.change(&newer.manifest(), "priority: 100", "priority: 100\nwings: {left: 1}");
    newer.works("1.7.0");
    // What this host does not know about an operation is kept.
    let show = newer.project.guild("ops show newer/hello.newer").succeeds().stdout;
    assert!(show.contains("\n  horses: 3\n"), "{show}");
}

#[test]
fn an_older_plugin_in_this_host() {
    let changes = [
        // Some fields and hooks were not there yet.
        ("model.rs", "pub tags: Vec<String>", "#[serde(skip)] pub tags: Vec<String>"),
        ("model.rs", "pub sourcecode_dest: String", "#[serde(skip)] pub sourcecode_dest: String"),
        ("dispatch.rs", "hooks::RUN_STARTING =>", "\"not yet there\" =>"),
        ("dispatch.rs", "hooks::DEFAULT_SOURCECODE_RULES =>", "\"not there yet\" =>"),
    ];
    let older = Elsewhen::new("older", "1.0.0", &changes);
    older.change("src/lib.rs", "OpDef::default()", &AT_WORK.replace("NAME", "\"older\""));
    older.works("1.0.0");
}

#[test]
fn another_major_version_is_refused_before_the_library_is_opened() {
    let project = Project::with(&[("a.next", "")]);
    let folder = project.path("plugins");
    fs::create_dir(&folder).unwrap();
    let manifest = "name: next\napi: 2.0.0\nhandles: {files: ['*.next']}\n";
    fs::write(folder.join("next.plugin.yml"), manifest).unwrap();
    let out = project.guild("run a.next -y").env("GUILD_PLUGIN_PATH", &folder).fails(1);
    assert!(out.stderr.contains("built for plugin api 2.0.0, this guild speaks 1.x"));
    assert!(project.runs().is_empty());
}

/// What a plugin said that was built with 1.0.0, word for word, to this guild, only with this
/// project's folder and program.
#[test]
fn the_words_of_a_plugin_of_1_0() {
    let project = Project::with(&[("train.sample", ""), ("sub/data", "")]);
    let folder = project.path("../plugins");
    fs::create_dir(&folder).unwrap();
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let library = |name: &str| format!("{prefix}{name}{suffix}");
    let deps = Path::new(env!("CARGO_BIN_EXE_guild")).with_file_name("deps");
    fs::copy(deps.join(library("guild_scripted")), folder.join(library("sample"))).unwrap();
    let manifest = "name: sample\nversion: 0.3.1\napi: 1.0.0\nhandles: {files: ['*.sample']}\n";
    fs::write(folder.join("sample.plugin.yml"), manifest).unwrap();
    let recorded = repository().join("plugin-api/tests/transcripts/1.0");
    let here = |text: &str| {
        let dir = project.dir().display().to_string();
        // What was recorded there is data to copy, but no rule for source code.
        let text = text.replace("\"*.sample\"", r#"{"include": "*"}"#);
        text.replace("/home/ann/project", &dir).replace("/bin/sample", "echo")
    };
    for file in fs::read_dir(recorded).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = here(&fs::read_to_string(&path).unwrap());
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(_) if name == "info.json" => project.write("../answers/info.json", text),
            Ok(all) if all["reply"].is_object() => {
                project.write(&format!("../answers/{name}"), all["reply"].to_string());
            }
            _ => {}
        }
    }
    let guild = |line: &str| {
        let guild = project.guild(line).env("GUILD_PLUGIN_PATH", &folder);
        guild.env("SCRIPTED_PLUGIN", project.path("../answers"))
    };
    let show = guild("ops show train.sample").succeeds();
    assert_eq!(show.stderr, "WARNING: it is old\nit was read\n");
    for told in ["\n  stoppable: true\n", "\n      alias: r\n", "\n      max: 2020-01-02\n"] {
        assert!(show.stdout.contains(told), "{told} is not in {}", show.stdout);
    }
    let out = guild("run train.sample --force-flags -y").succeeds();
    // The flag is passed for one value only, which is not its default.
    assert_eq!(out.stdout, "run\n");
    let run = project.run();
    assert!(project.attr(&run, "sample").contains("id: 0123456789abcdef0123456789abcdef\n"));
    assert_eq!(project.attr(&run, "sample_status"), "-15\n");
    assert!(project.attr(&run, "env").contains("SAMPLE_RATE: Float(0.25)\n"));
}
