//! `guild compare`: tables and comma separated values, columns and their order.

use std::fs;

use crate::harness::{Project, oracle};

const SCRIPT: &str = "lr = 0.1
name = 'a, b'
deep = True
nothing = None
print('step: 1\\nloss: 0.5\\nx/acc: 0.25\\nsys/mem: 7')
print('step: 2\\nloss: %f\\nx/acc: 0.125' % lr)
print('step: 3\\nloss: 0.75')
";

/// Three runs with flags, scalars of two folders and attributes, and one without anything.
fn four_runs() -> Project {
    let project = Project::with(&[("s.py", SCRIPT), ("e.py", "raise SystemExit(2)\n")]);
    project.guild("run s.py -y lr=0.015625 --label third --tag t1 --tag t2").succeeds();
    project.guild("run s.py -y lr=10 name=other").succeeds();
    project.guild("run s.py -y lr=9 deep=no").succeeds();
    project.guild("run e.py -y").fails(2);
    let first = project.runs().remove(0);
    fs::create_dir(first.join("sub")).unwrap();
    for entry in fs::read_dir(first.join(".guild")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains(".tfevents.") {
            fs::copy(&path, first.join("sub").join(path.file_name().unwrap())).unwrap();
        }
    }
    fs::write(first.join(".guild/attrs/marked"), "true\n").unwrap();
    fs::write(first.join(".guild/attrs/odd"), "say \"hi\", you\n").unwrap();
    project
}

fn csv(project: &Project, options: &str) -> Vec<String> {
    let out = project.guild(&format!("compare --csv - {options}")).succeeds().stdout;
    out.lines().map(String::from).collect()
}

