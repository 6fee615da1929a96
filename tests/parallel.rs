//! Batches whose trials run side by side: `--jobs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Project, eventually};

/// Waits until so many trials run at the same time as the flag `together` says.
const MEET: &str = "\
import os, time
x = 1
together = 2
here = os.path.join(os.environ['CMD_DIR'], 'here-%s' % os.environ['RUN_ID'])
open(here, 'w').close()
end = time.time() + 20
while time.time() < end:
    if len([n for n in os.listdir(os.environ['CMD_DIR']) if n.startswith('here-')]) >= together:
        break
    time.sleep(0.01)
else:
    raise SystemExit('alone')
print('x is %s on %s' % (x, os.getenv('CUDA_VISIBLE_DEVICES')))
";

fn trials(project: &Project) -> Vec<PathBuf> {
    let mut runs = project.runs();
    runs.retain(|run| !run.join(".guild/proto").exists());
    runs
}

fn batch(project: &Project) -> PathBuf {
    project.runs().into_iter().find(|run| run.join(".guild/proto").exists()).unwrap()
}

fn output(run: &Path) -> String {
    fs::read_to_string(run.join(".guild/output")).unwrap()
}

fn label(project: &Project, run: &Path) -> String {
    project.attr(run, "label").trim().to_string()
}

#[test]
fn trials_run_side_by_side_each_with_its_device_and_output() {
    let project = Project::with(&[("s.py", MEET)]);
    let out = project
        .guild("run s.py x=[1,2,3] together=3 --jobs 3 --gpus 4,5,6 --keep-batch -y")
        .succeeds();
    let mut shown: Vec<_> = out.stdout.lines().collect();
    shown.sort_by_key(|line| line.split(' ').nth(3).map(str::to_string));
    let trials = trials(&project);
    for (i, run) in trials.iter().enumerate() {
        let text = format!("x is {} on {}", i + 1, i + 4);
        assert_eq!(output(run), format!("{text}\n"));
        let id = run.file_name().unwrap().to_str().unwrap();
        assert_eq!(shown[i], format!("[{}] {text}", &id[..8]));
        let env = project.attr(run, "env");
        assert!(env.contains(&format!("CUDA_VISIBLE_DEVICES: '{}'", i + 4)), "{env}");
    }
    assert_eq!((trials.len(), shown.len()), (3, 3));
    assert_eq!(out.stderr.matches("Running trial").count(), 3, "{}", out.stderr);
    assert!(out.stderr.contains(" has completed (3 of 3 done)"), "{}", out.stderr);
    // Both of it in the batch's own output.
    let kept = output(&batch(&project));
    assert!(
        shown.iter().all(|line| kept.contains(*line)) && kept.contains("3 of 3 done"),
        "{kept}"
    );
    assert_eq!(project.attr(&batch(&project), "jobs"), "3\n");
}

#[test]
fn a_terminal_shows_what_runs_below_what_is_said() {
    let project = Project::with(&[("s.py", MEET)]);
    let got = project.on_a_terminal("run s.py x=[1,2] together=2 --jobs 2 -y", &[]);
    let ids: Vec<String> = trials(&project)
        .iter()
        .map(|run| run.file_name().unwrap().to_string_lossy()[..8].into())
        .collect();
    // Both at once, each with its flags, below a line for the batch.
    let shown = got.split("of 2 done, 2 running").nth(1).unwrap();
    let rows: Vec<&str> = shown.lines().skip(1).take(2).collect();
    for (row, id) in rows.iter().zip(&ids) {
        assert!(row.contains(&format!("  {id}  ")) && row.contains("together=2"), "{got:?}");
    }
    // What is said and printed comes out whole, and nothing of the display is left at the end.
    for (id, x) in ids.iter().zip(1..) {
        assert!(got.contains(&format!("[{id}] x is {x} on None\n")), "{got:?}");
    }
    assert!(got.contains(" has completed (2 of 2 done)"), "{got:?}");
    let end = got.rsplit_once("2 of 2 done").unwrap().1;
    assert!(!end.contains("running"), "{got:?}");
    // Elsewhere there are lines only.
    let out = project.guild("run s.py x=[3] together=1 --jobs 2 -y").succeeds();
    assert!(!out.stderr.contains('\x1b') && !out.stderr.contains("running"), "{}", out.stderr);
}

/// What stands on a terminal in the end that got this.
fn stands(got: &str) -> String {
    let (mut lines, mut row, mut column) = (vec![String::new()], 0_usize, 0);
    let mut rest = got.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => (row, column) = (row + 1, 0),
            '\r' => column = 0,
            '\x1b' => {
                let sequence: String = rest.by_ref().take_while(|c| !c.is_alphabetic()).collect();
                // What `take_while` took last says what it is; only going up has a number.
                match sequence.strip_prefix('[').map(str::parse::<usize>) {
                    Some(Ok(up)) if !sequence.contains(';') => row = row.saturating_sub(up),
                    Some(Err(_)) if sequence == "[" => lines.truncate(row),
                    _ => {}
                }
            }
            c => {
                lines[row].truncate(column);
                lines[row].push(c);
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), String::new());
    }
    lines.join("\n")
}

