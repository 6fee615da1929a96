//! Searches: ranges, optimizers of plugins, and what they are told.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{Guild, Project, assert_like, oracle};

const SCRIPT: &str = "x = 0.5\nn = 1\nc = 'a'\nprint('loss: %s' % x)\n";

/// The values that `--print-trials` shows, a row each, without the numbers.
fn printed(project: &Project, line: &str) -> Vec<Vec<String>> {
    let out = project.guild(&format!("run s.py --print-trials {line}")).succeeds().stdout;
    let words = |line: &str| line.split_whitespace().skip(1).map(Into::into).collect();
    out.lines().skip(1).map(words).collect()
}

#[test]
fn a_range_is_searched_by_chance() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let line = "run s.py x=[0.0:1] n=uniform[1:9:4] c=[a,b] -m 3 --random-seed 1 --keep-batch";
    let out = project.guild(line).input("y\n").succeeds();
    assert_like(
        &out.stderr,
        "You are about to run s.py with random search (3 trials)\n  c: [a, b]\n  n: uniform[1:9:4]\n  \
         x: [0.0:1]\nContinue? (Y/n) INFO: [guild] Running trial ...: s.py (c=..., n=4, x=...)\n\
         INFO: [guild] Running trial ...: s.py (c=..., n=..., x=...)\n\
         INFO: [guild] Running trial ...: s.py (c=..., n=..., x=...)",
    );
    let runs = project.guild("runs -s").succeeds().stdout;
    assert!(runs.contains("[4]  s.py+skopt:random  completed"), "{runs}");
    let is_batch = |run: &PathBuf| run.join(".guild/proto").exists();
    let batch = project.runs().into_iter().find(is_batch).unwrap();
    assert_eq!(
        fs::read_to_string(batch.join(".guild/opref")).unwrap().trim(),
        "builtin:guildai 0.9.0 skopt random"
    );
    assert!(project.attr(&batch, "op").contains("guild.plugins.random_main"));
    assert_eq!(project.attr(&batch, "max_trials"), "3\n");
    // A batch that ends well is deleted, as one of all combinations is.
    project.guild("run s.py x=[0:1] -m 1 -y").succeeds();
    assert_eq!(project.guild("runs -s").succeeds().stdout.matches("s.py+").count(), 1);
}

#[test]
fn a_seed_has_its_trials_and_none_comes_twice() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let of_seed =
        |seed: &str| printed(&project, &format!("x=loguniform[1e-9:1] --random-seed {seed}"));
    assert_eq!(of_seed("1").len(), 20);
    assert_eq!(of_seed("1"), of_seed("1"));
    assert_ne!(of_seed("1"), of_seed("2"));
    let mut all = printed(&project, "n=uniform[1:3] c=[a,b] -m 50");
    all.sort();
    assert_eq!(
        all.iter().map(|row| row.join(" ")).collect::<Vec<_>>(),
        ["a 1 0.5", "a 2 0.5", "a 3 0.5", "b 1 0.5", "b 2 0.5", "b 3 0.5"]
    );
    // A list alone is searched when asked, a million values are no matter, and texts are choices.
    assert_eq!(printed(&project, "-o random c=[a,b]").len(), 2);
    assert_eq!(printed(&project, "-o skopt:random n=[1:1000000000000] -m 3").len(), 3);
    assert_eq!(printed(&project, "c=uniform[p:q]").len(), 2);
    let names: Vec<_> = printed(&project, "-o random n=[1:2] --random-seed 3");
    let saved = project.guild("run s.py n=[1:2] --save-trials t.csv --random-seed 3").succeeds();
    assert!(saved.stdout.starts_with("Saving trials to "), "{}", saved.stdout);
    let saved = fs::read_to_string(project.path("t.csv")).unwrap();
    assert_eq!(saved, format!("c,n,x\n{}\n{}\n", names[0].join(","), names[1].join(",")));
}