#[test]
fn columns_and_rows() {
    let project = four_runs();
    let header = &csv(&project, "")[0];
    assert_eq!(
        header,
        "run,operation,started,time,status,label,deep,lr,name,nothing,step,loss,x/acc"
    );
    assert!(csv(&project, "-s")[0].ends_with("step,loss,sys/mem,x/acc"));
    assert!(
        csv(&project, "-e")[0].starts_with("run,operation,started,time,status,label,sourcecode")
    );
    assert_eq!(csv(&project, "-rp")[0], "run");
    let empty = project.guild_args(&["compare", "--csv", "-", "-cc", ""]).succeeds().stdout;
    assert_eq!(empty.lines().next(), Some(header.as_str()));
    let cells = |options: &str| {
        let lines = csv(&project, options);
        lines.iter().skip(1).map(|l| l.split_once(',').unwrap().1.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(cells("-cc =lr"), ["", "9", "10", "0.015625"]);
    assert_eq!(cells("-cc =lr --min lr"), ["0.015625", "9", "10", ""]);
    assert_eq!(cells("-cc =lr --max lr -n 2"), ["10", "9"]);
    assert_eq!(cells("-cc =lr --top 1 3"), ["10"]);
    assert_eq!(cells("-cc loss -Fl third"), ["0.75"]);
    let out = project.guild_args(&["compare", "-u", "--csv", "-", "-rp", "-c", "loss as a, =name"]);
    assert!(out.succeeds().stdout.starts_with("run,a,name\n"));
    let out = project.guild("compare --csv out/c.csv").succeeds();
    assert_eq!(out.stderr, "Wrote 4 row(s) to out/c.csv\n");
    assert_eq!(fs::read_to_string(project.path("out/c.csv")).unwrap().lines().count(), 5);
}

#[test]
fn without_runs_there_is_nothing() {
    let project = Project::new();
    assert_eq!(project.guild("compare --csv -").succeeds().stdout, "");
    assert_eq!(project.guild("compare --table").succeeds().stdout, "");
    let out = project.guild("compare --csv none.csv").succeeds();
    assert_eq!(out.stderr, "Wrote 0 row(s) to none.csv\n");
}

#[test]
fn mistakes_are_explained() {
    let project = four_runs();
    let error = |line: &str| project.guild(line).fails(1).stderr;
    assert!(error("compare -t --csv -").contains("--table and --csv cannot both be specified"));
    assert!(error("compare -c a -cc b").contains("--cols cannot be used with --strict-cols"));
    assert!(error("compare 999999").contains("could not find a run matching '999999'"));
    project.guild("compare -n 0").fails(2);
    let out = project.guild_args(&["compare", "--csv", "-", "-rp", "-c", "min a as"]).succeeds();
    assert!(out.stderr.starts_with("WARNING: error parsing 'min a as': "), "{}", out.stderr);
    assert_eq!(out.stdout.lines().next(), Some("run"));
}

/// A flag that is no number is shown, as in 0.9.0, and never the greatest or the least; times are
/// sorted by how long they are.
#[test]
fn no_numbers_and_durations() {
    let project = Project::with(&[("a.py", "x = 1.0\n")]);
    for (x, hours) in [(".nan", 2), ("7.0", 10), ("8.0", 1)] {
        project.guild(&format!("run a.py x={x} -y")).succeeds();
        let id = project.guild("select").succeeds().stdout;
        let attrs = project.home().join("runs").join(id.trim()).join(".guild/attrs");
        let started: u64 =
            fs::read_to_string(attrs.join("started")).unwrap().trim().parse().unwrap();
        fs::write(attrs.join("stopped"), (started + hours * 3_600_000_000).to_string()).unwrap();
    }
    let rows = |sort: &str| {
        let line = format!("compare --csv - --strict-cols =x,.time {sort}");
        let out = project.guild(&line).succeeds().stdout;
        let cells = out.lines().skip(1).map(|line| line.split_once(',').unwrap().1.to_string());
        cells.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(rows("--max x"), "8.0,1:00:00 7.0,10:00:00 nan,2:00:00");
    assert_eq!(rows("--min x"), "7.0,10:00:00 8.0,1:00:00 nan,2:00:00");
    assert_eq!(rows("--max time"), "7.0,10:00:00 nan,2:00:00 8.0,1:00:00");
}

#[test]
fn what_the_guild_file_compares() {
    let project = Project::with(&[
        ("s.py", SCRIPT),
        ("guild.yml", "t:\n  main: s\n  compare:\n    - =lr\n    - min loss as best, 'x/acc'\n"),
    ]);
    project.guild("run t -y").succeeds();
    assert!(csv(&project, "")[0].ends_with(",label,lr,best,x/acc"));
    assert!(csv(&project, "-p")[0].ends_with(",label"));
    project.write("guild.yml", "t:\n  main: s\n  compare: =name\n");
    assert!(csv(&project, "")[0].ends_with(",label,name"), "the file as it is now");
}

/// Specs of every form for every kind of thing, each named for its place.
fn specs() -> Vec<String> {
    let mut specs = Vec::new();
    let keys = ["loss", "x/acc", "sys/mem", "none", "sub#loss", "SUB#x/acc", "su#loss", "#loss"];
    for key in keys {
        for qualifier in ["", "min ", "max ", "first ", "last ", "avg ", "total ", "count "] {
            for key in [key.to_string(), format!("'{key}'"), format!("\"{key}\"")] {
                specs.push(format!("{qualifier}{key}"));
                // 0.9.0 breaks down over the step of a mean.
                if !["avg ", "total ", "count "].contains(&qualifier) {
                    specs.push(format!("{qualifier}{key} step"));
                }
            }
        }
        specs.push(format!("scalar:{key}"));
    }
    for flag in ["lr", "name", "deep", "nothing", "none"] {
        specs.extend([format!("={flag}"), format!("flag:{flag}")]);
    }
    for attr in [
        "run",
        "id",
        "short_id",
        "operation",
        "op",
        "model",
        "from",
        "started",
        "stopped",
        "status",
        "time",
        "label",
        "tags",
        "sourcecode",
        "sourcecode_digest",
        "exit_status",
        "marked",
        "odd",
        "flags",
        "cmd",
        "none",
    ] {
        specs.extend([format!(".{attr}"), format!("attr:{attr}")]);
    }
    specs.iter().enumerate().map(|(i, spec)| format!("{spec} as c{i}")).collect()
}

#[test]
fn hundreds_of_columns_as_guild_ai_shows_them() {
    let Some(oracle) = oracle() else { return };
    let project = four_runs();
    let specs = specs();
    assert!(specs.len() > 300, "{}", specs.len());
    let columns = specs.join(", ");
    let args = ["compare", "--csv", "-", "-cc", &columns];
    let ours = project.guild_args(&args).succeeds().stdout;
    let theirs = project.guild_args(&args).program(&oracle).succeeds().stdout;
    let rows = |text: &str| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(Result::unwrap).collect::<Vec<_>>()
    };
    for (ours, theirs) in rows(&ours).iter().zip(rows(&theirs)) {
        for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate().skip(1) {
            assert_eq!(ours, theirs, "{}", specs[i - 1]);
        }
    }
    assert_eq!(ours, theirs);
}

#[test]
fn tables_as_guild_ai_shows_them() {
    let Some(oracle) = oracle() else { return };
    let project = four_runs();
    for line in [
        "compare -t",
        "compare -t -se --min loss",
        "compare --csv - --max lr",
        "compare -tu",
        "compare -t -c none,=lr -n 2 -r",
        "compare --csv - -s -Sc",
        "compare --print-scalars",
        "compare --csv - --min name 2:",
        "compare --csv - -c min -rp",
    ] {
        let ours = project.guild(line).succeeds();
        let theirs = project.guild(line).program(&oracle).succeeds();
        let trimmed =
            |text: &str| text.lines().map(|l| l.trim_end().to_string()).collect::<Vec<_>>();
        assert_eq!(trimmed(&ours.stdout), trimmed(&theirs.stdout), "{line}");
        assert_eq!(ours.stderr, theirs.stderr, "{line}");
    }
}
