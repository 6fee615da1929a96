//! What becomes of a child's output and of its end, with small real children.

#![allow(clippy::unwrap_used, reason = "a test's preparations may fail loudly")]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use guild_runner::{Error, Exit, Notice, OutputFiles, Spec, StartErrorKind, Stream, Streams, run};

/// What came of a run: how it ended, what was recorded, what was copied.
struct Ran {
    exit: Exit,
    recorded: Vec<u8>,
    /// The streams of the index's entries.
    index: Vec<u8>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    lines: Vec<(Vec<u8>, Stream)>,
    notices: Vec<Notice>,
    took: Duration,
}

fn sh<'a>(script: &str, dir: &Path) -> Spec<'a> {
    let mut spec = Spec::new("/bin/sh", dir);
    spec.args = vec!["-c".into(), script.into()];
    spec.env = vec![("PATH".into(), std::env::var_os("PATH").unwrap_or_default())];
    spec
}

fn ran(script: &str, change: impl FnOnce(&mut Spec)) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let files = OutputFiles::in_dir(dir.path());
    let (stdout, stderr) = (dir.path().join("stdout"), dir.path().join("stderr"));
    let (out, err) = (File::create(&stdout).unwrap(), File::create(&stderr).unwrap());
    let mut lines = Vec::new();
    let mut notices = Vec::new();
    let mut on_line = |line: &[u8], stream| lines.push((line.to_vec(), stream));
    let mut spec = sh(script, dir.path());
    spec.output = Some(files.clone());
    (spec.stdout, spec.stderr) = (out.as_fd(), err.as_fd());
    spec.on_line = Some(&mut on_line);
    spec.on_notice = Some(Box::new(|notice| notices.push(notice)));
    change(&mut spec);
    let started = Instant::now();
    let exit = run(spec).unwrap();
    let took = started.elapsed();
    let read = |path| fs::read(path).unwrap_or_default();
    let index = read(&files.index).chunks(9).map(|entry| entry[8]).collect();
    let (recorded, stdout, stderr) = (read(&files.output), read(&stdout), read(&stderr));
    Ran { exit, recorded, index, stdout, stderr, lines, notices, took }
}

#[test]
fn both_streams_in_order_of_arrival() {
    let ran = ran("for i in 1 2 3; do echo o$i; sleep .03; echo e$i >&2; sleep .03; done", |_| {});
    assert_eq!(ran.recorded, b"o1\ne1\no2\ne2\no3\ne3\n");
    assert_eq!(ran.index, [0, 1, 0, 1, 0, 1]);
    assert_eq!((&*ran.stdout, &*ran.stderr), (&b"o1\no2\no3\n"[..], &b"e1\ne2\ne3\n"[..]));
    assert_eq!(ran.lines[1], (b"e1\n".to_vec(), Stream::Stderr));
    assert_eq!((ran.exit.exit_status(), ran.exit.code, ran.exit.signal), (0, Some(0), None));
    assert!(!ran.exit.interrupted() && ran.notices.is_empty());
}

#[test]
fn output_arrives_while_the_process_runs() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let go = dir.path().join("go");
    let mut spec = sh("mkfifo go; echo now; read line < go; echo $line", dir.path());
    spec.stdout = writer.as_fd();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut first = [0; 4];
            reader.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"now\n");
            File::create(go).unwrap().write_all(b"later\n").unwrap();
            let mut second = [0; 6];
            reader.read_exact(&mut second).unwrap();
            assert_eq!(&second, b"later\n");
        });
        assert_eq!(run(spec).unwrap().exit_status(), 0);
    });
}

#[test]
fn a_last_line_without_newline_counts() {
    let ran = ran("printf 'a\\nb'; printf 'c' >&2; printf '\\001' >&2", |_| {});
    assert_eq!((ran.recorded.len(), ran.index.len()), (5, 3));
    assert_eq!(ran.stdout, b"a\nb");
    assert_eq!(ran.lines.len(), 3);
}

