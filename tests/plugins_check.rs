//! `guild plugins check`, and `guild run`, with libraries that are broken in every way.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{Guild, Project};

const CRASHES: &str =
    "__attribute__((constructor)) static void f(void) { *(volatile int *)0 = 1; }";
const UNDEFINED: &str = "extern int missing_thing(void); int f(void) { return missing_thing(); }";
const NO_SYMBOL: &str = "int f(void) { return 1; }";
const EXITS: &str =
    "#include <stdlib.h>\n__attribute__((constructor)) static void f(void) { exit(0); }";
const SLEEPS: &str = "#include <unistd.h>\n\
                      __attribute__((constructor)) static void f(void) { for (;;) sleep(60); }";

/// A project with a file `a.broken` and a folder for plugins that handle it.
struct Broken {
    project: Project,
    folder: PathBuf,
}

impl Broken {
    fn new() -> Broken {
        let project = Project::with(&[("a.broken", "")]);
        let folder = project.dir().parent().unwrap().join("plugins");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        Broken { project, folder }
    }

    /// A plugin whose library is `bytes`.
    fn bytes(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let library = self.manifest(name);
        fs::write(&library, bytes).unwrap();
        library
    }

    /// A plugin whose library is compiled from C; none where there is no compiler.
    fn compiled(&self, name: &str, source: &str) -> Option<PathBuf> {
        let library = self.manifest(name);
        let file = self.project.path("library.c");
        fs::write(&file, source).unwrap();
        let cc =
            Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&file).status();
        fs::remove_file(file).unwrap();
        match cc {
            Ok(status) => {
                assert!(status.success());
                Some(library)
            }
            Err(_) => {
                eprintln!("skipped: there is no C compiler here (cc)");
                None
            }
        }
    }

    /// A plugin that works.
    fn sound(&self) -> PathBuf {
        let library = self.manifest("faulty");
        let program = Path::new(env!("CARGO_BIN_EXE_guild"));
        let name =
            format!("{}guild_faulty{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        fs::copy(program.with_file_name("deps").join(name), &library).unwrap();
        library
    }

    /// Writes a manifest and gives the library's place.
    fn manifest(&self, name: &str) -> PathBuf {
        let text =
            format!("name: {name}\nversion: 0.1.0\napi: 1.0.0\nhandles: {{files: ['*.broken']}}\n");
        fs::write(self.folder.join(format!("{name}.plugin.yml")), text).unwrap();
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        self.folder.join(format!("{prefix}{name}{suffix}"))
    }

    fn check(&self, plugin: &str) -> Guild {
        self.project.guild_args(&["plugins", "check", plugin])
    }

    /// The check fails with `told` about the plugin; running its file leaves no run.
    fn fails(&self, name: &str, library: &Path, told: &str) {
        let check = self.check(name).env("GUILD_PLUGIN_PATH", &self.folder);
        let by_name = check.fails(1);
        assert_eq!(by_name.stdout, format!("{name}  {told} ({})\n", library.display()));
        assert_eq!(by_name.stderr, "");
        let by_path = self.check(library.to_str().unwrap()).fails(1);
        assert_eq!(by_path.stdout, by_name.stdout);
    }

    fn run_is_refused(&self, reason: &str) {
        let run = self.project.guild("run a.broken -y").env("GUILD_PLUGIN_PATH", &self.folder);
        let out = run.fails(1);
        assert!(out.stderr.lines().next().unwrap().ends_with(reason), "{}", out.stderr);
        assert!(out.stderr.lines().count() <= 2, "{}", out.stderr);
        assert!(self.project.runs().is_empty());
    }
}

#[test]
fn what_is_no_library() {
    let whole = fs::read(Broken::new().sound()).unwrap();
    let cases: [(&str, &[u8], &str); 4] = [
        ("text", b"I am only text", "the file is not an ELF library"),
        ("empty", b"", "the file is empty"),
        ("half", &whole[..whole.len() / 2], "the file is truncated"),
        ("stump", &whole[..100], "the file is truncated"),
    ];
    for (name, bytes, reason) in cases {
        let broken = Broken::new();
        let library = broken.bytes(name, bytes);
        broken.fails(name, &library, &format!("failed at stage 'file': {reason}"));
        broken.run_is_refused(reason);
    }
}

#[test]
fn a_library_that_is_no_plugin() {
    let broken = Broken::new();
    let Some(library) = broken.compiled("other", NO_SYMBOL) else { return };
    let reason = "the library exports no guild plugin";
    broken.fails("other", &library, &format!("failed at stage 'symbol': {reason}"));
    broken.run_is_refused(reason);
}

