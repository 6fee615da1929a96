//! What a Tab gives, in guild's own words and through the shells that are installed.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Outcome, Project, oracle};

const GUILDFILE: &str = "
train:
  description: Train it
  exec: echo
  flags:
    rate: {default: 0.1, description: How fast}
    kind: {choices: [fast, 'very slow'], default: fast}
    deep: {type: boolean}
    data: {type: path}
model-2:
  exec: echo
_hidden:
  exec: echo
";

fn project() -> Project {
    Project::with(&[
        ("guild.yml", GUILDFILE),
        ("tune.py", "x = 1\nopen('made.txt', 'w').close()\n"),
        ("notes.txt", ""),
        ("data set/a.csv", ""),
    ])
}

/// The values for the last word of a command line, split at spaces.
fn values(project: &Project, line: &str) -> Vec<String> {
    lines(project, line).iter().map(|l| l.split('\t').next().unwrap().to_string()).collect()
}

fn lines(project: &Project, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let args = [&["completion", "--words", "--"], words.as_slice()].concat();
    let out = project.guild_args(&args).succeeds();
    assert_eq!(out.stderr, "", "{line}");
    out.stdout.lines().map(String::from).collect()
}

#[test]
fn commands_and_options_with_what_they_are_for() {
    let project = project();
    assert_eq!(values(&project, "comp"), ["compare", "completion"]);
    assert_eq!(lines(&project, "runs pur"), ["purge\tPermanently delete one or more deleted runs"]);
    assert_eq!(values(&project, "pus"), Vec::<String>::new());
    assert_eq!(values(&project, "compare --strict"), ["--strict-cols"]);
    assert!(!values(&project, "runs --").contains(&"--remote".to_string()));
    assert_eq!(values(&project, "completion --shell "), ["bash", "zsh", "fish", "powershell"]);
    assert_eq!(values(&project, "completion -s=z"), Vec::<String>::new());
    assert_eq!(values(&project, "completion --shell=z"), ["--shell=zsh"]);
}

#[test]
fn operations_flags_and_their_choices() {
    let project = project();
    assert_eq!(lines(&project, "run t"), ["train\tTrain it", "tune.py"]);
    assert_eq!(values(&project, "run "), ["model-2", "train", "data set/", "tune.py"]);
    assert_eq!(
        lines(&project, "run train "),
        ["data=", "deep=", "kind=\t(default is fast)", "rate=\tHow fast (default is 0.1)"]
    );
    assert_eq!(values(&project, "run train rate=1 -y k"), ["kind="]);
    assert_eq!(values(&project, "run train kind="), ["kind=fast", "kind=very slow"]);
    assert_eq!(values(&project, "run train deep=y"), ["deep=yes"]);
    assert_eq!(values(&project, "run train data=n"), ["data=notes.txt"]);
    assert_eq!(values(&project, "run train @n"), ["@notes.txt"]);
    assert_eq!(values(&project, "run tune.py x"), ["x="]);
    assert_eq!(values(&project, "-C /nowhere run "), Vec::<String>::new());
    assert_eq!(values(&project, "run --optimizer ra"), ["random"]);
}

#[test]
fn runs_with_their_labels_and_files() {
    let project = project();
    project.guild("run tune.py --label first --tag old -y").succeeds();
    let id = project.run().file_name().unwrap().to_str().unwrap()[..8].to_string();
    assert_eq!(lines(&project, "runs info "), [format!("{id}\ttune.py  completed  first")]);
    assert_eq!(values(&project, &format!("runs rm {}", &id[..3])), [id.as_str()]);
    assert_eq!(values(&project, "runs stop "), Vec::<String>::new());
    assert_eq!(values(&project, "runs --tag "), ["old"]);
    assert_eq!(values(&project, "runs --label "), ["first"]);
    assert_eq!(values(&project, "runs -Fo "), ["tune.py"]);
    assert_eq!(values(&project, "cat -p m"), ["made.txt"]);
    assert_eq!(values(&project, "export n"), ["notes.txt"]);
    project.guild("runs rm -y").succeeds();
    assert_eq!(values(&project, "runs info "), Vec::<String>::new());
    assert_eq!(values(&project, "runs restore "), [id.as_str()]);
}