#[test]
fn bytes_are_copied_as_they_are() {
    let all: Vec<u8> = (0..=255).collect();
    let ran = ran("i=0; cat bytes; cat bytes", |spec| {
        fs::write(spec.cwd.join("bytes"), &all).unwrap();
    });
    let twice = [&all[..], &all[..]].concat();
    assert_eq!((&ran.recorded, &ran.stdout), (&twice, &twice));
    assert_eq!(ran.index, [0, 0, 0]);
    let clean = |bytes: &[u8]| bytes.iter().copied().filter(|b| *b >= 9).collect::<Vec<_>>();
    assert_eq!(ran.lines[1].0, clean(&[&all[11..], &all[..11]].concat()));
}

#[test]
fn much_output_is_complete() {
    let ran = ran("seq 1 200000; seq 1 100000 >&2", |_| {});
    assert_eq!(ran.index.len(), 300_000);
    assert_eq!(ran.lines.len(), 300_000);
    let numbers = |n| (1..=n).map(|i| format!("{i}\n")).collect::<String>().into_bytes();
    assert!(ran.stdout == numbers(200_000) && ran.stderr == numbers(100_000));
    let of = |stream| -> Vec<u8> {
        ran.lines.iter().filter(|(_, s)| *s == stream).flat_map(|(l, _)| l.clone()).collect()
    };
    assert!(of(Stream::Stdout) == ran.stdout && of(Stream::Stderr) == ran.stderr);
    assert_eq!(ran.recorded.len(), ran.stdout.len() + ran.stderr.len());
}

#[test]
fn quiet_records_and_copies_nothing() {
    let ran = ran("echo a; echo b >&2", |spec| spec.quiet = true);
    assert_eq!((ran.recorded.len(), ran.index.len(), ran.lines.len()), (4, 2, 2));
    assert_eq!((ran.stdout.len(), ran.stderr.len()), (0, 0));
}

#[test]
fn joined_streams_keep_the_order_of_writes() {
    let script = "for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done";
    let ran = ran(script, |spec| spec.streams = Streams::Joined);
    let expected: String = (1..=9).map(|i| format!("o{i}\ne{i}\n")).collect();
    assert_eq!(ran.recorded, expected.as_bytes());
    assert_eq!((ran.stdout, ran.stderr.len()), (ran.recorded, 0));
    assert_eq!(ran.index, [0; 18]);
}

#[test]
fn inherited_streams_are_not_recorded() {
    let quiet = ran("echo a; echo b >&2; test -c /proc/self/fd/1", |spec| {
        spec.streams = Streams::Inherited;
        spec.quiet = true;
    });
    assert_eq!((quiet.recorded.len(), quiet.lines.len(), quiet.exit.exit_status()), (0, 0, 0));
}

#[test]
fn ends() {
    let end = |script: &str| {
        let exit = ran(script, |_| {}).exit;
        (exit.code, exit.signal, exit.exit_status(), exit.process_exit_code())
    };
    assert_eq!(end("exit 0"), (Some(0), None, 0, 0));
    assert_eq!(end("exit 3"), (Some(3), None, 3, 3));
    assert_eq!(end("exit 255"), (Some(255), None, 255, 255));
    assert_eq!(end("kill -9 $$"), (None, Some(9), -9, 247));
    assert_eq!(end("kill -15 $$"), (None, Some(15), -15, 241));
    assert_eq!(end("kill -2 $$"), (None, Some(2), -2, 254));
    // Output closed long before the end.
    assert_eq!(end("exec >&- 2>&-; sleep .3; exit 4"), (Some(4), None, 4, 4));
}

#[test]
fn arguments_environment_and_directory_arrive() {
    let ran = ran("", |spec| {
        spec.args = ["-c", "printf '%s|' \"$0\" \"$@\"; pwd; env", "a b", "", "*", "ü\n"]
            .map(OsString::from)
            .into();
        spec.env.push(("X".into(), "y z".into()));
    });
    let out = String::from_utf8(ran.stdout).unwrap();
    let (args, env) = out.split_once("ü\n|").unwrap();
    assert_eq!(args, "a b||*|");
    assert!(env.starts_with('/') && env.contains("\nX=y z\n"));
    assert!(!env.contains("CARGO"), "only the given environment: {env}");
}

#[test]
fn a_background_process_that_holds_the_output_is_waited_for() {
    let ran = ran("(sleep .5; echo late) & echo first", |_| {});
    assert_eq!(ran.recorded, b"first\nlate\n");
    assert!(ran.took >= Duration::from_millis(450));
    assert_eq!(ran.exit.exit_status(), 0);
}