#[test]
fn a_search_that_was_stopped_goes_on_where_it_was() {
    let script = "import os\nn = 1\nopen(os.environ['LOG'], 'a').write('%s\\n' % n)\n\
                  if not os.path.exists(os.environ['LOG'] + '.go') and n > 2:\n    raise SystemExit(1)\n";
    let project = Project::with(&[("s.py", script)]);
    let log = project.path("log");
    let line = "run s.py n=[1:6] --fail-on-trial-error --random-seed 5 -y";
    project.guild(line).env("LOG", &log).fails(1);
    let is_batch = |run: &PathBuf| run.join(".guild/proto").exists();
    let batch = project.runs().into_iter().find(is_batch).unwrap();
    let done = fs::read_to_string(&log).unwrap().lines().filter(|n| *n <= "2").count();
    project.write("log.go", "");
    fs::remove_file(&log).unwrap();
    let id = batch.file_name().unwrap().to_string_lossy().into_owned();
    project.guild(&format!("run --start {id} -y")).env("LOG", &log).succeeds();
    let again = fs::read_to_string(&log).unwrap().lines().count();
    assert_eq!(done + again, 6);
    let rows = project.guild("runs -s").succeeds().stdout;
    assert_eq!(rows.matches("completed").count(), 6, "{rows}");
}

#[test]
fn an_optimizer_says_what_its_flags_are() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let help = project.guild("run bayesian --help-op").succeeds().stdout;
    assert!(help.starts_with("Usage: guild run [OPTIONS] skopt:gp [FLAG]...\n"), "{help}");
    let named = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let flags: Vec<_> =
        help.lines().filter(named).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(flags, ["acq-func", "kappa", "noise", "prev-trials", "random-starts", "xi"]);
    assert!(project.guild("run + --help-op").succeeds().stdout.contains("[OPTIONS] + [FLAG]"));
    for name in ["gp", "+"] {
        let out = project.guild(&format!("run {name} -y")).fails(1).stderr;
        let start = format!("guild: '{name}' is an optimizer, which cannot be run by itself\nTry ");
        assert!(out.starts_with(&start), "{out}");
    }
    // What is called so in the project comes first.
    project.write("guild.yml", "gp:\n  exec: echo own\n  description: own\n");
    assert!(project.guild("run gp --help-op").succeeds().stdout.contains("\nown\n"));
    // And what is wrong there is not hidden.
    project.write("guild.yml", "gp: {exec: echo");
    for line in ["run gp -y", "run gp --help-op"] {
        let said = project.guild(line).fails(1).stderr;
        assert!(said.starts_with("ERROR: error in ") && !said.contains("optimizer"), "{said}");
    }
}

#[test]
fn what_cannot_be_searched_is_said_before_anything_is_made() {
    let project = Project::with(&[("s.py", SCRIPT), ("t.csv", "x,n\n1,2\n2,3\n")]);
    for (line, message) in [
        (
            "x=[1:1]",
            "guild: invalid function args in 'x=uniform[1:1]': the lower bound 1 has to be less than the upper bound 1\n",
        ),
        (
            "x=loguniform[0:1]",
            "guild: invalid function args in 'x=loguniform[0:1]': the lower bound 0 has to be more than 0\n",
        ),
        (
            "x=uniform[.nan:1]",
            "guild: invalid function args in 'x=uniform[nan:1]': the bounds have to be numbers\n",
        ),
        ("x=floop[1:10]", "ERROR: [guild] unknown function 'floop' used for flag x\n"),
        (
            "x=[1:2:3:4]",
            "ERROR: [guild] uniform requires 2 or 3 args, got (1, 2, 3, 4) for flag x\n",
        ),
        (
            "-o random",
            "ERROR: [guild] flags for batch (c=a, n=1, x=0.5) do not contain any search dimensions\nTry specifying a range for one or more flags as NAME=[MIN:MAX].\n",
        ),
        ("-o random x=[]", "guild: there are no trials to run\n"),
        ("-o random @t.csv", "guild: optimizer 'random' cannot use a batch file\n"),
        (
            "-o magic x=[1:2]",
            "guild: cannot find optimizer 'magic'\nThe ones that are known are '+', 'bayesian', 'forest', 'gaussian', 'gbrt', 'gp', 'optuna', 'random', 'tpe'.\n",
        ),
        ("-O -o random", "guild: --optimize and --optimizer cannot both be used\n"),
        ("x=[1:2] -Fo y=1", "guild: unsupported flag 'y'\n"),
        ("x=[1:2] -N a,b", "ERROR: [guild] invalid objective 'a,b': too many columns\n"),
    ] {
        let out = project.guild(&format!("run s.py {line} -y")).fails(1);
        assert!(out.stderr.starts_with(message), "{line}: {}", out.stderr);
    }
    // Bounds of a Guild file that contradict one another, or leave one value.
    project.write(
        "guild.yml",
        "none: {exec: 'echo ${x}', flags: {x: {min: 5, max: 1, default: 2}}}\n\
         one: {exec: 'echo ${x}', flags: {x: {min: 1, max: 1, default: 1}}}\n\
         far: {exec: 'echo ${x}', flags: {x: {min: 0, max: .inf, default: 1}}}\n",
    );
    for (op, message) in [
        ("none", "guild: invalid value 2 for x: out of range (less than min 5)\n"),
        ("one", "guild: invalid function args in 'x=uniform[1:1:1]': the lower bound 1 has to be"),
        (
            "far",
            "guild: invalid function args in 'x=uniform[0:inf:1]': the bounds have to be numbers",
        ),
    ] {
        let out = project.guild(&format!("run {op} -o gp -y")).fails(1);
        assert!(out.stderr.starts_with(message), "{op}: {}", out.stderr);
    }
    assert!(project.runs().is_empty());
}