#[test]
fn a_library_that_lacks_something() {
    let broken = Broken::new();
    let Some(library) = broken.compiled("lacking", UNDEFINED) else { return };
    let reason = "undefined symbol: missing_thing";
    broken.fails("lacking", &library, &format!("failed at stage 'open': {reason}"));
    broken.run_is_refused(reason);
}

#[test]
fn a_library_that_crashes_when_it_is_opened() {
    let broken = Broken::new();
    let Some(library) = broken.compiled("crash", CRASHES) else { return };
    broken.fails("crash", &library, "crashed at stage 'open': killed by SIGSEGV");
    broken.run_is_refused("): crashed at stage 'open': killed by SIGSEGV");
}

#[test]
fn a_library_that_ends_the_process() {
    let broken = Broken::new();
    let Some(library) = broken.compiled("quitter", EXITS) else { return };
    let told = "crashed at stage 'open': it ended the process (exit status: 0)";
    broken.fails("quitter", &library, told);
}

#[test]
fn a_library_that_never_comes_back() {
    let broken = Broken::new();
    if broken.compiled("sleeper", SLEEPS).is_none() {
        return;
    }
    let began = Instant::now();
    let check = broken.project.guild("plugins check --timeout 0.5 ../plugins");
    let out = check.fails(1);
    let told = "sleeper  stuck at stage 'open': not done after 0.5 seconds (";
    assert!(out.stdout.starts_with(told), "{}", out.stdout);
    assert!(began.elapsed() < Duration::from_secs(9));
}

#[test]
fn one_that_works_by_name_and_by_path() {
    let broken = Broken::new();
    let library = broken.sound();
    let manifest = broken.folder.join("faulty.plugin.yml");
    for path in [&library, &manifest, &broken.folder] {
        let out = broken.check(path.to_str().unwrap()).succeeds();
        assert_eq!(out.stdout, "faulty  ok: built with plugin api 1.1.0\n");
    }
    let all = broken.project.guild("plugins check").env("GUILD_PLUGIN_PATH", &broken.folder);
    let all = all.succeeds().stdout;
    assert!(all.lines().all(|l| l.ends_with("  ok: built with plugin api 1.1.0")), "{all}");
    let names: Vec<&str> = all.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.contains(&"steps") && names.contains(&"faulty"), "{all}");
    broken.bytes("text", b"I am only text");
    let one_of_two = broken.project.guild("plugins check ../plugins").fails(1);
    assert_eq!(one_of_two.stdout.lines().count(), 2);
}

#[test]
fn what_there_is_not() {
    let broken = Broken::new();
    let told = |line: &str| broken.project.guild(line).fails(1).stderr;
    assert!(told("plugins check nobody").starts_with("guild: there is no plugin 'nobody'\n"));
    assert!(told("plugins check ./nobody").starts_with("guild: cannot read "));
    assert!(told("plugins check .").starts_with("guild: there is no plugin manifest in "));
    assert!(told("plugins check a.broken").starts_with("guild: no plugin manifest beside "));
    broken.project.guild("plugins check --timeout soon").fails(2);
}

#[test]
fn what_others_can_write_to_is_not_opened() {
    let broken = Broken::new();
    // It would end the process if it was opened.
    let library = broken.bytes("open", b"");
    let manifest = broken.folder.join("open.plugin.yml");
    let reason = |folder: &Path| {
        let list = broken.project.guild("plugins list --json").env("GUILD_PLUGIN_PATH", folder);
        let rows: serde_json::Value = serde_json::from_str(&list.succeeds().stdout).unwrap();
        assert_eq!((&rows[0]["name"], &rows[0]["status"]), (&"open".into(), &"broken".into()));
        rows[0]["reason"].as_str().unwrap().to_string()
    };
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

    mode(&library, 0o666);
    assert_eq!(reason(&broken.folder), format!("other users can write to {}", library.display()));
    broken.run_is_refused(&reason(&broken.folder));
    let out = broken.check(manifest.to_str().unwrap()).fails(1).stdout;
    assert!(
        out.starts_with("open  failed at stage 'manifest': other users can write to "),
        "{out}"
    );
    mode(&library, 0o644);
    mode(&broken.folder, 0o777);
    assert_eq!(
        reason(&broken.folder),
        format!("other users can write to {}", broken.folder.display())
    );
    broken.run_is_refused(&reason(&broken.folder));
    mode(&broken.folder, 0o755);
    if chown(&library, Some(1234), None).is_err() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    assert!(reason(&broken.folder).ends_with("belongs to user 1234, who is neither you nor root"));
}