#[test]
fn a_reader_that_goes_away_ends_the_copying_alone() {
    let dir = tempfile::tempdir().unwrap();
    let files = OutputFiles::in_dir(dir.path());
    let (reader, writer) = std::io::pipe().unwrap();
    let err = File::create(dir.path().join("stderr")).unwrap();
    let mut spec = sh("seq 1 100000; echo end >&2; exit 5", dir.path());
    spec.output = Some(files.clone());
    (spec.stdout, spec.stderr) = (writer.as_fd(), err.as_fd());
    let exit = std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut reader = reader;
            reader.read_exact(&mut [0; 10]).unwrap();
        });
        run(spec).unwrap()
    });
    assert_eq!(exit.exit_status(), 5);
    let expected: String = (1..=100_000).map(|i| format!("{i}\n")).collect();
    let recorded = fs::read_to_string(&files.output).unwrap();
    assert!(recorded.replace("end\n", "") == expected);
    assert_eq!(fs::read(&files.index).unwrap().len(), 9 * 100_001);
    assert_eq!(fs::read(dir.path().join("stderr")).unwrap(), b"end\n");
}

#[test]
fn a_full_disk_ends_the_recording_alone() {
    let ran = ran("echo a; echo b", |spec| {
        spec.output = Some(OutputFiles { output: "/dev/full".into(), index: "/dev/null".into() });
    });
    assert_eq!((ran.stdout, ran.exit.exit_status()), (b"a\nb\n".to_vec(), 0));
    assert_eq!(ran.notices.len(), 1);
    assert!(ran.notices[0].to_string().contains("/dev/full: No space left"));
}

#[test]
fn a_process_whose_time_is_up_is_stopped() {
    let ran =
        ran("echo a; exec sleep 20", |spec| spec.stop_after = Some(Duration::from_millis(200)));
    assert_eq!((ran.exit.exit_status(), ran.exit.stopped), (-15, true));
    assert!(ran.took < Duration::from_secs(5));
    let pid = match ran.notices[..] {
        [Notice::Stopping { pid, .. }] => pid,
        _ => panic!("{:?}", ran.notices),
    };
    let told = format!("Stopping process early (pid {pid}) - 0.0 minute(s) elapsed");
    assert_eq!(ran.notices[0].to_string(), told);
}

#[test]
fn a_process_that_does_not_stop_is_killed_with_its_children() {
    let ran = ran("trap '' TERM; echo a; sleep 20; echo b", |spec| {
        spec.stop_after = Some(Duration::from_millis(200));
        spec.timing.stop_kill = Duration::from_millis(200);
    });
    assert_eq!((ran.exit.exit_status(), ran.exit.stopped), (-9, true));
    assert!(ran.took < Duration::from_secs(5), "the child of sh is gone too: {:?}", ran.took);
    assert!(matches!(ran.notices[1], Notice::NotStopping { .. }));
}

#[test]
fn a_stopped_process_is_left_when_something_else_holds_the_output() {
    let ran = ran("sleep 3 & echo a; exec sleep 20", |spec| {
        spec.stop_after = Some(Duration::from_millis(200));
        spec.timing.stop_kill = Duration::from_millis(300);
        spec.timing.linger = Duration::from_millis(100);
    });
    assert_eq!((ran.exit.exit_status(), ran.recorded), (-15, b"a\n".to_vec()));
    assert!(ran.took < Duration::from_secs(2));
}

#[test]
fn a_process_that_ends_in_time_is_not_stopped() {
    let ran = ran("echo a", |spec| spec.stop_after = Some(Duration::MAX));
    assert_eq!((ran.exit.exit_status(), ran.exit.stopped), (0, false));
}

#[test]
fn a_judged_process_is_ended_with_its_children_and_reads_terminated() {
    for (script, killed) in [
        ("trap 'exit 0' TERM; sleep 20 & wait", false),
        ("trap '' TERM; while :; do sleep 0.1; done", true),
    ] {
        let mut asked = 0;
        let ran = ran(script, |spec| {
            spec.timing.stop_kill = Duration::from_millis(300);
            spec.timing.linger = Duration::from_millis(100);
            spec.judge = Some(Box::new(move || {
                asked += 1;
                (asked < 3).then_some(Duration::from_millis(20))
            }));
        });
        assert_eq!((ran.exit.exit_status(), ran.exit.judged, ran.exit.stopped), (-15, true, false));
        assert!(ran.took < Duration::from_secs(5), "{script}: {:?}", ran.took);
        let told = ran.notices.iter().any(|n| matches!(n, Notice::NotStopping { .. }));
        assert_eq!((told, ran.exit.signal == Some(9)), (killed, killed), "{script}");
    }
    let ran = ran("echo a", |spec| spec.judge = Some(Box::new(|| Some(Duration::ZERO))));
    assert_eq!((ran.exit.exit_status(), ran.exit.judged), (0, false));
}

