//! What an operation requires: found, put into the run, written down. The same as in Guild AI 0.9.0
//! wherever that one gets it right.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Outcome, Project, oracle};

/// A project whose operation `op` has these lines as `requires`, and `more` after it.
pub fn requiring(requires: &str, more: &str) -> Project {
    let lines: String = requires.lines().map(|line| format!("        {line}\n")).collect();
    let project = Project::new();
    project.write(
        "guild.yml",
        format!(
            "- operations:\n    prep:\n      exec: sh -c 'mkdir sub; echo 1 > sub/a-1.txt; echo 2 > \
             sub/a-12.txt; echo m > m.bin'\n      sourcecode: no\n    op:\n      exec: 'true'\n      \
             sourcecode: no\n      flags: {{name: x.txt, n: 3}}\n      requires:\n{lines}{more}"
        ),
    );
    for (name, text) in [
        ("x.txt", "x"),
        ("a b ä.txt", "1"),
        ("dir/one.txt", "1"),
        ("dir/two.csv", "2"),
        ("dir/deep/three.txt", "3"),
        ("n3.txt", "n"),
    ] {
        project.write(name, text);
    }
    symlink("one.txt", project.path("dir/link")).unwrap();
    let script = "import zipfile, tarfile; z = zipfile.ZipFile('z.zip', 'w'); \
                  z.writestr('q/a.txt', '1'); z.writestr('q/w-2.txt', '2'); z.writestr('b.bin', '3'); \
                  z.close(); t = tarfile.open('t.tar.gz', 'w:gz'); t.add('dir'); t.close(); \
                  import gzip; gzip.open('g.csv.gz', 'w').write(b'1,2')";
    let made = Command::new("python3").args(["-c", script]).current_dir(project.dir()).status();
    assert!(made.unwrap().success());
    project
}

/// One of the two programs with a home of its own.
pub struct Side<'a> {
    pub project: &'a Project,
    pub home: PathBuf,
    pub program: Option<PathBuf>,
}

impl Side<'_> {
    pub fn run(&self, line: &str) -> Outcome {
        let guild = self.project.guild(line).env("GUILD_HOME", &self.home);
        match &self.program {
            Some(program) => guild.by_oracle(program),
            None => guild.outcome(),
        }
    }

    /// What is the same for both: the home's path and the run's ids have their names.
    pub fn plain(&self, text: &str) -> String {
        let mut out = text.replace(&self.home.display().to_string(), "HOME");
        let home = self.home.file_name().unwrap().to_str().unwrap();
        out = out.replace(&format!("/{home}/"), "/HOME/");
        for (i, run) in self.runs().iter().enumerate() {
            let id = run.file_name().unwrap().to_str().unwrap();
            out = out.replace(id, &format!("RUN{i}"));
        }
        out
    }

    pub fn runs(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.home.join("runs")) else { return Vec::new() };
        let mut runs: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
        runs.sort_by_key(|run| fs::read_to_string(run.join(".guild/attrs/initialized")).ok());
        runs
    }

    /// The newest run: its files with where links lead, `deps`, flags, what `op` says of
    /// dependencies, and its manifest.
    fn told(&self) -> String {
        let Some(run) = self.runs().pop() else { return "no run".into() };
        let mut text = tree(&run, Path::new(""));
        for attr in ["deps", "flags", "user_flags", "label"] {
            let value = fs::read_to_string(run.join(".guild/attrs").join(attr));
            text += &format!("{attr}: {}\n", value.unwrap_or_default());
        }
        let op = fs::read_to_string(run.join(".guild/attrs/op")).unwrap();
        text += op.split("\nflag-null-labels").next().unwrap().split("\ndelete").next().unwrap();
        text += &fs::read_to_string(run.join(".guild/manifest")).unwrap();
        self.plain(&text)
    }
}

pub fn tree(run: &Path, folder: &Path) -> String {
    let mut entries: Vec<_> = fs::read_dir(run.join(folder)).unwrap().flatten().collect();
    entries.sort_by_key(|e| e.file_name());
    let mut text = String::new();
    for entry in entries.iter().filter(|e| e.file_name() != ".guild") {
        let path = folder.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        text += &path.display().to_string();
        if kind.is_symlink() {
            text += &format!(" -> {}\n", fs::read_link(entry.path()).unwrap().display());
        } else if kind.is_dir() {
            text += &format!("/\n{}", tree(run, &path));
        } else {
            text += &format!(": {}\n", String::from_utf8_lossy(&fs::read(entry.path()).unwrap()));
        }
    }
    text
}

