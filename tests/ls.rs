//! `guild ls`.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Project, oracle};

/// A run with source code, a dependency, generated files and links.
fn project_with_run() -> Project {
    let project = Project::with(&[("a.py", "open('out-10', 'w'); open('out-9', 'w')\n")]);
    project.guild("run a.py -y").succeeds();
    let run = project.run();
    fs::create_dir_all(run.join("data/deep")).unwrap();
    fs::write(run.join("data/deep/x.csv"), "1").unwrap();
    fs::write(run.join("data/.hidden"), "1").unwrap();
    fs::create_dir_all(run.join("made")).unwrap();
    fs::write(run.join("made/b"), "").unwrap();
    let outside = project.dir().parent().unwrap().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("far"), "").unwrap();
    symlink(&outside, run.join("link")).unwrap();
    symlink("nowhere", run.join("dangling")).unwrap();
    let manifest = run.join(".guild/manifest");
    let mut lines = fs::read_to_string(&manifest).unwrap();
    lines += "d data - file:data\n";
    fs::write(manifest, lines).unwrap();
    project
}

#[test]
fn files_are_listed() {
    let project = project_with_run();
    let out = project.guild("ls").succeeds().stdout;
    let (header, rest) = out.split_once('\n').unwrap();
    let dir = format!("~/home/runs/{}:", project.run().file_name().unwrap().to_str().unwrap());
    assert_eq!(header, dir);
    assert_eq!(
        rest,
        "  a.py\n  dangling\n  data/\n  data/deep/\n  data/deep/x.csv\n  link/\n  made/\n  \
         made/b\n  out-9\n  out-10\n"
    );
    let listed = |line: &str| project.guild(line).succeeds().stdout;
    assert_eq!(listed("ls -ns"), "a.py\n");
    assert_eq!(listed("ls -nd"), "data/\ndata/.hidden\ndata/deep/x.csv\n");
    assert_eq!(listed("ls -np made"), "made/\nmade/b\n");
    assert_eq!(listed("ls -n -p out*"), "out-9\nout-10\n");
    assert!(listed("ls -nL").contains("link/far\n"));
    assert!(listed("ls -na").contains(".guild/attrs/id\n"));
    let full = listed("ls -f -p a.py");
    assert_eq!(full.trim_end(), project.run().join("a.py").to_str().unwrap());
}

#[test]
fn mistakes_are_explained() {
    let project = Project::with(&[("a.py", "")]);
    let out = project.guild("ls").fails(1);
    assert_eq!(out.stderr, "guild: no matching runs\n");
    project.guild("run a.py -y").succeeds();
    let out = project.guild("ls -p /etc").fails(1);
    assert_eq!(
        out.stderr,
        "guild: PATH must be relative\nTry 'guild ls --help' for more information.\n"
    );
    let out = project.guild("ls seven").fails(1);
    assert!(out.stderr.starts_with("guild: could not find a run matching 'seven'\n"), "{out:?}");
}

#[test]
fn a_link_to_its_own_folder_ends() {
    let project = Project::with(&[("a.py", "")]);
    project.guild("run a.py -y").succeeds();
    symlink(".", project.run().join("self")).unwrap();
    assert_eq!(project.guild("ls -nL").succeeds().stdout, "a.py\nself/\n");
}

#[test]
fn a_run_without_manifest_has_generated_files_only() {
    let project = Project::with(&[("a.py", "")]);
    project.guild("run a.py -y").succeeds();
    fs::remove_file(project.run().join(".guild/manifest")).unwrap();
    assert_eq!(project.guild("ls -ns").succeeds().stdout, "");
    assert_eq!(project.guild("ls -ng").succeeds().stdout, "a.py\n");
}

#[test]
fn sizes_are_shown_where_they_are_asked_for() {
    let project = Project::with(&[("a.py", "open('big', 'w').write('x' * 2048)\nprint(1)\n")]);
    project.guild("run a.py -y").succeeds();
    let expected = "    44  a.py\n  2.0K  big\n";
    assert_eq!(project.guild("ls -nh").succeeds().stdout, expected);
    assert!(project.guild("ls --human-readable").succeeds().stdout.contains("    2.0K  big\n"));
    assert!(
        project.guild("ls -nha -p .guild").succeeds().stdout.contains("        .guild/attrs/\n")
    );
}

#[test]
fn as_guild_ai_lists_them() {
    let Some(oracle) = oracle() else { return };
    let project = project_with_run();
    let lines = [
        "ls",
        "ls -a",
        "ls -sdg",
        "ls -Lg",
        "ls -nLd",
        "ls -p data/deep -a",
        "ls -fp .guild",
        "ls -ap *.py",
        "ls -p .g*/attrs",
        "ls -sp a*",
        "ls -gp made",
    ];
    for line in lines {
        let (ours, theirs) = (project.guild(line), project.guild(line).program(&oracle));
        let (ours, theirs) = (ours.succeeds(), theirs.succeeds());
        assert_eq!(ours.stdout, theirs.stdout, "{line}");
    }
}