#[test]
fn a_guild_file_names_optimizers_and_what_is_searched() {
    let project = Project::with(&[
        ("s.py", SCRIPT),
        (
            "guild.yml",
            "one:\n  main: s\n  flags-import: all\n  optimizer: random\n  flags:\n    x: {min: 0, max: 1, default: 0.25}\n    \
         n: {min: 1, max: 9, distribution: log-uniform}\n    c: {choices: [p, q], default: p}\n\
         two:\n  main: s\n  optimizers: {a: random, b: magic}\n\
         three:\n  main: s\n  flags-import: all\n  optimizers: {a: {algorithm: random, default: yes}, b: magic}\n",
        ),
    ]);
    let out = project.guild("run one -O x=0.5 -m 2").input("n\n").succeeds();
    assert_eq!(
        out.stderr,
        "You are about to run one with random search (2 trials)\n  c: [p, q]\n  \
         n: log-uniform[1:9:1]\n  x: 0.5\nContinue? (Y/n) "
    );
    let out = project.guild("run one -O --print-trials -m 1").succeeds().stdout;
    assert!(out.contains(" 1  0.25\n"), "the first has the defaults: {out}");
    let out = project.guild("run two -O -y").fails(1);
    assert_eq!(
        out.stderr,
        "guild: no default optimizer defined for two\nSpecify one of the following with \
         '--optimizer': a, b\n"
    );
    let out = project.guild("run two -o b -y").fails(1);
    assert!(out.stderr.starts_with("guild: cannot find optimizer 'magic'\n"), "{}", out.stderr);
    let out = project.guild("run three -O x=[1:2]").input("n\n").succeeds();
    assert!(out.stderr.contains(" with random search (20 trials)\n"), "{}", out.stderr);
}

/// A project with the scripted plugin, whose optimizer `guess` says what is in `answers`.
struct Scripted {
    project: Project,
    answers: PathBuf,
    plugins: PathBuf,
}

