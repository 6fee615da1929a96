//! Dependencies that are downloaded: from a server of the test's own, which misbehaves on request.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::harness::{Guild, Outcome, Project, oracle};

/// What all files are: enough for more than a piece.
fn content() -> Vec<u8> {
    (0..300_000u32).flat_map(u32::to_le_bytes).collect()
}

/// `sha256` of [`content`].
const SHA256: &str = "552a438886f75fd5e70ff6ad0671698758af0a126388ab130f4eb85c0cf6c725";

/// A server on a port of its own. What it sends is said by the path that is asked for; it goes when
/// the test program does.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || serve(stream, &seen));
            }
        });
        Server { port, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// The paths and ranges that were asked for since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn serve(mut stream: TcpStream, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap().to_string();
    let headers: Vec<String> = lines.take_while(|l| !l.is_empty()).collect();
    let header = |name: &str| {
        let named = |l: &&String| l.to_lowercase().starts_with(&format!("{name}:"));
        headers.iter().find(named).map(|l| l.split_once(": ").unwrap().1.to_string())
    };
    let range = header("range").filter(|_| header("if-range").is_none_or(|v| v == "\"v1\""));
    asked.lock().unwrap().push(format!("{path}{}", range.clone().unwrap_or_default()));
    let body = content();
    let whole = format!("Content-Length: {}\r\nETag: \"v1\"\r\n", body.len());
    let kind = path.split('/').nth(1).unwrap().split('?').next().unwrap();
    let (status, headers, body) = match (kind, range) {
        ("gone", _) => ("404 Not Found", String::new(), &b"nothing here"[..]),
        ("loop", _) => ("302 Found", format!("Location: {path}\r\n"), &[][..]),
        ("moved", _) => ("302 Found", "Location: /ok/data.bin\r\n".into(), &[][..]),
        ("half" | "stall", None) => ("200 OK", whole, &body[..500_000]),
        ("chunked", _) => ("200 OK", "Transfer-Encoding: chunked\r\n".into(), &b"5\r\nabc"[..]),
        ("long", _) => ("200 OK", format!("Content-Length: {}\r\n", body.len() + 9), &body[..]),
        ("refuses", Some(_)) => ("416 Range Not Satisfiable", String::new(), &[][..]),
        ("other", Some(_)) => {
            ("206 Partial Content", "Content-Range: bytes 4-9/10\r\n".into(), &body[4..10])
        }
        (_, Some(range)) => {
            let start: usize =
                range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
            let total = body.len();
            let range = format!("Content-Range: bytes {start}-{}/{total}\r\n", total - 1);
            ("206 Partial Content", range, &body[start..])
        }
        _ => ("200 OK", whole, &body[..]),
    };
    let _ = write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
    let _ = stream.write_all(body);
    if kind == "stall" {
        // Until the other side gives up.
        let _ = lines_left(&stream);
    }
}

fn lines_left(stream: &TcpStream) -> usize {
    BufReader::new(stream).lines().count()
}

fn project(server: &Server, path: &str, more: &str) -> Project {
    let url = server.url(path);
    let text = format!(
        "op:\n  exec: 'true'\n  sourcecode: no\n  flags: {{n: 1}}\n  requires:\n  - url: {url}\n{more}"
    );
    Project::with(&[("guild.yml", &text)])
}

fn run(project: &Project) -> Guild {
    project.guild("run op -y")
}

/// The folder of the only cached resource.
fn cached(project: &Project) -> PathBuf {
    let mut dirs = fs::read_dir(project.home().join("cache/resources")).unwrap();
    let dir = dirs.next().unwrap().unwrap().path();
    assert!(dirs.next().is_none());
    dir
}

fn part(project: &Project) -> Vec<u8> {
    fs::read(cached(project).join(".guild-cache-data.bin.part")).unwrap_or_default()
}

fn refused(out: &Outcome, words: &str) {
    assert!(out.stderr.contains(words), "{}", out.stderr);
    assert!(out.stderr.contains("run failed because a dependency was not met: could not resolve"));
}

#[test]
fn a_file_is_downloaded_once() {
    let server = Server::start();
    let project = project(&server, "moved/data.bin", &format!("    sha256: {SHA256}\n"));
    let out = run(&project).succeeds();
    assert!(!out.stderr.contains("MB"), "progress is for terminals: {}", out.stderr);
    assert_eq!(server.asked(), ["/moved/data.bin", "/ok/data.bin"]);
    let held = cached(&project).join("data.bin");
    assert!(fs::read(&held).unwrap() == content() && part(&project).is_empty());
    let out = run(&project).succeeds();
    assert!(out.stderr.contains(&format!("Using cached file {}\n", held.display())));
    assert!(server.asked().is_empty());
    for run in project.runs() {
        assert!(fs::read(run.join("data.bin")).unwrap() == content());
    }
    // Guild AI 0.9.0 finds it where we put it, and the reverse.
    if let Some(oracle) = oracle() {
        let theirs = project.guild("run op -y").by_oracle(&oracle);
        assert_eq!(theirs.stderr, out.stderr);
        let runs = project.runs();
        let [.., ours, theirs] = runs.as_slice() else { panic!("{runs:?}") };
        for name in [".guild/attrs/deps", ".guild/manifest"] {
            let [ours, theirs] = [ours, theirs].map(|r| fs::read_to_string(r.join(name)).unwrap());
            assert_eq!(ours, theirs, "{name}");
        }
        assert!(server.asked().is_empty());
    }
}

