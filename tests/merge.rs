//! `guild merge`: a run's files back into a project.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Outcome, Project, assert_like, oracle};

const GUILD_FILE: &str = "\
op:
  exec: cp op.py made
  requires:
    - file: data/in.txt
      target-path: data
    - file: one.txt
      target-type: copy
";

/// A project with a run of it: source code, dependencies, and a file that the run makes.
fn project() -> Project {
    let project = Project::with(&[
        ("guild.yml", GUILD_FILE),
        ("op.py", "x = 1\n"),
        ("one.txt", "one\n"),
        ("data/in.txt", "in\n"),
    ]);
    project.guild("run op -y").succeeds();
    project
}

fn git(dir: &Path, line: &str) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=t", "-c", "user.email=t@t"]).args(line.split(' '));
    let out = git.current_dir(dir).output().unwrap();
    assert!(out.status.success(), "git {line}: {}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn unchanged_files_are_left_alone() {
    let project = project();
    let out = project.guild("merge -y").succeeds();
    assert_eq!(out.stdout, "");
    assert_like(
        &out.stderr,
        "Nothing to copy for the following run:
  [...]  op  ...  completed
Try 'guild merge --preview' for a list of skipped files.",
    );
    let out = project.guild("runs merge --preview --all").succeeds();
    assert_like(
        &out.stderr,
        "Merge will copy files from the following run to the current directory:
  [...]  op  ...  completed
Files:
  made
Skipped:
  data/in.txt  unchanged
  guild.yml    unchanged
  one.txt      unchanged
  op.py        unchanged",
    );
}

#[test]
fn files_are_only_replaced_on_request() {
    let project = project();
    project.write("op.py", "x = 2\n");
    fs::remove_file(project.path("one.txt")).unwrap();
    let refused = "guild: files in the current directory would be replaced:
  op.py
Use --replace to skip this check.\n";
    for line in ["merge", "merge -y", "merge --preview", "merge --no-replace"] {
        let out = project.guild(line).fails(1);
        assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", refused));
    }
    let out = project.guild("merge --replace").input("\n").fails(4);
    assert_like(
        &out.stderr,
        "You are about to copy files from the following run to the current directory:
  [...]  op  ...  completed
Files:
  one.txt
  op.py
Of these, the following are there already and will be replaced:
  op.py
3 files will not be copied (use --preview to show the full list)
Continue? (y/N) ",
    );
    assert_eq!(fs::read_to_string(project.path("op.py")).unwrap(), "x = 2\n");
    let out = project.guild("merge --replace").input("y\n").succeeds();
    assert!(out.stderr.ends_with("Copying one.txt\nCopying op.py\n"), "{out:?}");
    assert_eq!(fs::read_to_string(project.path("op.py")).unwrap(), "x = 1\n");
    assert_eq!(fs::read_to_string(project.path("one.txt")).unwrap(), "one\n");
}

#[test]
fn what_git_has_can_be_replaced() {
    let project = project();
    git(&project.dir(), "init -q");
    fs::write(project.path(".gitignore"), "data\n").unwrap();
    project.write("op.py", "x = 2\n");
    let unstaged = "guild: files in the current directory have unstaged changes:
  op.py
Stage or stash these changes or use --replace to skip this check.\n";
    assert_eq!(project.guild("merge -y").fails(1).stderr, unstaged, "a new file");
    git(&project.dir(), "add .");
    let refused = project.guild("merge -y --no-replace").fails(1).stderr;
    assert!(refused.contains("would be replaced:\n  op.py\n"), "{refused}");
    assert_eq!(project.guild("merge -y").succeeds().stderr, "Copying op.py\n");
    git(&project.dir(), "commit -qam first");
    project.write("op.py", "x = 3\n");
    assert_eq!(project.guild("merge -y").fails(1).stderr, unstaged);
    project.write("data/in.txt", "ignored\n");
    let refused = project.guild("merge -y").fails(1).stderr;
    assert!(refused.contains("would be replaced:\n  data/in.txt\n  op.py\n"), "{refused}");
}

