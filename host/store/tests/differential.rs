//! Guild AI 0.9.0 and this store, side by side: each reads what the other wrote.
//!
//! Needs Guild AI 0.9.0 in `~/.cache/guild-oracle`, or where `GUILD_ORACLE_BIN` names its `guild`;
//! skipped with a message where there is none.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "clippy takes the helpers of a test for something else than a test"
)]

mod oracle;

use std::fs;
use std::path::{Path, PathBuf};

use guild_plugin_api::Value;
use guild_store::format::Details;
use guild_store::format::info::{self, Scalar, ScalarValues};
use guild_store::format::list::{self, Columns, Limit};
use guild_store::format::table::Screen;
use guild_store::{Filters, OpRef, Run, Status, home};
use oracle::world::World;

const TRAIN: &str = "x = 1\nname = 'a b'\non = True\nprint('loss: %f' % (x / 3))\n";

const GUILD_FILE: &str = "
- model: m
  operations:
    train:
      main: train
      flags: {lr: 1.0e-05, layers: '1 2', extra: null}
      requires:
        - file: data.txt
          name: data
";

/// `guild runs info --all-scalars`. The order of its values in JSON is the caller's business.
fn compare_all_scalars(world: &mut World, run: &Run, cwd: &Path) {
    let json = world.oracle.out(cwd, &["runs", "info", run.id(), "--json", "-s"]);
    let data = guild_yaml::decode(&json).unwrap();
    let last = data.get("scalars").and_then(|s| s.get("loss")).and_then(|s| s.get("last"));
    let Some([Value::Float(value), Value::Int(step)]) = last.and_then(Value::as_list) else {
        panic!("no scalar: {data:?}");
    };
    // The run has one value, so that all of them are that.
    let steps = ["first", "last", "min", "max"].map(|name| (name, *value, *step));
    let counts = ["avg", "total"].map(|name| (name, *value, 1));
    let values = ScalarValues::All(steps.into_iter().chain(counts).collect());
    let scalars = [Scalar { key: "loss".into(), values }];
    let (options, ctx) = (info::Options::default(), world.ctx(cwd));
    assert_eq!(info::to_json(run, &scalars, options, &ctx) + "\n", json);
    let theirs = world.oracle.out(cwd, &["runs", "info", run.id(), "-s"]);
    assert_eq!(info::text(run, &scalars, options, &ctx), theirs);
}

/// Runs of all kinds, made by the oracle; returns the project that most are from.
fn make_runs(world: &mut World) -> PathBuf {
    let project = world.project(
        "projects/one",
        &[
            ("ok.py", TRAIN),
            ("error.py", "raise ValueError('no')\n"),
            ("exit.py", "import sys\nsys.exit(3)\n"),
            ("killed.py", "import os\nos.kill(os.getpid(), 15)\n"),
        ],
    );
    let other = world.project(
        "projects/with-a-long-name/and a blank",
        &[("guild.yml", GUILD_FILE), ("train.py", TRAIN), ("data.txt", "1\n")],
    );
    world.run(&project, &["ok.py", "--label", "it's: a label", "-t", "red", "-t", "green"]);
    world.run(&project, &["error.py"]);
    world.run(&project, &["exit.py"]);
    world.run(&project, &["killed.py"]);
    world.run(&other, &["m:train", "lr=0.1"]);
    world.run(&project, &["ok.py", "x=[1,2]", "--keep-batch"]);
    world.run(&project, &["ok.py", "--stage", "x=7"]);
    for args in [
        &["comment", "-y", "1", "-a", "one line"][..],
        &["comment", "-y", "1", "-a", "First line\n\n  Second: 'line'\nthird", "-u", "bob@box"],
        &["mark", "-y", "2"],
        &["mark", "-y", "3:4"],
        &["tag", "-y", "3", "-a", "blue"],
        &["label", "-y", "4", "-c"],
    ] {
        world.oracle.out(&project, args);
    }
    let runs = world.store.runs().unwrap();
    // What no command of the oracle makes in a moment: a run that runs, one that is pending, and
    // attributes that Guild does not know.
    let pid = world.living_pid();
    runs[4].lock(pid).unwrap();
    runs[4].del_attr("exit_status").unwrap();
    runs[5].set_pending().unwrap();
    fs::write(runs[6].guild_path("LOCK"), "999999999").unwrap();
    runs[6].del_attr("exit_status").unwrap();
    for (name, text) in [
        ("my-list", "[1, a b, 1.5, true, null, [2, 3]]"),
        ("my-map", "{b: 1, a: {c: d}, e: 1e-7}"),
        ("my-text", "'yes'"),
        ("my-number", "0.1"),
        ("_private", "secret"),
    ] {
        runs[0].set_attr_text(name, text).unwrap();
    }
    project
}

