//! The optimizers that learn from the trials before: `gp`, `forest`, `gbrt`, `tpe`.

use std::fs;
use std::path::PathBuf;

use crate::harness::Project;

const SCRIPT: &str = "x = 0.5\nn = 1\nc = 'a'\n\
                      print('loss: %s' % ((x - 0.3) ** 2 + 0.01 * (n - 5) ** 2 + (c != 'b')))\n";

/// The losses of all runs, the oldest first.
fn losses(project: &Project) -> Vec<f64> {
    let mut runs = project.runs();
    runs.sort_by_key(|run| project.attr(run, "started"));
    let output = |run: &PathBuf| fs::read_to_string(run.join(".guild/output")).unwrap();
    let read =
        |run: &PathBuf| output(run).strip_prefix("loss: ").map(|n| n.trim().parse().unwrap());
    runs.iter().filter(|run| !run.join(".guild/proto").exists()).filter_map(read).collect()
}

#[test]
fn a_search_starts_by_chance_and_goes_on_by_what_it_has_learned() {
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    for optimizer in ["gp", "forest", "gbrt"] {
        let search = |what: &str| {
            let project = Project::with(&[("s.py", SCRIPT)]);
            let line = format!("run s.py x=[-2.0:2.0] n=[1:9] c=[a,b] -o {optimizer} {what} -y");
            let said = project.guild(&format!("{line} --random-seed 1")).succeeds().stderr;
            (project, said)
        };
        let (project, said) = search("-m 12");
        let said: Vec<&str> = said.lines().filter(|l| !l.contains("Running trial")).collect();
        assert_eq!(
            said[..2],
            [
                "INFO: [guild] Random start for optimization (1 of 3)",
                "INFO: [guild] Random start for optimization (2 of 3)",
            ]
        );
        assert_eq!(said[3], "INFO: [guild] Found 3 previous trial(s) for use in optimization");
        assert_eq!(said.len(), 12);
        let small = losses(&project);
        let rows = project.guild("runs -s").succeeds().stdout;
        assert!(rows.contains(&format!("s.py+skopt:{optimizer}  completed  ")), "{rows}");
        // The same seed starts in the same places, and goes where it is asked to.
        let (project, _) = search("-m 12 --maximize loss");
        let large = losses(&project);
        assert_eq!(small[..3], large[..3]);
        assert!(mean(&small[3..]) < mean(&large[3..]), "{optimizer}: {small:?} {large:?}");
        // The same seed and the same wish have the same trials.
        assert_eq!(losses(&search("-m 5").0), small[..5]);
    }
}

#[test]
fn flags_and_names_are_those_of_the_other_program() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    let preview = |line: &str| project.guild(&format!("run s.py {line}")).input("n\n").succeeds();
    assert_eq!(
        preview("x=[0.0:1] -O -Fo kappa=1.5").stderr,
        "You are about to run s.py with skopt:gp optimizer (20 trials, minimize loss)\n  c: a\n  \
         n: 1\n  x: [0.0:1]\nOptimizer flags:\n  acq-func: gp_hedge\n  kappa: 1.5\n  \
         noise: gaussian\n  prev-trials: batch\n  random-starts: 3\n  xi: 0.05\nContinue? (Y/n) "
    );
    for name in ["gp", "skopt:gp", "bayesian", "gaussian"] {
        let out = preview(&format!("x=[0.0:1] -o {name} -m 4 -X acc")).stderr;
        assert!(out.contains("with skopt:gp optimizer (4 trials, maximize acc)\n"), "{out}");
    }
    for (line, message) in [
        ("-o gp -Fo random-starts=many", "guild: invalid value many for random-starts: "),
        ("-o gp -Fo acq-func=UCB", "Unsupported value for 'acq-func' - supported values are:"),
        ("-o forest -Fo noise=1", "guild: unsupported flag 'noise'\n"),
        ("-o gp --stage-trials", "guild: operation 'skopt:gp' does not support --stage-trials\n"),
        ("-o gp --print-trials", "guild: optimizer does not support printing trials\n"),
    ] {
        let out = project.guild(&format!("run s.py x=[0.0:1] {line} -y")).fails(1);
        assert!(out.stderr.starts_with(message), "{line}: {}", out.stderr);
    }
    assert!(project.runs().is_empty());
    let out =
        project.guild("run s.py x=[0.0:1] -o gp -Fo noise=loud -Fo random-starts=1 -y").fails(1);
    assert!(
        out.stderr.contains(
            "guild: optimizer 'gp': invalid value loud for noise\nGive 'gaussian', or the variance \
             of the objective's noise.\n"
        ),
        "{}",
        out.stderr
    );
}