#[test]
fn a_broken_download_is_gone_on_with() {
    let server = Server::start();
    let project = project(&server, "half/data.bin", &format!("    sha256: {SHA256}\n"));
    refused(&run(&project).fails(1), "the download ended after 500000 of 1200000 bytes: ");
    assert!(project.runs().is_empty() && part(&project) == content()[..500_000]);
    assert!(!cached(&project).join("data.bin").exists());
    run(&project).succeeds();
    assert_eq!(server.asked(), ["/half/data.bin", "/half/data.binbytes=500000-"]);
    assert!(fs::read(project.run().join("data.bin")).unwrap() == content());
}

#[test]
fn a_part_that_does_not_fit_is_dropped() {
    for (path, asked) in [("other/data.bin", 1), ("refuses/data.bin", 2), ("ok/data.bin", 1)] {
        let server = Server::start();
        let project = project(&server, path, "");
        run(&project).succeeds();
        let cached = cached(&project);
        fs::remove_file(cached.join("data.bin")).unwrap();
        fs::write(cached.join(".guild-cache-data.bin.part"), "old").unwrap();
        let stamp = if path.starts_with("ok") { "\"v0\"" } else { "\"v1\"" };
        fs::write(cached.join(".guild-cache-data.bin.stamp"), stamp).unwrap();
        server.asked();
        let out = run(&project).outcome();
        assert_eq!(server.asked().len(), asked, "{path}");
        if path.starts_with("other") {
            refused(&out, "the server sent a part that was not asked for");
            assert_eq!(part(&project), b"old");
            continue;
        }
        assert_eq!(out.code, Some(0), "{path}: {}", out.stderr);
        assert!(fs::read(cached.join("data.bin")).unwrap() == content());
        assert!(!cached.join(".guild-cache-data.bin.stamp").exists());
    }
}

#[test]
fn servers_that_fail() {
    let server = Server::start();
    for (path, words) in [
        ("gone/data.bin", ": HTTP Error 404: Not Found\n"),
        ("loop/data.bin", ": too many redirects\n"),
        ("stall/data.bin", ": nothing came for 0.5 seconds\n"),
        ("long/data.bin", "the download ended after 1200000 of 1200009 bytes: "),
        ("chunked/data.bin", "the download ended after "),
        ("ok/", "the address ends in '', which names no file\n"),
        ("ok/x%2Fy", "the address ends in 'x%2Fy', which names no file\n"),
    ] {
        let project = project(&server, path, "");
        // The others answer at once, however busy the machine is.
        let limit = if path.starts_with("stall") { "0.5" } else { "60" };
        refused(&run(&project).env("GUILD_DOWNLOAD_TIMEOUT", limit).fails(1), words);
        assert!(project.runs().is_empty(), "{path}");
        if !path.starts_with("ok") {
            assert!(!cached(&project).join("data.bin").exists(), "{path}");
        }
    }
    assert_eq!(server.asked().iter().filter(|path| path.starts_with("/loop")).count(), 11);
}

#[test]
fn another_content_than_expected() {
    let server = Server::start();
    let project = project(&server, "ok/data.bin", "    sha256: abc\n");
    for _ in 0..2 {
        let out = run(&project).fails(1);
        let words = format!("data.bin' (expected abc but got {SHA256})\n");
        refused(&out, &words);
        assert!(out.stderr.contains("delete it: it is downloaded again then"), "{}", out.stderr);
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn flags_in_an_address() {
    let server = Server::start();
    let project = project(&server, "ok/data.bin?n=${n}", "");
    run(&project).succeeds();
    project.guild("run op n=2 -y").succeeds();
    project.guild("run op n=1 -y").succeeds();
    assert_eq!(server.asked(), ["/ok/data.bin?n=1", "/ok/data.bin?n=2"]);
    // Another scheme is nobody's.
    let text = "op:\n  exec: 'true'\n  requires: [{url: 'gopher://h/x'}]\n";
    project.write("guild.yml", text);
    let out = run(&project).fails(1);
    assert!(out.stderr.contains("unsupported source 'gopher://h/x' in "), "{}", out.stderr);
}

#[test]
fn a_file_can_be_downloaded_ahead_of_the_run_that_requires_it() {
    let server = Server::start();
    let project = project(&server, "ok/data.bin", "");
    let url = server.url("ok/data.bin");
    let out = project.guild_args(&["download", &url]).succeeds();
    let (digest, path) = out.stdout.trim_end().split_once("  ").unwrap();
    assert_eq!(fs::read(path).unwrap(), content());
    assert_eq!(digest.len(), 64);
    assert_eq!(server.asked(), ["/ok/data.bin"]);
    let again = project.guild_args(&["download", &url]).succeeds();
    assert_eq!(again.stdout, out.stdout);
    assert!(run(&project).succeeds().stderr.contains("Using cached file"));
    assert_eq!(server.asked(), Vec::<String>::new());
    let out = project.guild_args(&["download", &server.url("gone/x")]).fails(1);
    assert!(out.stderr.starts_with("guild: error downloading http://127.0.0.1:"), "{}", out.stderr);
}
