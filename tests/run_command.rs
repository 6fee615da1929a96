//! `guild run`: the prompt, what it prints, and what a run's folder holds.

use std::fs;

use crate::harness::{Project, assert_like};

const PROMPT: &str = "You are about to run simple.py
  layers: 32
  name: foo
  noise: 3
  skip_connections: yes
Continue? (Y/n) ";

#[test]
fn the_user_is_asked() {
    let project = Project::sample("python-script");
    let out = project.guild("run simple.py").input("n\n").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", PROMPT));
    assert!(project.runs().is_empty());
    let out = project.guild("run simple.py").input("").fails(1);
    assert_eq!(out.stderr.trim_end(), PROMPT.trim_end());
    assert!(project.runs().is_empty());
    project.guild("run simple.py").input("\n").succeeds();
    project.guild("run simple.py").input("yes\n").succeeds();
    assert_eq!(project.runs().len(), 2);
}

#[test]
fn print_cmd_prints_the_command_and_runs_nothing() {
    let project = Project::sample("python-script");
    let out = project.guild_args(&["run", "simple.py", "--print-cmd", "name=it's"]).succeeds();
    assert_like(
        &out.stdout,
        "... -um guild.op_main simple --layers 32 --name 'it'\"'\"'s' --noise 3 --skip_connections true",
    );
    assert!(!project.home().join("runs").exists());
}

#[test]
fn print_env_prints_what_the_run_adds() {
    let project = Project::sample("python-script");
    let out = project.guild("run simple.py --print-env").succeeds().stdout;
    for line in ["FLAGS_DEST=globals", "FLAG_LAYERS=32", "FLAG_SKIP_CONNECTIONS=1"] {
        assert!(out.lines().any(|l| l == line), "{out}");
    }
    assert!(out.lines().any(|l| l.starts_with("PYTHONPATH=.:")), "{out}");
}

#[test]
fn a_run_directory_holds_what_guild_ai_writes() {
    let project = Project::sample("python-script");
    project.guild("run simple.py -y noise=4").succeeds();
    let run = project.run();
    let mut files = Vec::new();
    let mut folders = vec![run.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(&run).unwrap().to_str().unwrap().to_string());
            }
        }
    }
    files.sort();
    let attrs = "cmd deps env exit_status flags host id initialized label op pip_freeze platform \
                 plugins random_seed run_params sourcecode_digest started stopped user user_flags";
    let mut expected: Vec<String> =
        attrs.split_whitespace().map(|a| format!(".guild/attrs/{a}")).collect();
    for file in ["manifest", "opref", "output", "output.index"] {
        expected.push(format!(".guild/{file}"));
    }
    expected.extend(["empty.py".into(), "simple.py".into()]);
    expected.sort();
    assert_eq!(files, expected);

    let id = run.file_name().unwrap().to_str().unwrap().to_string();
    assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(project.attr(&run, "id"), format!("{id}\n"));
    assert_eq!(project.attr(&run, "exit_status"), "0\n");
    assert_eq!(project.attr(&run, "deps"), "{}\n");
    assert_eq!(project.attr(&run, "user_flags"), "noise: 4\n");
    assert_eq!(
        project.attr(&run, "flags"),
        "layers: 32\nname: foo\nnoise: 4\nskip_connections: true\n"
    );
    assert_eq!(project.attr(&run, "plugins"), "- python_script\n");
    let time = |name| project.attr(&run, name).trim().parse::<u64>().unwrap();
    assert!(time("initialized") <= time("started") && time("started") <= time("stopped"));
    assert!(time("started") > 1_700_000_000_000_000);
    let platform = project.attr(&run, "platform");
    for name in ["architecture:", "cpus:", "processor: ''", "python_version: 3.", "uname:"] {
        assert!(platform.contains(name), "{platform}");
    }
    let opref = fs::read_to_string(run.join(".guild/opref")).unwrap();
    assert_eq!(opref, format!("script:{} '' '' simple.py", project.dir().display()));
    let manifest = fs::read_to_string(run.join(".guild/manifest")).unwrap();
    assert_like(
        &manifest,
        "s empty.py da39a3ee5e6b4b0d3255bfef95601890afd80709 empty.py\ns simple.py ... simple.py",
    );
    let output = fs::read(run.join(".guild/output")).unwrap();
    assert_eq!(output.iter().filter(|b| **b == b'\n').count(), 2);
    assert_eq!(fs::read(run.join(".guild/output.index")).unwrap().len(), 2 * 9);
    for gone in ["PENDING", "STAGED", "LOCK"] {
        assert!(!run.join(".guild").join(gone).exists());
    }
}

