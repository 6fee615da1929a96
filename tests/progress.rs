//! How far something is that takes its time: a line on a terminal, and nothing elsewhere.

use std::process::Command;

use crate::harness::Project;

/// What a terminal gets from guild, which is in a hurry to show how far it is.
fn on_a_terminal(project: &Project, line: &str, env: &[(&str, &str)]) -> String {
    project.on_a_terminal(line, &[&[("GUILD_PROGRESS_AFTER", "0")], env].concat())
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
        ("run train.py -y".to_string(), "Copying source code 0.0 MB, 0 s"),
        ("run --proto 1 -y".to_string(), "Copying source code 0.0 MB, 0 s"),
        (format!("export -y {}", backup.display()), "Copying 0.0 MB, 0 s"),
        (format!("export -y {}", zip.display()), "Copying 0.0 MB, 0 s"),
        ("runs rm -py".to_string(), "Reading runs 0.0 MB, 0 s"),
        (format!("import -y {}", zip.display()), "Copying 0.0 MB, 0 s"),
        (format!("runs -A {}", zip.display()), "Reading archive 0.0 MB, 0 s"),
        (format!("runs -A {}", backup.display()), "Reading archive 0.0 MB, 0 s"),
        (format!("import -y {}", zip.display()), "Reading archive 0.0 MB, 0 s"),
        ("runs".to_string(), "Reading runs 0.0 MB, 0 s"),
        ("compare -t".to_string(), "Reading runs 0.0 MB, 0 s"),
        ("merge -y 1 --summary-name s.json".to_string(), "Copying files 0.0 MB, 0 s"),
    ] {
        let got = on_a_terminal(&project, &line, &[]);
        let status = format!("\r{what}\x1b[K");
        assert!(got.contains(&status), "{line}: {got:?}");
        // It is gone before anything else is written, and at the end.
        let after = got.rsplit_once(&status).unwrap().1;
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
        let status = format!("\r{what} data.zip 0.0 MB, 0 s\x1b[K");
        let after = got.rsplit_once(&status).unwrap_or_else(|| panic!("{op}: {got:?}")).1;
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
