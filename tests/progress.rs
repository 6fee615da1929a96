//! How far something is that takes its time: a line on a terminal, and nothing elsewhere.

use std::process::Command;

use crate::harness::Project;

/// What a terminal gets from guild, which is in a hurry to show how far it is.
fn on_a_terminal(project: &Project, line: &str, env: &[(&str, &str)]) -> String {
    project.on_a_terminal(line, &[&[("GUILD_PROGRESS_AFTER", "0")], env].concat())
}

/// What comes after the last line that says how far something is, however many seconds it took.
#[track_caller]
fn after_status<'a>(got: &'a str, what: &str) -> &'a str {
    let status = format!("\r{what}, ");
    let (_, after) = got.rsplit_once(&status).unwrap_or_else(|| panic!("{what}: {got:?}"));
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    after.strip_prefix(" s\x1b[K").unwrap_or_else(|| panic!("{what}: {got:?}"))
}

fn project() -> Project {
    let project = Project::with(&[("train.py", "print('loss: 1')\n"), ("more.txt", "more\n")]);
    project.guild("run train.py -y").succeeds();
    project
}

#[test]
fn long_work_shows_how_far_it_is() {
    let project = project();
    let backup = project.home().with_file_name("backup");
    let zip = project.home().with_file_name("backup.zip");
    for (line, what) in [
        ("run train.py -y".to_string(), "Copying source code 0.0 MB"),
        ("run --proto 1 -y".to_string(), "Copying source code 0.0 MB"),
        (format!("export -y {}", backup.display()), "Copying 0.0 MB"),
        (format!("export -y {}", zip.display()), "Copying 0.0 MB"),
        ("runs rm -py".to_string(), "Reading runs 0.0 MB"),
        (format!("import -y {}", zip.display()), "Copying 0.0 MB"),
        (format!("runs -A {}", zip.display()), "Reading archive 0.0 MB"),
        (format!("runs -A {}", backup.display()), "Reading archive 0.0 MB"),
        (format!("import -y {}", zip.display()), "Reading archive 0.0 MB"),
        ("runs".to_string(), "Reading runs 0.0 MB"),
        ("compare -t".to_string(), "Reading runs 0.0 MB"),
        ("merge -y 1 --summary-name s.json".to_string(), "Copying files 0.0 MB"),
    ] {
        let got = on_a_terminal(&project, &line, &[]);
        // It is gone before anything else is written, and at the end.
        let after = after_status(&got, what);
        assert!(after.starts_with("\r\x1b[K"), "{line}: {got:?}");
        assert!(!after.ends_with("\x1b[K") || after.ends_with("\r\x1b[K"), "{line}: {got:?}");
    }
}

#[test]
fn resources_show_how_far_they_are() {
    let project = Project::with(&[(
        "guild.yml",
        "- operations:\n    all: {exec: 'true', requires: [file: data.zip]}\n    one: {exec: 'true', \
         requires: [{file: data.zip, unpack: no, sha256: ff}]}\n    two: {exec: 'true', requires: \
         [{file: data.zip, unpack: no}]}\n",
    )]);
    let made = "import zipfile; zipfile.ZipFile('data.zip', 'w').writestr('a.txt', '1')";
    let made = Command::new("python3").args(["-c", made]).current_dir(project.dir()).status();
    assert!(made.unwrap().success());
    for (op, what) in [("all", "Unpacking"), ("one", "Checking"), ("two", "Adding")] {
        let got = on_a_terminal(&project, &format!("run {op} -y --force-deps"), &[]);
        let after = after_status(&got, &format!("{what} data.zip 0.0 MB"));
        assert!(after.starts_with("\r\x1b[K"), "{op}: {got:?}");
    }
}

#[test]
fn short_work_shows_nothing() {
    let project = project();
    for env in [[("GUILD_PROGRESS_AFTER", "1000")], [("TERM", "dumb")]] {
        for line in ["runs", "run train.py -y", "compare -t"] {
            let got = on_a_terminal(&project, line, &env);
            assert!(!got.contains("MB") && !got.contains("\x1b[K"), "{line}: {got:?}");
        }
    }
    let got = on_a_terminal(&project, "run train.py -y --quiet", &[]);
    assert_eq!(got, "");
    // No colour is added by it, whatever is wished.
    let got = on_a_terminal(&project, "export -y ../out", &[("NO_COLOR", "1")]);
    assert!(got.contains("MB") && !got.contains("\x1b[3") && !got.contains("\x1b[0"), "{got:?}");
}

#[test]
fn nothing_is_shown_where_there_is_no_terminal() {
    let project = project();
    for line in ["runs", "export -y ../out", "run train.py -y"] {
        let out = project.guild(line).env("GUILD_PROGRESS_AFTER", "0").succeeds();
        let text = out.stdout + &out.stderr;
        assert!(!text.contains("MB") && !text.contains('\x1b'), "{line}: {text:?}");
    }
}
