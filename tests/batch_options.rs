//! The options of batches and optimizers one by one, beside Guild AI 0.9.0: what commands say, what they
//! exit with, and the runs that they leave.

use std::fs;
use std::path::{Path, PathBuf};

use serde_yaml::Value;

use crate::harness::{Project, oracle};

/// What is shown, files of the project beside the usual ones, and commands. In these, `{batch}` is the
/// id of the newest batch, `{x=1}` that of the trial whose label has this in it, and what stands before
/// `<<` is typed.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// `t` takes anything, `f` fails where `x` is 2.
const GUILDFILE: &str = "\
t:
  exec: 'echo acc: ${x}'
  flags: {x: 1, y: a}
  objective: {maximize: acc}
  optimizers:
    fast: {algorithm: gp, random-starts: 1, kappa: 1.5}
    slow: {algorithm: forest, default: yes}
f:
  exec: 'test ${x} -ne 2'
  flags: {x: 1}
d:
  exec: 'echo ${x}'
  flags: {x: 1}
  delete-on-success: yes
c:
  exec: 'echo ${x} ${y}'
  flags:
    x: {min: 1, max: 5, default: 2}
    y: {choices: [a, b], default: a}
";

const CSV: &[(&str, &str)] = &[("t.csv", "x,y\n3,c\n4,d\n")];