fn start_error(program: &str, path: &str, dir: &Path) -> (StartErrorKind, String) {
    let mut spec = Spec::new(program, dir);
    spec.env = vec![("PATH".into(), path.into())];
    spec.output = Some(OutputFiles::in_dir(dir));
    let mut started = false;
    spec.on_started = Some(Box::new(|_| started = true));
    let error = run(spec).unwrap_err();
    assert!(!started && !dir.join("output").exists());
    match error {
        Error::Start { kind, text, .. } => (kind, text),
        other => panic!("{other}"),
    }
}

#[test]
fn what_cannot_be_started() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("plain", "x", 0o644);
    write("text", "no program", 0o755);
    write("orphan", "#!/no/such/interpreter\n", 0o755);
    fs::create_dir(dir.path().join("folder")).unwrap();
    let error = |program, path| start_error(program, path, dir.path());
    use StartErrorKind::{NotExecutable, NotFound};
    for (program, kind, text) in [
        ("nosuch", NotFound, "[Errno 2] No such file or directory: 'nosuch'"),
        ("./nosuch", NotFound, "[Errno 2] No such file or directory: './nosuch'"),
        ("./plain/x", NotFound, "[Errno 20] Not a directory: './plain/x'"),
        ("./plain", NotExecutable, "[Errno 13] Permission denied: './plain'"),
        ("./text", NotExecutable, "[Errno 8] Exec format error: './text'"),
        ("./folder", NotExecutable, "[Errno 13] Permission denied: './folder'"),
        ("./orphan", NotFound, "[Errno 2] No such file or directory: './orphan'"),
    ] {
        assert_eq!(error(program, "/bin"), (kind, text.into()));
    }
    let denied = (NotExecutable, "[Errno 13] Permission denied: 'plain'".to_string());
    assert_eq!(error("plain", ".:/bin"), denied);
    assert_eq!(error("plain", ""), denied);
    assert_eq!(error("", "/bin"), (NotExecutable, "[Errno 13] Permission denied: ''".into()));
    assert_eq!(error("a\0b", "/bin").0, NotFound);
    assert_eq!(
        error("./a\0b", "/bin"),
        (StartErrorKind::InvalidArgument, "embedded null byte".into())
    );
    let gone = dir.path().join("gone");
    let (kind, text) = start_error("sh", "/bin", &gone);
    assert_eq!(kind, StartErrorKind::NoDirectory);
    assert_eq!(text, format!("[Errno 2] No such file or directory: '{}'", gone.display()));
}

#[test]
fn the_path_of_the_process_counts() {
    let dir = tempfile::tempdir().unwrap();
    for (folder, mode) in [("first", 0o644), ("second", 0o755)] {
        fs::create_dir(dir.path().join(folder)).unwrap();
        let path = dir.path().join(folder).join("tool");
        fs::write(&path, "#!/bin/sh\necho \"$0\"\n").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // Relative to the directory of the process, and past what is not executable.
    let ran = ran("", |spec| {
        spec.program = "tool".into();
        spec.args.clear();
        spec.cwd = dir.path().into();
        spec.env = vec![("PATH".into(), "/nosuch:first:second".into())];
    });
    assert_eq!(ran.stdout, b"second/tool\n");
}

#[test]
fn no_process_is_left_when_its_output_cannot_be_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let mut spec = sh("sleep 20", dir.path());
    spec.output = Some(OutputFiles::in_dir(dir.path().join("gone")));
    let mut pid = 0;
    spec.on_started = Some(Box::new(|p| pid = p));
    let error = run(spec).unwrap_err();
    assert!(matches!(error, Error::Output { .. }), "{error}");
    assert!(pid != 0 && !Path::new(&format!("/proc/{pid}")).exists());
}