#[test]
fn labels_and_tags() {
    let project = Project::sample("python-script");
    project.guild("run simple.py -y --label best").succeeds();
    assert_eq!(project.info("label"), "best");
    project.guild("run simple.py -y --tag blue --tag red").succeeds();
    assert_eq!(project.info("label"), "blue red layers=32 name=foo noise=3 skip_connections=yes");
    let info = project.guild("runs info").succeeds().stdout;
    assert!(info.contains("tags:\n  - blue\n  - red\n"), "{info}");
    let args = ["run", "simple.py", "-y", "-l", "l-${layers} ${default_label}"];
    project.guild_args(&args).succeeds();
    assert!(project.info("label").starts_with("l-32 layers=32 "));
}

#[test]
fn a_run_dir_of_ones_own() {
    let project = Project::sample("python-script");
    let out = project.guild("run simple.py -y --run-dir here").succeeds();
    assert!(out.stderr.contains("results will not be visible to Guild"), "{}", out.stderr);
    assert_eq!(fs::read_to_string(project.path("here/.guild/attrs/exit_status")).unwrap(), "0\n");
    assert!(project.runs().is_empty());
}

#[test]
fn a_comment_is_kept() {
    let project = Project::sample("python-script");
    project.guild_args(&["run", "simple.py", "-y", "--comment", "first try"]).succeeds();
    let info = project.guild("runs info --comments").succeeds().stdout;
    assert!(info.contains("first try"), "{info}");
}

#[test]
fn quiet_shows_nothing_and_keeps_the_output() {
    let project = Project::sample("python-script");
    let out = project.guild("run simple.py -y --quiet").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", ""));
    assert!(fs::metadata(project.run().join(".guild/output")).unwrap().len() > 0);
}