/// Runs `lines` with both programs, in their own homes, and compares all that can be seen.
fn compare(requires: &str, more: &str, lines: &[&str]) {
    let Some(oracle) = oracle() else { return };
    let project = requiring(requires, more);
    let side = |name: &str, program| {
        let home = project.dir().parent().unwrap().join(name);
        fs::create_dir(&home).unwrap();
        Side { project: &project, home, program }
    };
    let (ours, theirs) = (side("home1", None), side("home2", Some(oracle)));
    for line in lines {
        let (our, their) = (ours.run(line), theirs.run(line));
        let what = format!("{requires}\n{line}");
        assert_eq!(ours.plain(&our.stderr), theirs.plain(&their.stderr), "{what}");
        assert_eq!(ours.plain(&our.stdout), theirs.plain(&their.stdout), "{what}");
        assert_eq!(our.code, their.code, "{what}");
        // A run that could not start is not kept; theirs reads `error`.
        if our.code == Some(0) && line.ends_with("-y") {
            assert_eq!(ours.told(), theirs.told(), "{what}");
        }
    }
}

#[test]
fn files() {
    for requires in [
        "- file: x.txt",
        "- file: a b ä.txt\n  target-type: link",
        "- file: dir",
        "- file: dir\n  target-type: link\n  target-path: a/b",
        "- file: dir\n  select: .+\\.txt\n  preserve-path: yes",
        "- file: dir\n  select: [one.txt, 'd.*']\n  path: p",
        "- file: dir/\n  rename: '(.)ir new-\\1'",
        "- file: x.txt\n  rename: y.txt\n- file: x.txt\n  rename: [nope z, '^x\\.(?P<e>.+) w.\\g<e>']",
        "- file: n${n}.txt\n- file: ${name}\n  target-path: ${n}",
        "- file: ./dir/../x.txt",
        "name: all\ntarget-path: t\nsources: [x.txt, {file: n3.txt, target-type: link}]",
        "- file: x.txt\n- file: x.txt\n- file: n3.txt\n  rename: x.txt\n  replace-existing: yes",
        "- file: dir\n  select: nope\n- file: dir\n  select: nope\n  warn-if-empty: no",
        "- file: gone.txt\n  optional: yes\n- file: x.txt\n  sha256: \
         2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    ] {
        compare(requires, "", &["run op -y"]);
    }
}

#[test]
fn a_target_that_exists() {
    let requires = [
        // A file, a folder or a link there stays as it is, whatever comes.
        "- file: dir\n- file: x.txt\n  rename: x.txt dir\n- file: n3.txt\n  target-path: dir\n  rename: \
         n3.txt one.txt",
        "- file: x.txt\n- file: dir\n  rename: dir x.txt\n- file: n3.txt\n  rename: n3.txt x.txt\n  \
         target-type: link",
        "- file: x.txt\n  target-type: link\n- file: n3.txt\n  rename: n3.txt x.txt",
        // Unless it is to give way.
        "- file: dir\n- file: x.txt\n  rename: x.txt dir\n  replace-existing: yes",
        "- file: z.zip\n- file: z.zip\n  replace-existing: yes\n  select: q/.+",
    ];
    requires.iter().for_each(|requires| compare(requires, "", &["run op -y"]));
    // What gives way is the link, not what it leads to.
    let project = requiring(
        "- file: x.txt\n  target-type: link\n- file: n3.txt\n  rename: n3.txt x.txt\n  replace-existing: \
         yes\n- file: dir\n  target-type: link\n- file: a b ä.txt\n  rename: '.+ dir'\n  \
         replace-existing: yes",
        "",
    );
    project.guild("run op -y").succeeds();
    let run = project.run();
    let text = |path: PathBuf| fs::read_to_string(path).unwrap();
    assert_eq!((text(run.join("x.txt")), text(run.join("dir"))), ("n".into(), "1".into()));
    assert_eq!(text(project.path("x.txt")), "x");
    assert_eq!(text(project.path("dir/one.txt")), "1");
    // A run that is started again has what it had.
    fs::write(run.join("x.txt"), "changed").unwrap();
    let id = run.file_name().unwrap().to_str().unwrap().to_string();
    project.guild(&format!("run --restart {id} -y")).succeeds();
    assert_eq!(text(run.join("x.txt")), "changed");
}