impl Scripted {
    fn new(script: &str, trials: &str) -> Scripted {
        let project = Project::with(&[("s.py", script)]);
        let beside = |name: &str| project.dir().parent().unwrap().join(name);
        let (answers, plugins) = (beside("answers"), beside("plugins"));
        fs::create_dir(&answers).unwrap();
        fs::create_dir(&plugins).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_guild"));
        let library = format!(
            "{}guild_scripted{}",
            std::env::consts::DLL_PREFIX,
            std::env::consts::DLL_SUFFIX
        );
        fs::copy(program.with_file_name("deps").join(&library), plugins.join(&library)).unwrap();
        let manifest = "name: guesses\nversion: 0.1.0\napi: 1.1.0\nlibrary: guild_scripted\n\
                        handles: {optimizers: [guess]}\n";
        fs::write(plugins.join("guesses.plugin.yml"), manifest).unwrap();
        let write = |name: &str, text: &str| fs::write(answers.join(name), text).unwrap();
        write("info.json", r#"{"name": "guesses", "version": "0.1.0"}"#);
        write(
            "describe_optimizer.json",
            r#"{"result": {"name": "guess", "sequential": true, "max-trials": 3, "flags":
                {"depth": {"default": 2, "type": "int"}, "name": {"default": "a"}}}}"#,
        );
        write("suggest_trials.json", &format!(r#"{{"result": {trials}}}"#));
        Scripted { project, answers, plugins }
    }

    fn guild(&self, line: &str) -> Guild {
        let guild = self.project.guild(line).env("GUILD_PLUGIN_PATH", &self.plugins);
        guild.env("SCRIPTED_PLUGIN", &self.answers)
    }

    fn last_request(&self) -> serde_json::Value {
        let text = fs::read_to_string(self.answers.join("suggest_trials.request")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["request"].clone()
    }
}

#[test]
fn an_optimizer_of_a_stranger_is_told_what_came_out() {
    let script = "x = 1.0\nprint('loss: %s' % x)\n";
    let scripted = Scripted::new(script, r#"{"trials": [{"x": 0.25}]}"#);
    let out = scripted
        .guild("run s.py x=[0.0:1] -o guess -Fo depth=3 -X loss --random-seed 8")
        .input("y\n")
        .succeeds();
    assert!(
        out.stderr.starts_with(
            "You are about to run s.py with guess optimizer (3 trials, maximize loss)\n  x: [0.0:1]\n\
             Optimizer flags:\n  depth: 3\n  name: a\nContinue? (Y/n) "
        ),
        "{}",
        out.stderr
    );
    assert_eq!(out.stdout.lines().count(), 3);
    let request = scripted.last_request();
    for trial in request["history"].as_array().unwrap() {
        assert_eq!(trial["flags"], serde_json::json!({"x": 0.25}));
        assert_eq!((&trial["value"], &trial["status"]), (&0.25.into(), &"completed".into()));
        assert!(trial["seconds"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(
        (request["history"].as_array().unwrap().len(), &request["max-trials"]),
        (2, &3.into())
    );
    assert_eq!(request["pending"], serde_json::json!([]));
    assert_eq!(request["options"], serde_json::json!({"depth": 3, "name": "a"}));
    assert_eq!((&request["direction"], &request["seed"]), (&"maximize".into(), &8.into()));
    assert_eq!((&request["space"]["x"]["kind"], &request["count"]), (&"float".into(), &1.into()));
    let rows = scripted.guild("runs -s").succeeds().stdout;
    assert!(rows.contains("s.py+guess  completed  depth=3 name=a"), "{rows}");
    for (line, message) in [
        ("--print-trials", "optimizer does not support printing trials\n"),
        ("--save-trials t.csv", "optimizer does not support saving trials\n"),
        ("--stage-trials", "operation 'guess' does not support --stage-trials\n"),
        ("-Fo depth=a", "invalid value a for depth: invalid value for type 'int'\n"),
    ] {
        let out = scripted.guild(&format!("run s.py x=[0:1] -o guess {line} -y")).fails(1);
        assert!(out.stderr.starts_with(&format!("guild: {message}")), "{line}: {}", out.stderr);
    }
}

#[test]
fn an_objective_that_is_never_there_is_told_once() {
    for (script, line) in [
        ("x = 1.0\nprint('hello')\n", ""),
        ("x = 1.0\nprint('loss: nan')\n", ""),
        ("x = 1.0\nprint('loss: 1')\n", "-N accuracy"),
    ] {
        let scripted = Scripted::new(script, r#"{"trials": [{"x": 0.25}]}"#);
        let line = format!("run s.py x=[0.0:1] -o guess -m 2 {line} -y");
        let out = scripted.guild(&line).succeeds();
        assert_eq!(out.stderr.matches("cannot find objective").count(), 1, "{}", out.stderr);
        assert_eq!(scripted.last_request()["history"][0]["value"], serde_json::Value::Null);
    }
}

#[test]
fn an_optimizer_out_of_its_mind_ends_the_batch() {
    for (trials, reason) in [
        (r#"{"trials": [{"y": 1}]}"#, "it has a value for 'y', which is not searched"),
        (r#"{"trials": [{}]}"#, "a trial has no value for 'x'"),
        ("null", "it has no trials for its own optimizer"),
        (r#"{"trials": 3}"#, "its reply cannot be read: "),
    ] {
        let scripted = Scripted::new("x = 1.0\n", trials);
        let out = scripted.guild("run s.py x=[0.0:1] -o guess -y").fails(1);
        let told = format!("plugin 'guesses' failed in its hook 'suggest_trials': {reason}");
        assert!(out.stderr.contains(&told), "{}", out.stderr);
        let rows = scripted.guild("runs -s").succeeds().stdout;
        assert!(rows.contains("s.py+guess  error"), "{rows}");
    }
    // More trials than were asked for are not run, and none are the end.
    let scripted = Scripted::new("x = 1.0\n", r#"{"trials": [{"x": 1}, {"x": 2}]}"#);
    scripted.guild("run s.py x=[0.0:1] -o guess -m 1 -y").succeeds();
    assert_eq!(scripted.project.runs().len(), 2);
    let scripted = Scripted::new("x = 1.0\n", r#"{"done": true}"#);
    scripted.guild("run s.py x=[0.0:1] -o guess -y").succeeds();
    assert_eq!(scripted.project.runs().len(), 1);
}

#[test]
fn either_program_runs_the_search_that_the_other_staged() {
    let Some(oracle) = oracle() else { return };
    let project = Project::with(&[("s.py", SCRIPT)]);
    fs::create_dir(project.home()).unwrap();
    let id = |out: String| out.split_whitespace().nth(3).unwrap().to_string();
    let ours = id(project.guild("run s.py x=[0.0:1] -m 2 --stage -y").succeeds().stdout);
    let out = project.guild(&format!("run --start {ours} -y")).program(&oracle).succeeds();
    assert_eq!(out.stdout.matches("loss: 0.").count(), 2, "{}", out.stdout);
    let out = project.guild("run s.py x=[0.0:1] -m 2 --stage -y").program(&oracle).succeeds();
    let line = format!("run --start {} -y", id(out.stdout));
    assert_eq!(project.guild(&line).succeeds().stdout.matches("loss: 0.").count(), 2);
}

#[test]
fn an_operation_of_the_project_can_be_the_optimizer() {
    let tune = "import os\nfrom pathlib import Path\nalpha = 0.1\n\
                proto = Path(os.environ['RUN_DIR']) / '.guild/proto/.guild/attrs/flags'\n\
                print('tuning', sorted(proto.read_text().split()), 'alpha', alpha)\n";
    let project = Project::with(&[
        ("s.py", SCRIPT),
        ("tune.py", tune),
        (
            "guild.yml",
            "op:\n  main: s\n  flags-import: [x]\n  optimizers:\n    slow: {algorithm: tune, alpha: 0.2}\n    \
             quick: echo\ntune:\n  main: tune\n  flags-import: all\n  default-max-trials: 5\n\
             echo:\n  exec: echo quick ${flag_args}\n  flags: {beta: 1}\n",
        ),
    ]);
    let out = |line: &str| project.guild(&format!("run op {line} -y")).succeeds().stdout;
    assert_eq!(out("-o tune"), "tuning ['0.5', 'x:'] alpha 0.1\n");
    assert_eq!(out("x=2 -o slow"), "tuning ['2', 'x:'] alpha 0.2\n");
    assert_eq!(out("-o slow -Fo alpha=0.3"), "tuning ['0.5', 'x:'] alpha 0.3\n");
    assert_eq!(out("-o quick -m 3"), "quick --beta 1\n");
    assert_eq!(out("-o tune.py").lines().count(), 1);
    let rows = project.guild("runs -s").succeeds().stdout;
    assert!(rows.contains("[2]  op+echo     completed  beta=1\n"), "{rows}");
    assert!(rows.contains("[3]  op+tune     completed  alpha=0.3\n"), "{rows}");
    let max = |run: &str| project.guild(&format!("select {run} --attr max_trials")).succeeds();
    assert_eq!((max("2").stdout, max("3").stdout), ("3\n".into(), "5\n".into()));
    let preview = project.guild("run op -o tune -Fo alpha=1").input("n\n").succeeds().stderr;
    assert_eq!(
        preview,
        "You are about to run op with tune optimizer (5 trials)\n  x: 0.5\nOptimizer flags:\n  \
         alpha: 1\nContinue? (Y/n) "
    );
    // It is started again like any batch, and can be staged.
    let staged = project.guild("run op x=7 -o tune --stage -y").succeeds().stdout;
    let id = staged.split_whitespace().nth(3).unwrap();
    let id = staged
        .lines()
        .find_map(|l| l.split("--start ").nth(1))
        .map_or(id, |id| id.trim_matches('\''));
    let again = format!("run --start {id} -y");
    assert_eq!(project.guild(&again).succeeds().stdout, "tuning ['7', 'x:'] alpha 0.1\n");
    assert_eq!(project.guild(&again).succeeds().stdout, "tuning ['7', 'x:'] alpha 0.1\n");
    for (line, message) in [
        ("-o tune --print-trials", "guild: optimizer does not support printing trials\n"),
        ("-o tune --stage-trials", "guild: operation 'tune' does not support --stage-trials\n"),
        ("-o tune -Fo gamma=1", "guild: unsupported flag 'gamma'\n"),
    ] {
        let out = project.guild(&format!("run op {line} -y")).fails(1);
        assert!(out.stderr.starts_with(message), "{line}: {}", out.stderr);
    }
}
