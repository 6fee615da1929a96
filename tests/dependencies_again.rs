//! What an operation required, shown afterwards and resolved again: staged runs and restarts, by us
//! and by Guild AI 0.9.0 in turn.

use std::fs;
use std::path::PathBuf;

use crate::dependencies::{Side, requiring, tree};
use crate::harness::{Project, oracle};

const REQUIRES: &str = "- operation: prep\n  target-path: p\n- file: x.txt\n- file: n3.txt\n  name: \
                        fresh\n  always-resolve: yes\n  replace-existing: yes";

fn side<'a>(project: &'a Project, home: &str, program: Option<PathBuf>) -> Side<'a> {
    let home = project.dir().parent().unwrap().join(home);
    let _ = fs::create_dir(&home);
    Side { project, home, program }
}

#[test]
fn what_was_resolved_is_shown() {
    let project = requiring(REQUIRES, "");
    let ours = side(&project, "home", None);
    ours.run("run prep -y");
    ours.run("run op -y");
    let listed = ours.run("ls --dependencies -n").stdout;
    assert_eq!(listed, "n3.txt\np/m.bin\np/sub/\np/sub/a-1.txt\np/sub/a-12.txt\nx.txt\n");
    let info = ours.run("runs info --deps").stdout;
    let shown = |info: &str| ours.plain(info.split("\ndependencies:\n").nth(1).unwrap());
    assert_eq!(
        shown(&info),
        "  file:x.txt:
    file:x.txt:
      paths:
      - ../../../project/x.txt
      uri: file:x.txt
  fresh:
    fresh:
      paths:
      - ../../../project/n3.txt
      uri: file:n3.txt
  operation:prep:
    operation:prep:
      config: RUN0
      paths:
      - ../RUN0/m.bin
      - ../RUN0/sub
      uri: operation:prep
"
    );
    let Some(program) = oracle() else { return };
    let theirs = side(&project, "home", Some(program));
    assert_eq!(theirs.run("ls --dependencies -n").stdout, listed);
    assert_eq!(shown(&theirs.run("runs info --deps").stdout), shown(&info));
}

/// What is staged by one and started by the other, then started again by the first, is the same
/// whoever it is. Results of another operation wait for the start; what is resolved stays, but for
/// what asks to be resolved always.
#[test]
fn a_staged_run_and_a_restart() {
    let Some(program) = oracle() else { return };
    let mut seen = Vec::new();
    for (i, (first, second)) in
        [(false, false), (false, true), (true, false), (true, true)].into_iter().enumerate()
    {
        let project = requiring(REQUIRES, "");
        let by =
            |theirs: bool| side(&project, &format!("home{i}"), theirs.then(|| program.clone()));
        let (first, second) = (by(first), by(second));
        let mut told = String::new();
        let mut tell = |side: &Side, line: &str| {
            let out = side.run(line);
            assert_eq!(out.code, Some(0), "{line}: {}", out.stderr);
            let run = &side.runs()[1.min(side.runs().len() - 1)];
            let deps = fs::read_to_string(run.join(".guild/attrs/deps")).unwrap();
            let all = [out.stderr, tree(run, "".as_ref()), deps].join("\n");
            told += &side.plain(&format!("{}\n{all}\n", line.split_whitespace().nth(1).unwrap()));
        };
        tell(&first, "run prep -y");
        tell(&first, "run op --stage -y");
        project.write("x.txt", "changed");
        project.write("n3.txt", "changed");
        tell(&second, "run prep -y");
        let id = second.runs()[1].file_name().unwrap().to_str().unwrap().to_string();
        tell(&second, &format!("run --start {id} -y"));
        project.write("x.txt", "once more");
        project.write("n3.txt", "once more");
        tell(&first, &format!("run --restart {id} -y"));
        seen.push(told);
        // There, what a start resolves is in no manifest.
        let manifest = fs::read_to_string(second.runs()[1].join(".guild/manifest")).unwrap();
        let started_by_us = second.program.is_none();
        assert_eq!(manifest.contains("\nd p/m.bin "), started_by_us, "{manifest}");
    }
    let theirs = seen.pop().unwrap();
    assert!(theirs.contains("because it's being staged"), "{theirs}");
    assert!(theirs.contains("Skipping resolution of file:x.txt because it's already resolved"));
    assert!(theirs.contains("n3.txt: once more") && theirs.contains("x.txt: x"), "{theirs}");
    seen.iter().for_each(|ours| assert_eq!(*ours, theirs));
}