#[test]
fn the_oracles_runs() {
    let Some(mut world) = World::new() else { return };
    let project = make_runs(&mut world);
    assert_eq!(world.store.runs().unwrap().len(), 9);
    world.compare(&project);
    for cwd in [world.user.clone(), "/".into(), world.user.join("projects")] {
        let runs = world.store.runs().unwrap();
        let ours = list::text(&runs, Columns::Full, false, Screen::default(), &world.ctx(&cwd));
        assert_eq!(ours, world.oracle.out(&cwd, &["runs"]));
    }

    for specs in [
        &["1"][..],
        &["9"],
        &["10"],
        &["0"],
        &["2:4"],
        &[":2", "1"],
        &["8:"],
        &["9:12"],
        &[":"],
        &["3:2", "1"],
        &["no-such-run"],
        &[""],
    ] {
        world.compare_selection(specs, &[], Filters::default());
    }
    let ids: Vec<String> = world.store.runs().unwrap().iter().map(|r| r.id().into()).collect();
    world.compare_selection(&[&ids[3]], &[], Filters::default());
    world.compare_selection(&[&ids[8][..7], &ids[0][..9]], &[], Filters::default());

    let strings = |texts: &[&str]| texts.iter().map(|t| t.to_string()).collect::<Vec<_>>();
    let none = Filters::default;
    for (options, filters) in [
        (&["-Fo", "ok.py"][..], Filters { operations: strings(&["ok.py"]), ..none() }),
        (&["-Fo", "ok.py+"], Filters { operations: strings(&["ok.py+"]), ..none() }),
        (&["-Fo", "train"], Filters { operations: strings(&["train"]), ..none() }),
        (&["-Fo", "e*", "-Fo", "m:*"], Filters { operations: strings(&["e*", "m:*"]), ..none() }),
        (&["-Fo", "^(?!ok)"], Filters { operations: strings(&["^(?!ok)"]), ..none() }),
        (&["-Fl", "a label"], Filters { labels: strings(&["a label"]), ..none() }),
        (&["-Fl", "-"], Filters { labels: strings(&["-"]), ..none() }),
        (&["-Fu"], Filters { unlabeled: true, ..none() }),
        (&["-Ft", "red", "-Ft", "blue"], Filters { tags: strings(&["red", "blue"]), ..none() }),
        (&["-Fc", "SECOND"], Filters { comments: strings(&["SECOND"]), ..none() }),
        (&["-Fc", "box"], Filters { comments: strings(&["box"]), ..none() }),
        (&["-Fc", "-"], Filters { comments: strings(&["-"]), ..none() }),
        (&["-Fm"], Filters { marked: true, ..none() }),
        (&["-Fn"], Filters { unmarked: true, ..none() }),
        (&["-Sc"], Filters { statuses: vec![Status::Completed], ..none() }),
        (
            &["-Srpst"],
            Filters {
                statuses: vec![
                    Status::Running,
                    Status::Pending,
                    Status::Staged,
                    Status::Terminated,
                ],
                ..none()
            },
        ),
        (&["--not-error"], Filters { not_statuses: vec![Status::Error], ..none() }),
    ] {
        world.compare_selection(&[":"], options, filters);
    }
    let digest = world.store.run(&ids[8]).attr("sourcecode_digest").unwrap().unwrap();
    let digest = digest.as_str().unwrap()[..6].to_string();
    world.compare_selection(
        &[":"],
        &["-Fd", &digest],
        Filters { digest: Some(digest.clone()), ..none() },
    );
    let finished = world.store.run(&ids[8]);
    compare_all_scalars(&mut world, &finished, &project);
    compare_details(&mut world, &project);
    compare_on_terminals(&mut world, &project);
    compare_deleting(&mut world, &project);
}