#[test]
fn earlier_runs_count_where_they_are_wanted() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    project.guild("run s.py x=y -y").fails(1);
    for x in ["0.1", "0.2", "7", "0.9"] {
        project.guild(&format!("run s.py x={x} -y")).succeeds();
    }
    let found = |way: &str| {
        let line =
            format!("run s.py x=[0.0:1.0] -o gp -Fo prev-trials={way} -Fo random-starts=0 -m 1 -y");
        let said = project.guild(&line).succeeds().stderr;
        said.lines().next().unwrap().to_string()
    };
    let random = "INFO: [guild] Random start for optimization (missing previous trials)";
    let previous =
        |n: u8| format!("INFO: [guild] Found {n} previous trial(s) for use in optimization");
    assert_eq!(found("batch"), random);
    // What failed does not count; what is out of the range does, and so do trials of other batches.
    assert_eq!(found("sourcecode"), previous(5));
    project.write("s.py", format!("{SCRIPT}print('other')\n"));
    assert_eq!(found("sourcecode"), random);
    assert_eq!(found("operation"), previous(7));
}

#[test]
fn an_objective_that_is_never_there_is_said_before_each_trial() {
    for script in ["x = 1.0\nprint('loss: nan')\n", "x = 1.0\nprint('loss: inf')\n", "x = 1.0\n"] {
        let project = Project::with(&[("s.py", script)]);
        let line = "run s.py x=[0.0:1.0] -o gp -Fo random-starts=1 -m 3 -y";
        let said = project.guild(line).succeeds().stderr;
        let why = "INFO: [guild] Random start for optimization (cannot find objective 'loss')\n";
        assert_eq!(said.matches(why).count(), 2, "{said}");
        assert!(said.contains("cannot find objective 'loss' in any trial"), "{said}");
    }
}

#[test]
fn a_space_that_was_tried_whole_is_gone_on_with() {
    let project = Project::with(&[("s.py", SCRIPT)]);
    for optimizer in ["gp", "forest", "gbrt"] {
        let line = format!("run s.py x=[0.5] n=[1,2] c=[b] -o {optimizer} -m 5 -y");
        let said = project.guild(&line).succeeds().stderr;
        assert_eq!(said.matches("Running trial").count(), 5, "{said}");
        // Noise is learned of only where a trial is repeated, and nothing is before all were tried.
        assert!(said.contains("n=1") && said.contains("n=2"), "{said}");
    }
}

#[test]
fn tpe_gets_better_and_goes_on_where_it_was_stopped() {
    let script = format!(
        "import os\n{SCRIPT}if os.path.exists(os.environ['STOP']) and n > 7:\n    raise SystemExit(1)\n"
    );
    let line = "run s.py x=[-2.0:2.0] n=[1:9] c=[a,b] -o tpe -m 30 --random-seed 4 -y";
    let flags = |project: &Project| {
        let out = project.guild("runs -s -a").succeeds().stdout;
        let flags = |line: &str| line.split_once("c=").map(|(_, flags)| flags.to_string());
        let mut all: Vec<_> = out.lines().filter_map(flags).collect();
        all.sort();
        all
    };
    let whole = Project::with(&[("s.py", &script)]);
    let stop = whole.path("stop");
    whole.guild(line).env("STOP", &stop).succeeds();
    let losses = losses(&whole);
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert!(mean(&losses[20..]) < mean(&losses[..10]), "{losses:?}");
    let rows = whole.guild("runs -s -a").succeeds().stdout;
    assert!(
        rows.contains("s.py+tpe  completed  candidates=24 prev-trials=batch random-starts=10"),
        "{rows}"
    );
    // Another, which stops at a trial that fails.
    let halted = Project::with(&[("s.py", &script)]);
    fs::write(&stop, "").unwrap();
    halted.guild(&format!("{line} --fail-on-trial-error")).env("STOP", &stop).fails(1);
    let is_batch = |run: &PathBuf| run.join(".guild/proto").exists();
    let batch = halted.runs().into_iter().find(is_batch).unwrap();
    fs::remove_file(&stop).unwrap();
    let id = batch.file_name().unwrap().to_string_lossy().into_owned();
    halted.guild(&format!("run --start {id} -y")).env("STOP", &stop).succeeds();
    assert_eq!(flags(&halted), flags(&whole));
}