/// What a shell prints for `script`, with guild on its PATH; none where it is not installed.
fn shell(project: &Project, shell: &str, args: &[&str]) -> Option<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_guild")).parent().unwrap();
    let path = std::env::join_paths(
        [program.to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut command = Command::new(shell);
    command.args(args).current_dir(project.dir()).env("PATH", path.unwrap());
    command.env("HOME", project.home()).env("GUILD_HOME", project.home());
    match command.output() {
        Err(_) => {
            eprintln!("skipped: {shell} is not installed here");
            None
        }
        Ok(out) => {
            let out: Outcome = out.into();
            assert_eq!(out.code, Some(0), "{shell}: {}\n{}", out.stdout, out.stderr);
            Some(out.stdout)
        }
    }
}

#[test]
fn bash_inserts_what_is_missing() {
    let project = project();
    let complete = |line: &str, listed: bool| {
        let kind = if listed { 63 } else { 9 };
        let script = format!(
            "source <(guild completion -s bash); COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; \
             COMP_TYPE={kind}; _guild guild; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        shell(&project, "bash", &["--norc", "-c", &script]).unwrap()
    };
    assert_eq!(complete("guild run tr", false), "train\n");
    // What follows a '=' is a word of its own for bash, and blanks are quoted.
    assert_eq!(complete("guild run train kind=", false), "fast\nvery\\ slow\n");
    assert_eq!(complete("guild run t", true), "train  (Train it)\ntune.py\n");
    assert_eq!(complete("guild run da", false), "data\\ set/\n");
}

#[test]
fn zsh_and_fish_are_told_the_same() {
    let project = project();
    let zsh = "compdef() {}; compadd() { print -rl -- \"${whole[@]}\" \"${shown_open[@]}\" }; \
               source <(guild completion -s zsh); words=(guild run train); words+=(''); CURRENT=4; \
               _guild";
    if let Some(out) = shell(&project, "zsh", &["-f", "-c", zsh]) {
        assert!(
            out.starts_with("data=\ndeep=\nkind=  -- (default is fast)\nrate=  -- How fast"),
            "{out}"
        );
    }
    let fish = "guild completion -s fish | source; complete -C 'guild run tr'";
    if let Some(out) = shell(&project, "fish", &["--no-config", "-c", fish]) {
        assert_eq!(out, "train\tTrain it\n");
    }
}

#[test]
fn installing_is_as_in_guild_ai() {
    let Some(oracle) = oracle() else { return };
    for shell in ["bash", "zsh", "fish"] {
        let install = |by_oracle: bool| {
            let project = Project::new();
            fs::create_dir(project.home()).unwrap();
            let line = format!("completion --shell {shell} --install --shell-init rc");
            let told = |before: Option<&str>| {
                if let Some(before) = before {
                    project.write("rc", before);
                }
                let guild = project.guild(&line).env("GUILD_CONFIG", project.path("config.yml"));
                let out = match by_oracle {
                    true => guild.program(&oracle).succeeds(),
                    false => guild.succeeds(),
                };
                let dir = project.dir().display().to_string();
                let unwrapped = |text: &str| {
                    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(&dir, "DIR")
                };
                let rc = fs::read_to_string(project.path("rc")).unwrap().replace(&dir, "DIR");
                let mut files: Vec<_> = fs::read_dir(project.dir())
                    .unwrap()
                    .map(|f| f.unwrap().file_name().into_string().unwrap())
                    .collect();
                files.sort();
                (unwrapped(&out.stdout), unwrapped(&out.stderr), rc, files)
            };
            // New, there already, and beside what the user has.
            [told(None), told(None), told(Some("alias x=y"))]
        };
        assert_eq!(install(false), install(true), "{shell}");
    }
}
