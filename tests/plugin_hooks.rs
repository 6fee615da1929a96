//! What the host makes of a plugin's answers, failures and panics, with a real library.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Guild, Project};

/// A project with a plugin folder that holds the faulty plugin.
struct Faulty {
    project: Project,
    folder: PathBuf,
}

impl Faulty {
    fn new(files: &[&str]) -> Faulty {
        let project = Project::new();
        files.iter().for_each(|f| project.write(f, ""));
        let folder = project.dir().parent().unwrap().join("plugins");
        fs::create_dir(&folder).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_guild"));
        let name =
            format!("{}guild_faulty{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        fs::copy(program.with_file_name("deps").join(&name), folder.join(&name)).unwrap();
        let manifest = "name: faulty\nversion: 0.1.0\napi: 1.0.0\nlibrary: guild_faulty\n\
                        handles: {files: ['*.faulty']}\n";
        fs::write(folder.join("faulty.plugin.yml"), manifest).unwrap();
        Faulty { project, folder }
    }

    fn guild(&self, line: &str) -> Guild {
        self.project.guild(line).env("GUILD_PLUGIN_PATH", &self.folder)
    }
}

#[test]
fn a_plugin_of_a_stranger_runs_like_a_built_in_one() {
    let faulty = Faulty::new(&["fine.faulty", "left-out.txt", "kept.txt"]);
    let out = faulty.guild("run fine.faulty -y").succeeds();
    assert_eq!(out.stdout, "hello\n");
    assert_eq!(out.stderr, "WARNING: this is the faulty plugin\n");
    let run = faulty.project.run();
    assert_eq!(faulty.project.attr(&run, "plugins"), "- faulty\n");
    assert_eq!(faulty.project.attr(&run, "greeting"), "hello\n");
    assert_eq!(faulty.project.attr(&run, "farewell"), "0\n");
    assert!(faulty.project.attr(&run, "env").contains("FAULTY: '1'\n"));
    assert!(run.join("kept.txt").exists() && !run.join("left-out.txt").exists());
    let op = faulty.project.attr(&run, "op");
    assert!(op.contains("\nfaulty: 2\n") && !op.contains("op-cmd: 1"), "{op}");
    let debug = faulty.guild("--debug run fine.faulty --print-cmd").succeeds();
    assert!(debug.stderr.contains("and this is a detail"), "{}", debug.stderr);
}

#[test]
fn a_plugin_takes_variables_away() {
    let faulty = Faulty::new(&["fine.faulty"]);
    faulty
        .project
        .write("guild.yml", "op:\n  exec: env\n  plugins: [faulty]\n  env: {UNWANTED: 2}\n");
    let out = faulty.guild("run op -y").env("UNWANTED", "1").env("WANTED", "1").succeeds();
    assert!(!out.stdout.contains("UNWANTED="), "{}", out.stdout);
    assert!(out.stdout.contains("\nWANTED=1\n"), "{}", out.stdout);
    assert!(!faulty.project.attr(&faulty.project.run(), "env").contains("UNWANTED"));
    let env = faulty.guild("run op --print-env").env("UNWANTED", "1").succeeds().stdout;
    assert!(env.contains("FAULTY=1\n") && !env.contains("UNWANTED"), "{env}");
}

#[test]
fn a_plugin_says_what_kind_its_operations_are() {
    let faulty = Faulty::new(&["a-of-kind-job.faulty", "a-of-kind-b:c.faulty", "fine.faulty"]);
    let opref = |run: &Path| fs::read_to_string(run.join(".guild/opref")).unwrap();
    faulty.guild("run a-of-kind-job.faulty -y").succeeds();
    let run = faulty.project.run();
    assert!(opref(&run).starts_with("job:/"), "{}", opref(&run));
    assert!(opref(&run).ends_with(" '' '' a-of-kind-job.faulty"), "{}", opref(&run));
    let runs = faulty.project.guild("runs").succeeds().stdout;
    assert!(runs.contains("  a-of-kind-job.faulty  "), "{runs}");
    let out = faulty.guild("run a-of-kind-b:c.faulty -y").fails(1);
    let told =
        "guild: plugin 'faulty' failed in its hook 'resolve_op': 'b:c' is no kind of operation\n";
    assert!(out.stderr.contains(told), "{}", out.stderr);
    faulty.guild("run fine.faulty -y").succeeds();
    assert!(opref(&faulty.project.runs()[1]).starts_with("script:/"));
}

/// Of two that want the same file, the lower number is asked first; with the same number, the one
/// that is found first. Who has nothing to say leaves it to the next.
#[test]
fn priority_says_who_is_asked_first() {
    let faulty = Faulty::new(&["fine.faulty", "none.faulty"]);
    let library = fs::read_dir(&faulty.folder).unwrap().map(|f| f.unwrap().path());
    let library = library.into_iter().find(|p| p.extension().is_some_and(|e| e == "so")).unwrap();
    let second = faulty.project.dir().parent().unwrap().join("second");
    fs::create_dir(&second).unwrap();
    let scripted = library.with_file_name("libguild_scripted.so");
    let deps = Path::new(env!("CARGO_BIN_EXE_guild")).with_file_name("deps");
    fs::copy(deps.join(scripted.file_name().unwrap()), second.join("libother.so")).unwrap();
    let manifest = |priority: &str| {
        let text = "name: other\nversion: 1.0.0\napi: 1.0.0\nhandles: {files: ['*.faulty']}\n";
        fs::write(second.join("other.plugin.yml"), format!("{text}{priority}\n")).unwrap();
    };
    let dir = faulty.project.dir().display().to_string();
    faulty.project.write("../answers/info.json", r#"{"name": "other", "version": "1.0.0"}"#);
    let op = format!(
        r#"{{"name": "x", "base-dir": "{dir}", "project-dir": "{dir}", "op": {{"exec": "true"}}}}"#
    );
    let path = format!("{}:{}", faulty.folder.display(), second.display());
    let asked = || {
        let answers = faulty.project.dir().parent().unwrap().join("answers");
        let run =
            faulty.guild("--debug run fine.faulty --print-cmd").env("SCRIPTED_PLUGIN", answers);
        let out = run.env("GUILD_PLUGIN_PATH", &path).succeeds();
        let lines =
            out.stderr.lines().filter_map(|l| l.strip_prefix("DEBUG: [guild] asking plugin '"));
        let names = lines.map(|l| l.split('\'').next().unwrap().to_string());
        (names.collect::<Vec<_>>(), out.stdout)
    };
    let theirs = format!(r#"{{"result": {op}}}"#);
    faulty.project.write("../answers/resolve_op.json", &theirs);
    for (priority, first) in [
        ("priority: 99", "other"),
        ("priority: 100", "faulty"),
        ("", "faulty"),
        ("priority: -1", "other"),
    ] {
        manifest(priority);
        let expected = if first == "other" { "true\n" } else { "echo hello\n" };
        assert_eq!(asked(), (vec![first.to_string()], expected.into()), "{priority}");
    }
    faulty.project.write("../answers/resolve_op.json", r#"{"result": null}"#);
    let both = vec!["other".to_string(), "faulty".into()];
    assert_eq!(asked(), (both, "echo hello\n".into()));
}

#[test]
fn a_failure_is_shown_as_the_plugin_words_it() {
    let faulty = Faulty::new(&["resolve_op-fails.faulty", "command-fails.faulty"]);
    let out = faulty.guild("run resolve_op-fails.faulty -y").fails(1);
    assert_eq!(
        out.stderr,
        "WARNING: this is the faulty plugin\nguild: cannot run 'resolve_op-fails.faulty': no luck \
         with resolve_op\nWait.\n"
    );
    let out = faulty.guild("run command-fails.faulty -y").fails(1);
    assert!(out.stderr.contains("guild: no luck with command\nWait.\n"), "{}", out.stderr);
    assert!(faulty.project.runs().is_empty());
}

#[test]
fn a_panic_is_an_error_that_names_plugin_and_hook() {
    for hook in ["resolve_op", "default_sourcecode_rules", "command", "run_starting"] {
        let file = format!("{hook}-panics.faulty");
        let faulty = Faulty::new(&[&file]);
        let out = faulty.guild(&format!("run {file} -y")).outcome();
        assert_eq!(out.code, Some(1), "{out:?}");
        let told =
            format!("guild: plugin 'faulty' failed in its hook '{hook}': it panicked: it slipped");
        assert!(out.stderr.contains(&told), "{}", out.stderr);
        // Not the library's own words about a panic.
        assert!(!out.stderr.contains("thread '"), "{}", out.stderr);
        assert!(faulty.project.runs().is_empty(), "{hook}");
    }
}

#[test]
fn a_failure_after_the_run_keeps_the_run() {
    let faulty = Faulty::new(&["run_stopped-panics.faulty"]);
    let out = faulty.guild("run run_stopped-panics.faulty -y").succeeds();
    assert_eq!(out.stdout, "hello\n");
    assert!(out.stderr.contains("failed in its hook 'run_stopped'"), "{}", out.stderr);
    assert_eq!(faulty.project.info("status"), "completed");
}

#[test]
fn a_broken_plugin_leaves_the_file_to_the_next() {
    let faulty = Faulty::new(&["fine.faulty"]);
    let manifest = "name: newer\nversion: 1.0.0\napi: 2.0.0\npriority: 1\n\
                    handles: {files: ['*.faulty']}\n";
    fs::write(faulty.folder.join("newer.plugin.yml"), manifest).unwrap();
    let out = faulty.guild("run fine.faulty -y").succeeds();
    assert_eq!(out.stdout, "hello\n");
    assert!(out.stderr.contains("WARNING: cannot load plugin 'newer'"), "{}", out.stderr);
}
