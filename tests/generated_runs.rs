//! The runs that benchmarks are made of are runs to both programs.

use crate::generate;
use crate::harness::{Project, oracle};

#[test]
fn generated_runs_are_read_by_both() {
    let project = Project::new();
    let ids = generate::runs(&project.home(), 60).unwrap();
    let list = project.guild("runs list --all").succeeds();
    assert_eq!(list.stdout.lines().count(), 60, "{}", list.stderr);
    let status = |status: &str| list.stdout.lines().filter(|l| l.contains(status)).count();
    assert!(status(" completed ") > 40 && status(" error ") > 0, "{}", list.stdout);
    let newest = project.guild(&format!("runs info {}", ids[59])).succeeds().stdout;
    assert!(newest.contains("\n  x: 9\n") && newest.contains("\n  loss: "), "{newest}");
    assert_eq!(
        project.guild("runs list --json -F x=3").succeeds().stdout.matches("run_dir").count(),
        6
    );
    assert_eq!(generate::runs(&project.home(), 60).unwrap(), ids, "the same again");

    let Some(oracle) = oracle() else { return };
    for line in ["runs list --all", "runs list --json", "compare --csv -", "runs info 3 --json"] {
        let ours = project.guild(line).succeeds().stdout;
        let theirs = project.guild(line).by_oracle(&oracle);
        assert_eq!(theirs.code, Some(0), "{}", theirs.stderr);
        assert_eq!(ours.lines().count(), theirs.stdout.lines().count(), "{}", theirs.stdout);
        if line != "runs info 3 --json" {
            assert_eq!(ours, theirs.stdout);
        }
    }
}