const TRIALS: &[Row] = &[
    (
        "lists, in the order of names",
        &[],
        &["run t y=[b,a] x=[2,1] --print-trials", "run t y=[b,a] x=[2,1] -y"],
    ),
    (
        "functions",
        &[],
        &[
            "run t x=range[1:3] --print-trials",
            "run t x=range[3:1:-1] --print-trials",
            "run t x=range[1:2:0.5] --print-trials",
            "run t x=linspace[0:1] --print-trials",
            "run t x=linspace[0:1:3] --print-trials",
            "run t x=logspace[0:2:3] --print-trials",
            "run t x=logspace[0:2:3:2] --print-trials",
        ],
    ),
    (
        "@FILE, CSV",
        CSV,
        &["run t @t.csv -y", "run t @t.csv y=[e,f] --print-trials", "n<<run t @t.csv"],
    ),
    (
        "@FILE, JSON",
        &[("t.json", r#"[{"x": 1.5, "y": "b"}, {"x": 2}]"#)],
        &["run t @t.json --print-trials", "run t @t.json -y"],
    ),
    (
        "@FILE, YAML",
        &[
            ("t.yml", "- x: 1e3\n  y: yes\n- {x: 2}\n"),
            ("t.yaml", "x: [1,2]\n"),
            ("t.txt", "x\n1\n"),
        ],
        &[
            "run t @t.yml --print-trials",
            "run t @t.yaml --print-trials",
            "run t @t.yml -y",
            "run t @t.txt -y",
            "run t @none.csv -y",
        ],
    ),
    (
        "two files",
        &[("t.csv", "x\n3\n4\n"), ("u.csv", "y\nc\nd\n")],
        &["run t @t.csv @u.csv --print-trials"],
    ),
    (
        "--max-trials",
        &[],
        &[
            "run t x=[1,2,3] --max-trials 9 --print-trials",
            "n<<run t x=[1,2,3] -m 2",
            "run t x=[1,2] --trials 2 -y",
            "run t -m 3 -y",
        ],
    ),
    ("--random-seed", &[], &["run t x=[1,2] --random-seed 7 -y --keep-batch"]),
    (
        "--print-trials",
        &[],
        &["run t x=[1,2] y=[a,null,yes] --print-trials", "run t x=1 --print-trials"],
    ),
    (
        "--save-trials",
        &[],
        &[
            "run t x=[1,2] y=[a,'1',yes,1.5] --save-trials t.csv",
            "run t x=[1,2] --save-trials t.json",
            "run t x=[1,2] --save-trials t",
            "run t x=[1,2] --save-trials t.yml",
            "run t --save-trials t.csv",
        ],
    ),
    ("a range where all combinations are run", &[], &["n<<run t x=[1:9] y=[a,b] -o +"]),
    (
        "values that are refused",
        CSV,
        &[
            "run t z=[1,2] -y",
            "run t z=[1,2] -f -y",
            "run c x=[1,2] y=[a,z] -y",
            "run c @t.csv -y",
            "run c x=[1,9] --print-trials",
        ],
    ),
];

const KEPT: &[Row] = &[
    ("--stage-trials", &[], &["run t x=[1,2] --stage-trials -y", "run --start {x=2} -y"]),
    (
        "--stage",
        &[],
        &["run t x=[1,2] --stage -y --keep-batch", "run --start {batch} -y --keep-batch"],
    ),
    (
        "--stage, with what is kept",
        &[],
        &[
            "run t x=[1,2] --stage -y -l own-${x} -bl both -t tt -bt uu -c cc -bc dd",
            "run --start {batch} -y --keep-batch",
        ],
    ),
    ("--keep-batch", &[], &["run t x=[1,2] --keep-batch -y", "run t x=[1,2] -y", "runs -s"]),
    ("--keep-run", &[], &["run t x=[1,2] --keep-run -y"]),
    (
        "delete-on-success",
        &[],
        &["run d x=[1,2] -y", "run d x=[1,2] --keep-run -y", "run d x=[3,4] --keep-batch -y"],
    ),
    ("--label", &[], &["run t x=[1,2] --label own-${x} -y", "run t x=[1,2] -l plain -y"]),
    ("--tag", &[], &["run t x=[1,2] --tag t1 -t t2 -y --keep-batch"]),
    ("--comment", &[], &["run t x=[1,2] --comment hi -y --keep-batch"]),
    (
        "--batch-label",
        &[],
        &["run t x=[1,2] --batch-label b -y --keep-batch", "run t x=1 -bl b -y"],
    ),
    (
        "--batch-tag",
        &[],
        &["run t x=[1,2] --batch-tag b1 -bt b2 -y --keep-batch", "run t --batch-tag b1 -y"],
    ),
    (
        "--batch-comment",
        &[],
        &["run t x=[1,2] --batch-comment bc -y --keep-batch", "run t x=1 -bc bc -y"],
    ),
    ("--quiet", &[], &["run t x=[1,2] -y --quiet --keep-batch"]),
    ("--run-id", &[], &["run t x=[1,2] --run-id abc -y --keep-batch"]),
    ("--stop-after", &[], &["run t x=[1,2] --stop-after 1 -y --keep-batch"]),
    (
        "commands on batches",
        &[],
        &[
            "run t x=[1,2] -y --keep-batch -bl bb",
            "ls {batch}",
            "runs -s -Fo +",
            "runs rm {batch} -y",
        ],
    ),
];

const ENDS: &[Row] = &[
    ("a trial that fails", &[], &["run f x=[1,2,3] -y --keep-batch", "runs -s", "runs -s --error"]),
    ("--fail-on-trial-error", &[], &["run f x=[1,2,3] --fail-on-trial-error -y"]),
    (
        "--needed",
        &[],
        &[
            "run t x=[1,2] --keep-batch -y",
            "run t x=[1,2] --needed -y",
            "run t x=[2,1] --needed -y",
            "run t x=1 --needed -y",
            "run --restart {batch} --needed -y",
            "run --proto {batch} --needed -y",
        ],
    ),
    (
        "--needed of what failed",
        &[],
        &["run f x=[1,2] -y --fail-on-trial-error", "run f x=[1,2] -y --needed"],
    ),
    (
        "--restart with flags",
        &[],
        &["run t x=[1,2] --keep-batch -y", "run --restart {batch} x=[3,4] --keep-batch -y"],
    ),
    (
        "--restart with labels",
        &[],
        &["run t x=[1] -y --keep-batch", "run --restart {batch} -l n -t t -bl b -y --keep-batch"],
    ),
    (
        "--restart of a batch with another operation",
        &[],
        &["run t x=[1,2] -y --keep-batch", "run f --restart {batch} -y"],
    ),
    (
        "--proto of a batch",
        &[],
        &["run t x=[1,2] -l o -bl b --keep-batch -y", "run --proto {batch} -y --keep-batch"],
    ),
    (
        "--proto of a batch with flags",
        &[],
        &["run t x=[1,2] --keep-batch -y", "run --proto {batch} y=b x=[5] -y --keep-batch"],
    ),
    (
        "--proto of a batch with another operation",
        &[],
        &["run d x=[1,2] -y --keep-batch", "run --proto {batch} t -y --keep-batch"],
    ),
    (
        "--proto and --restart of a trial",
        &[],
        &[
            "run t x=[1,2] -y",
            "run --restart {x=1} -y",
            "run --proto {x=1} y=[b,c] -y --keep-batch",
        ],
    ),
];

const OPTIMIZERS: &[Row] = &[
    (
        "--optimizer, questions",
        &[],
        &[
            "n<<run t x=[1:5] -o gp",
            "n<<run t x=[1,2] -o random -m 3",
            "n<<run t x=[0.0:1.0]",
            "n<<run t x=uniform[0:1:0.5] -m 3",
            "n<<run t x=loguniform[1:5]",
            "n<<run c -o gp",
            "n<<run c -o random",
            "n<<run c x=3 -o bayesian",
        ],
    ),
    ("--optimize", &[], &["n<<run t x=[1:5] -O", "n<<run t x=[1:5] -o fast", "n<<run c -O"]),
    (
        "--minimize, --maximize",
        &[],
        &[
            "n<<run t x=[1:5] -o gp --minimize acc",
            "n<<run t x=[1:5] -o gaussian -X acc",
            "n<<run t x=[1:5] -o forest -N 1#acc",
            "run t x=[1:5] -N a -X b -y",
        ],
    ),
    (
        "--opt-flag",
        &[],
        &[
            "run t x=[1] -o gp -Fo kappa=2 -Fo xi=0.1 -m 1 -y --keep-batch",
            "run t x=[1] -Fo kappa=1 -y",
            "run t x=1 -Fo kappa=1 -y",
            "run t x=[1] -o random -Fo a=1 -m 1 -y",
            "run t x=[1] -o gp -Fo foo -y",
        ],
    ),
    (
        "what a batch of an optimizer keeps",
        &[],
        &[
            "run t x=[1] -o random -m 1 -y --keep-batch -bl b",
            "run --restart {batch} -y --keep-batch",
        ],
    ),
    (
        "trials of an optimizer",
        &[],
        &[
            "run t x=[1] -o random -m 1 --print-trials",
            "run t x=[1] -o random -m 1 --stage-trials -y",
            "run t x=[1] -o gp --stage-trials -y",
        ],
    ),
    (
        "--stage of an optimizer",
        &[],
        &["run t x=[1] -o forest -m 1 --stage -y", "run --start {batch} -y --keep-batch"],
    ),
    ("--help-op of all combinations", &[], &["run random --help-op"]),
];

fn text(run: &Path, name: &str) -> String {
    fs::read_to_string(run.join(".guild").join(name)).unwrap_or_default()
}

fn attr(run: &Path, name: &str) -> Value {
    let value: Value = serde_yaml::from_str(&text(run, &format!("attrs/{name}"))).unwrap();
    match value {
        // When a comment was made, and by whom, is the machine's.
        Value::Sequence(items) if name == "comments" => {
            items.into_iter().map(|item| item["body"].clone()).collect()
        }
        value => value,
    }
}

fn is_batch(run: &Path) -> bool {
    run.join(".guild/proto").exists()
}

/// What a run is left with, but for ids, times and the machine.
fn kept(run: &Path) -> String {
    let mut kept = format!("{}:", text(run, "opref").split_whitespace().last().unwrap_or_default());
    let mark = |name: &&str| run.join(".guild").join(name).exists();
    for name in ["PENDING", "STAGED", "LOCK"].iter().filter(|name| mark(name)) {
        kept += &format!(" {name}");
    }
    let names =
        ["flags", "label", "tags", "comments", "exit_status", "max_trials", "sourcecode_digest"];
    for name in names {
        kept += &format!("\n  {name} {:?}", attr(run, name));
    }
    let output = without_ids(&text(run, "output"));
    let mut lines: Vec<_> = output.lines().collect();
    if is_batch(run) {
        // Guild AI hears of what its trials say when it happens to.
        lines.sort_unstable();
    }
    kept + "\n  " + &lines.join("\n  ") + "\n"
}

/// All runs, also those that were deleted: the trials by their labels, then the batches.
fn runs(project: &Project) -> Vec<PathBuf> {
    let folders = ["runs", "trash/runs"].map(|folder| project.home().join(folder));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut runs: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    let key = |run: &Path| (text(run, "attrs/label"), plain(&kept(run), project));
    runs.sort_by_cached_key(|run| (is_batch(run), key(&run.join(".guild/proto")), key(run)));
    runs
}

fn left(project: &Project) -> String {
    let label = |link: &PathBuf| {
        let live = project.home().join("runs").join(link.file_name().unwrap());
        text(&live, "attrs/label")
    };
    let mut told = String::new();
    for run in runs(project) {
        told += &kept(&run);
        if is_batch(&run) {
            let links = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().path());
            let mut trials: Vec<_> = links.filter(|p| p.is_symlink()).map(|p| label(&p)).collect();
            trials.sort();
            let proto = run.join(".guild/proto");
            told += &format!("  trials {trials:?}\n  prototype {}", kept(&proto));
            told += &format!("  trials {:?}\n", attr(&proto, "trials"));
        }
    }
    let saved = ["t.csv", "t.json", "t"].map(|name| fs::read_to_string(project.path(name)).ok());
    format!("{told}{saved:?}\n")
}

fn without_ids(text: &str) -> String {
    let is_id =
        |word: &str| matches!(word.len(), 8 | 32) && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mut told = String::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        told += &if is_id(bare) { word.replace(bare, "ID") } else { word.to_string() };
    }
    told
}

