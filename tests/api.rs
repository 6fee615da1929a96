//! `guild api`: JSON for programs.

use serde_json::Value;

use crate::harness::{Project, oracle};

const GUILD_FILE: &str = "\
op:
  description: |
    One line
    two lines
  main: s
  flags:
    lr:
      default: 0.1
      choices: [0.1, {value: 0.2, description: two, alias: t}]
    name: {type: string, required: yes, default: 'a b'}
  requires:
    - file: data
use:
  exec: 'true'
  requires:
    - operation: op
      select: made
      target-type: link
_private:
  exec: 'false'
";

fn project() -> Project {
    let project = Project::with(&[
        ("guild.yml", GUILD_FILE),
        ("s.py", "lr = 1\nname = ''\nprint('loss: 0.5')\nopen('made', 'w').write('hi')\n"),
        ("data", "d\n"),
    ]);
    project.guild("run op -y --tag t1").succeeds();
    project.guild("run use -y").succeeds();
    project.guild("run op lr=[0.1,0.2] -y --keep-batch").succeeds();
    project
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in {text}"))
}

#[test]
fn runs_with_all_there_is() {
    let project = project();
    let runs = json(&project.guild("api runs").succeeds().stdout);
    assert_eq!(runs.as_array().unwrap().len(), 4, "without the batch");
    let first = &runs[3];
    assert_eq!(first["id"], project.runs()[0].file_name().unwrap().to_str().unwrap());
    assert_eq!(first["flags"]["name"], "a b");
    assert_eq!(first["tags"][0], "t1");
    assert_eq!(first["scalars"][0]["lastVal"], 0.5);
    assert_eq!(first["sourcecode"]["files"], serde_json::json!(["guild.yml", "s.py"]));
    assert_eq!(first["files"][3]["path"], "s.py");
    assert_eq!(first["opRef"]["opName"], "op");
    assert_eq!(first["projectDir"], project.dir().canonicalize().unwrap().to_str().unwrap());
    let files = runs[2]["files"].as_array().unwrap();
    let linked = files.iter().find(|file| file["path"] == "made").unwrap();
    assert_eq!((&linked["path"], &linked["operation"]), (&"made".into(), &"op".into()));
    assert_eq!(linked["run"], first["shortId"]);
    let all = project.guild("api runs --include-batch -f").succeeds().stdout;
    assert_eq!(json(&all).as_array().unwrap().len(), 5);
    project.guild("runs rm -y 1").succeeds();
    let deleted = json(&project.guild("api runs -d").succeeds().stdout);
    assert_eq!(deleted[0]["id"], runs[0]["id"]);
    project.guild("api runs -v 1").fails(2);
}

#[test]
fn a_merge_is_told_in_full() {
    let project = project();
    let first = project.runs()[0].file_name().unwrap().to_str().unwrap().to_string();
    let merge = |options: &str| {
        json(&project.guild(&format!("api merge {first} {options}")).succeeds().stdout)
    };
    assert_eq!(merge("-y")["resp"], "nothing-to-copy");
    project.write("s.py", "changed");
    let refused = merge("-p");
    assert_eq!(
        (&refused["resp"], &refused["paths"][0]),
        (&"replacement-paths".into(), &"s.py".into())
    );
    let done = merge("-y --replace");
    assert_eq!((&done["resp"], &done["copied"][0]), (&"ok".into(), &"s.py".into()));
    let out = project.guild("api merge").fails(1).stderr;
    assert!(out.starts_with("guild: --yes must be specified for this command when --preview"));
    let out = project.guild("api merge -y zz").fails(1).stderr;
    assert!(out.contains("could not find a run matching 'zz'"), "{out}");
}

#[test]
fn without_runs_or_operations_lists_are_empty() {
    let project = Project::new();
    for line in ["api runs", "api compare", "api ops -f"] {
        assert_eq!(project.guild(line).succeeds().stdout, "[]\n", "{line}");
    }
    let out = project.guild("api help-op nope").fails(1).stderr;
    assert!(out.starts_with("guild: cannot find operation nope\n"), "{out}");
}

/// Both say the same of the same runs and the same project.
#[test]
fn as_guild_ai_does() {
    let Some(oracle) = oracle() else { return };
    let project = project();
    let first = project.runs()[0].file_name().unwrap().to_str().unwrap().to_string();
    for line in [
        "api runs --include-batch",
        "api runs -f",
        "api compare",
        "api compare -f --include-batch",
        "api ops",
        "api help-op s.py",
        "api help-op -f op",
        &format!("api merge -p {first}"),
        &format!("api merge -p -f -a -t new {first}"),
    ] {
        let ours = project.guild(line).succeeds().stdout;
        let theirs = project.guild(line).program(&oracle).succeeds().stdout;
        assert!(json(&ours) == json(&theirs), "{line}\n{ours}\n{theirs}");
        if !line.contains("runs") {
            assert_eq!(ours, theirs, "{line}");
        }
    }
}
