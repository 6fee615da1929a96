//! What the user sees when a plugin fails, in every way that is known. docs/plugin-failures.md has
//! the lines, and is held to them here. In each case what the plugin has nothing to do with goes on,
//! and nothing is left of a run that did not start.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{Guild, Outcome, Project, repository};
use crate::plugins_compatibility::Elsewhen;

/// A project with files of a plugin `odd`, and the folder where that is.
struct Odd {
    project: Project,
    folder: PathBuf,
    library: PathBuf,
    manifest: String,
}

/// What is wrong, and the line about it.
type Row = (String, String);

const MANIFEST: &str = "name: odd\nversion: 0.1.0\napi: 1.0.0\nhandles:\n  files: ['*.odd']\n  \
                        attributes: [odd]\n";

/// The hooks for what an operation needs: an answer that is none ends `guild run op`.
const FOR_NEEDS: [&str; 2] = ["import_flags", "resolve_resource"];

/// The hooks of which an error ends `guild run a.odd`.
const ON_THE_WAY: [&str; 4] = ["resolve_op", "default_sourcecode_rules", "command", "run_starting"];

impl Odd {
    fn new() -> Odd {
        let project = Project::with(&[
            ("a.odd", ""),
            ("fine.sh", "#!/bin/sh\necho fine\n"),
            ("guild.yml", "of-the-plugin:\n  odd: a\nof-anybody:\n  exec: echo fine\n"),
        ]);
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(project.path("fine.sh"), executable.clone()).unwrap();
        let folder = project.dir().parent().unwrap().join("plugins");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, executable).unwrap();
        let library = folder.join(library_file("odd"));
        let odd = Odd { project, folder, library, manifest: MANIFEST.into() };
        odd.write_manifest(MANIFEST);
        odd
    }

    fn write_manifest(&self, text: &str) {
        fs::write(self.folder.join("odd.plugin.yml"), text).unwrap();
    }

    /// With one of the workspace's libraries for tests.
    fn built(name: &str) -> Odd {
        let odd = Odd::new();
        let deps = Path::new(env!("CARGO_BIN_EXE_guild")).with_file_name("deps");
        fs::copy(deps.join(library_file(name)), &odd.library).unwrap();
        odd
    }

    /// With a library whose answers are these files.
    fn scripted(answers: &[(&str, &str)]) -> Odd {
        let odd = Odd::built("guild_scripted");
        let dir = odd.project.dir().display().to_string();
        let op = r#"{"exec": "echo hello"}"#;
        let resolved = format!(
            r#"{{"result": {{"name": "a.odd", "base-dir": "{dir}", "project-dir": "{dir}", "op": {op}}}}}"#
        );
        let usual = [
            ("info.json", r#"{"name": "odd", "version": "0.1.0"}"#),
            ("resolve_op.json", resolved.as_str()),
        ];
        for (file, text) in usual.iter().chain(answers) {
            odd.project.write(&format!("../answers/{file}"), text);
        }
        odd
    }

    /// With a library that is known to be opened well and has one hook that never returns.
    fn hanging(hook: &str) -> Odd {
        let odd = Odd::scripted(&[("command.json", "{}")]);
        odd.guild("run a.odd --print-cmd").succeeds();
        odd.project.write(&format!("../answers/{hook}.hangs"), "");
        odd
    }

    /// With a library compiled from C; none where there is no compiler.
    fn compiled(source: &str) -> Option<Odd> {
        let odd = Odd::new();
        let file = odd.folder.join("library.c");
        fs::write(&file, source).unwrap();
        let cc = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(&odd.library)
            .arg(&file)
            .status();
        match cc {
            Ok(status) => assert!(status.success()),
            Err(_) => {
                eprintln!("skipped: there is no C compiler here (cc)");
                return None;
            }
        }
        Some(odd)
    }

    /// Has an operation `op` that asks one of the hooks for what an operation needs about `value`.
    fn asked_about(self, name: &str, hook: &str, value: &str) -> Odd {
        fs::remove_file(self.folder.join("odd.plugin.yml")).unwrap();
        let manifest = MANIFEST.replace("name: odd", &format!("name: {name}\nlibrary: odd"));
        let manifest = manifest + "  resources: [moon]\n  flags-dest: [moon]\n";
        fs::write(self.folder.join(format!("{name}.plugin.yml")), manifest).unwrap();
        let asking = match hook {
            "resolve_resource" => format!("requires: {{moon: {value}}}"),
            _ => format!("flags-dest: 'moon:{value}'"),
        };
        let text = format!("op:\n  exec: echo hello\n  {asking}\nof-anybody:\n  exec: echo fine\n");
        self.project.write("guild.yml", text);
        self
    }

    fn guild(&self, line: &str) -> Guild {
        let answers = self.project.dir().parent().unwrap().join("answers");
        self.project
            .guild(line)
            .env("GUILD_PLUGIN_PATH", &self.folder)
            .env("SCRIPTED_PLUGIN", answers)
    }

    /// A text without what is this machine's own.
    fn shown(&self, text: &str) -> String {
        text.replace(&self.library.display().to_string(), "LIBRARY")
            .replace(&self.folder.display().to_string(), "FOLDER")
    }

    /// The one line of a command that fails, which leaves nothing behind.
    fn line_of(&self, outcome: &Outcome) -> String {
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(!outcome.stderr.contains("panicked at"), "{}", outcome.stderr);
        let mut lines = outcome.stderr.lines().filter(|l| l.starts_with("guild: "));
        let line = self.shown(lines.next().unwrap_or_else(|| panic!("{outcome:?}")));
        let aside = |l: &&str| l.starts_with("WARNING: ") || l.starts_with("Resolving ");
        let said = outcome.stderr.lines().filter(|l| !aside(l)).count();
        assert!(said <= 2, "more than a line and a hint: {}", outcome.stderr);
        let runs = self.project.home().join("runs");
        let left = fs::read_dir(runs).map_or(0, |entries| entries.count());
        assert_eq!(left, 0, "a run is left behind");
        line
    }

    /// What others' operations do in the meantime: the same as ever.
    fn others_go_on(&self) {
        for line in ["run fine.sh -y", "run of-anybody -y"] {
            let out = self.guild(line).succeeds();
            assert_eq!(out.stdout, "fine\n", "{out:?}");
            assert_eq!(out.stderr, "", "{line}");
        }
        self.guild("runs").succeeds();
    }

    /// What running a file of the plugin says.
    fn run(&self) -> String {
        self.run_with("run a.odd -y", "60")
    }

    fn run_with(&self, line: &str, timeout: &str) -> String {
        let out = self.guild(line).env("GUILD_PLUGIN_TIMEOUT", timeout).outcome();
        let line = self.line_of(&out);
        self.others_go_on();
        line
    }

    /// What `guild plugins list` says is wrong with it.
    fn listed(&self) -> String {
        let list = self.guild("plugins list").succeeds().stdout;
        let mut lines = list.lines().skip_while(|l| !l.starts_with("odd "));
        assert!(lines.next().is_some(), "{list}");
        self.others_go_on();
        self.shown(lines.next().unwrap().trim())
    }
}

