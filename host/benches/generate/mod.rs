//! Runs as they come together over the months, made without running anything: for benchmarks, and
//! for tests that need many.
//!
//! Each has all that Guild AI 0.9.0 writes for a run of a script: the operation, flags, labels, tags,
//! comments, what the process was, output with its index, source code with its manifest, and scalars
//! in an event file. Most completed, some failed, were stopped, or were prepared and never run. The
//! same `count` makes the same runs, except for the names of event files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use guild_scalars::events::EventWriter;

/// The time of the first run's start, in microseconds.
const FIRST: u64 = 1_700_000_000_000_000;

/// Seconds from one run's start to the next one's.
const APART: u64 = 260;

/// How many scalars a run has of each name.
const STEPS: i64 = 25;

const SCRIPT: &str = "import model\n\nlr = 0.1\nlayers = 3\nx = 1\noptimizer = 'adam'\n\n\
                      model.train(lr, layers, x, optimizer)\n";

/// Makes `count` runs in the Guild home `home`. Gives their ids, the oldest first.
///
/// # Errors
/// The first file that cannot be written.
pub fn runs(home: &Path, count: usize) -> io::Result<Vec<String>> {
    let mut random = fastrand::Rng::with_seed(20_231_114);
    let runs = home.join("runs");
    (0..count).map(|number| run(&runs, number, &mut random)).collect()
}

/// How a run went.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Exit(i32),
    /// Nobody wrote how it ended.
    Lost,
    Staged,
    Pending,
}

fn run(runs: &Path, number: usize, random: &mut fastrand::Rng) -> io::Result<String> {
    let id = format!("{:032x}", random.u128(..));
    let dir = Made { dir: runs.join(&id) };
    let end = match random.u8(0..100) {
        0..=85 => End::Exit(0),
        86..=92 => End::Exit(1),
        93..=95 => End::Exit(-15),
        96 => End::Lost,
        97..=98 => End::Staged,
        _ => End::Pending,
    };
    let (x, layers) = (number % 10, random.u8(1..9));
    let lr = f64::from(random.u32(1..1000)) / 10_000.0;
    let optimizer = ["adam", "sgd", "rmsprop"][random.usize(..3)];
    let started = FIRST + number as u64 * APART * 1_000_000 + random.u64(..1_000_000);
    let stopped = started + random.u64(2_000_000..200_000_000);

    operation(&dir, &id, number)?;
    let flags = format!("layers: {layers}\nlr: {lr}\noptimizer: {optimizer}\nx: {x}\n");
    dir.attr("flags", &flags)?;
    dir.attr("user_flags", &format!("lr: {lr}\nx: {x}\n"))?;
    dir.attr("label", &format!("layers={layers} lr={lr} optimizer={optimizer} x={x}\n"))?;
    environment(&dir, &id, layers, lr, optimizer, x)?;
    if random.u8(..5) == 0 {
        dir.attr("tags", &format!("- {}\n- sweep-{}\n", ["baseline", "ablation"][x % 2], x / 3))?;
    }
    if random.u8(..20) == 0 {
        let comment = "- body: Better than the one before\n  host: box\n  time: ";
        dir.attr("comments", &format!("{comment}{stopped}\n  user: ann\n"))?;
    }
    if random.u8(..50) == 0 {
        dir.attr("marked", "true\n")?;
    }
    dir.attr("initialized", &format!("{}\n", started - 60_000))?;
    match end {
        End::Pending => return dir.write(".guild/PENDING", "").map(|()| id),
        End::Staged => dir.write(".guild/STAGED", "")?,
        _ => {}
    }
    dir.attr("started", &format!("{started}\n"))?;
    match end {
        End::Staged => return Ok(id),
        End::Exit(status) => {
            dir.attr("stopped", &format!("{stopped}\n"))?;
            dir.attr("exit_status", &format!("{status}\n"))?;
        }
        // No process has this number: it is above what Linux gives.
        _ => dir.write(".guild/LOCK", "4194999")?,
    }
    results(&dir, started, random)?;
    Ok(id)
}