#[test]
fn which_files_go_to_another_folder() {
    let project = project();
    for (options, copied) in [
        ("", "data/in.txt guild.yml one.txt op.py"),
        ("-s", "guild.yml op.py"),
        ("-S", "data/in.txt one.txt"),
        ("-D -x *.yml", "op.py"),
        ("-a -D --skip-sourcecode", "made"),
        ("-a -x *.txt -x op*", "guild.yml made"),
    ] {
        let out = project.guild(&format!("merge 1 -y -t new {options}")).succeeds().stderr;
        let told: Vec<&str> = out.lines().filter_map(|l| l.strip_prefix("Copying ")).collect();
        assert_eq!(told.join(" "), copied, "{options}");
        for path in told {
            let kept = fs::read(project.run().join(path)).unwrap();
            assert_eq!(fs::read(project.path("new").join(path)).unwrap(), kept, "{path}");
        }
        fs::remove_dir_all(project.path("new")).unwrap();
    }
    let out = project.guild("merge -t new").input("n\n").fails(4).stderr;
    assert!(out.contains("from the following run to 'new':\n"), "{out}");
    assert!(!project.path("new").exists());
}

#[test]
fn the_wrong_place_is_refused() {
    let project = project();
    fs::create_dir(project.path("other")).unwrap();
    let out = project.guild("merge").current_dir(project.path("other")).fails(1);
    assert_like(
        &out.stderr,
        "guild: run ... was created from a different project (~/project) - cannot merge to the \
         current directory by default
Use '--target-dir .' to override this check or try 'guild merge --help' for more information.",
    );
    let opref = project.run().join(".guild/opref");
    for (reference, message) in [
        ("func:x '' '' f", " does not originate from a project - cannot merge"),
        ("guildfile:gone/guild.yml '' '' f", "guild: unexpected missing project directory for run"),
    ] {
        fs::write(&opref, reference).unwrap();
        let out = project.guild("runs merge").fails(1).stderr;
        assert!(out.contains(message), "{out}");
    }
    fs::remove_file(project.run().join(".guild/manifest")).unwrap();
    let out = project.guild("merge -t .").fails(1).stderr;
    assert!(out.starts_with("guild: run manifest does not exist for run "), "{out}");
    let out = project.guild("merge 1 2").fails(2).stderr;
    assert!(out.starts_with("guild: unexpected extra argument '2'\n"), "{out}");
    let out = project.guild("merge --replace --no-replace").fails(1).stderr;
    assert!(out.starts_with("guild: --replace and --no-replace cannot both be"), "{out}");
}

/// A run of ours is merged by both to the same end, and each says the same.
#[test]
fn as_guild_ai_does() {
    let Some(oracle) = oracle() else { return };
    let project = project();
    project.write("op.py", "x = 2\n");
    let both = |line: &str| {
        let [ours, theirs] = [project.guild(line), project.guild(line).program(&oracle)]
            .map(|guild| guild.input("").outcome());
        let said = |o: &Outcome| (o.code, o.stdout.clone(), o.stderr.clone());
        assert_eq!(said(&ours), said(&theirs), "{line}");
    };
    both("merge --preview --replace");
    both("merge --preview -t new --all -x *.txt");
    both("merge -y --no-replace");
    both("merge -s --skip-sourcecode");
    both("runs merge --preview -t . -D");
    git(&project.dir(), "init -q");
    both("merge -y");
    git(&project.dir(), "add .");
    both("merge --preview");
}

#[test]
fn a_summary_of_the_run_is_written_where_it_is_asked_for() {
    let project = project();
    let id = project.run().file_name().unwrap().to_str().unwrap().to_string();
    project.guild("merge -y --summary-name out/${run_id}.json --no-summary").succeeds();
    assert!(!project.path("out").exists());
    let out = project.guild("merge -y --summary-name out/${run_id}.json").succeeds();
    assert_eq!(out.stderr, format!("Copying out/{id}.json\n"));
    let text = fs::read_to_string(project.path(&format!("out/{id}.json"))).unwrap();
    assert_eq!(text, project.guild("runs info --json").succeeds().stdout);
    // It replaces no more than other files do.
    let out = project.guild("merge -y --summary-name one.txt").fails(1);
    assert!(
        out.stderr
            .starts_with("guild: files in the current directory would be replaced:\n  one.txt")
    );
    assert_eq!(fs::read_to_string(project.path("one.txt")).unwrap(), "one\n");
    project.guild("merge -y --summary-name one.txt --replace").succeeds();
    assert!(fs::read_to_string(project.path("one.txt")).unwrap().contains(&id));
    let out = project.guild("merge -y --summary-name ../x").fails(1);
    assert!(
        out.stderr.starts_with("guild: cannot write the run summary to '../x'"),
        "{}",
        out.stderr
    );
    let out = project.guild("api merge --preview --replace --summary-name new.json").succeeds();
    assert!(out.stdout.contains(r#""targetPath": "new.json""#), "{}", out.stdout);
}
