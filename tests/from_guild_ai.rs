//! What Guild AI 0.9.0 has and guild has not is known, and answered in a line.

use crate::harness::Project;

#[track_caller]
fn answered(project: &Project, line: &str, code: i32, answer: &str) {
    let out = project.guild(line).fails(code);
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", format!("{answer}\n").as_str()));
}

#[test]
fn commands_that_are_not_supported_say_what_to_use_instead() {
    let project = Project::new();
    for line in ["push", "push backup 1 2 -y -Fo train --delete", "runs push backup", "sync -w"] {
        let name = line.split(" backup").next().unwrap().trim_end_matches(" -w");
        let transfer = "use 'guild export' here and 'guild import' there, or copy the folders in \
                        'runs' of guild's home, which 'guild runs info' shows";
        answered(&project, line, 1, &format!("guild: 'guild {name}' is not supported: {transfer}"));
    }
    for (line, name, instead) in [
        ("packages", "packages", "use 'pip list' for packages, and 'guild ops' for operations"),
        ("packages rm x -y", "packages rm", "use 'pip uninstall'"),
        ("install -U x y", "install", "use 'pip install'"),
        (
            "view -h localhost -p 80 -n",
            "view",
            "use 'guild compare' for a table of runs, 'guild tensorboard' for graphs, and 'guild \
             open' for files",
        ),
        (
            "sys shutdown-timer start -t 5",
            "sys shutdown-timer start",
            "use the system's 'shutdown +MINUTES', and 'shutdown -c' to call it off",
        ),
    ] {
        let answer = format!("guild: 'guild {name}' is not supported: {instead}");
        answered(&project, line, 1, &answer);
    }
    let out = project.guild("push --nope").fails(2);
    assert!(out.stderr.starts_with("guild: unrecognized option '--nope'"), "{}", out.stderr);
    let help = project.guild("runs pull --help").succeeds().stdout;
    for part in ["(not supported)", "Options of Guild AI 0.9.0", "--not-running", "guild import"] {
        assert!(help.contains(part), "no {part} in\n{help}");
    }
    // They are no offers.
    for line in ["--help", "runs --help"] {
        let help = project.guild(line).succeeds().stdout;
        assert!(!help.contains("  push") && !help.contains("(not supported)"), "{help}");
    }
}

#[test]
fn options_that_are_not_supported_say_what_to_use_instead() {
    let project = Project::new();
    let remote = "guild: --remote is not supported: run guild on the other machine, and bring its \
                  runs over with 'guild export' and 'guild import'";
    for line in ["runs -r x", "run a.py --remote=x", "cat -r x", "runs rm 1 -r x", "watch -r x"] {
        answered(&project, line, 2, remote);
    }
    let tool = "guild: --tool is not supported: give the tool what 'guild compare --csv FILE' writes; \
                HiPlot reads it as it is";
    answered(&project, "compare --tool hiplot", 2, tool);
    let tests = "guild's tests are run from its source by 'cargo test'";
    for (line, option) in
        [("check -T", "tests"), ("check -t x", "test"), ("check -c 2", "concurrency")]
    {
        answered(&project, line, 2, &format!("guild: --{option} is not supported: {tests}"));
    }
    // `--help` has them at its end, for who looks for them there; nothing offers them.
    let help = project.guild("runs --help").succeeds().stdout;
    let (_, refused) = help.split_once("Not supported:").unwrap();
    assert!(refused.contains("-r, --remote <REMOTE>"), "{refused}");
    assert!(refused.contains("Run guild on the other machine"), "{refused}");
    assert!(!project.guild("runs -h").succeeds().stdout.contains("--remote"));
    assert_eq!(
        project.guild_args(&["completion", "--line", "guild runs --rem"]).succeeds().stdout,
        ""
    );
}

#[test]
fn a_comment_for_a_run_can_be_written_in_an_editor() {
    let project = Project::with(&[("a.py", "x = 1\n")]);
    let editor = "sh -c 'cat $0 >seen; echo good luck >$0'";
    project.guild("run a.py -y -ec").env("EDITOR", editor).succeeds();
    let seen = std::fs::read_to_string(project.path("seen")).unwrap();
    assert!(seen.contains("# Type a comment for the run."), "{seen}");
    assert!(project.attr(&project.run(), "comments").contains("body: good luck"));
    // What was given is where the editor starts; an empty comment ends the command.
    let keep = "sh -c 'grep -v ^b $0 >cut; mv cut $0'";
    let empty = project.guild("run a.py -y -c before --edit-comment").env("EDITOR", keep).fails(1);
    assert_eq!(empty.stderr, "Aborting due to an empty comment.\n");
    assert_eq!(project.runs().len(), 1);
    project.guild("run a.py x=[1,2] -y -ebc --keep-batch").env("EDITOR", editor).succeeds();
    let comments: Vec<bool> =
        project.runs().iter().map(|run| run.join(".guild/attrs/comments").exists()).collect();
    assert_eq!(comments.iter().filter(|has| **has).count(), 2, "the first run and the batch");
}