/// Which operation it is, and what it was made of.
fn operation(dir: &Made, id: &str, number: usize) -> io::Result<()> {
    let (opref, name) = match number % 4 {
        0 => ("guildfile:/home/ann/vision/guild.yml 74098ed3 '' train", "train"),
        1 => ("script:/home/ann/text '' '' evaluate.py", "evaluate"),
        _ => ("script:/home/ann/vision '' '' train.py", "train"),
    };
    dir.write(".guild/opref", opref)?;
    dir.attr("id", &format!("{}\n", if is_number(id) { format!("'{id}'") } else { id.into() }))?;
    let cmd =
        format!("- /usr/bin/python3\n- -um\n- guild.op_main\n- {name}\n- --\n- --lr\n- '0.1'\n");
    dir.attr("cmd", &cmd)?;
    dir.attr("deps", "{}\n")?;
    dir.attr("op", OP)?;
    dir.attr("run_params", RUN_PARAMS)?;
    dir.attr("sourcecode_digest", "2232bb41ecc7eb3cfba3cd14ee44961e\n")?;
    dir.attr("vcs_commit", "git:c0ffee5d1f5b5d0a7f5a1ce0e5a9e7b2d1c3f4a5\n")?;
    dir.write(&format!("{name}.py"), SCRIPT)?;
    dir.write(
        ".guild/manifest",
        format!("s {name}.py 5b0ae7c7e1d53a0a5a4e9d0a1d2f3c4b5a697887 {name}.py\n"),
    )
}

/// YAML would read it as one.
fn is_number(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_digit() || b == b'e')
}

fn environment(
    dir: &Made,
    id: &str,
    layers: u8,
    lr: f64,
    optimizer: &str,
    x: usize,
) -> io::Result<()> {
    let mut env = format!(
        "FLAG_LAYERS: '{layers}'\nFLAG_LR: '{lr}'\nFLAG_OPTIMIZER: {optimizer}\nFLAG_X: '{x}'\n\
         GUILD_HOME: /home/ann/.guild\nGUILD_OP: /home/ann/vision/train.py\n\
         PYTHONPATH: .:/usr/lib/python3\nRUN_DIR: /home/ann/.guild/runs/{id}\nRUN_ID: '{id}'\n"
    );
    for i in 0..25 {
        env += &format!("VARIABLE_{i}: /opt/tools/of/many/kinds/number-{i}\n");
    }
    dir.attr("env", &env)?;
    let packages: String = (0..40).map(|i| format!("- package-{i}=={}.{i}.0\n", i / 7)).collect();
    dir.attr("pip_freeze", &packages)?;
    dir.attr(
        "platform",
        "architecture: 64bit ELF\ncpus: 8\nprocessor: ''\n\
         python_version: 3.11.7 (main)\nuname: 'Linux box 6.1.0 #1 SMP x86_64 '\n",
    )?;
    dir.attr("plugins", "- cpu\n- disk\n- memory\n- perf\n- python_script\n")?;
    dir.attr("random_seed", "2804242859\n")?;
    dir.attr("host", "box\n")?;
    dir.attr("user", "ann\n")
}

/// Output with its index (per line the time in milliseconds and the stream), and scalars.
fn results(dir: &Made, started: u64, random: &mut fastrand::Rng) -> io::Result<()> {
    let (mut output, mut index) = (String::new(), Vec::new());
    let mut events = EventWriter::new(dir.dir.join(".guild"));
    let mut loss = 2.0 + random.f32();
    for step in 1..=STEPS {
        loss *= 0.9 + random.f32() / 10.0;
        let values = [("loss", loss), ("acc", 1.0 - loss / 3.0), ("val_loss", loss * 1.1)];
        for (name, value) in [("step", step as f32)].into_iter().chain(values) {
            output += &format!("{name}: {value}\n");
            index.extend((started / 1000 + step as u64).to_be_bytes());
            index.push(0);
        }
        for (name, value) in values {
            events.add(name, value, step)?;
        }
    }
    events.flush()?;
    dir.write(".guild/output", &output)?;
    dir.write(".guild/output.index", index)
}

/// A run's directory.
struct Made {
    dir: PathBuf,
}

impl Made {
    fn attr(&self, name: &str, text: &str) -> io::Result<()> {
        self.write(&format!(".guild/attrs/{name}"), text)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let path = self.dir.join(path);
        match fs::write(&path, &bytes) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(&path))?;
                fs::write(path, bytes)
            }
            written => written,
        }
    }
}

const OP: &str = "\
delete-on-success: false
deps: []
flag-null-labels: {}
flags-extra: {}
label-template: null
op-cmd:
  cmd-args:
  - ${python_exe}
  - -um
  - guild.op_main
  - train
  - __flag_args__
  cmd-env: {FLAGS_DEST: globals, PROJECT_DIR: /home/ann/vision}
  cmd-flags:
    layers: {}
    lr: {}
    optimizer: {}
    x: {}
  flags-dest: globals
output-scalars: null
python-requires: null
sourcecode:
  dest: .
  root: /home/ann/vision
";

const RUN_PARAMS: &str = "\
background: false
batch_label: null
batch_tags: []
comment: null
flags: [lr=0.1, x=1]
force_flags: false
gpus: null
label: null
max_trials: null
needed: false
opspec: train.py
optimize: false
optimizer: null
proto: null
restart: null
run_dir: null
stage: false
tags: []
yes: true
";