#[test]
fn an_executable_is_an_operation() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::with(&[("tool.sh", "#!/bin/sh\necho in $(basename $PWD)\n")]);
    project.guild("run tool.sh -y").fails(1);
    fs::set_permissions(project.path("tool.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let out = project.guild("run tool.sh -y").succeeds();
    let id = project.run().file_name().unwrap().to_str().unwrap().to_string();
    assert_eq!(out.stdout, format!("in {id}\n"));
    assert_eq!(project.info("operation"), "tool.sh");
    assert_eq!(project.attr(&project.run(), "plugins"), "- exec_script\n");
}

#[test]
fn another_folder_and_another_home() {
    let project = Project::sample("python-script");
    let outside = project.dir().parent().unwrap().to_path_buf();
    let out = project.guild("-C project run simple.py -y").current_dir(&outside).succeeds();
    assert!(out.stdout.contains("Building foo"), "{}", out.stdout);
    assert_eq!(project.info("operation"), "simple.py");
    let other = outside.join("other/home");
    let home = other.to_str().unwrap();
    project.guild_args(&["-H", home, "run", "simple.py", "-y"]).succeeds();
    assert_eq!(fs::read_dir(other.join("runs")).unwrap().count(), 1);
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn the_home_is_the_nearest_guild_folder_upwards() {
    let project = Project::with(&[("sub/deep/s.py", "print('hi')\n")]);
    fs::create_dir(project.path(".guild")).unwrap();
    let run = project.guild("run s.py -y").without_env("GUILD_HOME");
    run.current_dir(project.path("sub/deep")).succeeds();
    assert_eq!(fs::read_dir(project.path(".guild/runs")).unwrap().count(), 1);
    // None upwards: `~/.guild`, made at need.
    fs::remove_dir_all(project.path(".guild")).unwrap();
    project.guild("run sub/deep/s.py -y").without_env("GUILD_HOME").succeeds();
    let home = project.dir().parent().unwrap().join(".guild");
    assert_eq!(fs::read_dir(home.join("runs")).unwrap().count(), 1);
}

#[test]
fn a_script_knows_its_run() {
    let script = "import os\nfor n in 'RUN_DIR RUN_ID GUILD_HOME GUILD_OP CMD_DIR'.split():\n    print(os.environ[n])\nprint(os.getcwd())\n";
    let project = Project::with(&[("s.py", script)]);
    let out = project.guild("run s.py -y").succeeds().stdout;
    let run = project.run();
    let id = run.file_name().unwrap().to_str().unwrap();
    let (dir, run) = (project.dir().display().to_string(), run.display().to_string());
    let home = project.home().display().to_string();
    let expected = format!("{run}\n{id}\n{home}\n{dir}/s.py\n{dir}\n{run}\n");
    assert_eq!(out, expected);
}

#[test]
fn secrets_are_not_kept() {
    let project = Project::with(&[("s.py", "import os\nprint(os.environ['MY_API_TOKEN'])\n")]);
    let out = project.guild("run s.py -y").env("MY_API_TOKEN", "hush").succeeds();
    assert_eq!(out.stdout, "hush\n");
    assert!(!project.attr(&project.run(), "env").contains("hush"));
}

#[test]
fn the_commit_is_kept_where_there_is_a_repository() {
    let project =
        Project::with(&[("s.py", "x = 1\n"), (".gitignore", "ignored.py\n"), ("ignored.py", "")]);
    let git = |args: &[&str]| {
        let done = std::process::Command::new("git")
            .args(["-c", "user.name=T", "-c", "user.email=t@example.com"])
            .args(args)
            .current_dir(project.dir())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        String::from_utf8(done.stdout).unwrap().trim().to_string()
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "first"]);
    let head = git(&["rev-parse", "HEAD"]);
    project.guild("run s.py -y").succeeds();
    assert_eq!(project.info("vcs_commit"), format!("git:{head}"));
    assert!(!project.run().join("ignored.py").exists());
    assert!(project.run().join("s.py").exists());
    project.write("s.py", "x = 2\n");
    project.guild("run s.py -y").succeeds();
    assert_eq!(project.info("vcs_commit"), format!("git:{head}*"));
}

#[test]
fn a_run_never_takes_the_place_of_another() {
    let project = Project::sample("python-script");
    project.guild("run simple.py -y --run-id mine").succeeds();
    let before = fs::read_to_string(project.run().join(".guild/attrs/started")).unwrap();
    let out = project.guild("run empty.py -y --run-id mine").fails(1);
    assert!(out.stderr.contains("there is a run of that ID"), "{}", out.stderr);
    assert_eq!(fs::read_to_string(project.run().join(".guild/attrs/started")).unwrap(), before);
    for id in ["", ".", "..", "../../evil", "/tmp/x", "a/b"] {
        let out = project.guild_args(&["run", "empty.py", "-y", "--run-id", id]).fails(1);
        assert!(out.stderr.contains("invalid run ID"), "{}", out.stderr);
    }
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn a_run_dir_that_holds_something_is_left_alone() {
    let project = Project::sample("python-script");
    project.write("mine/simple.py", "precious");
    for dir in ["mine", "."] {
        let out = project.guild(&format!("run simple.py -y --run-dir {dir}")).fails(1);
        assert!(out.stderr.contains("the folder is not empty"), "{}", out.stderr);
    }
    assert_eq!(fs::read_to_string(project.path("mine/simple.py")).unwrap(), "precious");
    fs::create_dir(project.path("empty")).unwrap();
    project.guild("run simple.py -y --run-dir empty").succeeds();
}

#[test]
fn the_home_in_the_project_is_no_source_code() {
    let project = Project::sample("python-script");
    for _ in 0..2 {
        project.guild("-H gh[1] run simple.py -y").succeeds();
    }
    let runs: Vec<_> = fs::read_dir(project.path("gh[1]/runs")).unwrap().collect();
    assert_eq!(runs.len(), 2);
    for run in runs {
        assert!(!run.unwrap().path().join("gh[1]").exists());
    }
}

#[test]
fn values_that_look_like_options_reach_the_script() {
    let project = Project::with(&[("s.py", "name = 'a'\nprint(repr(name))\n")]);
    for value in ["--x", "-x", "--", "-", "--name", "it's"] {
        let assign = format!("name={value}");
        let out = project.guild_args(&["run", "s.py", "-y", &assign]).outcome();
        if value == "-" {
            continue; // YAML's list of nothing, which starts a batch
        }
        let shown =
            if value.contains('\'') { format!("\"{value}\"\n") } else { format!("'{value}'\n") };
        assert_eq!(out.stdout, shown, "{}", out.stderr);
    }
}

#[test]
fn odd_folders() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new();
    for folder in ["${x}", "a b", "é", "a'b", "[1]"] {
        project.write(&format!("{folder}/s.py"), "x = 1\nprint(x)\n");
        project.write(&format!("{folder}/tool"), "#!/bin/sh\necho tool\n");
        let dir = project.path(folder);
        fs::set_permissions(dir.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
        let out = project.guild("run s.py -y").current_dir(&dir).succeeds();
        assert_eq!(out.stdout, "1\n", "{folder}");
        let out = project.guild("run tool -y").current_dir(&dir).succeeds();
        assert_eq!(out.stdout, "tool\n", "{folder}");
    }
    let out = project.guild("-H co:lon run [1]/s.py -y").fails(1);
    assert!(out.stderr.contains("cannot be given a path with ':'"), "{}", out.stderr);
}

#[test]
fn a_script_of_another_folder_is_a_project_of_its_own() {
    let project = Project::with(&[("a/x.txt", ""), ("b/s.py", "print('b')\n"), ("c/y.txt", "")]);
    project.guild("run ../b/s.py -y").current_dir(project.path("a")).succeeds();
    let run = project.run();
    assert!(run.join("s.py").exists() && !run.join("a").exists() && !run.join("c").exists());
}

#[test]
fn operations_of_a_guild_file() {
    let guildfile = "
train:
  description: Train a model
  main: train
  flags-import: all
  flags:
    rate: {default: 0.5, min: 0}
greet:
  exec: echo hello ${name}
  flags:
    name: world
  sourcecode: no
";
    let train = "rate = 0.1\nname = 'x'\nprint(rate, name)\n";
    let project = Project::with(&[("guild.yml", guildfile), ("train.py", train)]);
    assert_like(&project.guild("ops").succeeds().stdout, "greet\ntrain  Train a model");
    assert_eq!(project.guild("ops model").succeeds().stdout, "train  Train a model\n");
    assert_eq!(project.guild("run train -y name=y").succeeds().stdout, "0.5 y\n");
    assert_eq!(project.guild("run greet -y name=you").succeeds().stdout, "hello you\n");
    assert_eq!(project.info("operation"), "greet");
    assert!(!project.runs()[1].join("train.py").exists());
    let out = project.guild("run train rate=-1 -y").fails(1);
    assert!(out.stderr.contains("out of range"), "{}", out.stderr);
    // Scripts run beside it.
    assert_eq!(project.guild("run train.py -y").succeeds().stdout, "0.1 x\n");
    // A mistake in the file hides no script.
    project.write("guild.yml", "train: [");
    assert_eq!(project.guild("run train.py -y").succeeds().stdout, "0.1 x\n");
    let out = project.guild("run train -y").fails(1);
    assert!(out.stderr.starts_with("ERROR: error in "), "{}", out.stderr);
    assert!(out.stderr.contains("guildfile in the current directory contains an error"));
}