#[test]
fn what_is_said_of_dependencies_stands_above_what_runs() {
    let project = Project::with(&[
        ("s.py", MEET),
        ("a.txt", "a"),
        (
            "guild.yml",
            "t: {main: s, flags-import: all, requires: [{file: a.txt}, {file: b.txt}]}\n",
        ),
        ("b.txt", "b"),
    ]);
    let got =
        project.on_a_terminal("run t x=[1,2,3,4] together=2 --jobs 2 -y", &[("NO_COLOR", "1")]);
    let stands = stands(&got);
    for name in ["a.txt", "b.txt"] {
        let line = format!("INFO: [guild] Resolving file:{name}\n");
        assert_eq!(stands.matches(&line).count(), 4, "{stands}");
    }
    // Of the display itself nothing is left.
    let display = |line: &&str| line.contains(" of 4 done") && !line.contains("has completed");
    assert_eq!(stands.lines().filter(display).count(), 0, "{stands}");
}

#[test]
fn the_trials_are_the_same_however_many_run_at_a_time() {
    let project = Project::with(&[("s.py", "x = 1\nprint('loss: %s' % x)\n")]);
    let labels = |line: &str| {
        project.guild(&format!("run s.py {line} --random-seed 7 -y")).succeeds();
        let runs = trials(&project);
        let mut labels: Vec<_> = runs.iter().map(|run| label(&project, run)).collect();
        labels.sort();
        project.guild("runs rm -p -y").succeeds();
        labels
    };
    for line in ["x=range[1:40] -m 6", "x=[0.0:1.0] -o random -m 6"] {
        let one = labels(line);
        assert_eq!(one.len(), 6);
        assert_eq!(one, labels(&format!("{line} --jobs 4")), "{line}");
        assert_eq!(one, labels(&format!("{line} --jobs auto")), "{line}");
    }
}

#[test]
fn a_trial_that_fails_halts_the_others_only_when_asked() {
    let script = "import os\nx = 1\nif x == 1:\n    raise SystemExit(3)\n";
    let project = Project::with(&[("s.py", script)]);
    let out = project.guild("run s.py x=[1,2,3,4] --jobs 2 -y").succeeds();
    assert!(out.stderr.contains("exited with an error (3)"), "{}", out.stderr);
    assert!(out.stderr.contains("4 of 4 done, 1 failed"), "{}", out.stderr);
    project.guild("runs rm -y").succeeds();
    let out = project.guild("run s.py x=[1,1,2,2,2,2] --jobs 2 --fail-on-trial-error -y").fails(3);
    assert_eq!(out.stderr.matches("Stopping batch because").count(), 1, "{}", out.stderr);
    let pending = project.guild("runs -Sp -s").succeeds().stdout;
    assert!(pending.lines().count() >= 2, "{pending}");
}

#[test]
fn a_batch_that_is_started_later_has_its_jobs() {
    let project = Project::with(&[("s.py", MEET)]);
    project.guild("run s.py x=[1,2] --jobs 2 --stage -y").succeeds();
    let id = batch(&project).file_name().unwrap().to_str().unwrap().to_string();
    let out = project.guild(&format!("run --start {id} -y")).succeeds();
    assert!(out.stderr.contains("2 of 2 done"), "{}", out.stderr);
}

#[test]
fn ctrl_c_ends_all_that_run() {
    let script = "import time\nx = 1\nopen('started', 'w').close()\ntime.sleep(60)\n";
    let project = Project::with(&[("s.py", script)]);
    let child = project.guild("run s.py x=[1,2,3,4,5] --jobs 3 -y").start();
    eventually(|| {
        let started = trials(&project).iter().filter(|run| run.join("started").exists()).count();
        (started == 3).then_some(())
    });
    let group = format!("-{}", child.id());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    let out = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(240), "{stderr}");
    assert_eq!(stderr.matches("Stopping batch").count(), 1, "{stderr}");
    let statuses = project.guild("runs -s").succeeds().stdout;
    assert_eq!(statuses.matches(" terminated ").count(), 4, "{statuses}");
    assert_eq!(statuses.matches(" pending ").count(), 2, "{statuses}");
}

#[test]
fn a_search_knows_what_is_still_running() {
    let project = Project::with(&[("s.py", MEET)]);
    let out = project.guild("run s.py x=[0.0:1.0] -o random -m 4 --jobs 2 -y").succeeds();
    assert!(out.stderr.contains("4 of 4 done"), "{}", out.stderr);
}

#[test]
fn what_makes_no_sense_is_said() {
    let project = Project::with(&[("s.py", "x = 1\n")]);
    for wrong in ["0", "1.5", "some"] {
        let out = project.guild_args(&["run", "s.py", "x=[1,2]", "--jobs", wrong, "-y"]).fails(2);
        assert!(out.stderr.contains("'auto', or 1 or more"), "{}", out.stderr);
    }
    let out = project.guild("run s.py --jobs 2 -y").succeeds();
    assert_eq!(out.stderr, "WARNING: not a batch run - ignoring --jobs\n");
}