#[test]
fn resources_of_models() {
    let more = "  resources:\n    data: [x.txt, {file: dir, target-type: link}]\n    zip:\n      \
                path: data\n      target-type: link\n      sources:\n      - file: z.zip\n        \
                select: .+\\.txt\n- model: other\n  resources:\n    far: {path: far, sources: [n3.txt]}\n";
    compare("[{resource: data}, zip, 'other:far']", more, &["run op -y"]);
}

#[test]
fn archives() {
    for requires in [
        "- file: z.zip",
        "- file: z.zip\n  target-type: link\n  target-path: in",
        "- file: z.zip\n  select: q/.*\n- file: z.zip\n  unpack: no",
        "- file: z.zip\n  select-max: 'q/w-(\\d)\\.txt'",
        "- file: t.tar.gz",
        "- file: t.tar.gz\n  select: 'dir/.+\\.txt'",
        "default-unpack: no\nsources: [z.zip]",
    ] {
        compare(requires, "", &["run op -y"]);
    }
}

#[test]
fn other_operations() {
    for requires in [
        "- operation: prep\n- operation: prep\n  select: sub/.+\n  target-type: link\n  path: s",
        "- operation: 'pr.*,other'\n  name: source\n  select-min: 'sub/a-(\\d+)\\.txt'\n\
         - operation: prep\n  flag-name: from\n  target-path: p\n  rename: m.bin n.bin\n\
         - operation: nope\n  optional: yes",
    ] {
        compare(requires, "", &["run prep -y", "run op -y", "run op"]);
    }
    compare("- operation: nope", "", &["run op -y"]);
}

#[test]
fn flags_name_other_files() {
    let requires = "- file: x.txt\n  flag-name: data\n  target-path: in";
    compare(
        requires,
        "",
        &["run op -y", "run op data=n3.txt -y", "run op data=dir/one.txt", "run op data=gone -y"],
    );
}

#[test]
fn what_cannot_be_resolved() {
    for requires in [
        "- file: gone.txt",
        "- file: gone.txt\n  help: Make it first.",
        "- file: x.txt\n  name: data\n  sha256: abc",
        "- file: dir\n  select: nope\n  fail-if-empty: yes",
        "- file: x.txt\n  target-type: hologram",
        "- file: x.txt\n  rename: '( x'",
        "- file: x.txt\n  rename: x '\\3'",
        "- file: ${gone}.txt",
        "- operation: prep",
        "- file: z.zip\n  type: rar",
    ] {
        compare(requires, "", &["run op -y"]);
        let project = requiring(requires, "");
        let out = project.guild("run op -y").fails(1);
        assert!(out.stderr.contains("guild: run failed because a dependency was not met: "));
        assert!(project.runs().is_empty(), "a half-made run is left");
    }
}

#[test]
fn going_on_without() {
    let requires = "- file: gone.txt\n  help: Make it first.\n- file: x.txt";
    compare(requires, "", &["run op -y --force-deps"]);
}

#[test]
fn what_they_cannot_do() {
    let requires = "- file: g.csv.gz\n- file: x.txt\n  name: far\n  target-path: /tmp/x";
    let project = requiring(requires, "");
    let out = project.guild("run op -y").fails(1);
    let words = "invalid path '/tmp/x' in far resource (path must be relative)";
    assert!(out.stderr.contains(words), "{}", out.stderr);
    let project = requiring("- file: g.csv.gz", "");
    project.guild("run op -y").succeeds();
    assert_eq!(fs::read_to_string(project.run().join("g.csv")).unwrap(), "1,2");
}

#[test]
fn commands_for_files() {
    let requires = "- file: z.zip\n  post-process: |\n    cat $(project-src 'a b ä.txt') >> q/a.txt\n    \
                    && echo done; pwd\n- file: t.tar.gz\n  name: t\n  post-process: touch more";
    compare(requires, "", &["run op -y", "run op -y"]);
    let post = "- file: z.zip\n  post-process: ";
    for command in ["exit 3", "cat $(project-src gone)"] {
        compare(&format!("{post}{command}"), "", &["run op -y"]);
        let project = requiring(&format!("{post}{command}"), "");
        project.guild("run op -y").fails(1);
        assert!(project.runs().is_empty());
    }
    // There, this crashes.
    let project = requiring("- file: x.txt\n  post-process: echo one >> seen; cat seen", "");
    assert_eq!(project.guild("run op -y").succeeds().stdout, "one\n");
    assert_eq!(project.guild("run op -y").succeeds().stdout, "");
    let later = fs::File::options().append(true).open(project.path("x.txt")).unwrap();
    later.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(9)).unwrap();
    assert_eq!(project.guild("run op -y").succeeds().stdout, "one\none\n");
}