fn library_file(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

fn row(what: impl Into<String>, line: String) -> Row {
    (what.into(), line)
}

/// A line as Markdown has it.
fn code(line: &str) -> String {
    if line.contains('`') { format!("`` {line} ``") } else { format!("`{line}`") }
}

/// The rows are those of a table of the page, neither more nor less.
#[track_caller]
fn told_in_the_page(heading: &str, rows: &[Row]) {
    let page = fs::read_to_string(repository().join("docs/plugin-failures.md")).unwrap();
    let section = page.split("\n## ").find(|s| s.starts_with(heading)).unwrap_or_default();
    let told: String =
        section.lines().filter(|l| l.starts_with("| ")).skip(1).map(|l| format!("{l}\n")).collect();
    let seen: String =
        rows.iter().map(|(what, line)| format!("| {what} | {} |\n", code(line))).collect();
    assert_eq!(told, seen, "docs/plugin-failures.md, {heading}. What is seen:\n{seen}\n");
}

#[test]
fn manifests() {
    let odd = Odd::new();
    fs::write(&odd.library, "").unwrap();
    let mut rows = Vec::new();
    for (what, text) in [
        ("it is not YAML", "name: 'odd"),
        ("it has no name", "api: 1.0.0\n"),
        ("it is called after another plugin", "name: even\napi: 1.0.0\n"),
        ("an entry is of another type", "name: odd\napi: 1.0.0\nhandles: 3\n"),
        ("its library has a path", "name: odd\napi: 1.0.0\nlibrary: ../odd\n"),
        ("its version of the plugin api is none", "name: odd\napi: new\n"),
    ] {
        odd.write_manifest(text);
        rows.push(row(what, odd.listed()));
    }
    told_in_the_page("Manifests", &rows);
}

#[test]
fn libraries_that_cannot_be_used() {
    let whole = fs::read(&Odd::built("guild_faulty").library).unwrap();
    let mut rows = Vec::new();
    let odd = Odd::new();
    rows.push(row("the library is missing", odd.run()));
    let contents: [(&str, &[u8]); 3] = [
        ("it is a text", b"I am only text"),
        ("it is empty", b""),
        ("it is cut off", &whole[..whole.len() / 2]),
    ];
    for (what, bytes) in contents {
        let odd = Odd::new();
        fs::write(&odd.library, bytes).unwrap();
        rows.push(row(what, odd.run()));
    }
    let odd = Odd::built("guild_faulty");
    fs::set_permissions(&odd.library, fs::Permissions::from_mode(0o666)).unwrap();
    rows.push(row("others can change it", odd.run()));
    let odd = Odd::built("guild_faulty");
    odd.write_manifest(&odd.manifest.replace("api: 1.0.0", "api: 2.0.0"));
    rows.push(row("its manifest names another major version", odd.run()));
    let odd = Odd::built("guild_faulty");
    rows.push(row("it is another plugin's", odd.run()));
    let odd = Odd::scripted(&[("info.json", "nonsense")]);
    rows.push(row("what it says of itself is no JSON", odd.run()));
    told_in_the_page("Libraries", &rows);
}

#[test]
fn libraries_that_do_harm() {
    let constructor = |code: &str| {
        format!(
            "#include <stdlib.h>\n#include <unistd.h>\n\
             __attribute__((constructor)) static void f(void) {{ {code} }}"
        )
    };
    let mut rows = Vec::new();
    for (what, source) in [
        ("it is no plugin", "int f(void) { return 1; }".to_string()),
        (
            "it needs a symbol that there is not",
            "extern int g(void); int f(void) { return g(); }".into(),
        ),
        ("it crashes when it is opened", constructor("*(volatile int *)0 = 1;")),
        ("it ends the process that opens it", constructor("exit(0);")),
    ] {
        let Some(odd) = Odd::compiled(&source) else { return };
        rows.push(row(what, odd.run()));
    }
    let Some(odd) = Odd::compiled(&constructor("for (;;) sleep(60);")) else { return };
    rows.push(row("it is never opened", odd.run_with("run a.odd -y", "2")));
    told_in_the_page("Opening", &rows);
}

/// A plugin that is built with another plugin-api, of which its manifest says nothing.
fn built_with(name: &'static str, version: &str, changes: &[(&str, &str, &str)]) -> Odd {
    let elsewhen = Elsewhen::new(name, version, changes);
    let odd = Odd::new();
    fs::copy(elsewhen.library(), &odd.library).unwrap();
    odd
}

#[test]
fn libraries_with_another_binary_interface() {
    let more = [
        (
            "abi.rs",
            "    pub api_version: RStr<'static>,",
            "    pub api_version: RStr<'static>,\n    pub more: u64,",
        ),
        ("abi.rs", "API_VERSION.into(), new }", "API_VERSION.into(), more: 1, new }"),
    ];
    let method = [(
        "abi.rs",
        "    fn info(&self) -> RString;",
        "    fn info(&self) -> RString;\n    fn more(&self) -> u64 { 1 }",
    )];
    let altered = built_with("altered", "1.0.0", &more);
    let rows = [
        row("it was built with another major version", built_with("major", "2.0.0", &[]).run()),
        row("its root module is another", altered.run()),
        row("its methods are others", built_with("methods", "1.0.0", &method).run()),
    ];
    told_in_the_page("Binary interface", &rows);
    // What abi_stable has to say is long, and there for who asks.
    let debug = altered.guild("--debug run a.odd -y").fails(1).stderr;
    assert!(debug.lines().count() > 20, "{debug}");
}

#[test]
fn hooks_that_panic() {
    let mut rows = Vec::new();
    let faulty = |file: &str| {
        let odd = Odd::built("guild_faulty");
        let manifest =
            odd.manifest.replace("name: odd", "name: faulty").replace("*.odd", "*.faulty");
        fs::remove_file(odd.folder.join("odd.plugin.yml")).unwrap();
        fs::write(odd.folder.join("faulty.plugin.yml"), manifest + "library: odd\n").unwrap();
        odd.project.write(file, "");
        odd
    };
    let odd = faulty("fine.faulty");
    let out = odd.guild("run fine.faulty -y").env("FAULTY_WHEN_MADE", "1").outcome();
    rows.push(row("the plugin, when it is made", odd.line_of(&out)));
    for hook in ON_THE_WAY {
        let file = format!("{hook}-panics.faulty");
        let odd = faulty(&file);
        rows.push(row(format!("`{hook}`"), odd.run_with(&format!("run {file} -y"), "60")));
    }
    let odd = faulty("op_loaded");
    odd.project.write("guild.yml", "op:\n  odd: panics\nof-anybody:\n  exec: echo fine\n");
    rows.push(row("`op_loaded`", odd.run_with("run op -y", "60")));
    for hook in FOR_NEEDS {
        let value = format!("{hook}-panics.faulty");
        let odd = Odd::built("guild_faulty").asked_about("faulty", hook, &value);
        rows.push(row(format!("`{hook}`"), odd.run_with("run op -y", "60")));
    }
    told_in_the_page("Panics", &rows);
}

#[test]
fn hooks_that_talk_nonsense() {
    let mut rows = Vec::new();
    for hook in ON_THE_WAY {
        let odd = Odd::scripted(&[(&format!("{hook}.json"), "nonsense")]);
        rows.push(row(format!("`{hook}`: no JSON"), odd.run()));
    }
    let odd = Odd::scripted(&[("op_loaded.json", "nonsense")]);
    rows.push(row("`op_loaded`: no JSON", odd.run_with("run of-the-plugin -y", "60")));
    for hook in FOR_NEEDS {
        let odd = Odd::scripted(&[(&format!("{hook}.json"), "nonsense")]);
        let odd = odd.asked_about("odd", hook, "full");
        rows.push(row(format!("`{hook}`: no JSON"), odd.run_with("run op -y", "60")));
    }
    let near = r#"{"result": {"paths": ["near"]}}"#;
    let odd = Odd::scripted(&[("resolve_resource.json", near)]);
    let odd = odd.asked_about("odd", "resolve_resource", "full");
    rows.push(row("a path that is not absolute", odd.run_with("run op -y", "60")));
    let odd = Odd::scripted(&[("command.json", r#"{"result": [1, {"a": 2}]}"#)]);
    rows.push(row("JSON of another type", odd.run()));
    let odd = Odd::scripted(&[("command.error", "nonsense")]);
    rows.push(row("an error that is no JSON", odd.run()));
    let odd = Odd::scripted(&[("command.huge", "")]);
    rows.push(row("100 MB", odd.run()));
    let odd = Odd::scripted(&[("resolve_op.json", r#"{"result": {"kind": "a b"}}"#)]);
    rows.push(row("a kind of operation that is none", odd.run()));
    told_in_the_page("Nonsense", &rows);
}

#[test]
fn hooks_that_never_return() {
    let began = Instant::now();
    let mut rows = Vec::new();
    for hook in ON_THE_WAY {
        rows.push(row(format!("`{hook}`"), Odd::hanging(hook).run_with("run a.odd -y", "0.5")));
    }
    let odd = Odd::hanging("op_loaded");
    rows.push(row("`op_loaded`", odd.run_with("run of-the-plugin -y", "0.5")));
    for hook in FOR_NEEDS {
        let odd = Odd::hanging(hook).asked_about("odd", hook, "full");
        rows.push(row(format!("`{hook}`"), odd.run_with("run op -y", "0.5")));
    }
    let odd = Odd::scripted(&[("info.hangs", "")]);
    rows.push(row("`info`", odd.run_with("run a.odd -y", "2")));
    assert!(began.elapsed() < Duration::from_secs(50), "guild waits for what it left behind");
    told_in_the_page("Hooks that never return", &rows);
}

/// What a plugin cannot find ends the command; an operation without the flags it cannot read goes on.
#[test]
fn what_an_operation_needs_is_not_there() {
    let odd = |hook: &str| {
        let value = format!("{hook}-fails.faulty");
        Odd::built("guild_faulty").asked_about("faulty", hook, &value)
    };
    let asked = odd("resolve_resource");
    let out = asked.guild("run op -y").outcome();
    let mut rows = vec![row("`resolve_resource` fails", asked.line_of(&out))];
    assert!(out.stderr.ends_with("\nWait.\n"), "{}", out.stderr);
    let asked = odd("import_flags");
    let out = asked.guild("run op -y").succeeds();
    assert_eq!(out.stdout, "hello\n");
    rows.push(row("`import_flags` fails", out.stderr.trim_end().into()));
    told_in_the_page("Resources and flags", &rows);
}

/// A plugin that says of an operation only that it wants to work for it, and fails at that, is left
/// out with a warning.
#[test]
fn a_plugin_that_cannot_say_whether_it_is_meant() {
    let mut rows = Vec::new();
    let manifest = format!("{MANIFEST}  commands: [echo]\n");
    let mut see = |what: &str, odd: &Odd| {
        odd.write_manifest(&manifest);
        let run = odd.guild("run of-anybody -y").env("GUILD_PLUGIN_TIMEOUT", "0.5");
        let out = run.succeeds();
        assert_eq!(out.stdout, "fine\n");
        assert_eq!(out.stderr.lines().count(), 1, "{}", out.stderr);
        assert_eq!(odd.project.attr(&odd.project.run(), "plugins"), "[]\n");
        rows.push(row(what, odd.shown(out.stderr.trim_end())));
    };
    see("its library is missing", &Odd::new());
    see("`enabled_for_op` never returns", &Odd::hanging("enabled_for_op"));
    see("`enabled_for_op`: no JSON", &Odd::scripted(&[("enabled_for_op.json", "nonsense")]));
    let faulty = Odd::built("guild_faulty").asked_about("faulty", "enabled_for_op", "moon");
    let manifest = faulty.folder.join("faulty.plugin.yml");
    let text = fs::read_to_string(&manifest).unwrap() + "  commands: [echo]\n";
    fs::write(&manifest, text).unwrap();
    faulty.project.write("guild.yml", "enabled_for_op-panics.faulty:\n  exec: echo fine\n");
    let out = faulty.guild("run enabled_for_op-panics.faulty -y").succeeds();
    assert_eq!(out.stdout, "fine\n");
    rows.push(row("`enabled_for_op` panics", out.stderr.trim_end().into()));
    told_in_the_page("Plugins that are only asked", &rows);
}

/// A search that cannot begin leaves nothing; one that cannot go on is a batch that has failed.
#[test]
fn an_optimizer_that_cannot_say_what_to_try() {
    let mut rows = Vec::new();
    let mut see = |what: String, odd: &Odd, optimizer: &str| {
        odd.project.write("op.sh", "#!/bin/sh\n");
        odd.project.write("guild.yml", "op:\n  exec: echo ${flag_args}\n  flags: {x: 1}\n");
        let line = format!("run op x=[0.0:1.0] -o {optimizer} -y");
        let out = odd.guild(&line).env("GUILD_PLUGIN_TIMEOUT", "0.5").outcome();
        assert_eq!(out.code, Some(1), "{out:?}");
        let mut lines = out.stderr.lines().filter(|l| l.starts_with("guild: "));
        rows.push(row(&what, odd.shown(lines.next().unwrap())));
        let runs = odd.guild("runs -s").succeeds().stdout;
        if what.contains("describe") {
            assert_eq!(runs, "", "a run is left behind");
        }
        assert!(!runs.contains("completed"), "{runs}");
    };
    for hook in ["describe_optimizer", "suggest_trials"] {
        let usual = [("describe_optimizer.json", r#"{"result": {"name": "odd"}}"#)];
        for (what, file) in [("never returns", "hangs"), ("no JSON", "json")] {
            let odd = Odd::hanging("none");
            for (file, text) in usual {
                odd.project.write(&format!("../answers/{file}"), text);
            }
            let file = format!("../answers/{hook}.{file}");
            odd.project.write(&file, "nonsense");
            odd.write_manifest(&format!("{MANIFEST}  optimizers: [odd]\n"));
            see(format!("`{hook}`: {what}"), &odd, "odd");
        }
        for what in ["panics", "fails"] {
            let odd = Odd::built("guild_faulty").asked_about("faulty", "command", "moon");
            let name = format!("{hook}-{what}.faulty");
            let manifest = MANIFEST.replace("name: odd", "name: faulty\nlibrary: odd");
            let manifest = format!("{manifest}  optimizers: [{name}]\n");
            fs::write(odd.folder.join("faulty.plugin.yml"), manifest).unwrap();
            see(format!("`{hook}` {what}"), &odd, &name);
        }
    }
    told_in_the_page("Optimizers", &rows);
}

/// The run is over then, and what it made is kept.
#[test]
fn a_failure_after_the_run() {
    let mut rows = Vec::new();
    for (what, file) in
        [("`run_stopped`: no JSON", "json"), ("`run_stopped` never returns", "hangs")]
    {
        let odd = Odd::hanging("none");
        odd.project.write(&format!("../answers/run_stopped.{file}"), "nonsense");
        let out = odd.guild("run a.odd -y").env("GUILD_PLUGIN_TIMEOUT", "0.5").succeeds();
        assert_eq!(out.stdout, "hello\n");
        assert_eq!(odd.project.info("status"), "completed");
        rows.push(row(what, odd.shown(out.stderr.trim_end())));
    }
    let faulty = Odd::built("guild_faulty").asked_about("faulty", "run_stopped", "moon");
    let op = "run_stopped-panics.faulty:\n  exec: echo fine\n  plugins: [faulty]\n";
    faulty.project.write("guild.yml", op);
    let out = faulty.guild("run run_stopped-panics.faulty -y").succeeds();
    assert_eq!(faulty.project.info("status"), "completed");
    rows.push(row("`run_stopped` panics", out.stderr.trim_end().into()));
    told_in_the_page("After the run", &rows);
}

#[test]
fn a_plugin_that_cannot_be_used_does_not_hide_one_that_can() {
    let odd = Odd::scripted(&[]);
    let first = odd.project.dir().parent().unwrap().join("first");
    fs::create_dir(&first).unwrap();
    fs::set_permissions(&first, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", first.display(), odd.folder.display());
    let mut rows = Vec::new();
    for (what, text) in [
        ("the first is for another major version", MANIFEST.replace("api: 1", "api: 2")),
        ("the first has no library", MANIFEST.to_string()),
    ] {
        fs::write(first.join("odd.plugin.yml"), text).unwrap();
        let out = odd.guild("run a.odd -y").env("GUILD_PLUGIN_PATH", &path).succeeds();
        assert_eq!(out.stdout, "hello\n");
        rows.push(row(what, out.stderr.trim_end().replace(first.to_str().unwrap(), "FIRST")));
    }
    told_in_the_page("Two of a name", &rows);
    let list = odd.guild("plugins list --json").env("GUILD_PLUGIN_PATH", &path).succeeds().stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let states: Vec<_> =
        list.as_array().unwrap().iter().take(2).map(|r| r["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["broken", "installed"]);
}

/// A library is tried in a process of its own once; then again when it is another.
#[test]
fn what_was_opened_once_is_opened_at_once() {
    let odd = Odd::scripted(&[]);
    odd.guild("run a.odd -y").succeeds();
    let kept = || {
        let files = fs::read_dir(odd.project.home().join("cache/plugins")).unwrap();
        let files: Vec<_> = files.map(|f| f.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        fs::read_to_string(&files[0]).unwrap()
    };
    let first = kept();
    // Were it tried again, that would be seen: the child cannot read what it says of itself.
    let told = odd.project.dir().parent().unwrap().join("answers/info.request");
    fs::remove_file(&told).unwrap();
    odd.guild("run a.odd -y").succeeds();
    assert_eq!(kept(), first);
    let bytes = fs::read(&odd.library).unwrap();
    fs::remove_file(&odd.library).unwrap();
    fs::write(&odd.library, bytes).unwrap();
    odd.guild("run a.odd -y").succeeds();
    assert_ne!(kept(), first);
    // Where nothing can be kept, it is tried each time.
    fs::remove_dir_all(odd.project.home().join("cache")).unwrap();
    odd.project.write("../home/cache", "I am a file");
    odd.guild("run a.odd -y").succeeds();
}