/// Ids, times and folders as words.
fn plain(text: &str, project: &Project) -> String {
    let root = project.dir().parent().unwrap().display().to_string();
    let text = text.replace("~/", &format!("{root}/")).replace(&root, "ROOT");
    let mut plain = without_ids(&text);
    // `2026-01-31 12:30:00`
    let time = |at: usize| {
        let text = plain.get(at..at + 19)?.bytes();
        let mask = "0000-00-00 00:00:00".bytes();
        text.zip(mask)
            .all(|(a, b)| if b == b'0' { a.is_ascii_digit() } else { a == b })
            .then_some(at)
    };
    let times: Vec<usize> = (0..plain.len()).filter_map(time).collect();
    times.into_iter().for_each(|at| plain.replace_range(at..at + 19, "YYYY-MM-DD HH:MM:SS"));
    plain
}

/// All that a program says and leaves.
fn transcript(row: &Row, oracle: Option<&Path>) -> String {
    let project = Project::with(&[("guild.yml", GUILDFILE)]);
    row.1.iter().for_each(|(name, text)| project.write(name, text));
    fs::create_dir(project.home()).unwrap();
    let mut told = String::new();
    for line in row.2 {
        let (input, line) = line.split_once("<<").map_or((None, *line), |(i, l)| (Some(i), l));
        let mut line = line.to_string();
        if let Some((before, rest)) = line.clone().split_once(" {") {
            let (wanted, after) = rest.split_once('}').unwrap();
            let live = |run: &PathBuf| run.starts_with(project.home().join("runs"));
            let is_wanted = |run: &PathBuf| match wanted {
                "batch" => is_batch(run),
                label => !is_batch(run) && text(run, "attrs/label").contains(label),
            };
            let newest = |run: &PathBuf| text(run, "attrs/initialized");
            let found =
                runs(&project).into_iter().filter(live).filter(is_wanted).max_by_key(newest);
            let id = found.unwrap_or_else(|| panic!("{}: no {wanted}", row.0));
            line = format!("{before} {}{after}", id.file_name().unwrap().display());
        }
        let guild = project.guild(&line);
        let out = match (oracle, input) {
            (Some(oracle), None) => guild.by_oracle(oracle),
            (Some(oracle), Some(input)) => {
                guild.program(oracle).input(&format!("{input}\n")).outcome()
            }
            (None, Some(input)) => guild.input(&format!("{input}\n")).outcome(),
            (None, None) => guild.outcome(),
        };
        let text = format!("$ {line}\n{}---\n{}=> {:?}\n", out.stdout, out.stderr, out.code);
        told += &plain(&text, &project);
    }
    told + &plain(&left(&project), &project)
}

#[track_caller]
fn as_the_other_program(rows: &[Row]) {
    let Some(oracle) = oracle() else { return };
    let mut different = Vec::new();
    for row in rows {
        let (ours, theirs) = (transcript(row, None), transcript(row, Some(&oracle)));
        if ours != theirs {
            let lines = similar::TextDiff::from_lines(&theirs, &ours);
            different.push(format!("{}\n{}", row.0, lines.unified_diff().context_radius(1)));
        }
    }
    assert!(different.is_empty(), "- Guild AI, + guild\n{}", different.join("\n"));
}

#[test]
fn trials_are_the_same_as_in_guild_ai() {
    as_the_other_program(TRIALS);
}

#[test]
fn runs_are_left_as_by_guild_ai() {
    as_the_other_program(KEPT);
}

#[test]
fn batches_end_and_start_again_as_in_guild_ai() {
    as_the_other_program(ENDS);
}

#[test]
fn optimizers_are_asked_for_as_in_guild_ai() {
    as_the_other_program(OPTIMIZERS);
}