/// `guild select --attr`.
fn compare_details(world: &mut World, cwd: &Path) {
    let run = &world.store.runs().unwrap()[8];
    let details = Details::of(run, None, &world.ctx(cwd));
    for name in ["index", "num_index", "duration", "from", "pkg_name", "model", "short_index"] {
        let theirs = world.oracle.out(cwd, &["select", run.id(), "--attr", name]);
        assert_eq!(details.get(name).unwrap() + "\n", theirs, "{name}");
    }
}

/// The list on terminals, where rows are cut and folders are dimmed. Guild also counts what it does
/// not show where it cuts through a dimmed text, so only cuts in the label are compared.
fn compare_on_terminals(world: &mut World, cwd: &Path) {
    let runs = world.store.runs().unwrap();
    for width in [84, 200] {
        let theirs = world.oracle.guild_on_terminal(cwd, &["runs"], width).out;
        let screen = Screen { width: Some(width), styled: true };
        let ours = list::text(&runs, Columns::Full, false, screen, &world.ctx(cwd));
        assert_eq!(shown(&ours), shown(&theirs));
        let plain = Screen { styled: false, ..screen };
        let ours = list::text(&runs, Columns::Full, false, plain, &world.ctx(cwd));
        assert_eq!(ours, shown(&theirs).iter().map(|(c, _)| c).collect::<String>());
    }
}

/// The characters of a text on a terminal, and whether they are dimmed.
fn shown(text: &str) -> Vec<(char, bool)> {
    let mut chars = Vec::new();
    for (i, part) in text.split('\x1b').enumerate() {
        let (code, part) = if i == 0 { ("", part) } else { part.split_once('m').unwrap() };
        chars.extend(part.chars().map(|c| (c, code == "[2")));
    }
    chars
}