#[test]
fn modules() {
    compare("- module: json\n- module: gone.too", "", &["run op -y"]);
    compare("- module: gone\n  optional: yes\n- module: json\n  name: j", "", &["run op -y"]);
    let project = requiring("- module: own", "");
    project.write("own.py", "print('loud')");
    assert_eq!(project.guild("run op -y").succeeds().stdout, "");
    project.write("own.py", "1/0");
    let out = project.guild("run op -y").fails(1);
    assert!(out.stderr.contains(" resource: ZeroDivisionError: "), "{}", out.stderr);
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn files_of_the_users_own() {
    compare(
        "[]",
        "",
        &["run op -y --dep x.txt", "run op -y -D dir --dep x.txt", "run op -y -D gone"],
    );
}

#[test]
fn they_start_our_run_again() {
    let Some(oracle) = oracle() else { return };
    let project = requiring("- file: x.txt\n- operation: prep", "");
    project.guild("run prep -y").succeeds();
    project.guild("run op -y").succeeds();
    let id = project.guild("runs info --json").succeeds().stdout;
    assert!(id.contains("operation"), "{id}");
    let run = project.runs().pop().unwrap();
    let line = format!("run --restart {} -y", run.file_name().unwrap().to_str().unwrap());
    let out = project.guild(&line).by_oracle(&oracle);
    assert!(out.stderr.contains("already resolved"), "{}", out.stderr);
}

#[test]
fn nothing_is_written_outside_of_the_run() {
    for (requires, words) in [
        ("- file: x.txt\n  target-path: ..", "leads out of the run's files"),
        ("- file: x.txt\n  target-path: .guild/attrs", "leads out of the run's files"),
        ("- file: x.txt\n  rename: ../../y", "leads out of the run's files"),
        ("- file: x.txt\n  rename: ..", "leads out of the run's files"),
        (
            "- file: dir\n  target-type: link\n- file: x.txt\n  target-path: dir",
            "a link in it leads out of the run's files",
        ),
    ] {
        let project = requiring(requires, "");
        let out = project.guild("run op -y").fails(1);
        assert!(out.stderr.contains(words), "{requires}\n{}", out.stderr);
        assert!(project.runs().is_empty() && !project.path("dir/x.txt").exists());
    }
}

#[test]
fn a_resource_that_is_not_defined_hides_no_operation() {
    let project = requiring("nope", "");
    project.guild("run prep -y").succeeds();
    let out = project.guild("run op -y").fails(1);
    let expected = "guild: invalid definition for operation 'op': resource 'nope' required by \
                    operation 'op' is not defined\n  at ";
    assert!(out.stderr.starts_with(expected), "{}", out.stderr);
}

#[test]
fn a_folder_that_holds_the_home_is_copied_without_the_run() {
    let project = requiring("- file: .\n  target-path: all", "");
    let home = project.path("home");
    let run = project.path("elsewhere");
    let line = format!("run op -y --run-dir {}", run.display());
    project.guild(&line).env("GUILD_HOME", &home).succeeds();
    let copied = fs::read_dir(run.join("all")).unwrap().next().unwrap().unwrap().path();
    assert!(copied.join("x.txt").is_file() && !copied.join("elsewhere").exists());
}

#[test]
fn a_run_that_was_deleted_meanwhile() {
    let project = requiring("- operation: prep", "");
    project.guild("run prep -y").succeeds();
    let prep = project.run();
    let id = prep.file_name().unwrap().to_str().unwrap().to_string();
    project.guild("runs rm 1 -y").succeeds();
    let out = project.guild(&format!("run op prep={id} -y")).fails(1);
    assert!(out.stderr.contains("no suitable run for prep"), "{}", out.stderr);
    // A folder can be named instead.
    let kept = project.home().join("trash/runs").join(&id);
    let line = format!("run op prep={} -y", kept.display());
    project.guild(&line).succeeds();
    assert!(project.run().join("m.bin").is_file());
}
