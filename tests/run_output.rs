//! What a run prints: on a terminal, with progress bars, and much of it.

use std::fs;
use std::process::Command;

use crate::harness::{Project, python};

/// What a terminal of 60 columns gets from a run of a script.
fn on_a_terminal(project: &Project, script: &str) -> String {
    project.on_a_terminal(&format!("run {script} -y"), &[])
}

/// A bar on standard error, lines on standard output, each after the other has been seen.
const BAR: &str = r##"
import sys, time
def bar(n):
    sys.stderr.write("\r%3d%%|%s|" % (n * 50, "#" * n))
    sys.stderr.flush()
    time.sleep(0.1)
bar(1)
for line in ["one", "two"]:
    sys.stdout.write(line + "\n")
    time.sleep(0.1)
bar(2)
sys.stderr.write("\nloss: 0.5\n")
"##;

#[test]
fn lines_stand_above_a_progress_bar() {
    let project = Project::with(&[("bar.py", BAR)]);
    let got = on_a_terminal(&project, "bar.py");
    let expected = "\r 50%|#|\r\x1b[Kone\n 50%|#|\r\x1b[Ktwo\n 50%|#|\r100%|##|\nloss: 0.5\n";
    assert!(got.ends_with(expected), "{got:?}");
    // The run keeps what the script wrote, byte for byte.
    let kept = fs::read(project.run().join(".guild/output")).unwrap();
    let kept = String::from_utf8(kept).unwrap();
    assert_eq!(kept, "\r 50%|#|one\ntwo\n\r100%|##|\nloss: 0.5\n");
    assert!(project.guild("runs info").succeeds().stdout.contains("loss: 0.500000 (step 0)"));
}

#[test]
fn a_script_knows_the_size_of_the_terminal() {
    let script = "import os, shutil\nprint(tuple(shutil.get_terminal_size((7, 7))))\n";
    let project = Project::with(&[("size.py", script)]);
    assert!(on_a_terminal(&project, "size.py").ends_with("(60, 24)\n"));
    assert!(!project.attr(&project.run(), "env").contains("COLUMNS"));
    let told = project.guild("run size.py -y").without_env("COLUMNS").succeeds();
    assert_eq!(told.stdout, "(7, 7)\n");
    let told = project.guild("run size.py -y").env("COLUMNS", "50").env("LINES", "5").succeeds();
    assert_eq!(told.stdout, "(50, 5)\n");
}

#[test]
fn lines_are_written_whole() {
    let script = "import os\nprint('a', end='')\nos.write(1, b'b\\n')\nprint('c')\n";
    let project = Project::with(&[("a.py", script)]);
    let lines = project.guild("run a.py -y").without_env("PYTHONUNBUFFERED").succeeds();
    assert_eq!(lines.stdout, "b\nac\n");
    let pieces = project.guild("run a.py -y").env("PYTHONUNBUFFERED", "1").succeeds();
    assert_eq!(pieces.stdout, "ab\nc\n");
}

/// A tenth of what a training that logs too much writes, in lines of 10 MB, with bytes that are no
/// text: everything is kept, and guild itself stays small.
#[test]
fn much_output_is_kept_in_little_memory() {
    let script = r#"
import sys
out = sys.stdout.buffer
for i in range(10):
    for _ in range(10):
        out.write((b"\x00\xff%d" % i) * 333333)
    out.write(b"\nloss: %d\n" % i)
"#;
    let project = Project::with(&[("much.py", script)]);
    let line = "ulimit -v 400000; exec \"$0\" run much.py -y --quiet";
    let status = Command::new("sh")
        .args(["-c", line, env!("CARGO_BIN_EXE_guild")])
        .current_dir(project.dir())
        .env("GUILD_HOME", project.home())
        .env("GUILD_PYTHON", python())
        .status()
        .unwrap();
    assert!(status.success());
    let run = project.run();
    let kept = fs::metadata(run.join(".guild/output")).unwrap().len();
    assert_eq!(kept, 10 * (10 * 333_333 * 3 + "\nloss: 0\n".len() as u64));
    assert_eq!(fs::metadata(run.join(".guild/output.index")).unwrap().len(), 20 * 9);
    assert!(project.guild("runs info").succeeds().stdout.contains("loss: 9.000000 (step 0)"));
}