/// Where the Guild home is, for homes and environments of all kinds.
#[test]
fn the_home() {
    if oracle::python().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let base = fs::canonicalize(dir.path()).unwrap();
    for folder in ["ann/p/q", "ann/p/.guild", "venv/.guild", "conda", "out/side", ".guild"] {
        fs::create_dir_all(base.join(folder)).unwrap();
    }
    std::os::unix::fs::symlink(base.join("ann/p/q"), base.join("out/link")).unwrap();
    let at = |path: &str| base.join(path).display().to_string();
    for (cwd, vars) in [
        ("ann", &[][..]),
        ("ann/p", &[]),
        ("ann/p/q", &[]),
        ("out/side", &[]),
        ("out/link", &[]),
        ("ann/p", &[("GUILD_HOME", at("x/y"))]),
        ("ann/p", &[("VIRTUAL_ENV", at("venv"))]),
        ("ann/p", &[("VIRTUAL_ENV", at("venv")), ("CONDA_PREFIX", at("conda"))]),
        ("ann", &[("VIRTUAL_ENV", at("none"))]),
        ("ann/p", &[("GUILD_HOME_SCHEME", "pre-0.9".to_string())]),
        (
            "ann/p",
            &[
                ("GUILD_HOME_SCHEME", "pre-0.9".to_string()),
                ("CONDA_PREFIX", at("conda")),
                ("VIRTUAL_ENV", at("venv")),
            ],
        ),
    ] {
        let var = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        let env = home::Env {
            guild_home: var("GUILD_HOME").map(Into::into),
            scheme: var("GUILD_HOME_SCHEME"),
            conda_prefix: var("CONDA_PREFIX").map(Into::into),
            virtual_env: var("VIRTUAL_ENV").map(Into::into),
            user_home: base.join("ann"),
            process_dir: base.join(cwd),
        };
        // A process sees its directory without links.
        let physical = fs::canonicalize(base.join(cwd)).unwrap();
        let ours = home::find(None, &physical, &env);
        let theirs = oracle::python()
            .unwrap()
            .args(["-c", "from guild import config; print(config.guild_home(), end='')"])
            .current_dir(base.join(cwd))
            .env("HOME", base.join("ann"))
            .envs(vars.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        assert_eq!(ours.to_str(), std::str::from_utf8(&theirs.stdout).ok(), "{cwd} {vars:?}");
    }
}

/// What one side deletes, the other lists as deleted and restores.
fn compare_deleting(world: &mut World, cwd: &Path) {
    let runs = world.store.runs().unwrap();
    world.oracle.out(cwd, &["runs", "delete", "-y", "1"]);
    world.store.delete(&runs[1]).unwrap();
    let deleted = world.store.deleted_runs().unwrap();
    assert_eq!(deleted.iter().map(Run::id).collect::<Vec<_>>(), [runs[0].id(), runs[1].id()]);
    let ctx = world.ctx(cwd);
    let ours = list::text(&deleted, Columns::Full, false, Screen::default(), &ctx);
    assert_eq!(ours, world.oracle.out(cwd, &["runs", "list", "--deleted"]));
    world.store.restore(&deleted[0]).unwrap();
    world.oracle.out(cwd, &["runs", "restore", "-y", runs[1].id()]);
    assert_eq!(world.store.runs().unwrap(), runs);
}

/// Many runs: the limit and its note, and the order of runs without or with equal times.
#[test]
fn a_long_list() {
    let Some(mut world) = World::new() else { return };
    let cwd = world.user.clone();
    for i in 0..47 {
        let run = world.store.new_run().unwrap();
        run.write_opref(&OpRef::new("script", "/p", "", "", format!("{i}.py"))).unwrap();
        match i % 6 {
            0 => run.del_attr("initialized").unwrap(),
            1 => run.set_attr("started", &Value::Int(1_700_000_000_000_000)).unwrap(),
            2 => run.set_attr("started", &Value::Int(1_700_000_000_000_000 + i)).unwrap(),
            3 => run.set_attr_text("started", "").unwrap(),
            _ => run.set_started().unwrap(),
        }
    }
    let ctx = world.ctx(&cwd);
    let runs = world.store.runs().unwrap();
    for (args, limit) in [
        (&["runs"][..], Limit::default()),
        (&["runs", "-m"], Limit { more: 1, ..Limit::default() }),
        (&["runs", "-mm"], Limit { more: 2, ..Limit::default() }),
        (&["runs", "-n", "5"], Limit { limit: Some(5), ..Limit::default() }),
        (&["runs", "-a"], Limit { all: true, ..Limit::default() }),
    ] {
        let (count, note) = limit.apply(runs.len());
        let theirs = world.oracle.guild(&cwd, args);
        let ours = list::text(&runs[..count], Columns::Full, false, Screen::default(), &ctx);
        assert_eq!(ours, theirs.out, "{args:?}");
        assert_eq!(note.map_or_else(String::new, |n| n + "\n"), theirs.err, "{args:?}");
    }
}

/// Runs that this store writes are runs to the oracle.
#[test]
fn our_runs() {
    let Some(mut world) = World::new() else { return };
    let project = world.project("projects/it's", &[("a b.py", TRAIN)]);
    let guild_file = project.join("guild.yml").display().to_string();
    let folder = project.display().to_string();
    for opref in [
        OpRef::new("script", folder.as_str(), "", "", "a b.py"),
        OpRef::new("script", folder.as_str(), "", "", "sub/it's.py"),
        OpRef::new("guildfile", guild_file.as_str(), "0123456789abcdef", "m", "train"),
        OpRef::new("guildfile", guild_file.as_str(), "0123456789abcdef", "", "train"),
        OpRef::new("package", "gpkg.mnist", "0.5.1", "mnist", "train"),
        OpRef::new("builtin", "guildai", "0.9.0", "", "+"),
        OpRef::new("builtin", "guildai", "0.9.0", "skopt", "gp"),
        OpRef::new("func", "mod", "", "", "train"),
        OpRef::new("import", "/some/where/x", "", "", "imported"),
        OpRef::new("test", "t", "", "m", "check"),
        OpRef::new("pending", "p", "", "m", "soon"),
    ] {
        let run = world.store.new_run().unwrap();
        run.set_pending().unwrap();
        run.write_opref(&opref).unwrap();
        if opref.pkg_type == "builtin" {
            let proto = Run::at(run.guild_path("proto"));
            proto.init().unwrap();
            proto.write_opref(&OpRef::new("script", folder.as_str(), "", "", "a b.py")).unwrap();
            proto.set_attr("flags", &guild_yaml::decode("{x: [1, 2]}").unwrap()).unwrap();
        }
        write_attributes(&run, &opref.op_name);
        run.clear_pending().unwrap();
    }
    let runs = world.store.runs().unwrap();
    runs[0].set_staged().unwrap();
    runs[1].set_pending().unwrap();
    let pid = world.living_pid();
    runs[2].del_attr("exit_status").unwrap();
    runs[2].lock(pid).unwrap();
    fs::write(runs[3].guild_path("LOCK.remote"), "box").unwrap();
    world.compare(&project);
    world.compare_selection(&["1:3", runs[5].id(), &runs[6].id()[..9]], &[], Filters::default());
    world.compare_selection(
        &[":"],
        &["-Fo", "mnist:train"],
        Filters { operations: vec!["mnist:train".into()], ..Filters::default() },
    );
    // The oracle writes into them, too.
    world.oracle.out(&project, &["label", "-y", "6", "-s", "new label"]);
    world.oracle.out(&project, &["tag", "-y", "6", "-a", "t"]);
    let run = &world.store.runs().unwrap()[5];
    assert_eq!(run.attr("label").unwrap(), Some("new label".into()));
    assert_eq!(run.attr("tags").unwrap(), Some(vec!["red", "t"].into()));
}

fn write_attributes(run: &Run, name: &str) {
    let comment = "[{body: \"a\\nb: c\", user: ann, host: vm, time: 1700000000000000}, {}]";
    for (attr, yaml) in [
        ("cmd", "[python, -um, guild.op_main, 'a b', '', \"it's\", 1]"),
        (
            "flags",
            "{x: 1, lr: 1.0e-05, name: 'a: b', 'on': true, 'no': null, l: [1, 'a,b', 'yes']}",
        ),
        ("label", "'yes'"),
        ("tags", "[red]"),
        ("env", "{PATH: /bin, EMPTY: '', NUMBER: '5', Ü: ö}"),
        ("deps", "{data: {paths: [a, b], config: {x: 1}}}"),
        ("plugins", "[cpu, disk]"),
        ("comments", comment),
        ("op", "{op-cmd: {cmd-args: [a]}, sourcecode: {dest: '.'}, x: null, l: []}"),
        ("sourcecode_digest", "'1234567890'"),
        ("vcs_commit", "'git:0123*'"),
        ("own", "[a, {b: 1}]"),
    ] {
        run.set_attr(attr, &guild_yaml::decode(yaml).unwrap()).unwrap();
    }
    let mut manifest = guild_store::manifest::Writer::append(run).unwrap();
    for file in ["b", "a b", "it's"] {
        use guild_store::manifest::Entry;
        manifest.write(&Entry::sourcecode(file, "0123", file)).unwrap();
        manifest.write(&Entry::dependency(&format!("d/{file}"), None, &["file:x"])).unwrap();
    }
    run.set_started().unwrap();
    run.lock(1).unwrap();
    run.finish(if name.contains('t') { 1 } else { -15 }).unwrap();
}
